//! The owner of the directory races with root, for a bounded number of runs: his bytes never end at
//! CS.cfg, whatever the run says, and never with success anywhere on the file's path.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use pki_role::host::store::Os;
use tempfile::TempDir;

use crate::support::account::{GROUP, OWNER, become_account};
use crate::support::folder::write;
use crate::support::needs;
use crate::support::store::{NEW, New, OLD, lock};

const RUNS: usize = 150;
const FOREIGN: &[u8] = b"ca.foreign=true\n";

/// A directory that its owner can do with as he likes, in another one that is his.
struct Place {
    _folder: TempDir,
    around: PathBuf,
    own: PathBuf,
    file: PathBuf,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let around = folder.path().join("around");
        let own = around.join("ca");
        fs::create_dir_all(&own).unwrap();
        let file = own.join("CS.cfg");
        write(&file, OLD, 0o660);
        for path in [&around, &own, &file] {
            chown(path, Some(OWNER), Some(GROUP)).unwrap();
        }
        Place { _folder: folder, around, own, file }
    }

    /// Replaces the file again and again while its owner does something again and again; how often
    /// each had success.
    fn race(&self, attack: impl Fn() -> bool + Sync, mut after: impl FnMut(bool)) -> (usize, usize) {
        let (is_over, attacks) = (AtomicBool::new(false), AtomicUsize::new(0));
        let successes = std::thread::scope(|scope| {
            scope.spawn(|| {
                become_account(OWNER, GROUP);
                while !is_over.load(Ordering::Relaxed) {
                    attacks.fetch_add(usize::from(attack()), Ordering::Relaxed);
                }
            });
            let mut successes = 0;
            // Without an attack a run shows nothing.
            for nth in 0.. {
                if nth >= RUNS && attacks.load(Ordering::Relaxed) > 0 || nth == 100 * RUNS {
                    break;
                }
                let replaced = self.replace();
                successes += usize::from(replaced);
                after(replaced);
            }
            is_over.store(true, Ordering::Relaxed);
            successes
        });
        (successes, attacks.load(Ordering::Relaxed))
    }

    fn replace(&self) -> bool {
        let Ok(locked) = lock(&Os, &self.file) else { return false };
        let Ok(seen) = locked.target().read() else { return false };
        locked.replace(&seen, &New(NEW)).is_ok()
    }
}

/// Names of temporary directories, as their owner sees them.
fn temporary(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| path.to_string_lossy().contains(".pki-role.tmp.")).collect()
}

/// Renames a temporary directory and puts something else in its place, or tries to reach into it.
#[test]
fn the_temporary_directory() {
    if !needs::root() {
        return;
    }
    let place = Place::new();
    let mut planted = place.own.join("planted");
    let nth = AtomicUsize::new(0);
    fs::create_dir(&planted).unwrap();
    fs::write(planted.join("new"), FOREIGN).unwrap();
    chown(&planted, Some(OWNER), Some(GROUP)).unwrap();
    planted = planted.canonicalize().unwrap();
    let prepared = place.own.join("prepared");
    let attack = || {
        let mut done = 0;
        for path in temporary(&place.own) {
            let number = nth.fetch_add(1, Ordering::Relaxed);
            // Into one of root's this does not reach; into one that root might take for its own, it does.
            fs::write(&prepared, FOREIGN).unwrap();
            let _ = fs::rename(&prepared, path.join("new"));
            let aside = place.own.join(format!("aside-{number}"));
            if fs::rename(&path, aside).is_err() {
                continue;
            }
            let replaced = if number.is_multiple_of(2) { symlink(&planted, &path) } else { fs::create_dir(&path) };
            done += usize::from(replaced.is_ok());
        }
        done > 0
    };
    let (successes, attacks) = place.race(attack, |replaced| {
        let now = fs::read(&place.file).unwrap();
        assert!(now == NEW || now == OLD && !replaced, "{}", String::from_utf8_lossy(&now));
    });
    eprintln!("{attacks} times exchanged, {successes} times replaced all the same");
    assert!(attacks > 0 && successes > 0);
}

/// Exchanges the whole directory, there and back, for one in which CS.cfg is another file.
#[test]
fn the_directory() {
    if !needs::root() {
        return;
    }
    let place = Place::new();
    let (other, aside) = (place.around.join("other"), place.around.join("aside"));
    fs::create_dir(&other).unwrap();
    write(&other.join("CS.cfg"), FOREIGN, 0o660);
    for path in [&other, &other.join("CS.cfg")] {
        chown(path, Some(OWNER), Some(GROUP)).unwrap();
    }
    let originals = [inode(&place.own), inode(&other)];
    let attack = || {
        let exchanged = fs::rename(&place.own, &aside).and_then(|()| fs::rename(&other, &place.own));
        let back = fs::rename(&place.own, &other).and_then(|()| fs::rename(&aside, &place.own));
        exchanged.is_ok() && back.is_ok()
    };
    let (successes, attacks) = place.race(attack, |_| ());
    eprintln!("{attacks} times exchanged, {successes} times replaced all the same");
    assert!(attacks > 0);
    // Whichever directory a run worked in, it wrote its own bytes there, or nothing.
    assert_eq!([inode(&place.own), inode(&other)], originals);
    for (folder, old) in [(&place.own, OLD), (&other, FOREIGN)] {
        let now = fs::read(folder.join("CS.cfg")).unwrap();
        assert!(now == NEW || now == old, "{}", String::from_utf8_lossy(&now));
    }
}

/// Puts a link to somebody else's file at CS.cfg, and takes it away again.
#[test]
fn the_file() {
    if !needs::root() {
        return;
    }
    let place = Place::new();
    let victim = place.around.join("victim");
    write(&victim, FOREIGN, 0o600);
    let before = inode(&victim);
    let (link, aside) = (place.own.join("link"), place.own.join("aside"));
    let attack = || {
        let _ = symlink(&victim, &link);
        let planted = fs::rename(&place.file, &aside).and_then(|()| fs::rename(&link, &place.file));
        let back = fs::rename(&aside, &place.file);
        planted.is_ok() && back.is_ok()
    };
    // A run that resolves the path while the link is there is one on the victim, which root asked for;
    // hence the one name by which it is asked for is opened once.
    let locked = lock(&Os, &place.file).unwrap();
    let (is_over, attacks) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            become_account(OWNER, GROUP);
            while !is_over.load(Ordering::Relaxed) {
                attacks.fetch_add(usize::from(attack()), Ordering::Relaxed);
            }
        });
        let mut replaced = 0;
        for nth in 0.. {
            if nth >= RUNS && attacks.load(Ordering::Relaxed) > 0 || nth == 100 * RUNS {
                break;
            }
            let Ok(seen) = locked.target().read() else { continue };
            replaced += usize::from(locked.replace(&seen, &New(NEW)).is_ok());
            assert_eq!(fs::read(&victim).unwrap(), FOREIGN);
        }
        is_over.store(true, Ordering::Relaxed);
        eprintln!("{} times planted, {replaced} times replaced all the same", attacks.load(Ordering::Relaxed));
    });
    assert!(attacks.load(Ordering::Relaxed) > 0);
    assert_eq!(inode(&victim), before);
}

fn inode(path: &Path) -> (u64, u32, u32) {
    let about = fs::symlink_metadata(path).unwrap();
    (about.ino(), about.uid(), about.mode())
}
