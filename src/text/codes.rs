//! What each stable code means, as the reference and the man page list them.

mod failures;
mod findings;
mod questions;

pub use failures::{FAILURE_KINDS, FailureKind, refusal_note};
pub use findings::finding_note;
pub use questions::question_note;
use strum::IntoEnumIterator;

use crate::pki::{FindingCode, RefusalCode, Severity};

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeNote {
    /// What it says.
    pub what: &'static str,
    /// What to do; empty where nothing has to be done.
    pub remedy: &'static str,
}

/// The refusals that `--accept` takes, with what they mean.
pub fn refusal_notes() -> impl Iterator<Item = (RefusalCode, CodeNote)> {
    RefusalCode::iter().filter_map(|code| Some((code, refusal_note(code)?)))
}

/// The findings that matter so much at most, with what they mean.
pub fn finding_notes(severity: Severity) -> impl Iterator<Item = (FindingCode, CodeNote)> {
    let notes = FindingCode::iter().map(|code| (code, finding_note(code)));
    notes.filter(move |(_, (of, _))| *of == severity).map(|(code, (_, note))| (code, note))
}

const fn note(what: &'static str, remedy: &'static str) -> CodeNote {
    CodeNote { what, remedy }
}
