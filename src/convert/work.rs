//! A conversion under way: from the stop to the answer, and every way back.
//!
//! Who gets here has been refused nothing: what fails from now on is undone, or told as changed.

use std::path::PathBuf;

use super::failures::{Trouble, interrupted, not_flushed, restored_by_store};
use super::{Backup, Obstacle, Outcome, ServiceOutcome, Step, endpoint_of, plan_again, would_start};
use crate::cs_cfg::CsCfg;
use crate::error::{Ending, Failure};
use crate::quote::quoted;
use crate::role::{Conversion, Plan, Role, plan, role};
use crate::service::{ServiceError, Services};
use crate::store::{Locked, Snapshot, StoreError};

/// A service in the course of a conversion.
pub(super) struct Hooks {
    unit: String,
    pub was_active: bool,
    stopped: bool,
    started: bool,
    ready: Option<bool>,
    /// It was running, was stopped by us, and no start has succeeded since.
    owes_start: bool,
}

impl Hooks {
    /// A unit as it was found.
    pub fn new(unit: String, was_active: bool) -> Hooks {
        Hooks { unit, was_active, stopped: false, started: false, ready: None, owes_start: false }
    }
}

/// A conversion under way.
pub(super) struct Work<'w, 'j> {
    pub file: &'w Locked<'j>,
    pub conversion: &'w Conversion<'w>,
    pub is_live: bool,
    pub backup: Backup,
    pub stamp: String,
    pub start: bool,
    pub rollback: bool,
    pub services: &'w mut dyn Services,
    pub tell: &'w dyn Fn(&Step),
    pub hooks: Option<Hooks>,
}

/// The way out by panic: the service is started again.
impl Drop for Work<'_, '_> {
    fn drop(&mut self) {
        if let Some(hooks) = &self.hooks
            && hooks.owes_start
            && std::thread::panicking()
        {
            let _ = self.services.start(&hooks.unit);
        }
    }
}

impl Work<'_, '_> {
    /// Backs up and replaces. The backup of a file that was not replaced is taken away again. An
    /// error beside the outcome: the file is replaced, but may not survive a power failure.
    pub fn on_file(&mut self, snapshot: Snapshot, planned: Plan) -> Result<(Outcome, Option<StoreError>), Failure> {
        let Some(proven) = &planned.bytes else {
            // The server itself wrote what was wanted while it stopped.
            return Ok((Outcome { plan: planned, before: snapshot.bytes, backup: None, service: None }, None));
        };
        let backup = self
            .backup
            .folder()
            .map(|folder| self.file.back_up(&snapshot, folder, &self.stamp))
            .transpose()
            .map_err(restored_by_store)?;
        let discard = |backup: &Option<PathBuf>| backup.iter().for_each(|backup| self.file.remove_backup(backup));
        if let Some(signal) = self.services.signal() {
            discard(&backup);
            return Err(interrupted(signal, "the file is as it was"));
        }
        let unflushed = match self.file.replace(&snapshot, proven) {
            Ok(()) => None,
            Err(error @ StoreError::NotFlushed { .. }) => Some(error),
            Err(error) => {
                discard(&backup);
                return Err(restored_by_store(error));
            }
        };
        Ok((Outcome { plan: planned, before: snapshot.bytes, backup, service: None }, unflushed))
    }

