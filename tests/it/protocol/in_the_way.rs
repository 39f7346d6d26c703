//! What is in the way of a conversion: no room, no rights, protected files, other programs. All of it is
//! found before the server is stopped.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::account::{GROUP, OWNER};
use crate::support::fake_systemctl::UNIT;
use crate::support::folder::{Attributes, Mount, Protected, names, write};
use crate::support::host::{Host, START, STOP, program, start};
use crate::support::needs;
use crate::support::test::Ran;

/// A host whose subsystem's folder is a small file system of its own.
fn small_host(size: &str) -> (Host, Mount) {
    let host = Host::clone(true);
    let mount = Mount::tmpfs(host.file.parent().unwrap(), &format!("size={size}")).unwrap();
    write(&host.file, &host.before, 0o660);
    (host, mount)
}

#[test]
fn no_room() {
    if !needs::mount() {
        return;
    }
    // Room for the file alone, then for its backup too; the new one does not fit.
    let pages = Host::clone(true).before.len().div_ceil(4096);
    for (size, more) in [(pages, &[][..]), (2 * pages, &[]), (pages, &["--no-backup"])] {
        let (host, mount) = small_host(&format!("{}k", (size + 1) * 4));
        let ran = host.promote(more);
        ran.expect(4, &["No space left on device", "nothing was touched", "make room"]);
        assert!(host.is_up());
        host.assert_untouched();
        // With room it goes through.
        mount.remount("size=1m");
        host.promote(more).expect(0, &[]);
    }
}

#[test]
fn no_room_for_the_backup_elsewhere() {
    if !needs::mount() {
        return;
    }
    let host = Host::clone(true);
    let elsewhere = tempfile::tempdir().unwrap();
    let _mount = Mount::tmpfs(elsewhere.path(), "size=8k").unwrap();
    let ran = host.promote(&["--backup-dir", elsewhere.path().to_str().unwrap()]);
    ran.expect(4, &["No space left on device", "nothing was touched"]);
    host.assert_untouched();
    assert_eq!(names(elsewhere.path()), [""; 0]);
}

#[test]
fn a_read_only_file_system() {
    if !needs::mount() {
        return;
    }
    let (host, mount) = small_host("1m");
    mount.remount("ro");
    let ran = host.promote(&[]);
    assert!(matches!(ran.code, Some(3 | 4)), "{}", ran.error);
    ran.expect(ran.code.unwrap(), &["Read-only file system"]);
    host.assert_untouched();
}

/// A file of the host that a container has at the file's place.
#[test]
fn a_bind_mounted_file() {
    if !needs::mount() {
        return;
    }
    let host = Host::clone(true);
    let outside = host.path("outside.cfg");
    fs::copy(&host.file, &outside).unwrap();
    let _mount = Mount::bind(&outside, &host.file).unwrap();
    host.promote(&[]).expect(3, &["is a mount point of its own", "mount its directory", "nothing was touched"]);
    host.assert_untouched();
}

#[test]
fn a_protected_file_or_folder() {
    for (is_folder, flag, phrase) in [
        (false, 'i', "is immutable"),
        (true, 'i', "is immutable"),
        (false, 'a', "append-only"),
        (true, 'a', "append-only"),
    ] {
        let host = Host::clone(true);
        let folder = tempfile::tempdir().unwrap();
        if !needs::chattr(folder.path()) {
            return;
        }
        // On the file system of the default folder for temporary files, since not all know such flags.
        let own = host.file.parent().unwrap();
        fs::remove_dir_all(own).unwrap();
        symlink(folder.path(), own).unwrap();
        write(&host.file, &host.before, 0o660);
        let path = if is_folder { folder.path().to_owned() } else { folder.path().join("CS.cfg") };
        let protected = Protected::new(&path, flag);
        let ran = host.run(&["demote-ca", "--to", path_of(&folder.path().join("CS.cfg")), "--new-master", "a.b:1"]);
        ran.expect(3, &[phrase, &format!("chattr -{flag}"), "nothing was touched"]);
        assert_eq!(names(folder.path()), ["CS.cfg"]);
        drop(protected);
        host.assert_untouched();
    }
}

