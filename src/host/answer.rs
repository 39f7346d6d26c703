//! What a subsystem says of itself.

use std::fmt;

use super::endpoint::FetchError;
use crate::pki::SubsystemState;

/// What came of the question whether a subsystem runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It says that it runs.
    Running,
    /// It says that it is starting.
    Starting,
    /// It says that it is in another state: this one.
    OtherState(String),
    /// Another subsystem than the one that was asked for answers: this one.
    OtherSubsystem(String),
    /// An answer with status 200 that does not say how the subsystem is.
    Unclear,
    /// 404: the server runs, and its subsystem did not come up.
    NotFound,
    /// Another status.
    Status(u16),
    /// Nothing listens at the port.
    Closed,
    /// Something else than HTTP answers, or too much.
    NotHttp,
    /// It could not be asked.
    Unreachable(FetchError),
}

impl Answer {
    /// What it says, in the few states that a report distinguishes.
    pub fn state(&self) -> SubsystemState {
        match self {
            Answer::Running => SubsystemState::Running,
            Answer::Starting => SubsystemState::Starting,
            Answer::NotFound | Answer::OtherState(_) => SubsystemState::NotUp,
            Answer::Closed => SubsystemState::Closed,
            Answer::OtherSubsystem(_)
            | Answer::Unclear
            | Answer::Status(_)
            | Answer::NotHttp
            | Answer::Unreachable(FetchError::TimedOut) => SubsystemState::Other,
            Answer::Unreachable(_) => SubsystemState::NotAsked,
        }
    }

    /// The HTTP status, where it is all that was answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Answer::Status(status) => Some(*status),
            _ => None,
        }
    }

    /// Whether a server that can change the file runs at that port: yes where the subsystem says so,
    /// no where the port is closed or anything else answers; none where it could not be asked.
    pub fn runs(&self) -> Option<bool> {
        match self {
            Answer::Running | Answer::Starting => Some(true),
            Answer::Unreachable(_) => None,
            _ => Some(false),
        }
    }

    /// Whether the subsystem says that it is up. One that is starting does not, nor one that takes too
    /// long to answer; none where it could not be asked.
    pub fn is_up(&self) -> Option<bool> {
        match self {
            Answer::Unreachable(why) => (*why == FetchError::TimedOut).then_some(false),
            _ => Some(*self == Answer::Running),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Running => f.write_str("running"),
            Answer::Starting => f.write_str("starting"),
            Answer::OtherState(state) => write!(f, "state `{state}`"),
            Answer::OtherSubsystem(named) => write!(f, "another subsystem, `{named}`"),
            Answer::Unclear => f.write_str("HTTP status 200 without a state"),
            Answer::NotFound => f.write_str("HTTP status 404"),
            Answer::Status(status) => write!(f, "HTTP status {status}"),
            Answer::Closed => FetchError::Closed.fmt(f),
            Answer::NotHttp => FetchError::Broken.fmt(f),
            Answer::Unreachable(why) => why.fmt(f),
        }
    }
}
