//! The server's account owns the folder that root works in, and does something there again and again while
//! the program runs. It can keep a conversion from going through; it cannot make root write elsewhere,
//! edit while the server runs, report what is not so, or leave the server down.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::support::account::{GROUP, OWNER, become_account};
use crate::support::fake_systemctl::UNIT;
use crate::support::folder::write;
use crate::support::host::{Host, STOP, without_ports};
use crate::support::needs;
use crate::support::test::{Ran, small};

/// What its account does, and whether it keeps every file that it had.
#[derive(Clone, Copy)]
struct Attack {
    act: fn(&Place) -> bool,
    keeps: bool,
}

/// A CA master whose instance belongs to another account, and a CS.cfg that belongs to root.
struct Place {
    host: Host,
    own: PathBuf,
    victim: PathBuf,
}

fn clone_text() -> String {
    without_ports(&small("ca-clone"))
}

impl Place {
    fn new() -> Place {
        let host = Host::master(true);
        fs::set_permissions(host.root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let own = host.file.parent().unwrap().to_owned();
        let outside = host.path("roots-own");
        fs::create_dir(&outside).unwrap();
        let victim = outside.join("CS.cfg");
        write(&victim, &host.before, 0o600);
        let place = Place { host, own, victim };
        let [other, spare] = ["ca.other", "CS.cfg.other"].map(|name| place.own.with_file_name(name));
        fs::create_dir(&other).unwrap();
        write(&other.join("CS.cfg"), &place.host.before, 0o660);
        write(&spare, &place.host.before, 0o660);
        let instance = place.own.parent().unwrap();
        for path in [instance, &place.own, &place.host.file, &other, &other.join("CS.cfg"), &spare] {
            chown(path, Some(OWNER), Some(GROUP)).unwrap();
        }
        place
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.own.with_file_name(name)
    }

    /// The victim's bytes, number, owner and mode.
    fn victim(&self) -> (Vec<u8>, u64, u32, u32) {
        let about = fs::metadata(&self.victim).unwrap();
        (fs::read(&self.victim).unwrap(), about.ino(), about.uid(), about.mode())
    }

    fn is_master(bytes: &[u8]) -> bool {
        String::from_utf8_lossy(bytes).contains("enableCRLUpdates=true")
    }

    /// All CS.cfg files that the account has.
    fn files(&self) -> Vec<Vec<u8>> {
        let paths = [self.host.file.clone(), self.beside("ca.other").join("CS.cfg"), self.beside("CS.cfg.other")];
        let aside = [self.own.join("CS.cfg.aside")];
        paths.into_iter().chain(aside).filter_map(|path| fs::read(path).ok()).collect()
    }
}

fn exchange(one: &Path, other: &Path) -> bool {
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok()
}

/// Runs the program some times while the account attacks, and looks after each run.
fn race(runs: usize, attack: Attack) {
    if !needs::root() {
        return;
    }
    let place = Place::new();
    let victim = place.victim();
    let (is_over, attacks, turn) = (AtomicBool::new(false), AtomicUsize::new(0), Mutex::new(()));
    let mut ends = std::collections::BTreeMap::<Option<i32>, usize>::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            become_account(OWNER, GROUP);
            while !is_over.load(Ordering::Relaxed) {
                let _turn = turn.lock();
                attacks.fetch_add(usize::from((attack.act)(&place)), Ordering::Relaxed);
            }
        });
        // Also where a look fails.
        let _end = End(&is_over);
        let path = place.host.file.to_str().unwrap();
        for nth in 0..runs {
            let _ = fs::remove_file(place.host.systemctl.file("log"));
            place.host.systemctl.set(UNIT, "active");
            let target = if nth % 2 == 0 { ["-i", "pki-tomcat"] } else { ["--to", path] };
            let demote = ["demote-ca", "--new-master", "a.b:1", "--no-backup", "--output", "json", "--timeout", "5"];
            let ran = place.host.run(&[&demote[..], &target].concat());
            *ends.entry(ran.code).or_default() += 1;
            // Nothing moves while it is looked at.
            let _turn = turn.lock();
            look(&place, &ran, attack);
            assert_eq!(place.victim(), victim, "root has written elsewhere: {ran:?}");
            // It is a master again for the next run, where it can be.
            for file in [&place.host.file, &place.beside("ca.other").join("CS.cfg"), &place.beside("CS.cfg.other")] {
                let is_own = fs::symlink_metadata(file).is_ok_and(|about| about.is_file());
                if is_own {
                    let _ = fs::write(file, &place.host.before);
                }
            }
        }
    });
    let attacks = attacks.load(Ordering::Relaxed);
    eprintln!("{attacks} attacks, exit codes {ends:?}");
    assert!(attacks > 0);
}

/// Ends the attacks when it is dropped.
struct End<'e>(&'e AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn look(place: &Place, ran: &Ran, attack: Attack) {
    let log = place.host.systemctl.log();
    assert!(matches!(ran.code, Some(0 | 3 | 4 | 5)), "{ran:?}");
    assert!(place.host.is_up(), "left down: {ran:?}");
    let report = ran.json();
    let changed = report["changed"].as_bool().unwrap() && ran.code == Some(0);
    if changed {
        assert!(log.iter().any(|call| call == STOP), "edited while the server ran: {ran:?}");
        // Whichever file is the live one at this moment: one of them is converted. What the account has
        // written over since the program's last look is lost, and no program can hinder that.
        assert!(!attack.keeps || place.files().iter().any(|bytes| !Place::is_master(bytes)), "not converted: {ran:?}");
    }
}

/// Another file of its own under the name of CS.cfg, there and back.
fn exchange_file(place: &Place) -> bool {
    exchange(&place.host.file, &place.beside("CS.cfg.other"))
}

/// Another folder of its own, there and back.
fn exchange_folder(place: &Place) -> bool {
    exchange(&place.own, &place.beside("ca.other"))
}

/// A link to root's file, and the file again.
fn plant_link(place: &Place) -> bool {
    let (link, aside) = (place.own.join("link"), place.own.join("CS.cfg.aside"));
    let _ = symlink(&place.victim, &link);
    let planted = fs::rename(&place.host.file, &aside).is_ok() && fs::rename(&link, &place.host.file).is_ok();
    let _ = fs::rename(&aside, &place.host.file);
    planted
}

/// A link to the folder of root's file, and its own again.
fn plant_folder(place: &Place) -> bool {
    let link = place.beside("link");
    let _ = symlink(place.victim.parent().unwrap(), &link);
    let planted = exchange(&place.own, &link);
    exchange(&place.own, &link) && planted
}

/// It writes the file in place, as its server would.
fn write_file(place: &Place) -> bool {
    let text = if fs::read(&place.host.file).is_ok_and(|bytes| Place::is_master(&bytes)) {
        clone_text().into_bytes()
    } else {
        place.host.before.clone()
    };
    fs::write(&place.host.file, text).is_ok()
}

const ATTACKS: [Attack; 5] = [
    Attack { act: exchange_file, keeps: true },
    Attack { act: exchange_folder, keeps: true },
    Attack { act: plant_link, keeps: false },
    Attack { act: plant_folder, keeps: true },
    Attack { act: write_file, keeps: false },
];

#[test]
fn some_runs() {
    ATTACKS.into_iter().for_each(|attack| race(4, attack));
}

#[test]
#[ignore = "long: run by .ci/run"]
fn many_runs() {
    ATTACKS.into_iter().for_each(|attack| race(200, attack));
}
