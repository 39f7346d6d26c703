//! The JSON object of a change; its fields are described in the README and stay.

use serde::Serialize;

use super::{Mode, Report};
use crate::convert::Outcome;
use crate::error::Failure;

#[derive(Serialize)]
pub(super) struct Json<'a> {
    changed: bool,
    dry_run: bool,
    command: &'a str,
    config: String,
    subsystem: Option<&'a str>,
    role_before: Option<&'a str>,
    role_after: Option<&'a str>,
    changes: Vec<Change<'a>>,
    warnings: Vec<Warning>,
    diff: String,
    backup: Option<String>,
    service: Option<Service<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
}

#[derive(Serialize)]
struct Change<'a> {
    key: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
    line: Option<usize>,
    reason: &'a str,
}

#[derive(Serialize)]
struct Warning {
    code: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Service<'a> {
    unit: &'a str,
    was_active: Option<bool>,
    stopped: bool,
    started: bool,
    ready: Option<bool>,
}

/// A failure as JSON.
#[derive(Serialize)]
pub(super) struct Error {
    code: &'static str,
    message: String,
    state: String,
    remedy: String,
}

impl Error {
    pub(super) fn of(failure: &Failure) -> Error {
        Error {
            code: failure.code,
            message: format!("{:#}", failure.what),
            state: failure.state.clone(),
            remedy: failure.remedy.clone(),
        }
    }
}

impl Report {
    /// The object for what was done, or for a failure.
    pub(super) fn json<'a>(&'a self, outcome: Option<&'a Outcome>, failure: Option<&'a Failure>) -> Json<'a> {
        let planned = self.planned.as_ref();
        let plan = outcome.map(|outcome| &outcome.plan);
        let warnings = plan.iter().flat_map(|plan| &plan.warnings);
        let service = match outcome.and_then(|outcome| outcome.service.as_ref()) {
            Some(service) => Some(Service {
                unit: &service.unit,
                was_active: Some(service.was_active),
                stopped: service.stopped,
                started: service.started,
                ready: service.ready,
            }),
            None => self.unit.as_deref().map(|unit| Service {
                unit,
                was_active: None,
                stopped: false,
                started: false,
                ready: None,
            }),
        };
        Json {
            changed: plan.is_some_and(|plan| plan.bytes.is_some()),
            dry_run: !matches!(self.mode, Mode::Apply { .. }),
            command: self.command,
            config: self.config.display().to_string(),
            subsystem: planned.map(|planned| planned.subsystem.name()),
            role_before: planned.map(|planned| planned.role_before.name()),
            role_after: planned.filter(|_| outcome.is_some()).map(|planned| planned.role_after.name()),
            changes: plan
                .iter()
                .flat_map(|plan| &plan.changes)
                .map(|change| Change {
                    key: &change.key,
                    before: change.before.as_deref(),
                    after: change.after.as_deref(),
                    line: change.line,
                    reason: change.reason,
                })
                .collect(),
            warnings: warnings.map(|warning| Warning { code: warning.code(), message: warning.to_string() }).collect(),
            diff: outcome
                .map(|outcome| String::from_utf8_lossy(&self.diff_of(outcome)).into_owned())
                .unwrap_or_default(),
            backup: outcome.and_then(|outcome| outcome.backup.as_ref()).map(|backup| backup.display().to_string()),
            service,
            error: failure.map(Error::of),
        }
    }
}
