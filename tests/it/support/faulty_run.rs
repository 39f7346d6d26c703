//! One conversion on a disk and a service of which one effect fails, and whether what it reports is so.

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use pki_role::convert::{
    BackupPlace, Cause, Ending, Failure, FileSeen, Job, Outcome, Readiness, ServiceMode, UnitJob, Until, convert,
};
use pki_role::host::endpoint::{Endpoint, Scheme};
use pki_role::host::run_note::RunNotes;
use pki_role::host::services::Active;
use pki_role::host::store::Target;
use pki_role::pki::{Circumstances, Conversion, Subsystem, prepare};
use tempfile::TempDir;

use super::faulty_disk::{Effects, FaultyDisk};
use super::faulty_services::FaultyServices;
use super::folder::{names, run};

pub const STAMP: &str = "20260101T000000Z";

/// Where the backup goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Backup {
    Beside,
    Elsewhere,
    Nowhere,
}

/// One way to convert.
#[derive(Clone, Copy)]
pub struct Case<'c> {
    pub conversion: &'c Conversion<'c>,
    pub old: &'c [u8],
    /// Whether the unit is active; nothing where there is no service.
    pub service: Option<bool>,
    /// Its subsystem can be asked.
    pub is_askable: bool,
    /// It is active, and its subsystem does not say that it runs.
    pub is_silent: bool,
    pub start: bool,
    pub rollback: bool,
    pub first_start_fails: bool,
    pub backup: Backup,
}

/// A folder with a file that has an owner, an ACL to inherit and an attribute, one for backups, and
/// one for notes.
pub struct Ground {
    _folder: TempDir,
    pub file: PathBuf,
    pub elsewhere: PathBuf,
    pub run: PathBuf,
    pub notes: RunNotes,
}

impl Ground {
    pub fn new() -> Ground {
        // In memory, where there is such a place: the faults are the tests' own, and flushes cost nothing there.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let [own, elsewhere, run_folder] = ["own", "elsewhere", "run"].map(|name| folder.path().join(name));
        for path in [&own, &elsewhere, &run_folder] {
            fs::create_dir(path).unwrap();
        }
        let file = own.join("CS.cfg");
        fs::write(&file, "").unwrap();
        // Where one of these is not to be had, the system calls for it do not occur.
        let _ = std::os::unix::fs::chown(&file, Some(1234), Some(1234));
        let _ = rustix::fs::setxattr(&file, "user.note", b"kept", rustix::fs::XattrFlags::empty());
        run("setfacl", &["-d", "-m", "u:1235:rw"], &own);
        let notes = RunNotes::below(folder.path());
        Ground { _folder: folder, file, elsewhere, run: run_folder, notes }
    }

    /// Removes what was left, and gives the file its first bytes.
    pub fn reset(&self, bytes: &[u8]) {
        for folder in [self.file.parent().unwrap(), &self.elsewhere] {
            for name in names(folder).into_iter().filter(|name| name != "CS.cfg") {
                let path = folder.join(name);
                if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
            }
        }
        let _ = fs::remove_dir_all(self.run.join("pki-role"));
        fs::write(&self.file, bytes).unwrap();
    }

    fn backups(&self) -> Vec<PathBuf> {
        self.left().into_iter().filter(|path| !is_temporary(path)).collect()
    }

    fn left(&self) -> Vec<PathBuf> {
        let all = |folder: &std::path::Path| names(folder).into_iter().map(|name| folder.join(name)).collect();
        let all: [Vec<PathBuf>; 2] = [all(self.file.parent().unwrap()), all(&self.elsewhere)];
        all.concat().into_iter().filter(|path| *path != self.file).collect()
    }
}

fn is_temporary(path: &std::path::Path) -> bool {
    path.file_name().unwrap().to_string_lossy().contains(".tmp")
}

/// What a run has come to.
pub struct Ran {
    /// Nothing where the program had a bug.
    pub result: Option<Result<Outcome, Failure>>,
    pub bytes: Vec<u8>,
    pub state: Active,
    pub verbs: Vec<&'static str>,
    pub backups: Vec<PathBuf>,
    pub has_temporary: bool,
    pub has_note: bool,
    /// Where the fault was met.
    pub hits: Vec<String>,
}

