//! What is found out about the service before anything is touched, and what that refuses.

use super::{Failure, Job, Obstacle, Readiness, ServiceMode, UnitJob};
use crate::host::answer::Answer;
use crate::host::endpoint::{Endpoint, FetchError};
use crate::host::services::{Active, ServiceError, Services, UnitState};
use crate::pki::{Conversion, Finding, Prepared};

/// What was found out.
#[derive(Default)]
pub(super) struct Survey {
    /// The unit that is to be managed, if any.
    pub unit: Option<ManagedUnit>,
    /// What should be known about it.
    pub findings: Vec<Finding>,
}

/// A unit that is stopped before the edit and started after it.
#[derive(Clone, Debug)]
pub(super) struct ManagedUnit {
    /// Its name.
    pub name: String,
    /// How to find out whether its subsystem runs.
    pub readiness: Readiness,
    /// It runs now, or is about to.
    pub runs: bool,
    /// It ran before or, after an interrupted run, before that one.
    pub ran_before: bool,
    /// What its subsystem answered, where it was asked.
    pub answer: Option<Answer>,
    /// It is started afterwards.
    pub will_start: bool,
    /// It has to be started although nothing is to be edited.
    pub needs_start: bool,
    /// It has to be stopped before that, since it runs with another role than its file says.
    pub needs_stop: bool,
}

impl ManagedUnit {
    /// Whether its subsystem said that it is up; nothing where it could not be asked.
    pub fn answered(&self) -> Option<bool> {
        self.answer.as_ref().and_then(Answer::is_up)
    }
}

/// Finds out about the service of a file, and refuses what cannot go well.
pub(super) fn survey(job: &Job<'_>, prepared: &Prepared, services: &mut dyn Services) -> Result<Survey, Failure> {
    let Some(unit) = &job.unit else { return Ok(Survey::default()) };
    let edits = prepared.bytes.is_some();
    match unit.mode {
        ServiceMode::Manage => {
            let unit = manage(job, unit, prepared, services)?;
            Ok(Survey { unit: Some(unit), findings: Vec::new() })
        }
        ServiceMode::LeaveStopped if edits => leave_stopped(unit, services),
        ServiceMode::LeaveRunning if edits => Ok(may_run(unit)),
        _ => Ok(Survey::default()),
    }
}

fn may_run(unit: &UnitJob) -> Survey {
    Survey { findings: vec![Finding::ServerMayRun { unit: unit.name.clone() }], ..Survey::default() }
}

/// `--no-service`: the server must not run.
fn leave_stopped(unit: &UnitJob, services: &mut dyn Services) -> Result<Survey, Failure> {
    let name = || unit.name.clone();
    let answer = unit.readiness.endpoint().map(|endpoint| (endpoint.clone(), services.answer(endpoint)));
    let state = match services.unit(&unit.name) {
        // Without systemd, as in a container, nothing else can be asked.
        Err(ServiceError::NoSystemctl { .. }) if !unit.systemctl_was_named => None,
        Err(ServiceError::Interrupted { signal }) => return Err(Failure::interrupted(signal)),
        Err(error) => return Err(unknown(unit, &error)),
        Ok(state) => Some(state),
    };
    match (state, answer) {
        (Some(UnitState { active, .. }), _) if !active.is_down() => {
            Err(Failure::refused(Obstacle::Running { unit: name() }))
        }
        (_, Some((endpoint, answer))) if answer.runs() == Some(true) => {
            Err(Failure::refused(Obstacle::RunningWithoutUnit { unit: name(), endpoint }))
        }
        (Some(_), _) => Ok(Survey::default()),
        // Where the port answers that nothing runs, nothing does.
        (None, Some((_, answer))) if answer.runs() == Some(false) => Ok(Survey::default()),
        (None, _) => Ok(may_run(unit)),
    }
}

/// What systemd and the subsystem say of a unit.
struct Asked {
    state: UnitState,
    answer: Option<(Endpoint, Answer)>,
}

impl Asked {
    fn answers(&self) -> Option<bool> {
        self.answer.as_ref().and_then(|(_, answer)| answer.runs())
    }

    /// Whether the service is as a promotion leaves it.
    fn is_up(&self) -> bool {
        match &self.answer {
            Some((_, Answer::Running)) => true,
            None | Some((_, Answer::Unreachable(FetchError::NoCurl))) => self.state.active == Active::Active,
            Some(_) => false,
        }
    }
}

