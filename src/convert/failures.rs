//! How a conversion ends that did not go through: each error with the state that it left and what
//! to type next.

use crate::error::{Ending, Failure};
use crate::quote::quoted;
use crate::role::Refusal;
use crate::service::ServiceError;
use crate::store::StoreError;

use super::Obstacle;

/// What went wrong after the edit.
pub(super) struct Trouble {
    pub what: anyhow::Error,
    pub code: &'static str,
}

impl From<ServiceError> for Trouble {
    fn from(error: ServiceError) -> Trouble {
        Trouble { code: error.code(), what: error.into() }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble { code: error.code(), what: error.into() }
    }
}

impl From<Obstacle> for Trouble {
    fn from(obstacle: Obstacle) -> Trouble {
        Trouble { code: "role-lost", what: obstacle.into() }
    }
}

/// A refusal for a file's sake.
pub(crate) fn refused_by_store(error: StoreError) -> Failure {
    let remedy = match &error {
        StoreError::Locked { path } => {
            format!("wait until it is done; see who: fuser -v {}", quoted(&path.display().to_string()))
        }
        StoreError::ChangedMeanwhile { .. } | StoreError::Moved { .. } => "try again".to_owned(),
        StoreError::InTheWay { path } => {
            format!("look who put it there: ls -l {}", quoted(&path.display().to_string()))
        }
        StoreError::TooLarge { .. } | StoreError::TooManyLines { .. } | StoreError::NotAFile { .. } => {
            "name the CS.cfg of the subsystem".to_owned()
        }
        StoreError::Open { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
            "run it as root, or as the server's account".to_owned()
        }
        StoreError::Io { .. } => "mend what the message names, then try again".to_owned(),
        _ => "check the path".to_owned(),
    };
    let code = error.code();
    Failure::refused(error, code, remedy)
}

pub(super) fn restored_by_store(error: StoreError) -> Failure {
    let remedy = match &error {
        StoreError::ChangedMeanwhile { .. } => {
            "look who writes it (configuration management?), then try again".to_owned()
        }
        StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            "make room on that file system, then try again".to_owned()
        }
        _ => "mend what the message names, then try again".to_owned(),
    };
    Failure { ending: Ending::Restored, state: "the file is as it was".to_owned(), remedy, ..refused_by_store(error) }
}

pub(super) fn not_flushed(error: StoreError) -> Failure {
    Failure {
        ending: Ending::Changed,
        state: "the file is converted, but may not survive a power failure".to_owned(),
        remedy: "sync".to_owned(),
        ..refused_by_store(error)
    }
}

/// A refusal for a role's sake.
pub(crate) fn refused_by_role(refusal: Refusal) -> Failure {
    let (code, remedy) = (refusal.code(), refusal.remedy());
    Failure::refused(refusal, code, remedy)
}

pub(super) fn interrupted(signal: u8, state: &str) -> Failure {
    Failure {
        what: Obstacle::Interrupted(signal).into(),
        code: "interrupted",
        ending: Ending::Signal(signal),
        state: state.to_owned(),
        remedy: "run it again when you want the conversion".to_owned(),
        done: None,
    }
}