impl Case<'_> {
    fn around(&self) -> Circumstances {
        Circumstances { is_live: self.service.is_some(), file_name: "CS.cfg".to_owned(), ..Circumstances::default() }
    }

    /// The bytes that the conversion makes.
    pub fn new_bytes(&self) -> Vec<u8> {
        prepare(self.old, self.conversion, &self.around()).unwrap().bytes.unwrap().bytes().to_vec()
    }

    fn subsystem(&self) -> Subsystem {
        self.conversion.subsystem().unwrap_or(Subsystem::Ca)
    }

    /// One run, with the effects counted.
    pub fn run(&self, ground: &Ground, effects: &Effects<'_>, signal: &Cell<Option<u8>>) -> Ran {
        let mut services = FaultyServices::new(effects, signal, self.service == Some(true));
        services.speaks = !self.is_silent;
        services.first_start_fails.set(self.first_start_fails);
        let result = catch_unwind(AssertUnwindSafe(|| self.convert(ground, effects, &mut services)));
        Ran {
            result: result.ok(),
            bytes: fs::read(&ground.file).unwrap(),
            state: services.state.get(),
            verbs: services.verbs.take(),
            backups: ground.backups(),
            has_temporary: ground.left().iter().any(|path| is_temporary(path)),
            has_note: ground.notes.read("unit").is_some(),
            hits: effects.hits(),
        }
    }

    fn convert(
        &self,
        ground: &Ground,
        effects: &Effects<'_>,
        services: &mut FaultyServices<'_>,
    ) -> Result<Outcome, Failure> {
        let disk = FaultyDisk(effects);
        let endpoint = Endpoint { scheme: Scheme::Http, address: None, port: 1, subsystem: self.subsystem() };
        let unit = self.service.map(|_| UnitJob {
            name: "unit".to_owned(),
            mode: ServiceMode::Manage,
            cannot_ask_for_passwords: false,
            systemctl_was_named: true,
            readiness: match self.is_askable {
                true => Readiness::Ask(endpoint),
                false => Readiness::Unknown("there is no port".to_owned()),
            },
        });
        let job = Job {
            conversion: self.conversion.clone(),
            around: self.around(),
            looked_at: None,
            is_contradicted: false,
            until: Until::Done,
            unit,
            backup: match self.backup {
                Backup::Beside => BackupPlace::Beside,
                Backup::Elsewhere => BackupPlace::Into(ground.elsewhere.clone()),
                Backup::Nowhere => BackupPlace::None,
            },
            rule: None,
            stamp: STAMP.to_owned(),
            start: self.start,
            rollback: self.rollback,
            issue: None,
            command: "pki-role test",
            notes: &ground.notes,
        };
        let target = Target::open(&disk, &ground.file).map_err(Failure::refused)?;
        convert(target, &job, services, &|_| ())
    }

    /// What the run reports and is not so, if anything.
    pub fn lie(&self, ran: &Ran, new: &[u8]) -> Option<&'static str> {
        let was = if self.service == Some(true) { Active::Active } else { Active::Inactive };
        let (is_old, is_new) = (ran.bytes == self.old, ran.bytes == new);
        if !is_old && !is_new {
            return Some("half a file");
        }
        if ran.verbs.contains(&"stop") && was == Active::Active && self.start && ran.verbs.last() != Some(&"start") {
            return Some("was stopped, and no start was tried");
        }
        let Some(result) = &ran.result else {
            // Where the first start fails, it may be the one on the way out.
            let must_run = was.runs() && self.start && !self.first_start_fails;
            return (must_run && !ran.state.runs()).then_some("down after a bug");
        };
        let lie = match result {
            Ok(outcome) => self.lie_of_success(outcome, ran, was, is_new),
            Err(failure) => lie_of_failure(failure, ran, was, is_old, is_new),
        };
        lie.or_else(|| self.left_behind(ran, is_new, result.as_ref().err()))
    }

    fn lie_of_success(&self, outcome: &Outcome, ran: &Ran, was: Active, is_new: bool) -> Option<&'static str> {
        let starts = self.start && self.service.is_some() && (self.conversion.is_promotion() || was.runs());
        let service = outcome.service.as_ref();
        let lies = [
            (!is_new, "done, and the file is not converted"),
            (ran.state.runs() != starts, "done, and the service is not as asked"),
            (service.is_some_and(|service| service.stopped != ran.verbs.contains(&"stop")), "stopped"),
            (service.is_some_and(|service| service.started && !ran.state.runs()), "started"),
            (outcome.backup.is_some() != (self.backup != Backup::Nowhere), "a backup"),
            (outcome.backup.as_ref().is_some_and(|path| fs::read(path).unwrap() != self.old), "the backup's bytes"),
            (ran.has_note, "a note is left"),
        ];
        lies.into_iter().find_map(|(is_so, lie)| is_so.then_some(lie))
    }

    /// A temporary file never; a backup only of what was replaced. Who cannot remove them leaves them.
    fn left_behind(&self, ran: &Ran, is_new: bool, failure: Option<&Failure>) -> Option<&'static str> {
        let is_unknown = failure.is_some_and(|failure| failure.seen.file == FileSeen::Unreadable);
        if is_unknown || ran.hits.len() > 1 || ran.hits.iter().any(|hit| hit.starts_with("remove")) {
            return None;
        }
        let was_put_back = failure.is_some_and(|failure| failure.seen.file == FileSeen::PutBack);
        let wanted = usize::from(self.backup != Backup::Nowhere && (is_new || was_put_back));
        match () {
            () if ran.has_temporary => Some("a temporary file is left"),
            () if ran.backups.len() != wanted => Some("not the right number of backups"),
            () => None,
        }
    }
}