fn ask(job: &Job<'_>, unit: &UnitJob, services: &mut dyn Services) -> Result<Asked, Failure> {
    // A restore is what gets a unit out of a loop of failing starts: it does not wait for that to end.
    let state = match job.conversion {
        Conversion::Restore { .. } => services.unit_now(&unit.name),
        _ => services.unit(&unit.name),
    };
    let state = match state {
        Ok(state) => state,
        Err(ServiceError::Interrupted { signal }) => return Err(Failure::interrupted(signal)),
        Err(error @ ServiceError::UnitUnsettled { .. }) => return Err(Failure::refused(error)),
        Err(error) => return Err(unknown(unit, &error)),
    };
    let answer = unit.readiness.endpoint().map(|endpoint| (endpoint.clone(), services.answer(endpoint)));
    match services.signal() {
        Some(signal) => Err(Failure::interrupted(signal)),
        None => Ok(Asked { state, answer }),
    }
}

fn manage(
    job: &Job<'_>,
    unit: &UnitJob,
    prepared: &Prepared,
    services: &mut dyn Services,
) -> Result<ManagedUnit, Failure> {
    let edits = prepared.bytes.is_some();
    let asked = ask(job, unit, services)?;
    let note = job.notes.read(&unit.name);
    let other_run = note.as_ref().filter(|note| note.is_running());
    let interrupted = note.is_some() && other_run.is_none();
    let runs = !asked.state.active.is_down();
    let ran_before = runs || interrupted;
    let will_start = job.start && (job.conversion.is_promotion() || ran_before);
    let needs_stop = !edits && will_start && runs && job.is_contradicted;
    let is_to_run = job.conversion.is_promotion() || interrupted;
    let managed = ManagedUnit {
        needs_start: needs_stop || !edits && will_start && is_to_run && !asked.is_up(),
        needs_stop,
        answer: asked.answer.as_ref().map(|(_, answer)| answer.clone()),
        readiness: unit.readiness.clone(),
        name: unit.name.clone(),
        runs,
        ran_before,
        will_start,
    };
    if !edits && !managed.needs_start {
        return Ok(managed);
    }
    if let Some(note) = other_run {
        let (pid, command) = (note.pid, note.command.clone());
        return Err(Failure::refused(Obstacle::OtherRun { unit: unit.name.clone(), pid, command }));
    }
    refuse(job, unit, prepared, &managed, asked)?;
    Ok(managed)
}

/// What cannot go well with a unit that is to be stopped or started.
fn refuse(
    job: &Job<'_>,
    unit: &UnitJob,
    prepared: &Prepared,
    managed: &ManagedUnit,
    asked: Asked,
) -> Result<(), Failure> {
    let name = || unit.name.clone();
    let answers = asked.answers();
    asked.state.must_be_known(&unit.name).map_err(Failure::refused)?;
    if managed.will_start {
        asked.state.must_be_startable(&unit.name).map_err(Failure::refused)?;
        if unit.cannot_ask_for_passwords {
            return Err(Failure::refused(Obstacle::AsksForPasswords { unit: name() }));
        }
        would_start(prepared, &unit.name).map_err(Failure::refused)?;
    }
    match asked.answer {
        Some((endpoint, _)) if !managed.runs && answers == Some(true) => {
            return Err(Failure::refused(Obstacle::RunningWithoutUnit { unit: name(), endpoint }));
        }
        _ if !(job.rollback && managed.will_start && prepared.bytes.is_some()) => return Ok(()),
        Some((_, Answer::Unreachable(why @ FetchError::NoCurl))) => {
            return Err(Failure::refused(Obstacle::RollbackWithoutAnswer { why: why.to_string() }));
        }
        _ => {}
    }
    match &unit.readiness {
        Readiness::Unknown(why) => Err(Failure::refused(Obstacle::RollbackWithoutAnswer { why: why.clone() })),
        Readiness::Ask(_) => Ok(()),
    }
}

fn unknown(unit: &UnitJob, error: &ServiceError) -> Failure {
    let leaves = unit.mode != ServiceMode::Manage;
    // The chain of causes as one line: what systemctl printed is part of it.
    let why = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    Failure::refused(Obstacle::ServiceUnknown { unit: unit.name.clone(), why, leaves })
}

/// Whether `pki-server` would let the unit start with the file.
pub(super) fn would_start(prepared: &Prepared, unit: &str) -> Result<(), Obstacle> {
    let stops = prepared.findings.iter().find_map(|finding| match finding {
        Finding::StopsStart { line, why } => Some((*line, *why)),
        _ => None,
    });
    match stops {
        Some((line, why)) => Err(Obstacle::WouldNotStart { unit: unit.to_owned(), line, why }),
        None => Ok(()),
    }
}
