//! What killed runs left is removed, and reported; nothing else is, and nothing that is in use.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};

use pki_role::host::store::{Locked, Os};
use tempfile::TempDir;

use crate::support::account::{GROUP, OWNER};
use crate::support::faulty_disk::{EIO, Effects, Fault, FaultyDisk};
use crate::support::folder::{names, run};
use crate::support::needs;
use crate::support::store::{New, OLD, lock, patiently};

const SCRATCH: &str = "CS.cfg.pki-role.tmp.0123456789abcdef";

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("CS.cfg");
    fs::write(&file, OLD).unwrap();
    (folder, file)
}

/// The names that are swept; again where a program that is just being started has a lock.
fn sweep(locked: &Locked<'_>, folder: Option<&Path>, wanted: usize) -> Vec<String> {
    let mut swept = Vec::new();
    patiently(
        || {
            swept.extend(locked.sweep(folder));
            swept.len()
        },
        |length| *length < wanted,
    );
    let mut names: Vec<_> = swept.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn what_is_left_is_removed_and_named() {
    let (folder, file) = place();
    let left = [
        "CS.cfg.pki-role.tmp",
        SCRATCH,
        "CS.cfg.pki-role.tmp.fedcba9876543210",
        "CS.cfg.pki-role.trial.tmp",
        "CS.cfg.pki-role.trial.tmp-2",
    ];
    for name in left {
        let path = folder.path().join(name);
        if name.contains(".tmp.") {
            fs::create_dir(&path).unwrap();
            if name == SCRATCH {
                fs::write(path.join("new"), "half a fi").unwrap();
            }
        } else {
            fs::write(path, "half a fi").unwrap();
        }
    }
    let kept = [
        "CS.cfg.bak",
        "CS.cfg.pki-role.20260101T000000Z",
        "CS.cfg.pki-role.tmp.note",
        "CS.cfg.pki-role.tmpfile",
        "CS.cfg.pki-role.trial.tmp-",
        "KRA.cfg.pki-role.tmp",
    ];
    for name in kept {
        fs::write(folder.path().join(name), "somebody's").unwrap();
    }
    let locked = lock(&Os, &file).unwrap();
    assert_eq!(sweep(&locked, None, left.len()), left);
    let mut all = vec!["CS.cfg"];
    all.extend(kept);
    all.sort_unstable();
    assert_eq!(names(folder.path()), all);
    assert_eq!(locked.sweep(None), [""; 0].map(PathBuf::from));
}

/// The folder's owner plants what looks like ours: that is left alone, or only loses its own name.
#[test]
fn what_is_planted_is_not_followed() {
    let (folder, file) = place();
    let victim = folder.path().join("victim");
    fs::create_dir(&victim).unwrap();
    fs::write(victim.join("new"), "untouched").unwrap();
    let path = |name: &str| folder.path().join(format!("CS.cfg.pki-role.tmp{name}"));
    symlink(&victim, path(".1")).unwrap();
    symlink(victim.join("new"), path("")).unwrap();
    assert!(run("mkfifo", &[], &path(".2")));
    fs::create_dir(path(".3")).unwrap();
    fs::write(path(".3").join("other"), "not made by us").unwrap();
    let locked = lock(&Os, &file).unwrap();
    assert_eq!(locked.sweep(None), [""; 0].map(PathBuf::from));
    assert_eq!(fs::read_to_string(victim.join("new")).unwrap(), "untouched");
    assert_eq!(names(folder.path()).len(), 6);
    // Nothing of it is in the way.
    let seen = locked.target().read().unwrap();
    locked.replace(&seen, &New(b"new=1\n")).unwrap();
    if needs::root() {
        fs::create_dir(path(".4")).unwrap();
        fs::write(path(".4").join("new"), "the owner's").unwrap();
        chown(path(".4"), Some(OWNER), Some(GROUP)).unwrap();
        assert_eq!(locked.sweep(None), [""; 0].map(PathBuf::from));
        assert!(path(".4").join("new").exists());
    }
}

/// A folder for backups has no lock of its own: two runs may use it at once.
#[test]
fn what_is_in_use_stays() {
    let (_folder, file) = place();
    let elsewhere = tempfile::tempdir().unwrap();
    // Another run, in the middle of its backup.
    let seen_by = |effect: &str| {
        if effect != "rename_to_free_name" {
            return;
        }
        let (_folder, other) = place();
        let locked = lock(&Os, &other).unwrap();
        let scratch = names(elsewhere.path());
        assert_eq!(scratch.len(), 1);
        assert_eq!(locked.sweep(Some(elsewhere.path())), [""; 0].map(PathBuf::from));
        assert_eq!(names(elsewhere.path()), scratch);
        assert_eq!(fs::metadata(elsewhere.path().join(&scratch[0])).unwrap().mode() & 0o777, 0o700);
    };
    let effects = Effects::new(Fault::Watch(&seen_by), 0);
    let disk = FaultyDisk(&effects);
    let locked = lock(&disk, &file).unwrap();
    let seen = locked.target().read().unwrap();
    locked.back_up(&seen, Some(elsewhere.path()), "20260101T000000Z").unwrap();
    assert_eq!(names(elsewhere.path()).len(), 1);
}

/// Nothing is claimed that was not done.
#[test]
fn what_cannot_be_removed_is_not_named() {
    let (folder, file) = place();
    fs::create_dir(folder.path().join(SCRATCH)).unwrap();
    fs::write(folder.path().join(SCRATCH).join("new"), "half a fi").unwrap();
    for at in 0.. {
        let effects = Effects::new(Fault::Lasting(EIO), at);
        let disk = FaultyDisk(&effects);
        let Ok(locked) = lock(&disk, &file) else { continue };
        let swept = locked.sweep(None);
        assert_eq!(swept.is_empty(), folder.path().join(SCRATCH).exists(), "{:?}", effects.hits());
        if effects.hits().is_empty() {
            return assert_eq!(swept.len(), 1);
        }
    }
}
