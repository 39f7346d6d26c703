//! What failed, and what was seen of the host afterwards: from that follows the exit code.

use std::path::{Path, PathBuf};

use super::{Obstacle, Outcome};
use crate::host::agent::AgentError;
use crate::host::ipa_proxy::IpaProxyError;
use crate::host::issue_crl::Issue;
use crate::host::roots::NotFoundError;
use crate::host::services::{Active, ServiceError};
use crate::host::store::StoreError;
use crate::pki::Refusal;

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

/// What failed.
#[derive(Debug)]
#[allow(missing_docs, reason = "each variant is named for what it holds")]
pub enum Cause {
    Refusal(Refusal),
    Obstacle(Obstacle),
    Store(StoreError),
    Service(ServiceError),
    NotFound(NotFoundError),
    IpaProxy(IpaProxyError),
    Agent(AgentError),
    /// CRLs that were not issued, beside those that were.
    Crls(Issue),
}

/// A failure, with what was seen of the host afterwards.
#[derive(Debug)]
pub struct Failure {
    /// What failed.
    pub cause: Cause,
    /// The file that it is about, of a command that looks at several.
    pub about: Option<PathBuf>,
    /// Which exit code it is.
    pub ending: Ending,
    /// What was seen afterwards.
    pub seen: Seen,
    /// What failed on the way back.
    pub on_the_way_back: Vec<Cause>,
    /// What was done to the file and its service all the same, and still stands.
    pub done: Option<Box<Outcome>>,
}

/// What was seen after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The file.
    pub file: FileSeen,
    /// The unit, where one was to be stopped or started.
    pub unit: Option<UnitSeen>,
    /// The web server's rule, where it was to be changed.
    pub rule: Option<Box<RuleSeen>>,
    /// The backup that is there.
    pub backup: Option<PathBuf>,
}

/// What was seen of the rule after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSeen {
    /// The web server's file.
    pub path: PathBuf,
    /// What is in it.
    pub file: FileSeen,
    /// The web server, where its unit may be touched.
    pub web: Option<UnitSeen>,
    /// It runs with another text than the file has.
    pub is_stale: bool,
    /// The backup that is there.
    pub backup: Option<PathBuf>,
}

/// The file after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSeen {
    /// Nothing was done to it.
    Untouched,
    /// It has the bytes that it had, or that the server itself wrote when it stopped.
    AsItWas,
    /// It was not replaced, and the server or another program has written it meanwhile.
    LeftByOthers,
    /// It is converted.
    Converted,
    /// It was converted, and its role's parameters were put back.
    PutBack,
    /// It was converted, and somebody else has given the role's parameters their former values.
    ChangedBack,
    /// It holds something else.
    Other,
    /// It cannot be read.
    Unreadable,
}

impl FileSeen {
    /// Whether it is as it was.
    pub fn is_as_it_was(self) -> bool {
        matches!(self, FileSeen::Untouched | FileSeen::AsItWas | FileSeen::LeftByOthers | FileSeen::PutBack)
    }

    /// Whether the role's parameters have the values that they had.
    pub fn has_former_role(self) -> bool {
        matches!(self, FileSeen::AsItWas | FileSeen::LeftByOthers | FileSeen::PutBack | FileSeen::ChangedBack)
    }
}

/// The unit after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSeen {
    /// Its name.
    pub name: String,
    /// It ran before.
    pub was_active: bool,
    /// Whether its subsystem said before that it runs; nothing where it was not asked, or could not be.
    pub answered_before: Option<bool>,
    /// Its state; nothing where systemd could not be asked.
    pub state: Option<Active>,
    /// Whether its subsystem says that it runs; nothing where it was not asked.
    pub answers: Option<bool>,
}

impl Cause {
    /// Whether the reason is what the file holds.
    pub fn is_content(&self) -> bool {
        matches!(self, Cause::Refusal(_) | Cause::Obstacle(Obstacle::WouldNotStart { .. }))
    }

