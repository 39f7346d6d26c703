//! Every way back: what was not written is undone, what does not come up is put back where that is
//! asked for, and what is said about the state afterwards was looked at.

use strum::IntoEnumIterator;

use super::failure::refuses;
use super::run::ConversionRun;
use super::survey::ManagedUnit;
use super::written::differing;
use super::{Cause, Ending, Failure, FileSeen, Obstacle, Outcome, Progress, Seen, UnitSeen};
use crate::host::services::{Active, ServiceError};
use crate::host::store::StoreError;
use crate::pki::{Circumstances, Conversion, RefusalCode, prepare};

impl ConversionRun<'_, '_> {
    /// The file was not replaced, or not for certain: the backup is removed again where it was not, and
    /// the service is started where it was stopped.
    pub(super) fn undo(&mut self, cause: Cause) -> Failure {
        self.guard.hold_signals();
        self.rule.undo();
        let is_replaced = matches!(&cause, Cause::Store(error) if error.is_replaced());
        let mut on_the_way_back = Vec::new();
        if !is_replaced {
            self.written = None;
            on_the_way_back.extend(self.remove_backup());
        }
        if self.guard.owes_start() {
            on_the_way_back.extend(self.start_again().err());
        }
        let seen = self.look();
        // Somebody wrote what is refused into the file while the service was down: it is not as it was.
        let is_spoilt = cause.is_content() && seen.file == FileSeen::LeftByOthers;
        let ending = match (&cause, seen.is_as_it_was() && !is_spoilt) {
            (Cause::Obstacle(Obstacle::Interrupted { signal }), true)
            | (Cause::Service(ServiceError::Interrupted { signal }), true) => Ending::Signal(*signal),
            (Cause::Store(error), true) if !self.guard.was_stopped() && refuses(error) => Ending::Refused,
            (_, true) => Ending::Restored,
            (_, false) => Ending::Changed,
        };
        self.failed(cause, ending, seen, on_the_way_back, None)
    }

    /// The edit is done, and the service does not come up with it.
    pub(super) fn not_up(&mut self, cause: Cause, outcome: Outcome) -> Failure {
        if !self.job.rollback {
            return self.failure(cause, outcome);
        }
        (self.progress)(&Progress::RollingBack);
        self.rule.undo();
        let put_back = self.put_back();
        let started = match self.guard.unit().is_some_and(|unit| unit.ran_before) {
            // Better a server with the new parameters, if it starts with them, than none.
            true => self.start_again(),
            false => self.guard.leave_down(),
        };
        let seen = self.look();
        let on_the_way_back: Vec<Cause> = put_back.err().into_iter().chain(started.err()).collect();
        let is_restored = on_the_way_back.is_empty() && seen.is_as_it_was();
        let ending = if is_restored { Ending::Restored } else { Ending::Changed };
        self.failed(cause, ending, seen, on_the_way_back, (!is_restored).then_some(outcome))
    }

    /// A failure after which the file is left as it is.
    pub(super) fn failure(&mut self, cause: Cause, done: Outcome) -> Failure {
        self.guard.hold_signals();
        let started = if self.guard.owes_start() { self.start_again() } else { Ok(()) };
        let on_the_way_back = started.err().into_iter().collect();
        let seen = self.look();
        match seen.is_as_it_was() {
            true => self.failed(cause, Ending::Restored, seen, on_the_way_back, None),
            false => self.failed(cause, Ending::Changed, seen, on_the_way_back, Some(done)),
        }
    }

    fn failed(
        &mut self,
        cause: Cause,
        ending: Ending,
        seen: Seen,
        mut on_the_way_back: Vec<Cause>,
        done: Option<Outcome>,
    ) -> Failure {
        // The note of this run stays where the unit ran and does not run: the next run starts it.
        let runs = |unit: &UnitSeen| unit.state.is_some_and(Active::runs);
        if seen.unit.as_ref().is_none_or(|unit| runs(unit) || !unit.was_active) {
            self.remove_note();
        }
        on_the_way_back.extend(self.rule.take_trouble());
        Failure { cause, about: None, ending, seen, on_the_way_back, done: done.map(Box::new) }
    }

    /// Puts the role's parameters back, never the whole file: the server may have written meanwhile.
    fn put_back(&mut self) -> Result<(), Cause> {
        self.guard.stop_again()?;
        let snapshot = self.file.target().read()?;
        let moves_publisher = matches!(self.job.conversion, Conversion::RedirectPublisher { .. });
        let with_publishing = self.job.conversion.with_publishing() || moves_publisher;
        let conversion = Conversion::Restore { backup: &self.before.bytes, with_publishing };
        // What the file was before needs no judgement.
        let around = Circumstances { accept: RefusalCode::iter().collect(), ..self.job.around.clone() };
        let prepared = prepare(&snapshot.bytes, &conversion, &around)?;
        let replaced = prepared.bytes.map_or(Ok(()), |bytes| self.file.replace(&snapshot, &bytes));
        self.is_put_back = replaced.as_ref().err().is_none_or(StoreError::is_replaced);
        Ok(replaced?)
    }

    /// Starts the service as it was. Its subsystem is waited for where it answered before.
    fn start_again(&mut self) -> Result<(), Cause> {
        let answered = self.guard.unit().and_then(ManagedUnit::answered);
        self.guard.start()?;
        self.guard.wait_ready(answered == Some(true))?;
        if self.is_put_back {
            self.wait_until_left_alone();
            self.guard.runs_still()?;
        }
        Ok(())
    }

    /// Removes a backup of what was not replaced. One that cannot be removed is there, and is reported.
    fn remove_backup(&mut self) -> Option<Cause> {
        let removed = self.file.remove_backup(self.backup.as_ref()?);
        if removed.is_ok() {
            self.backup = None;
        }
        removed.err().map(Cause::from)
    }

    fn look(&mut self) -> Seen {
        let backup = self.backup.as_ref().filter(|backup| self.file.has_backup(backup));
        let backup = backup.map(|backup| backup.path().to_owned());
        Seen { file: self.look_at_file(), backup, unit: self.guard.look(), rule: self.rule.look().map(Box::new) }
    }

    /// What the path leads to by now, not what its directory's handle does.
    fn look_at_file(&self) -> FileSeen {
        let Ok(now) = self.file.target().read_again() else { return FileSeen::Unreadable };
        // The server has sorted it by then: whether it says the same is what counts.
        let before = &self.before.bytes;
        let says = |bytes: &[u8]| differing(before, bytes, &now.bytes, &self.job.conversion).is_empty();
        match self.written() {
            None if now.bytes == *before => FileSeen::AsItWas,
            None => FileSeen::LeftByOthers,
            Some(_) if self.is_put_back && says(before) => FileSeen::PutBack,
            Some(written) if says(written) => FileSeen::Converted,
            Some(_) if says(before) => FileSeen::ChangedBack,
            Some(_) => FileSeen::Other,
        }
    }

    pub(super) fn remove_note(&self) {
        if let Some(unit) = self.guard.unit() {
            self.job.notes.remove(&unit.name);
        }
    }
}
