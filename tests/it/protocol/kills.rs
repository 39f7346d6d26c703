//! Killed at any moment: the file is the old one or the new one, and the same command again reaches the
//! goal. A server that ran before the killed run runs afterwards.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pki_role::convert::{BackupPlace, Job, Readiness, ServiceMode, UnitJob, Until, convert};
use pki_role::host::run_note::RunNotes;
use pki_role::host::signals::Signals;
use pki_role::host::store::Target;
use pki_role::host::systemctl::Systemctl;
use pki_role::pki::{Circumstances, Conversion, Promotion};
use rustix::process::{Signal, getpid, kill_process};
use tempfile::TempDir;

use crate::support::child;
use crate::support::fake_systemctl::UNIT;
use crate::support::faulty_disk::{Effects, Fault, FaultyDisk};
use crate::support::host::{Host, program, signal};
use crate::support::needs;
use crate::support::test::{Ran, fixture, small};

/// The same command again, until the goal is reached: the file and the service as asked.
#[track_caller]
fn reaches_the_goal(host: &Host, promotes: bool, about: &str) {
    let is_old = host.is_untouched();
    let again = if promotes { host.promote(&[]) } else { host.demote(&[]) };
    assert_eq!(again.code, Some(0), "{about}, was old {is_old}: {}", again.error);
    assert!(!host.is_untouched() && host.is_up(), "{about}: {}", again.error);
    assert!(!host.has_note(), "{about}: a note is left");
    let left: Vec<_> = host.names().into_iter().filter(|name| name.contains(".tmp")).collect();
    assert!(left.is_empty(), "{about}: {left:?}");
    for backup in host.backups() {
        let bytes = fs::read(backup).unwrap();
        assert!(bytes == host.before || bytes == host.bytes(), "{about}: half a backup");
    }
    let once_more = if promotes { host.promote(&["--check"]) } else { host.demote(&["--check"]) };
    assert_eq!(once_more.code, Some(0), "{about}: {}", once_more.out);
}

fn host(promotes: bool) -> Host {
    if promotes { Host::clone(true) } else { Host::master(true) }
}

/// By systemctl itself, at each call: before its work and after it.
#[test]
fn killed_at_each_call_of_systemctl() {
    for (promotes, verb) in [true, false]
        .into_iter()
        .flat_map(|promotes| ["is-active", "show", "stop", "start"].map(|verb| (promotes, verb)))
    {
        for nth in 1.. {
            let is_nth = format!("[ \"$(grep -c \"^{verb} \" \"$dir/log\")\" = {nth} ]");
            let work = match verb {
                "stop" => "echo inactive >\"$dir/state-$unit\"; ",
                "start" => "echo active >\"$dir/state-$unit\"; ",
                _ => "",
            };
            let mut was_met = false;
            for work in ["", work] {
                let host = host(promotes);
                let kill = format!("if {is_nth}; then : >\"$dir/hit\"; {work}kill -9 $PPID; exit 1; fi");
                host.on(verb, &kill);
                let ran = if promotes { host.promote(&[]) } else { host.demote(&[]) };
                if !host.systemctl.has("hit") {
                    assert_eq!(ran.code, Some(0), "{}", ran.error);
                    continue;
                }
                was_met = true;
                assert_eq!(ran.code, None, "killed: {}", ran.error);
                host.on(verb, "");
                reaches_the_goal(&host, promotes, &format!("promotes {promotes}, {verb} {nth} {work}"));
            }
            if !was_met {
                break;
            }
        }
    }
}

/// In a child: a conversion that kills its process at one effect of the disk.
#[test]
#[ignore = "a child process of killed_at_each_effect"]
fn killing() {
    let argument = child::argument();
    let text = fs::read_to_string(&argument).unwrap();
    let [root, systemctl, promotes, at] = text.lines().collect::<Vec<_>>().try_into().unwrap();
    let root = Path::new(root);
    let die = || kill_process(getpid(), Signal::KILL).unwrap();
    let effects = Effects::new(Fault::Act(&die), at.parse().unwrap());
    let disk = FaultyDisk(&effects);
    let former = small("ca-master").into_bytes();
    let conversion = match promotes {
        "true" => Conversion::PromoteCa(Promotion {
            former: Some(&former),
            interval: None,
            with_publishing: false,
            enable: Vec::new(),
        }),
        _ => Conversion::DemoteCa { new_master: "ca2.example.com:8443".parse().unwrap() },
    };
    let signals = Signals::default();
    let received = || signals.received();
    let mut services = Systemctl::new(Path::new(systemctl), &received);
    services.settle = Duration::ZERO;
    let notes = RunNotes::below(root);
    let job = Job {
        conversion,
        around: Circumstances { is_live: true, file_name: "CS.cfg".to_owned(), ..Circumstances::default() },
        looked_at: None,
        is_contradicted: false,
        until: Until::Done,
        unit: Some(UnitJob {
            name: UNIT.to_owned(),
            mode: ServiceMode::Manage,
            cannot_ask_for_passwords: false,
            systemctl_was_named: true,
            readiness: Readiness::Unknown("there is no port".to_owned()),
        }),
        backup: BackupPlace::Beside,
        stamp: "20260101T000000Z".to_owned(),
        start: true,
        rollback: false,
        issue: None,
        rule: None,
        command: "pki-role killed",
        notes: &notes,
    };
    let target = Target::open(&disk, &root.join("etc/pki/pki-tomcat/ca/CS.cfg")).unwrap();
    convert(target, &job, &mut services, &|_| ()).unwrap();
    fs::write(argument, "went through").unwrap();
}

