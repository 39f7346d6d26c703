//! Who may do what with the new file and with the backup: what holds for the original.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{XattrFlags, getxattr, listxattr, setxattr};
use tempfile::TempDir;

use crate::fake_systemctl::{Ran, fixture, is_root, names, program, write};

/// All that a file has beside its bytes.
#[derive(Debug, PartialEq)]
struct Attributes {
    owner: u32,
    group: u32,
    mode: u32,
    extended: BTreeMap<CString, Vec<u8>>,
}

impl Attributes {
    fn of(path: &Path) -> Attributes {
        let about = fs::symlink_metadata(path).unwrap();
        let mut list = vec![0u8; 65536];
        let length = listxattr(path, &mut list).unwrap_or_default();
        let names = list[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
        let value = |name: &CString| {
            let mut value = vec![0u8; 65536];
            let length = getxattr(path, name, &mut value).unwrap();
            value[..length].to_vec()
        };
        let names = names.map(|name| CString::new(name).unwrap());
        let extended = names.map(|name| (name.clone(), value(&name))).collect();
        Attributes { owner: about.uid(), group: about.gid(), mode: about.mode() & 0o7777, extended }
    }

    fn has(&self, name: &str) -> bool {
        self.extended.contains_key(&CString::new(name).unwrap())
    }
}

/// A CA master in a scratch folder.
struct Place {
    folder: TempDir,
    file: PathBuf,
}

/// On the default file system, and in memory.
fn places() -> Vec<Place> {
    let mut folders = vec![tempfile::tempdir().unwrap()];
    match tempfile::tempdir_in("/dev/shm") {
        Ok(folder) => folders.push(folder),
        Err(_) => eprintln!("SKIPPED: no /dev/shm"),
    }
    let places = folders.into_iter().map(|folder| Place { file: folder.path().join("CS.cfg"), folder });
    places.inspect(|place| write(&place.file, &fixture("ca-master.CS.cfg"), 0o660)).collect()
}

impl Place {
    /// Converts it under a umask; the file and its backup must have what the original had.
    #[track_caller]
    fn keeps(&self, umask: &str) -> Attributes {
        let wanted = Attributes::of(&self.file);
        let old = fs::read(&self.file).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask $0; exec \"$@\"", umask]).arg(program().get_program());
        shell.args(["demote-ca", "--new-master", "ca2.example.com:8443", "--to"]).arg(&self.file);
        shell.arg("--root").arg(self.folder.path());
        Ran::of(shell.output().unwrap()).expect(0, &[]);
        assert_ne!(fs::read(&self.file).unwrap(), old);
        let all = names(self.folder.path());
        assert_eq!(all.len(), 2, "{all:?}");
        let backup = self.folder.path().join(&all[1]);
        assert_eq!(fs::read(&backup).unwrap(), old);
        for path in [&self.file, &backup] {
            assert_eq!(Attributes::of(path), wanted, "{} under umask {umask}", path.display());
        }
        fs::remove_file(backup).unwrap();
        fs::set_permissions(&self.file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&self.file, old).unwrap();
        fs::set_permissions(&self.file, fs::Permissions::from_mode(wanted.mode)).unwrap();
        wanted
    }
}

/// Runs a tool that prepares a file; false, and told, where it cannot.
fn prepare(tool: &str, arguments: &[&str], path: &Path) -> bool {
    let done = Command::new(tool).args(arguments).arg(path).output().is_ok_and(|output| output.status.success());
    if !done {
        eprintln!("SKIPPED: {tool} on {}", path.display());
    }
    done
}

#[test]
fn the_mode_whatever_the_umask() {
    for place in places() {
        for mode in [0o660, 0o600, 0o644, 0o640, 0o400, 0o2660] {
            for umask in ["0077", "0000", "0022", "0777"] {
                fs::set_permissions(&place.file, fs::Permissions::from_mode(mode)).unwrap();
                assert_eq!(place.keeps(umask).mode, mode);
            }
        }
    }
}

#[test]
fn owner_and_group() {
    if !is_root("owner and group") {
        return;
    }
    for place in places() {
        chown(&place.file, Some(17017), Some(17018)).unwrap();
        fs::set_permissions(&place.file, fs::Permissions::from_mode(0o660)).unwrap();
        let kept = place.keeps("0077");
        assert_eq!((kept.owner, kept.group, kept.mode), (17017, 17018, 0o660));
        // Giving a file away takes such a bit off it.
        fs::set_permissions(&place.file, fs::Permissions::from_mode(0o2660)).unwrap();
        assert_eq!(place.keeps("0077").mode, 0o2660);
    }
}

