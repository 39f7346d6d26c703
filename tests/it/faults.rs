//! The fault test: the whole protocol against a disk and a service of which effect number n fails,
//! for every n until a run goes through without meeting it.
//!
//! After each run the file is the old bytes or the new ones, nothing is left behind, the service is
//! as the exit code claims, and what the message says about the state is true.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use pki_role::convert::{Backup, Job, Outcome, Unit, convert};
use pki_role::error::{Ending, Failure};
use pki_role::role::{Conversion, plan};
use pki_role::store::Target;
use tempfile::TempDir;

use crate::fake_systemctl::{fixture, names};
use crate::faulty::{EIO, ENOSPC, ENOTSUP, Fault, FaultyDisk, FaultyServices, MEDDLING, World};

/// One way to convert.
struct Case<'c> {
    conversion: &'c Conversion<'c>,
    old: &'c [u8],
    /// Whether the unit is active; nothing where there is no service.
    service: Option<bool>,
    rollback: bool,
    first_start_fails: bool,
    /// 0 beside, 1 elsewhere, 2 none.
    backup: usize,
}

/// A folder with a file that has an owner, a mode, an ACL to inherit and an attribute.
struct Place {
    folder: TempDir,
    file: PathBuf,
    elsewhere: PathBuf,
}

impl Place {
    fn new() -> Place {
        // In memory, where there is such a place: the faults come from us, and flushes cost there nothing.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let (own, elsewhere) = (folder.path().join("own"), folder.path().join("elsewhere"));
        fs::create_dir(&own).unwrap();
        fs::create_dir(&elsewhere).unwrap();
        let file = own.join("CS.cfg");
        fs::write(&file, "").unwrap();
        // Where one of these is not to be had, the system calls for it do not occur.
        let _ = std::os::unix::fs::chown(&file, Some(1234), Some(1234));
        let _ = rustix::fs::setxattr(&file, "user.note", b"kept", rustix::fs::XattrFlags::empty());
        let setfacl = Command::new("setfacl").args(["-d", "-m", "u:1235:rw"]).arg(&own).stderr(Stdio::null()).status();
        let _ = setfacl;
        Place { folder, file, elsewhere }
    }

    /// Empties both folders of all but the file, which gets its first bytes.
    fn reset(&self, bytes: &[u8]) {
        for folder in [self.file.parent().unwrap(), &self.elsewhere] {
            for name in names(folder).into_iter().filter(|name| name != "CS.cfg") {
                fs::remove_file(folder.join(name)).unwrap();
            }
        }
        fs::write(&self.file, bytes).unwrap();
    }

    fn leftovers(&self) -> (Vec<String>, Vec<String>) {
        let all = names(self.file.parent().unwrap()).into_iter().chain(names(&self.elsewhere));
        all.filter(|name| name != "CS.cfg").partition(|name| name.ends_with(".tmp"))
    }
}

