//! Backups: whole or not there, under a name that was free, with nothing followed that was planted.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use pki_role::host::signals::Signals;
use pki_role::host::store::{Os, StoreError};
use rustix::process::{Resource, Rlimit, setrlimit};
use tempfile::TempDir;

use crate::support::child;
use crate::support::folder::{names, run, write};
use crate::support::store::{BACKUP, New, OLD, STAMP, edited, lock, replace, replace_beside};

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("CS.cfg");
    write(&file, OLD, 0o660);
    (folder, file)
}

#[test]
fn beside_the_file_or_elsewhere() {
    let (folder, file) = place();
    let backup = replace_beside(&file).unwrap();
    assert_eq!(backup, file.with_file_name(BACKUP));
    assert_eq!(fs::read(&backup).unwrap(), OLD);
    assert_eq!(names(folder.path()), ["CS.cfg", BACKUP]);
    let (folder, file) = place();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    symlink(elsewhere.path(), &link).unwrap();
    let backup = replace(&Os, &file, Some(Some(&link))).unwrap().unwrap();
    assert_eq!(backup, elsewhere.path().canonicalize().unwrap().join(BACKUP));
    assert_eq!(names(folder.path()), ["CS.cfg", "link"]);
    // A folder that is none.
    for (path, code) in [(folder.path().join("none"), "not-found"), (file.clone(), "unreadable")] {
        let locked = lock(&Os, &file).unwrap();
        let seen = locked.target().read().unwrap();
        assert_eq!(locked.back_up(&seen, Some(&path), STAMP).unwrap_err().code(), code);
        assert_eq!(locked.rehearse(&seen, &New(b""), Some(Some(&path))).unwrap_err().code(), code);
    }
}

/// One second may see several conversions: no backup replaces another.
#[test]
fn backups_do_not_replace_each_other() {
    let (folder, file) = place();
    for nth in 0..4 {
        fs::write(&file, format!("nth={nth}\n")).unwrap();
        replace_beside(&file).unwrap();
    }
    for (nth, more) in ["", "-2", "-3", "-4"].iter().enumerate() {
        let backup = fs::read_to_string(folder.path().join(format!("{BACKUP}{more}"))).unwrap();
        assert_eq!(backup, format!("nth={nth}\n"));
    }
}

#[test]
fn links_and_files_at_the_backups_names() {
    let (folder, file) = place();
    let victim = folder.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let name = |more: &str| file.with_file_name(format!("{BACKUP}{more}"));
    symlink(&victim, name("")).unwrap();
    symlink(folder.path().join("nothing-there"), name("-2")).unwrap();
    fs::write(name("-3"), "somebody's").unwrap();
    fs::create_dir(name("-4")).unwrap();
    assert!(run("mkfifo", &[], &name("-5")));
    assert_eq!(replace_beside(&file).unwrap(), name("-6"));
    assert_eq!(fs::read(name("-6")).unwrap(), OLD);
    assert_eq!(fs::read_to_string(victim).unwrap(), "untouched");
    assert_eq!(fs::read_to_string(name("-3")).unwrap(), "somebody's");
    assert!(!folder.path().join("nothing-there").exists());
}

#[test]
fn a_backup_that_is_of_no_use_is_removed() {
    let (folder, file) = place();
    let elsewhere = tempfile::tempdir().unwrap();
    let locked = lock(&Os, &file).unwrap();
    let seen = locked.target().read().unwrap();
    for (place, holder) in [(None, folder.path()), (Some(elsewhere.path()), elsewhere.path())] {
        let before = names(holder);
        let backup = locked.back_up(&seen, place, STAMP).unwrap();
        assert!(names(holder).len() == before.len() + 1 && backup.path().exists());
        locked.remove_backup(&backup).unwrap();
        assert_eq!(names(holder), before);
        // Not another file that has its name by then.
        let backup = locked.back_up(&seen, place, STAMP).unwrap();
        let path = backup.path().to_owned();
        fs::rename(&path, holder.join("kept")).unwrap();
        fs::write(&path, "somebody's").unwrap();
        let error = locked.remove_backup(&backup).unwrap_err();
        assert!(matches!(error, StoreError::ChangedMeanwhile { path: named } if named == path));
        assert_eq!(fs::read_to_string(path).unwrap(), "somebody's");
    }
}

/// `ulimit -f`: the write of one byte too many is an error, and no reason to die in the middle of it.
#[test]
fn a_limit_on_the_size_of_files() {
    let (folder, file) = place();
    fs::write(&file, "key=true\n".repeat(1000)).unwrap();
    let output = child::command(UNDER_A_LIMIT, &file).output().unwrap();
    assert!(output.status.success(), "{:?} {}", output.status, String::from_utf8_lossy(&output.stdout));
    assert_eq!(names(folder.path()), ["CS.cfg"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "key=true\n".repeat(1000));
}

const UNDER_A_LIMIT: &str = "protocol::store_backups::under_a_limit";

#[test]
#[ignore = "a child process of a_limit_on_the_size_of_files"]
fn under_a_limit() {
    let _signals = Signals::catch().unwrap();
    let file = child::argument();
    setrlimit(Resource::Fsize, Rlimit { current: Some(4096), maximum: Some(4096) }).unwrap();
    let error = replace_beside(&file).unwrap_err();
    let StoreError::Io { source, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.kind(), std::io::ErrorKind::FileTooLarge);
}

/// Killed at whatever moment: the file is whole, a backup is whole or not there, and the next run
/// finds all in order.
#[test]
fn killed() {
    let (folder, file) = place();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let whole = "key=true\n".repeat(20_000);
    let is_whole = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        bytes == whole.as_bytes() || bytes == edited(whole.as_bytes())
    };
    for _ in 0..40 {
        fs::write(&file, &whole).unwrap();
        let mut child = child::command(AGAIN_AND_AGAIN, &file).stdout(std::process::Stdio::null()).spawn().unwrap();
        // Somewhere in the middle of one of its runs.
        while names(&elsewhere).is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "it ended");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_whole(&file));
        for name in names(&elsewhere).iter().filter(|name| !name.contains(".tmp")) {
            assert!(is_whole(&elsewhere.join(name)), "{name}");
        }
        let locked = lock(&Os, &file).unwrap();
        locked.sweep(Some(&elsewhere));
        assert_eq!(names(folder.path()), ["CS.cfg", "elsewhere"]);
        assert!(names(&elsewhere).iter().all(|name| !name.contains(".tmp")));
        assert!(Command::new("rm").arg("-r").arg(&elsewhere).status().unwrap().success());
        fs::create_dir(&elsewhere).unwrap();
    }
}

const AGAIN_AND_AGAIN: &str = "protocol::store_backups::again_and_again";

#[test]
#[ignore = "a child process of killed"]
fn again_and_again() {
    let file = child::argument();
    let elsewhere = file.with_file_name("elsewhere");
    loop {
        replace(&Os, &file, Some(Some(&elsewhere))).unwrap();
    }
}
