//! The one orchestrator: lock, read, plan, stop, read again, plan again, back up, replace, start,
//! wait until it answers, verify.
//!
//! A refusal costs no downtime, since everything is planned before the stop. What the server wrote
//! while it stopped is kept, since everything is planned again after it. The service that was
//! stopped is started on every way out, panics included. Signals are looked at between steps.

mod failures;

use std::path::{Path, PathBuf};

use thiserror::Error;

use failures::{Trouble, interrupted, not_flushed, restored_by_store};
pub(crate) use failures::{refused_by_role, refused_by_store};

use crate::cs_cfg::CsCfg;
use crate::error::{Ending, Failure};
use crate::quote::quoted;
use crate::role::{Conversion, Plan, Refusal, Role, Subsystem, Warning, plan, role};
use crate::service::{Endpoint, ServiceError, Services};
use crate::store::{Locked, Snapshot, StoreError, Target};

/// A conversion to be made.
pub struct Job<'j> {
    /// The file.
    pub target: Target<'j>,
    /// What to make of it.
    pub conversion: Conversion<'j>,
    /// What was planned for the file as it was read before: good as long as it is as it was.
    pub planned: Option<(Snapshot, Plan)>,
    /// Its service; nothing for a file that no service uses.
    pub unit: Option<Unit>,
    /// Where the backup goes.
    pub backup: Backup,
    /// Now, as it is written into a backup's name.
    pub stamp: String,
    /// Start the service afterwards; a promotion does, a demotion where it was running.
    pub start: bool,
    /// Put the role's keys back when the service does not come up.
    pub rollback: bool,
}

/// The service of a file.
pub struct Unit {
    /// Its name in systemd.
    pub name: String,
    /// Leave it alone.
    pub hands_off: bool,
    /// With hands off: edit although it runs.
    pub allow_running: bool,
}

/// Where a backup goes.
pub enum Backup {
    /// Beside the file.
    Beside,
    /// Into this directory.
    Into(PathBuf),
    /// Nowhere.
    None,
}

impl Backup {
    /// The folder it goes into; nothing inside: beside the file.
    fn folder(&self) -> Option<Option<&Path>> {
        match self {
            Backup::Beside => Some(None),
            Backup::Into(directory) => Some(Some(directory)),
            Backup::None => None,
        }
    }
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was planned last, which is what was done.
    pub plan: Plan,
    /// The bytes before.
    pub before: Vec<u8>,
    /// The backup, where one was made.
    pub backup: Option<PathBuf>,
    /// What became of the service.
    pub service: Option<ServiceOutcome>,
}

/// What became of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceOutcome {
    /// Its name in systemd.
    pub unit: String,
    /// It was running before.
    pub was_active: bool,
    /// It was stopped.
    pub stopped: bool,
    /// It was started.
    pub started: bool,
    /// The subsystem said that it runs; nothing where it was not asked.
    pub ready: Option<bool>,
}

/// A step, told as it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The unit is being stopped.
    Stopping(String),
    /// The unit is being started.
    Starting(String),
    /// The service does not come up; the role's keys are being put back.
    RollingBack,
}