fn lie_of_failure(failure: &Failure, ran: &Ran, was: Active, is_old: bool, is_new: bool) -> Option<&'static str> {
    let seen = &failure.seen;
    let unit = seen.unit.as_ref();
    let as_before = is_old && ran.state.runs() == was.runs();
    let flushed = !matches!(&failure.cause, Cause::Store(error) if error.code() == "not-flushed");
    let in_doubt = !flushed
        || seen.file == FileSeen::Unreadable
        || unit.is_some_and(|unit| unit.state.is_none() || unit.answers == Some(false))
        || !failure.on_the_way_back.is_empty();
    let file_is_so = match seen.file {
        FileSeen::Untouched | FileSeen::AsItWas | FileSeen::PutBack => is_old,
        FileSeen::Converted => is_new,
        FileSeen::Unreadable => !ran.hits.is_empty(),
        FileSeen::ChangedBack | FileSeen::LeftByOthers | FileSeen::Other => false,
    };
    let could_not_remove = ran.hits.iter().any(|hit| hit == "remove");
    let was_stopped = ran.verbs.contains(&"stop") && was.runs();
    let lies = [
        (!file_is_so, "what the file is"),
        (failure.ending != Ending::Changed && !as_before, "everything is as it was"),
        (failure.ending == Ending::Refused && !ran.verbs.is_empty(), "nothing was touched"),
        (failure.ending == Ending::Changed && as_before && !in_doubt, "something is changed"),
        (unit.is_some_and(|unit| unit.state.is_some_and(|state| state != ran.state)), "what the unit does"),
        (unit.is_some_and(|unit| unit.was_active != was.runs()), "what the unit did"),
        (unit.is_some_and(|unit| unit.answers == Some(true)) && !ran.state.runs(), "that it answers"),
        (seen.backup.is_none() && !ran.backups.is_empty() && !could_not_remove, "that there is no backup"),
        (was_stopped && !ran.state.runs() && !ran.has_note, "no note, and the service is down"),
        (ran.has_note && unit.is_none_or(|unit| unit.state.is_some_and(Active::runs)), "a note is left"),
    ];
    lies.into_iter().find_map(|(is_so, lie)| is_so.then_some(lie))
}
