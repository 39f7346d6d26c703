//! The unit in the course of a conversion. One that was stopped is started when the guard is dropped,
//! unless a start was tried: on every way out, panics included.

use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::survey::ManagedUnit;
use super::{Cause, Obstacle, Progress, Readiness, ServiceOutcome, UnitSeen};
use crate::host::answer::Answer;
use crate::host::run_note::{RunNote, RunNotes};
use crate::host::services::{Active, Ready, Services};
use crate::pki::Finding;

/// A unit that a conversion stops and starts; there may be none.
pub(super) struct UnitGuard<'s> {
    services: &'s mut dyn Services,
    unit: Option<ManagedUnit>,
    progress: &'s dyn Fn(&Progress),
    owes_start: bool,
    stopped: bool,
    started: bool,
    ready: Option<bool>,
    stopped_at: Option<Instant>,
    down_for: Option<Duration>,
}

impl Drop for UnitGuard<'_> {
    fn drop(&mut self) {
        if let Some(unit) = self.unit.as_ref().filter(|_| self.owes_start) {
            let _ = self.services.start(&unit.name);
        }
    }
}

impl<'s> UnitGuard<'s> {
    /// A unit as it was found.
    pub fn new(services: &'s mut dyn Services, unit: Option<ManagedUnit>, progress: &'s dyn Fn(&Progress)) -> Self {
        UnitGuard {
            services,
            unit,
            progress,
            owes_start: false,
            stopped: false,
            started: false,
            ready: None,
            stopped_at: None,
            down_for: None,
        }
    }

    /// The unit, if there is one.
    pub fn unit(&self) -> Option<&ManagedUnit> {
        self.unit.as_ref()
    }

    /// It was stopped by this run.
    pub fn was_stopped(&self) -> bool {
        self.stopped
    }

    /// It ran before this run, or before an interrupted one, and no start was tried yet.
    pub fn owes_start(&self) -> bool {
        self.owes_start
    }

    /// The signal that asked this program to end, if any did.
    pub fn signal(&self) -> Option<u8> {
        self.services.signal()
    }

    /// From now on nothing ends early at a signal.
    pub fn hold_signals(&mut self) {
        self.services.hold_signals();
    }

    /// Stops the unit where it runs, and makes sure that nothing of it runs any more.
    pub fn stop(&mut self, notes: &RunNotes, command: &str, config: &str) -> Result<(), Cause> {
        let Some(unit) = self.unit.clone() else { return Ok(()) };
        if !unit.runs {
            // It may be down because of an interrupted run.
            self.owes_start = unit.ran_before && unit.will_start;
            return Ok(());
        }
        if let Some(signal) = self.signal() {
            return Err(Obstacle::Interrupted { signal }.into());
        }
        // It may have come since it was looked for.
        if let Some(note) = notes.read(&unit.name).filter(RunNote::is_running) {
            return Err(Obstacle::OtherRun { unit: unit.name, pid: note.pid, command: note.command }.into());
        }
        notes.write(&unit.name, command, config);
        self.stop_now(&unit)
    }

    /// Stops the unit whatever signals arrive, as a rollback has to.
    pub fn stop_again(&mut self) -> Result<(), Cause> {
        self.hold_signals();
        match self.unit.clone() {
            Some(unit) => self.stop_now(&unit),
            None => Ok(()),
        }
    }

    fn stop_now(&mut self, unit: &ManagedUnit) -> Result<(), Cause> {
        (self.progress)(&Progress::Stopping(unit.name.clone()));
        // From here on it may be down, whatever systemctl says.
        self.stopped = true;
        self.owes_start = unit.ran_before;
        self.stopped_at = self.stopped_at.or_else(|| Some(Instant::now()));
        self.services.stop(&unit.name)?;
        let state = self.services.unit(&unit.name)?.active;
        if !state.is_down() {
            return Err(Obstacle::StillActive { unit: unit.name.clone(), state }.into());
        }
        let Some(endpoint) = unit.readiness.endpoint() else { return Ok(()) };
        match self.services.answer(endpoint).runs() {
            Some(true) => Err(Obstacle::StillRunning { unit: unit.name.clone(), endpoint: endpoint.clone() }.into()),
            _ => Ok(()),
        }
    }

    /// Starts the unit.
    pub fn start(&mut self) -> Result<(), Cause> {
        self.hold_signals();
        let Some(unit) = &self.unit else { return Ok(()) };
        (self.progress)(&Progress::Starting(unit.name.clone()));
        let started = self.services.start(&unit.name);
        self.owes_start = false;
        self.started = started.is_ok();
        Ok(started?)
    }