/// Why a conversion ended that its file and its service would have allowed.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant's message tells what its fields are")]
pub enum Obstacle {
    #[error("{unit} is active: the server would overwrite the edit, or be overwritten by it")]
    Running { unit: String },
    #[error("line {line} {why}: pki-server refuses the file, so that {unit} would not start again")]
    WouldNotStart { unit: String, line: usize, why: &'static str },
    #[error("interrupted by signal {0}")]
    Interrupted(u8),
    #[error("after the start the file is {found}, not {wanted}: the server, or somebody else, wrote it")]
    RoleLost { found: Role, wanted: Role },
}

/// Makes a conversion.
///
/// # Errors
/// [`Failure`], which tells the state that things are in.
pub fn convert(job: Job<'_>, services: &mut dyn Services, tell: &dyn Fn(&Step)) -> Result<Outcome, Failure> {
    let Job { target, conversion, planned, unit, backup, stamp, start, rollback } = job;
    let file = target.lock().map_err(refused_by_store)?;
    let snapshot = file.target().read().map_err(refused_by_store)?;
    let planned = plan_again(&snapshot, planned, &conversion).map_err(refused_by_role)?;
    if planned.bytes.is_none() {
        return Ok(Outcome { plan: planned, before: snapshot.bytes, backup: None, service: None });
    }
    let hooks = match unit {
        Some(unit) => check_unit(unit, services, &planned)?,
        None => None,
    };
    if let Some(signal) = services.signal() {
        return Err(interrupted(signal, "nothing was touched"));
    }
    if let (Some(_), Some(proven)) = (hooks.as_ref().filter(|hooks| hooks.was_active), &planned.bytes) {
        file.rehearse(&snapshot, proven, backup.folder()).map_err(|error| match error {
            StoreError::InTheWay { .. } => refused_by_store(error),
            error => restored_by_store(error),
        })?;
    }
    let mut work = Work { file: &file, conversion: &conversion, backup, stamp, start, rollback, services, tell, hooks };
    match work.hooks {
        Some(_) => work.with_service(snapshot, planned),
        None => match work.on_file(snapshot, planned)? {
            (outcome, Some(error)) => Err(Failure { done: Some(Box::new(outcome)), ..not_flushed(error) }),
            (outcome, None) => Ok(outcome),
        },
    }
}

/// What was planned is good for the very file that it was planned for; else it is planned anew.
fn plan_again(now: &Snapshot, planned: Option<(Snapshot, Plan)>, conversion: &Conversion<'_>) -> Result<Plan, Refusal> {
    match planned {
        Some((seen, planned)) if now.is_unchanged(&seen) => Ok(planned),
        _ => plan(&now.bytes, conversion),
    }
}

/// The unit that has to be stopped, if any, with whether it was active.
fn check_unit(unit: Unit, services: &mut dyn Services, planned: &Plan) -> Result<Option<Hooks>, Failure> {
    let name = unit.name;
    if unit.hands_off && unit.allow_running {
        return Ok(None);
    }
    let was_active = match services.is_active(&name) {
        // Without systemd there is nothing that could be running by it.
        Err(ServiceError::NoSystemctl { .. }) if unit.hands_off => return Ok(None),
        Err(ServiceError::Interrupted(signal)) => return Err(interrupted(signal, "nothing was touched")),
        Err(error) => {
            let remedy = match unit.hands_off {
                true => "if the server is stopped for certain, add --allow-running",
                false => "give --systemctl PATH; or stop the server yourself, then use --no-service",
            };
            return Err(Failure::refused(
                anyhow::Error::new(error).context(format!("{name} cannot be asked about")),
                "service-unknown",
                remedy,
            ));
        }
        Ok(active) => active,
    };
    if unit.hands_off {
        if was_active {
            let remedy = format!("leave --no-service out; or stop it first: systemctl stop {name}");
            return Err(Failure::refused(Obstacle::Running { unit: name }, "running", remedy));
        }
        return Ok(None);
    }
    would_start(&planned.warnings, &name)?;
    Ok(Some(Hooks { unit: name, was_active, stopped: false, started: false, ready: None, owes_start: false }))
}

/// Whether `pki-server` would let the unit start with this file.
fn would_start(warnings: &[Warning], unit: &str) -> Result<(), Failure> {
    let stops = warnings.iter().find_map(|warning| match warning {
        Warning::StopsStart { line, why } => Some((*line, *why)),
        _ => None,
    });
    let Some((line, why)) = stops else { return Ok(()) };
    let remedy = format!(
        "mend line {line} first (key=value, UTF-8), then try again; the server still runs with what it read at its last start"
    );
    Err(Failure::refused(Obstacle::WouldNotStart { unit: unit.to_owned(), line, why }, "would-not-start", remedy))
}

/// A service in the course of a conversion.
struct Hooks {
    unit: String,
    was_active: bool,
    stopped: bool,
    started: bool,
    ready: Option<bool>,
    /// It was running, was stopped by us, and no start has succeeded since.
    owes_start: bool,
}

/// A conversion under way.
struct Work<'w, 'j> {
    file: &'w Locked<'j>,
    conversion: &'w Conversion<'w>,
    backup: Backup,
    stamp: String,
    start: bool,
    rollback: bool,
    services: &'w mut dyn Services,
    tell: &'w dyn Fn(&Step),
    hooks: Option<Hooks>,
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
    fn on_file(&mut self, snapshot: Snapshot, planned: Plan) -> Result<(Outcome, Option<StoreError>), Failure> {
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

    fn with_service(&mut self, seen: Snapshot, planned: Plan) -> Result<Outcome, Failure> {
        self.stop()?;
        let unit = self.hooks.as_ref().map(|hooks| hooks.unit.clone()).unwrap_or_default();
        // The server may have written while it stopped: what is there now is what counts.
        let again = self.file.target().read().map_err(restored_by_store).and_then(|snapshot| {
            let planned = plan_again(&snapshot, Some((seen, planned)), self.conversion).map_err(|refusal| Failure {
                ending: Ending::Restored,
                state: "the file is as it was".to_owned(),
                ..refused_by_role(refusal)
            })?;
            would_start(&planned.warnings, &unit).map_err(|failure| Failure {
                ending: Ending::Restored,
                state: "the file is as the server left it".to_owned(),
                remedy: format!("mend the line, then: systemctl start {unit}"),
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
        hooks.started = true;
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
        hooks.started = true;
        let unit = hooks.unit.clone();
        let endpoint = endpoint(outcome);
        self.services.start(&unit)?;
        hooks.owes_start = false;
        hooks.ready = Some(false);
        self.services.wait_ready(&unit, endpoint.as_ref())?;
        hooks.ready = Some(endpoint.is_some());
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
        let unflushed = match self.put_back(&outcome.before, &unit) {
            Ok(()) => None,
            Err(again) => match again.downcast::<StoreError>() {
                Ok(error @ StoreError::NotFlushed { .. }) => Some(error),
                other => {
                    // Better a server with the new keys, if it starts with them, than none.
                    let _ = if was_active { self.start_owed(&unit) } else { Ok(()) };
                    let again = other.map_or_else(|again| again, anyhow::Error::new);
                    let state = format!("{}; the role's keys could not be put back: {again:#}", failure.state);
                    return Failure { state, done: Some(Box::new(outcome)), ..failure };
                }
            },
        };
        let up = if was_active { self.start_again(&outcome.before, &unit) } else { Ok(()) };
        let service = match &up {
            Ok(()) if was_active => format!("{unit} runs again"),
            Ok(()) => format!("{unit} is stopped, as it was"),
            Err(again) => format!("{unit} does not run as it should: {again:#}"),
        };
        let remedy = format!("journalctl -u {unit}");
        match (up, unflushed) {
            (Ok(()), None) => {
                let state = format!("the role's keys were put back; {service}");
                Failure { ending: Ending::Restored, state, remedy, ..failure }
            }
            (Err(_), None) => {
                Failure { state: format!("the role's keys were put back, but {service}"), remedy, ..failure }
            }
            (_, Some(_)) => {
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

    /// Puts the role's keys back, never the whole file: the server may have written meanwhile.
    fn put_back(&mut self, before: &[u8], unit: &str) -> Result<(), anyhow::Error> {
        if let Some(hooks) = &mut self.hooks {
            hooks.owes_start = hooks.was_active;
        }
        self.services.stop_for_good(unit)?;
        let snapshot = self.file.target().read()?;
        let with_publishing = self.with_publishing();
        let planned = plan(&snapshot.bytes, &Conversion::Restore { backup: before, with_publishing })?;
        match &planned.bytes {
            Some(proven) => Ok(self.file.replace(&snapshot, proven)?),
            None => Ok(()),
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

fn endpoint(outcome: &Outcome) -> Option<Endpoint> {
    endpoint_of(&CsCfg::parse(&outcome.before))
}

/// Where the subsystem of a CS.cfg answers, as the file says.
pub fn endpoint_of(cfg: &CsCfg<'_>) -> Option<Endpoint> {
    let port = cfg.get(b"service.unsecurePort")?;
    let port = std::str::from_utf8(&port).ok()?.trim().parse().ok()?;
    Some(Endpoint { port, subsystem: Subsystem::of(cfg)?.folder() })
}

/// Reads a file that is only looked at: another server's CS.cfg, a backup.
///
/// # Errors
/// [`Failure`], a refusal.
pub fn read_only(disk: &dyn crate::store::disk::Disk, path: &Path) -> Result<Snapshot, Failure> {
    Target::open(disk, path).and_then(|target| target.read()).map_err(refused_by_store)
}