    pub fn with_service(&mut self, seen: Snapshot, planned: Plan) -> Result<Outcome, Failure> {
        self.stop()?;
        let unit = self.hooks.as_ref().map(|hooks| hooks.unit.clone()).unwrap_or_default();
        // The server may have written while it stopped: what is there now is what counts.
        let again =
            plan_again(self.file.target(), Some((seen, planned)), self.conversion, self.is_live, restored_by_store);
        let again = again.map_err(|failure| match failure.ending {
            Ending::Refused => {
                Failure { ending: Ending::Restored, state: "the file is as it was".to_owned(), ..failure }
            }
            _ => failure,
        });
        let again = again.and_then(|(snapshot, planned)| {
            would_start(&planned.warnings, &unit).map_err(|failure| Failure {
                ending: Ending::Restored,
                state: "the file is as the server left it".to_owned(),
                remedy: "mend the line, then try again".to_owned(),
                ..failure
            })?;
            Ok((snapshot, planned))
        });
        let done = again.and_then(|(snapshot, planned)| match self.services.signal() {
            Some(signal) => Err(interrupted(signal, "the file is as it was")),
            None => self.on_file(snapshot, planned),
        });
        let (mut outcome, unflushed) = match done {
            Ok(done) => done,
            Err(failure) => return Err(self.undo(failure)),
        };
        let started = self.start_and_verify(&outcome);
        let hooks = self.hooks.as_ref();
        outcome.service = hooks.map(|hooks| ServiceOutcome {
            unit: hooks.unit.clone(),
            was_active: hooks.was_active,
            stopped: hooks.stopped,
            started: hooks.started,
            ready: hooks.ready,
        });
        if let Err(trouble) = started {
            return Err(self.not_up(trouble, outcome));
        }
        match unflushed {
            Some(error) => Err(Failure { done: Some(Box::new(outcome)), ..not_flushed(error) }),
            None => Ok(outcome),
        }
    }

    fn stop(&mut self) -> Result<(), Failure> {
        let Some(hooks) = self.hooks.as_mut().filter(|hooks| hooks.was_active) else { return Ok(()) };
        (self.tell)(&Step::Stopping(hooks.unit.clone()));
        let unit = hooks.unit.clone();
        // From here on it may be down, whatever systemctl says.
        hooks.stopped = true;
        hooks.owes_start = true;
        let Err(error) = self.services.stop(&unit) else { return Ok(()) };
        let failure = match error {
            ServiceError::Interrupted(signal) => interrupted(signal, "the file is as it was"),
            error => Failure {
                code: error.code(),
                what: error.into(),
                ending: Ending::Restored,
                state: "the file is as it was".to_owned(),
                remedy: format!("journalctl -u {unit}"),
                done: None,
            },
        };
        Err(self.undo(failure))
    }

    /// Nothing was written: the service goes back to how it was found.
    fn undo(&mut self, failure: Failure) -> Failure {
        let Some(hooks) = self.hooks.as_mut().filter(|hooks| hooks.stopped) else { return failure };
        let unit = hooks.unit.clone();
        // Also where it was not down at all: starting what runs does nothing.
        (self.tell)(&Step::Starting(unit.clone()));
        match self.start_owed(&unit) {
            Ok(()) => Failure { state: format!("{}; {unit} was started again", failure.state), ..failure },
            // It may never have gone down, or come up although nobody waited for it.
            Err(_) if self.services.wait_ready(&unit, None).is_ok() => {
                Failure { state: format!("{}; {unit} is active", failure.state), ..failure }
            }
            Err(error) => Failure {
                ending: Ending::Changed,
                state: format!("{}, but {unit} is down: {:#}", failure.state, anyhow::Error::new(error)),
                remedy: format!("systemctl start {unit}; journalctl -u {unit}"),
                ..failure
            },
        }
    }

    /// Starts the service where it has to be, waits for it, and looks whether the role has lasted.
    fn start_and_verify(&mut self, outcome: &Outcome) -> Result<(), Trouble> {
        let promotes = matches!(self.conversion, Conversion::PromoteCa { .. } | Conversion::PromoteOcsp { .. });
        let Some(hooks) = self.hooks.as_mut().filter(|hooks| self.start && (promotes || hooks.was_active)) else {
            return Ok(());
        };
        (self.tell)(&Step::Starting(hooks.unit.clone()));
        let unit = hooks.unit.clone();
        let endpoint = endpoint_of(&CsCfg::parse(&outcome.before));
        self.services.start(&unit)?;
        hooks.started = true;
        hooks.owes_start = false;
        hooks.ready = endpoint.as_ref().map(|_| false);
        self.services.wait_ready(&unit, endpoint.as_ref())?;
        hooks.ready = endpoint.map(|_| true);
        let target = self.file.target();
        self.services.wait_settled(&mut || target.read().ok().map(|snapshot| snapshot.bytes));
        let wanted = outcome.plan.role_after;
        let now = target.read()?;
        let found = role(&CsCfg::parse(&now.bytes)).map_or(Role::None, |report| report.role);
        if found == wanted { Ok(()) } else { Err(Obstacle::RoleLost { found, wanted }.into()) }
    }

