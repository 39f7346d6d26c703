//! The one orchestrator: lock, read, plan, stop, read again, plan again, back up, replace, start,
//! wait until it answers, verify.
//!
//! A refusal costs no downtime, since everything is planned before the stop. What the server wrote
//! while it stopped is kept, since everything is planned again after it. The service that was
//! stopped is started on every way out, panics included. Signals are looked at between steps.

mod failures;
mod work;

use std::path::{Path, PathBuf};

use thiserror::Error;

use failures::{interrupted, not_flushed, restored_by_store};
pub(crate) use failures::{refused_by_role, refused_by_store};
use work::{Hooks, Work};

use crate::cs_cfg::CsCfg;
use crate::error::Failure;
use crate::role::{Conversion, Plan, Role, Subsystem, Warning, plan_document};
use crate::service::{Endpoint, ServiceError, Services};
use crate::store::{Snapshot, StoreError, Target};

/// A conversion to be made.
pub struct Job<'j> {
    /// The file.
    pub target: Target<'j>,
    /// What to make of it.
    pub conversion: Conversion<'j>,
    /// It is a server's own file.
    pub is_live: bool,
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
    /// Whether the subsystem said that it runs; nothing where it could not be, or was not, asked.
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
    let Job { target, conversion, is_live, planned, unit, backup, stamp, start, rollback } = job;
    let file = target.lock().map_err(refused_by_store)?;
    let (snapshot, planned) = plan_again(file.target(), planned, &conversion, is_live, refused_by_store)?;
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
    let mut work =
        Work { file: &file, conversion: &conversion, is_live, backup, stamp, start, rollback, services, tell, hooks };
    match work.hooks {
        Some(_) => work.with_service(snapshot, planned),
        None => match work.on_file(snapshot, planned)? {
            (outcome, Some(error)) => Err(Failure { done: Some(Box::new(outcome)), ..not_flushed(error) }),
            (outcome, None) => Ok(outcome),
        },
    }
}

/// What was planned is good for the very file that it was planned for; else it is planned anew.
/// `unreadable` tells what it means that the file cannot be read.
fn plan_again(
    target: &Target<'_>,
    planned: Option<(Snapshot, Plan)>,
    conversion: &Conversion<'_>,
    is_live: bool,
    unreadable: fn(StoreError) -> Failure,
) -> Result<(Snapshot, Plan), Failure> {
    if let Some((seen, planned)) = planned
        && target.is_still(&seen).map_err(unreadable)?
    {
        return Ok((seen, planned));
    }
    let snapshot = target.read().map_err(unreadable)?;
    let planned = plan_document(CsCfg::parse(&snapshot.bytes), conversion, is_live).map_err(refused_by_role)?;
    Ok((snapshot, planned))
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
    Ok(Some(Hooks::new(name, was_active)))
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