impl Case<'_> {
    fn run(&self, world: &World, place: &Place) -> Result<Outcome, Failure> {
        let disk = FaultyDisk(world);
        let job = Job {
            target: Target::open(&disk, &place.file).map_err(|error| Failure::refused(error, "open", "none"))?,
            conversion: self.conversion.clone(),
            is_live: self.service.is_some(),
            planned: None,
            unit: self.service.map(|_| Unit { name: "unit".to_owned(), hands_off: false, allow_running: false }),
            backup: match self.backup {
                0 => Backup::Beside,
                1 => Backup::Into(place.elsewhere.clone()),
                _ => Backup::None,
            },
            stamp: "20260101T000000Z".to_owned(),
            start: true,
            rollback: self.rollback,
        };
        convert(job, &mut FaultyServices(world), &|_| ())
    }

    /// Every n, until a run does not meet the fault; gives how many there were, and what was wrong.
    fn every_effect(&self, fault: Fault, place: &Place, wrong: &mut BTreeMap<String, String>) -> usize {
        let new = plan(self.old, self.conversion).unwrap().bytes.unwrap().bytes().to_vec();
        for at in 0.. {
            place.reset(self.old);
            let world = World::new(fault, at, self.service == Some(true), self.first_start_fails);
            let result = catch_unwind(AssertUnwindSafe(|| self.run(&world, place)));
            let now = fs::read(&place.file).unwrap();
            let state = State {
                is_old: now == self.old,
                is_new: now == new,
                is_active: world.active.get(),
                last_verb: world.last_verb.get(),
                last_hit: world.hit.borrow().last().cloned().unwrap_or_default(),
            };
            let words = match &result {
                Err(_) => self.after_a_bug(&state),
                Ok(result) => self.after(result, &state).or_else(|| self.left_behind(&world, place)),
            };
            if let Some(words) = words {
                let Case { service, rollback, first_start_fails: bad, backup, .. } = self;
                let told = result.map(|result| result.map(|_| "done").map_err(|failure| failure.to_string()));
                let about = format!("{fault:?}, {service:?}, rollback {rollback}, backup {backup}, {told:?}");
                // One example of each is enough.
                wrong.entry(format!("{words}: {:?}, start fails {bad}", state.last_hit)).or_insert(about);
            }
            if world.hit.borrow().is_empty() {
                return at;
            }
        }
        unreachable!()
    }

    fn after_a_bug(&self, state: &State) -> Option<&'static str> {
        let is_down = self.service == Some(true) && !state.is_active;
        if is_down { Some("the service is down") } else { (!state.is_old && !state.is_new).then_some("half a file") }
    }

    /// A temporary file never; a backup only of what was replaced.
    fn left_behind(&self, world: &World, place: &Place) -> Option<&'static str> {
        let (temporary, backups) = place.leftovers();
        let backups_wanted = usize::from(self.backup != 2 && world.replaced.get());
        match world.remove_failed.get() {
            false if !temporary.is_empty() => Some("a temporary file is left"),
            false if backups.len() != backups_wanted => Some("not the right number of backups"),
            _ => None,
        }
    }

    /// The exit code and the message say what is so.
    fn after(&self, result: &Result<Outcome, Failure>, state: &State) -> Option<&'static str> {
        let was_active = self.service == Some(true);
        let promotes = matches!(self.conversion, Conversion::PromoteCa { .. } | Conversion::PromoteOcsp { .. });
        let &State { is_old, is_new, is_active, .. } = state;
        let Err(failure) = result else {
            let active_wanted = was_active || promotes && self.service.is_some();
            return (!is_new || is_active != active_wanted).then_some("not done");
        };
        // It may not answer, or not survive a power failure: that is not as it was.
        let is_in_doubt = ["wait-ready", "sync"].contains(&state.last_hit.as_str());
        let says = |words: &[&str]| words.iter().any(|words| failure.state.contains(words));
        let lies = [
            (!is_old && !is_new, "half a file"),
            (failure.ending != Ending::Changed && !is_old, "the exit code says that the file is as it was"),
            (
                failure.ending != Ending::Changed && is_active != was_active,
                "the exit code says that the service is as it was",
            ),
            (
                failure.ending == Ending::Changed && is_old && is_active == was_active && !is_in_doubt,
                "nothing is changed",
            ),
            (was_active && state.last_verb == "stop", "was stopped, and no start was tried"),
            (says(&["file is as it was", "nothing was touched", "were put back"]) && !is_old, "says the old bytes"),
            (says(&["is converted"]) && !is_new, "says the new bytes"),
            (says(&["was started again", "runs again"]) && !is_active, "says that it runs"),
            (says(&["is down"]) && is_active, "says that it is down"),
            (failure.remedy.is_empty(), "no remedy"),
        ];
        lies.into_iter().find_map(|(is_so, words)| is_so.then_some(words))
    }
}

/// What is so after a run.
struct State {
    is_old: bool,
    is_new: bool,
    is_active: bool,
    last_verb: &'static str,
    last_hit: String,
}

/// A few of a fixture's lines: the runs are thousands.
fn small(name: &str) -> Vec<u8> {
    let kept =
        ["ca.certStatus", "ca.listen", "master.ca.", "cs.type", "dbs.begin", "OCSP.Responder.store", "ocsp.storeId"];
    let is_kept = |line: &str| {
        kept.iter().any(|kept| line.starts_with(kept))
            || line.starts_with("ca.crl.MasterCRL.")
                && [".MasterCRL.class=", ".MasterCRL.enable"].iter().any(|part| line.contains(part))
    };
    let text = String::from_utf8(fixture(name)).unwrap();
    text.split_inclusive('\n').filter(|line| is_kept(line)).collect::<String>().into_bytes()
}

