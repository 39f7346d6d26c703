//! What each stable code means, as the reference and the man page list them.

mod failures;
mod findings;
mod questions;

pub use failures::{FAILURE_KINDS, FailureKind, refusal_note};
pub use findings::finding_note;
pub use questions::question_note;

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeNote {
    /// What it says.
    pub what: &'static str,
    /// What to do; empty where nothing has to be done.
    pub remedy: &'static str,
}

const fn note(what: &'static str, remedy: &'static str) -> CodeNote {
    CodeNote { what, remedy }
}