    /// Its stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::Refusal(refusal) => refusal.code().into(),
            Cause::Obstacle(obstacle) => obstacle.code().into(),
            Cause::Store(error) => error.code(),
            Cause::Service(error) => error.code(),
            Cause::NotFound(error) => error.code(),
            Cause::IpaProxy(error) => error.code(),
            Cause::Agent(error) => error.code(),
            Cause::Crls(issue) => issue.failed.first().map_or("no-crl-issued", |(_, why)| why.code()),
        }
    }
}

impl Failure {
    /// A refusal: nothing was touched.
    pub fn refused(cause: impl Into<Cause>) -> Failure {
        let seen = Seen { file: FileSeen::Untouched, unit: None, rule: None, backup: None };
        let cause = cause.into();
        Failure { cause, about: None, ending: Ending::Refused, seen, on_the_way_back: Vec::new(), done: None }
    }

    /// The same, about one of several files.
    pub fn about(self, path: &Path) -> Failure {
        Failure { about: Some(path.to_owned()), ..self }
    }

    /// Failed before anything was touched; what trying again does not cure is a refusal.
    pub fn before_anything(refuses: bool, cause: impl Into<Cause>) -> Failure {
        let ending = if refuses { Ending::Refused } else { Ending::Restored };
        Failure { ending, ..Failure::refused(cause) }
    }

    /// The same where CRLs were issued, which cannot be taken back.
    pub(super) fn after_crls(self, done: &Outcome) -> Failure {
        match done.issued.is_empty() {
            true => self,
            false => Failure { ending: Ending::Changed, done: Some(Box::new(done.clone())), ..self },
        }
    }

    /// The same, but something is changed or down, whatever file and unit look like.
    pub(super) fn changed(self, done: Outcome) -> Failure {
        Failure { ending: Ending::Changed, done: Some(Box::new(done)), ..self }
    }

    /// Ended by a signal before anything was touched.
    pub fn interrupted(signal: u8) -> Failure {
        Failure { ending: Ending::Signal(signal), ..Failure::refused(Obstacle::Interrupted { signal }) }
    }
}

impl Seen {
    /// Whether everything is as it was.
    pub fn is_as_it_was(&self) -> bool {
        self.file.is_as_it_was()
            && self.unit.as_ref().is_none_or(UnitSeen::is_as_it_was)
            && self.rule.as_ref().is_none_or(|rule| rule.is_as_it_was())
    }
}

impl RuleSeen {
    /// Whether everything is as it was.
    pub fn is_as_it_was(&self) -> bool {
        self.file.is_as_it_was() && !self.is_stale && self.web.as_ref().is_none_or(UnitSeen::is_as_it_was)
    }
}

impl UnitSeen {
    /// Whether it runs if it ran, and is down if it was.
    pub fn is_as_it_was(&self) -> bool {
        match (self.state, self.was_active) {
            (None, _) => false,
            (Some(state), true) => state.runs() && !self.is_silent(),
            (Some(state), false) => state.is_down(),
        }
    }

    /// Whether its subsystem does not say that it runs although it did before, or nobody knows whether
    /// it did.
    pub fn is_silent(&self) -> bool {
        self.answers == Some(false) && self.answered_before != Some(false)
    }
}

/// Errors that are known before anything is touched, and that trying again does not cure.
pub(super) fn refuses(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::BindMounted { .. }
            | StoreError::Immutable { .. }
            | StoreError::AppendOnly { .. }
            | StoreError::InTheWay { .. }
            | StoreError::PermissionDenied { .. }
    )
}

macro_rules! causes {
    ($($variant:ident: $error:ty;)*) => {$(
        impl From<$error> for Cause {
            fn from(error: $error) -> Cause {
                Cause::$variant(error)
            }
        }
    )*};
}

causes! {
    Refusal: Refusal;
    Obstacle: Obstacle;
    Store: StoreError;
    Service: ServiceError;
    NotFound: NotFoundError;
    IpaProxy: IpaProxyError;
    Agent: AgentError;
    Crls: Issue;
}
