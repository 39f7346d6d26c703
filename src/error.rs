//! What failed, what state it left the host in, and what to type next; the table of exit codes.

use std::fmt;

use crate::convert::Outcome;

/// In what state a failure left the CA: this is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Refused before anything was touched: 3.
    Refused,
    /// Failed, and everything is as it was: 4.
    Restored,
    /// Failed, and something is changed or down: 5.
    Changed,
    /// Ended by a signal, after tidying up: 128 and its number.
    Signal(u8),
}

impl Ending {
    /// The exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Ending::Refused => 3,
            Ending::Restored => 4,
            Ending::Changed => 5,
            Ending::Signal(number) => 128u8.saturating_add(number),
        }
    }
}

/// A failure, told in three parts.
#[derive(Debug)]
pub struct Failure {
    /// What failed.
    pub what: anyhow::Error,
    /// Its stable name.
    pub code: &'static str,
    /// Which exit code it is.
    pub ending: Ending,
    /// What state things are in.
    pub state: String,
    /// The command or the step that mends it.
    pub remedy: String,
    /// What was done to the file and its service all the same, and still stands.
    pub done: Option<Box<Outcome>>,
}

impl Failure {
    /// A refusal: nothing was touched.
    pub fn refused(what: impl Into<anyhow::Error>, code: &'static str, remedy: impl Into<String>) -> Failure {
        let state = "nothing was touched".to_owned();
        Failure { what: what.into(), code, ending: Ending::Refused, state, remedy: remedy.into(), done: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}\n  state: {}\n  next:  {}", self.what, self.state, self.remedy)
    }
}
