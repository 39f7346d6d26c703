//! What is in the way: no room, no right to write, links where there must be none.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use pki_role::store::Target;
use pki_role::store::disk::Os;

use crate::fake_systemctl::{Host, Ran, UNIT, fixture, is_root, names, program, start, write};

/// A mounted file system, until it goes.
struct Mount(PathBuf);

impl Mount {
    fn tmpfs(at: &Path, options: &str) -> Option<Mount> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).output().unwrap();
        if !mount.status.success() {
            eprintln!("SKIPPED: no mount at {}", at.display());
            return None;
        }
        Some(Mount(at.to_owned()))
    }

    fn remount(&self, options: &str) {
        assert!(
            Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).status().unwrap().success()
        );
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// A host whose subsystem's folder is a small file system of its own.
fn small_host(size: &str) -> Option<(Host, Mount)> {
    let host = Host::clone(true);
    let mount = Mount::tmpfs(host.file.parent().unwrap(), &format!("size={size}"))?;
    write(&host.file, &host.before, 0o660);
    Some((host, mount))
}

#[test]
fn no_room() {
    if !is_root("a full disk") {
        return;
    }
    // Room for the file alone, then for its backup too; the new one does not fit.
    for (size, more) in [("96k", &[][..]), ("160k", &[]), ("96k", &["--no-backup"])] {
        let Some((host, mount)) = small_host(size) else { return };
        let ran = host.promote(more);
        ran.expect(4, &["No space left on device", "the file is as it was", "make room"]);
        assert!(host.is_untouched() && host.systemctl.is_up());
        assert_eq!(host.systemctl.changes(), [""; 0], "stopped for nothing");
        assert_eq!(host.names(), ["CS.cfg"], "{size} {more:?}");
        // With room it goes through.
        mount.remount("size=1m");
        host.promote(more).expect(0, &[]);
        drop(mount);
    }
}

#[test]
fn no_room_for_the_backup_elsewhere() {
    if !is_root("a full disk") {
        return;
    }
    let host = Host::clone(true);
    let elsewhere = tempfile::tempdir().unwrap();
    let Some(mount) = Mount::tmpfs(elsewhere.path(), "size=32k") else { return };
    let ran = host.promote(&["--backup-dir", elsewhere.path().to_str().unwrap()]);
    ran.expect(4, &["No space left on device", "the file is as it was"]);
    assert!(host.is_untouched() && host.systemctl.is_up());
    assert_eq!(host.systemctl.changes(), [""; 0], "stopped for nothing");
    assert_eq!(names(elsewhere.path()), [""; 0]);
    drop(mount);
}

#[test]
fn a_read_only_file_system() {
    if !is_root("a read-only mount") {
        return;
    }
    let Some((host, mount)) = small_host("1m") else { return };
    mount.remount("ro");
    let ran = host.promote(&[]);
    assert!([3, 4].contains(&ran.code), "{}", ran.error);
    ran.expect(ran.code, &["Read-only file system"]);
    assert!(host.is_untouched() && host.systemctl.is_up());
    drop(mount);
}

#[test]
fn a_folder_that_may_not_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let file = inner.join("CS.cfg");
    write(&file, &fixture("ca-master.CS.cfg"), 0o644);
    for path in [folder.path(), &inner] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command;
    if rustix::process::geteuid().is_root() {
        let copy = folder.path().join("pki-role");
        assert!(Command::new("cp").arg(program().get_program()).arg(&copy).status().unwrap().success());
        command = Command::new("setpriv");
        command.args(["--reuid", "17017", "--regid", "17017", "--clear-groups"]).arg(copy);
    } else {
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o555)).unwrap();
        command = program();
    }
    command.args(["demote-ca", "--new-master", "a.b:1", "--to"]).arg(&file).arg("--root").arg(folder.path());
    let ran = Ran::of(command.output().unwrap());
    ran.expect(4, &["Permission denied", "the file is as it was"]);
    assert_eq!(fs::read(&file).unwrap(), fixture("ca-master.CS.cfg"));
    assert_eq!(names(&inner), ["CS.cfg"]);
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_immutable_file_or_folder() {
    for is_folder in [false, true] {
        let host = Host::clone(true);
        let path = if is_folder { host.file.parent().unwrap() } else { &host.file };
        let chattr = |flag: &str| Command::new("chattr").arg(flag).arg(path).output().is_ok_and(|o| o.status.success());
        if !chattr("+i") {
            return eprintln!("SKIPPED: no chattr +i");
        }
        let ran = host.promote(&[]);
        let left = host.names();
        assert!(chattr("-i"));
        assert!([3, 4].contains(&ran.code), "{}", ran.error);
        ran.expect(ran.code, &["Operation not permitted"]);
        assert!(host.is_untouched() && host.systemctl.is_up());
        assert_eq!(left, ["CS.cfg"]);
    }
}

