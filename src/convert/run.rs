//! The way of a conversion, from the lock to the last look.

use std::rc::Rc;

use super::failure::refuses;
use super::survey::{Survey, survey, would_start};
use super::unit_guard::UnitGuard;
use super::web_rule::RuleStep;
use super::written::differing;
use super::{Cause, Failure, Job, LookedAt, Obstacle, Outcome, Progress, Until};
use crate::cs_cfg::{CsCfg, Verified};
use crate::host::answer::Answer;
use crate::host::issue_crl::Issue;
use crate::host::services::Services;
use crate::host::store::{BackupFile, Locked, Snapshot, StoreError, Target};
use crate::pki::{Ca, Finding, Prepared, Role, Server, prepare, prepare_described};

/// Makes a conversion or, where it is only to be prepared, says what it would be.
///
/// # Errors
/// [`Failure`], with what was seen of the host afterwards.
pub fn convert(
    target: Target<'_>,
    job: &Job<'_>,
    services: &mut dyn Services,
    progress: &dyn Fn(&Progress),
) -> Result<Outcome, Failure> {
    if job.until == Until::Prepared {
        let Found { snapshot, prepared, survey } = find_out(&target, job, services)?;
        let Survey { unit, mut findings } = survey;
        let rule = RuleStep::plan(job, prepared.after.role(), &mut findings)?.outcome();
        let service = UnitGuard::new(services, unit, progress).outcome();
        let (before, issued) = (snapshot, Vec::new());
        return Ok(Outcome { prepared, before, backup: None, service, rule, findings, issued });
    }
    let file = target.lock().map_err(Failure::refused)?;
    let Found { snapshot, prepared, survey } = find_out(file.target(), job, services)?;
    let Survey { unit, mut findings } = survey;
    let rule = RuleStep::plan(job, prepared.after.role(), &mut findings)?;
    let guard = UnitGuard::new(services, unit, progress);
    if let Some(signal) = guard.signal() {
        return Err(Failure::interrupted(signal));
    }
    // Only now, since a refusal touches nothing; and before the rehearsal, which may need their room.
    let swept = file.sweep(job.backup.folder().flatten());
    if !swept.is_empty() {
        let names = swept.iter().map(|path| path.display().to_string()).collect();
        findings.push(Finding::LeftOverFilesRemoved { names });
    }
    let before = Rc::clone(&snapshot);
    let (written, backup, is_put_back) = (None, None, false);
    let run = ConversionRun { job, file, guard, rule, findings, backup, before, written, is_put_back, progress };
    if prepared.bytes.is_none() {
        return run.only_service(prepared);
    }
    if run.guard.unit().is_some_and(|unit| unit.runs) {
        run.rehearse(&snapshot, &prepared)?;
    }
    run.change(snapshot, prepared)
}

/// What is known before anything is touched.
struct Found {
    snapshot: Rc<Snapshot>,
    prepared: Rc<Prepared>,
    survey: Survey,
}

fn find_out(target: &Target<'_>, job: &Job<'_>, services: &mut dyn Services) -> Result<Found, Failure> {
    // A conversion that is only prepared is judged by what was read before.
    let is_good = |seen: &&LookedAt<'_>| {
        job.until == Until::Prepared || target.is_still(seen.snapshot).is_ok_and(|is_still| is_still)
    };
    let (snapshot, prepared) = match job.looked_at.as_ref().filter(is_good) {
        Some(LookedAt { snapshot, described }) => {
            (Rc::clone(snapshot), prepare_described(described, &job.conversion, &job.around))
        }
        None => {
            let snapshot = Rc::new(target.read().map_err(Failure::refused)?);
            let prepared = prepare(&snapshot.bytes, &job.conversion, &job.around);
            (snapshot, prepared)
        }
    };
    let prepared = Rc::new(prepared.map_err(Failure::refused)?);
    let mut survey = survey(job, &prepared, services)?;
    if prepared.bytes.is_some() && snapshot.hard_links() > 1 {
        survey.findings.push(Finding::HardLinked { links: snapshot.hard_links() });
    }
    Ok(Found { snapshot, prepared, survey })
}