/// Each conversion, with what it is made of, under each fault.
fn every_case(faults: &[Fault], services: &[Option<bool>]) {
    let [ca_master, ca_clone, master, clone] =
        ["ca-master.CS.cfg", "ca-clone.CS.cfg", "ocsp-master.CS.cfg", "ocsp-clone.CS.cfg"].map(small);
    let new_master = || "ca2.example.com:8443".parse().unwrap();
    let conversions = [
        (Conversion::DemoteCa { new_master: new_master() }, &ca_master),
        (Conversion::PromoteCa { former: &ca_master, interval: 600, with_publishing: false }, &ca_clone),
        (Conversion::RedirectCa { new_master: new_master() }, &ca_clone),
        (Conversion::DemoteOcsp { seconds: 21600 }, &master),
        (Conversion::PromoteOcsp { seconds: None }, &clone),
        (Conversion::Restore { backup: &ca_clone, with_publishing: false }, &ca_master),
        (Conversion::Restore { backup: &master, with_publishing: false }, &clone),
    ];
    let place = Place::new();
    let mut wrong = BTreeMap::new();
    for (nth, (conversion, old)) in conversions.iter().enumerate() {
        for (&fault, &service) in faults.iter().flat_map(|fault| services.iter().map(move |service| (fault, service))) {
            // What happens after a start that failed, matters only with --rollback.
            let ways: &[_] = match service {
                None => &[(false, false)],
                Some(_) => &[(false, false), (true, false), (true, true)],
            };
            for &(rollback, first_start_fails) in ways {
                // Backups do not differ between conversions.
                for backup in if nth < 2 && !first_start_fails { 0..3 } else { 0..1 } {
                    let case = Case { conversion, old, service, rollback, first_start_fails, backup };
                    let effects = case.every_effect(fault, &place, &mut wrong);
                    assert!(effects > 20, "only {effects} effects");
                }
            }
        }
    }
    drop(place.folder);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_effect_fails() {
    every_case(&[Fault::Error(EIO)], &[None, Some(true), Some(false)]);
}

#[test]
fn every_effect_fails_from_one_on() {
    every_case(&[Fault::Lasting(EIO)], &[None, Some(true), Some(false)]);
}

#[test]
fn no_room_and_not_supported() {
    every_case(&[Fault::Error(ENOSPC), Fault::Error(ENOTSUP)], &[None, Some(true)]);
}

#[test]
fn a_bug_shows_at_an_effect() {
    every_case(&[Fault::Panic], &[None, Some(true), Some(false)]);
}

#[test]
fn a_signal_arrives_at_an_effect() {
    every_case(&[Fault::Signal], &[None, Some(true), Some(false)]);
}

/// What somebody else writes at whatever moment is kept, whether the conversion goes through or not.
#[test]
fn somebody_else_writes_at_an_effect() {
    let (old, place) = (small("ca-master.CS.cfg"), Place::new());
    let conversion = Conversion::DemoteCa { new_master: "ca2.example.com:8443".parse().unwrap() };
    let new = plan(&old, &conversion).unwrap().bytes.unwrap().bytes().to_vec();
    let ends = [&old, &new].map(|bytes| [bytes, MEDDLING].concat());
    for service in [None, Some(true), Some(false)] {
        let case =
            Case { conversion: &conversion, old: &old, service, rollback: false, first_start_fails: false, backup: 0 };
        for at in 0.. {
            place.reset(&old);
            let world = World::new(Fault::Meddling, at, service == Some(true), false);
            world.file.replace(place.file.clone());
            let result = case.run(&world, &place).map_err(|failure| (failure.ending, failure.to_string()));
            let now = fs::read(&place.file).unwrap();
            let about = format!("{:?}, {service:?}, {:?}", world.hit.borrow(), result.as_ref().err());
            match world.hit.borrow().first().map(String::as_str) {
                None => break,
                // Between the last look and the rename there is no lock that others would heed.
                Some("rename") => assert_eq!(now, new, "{about}"),
                Some(_) => assert_eq!(now, ends[usize::from(result.is_ok())], "{about}"),
            }
            assert!(!matches!(result, Err((Ending::Changed, _))), "{about}");
            assert_eq!(world.active.get(), service == Some(true), "{about}");
        }
    }
}
