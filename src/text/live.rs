//! What running servers answered: CRLs, the security domain, and what they did not answer.

use std::fmt::Write;

use indexmap::IndexMap;

use super::explanation::state;
use super::list::list;
use super::{Console, duration, moment, one_line};
use crate::pki::{Crl, Live, LiveQuestion, Member, NoAnswer, SubsystemState, Timestamp, Unanswered};

/// How many CRLs are shown: a CA with dozens of issuing points must leave room for what is wrong.
const CRLS: usize = 6;

/// The lines of `status`: one for each issuing point's last CRL, the security domain where everything
/// is asked for, and what was not answered.
pub(super) fn live_lines(live: &Live, now: Timestamp, verbose: bool) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    if live.answer == SubsystemState::Running {
        let version = live.version.as_ref().map(|version| format!(", Dogtag {}", one_line(version)));
        let _ = writeln!(text, "  server: runs{}", version.unwrap_or_default());
    }
    let shown = if verbose { live.crls.len() } else { CRLS };
    for crl in live.crls.iter().take(shown) {
        let _ = writeln!(text, "  CRL of {}: {}", one_line(&crl.issuing_point), crl_summary(crl, now));
    }
    if let more @ 1.. = live.crls.len().saturating_sub(shown) {
        let _ = writeln!(text, "  CRLs of {more} more issuing points (-v shows all)");
    }
    if verbose && !live.members.is_empty() {
        let members: Vec<String> = live.members.iter().map(member).collect();
        let _ = writeln!(text, "  security domain: {}", list(&members));
    }
    // One reason usually holds for every issuing point.
    let mut notes: IndexMap<(LiveQuestion, String), Vec<&str>> = IndexMap::new();
    // An HTTP status is a finding, which says the same.
    for note in live.notes.iter().filter(|note| note.question != LiveQuestion::State || note.status.is_none()) {
        let points = notes.entry((note.question, no_answer(note))).or_default();
        points.extend(note.issuing_point.as_deref());
    }
    for ((question, why), points) in &notes {
        let _ = writeln!(text, "  not known: {}: {why}", asked(*question, &list(points)));
    }
    text
}

/// Until when the new master has to be promoted: the last CRL of each issuing point that is not
/// generated at any more.
pub(super) fn deadline_lines(live: &Live, points: &[String], is_dry_run: bool) -> String {
    let when = if is_dry_run { "afterwards" } else { "from now on" };
    let nobody = format!("CRLs: {when} nobody generates them, unless another CA does; the last ones are");
    if live.answer != SubsystemState::Running {
        let why = state(live.answer, live.status());
        return format!("{nobody} not known here ({why}): status on a clone shows them\n");
    }
    let mut text = format!("{nobody}:\n");
    for point in points {
        let line = match live.crl(point) {
            Some(crl) => last_crl(crl, live.observed_at),
            None => {
                let why = live.no_crl(point).map_or_else(|| state(live.answer, live.status()), no_answer);
                format!("not known: {why}")
            }
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {}: {line}", one_line(point));
    }
    text
}

fn last_crl(crl: &Crl, now: Timestamp) -> String {
    let number = crl_number(crl);
    let Some(next_update) = crl.next_update else { return format!("{number}, no next update named") };
    match u64::try_from(next_update.seconds_since(now)) {
        Ok(left) => format!("{number}, promote before {} ({})", moment(next_update), duration(left)),
        Err(_) => format!("{number}, expired {}: promote now", moment(next_update)),
    }
}

/// A CRL on one line: number, time, validity, size.
pub(super) fn crl_summary(crl: &Crl, now: Timestamp) -> String {
    let entries = match crl.entries {
        1 => "1 entry".to_owned(),
        entries => format!("{entries} entries"),
    };
    format!("{}, issued {}, {}, {entries}", crl_number(crl), moment(crl.this_update), validity(crl, now))
}

/// `number 17`.
pub(super) fn crl_number(crl: &Crl) -> String {
    crl.number.map_or("no number".to_owned(), |number| format!("number {number}"))
}

/// How long a CRL is valid.
fn validity(crl: &Crl, now: Timestamp) -> String {
    let Some(next_update) = crl.next_update else { return "no next update named".to_owned() };
    match u64::try_from(next_update.seconds_since(now)) {
        Ok(left) => format!("next update in {} ({})", duration(left), moment(next_update)),
        Err(_) => {
            let late = now.seconds_since(next_update).unsigned_abs();
            format!("expired {} ago ({})", duration(late), moment(next_update))
        }
    }
}

/// A member of a security domain.
fn member(member: &Member) -> String {
    let clone = if member.clone == Some(true) { " (installed as a clone)" } else { "" };
    format!("{} {}:{}{clone}", member.subsystem, member.host, member.agent_port.unwrap_or(member.port))
}

/// Says for which issuing points an export carries no CRL number, since the server gave none.
pub fn exported(live: &Option<Live>, console: &Console) {
    let Some(live) = live else { return };
    if live.answer != SubsystemState::Running {
        let why = state(live.answer, live.status());
        console.message(&format!("note: the export carries no CRL numbers to compare with: {why}\n"));
    }
    for note in live.notes.iter().filter(|note| note.question == LiveQuestion::Crl) {
        console.message(&format!("note: the export lacks a CRL number: {}\n", unanswered(note)));
    }
}

/// A question that was not answered, and why.
pub fn unanswered(note: &Unanswered) -> String {
    let point = note.issuing_point.as_deref().map(one_line).unwrap_or_default();
    format!("{}: {}", asked(note.question, &point), no_answer(note))
}

/// What was asked, about which issuing points.
fn asked(question: LiveQuestion, points: &str) -> String {
    match question {
        LiveQuestion::State => "whether the subsystem runs".to_owned(),
        LiveQuestion::Cache => format!("whether the server's CRL cache of {points} is on"),
        LiveQuestion::Crl if points.is_empty() => "the CRLs of further issuing points".to_owned(),
        LiveQuestion::Crl => format!("the last CRL of {points}"),
        LiveQuestion::Members => "the members of the security domain".to_owned(),
    }
}

/// Why there is no answer.
pub(super) fn no_answer(note: &Unanswered) -> String {
    let why = match (note.why, note.status) {
        (NoAnswer::Status, Some(status)) => format!("HTTP status {status}"),
        (NoAnswer::Status, None) => "an HTTP status".to_owned(),
        (NoAnswer::Closed, _) => "nothing listens at the port".to_owned(),
        (NoAnswer::TimedOut, _) => "no complete answer in time".to_owned(),
        (NoAnswer::TooLong, _) => "the answer is too long".to_owned(),
        (NoAnswer::NotHttp, _) => "the answer is not HTTP, or incomplete".to_owned(),
        (NoAnswer::NotUnderstood, _) => "the answer has another form".to_owned(),
        (NoAnswer::NoCrl, _) => "the server says that there is none".to_owned(),
        (NoAnswer::NoCurl, _) => "the port speaks TLS, and curl cannot be run".to_owned(),
        (NoAnswer::NoPort, _) => "its port is not known".to_owned(),
        (NoAnswer::TooMany, _) => "there are too many".to_owned(),
        (NoAnswer::Interrupted, _) => "interrupted".to_owned(),
        (NoAnswer::Failed, _) => "the question failed".to_owned(),
    };
    match &note.detail {
        Some(detail) => format!("{why} ({})", one_line(detail)),
        None => why,
    }
}