/// The server's account can write the folder: what it plants is not followed by root.
#[test]
fn a_link_at_the_temporary_name() {
    for target in ["victim", "nothing-there"] {
        let host = Host::clone(true);
        let victim = host.root.path().join("victim");
        fs::write(&victim, "untouched").unwrap();
        let planted = host.file.with_file_name("CS.cfg.pki-role.tmp");
        symlink(host.root.path().join(target), &planted).unwrap();
        let ran = host.promote(&[]);
        assert!([3, 4].contains(&ran.code), "{}", ran.error);
        ran.expect(ran.code, &["CS.cfg.pki-role.tmp is in the way"]);
        assert!(host.is_untouched() && host.systemctl.is_up() && planted.is_symlink());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
        assert!(!host.root.path().join("nothing-there").exists());
        assert_eq!(host.names(), ["CS.cfg", "CS.cfg.pki-role.tmp"]);
    }
}

#[test]
fn a_pipe_or_a_folder_at_the_temporary_name() {
    for plant in ["mkfifo", "mkdir"] {
        let host = Host::clone(true);
        let planted = host.file.with_file_name("CS.cfg.pki-role.tmp");
        assert!(Command::new(plant).arg(&planted).status().unwrap().success());
        let ran = host.promote(&[]);
        assert!([3, 4].contains(&ran.code), "{}", ran.error);
        assert!(host.is_untouched() && host.systemctl.is_up() && planted.exists());
    }
}

#[test]
fn links_and_files_at_the_backups_names() {
    let host = Host::clone(true);
    let victim = host.root.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let name = |more: &str| host.file.with_file_name(format!("CS.cfg.pki-role.20260101T000000Z{more}"));
    symlink(&victim, name("")).unwrap();
    symlink(host.root.path().join("nothing-there"), name("-2")).unwrap();
    fs::write(name("-3"), "somebody's").unwrap();
    fs::create_dir(name("-4")).unwrap();
    let locked = Target::open(&Os, &host.file).unwrap().lock().unwrap();
    let snapshot = locked.target().read().unwrap();
    let backup = locked.back_up(&snapshot, None, "20260101T000000Z").unwrap();
    assert_eq!(backup, name("-5").canonicalize().unwrap());
    assert_eq!(fs::read(backup).unwrap(), host.before);
    assert_eq!(fs::read_to_string(victim).unwrap(), "untouched");
    assert_eq!(fs::read_to_string(name("-3")).unwrap(), "somebody's");
    assert!(!host.root.path().join("nothing-there").exists());
}

/// While the server stops its account swaps the file.
#[test]
fn a_target_that_becomes_something_else() {
    let plants = ["ln -s VICTIM CFG", "ln -s /no/such/file CFG", "mkfifo CFG", "mkdir CFG", ":"];
    for plant in plants {
        let host = Host::clone(true);
        let victim = host.root.path().join("victim");
        fs::write(&victim, &host.before).unwrap();
        let shell = format!("rm CFG; {plant}").replace("CFG", &host.file.display().to_string());
        host.systemctl.on("stop", &shell.replace("VICTIM", &victim.display().to_string()));
        host.promote(&[]).expect(4, &["was started again"]);
        assert_eq!(fs::read(&victim).unwrap(), host.before, "{plant}");
        assert!(host.systemctl.is_up());
        assert!(host.names().iter().all(|name| name == "CS.cfg"), "{plant}: {:?}", host.names());
    }
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let host = Host::clone(true);
    let folder = host.root.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let pipe = host.root.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let dangling = host.root.path().join("dangling");
    symlink("nowhere", &dangling).unwrap();
    for path in
        [&folder, &pipe, &dangling, Path::new("/dev/null"), Path::new("/dev/zero"), Path::new("/"), Path::new("")]
    {
        let to = path.to_str().unwrap();
        let ran = host.run(&["demote-ca", "--to", to, "--new-master", "a.b:1", "--service", UNIT]);
        assert!([2, 3].contains(&ran.code), "{to}: {}", ran.error);
        let from = ["promote-ca", "--instance", "pki-tomcat", "--from", to];
        let ran = host.run(&from);
        assert!([2, 3].contains(&ran.code), "{to}: {}", ran.error);
    }
    assert!(host.is_untouched());
    assert_eq!(host.systemctl.changes(), [""; 0]);
}

/// Who keeps the system's journal may be stuck; the conversion is done all the same.
#[test]
fn a_journal_that_takes_nothing() {
    let host = Host::clone(true);
    let socket = host.root.path().join("dev/log");
    fs::create_dir(socket.parent().unwrap()).unwrap();
    let _nobody_reads = UnixDatagram::bind(&socket).unwrap();
    let sender = UnixDatagram::unbound().unwrap();
    sender.set_nonblocking(true).unwrap();
    while sender.send_to(&[b'x'; 2000], &socket).is_ok() {}
    let from = host.master.to_str().unwrap();
    let mut child = start(host.command(&["promote-ca", "--instance", "pki-tomcat", "--from", from, "-q"]));
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() && since.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let has_ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    assert!(has_ended, "it waits for the journal");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!host.is_untouched() && host.systemctl.is_up());
}
