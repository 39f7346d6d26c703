//! Times and durations as a reader takes them.

use crate::pki::Timestamp;

/// A number of seconds: `5 s`, `3 min 20 s`, `3 h 40 min`, `12 days`.
pub fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (2.., _, _) => format!("{days} days"),
        (_, 1.., _) => format!("{hours} h {} min", minutes % 60),
        (_, _, 1..) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{seconds} s"),
    }
}

/// A moment to the minute: `2026-01-31 21:00 UTC`.
pub fn moment(moment: Timestamp) -> String {
    let text = moment.to_string();
    let minute = text.rsplit_once(':').map_or(text.as_str(), |(minute, _)| minute);
    format!("{} UTC", minute.replace('T', " "))
}