    /// Starts the unit for the new file. If somebody else has started it since it was seen to be down,
    /// it runs with what the file said then, and is stopped again first.
    pub fn start_with_new_file(&mut self) -> Result<(), Cause> {
        if self.is_up_by_others().is_some() {
            self.stop_again()?;
        }
        self.start()
    }

    /// Leaves the unit down, as was asked.
    pub fn leave_down(&mut self) -> Result<(), Cause> {
        self.owes_start = false;
        match (self.is_up_by_others(), &self.unit) {
            (Some(state), Some(unit)) => Err(Obstacle::StartedByOthers { unit: unit.name.clone(), state }.into()),
            _ => Ok(()),
        }
    }

    /// The state of a unit that is to be down, and is not.
    fn is_up_by_others(&mut self) -> Option<Active> {
        self.hold_signals();
        let state = self.services.unit_now(&self.unit.as_ref()?.name).ok()?;
        Some(state.active).filter(|state| !state.is_down())
    }

    /// Waits until the subsystem says that it runs. Where nobody can be asked, or it is not to be
    /// waited for, its unit must be active, and the finding says so.
    pub fn wait_ready(&mut self, waits_for_subsystem: bool) -> Result<Option<Finding>, Cause> {
        let Some(unit) = self.unit.clone() else { return Ok(None) };
        let endpoint = unit.readiness.endpoint().filter(|_| waits_for_subsystem);
        self.ready = endpoint.map(|_| false);
        let ready = self.services.wait_ready(&unit.name, endpoint)?;
        self.down_for = self.stopped_at.map(|stopped| stopped.elapsed());
        self.ready = (ready == Ready::Answered).then_some(true);
        Ok(match (ready, &unit.readiness) {
            (Ready::Answered, _) => None,
            (Ready::OnlyActive(Some(why)), _) => Some(Finding::ReadinessUnknown { why: why.to_string() }),
            (Ready::OnlyActive(None), Readiness::Unknown(why)) => Some(Finding::ReadinessUnknown { why: why.clone() }),
            (Ready::OnlyActive(None), Readiness::Ask(_)) => None,
        })
    }

    /// Whether the CRL caches of the running server are on, as far as it says so.
    pub fn running_caches(&mut self, points: &[String]) -> IndexMap<String, bool> {
        let endpoint =
            self.unit.as_ref().and_then(|unit| unit.readiness.endpoint()).filter(|_| self.ready == Some(true));
        endpoint.map(|endpoint| self.services.running_caches(endpoint, points)).unwrap_or_default()
    }

    /// Waits until what `state` reads is left alone.
    pub fn wait_settled(&mut self, state: &mut dyn FnMut() -> Option<Vec<u8>>) {
        self.services.wait_settled(state);
    }

    /// Looks whether a service that had come up runs still.
    pub fn runs_still(&mut self) -> Result<(), Cause> {
        let Some(unit) = self.unit.clone() else { return Ok(()) };
        // Who cannot be asked now was asked a moment ago.
        let state = self.services.unit_now(&unit.name).ok().map(|state| state.active);
        let endpoint = unit.readiness.endpoint().filter(|_| self.ready == Some(true));
        let answer = endpoint.map(|endpoint| self.services.answer(endpoint));
        // One that has much to do may take its time.
        let answer = answer.filter(|answer| answer.runs().is_some() && *answer != Answer::Running);
        match state.is_none_or(Active::runs) && answer.is_none() {
            true => Ok(()),
            false => Err(Obstacle::CameDown { unit: unit.name, state, answer }.into()),
        }
    }

    /// Looks at the unit, once.
    pub fn look(&mut self) -> Option<UnitSeen> {
        self.hold_signals();
        let unit = self.unit.clone()?;
        let state = self.services.unit_now(&unit.name).ok().map(|state| state.active);
        let endpoint = unit.readiness.endpoint().filter(|_| state.is_some_and(|state| !state.is_down()));
        Some(UnitSeen {
            was_active: unit.ran_before,
            answered_before: unit.answered(),
            state,
            answers: endpoint.and_then(|endpoint| self.services.answer(endpoint).is_up()),
            name: unit.name,
        })
    }

    /// What was done to the unit.
    pub fn outcome(&self) -> Option<ServiceOutcome> {
        self.unit.as_ref().map(|unit| ServiceOutcome {
            unit: unit.name.clone(),
            was_active: unit.ran_before,
            needs_start: unit.needs_start,
            needs_stop: unit.needs_stop,
            stopped: self.stopped,
            started: self.started,
            ready: self.ready,
            down_for: self.down_for,
        })
    }
}
