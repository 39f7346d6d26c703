//! Killed at any moment, or twelve at once: the file is the old one or the new one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::fake_systemctl::{Ran, fixture, names, program, signal, start, wait_until};

fn demotion(file: &Path) -> Command {
    let mut command = program();
    command.args(["demote-ca", "--new-master", "ca2.example.com:8443", "--to"]).arg(file);
    // Not this machine's instances, nor its journal.
    command.arg("--root").arg(file.parent().unwrap());
    command
}

/// A folder with a CA master in it, and what the master becomes.
fn master() -> (TempDir, std::path::PathBuf, Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("CS.cfg");
    let old = fixture("ca-master.CS.cfg");
    fs::write(&file, &old).unwrap();
    assert!(demotion(&file).arg("--no-backup").output().unwrap().status.success());
    let new = fs::read(&file).unwrap();
    assert_ne!(new, old);
    (folder, file, old, new)
}

/// Moments anywhere in a run, and some after it; the same in every run of the test.
fn moments(longest: Duration) -> impl Iterator<Item = Duration> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        longest.mul_f64((state % 1000) as f64 / 1000.0)
    })
}

#[test]
fn killed_at_any_moment() {
    let (folder, file, old, new) = master();
    fs::write(&file, &old).unwrap();
    let started = Instant::now();
    assert!(demotion(&file).output().unwrap().status.success());
    let longest = started.elapsed().mul_f64(1.2);
    let (mut was_old, mut was_new) = (0, 0);
    for moment in moments(longest).take(200) {
        fs::write(&file, &old).unwrap();
        let mut command = demotion(&file);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(moment);
        // It may have ended, but nobody has waited for it yet.
        signal(&child, Signal::KILL);
        child.wait().unwrap();
        let now = fs::read(&file).unwrap();
        assert!(now == old || now == new, "neither old nor new after {moment:?}");
        *(if now == old { &mut was_old } else { &mut was_new }) += 1;
        for name in names(folder.path()).iter().filter(|name| *name != "CS.cfg") {
            // A killed run leaves its temporary file, or a backup; whole ones are not promised.
            assert!(name == "CS.cfg.pki-role.tmp" || name.starts_with("CS.cfg.pki-role.2"), "{name}");
            // One second has names for a hundred backups only, and a quick machine makes more.
            if was_old + was_new < 200 && name.starts_with("CS.cfg.pki-role.2") {
                fs::remove_file(folder.path().join(name)).unwrap();
            }
        }
    }
    eprintln!("killed: {was_old} times the old file, {was_new} times the new one");
    // What they left is in nobody's way.
    fs::write(&file, &old).unwrap();
    fs::write(folder.path().join("CS.cfg.pki-role.tmp"), "half a fi").unwrap();
    Ran::of(demotion(&file).output().unwrap()).expect(0, &[]);
    assert_eq!(fs::read(&file).unwrap(), new);
    assert!(!folder.path().join("CS.cfg.pki-role.tmp").exists());
}

#[test]
fn twelve_at_once() {
    for _ in 0..5 {
        let (folder, file, old, new) = master();
        fs::write(&file, &old).unwrap();
        let children: Vec<_> = (0..12).map(|_| start(demotion(&file))).collect();
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        for child in children {
            let ran = Ran::of(child.wait_with_output().unwrap());
            let end = match ran.code {
                0 if ran.error.contains("nothing to do") => "nothing to do",
                0 => "done",
                3 => {
                    let directory = folder.path().canonicalize().unwrap();
                    ran.expect(3, &[&format!("{} is locked", directory.display()), "nothing was touched"]);
                    "locked"
                }
                code => panic!("exit {code}: {}", ran.error),
            };
            *ends.entry(end).or_default() += 1;
        }
        eprintln!("{ends:?}");
        assert_eq!(ends.get("done"), Some(&1), "{ends:?}");
        assert_eq!(fs::read(&file).unwrap(), new);
        let names = names(folder.path());
        assert!(names.len() == 2 && fs::read(folder.path().join(&names[1])).unwrap() == old, "{names:?}");
    }
}

/// Who holds the lock is waited for by nobody.
#[test]
fn a_lock_is_refused_at_once() {
    let (folder, file, old, _) = master();
    fs::write(&file, &old).unwrap();
    let directory = fs::File::open(folder.path()).unwrap();
    directory.lock().unwrap();
    Ran::of(demotion(&file).output().unwrap()).expect(3, &["is locked", "fuser -v", "nothing was touched"]);
    assert_eq!(fs::read(&file).unwrap(), old);
    // Looking needs no lock.
    Ran::of(demotion(&file).arg("--dry-run").output().unwrap()).expect(0, &[]);
    drop(directory);
    // Another test that is just starting a program may have a copy of the handle for a moment.
    wait_until("the lock to go", || demotion(&file).output().unwrap().status.success());
}