    /// The edit is done, and the service does not come up with it.
    fn not_up(&mut self, trouble: Trouble, outcome: Outcome) -> Failure {
        let unit = self.hooks.as_ref().map(|hooks| hooks.unit.clone()).unwrap_or_default();
        let path = self.file.target().path().display().to_string();
        let remedy = match &outcome.backup {
            Some(backup) => format!(
                "journalctl -u {unit}\n  to go back:\n    pki-role restore --to {} --from {} --service {unit}{}\n    systemctl start {unit}",
                quoted(&path),
                quoted(&backup.display().to_string()),
                if self.with_publishing() { " --with-publishing" } else { "" }
            ),
            None => format!("journalctl -u {unit}; no backup was made"),
        };
        let failure = Failure {
            code: trouble.code,
            what: trouble.what,
            ending: Ending::Changed,
            state: format!("{path} is converted ({}); {unit} does not run as it should", outcome.plan.role_after),
            remedy,
            done: None,
        };
        if !self.rollback {
            return Failure { done: Some(Box::new(outcome)), ..failure };
        }
        (self.tell)(&Step::RollingBack);
        let was_active = self.hooks.as_ref().is_some_and(|hooks| hooks.was_active);
        let is_flushed = match self.put_back(&outcome.before, &unit) {
            Ok(is_flushed) => is_flushed,
            Err(again) => {
                // Better a server with the new keys, if it starts with them, than none.
                let _ = if was_active { self.start_owed(&unit) } else { Ok(()) };
                let state = format!("{}; the role's keys could not be put back: {again:#}", failure.state);
                return Failure { state, done: Some(Box::new(outcome)), ..failure };
            }
        };
        let up = if was_active { self.start_again(&outcome.before, &unit) } else { Ok(()) };
        let service = match &up {
            Ok(()) if was_active => format!("{unit} runs again"),
            Ok(()) => format!("{unit} is stopped, as it was"),
            Err(again) => format!("{unit} does not run as it should: {again:#}"),
        };
        let remedy = format!("journalctl -u {unit}");
        match (up, is_flushed) {
            (Ok(()), true) => {
                let state = format!("the role's keys were put back; {service}");
                Failure { ending: Ending::Restored, state, remedy, ..failure }
            }
            (Err(_), true) => {
                Failure { state: format!("the role's keys were put back, but {service}"), remedy, ..failure }
            }
            (_, false) => {
                let state = format!("the role's keys were put back, but may not survive a power failure; {service}");
                Failure { state, remedy: format!("sync; {remedy}"), ..failure }
            }
        }
    }

    fn with_publishing(&self) -> bool {
        matches!(
            self.conversion,
            Conversion::PromoteCa { with_publishing: true, .. } | Conversion::Restore { with_publishing: true, .. }
        )
    }

    /// Puts the role's keys back, never the whole file: the server may have written meanwhile. Tells
    /// whether that will survive a power failure.
    fn put_back(&mut self, before: &[u8], unit: &str) -> Result<bool, anyhow::Error> {
        if let Some(hooks) = &mut self.hooks {
            hooks.owes_start = hooks.was_active;
        }
        self.services.stop_for_good(unit)?;
        let snapshot = self.file.target().read()?;
        let with_publishing = self.with_publishing();
        let planned = plan(&snapshot.bytes, &Conversion::Restore { backup: before, with_publishing })?;
        match planned.bytes.map(|proven| self.file.replace(&snapshot, &proven)) {
            None | Some(Ok(())) => Ok(true),
            Some(Err(StoreError::NotFlushed { .. })) => Ok(false),
            Some(Err(error)) => Err(error.into()),
        }
    }

    fn start_owed(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.services.start(unit)?;
        if let Some(hooks) = &mut self.hooks {
            hooks.owes_start = false;
        }
        Ok(())
    }

    fn start_again(&mut self, before: &[u8], unit: &str) -> Result<(), anyhow::Error> {
        (self.tell)(&Step::Starting(unit.to_owned()));
        self.start_owed(unit)?;
        Ok(self.services.wait_ready(unit, endpoint_of(&CsCfg::parse(before)).as_ref())?)
    }
}