/// A conversion under way: nothing has refused it.
pub(super) struct ConversionRun<'r, 'd> {
    pub job: &'r Job<'r>,
    pub file: Locked<'d>,
    pub guard: UnitGuard<'r>,
    pub rule: RuleStep<'r>,
    pub findings: Vec<Finding>,
    pub backup: Option<BackupFile>,
    /// What was read last before the file was replaced.
    pub before: Rc<Snapshot>,
    /// What was written, if anything was.
    pub written: Option<Rc<Prepared>>,
    /// The role's parameters were put back.
    pub is_put_back: bool,
    pub progress: &'r dyn Fn(&Progress),
}

impl ConversionRun<'_, '_> {
    /// The bytes that were written, if any were.
    pub(super) fn written(&self) -> Option<&[u8]> {
        self.written.as_ref()?.bytes.as_ref().map(Verified::bytes)
    }

    /// The file is as asked; the service may not be.
    fn only_service(mut self, prepared: Rc<Prepared>) -> Result<Outcome, Failure> {
        self.rule.with_the_edit().map_err(|cause| self.undo(cause))?;
        if self.guard.unit().is_some_and(|unit| unit.needs_stop) {
            self.stop()?;
        }
        if self.guard.unit().is_some_and(|unit| unit.needs_start)
            && let Err(cause) = self.guard.start().and_then(|()| self.verify(prepared.after.role()))
        {
            // It is as it was, perhaps, but not as asked.
            let done = self.outcome(prepared);
            return Err(self.failure(cause, done.clone()).changed(done));
        }
        let outcome = self.outcome(prepared);
        self.finish(outcome)
    }

    fn rehearse(&self, snapshot: &Snapshot, prepared: &Prepared) -> Result<(), Failure> {
        let Some(bytes) = &prepared.bytes else { return Ok(()) };
        let rehearsed = self.file.rehearse(snapshot, bytes, self.job.backup.folder());
        rehearsed.map_err(|error| Failure::before_anything(refuses(&error), error))
    }

    fn change(mut self, seen: Rc<Snapshot>, prepared: Rc<Prepared>) -> Result<Outcome, Failure> {
        self.rule.with_the_edit().map_err(|cause| self.undo(cause))?;
        self.stop()?;
        // The server may have written while it stopped: what is there now is what counts.
        let (snapshot, prepared) = self.again(seen, prepared).map_err(|cause| self.undo(cause))?;
        let unflushed = self.write(&snapshot, &prepared).map_err(|cause| self.undo(cause))?;
        let wanted = prepared.after.role();
        let started = match self.guard.unit().is_some_and(|unit| unit.will_start) {
            true => self.guard.start_with_new_file().and_then(|()| self.verify(wanted)),
            false => self.guard.leave_down(),
        };
        let outcome = self.outcome(prepared);
        match (started, unflushed) {
            (Err(cause), _) => Err(self.not_up(cause, outcome)),
            (Ok(()), Some(error)) => Err(self.failure(error.into(), outcome)),
            (Ok(()), None) => self.finish(outcome),
        }
    }

    fn stop(&mut self) -> Result<(), Failure> {
        let config = self.file.target().path().display().to_string();
        self.guard.stop(self.job.notes, self.job.command, &config).map_err(|cause| self.undo(cause))
    }

    /// The last steps, with a service that is as asked: a CRL at each issuing point that generates, where
    /// that is asked for; then the web server's rule is lifted, where it has to be.
    fn finish(mut self, mut outcome: Outcome) -> Result<Outcome, Failure> {
        self.issue_crls(&mut outcome)?;
        if let Err(cause) = self.rule.last(&mut outcome.findings) {
            self.rule.undo();
            outcome.rule = self.rule.outcome();
            let failure = match outcome.changes_file() {
                true => self.not_up(cause, outcome.clone()),
                false => self.failure(cause, outcome.clone()),
            };
            return Err(failure.after_crls(&outcome));
        }
        outcome.rule = self.rule.outcome();
        self.remove_note();
        Ok(outcome)
    }

    fn issue_crls(&mut self, outcome: &mut Outcome) -> Result<(), Failure> {
        let Some(issue) = self.job.issue else { return Ok(()) };
        (self.progress)(&Progress::Issuing);
        let Issue { issued, failed } = issue(&outcome.prepared.after.generating_points());
        outcome.issued.clone_from(&issued);
        if failed.is_empty() {
            return Ok(());
        }
        let failure = self.failure(Issue { issued, failed }.into(), outcome.clone());
        Err(failure.after_crls(outcome))
    }