/// Kills it at each effect that `is_tried`, and gives the number of effects.
fn killed_at_each_effect(promotes: bool, is_tried: impl Fn(usize) -> bool) -> usize {
    for at in (0..).filter(|at| is_tried(*at)) {
        let host = host(promotes);
        let argument = host.path("argument");
        let systemctl = host.systemctl.program();
        let root = host.root.path().display();
        fs::write(&argument, format!("{root}\n{}\n{promotes}\n{at}\n", systemctl.display())).unwrap();
        let mut command = child::command("protocol::kills::killing", &argument);
        let ran = Ran::of(&command.output().unwrap());
        if fs::read_to_string(&argument).unwrap() == "went through" {
            return at;
        }
        assert_eq!(ran.code, None, "killed: {}{}", ran.out, ran.error);
        let now = host.bytes();
        assert!(now == host.before || now.len().abs_diff(host.before.len()) > 10, "half a file at {at}");
        reaches_the_goal(&host, promotes, &format!("promotes {promotes}, effect {at}"));
    }
    unreachable!()
}

#[test]
fn killed_at_some_effects_of_the_disk() {
    killed_at_each_effect(false, |at| at % 17 == 0);
}

#[test]
#[ignore = "long: run by .ci/run"]
fn killed_at_each_effect_of_the_disk() {
    for promotes in [true, false] {
        let effects = killed_at_each_effect(promotes, |_| true);
        assert!(effects > 60, "{effects}");
    }
}

/// The real program, by the kernel, at each call of each system call that changes something.
#[test]
#[ignore = "long: run by .ci/run"]
fn killed_at_each_system_call() {
    if !needs::tool("strace") {
        return;
    }
    let calls = [
        "openat",
        "mkdirat",
        "unlinkat",
        "renameat2",
        "renameat",
        "rename",
        "write",
        "fsync",
        "fchown",
        "fchmod",
        "flock",
        "fstat",
        "statx",
        "readlink",
        "clone3",
        "wait4",
        "waitid",
    ];
    let mut kills = 0;
    for promotes in [true, false] {
        for call in calls {
            for nth in (1..).take(400) {
                let host = host(promotes);
                let arguments = match promotes {
                    true => host.promotion(&[]),
                    false => vec!["demote-ca", "-i", "pki-tomcat", "--new-master", "ca2.example.com:8443"],
                };
                let plain = host.command(&arguments);
                let mut traced = Command::new("strace");
                let inject = format!("inject={call}:signal=KILL:when={nth}");
                traced.args(["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
                let ran = Ran::of(&traced.arg(plain.get_program()).args(plain.get_args()).output().unwrap());
                if ran.code.is_some() {
                    // It went through before call number n, or this machine has no such call.
                    break;
                }
                let about = format!("promotes {promotes}, {call} {nth}");
                reaches_the_goal(&host, promotes, &about);
                kills += 1;
            }
        }
    }
    assert!(kills > 200, "{kills}");
}

fn demotion(file: &Path) -> Command {
    let mut command = program();
    command.args(["demote-ca", "--new-master", "ca2.example.com:8443", "--to"]).arg(file);
    // Not this machine's instances, nor its journal.
    command.arg("--root").arg(file.parent().unwrap());
    command
}

/// A folder with a CA master in it, and what the master becomes.
fn plain_master() -> (TempDir, std::path::PathBuf, Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("CS.cfg");
    let old = fixture("ca-master");
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
#[ignore = "long: run by .ci/run"]
fn killed_at_any_moment() {
    let (folder, file, old, new) = plain_master();
    fs::write(&file, &old).unwrap();
    let started = Instant::now();
    assert!(demotion(&file).output().unwrap().status.success());
    let longest = started.elapsed().mul_f64(1.2);
    let (mut was_old, mut was_new) = (0, 0);
    for moment in moments(longest).take(400) {
        fs::write(&file, &old).unwrap();
        let mut child = demotion(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(moment);
        // It may have ended, but nobody has waited for it yet.
        signal(&child, Signal::KILL);
        child.wait().unwrap();
        let now = fs::read(&file).unwrap();
        assert!(now == old || now == new, "neither old nor new after {moment:?}");
        *(if now == old { &mut was_old } else { &mut was_new }) += 1;
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("CS.cfg.pki-role.2") {
                assert_eq!(fs::read(&path).unwrap(), old, "half a backup");
                fs::remove_file(path).unwrap();
            } else {
                assert!(name == "CS.cfg" || name.starts_with("CS.cfg.pki-role.tmp."), "{name}");
            }
        }
    }
    eprintln!("killed: {was_old} times the old file, {was_new} times the new one");
    // What they left is removed, and reported.
    fs::write(&file, &old).unwrap();
    Ran::of(&demotion(&file).output().unwrap()).expect(0, &[]);
    assert_eq!(fs::read(&file).unwrap(), new);
    let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains(".tmp")));
}