#[test]
fn access_control_list() {
    for place in places() {
        if prepare("setfacl", &["-m", "u:65534:r,g:65534:rw,m:rw"], &place.file) {
            let kept = place.keeps("0077");
            assert!(kept.has("system.posix_acl_access"));
            assert_eq!(kept.mode, 0o660);
            // A mask that takes from the named ones what they were given.
            assert!(prepare("setfacl", &["-m", "m:r"], &place.file));
            assert_eq!(place.keeps("0000").mode, 0o640);
        }
    }
}

/// What a folder gives to new files, the original may not have had.
#[test]
fn the_folders_default_list_does_not_leak() {
    for place in places() {
        if prepare("setfacl", &["-d", "-m", "u:65534:rwx,o::rwx"], place.folder.path()) {
            let probe = place.folder.path().join("probe");
            fs::write(&probe, "").unwrap();
            assert!(Attributes::of(&probe).has("system.posix_acl_access"));
            fs::remove_file(probe).unwrap();
            assert!(!place.keeps("0000").has("system.posix_acl_access"));
            // And where the original has a list of its own.
            assert!(prepare("setfacl", &["-m", "u:65533:r"], &place.file));
            assert!(place.keeps("0000").has("system.posix_acl_access"));
        }
    }
}

#[test]
fn extended_attributes() {
    for place in places() {
        let large = vec![b'x'; 2000];
        for (name, value) in [("user.note", &b"kept \0 byte for byte"[..]), ("user.empty", b""), ("user.large", &large)]
        {
            if let Err(error) = setxattr(&place.file, name, value, XattrFlags::empty()) {
                eprintln!("SKIPPED: {name} on {}: {error}", place.file.display());
                return;
            }
        }
        if is_root("attributes for root alone") {
            let _ = setxattr(&place.file, "trusted.note", b"root's", XattrFlags::empty());
        }
        assert!(place.keeps("0077").has("user.large"));
    }
}

/// Where the file system knows no attributes, there are none to keep.
#[test]
fn a_backup_on_a_simpler_file_system() {
    if !is_root("a mount") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount").args(["-t", "ramfs", "ramfs"]).arg(folder.path()).output().unwrap();
    if !mounted.status.success() {
        return eprintln!("SKIPPED: no ramfs");
    }
    for place in places() {
        let _ = setxattr(&place.file, "user.note", b"kept", XattrFlags::empty());
        let mut command = program();
        command.args(["demote-ca", "--new-master", "a.b:1", "--to"]).arg(&place.file);
        command.arg("--root").arg(place.folder.path()).arg("--backup-dir");
        let ran = Ran::of(command.arg(folder.path()).output().unwrap());
        let _ = fs::read_dir(folder.path())
            .map(|entries| entries.flatten().for_each(|entry| drop(fs::remove_file(entry.path()))));
        ran.expect(0, &[]);
        assert_eq!(names(place.folder.path()), ["CS.cfg"]);
    }
    assert!(Command::new("umount").arg(folder.path()).status().unwrap().success());
}

/// Of the server's account: its own file in its own folder, as well as root.
#[test]
fn as_the_servers_account() {
    if !is_root("another account") {
        return;
    }
    for place in places() {
        let copy = place.folder.path().join("pki-role");
        assert!(Command::new("cp").arg(program().get_program()).arg(&copy).status().unwrap().success());
        fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o770)).unwrap();
        for path in [place.folder.path(), &place.file] {
            chown(path, Some(17017), Some(17018)).unwrap();
        }
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        let run = |account: &str, file: &Path| {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", account, "--regid", "17018", "--clear-groups"]).arg(&copy);
            command.args(["demote-ca", "--new-master", "a.b:1", "--no-backup", "--to"]).arg(file);
            command.arg("--root").arg(place.folder.path());
            Ran::of(command.output().unwrap())
        };
        let before = Attributes::of(&place.file);
        run("17017", &place.file).expect(0, &[]);
        assert_eq!(Attributes::of(&place.file), before);
        // Of the same group it may write the folder, but not give the new file to the owner.
        write(&place.file, &fixture("ca-master.CS.cfg"), 0o660);
        run("17019", &place.file).expect(4, &["the file is as it was"]);
        assert_eq!(fs::read(&place.file).unwrap(), fixture("ca-master.CS.cfg"));
        assert_eq!(names(place.folder.path()), ["CS.cfg", "pki-role"]);
        // Nor read what it may not read.
        fs::set_permissions(&place.file, fs::Permissions::from_mode(0o600)).unwrap();
        run("17019", &place.file).expect(3, &["Permission denied", "run it as root", "nothing was touched"]);
    }
}