fn path_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Who holds the lock is named, and waited for by nobody.
#[test]
fn a_lock_is_refused_at_once() {
    let host = Host::clone(true);
    let directory = fs::File::open(host.file.parent().unwrap()).unwrap();
    rustix::fs::flock(&directory, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let pid = std::process::id();
    host.promote(&[]).expect(3, &["is locked by process", &pid.to_string(), "nothing was touched"]);
    host.assert_untouched();
    // Looking needs no lock.
    host.promote(&["--dry-run"]).expect(0, &[]);
}

/// Another run has stopped the unit for another subsystem of the instance.
#[test]
fn another_run_on_the_same_unit() {
    let host = Host::clone(true);
    let ocsp = host.path("etc/pki/pki-tomcat/ocsp/CS.cfg");
    fs::create_dir_all(ocsp.parent().unwrap()).unwrap();
    let text = crate::support::host::without_ports(&crate::support::test::small("ocsp-clone"));
    write(&ocsp, text.as_bytes(), 0o660);
    host.on("start", "block");
    let first = start(host.command(&["promote-ocsp", "-i", "pki-tomcat"]));
    host.systemctl.wait_until_reached();
    let ran = host.promote(&[]);
    ran.expect(3, &["another run has stopped", "promote-ocsp -i pki-tomcat", "nothing was touched"]);
    assert_eq!(host.promote(&["--output", "json"]).error_code(), "other-run");
    assert!(host.is_untouched());
    host.systemctl.let_go();
    Ran::of(&first.wait_with_output().unwrap()).expect(0, &[]);
    host.promote(&[]).expect(0, &[]);
    assert_eq!(host.systemctl.changes(), [STOP, START, STOP, START]);
}

/// Two runs on one unit, each for its subsystem: one is refused where they meet, and none is left half done.
#[test]
fn two_subsystems_at_once() {
    for _ in 0..8 {
        let host = Host::clone(true);
        let ocsp = host.path("etc/pki/pki-tomcat/ocsp/CS.cfg");
        fs::create_dir_all(ocsp.parent().unwrap()).unwrap();
        let text = crate::support::host::without_ports(&crate::support::test::small("ocsp-clone"));
        write(&ocsp, text.as_bytes(), 0o660);
        host.on("stop", "sleep 0.05");
        let children =
            [&["promote-ocsp", "-i", "pki-tomcat"][..], &host.promotion(&[])].map(|a| start(host.command(a)));
        for child in children {
            let ran = Ran::of(&child.wait_with_output().unwrap());
            assert!(matches!(ran.code, Some(0 | 3 | 4)), "{ran:?}");
        }
        assert!(host.is_up() && !host.has_note());
        host.run(&["promote-ocsp", "-i", "pki-tomcat"]).expect(0, &[]);
        host.promote(&[]).expect(0, &[]);
    }
}

#[test]
fn twelve_at_once() {
    let host = Host::master(true);
    let arguments = ["demote-ca", "-i", "pki-tomcat", "--new-master", "ca2.example.com:8443"];
    let children: Vec<_> = (0..12).map(|_| start(host.command(&arguments))).collect();
    let (mut done, mut refused) = (0, 0);
    for child in children {
        let ran = Ran::of(&child.wait_with_output().unwrap());
        match ran.code {
            Some(0) if ran.error.contains("nothing to do") => {}
            Some(0) => done += 1,
            Some(3) => {
                // Who held the lock may have ended before it was looked for.
                assert!(ran.error.contains(" is locked") || ran.error.contains("another run"), "{}", ran.error);
                refused += 1;
            }
            _ => panic!("{ran:?}"),
        }
    }
    assert_eq!(done, 1, "{refused} refused");
    assert_eq!(host.systemctl.changes(), [STOP, START]);
    assert_eq!(fs::read(host.backup()).unwrap(), host.before);
    assert!(host.is_up() && !host.has_note());
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let host = Host::clone(true);
    let folder = host.path("folder");
    fs::create_dir(&folder).unwrap();
    let pipe = host.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let dangling = host.path("dangling");
    symlink("nowhere", &dangling).unwrap();
    let others = ["/dev/null", "/dev/zero", "/", "/proc/self/pagemap", "/proc/self/exe", "/proc/kmsg"].map(Path::new);
    let paths = [folder.as_path(), &pipe, &dangling, Path::new("")].into_iter().chain(others);
    for path in paths {
        let to = path.to_str().unwrap();
        let ran = host.run(&["demote-ca", "--to", to, "--new-master", "a.b:1", "--service", UNIT]);
        assert!(matches!(ran.code, Some(2 | 3)), "{to}: {}", ran.error);
        // Who names a pipe means what comes through it.
        if *path != *pipe {
            let ran = host.run(&["promote-ca", "-i", "pki-tomcat", "--from", to]);
            assert!(matches!(ran.code, Some(2 | 3)), "{to}: {}", ran.error);
        }
    }
    host.assert_untouched();
}

/// A program with some lines in it is no CS.cfg.
#[test]
fn a_program_is_no_file_to_convert() {
    let host = Host::clone(true);
    let elf = host.path("program");
    let begin = &fs::read(program().get_program()).unwrap()[..64 * 1024];
    fs::write(&elf, [begin, &host.before].concat()).unwrap();
    let before = fs::read(&elf).unwrap();
    host.run(&["demote-ca", "--to", path_of(&elf), "--new-master", "a.b:1"]).expect(3, &["NUL byte"]);
    assert_eq!(fs::read(&elf).unwrap(), before);
}

/// As another account than root and the owner: that is said, and not that there is nothing.
#[test]
fn without_rights() {
    if !needs::root() {
        return;
    }
    let host = Host::clone(true);
    let copy = host.path("pki-role");
    assert!(Command::new("cp").arg(program().get_program()).arg(&copy).status().unwrap().success());
    fs::set_permissions(host.root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &OWNER.to_string(), "--regid", &GROUP.to_string(), "--clear-groups"]);
        command.arg(&copy).args(arguments).arg("--root").arg(host.root.path());
        Ran::of(&command.output().unwrap())
    };
    // 0770, as Dogtag has it.
    fs::set_permissions(host.path("etc/pki/pki-tomcat"), fs::Permissions::from_mode(0o770)).unwrap();
    let demote = ["demote-ca", "-i", "pki-tomcat", "--new-master", "a.b:1"];
    for arguments in [&demote[..], &["status", "-i", "pki-tomcat"], &["status"], &["export-ca", "-i", "pki-tomcat"]] {
        let ran = run(arguments);
        ran.expect(3, &["sudo pki-role"]);
        assert!(!ran.error.contains("no instance"), "{}", ran.error);
    }
    // It may read the file, and not write beside it.
    fs::set_permissions(host.path("etc/pki/pki-tomcat"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&host.file, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = run(&demote);
    assert!(matches!(ran.code, Some(3 | 4)), "{}", ran.error);
    ran.expect(ran.code.unwrap(), &["not permitted to this account", "sudo pki-role"]);
    host.assert_untouched();
}

/// A whole conversion keeps what the file has beside its bytes; so does its backup.
#[test]
fn attributes_are_kept() {
    if !needs::root() {
        return;
    }
    let host = Host::clone(true);
    std::os::unix::fs::chown(&host.file, Some(OWNER), Some(GROUP)).unwrap();
    let _ = rustix::fs::setxattr(&host.file, "user.note", b"kept", rustix::fs::XattrFlags::empty());
    let _ = Command::new("setfacl").args(["-m", "u:1235:r"]).arg(&host.file).status();
    let wanted = Attributes::of(&host.file);
    let plain = host.command(&host.promotion(&[]));
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 0777; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    Ran::of(&shell.output().unwrap()).expect(0, &[]);
    assert!(!host.is_untouched());
    for path in [&host.file, &host.backup()] {
        assert_eq!(Attributes::of(path), wanted, "{}", path.display());
    }
}

/// A second name of the file keeps the old bytes: that is said.
#[test]
fn a_hard_link() {
    let host = Host::clone(true);
    let link = host.path("second-name");
    fs::hard_link(&host.file, &link).unwrap();
    host.promote(&[]).expect(0, &["[hard-linked]"]);
    assert_eq!(fs::read(&link).unwrap(), host.before);
}

/// What killed runs left is removed, and named; what a refusal finds stays.
#[test]
fn left_over_files() {
    let host = Host::clone(true);
    let left = ["CS.cfg.pki-role.trial.tmp", "CS.cfg.pki-role.tmp", "CS.cfg.pki-role.tmp.0123456789abcdef"];
    for name in &left[..2] {
        fs::write(host.file.with_file_name(name), "left").unwrap();
    }
    fs::create_dir(host.file.with_file_name(left[2])).unwrap();
    host.run(&["demote-ocsp", "--to", path_of(&host.file)]).expect(3, &["nothing was touched"]);
    assert_eq!(host.names().len(), 4);
    host.promote(&[]).expect(0, &["[left-over-files-removed]", left[0], left[1], left[2]]);
    assert_eq!(host.names().len(), 2, "{:?}", host.names());
}

/// Who keeps the system's journal may be stuck; the conversion is done all the same.
#[test]
fn a_journal_that_takes_nothing() {
    let host = Host::clone(true);
    let socket = host.path("dev/log");
    fs::create_dir(socket.parent().unwrap()).unwrap();
    let _nobody_reads = UnixDatagram::bind(&socket).unwrap();
    let sender = UnixDatagram::unbound().unwrap();
    sender.set_nonblocking(true).unwrap();
    while sender.send_to(&[b'x'; 2000], &socket).is_ok() {}
    let mut child = start(host.command(&host.promotion(&["-q"])));
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() && since.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let has_ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    assert!(has_ended, "it waits for the journal");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!host.is_untouched() && host.is_up());
}
