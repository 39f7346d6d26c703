//! The clock.

use crate::pki::Timestamp;

/// Now.
#[allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the one place that reads the clock; its years are a date's"
)]
pub fn now() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_unix(seconds).expect("a year that a date can have")
}