    /// What was prepared is good for the very file that it was prepared for; else it is prepared again.
    fn again(&mut self, seen: Rc<Snapshot>, prepared: Rc<Prepared>) -> Result<(Rc<Snapshot>, Rc<Prepared>), Cause> {
        if !self.guard.was_stopped() {
            return Ok((seen, prepared));
        }
        let target = self.file.target();
        let (snapshot, prepared) = match target.is_still(&seen)? {
            true => (seen, prepared),
            false => {
                let snapshot = Rc::new(target.read()?);
                let prepared = prepare(&snapshot.bytes, &self.job.conversion, &self.job.around)?;
                (snapshot, Rc::new(prepared))
            }
        };
        if let Some(unit) = self.guard.unit().filter(|unit| unit.will_start) {
            would_start(&prepared, &unit.name)?;
        }
        // What the server wrote while it stopped is what counts from now on.
        self.before = Rc::clone(&snapshot);
        match self.guard.signal() {
            Some(signal) => Err(Obstacle::Interrupted { signal }.into()),
            None => Ok((snapshot, prepared)),
        }
    }

    /// Backs up and replaces. An error that is given back is not one of the file: it is replaced, but
    /// may not survive a power failure.
    fn write(&mut self, snapshot: &Snapshot, prepared: &Rc<Prepared>) -> Result<Option<StoreError>, Cause> {
        // The server itself may have written what was wanted while it stopped.
        let Some(bytes) = &prepared.bytes else { return Ok(None) };
        if let Some(folder) = self.job.backup.folder() {
            self.backup = Some(self.file.back_up(snapshot, folder, &self.job.stamp)?);
        }
        if let Some(signal) = self.guard.signal() {
            return Err(Obstacle::Interrupted { signal }.into());
        }
        self.written = Some(Rc::clone(prepared));
        match self.file.replace(snapshot, bytes) {
            Ok(()) => Ok(None),
            Err(error @ StoreError::NotFlushed { .. }) => Ok(Some(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the service that was started, and looks whether the file says what was written.
    fn verify(&mut self, wanted: Role) -> Result<(), Cause> {
        // A subsystem that did not answer before a demotion may be the broken master: it is not waited for.
        let answer = self.guard.unit().filter(|unit| unit.runs).and_then(|unit| unit.answer.clone());
        let was_silent = answer.filter(|answer| answer.runs() == Some(false) && self.job.conversion.is_demotion());
        let unknown = self.guard.wait_ready(was_silent.is_none())?;
        self.findings.extend(unknown);
        let silent = |answer: Answer| Finding::DidNotAnswerBefore { answer: answer.state(), status: answer.status() };
        self.findings.extend(was_silent.map(silent));
        self.wait_until_left_alone();
        self.guard.runs_still()?;
        let now = self.file.target().read_again()?;
        let before = &self.before.bytes;
        let keys = differing(before, self.written().unwrap_or(before), &now.bytes, &self.job.conversion);
        let server = Server::of(&CsCfg::parse(&now.bytes), &self.job.around.surroundings).ok();
        let found = server.as_ref().map(Server::role);
        if !keys.is_empty() || found != Some(wanted) {
            return Err(Obstacle::NotAsPlanned { keys, found, wanted }.into());
        }
        match server.as_ref().and_then(Server::ca) {
            Some(ca) => self.verify_running(ca, wanted),
            None => Ok(()),
        }
    }

    /// The running server must have the role, too, as far as it says: it may be another process than
    /// the one that was started, or have read another file.
    fn verify_running(&mut self, ca: &Ca, role: Role) -> Result<(), Cause> {
        let points: Vec<String> = ca.issuing_points.iter().map(|point| point.id.clone()).collect();
        let points = ca.contradicted_by(&self.guard.running_caches(&points));
        match points.is_empty() {
            true => Ok(()),
            false => Err(Obstacle::RunsWithAnotherRole { points, role }.into()),
        }
    }

    /// Waits until the server leaves the file alone, which it rewrites when it starts.
    pub(super) fn wait_until_left_alone(&mut self) {
        let target = self.file.target();
        self.guard.wait_settled(&mut || target.read_again().ok().map(|snapshot| snapshot.bytes));
    }

    fn outcome(&mut self, prepared: Rc<Prepared>) -> Outcome {
        Outcome {
            prepared,
            before: Rc::clone(&self.before),
            backup: self.backup.as_ref().map(|backup| backup.path().to_owned()),
            service: self.guard.outcome(),
            rule: self.rule.outcome(),
            findings: std::mem::take(&mut self.findings),
            issued: Vec::new(),
        }
    }
}
