//! Who may do what with the new file and with the backup: what holds for the original.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use pki_role::host::store::{Os, StoreError};
use rustix::fs::{XattrFlags, setxattr};
use tempfile::TempDir;

use crate::support::account::{GROUP, OWNER, as_account};
use crate::support::child;
use crate::support::folder::{Attributes, Mount, names, run, write};
use crate::support::needs;
use crate::support::store::{BACKUP, NEW, OLD, replace, replace_beside};

/// A CS.cfg in a scratch folder.
struct Place {
    folder: TempDir,
    file: PathBuf,
}

/// On the default file system, and in memory.
fn places() -> Vec<Place> {
    let mut folders = vec![tempfile::tempdir().unwrap()];
    if let Ok(folder) = tempfile::tempdir_in("/dev/shm") {
        folders.push(folder);
    }
    needs::present(folders.len() == 2, "there is no /dev/shm");
    let places = folders.into_iter().map(|folder| Place { file: folder.path().join("CS.cfg"), folder });
    places.inspect(|place| write(&place.file, OLD, 0o660)).collect()
}

impl Place {
    /// Replaces it; the file and its backup must have what the original had.
    #[track_caller]
    fn keeps(&self) -> Attributes {
        let wanted = Attributes::of(&self.file);
        let backup = replace_beside(&self.file).unwrap();
        assert_eq!(fs::read(&self.file).unwrap(), NEW);
        assert_eq!(fs::read(&backup).unwrap(), OLD);
        assert_eq!(names(self.folder.path()), ["CS.cfg", BACKUP]);
        for path in [&self.file, &backup] {
            assert_eq!(Attributes::of(path), wanted, "{}", path.display());
        }
        fs::remove_file(backup).unwrap();
        write(&self.file, OLD, wanted.mode);
        wanted
    }

    fn set_mode(&self, mode: u32) {
        fs::set_permissions(&self.file, fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn the_mode_whatever_the_umask() {
    for place in places() {
        for mode in [0o660, 0o600, 0o644, 0o640, 0o400, 0o2660] {
            for umask in ["0077", "0000", "0022"] {
                place.set_mode(mode);
                let mut child = child::command_after(&format!("umask {umask}"), UNDER_A_UMASK, &place.file);
                let output = child.output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
                for name in ["CS.cfg", BACKUP] {
                    let path = place.folder.path().join(name);
                    assert_eq!(Attributes::of(&path).mode, mode, "{name} under umask {umask}");
                }
                fs::remove_file(place.folder.path().join(BACKUP)).unwrap();
                write(&place.file, OLD, 0o660);
            }
        }
    }
}

const UNDER_A_UMASK: &str = "protocol::store_attributes::under_a_umask";

#[test]
#[ignore = "a child process of the_mode_whatever_the_umask"]
fn under_a_umask() {
    replace_beside(&child::argument()).unwrap();
}

#[test]
fn owner_and_group() {
    if !needs::root() {
        return;
    }
    for place in places() {
        chown(&place.file, Some(OWNER), Some(GROUP)).unwrap();
        place.set_mode(0o660);
        let kept = place.keeps();
        assert_eq!((kept.owner, kept.group, kept.mode), (OWNER, GROUP, 0o660));
        // Giving a file away takes such a bit off it.
        place.set_mode(0o2660);
        assert_eq!(place.keeps().mode, 0o2660);
    }
}

#[test]
fn access_control_list() {
    for place in places() {
        let can = run("setfacl", &["-m", "u:65534:r,g:65534:rw,m:rw"], &place.file);
        if !needs::tool("setfacl") || !needs::present(can, "no access control lists on this file system") {
            return;
        }
        let kept = place.keeps();
        assert!(kept.has("system.posix_acl_access"));
        assert_eq!(kept.mode, 0o660);
        // A mask that takes from the named ones what they were given.
        assert!(run("setfacl", &["-m", "m:r"], &place.file));
        assert_eq!(place.keeps().mode, 0o640);
    }
}

/// What a folder gives to new files, the original may not have had.
#[test]
fn the_folders_default_list_does_not_leak() {
    for place in places() {
        let can = run("setfacl", &["-d", "-m", "u:65534:rwx,o::rwx"], place.folder.path());
        if !needs::tool("setfacl") || !needs::present(can, "no access control lists on this file system") {
            return;
        }
        let probe = place.folder.path().join("probe");
        fs::write(&probe, "").unwrap();
        assert!(Attributes::of(&probe).has("system.posix_acl_access"));
        fs::remove_file(probe).unwrap();
        assert!(!place.keeps().has("system.posix_acl_access"));
        // And where the original has a list of its own.
        assert!(run("setfacl", &["-m", "u:65533:r"], &place.file));
        assert!(place.keeps().has("system.posix_acl_access"));
    }
}

#[test]
fn extended_attributes() {
    for place in places() {
        let large = vec![b'x'; 2000];
        for (name, value) in [("user.note", &b"kept \0 byte for byte"[..]), ("user.empty", b""), ("user.large", &large)]
        {
            let set = setxattr(&place.file, name, value, XattrFlags::empty());
            if !needs::present(set.is_ok(), "no extended attributes on this file system") {
                return;
            }
        }
        // For root alone.
        let _ = setxattr(&place.file, "trusted.note", b"root's", XattrFlags::empty());
        assert!(place.keeps().has("user.large"));
    }
}

/// Where the file system knows no attributes, there are none to keep.
#[test]
fn a_backup_on_a_simpler_file_system() {
    if !needs::mount() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::ramfs(folder.path()) else { panic!("no ramfs") };
    for place in places() {
        let _ = setxattr(&place.file, "user.note", b"kept", XattrFlags::empty());
        let backup = replace(&Os, &place.file, Some(Some(folder.path()))).unwrap().unwrap();
        assert_eq!(names(folder.path()), [BACKUP]);
        assert_eq!(names(place.folder.path()), ["CS.cfg"]);
        fs::remove_file(backup).unwrap();
    }
}

/// Of the server's account: its own file in its own folder, as well as root.
#[test]
fn as_the_servers_account() {
    if !needs::root() {
        return;
    }
    for place in places() {
        fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o770)).unwrap();
        for path in [place.folder.path(), &place.file] {
            chown(path, Some(OWNER), Some(GROUP)).unwrap();
        }
        let before = Attributes::of(&place.file);
        let run = |uid: u32, file: &Path| as_account(uid, GROUP, || replace(&Os, file, None));
        run(OWNER, &place.file).unwrap();
        assert_eq!(Attributes::of(&place.file), before);
        assert_eq!(fs::read(&place.file).unwrap(), NEW);
        // Of the same group it may write the folder, but not give the new file to the owner.
        write(&place.file, OLD, 0o660);
        let error = run(OWNER + 2, &place.file).unwrap_err();
        assert!(matches!(error, StoreError::PermissionDenied { step: "writing a new file in", .. }), "{error:?}");
        assert_eq!(fs::read(&place.file).unwrap(), OLD);
        assert_eq!(names(place.folder.path()), ["CS.cfg"]);
        // Nor read what it may not read.
        place.set_mode(0o600);
        let error = run(OWNER + 2, &place.file).unwrap_err();
        assert!(matches!(error, StoreError::PermissionDenied { step: "reading", .. }), "{error:?}");
        // And who may not even enter the folder is not told that there is no file.
        let error = as_account(OWNER + 2, GROUP + 1, || replace(&Os, &place.file, None)).unwrap_err();
        assert_eq!(error.code(), "permission-denied", "{error:?}");
    }
}

/// In a folder such as `/tmp` a file can be replaced by its owner, the folder's, and root.
#[test]
fn somebody_elses_file_in_a_sticky_folder() {
    if !needs::root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let file = folder.path().join("CS.cfg");
    write(&file, OLD, 0o666);
    let error = as_account(OWNER, GROUP, || replace(&Os, &file, None)).unwrap_err();
    assert!(matches!(error, StoreError::PermissionDenied { step: "replacing", .. }), "{error:?}");
    assert_eq!(names(folder.path()), ["CS.cfg"]);
    chown(&file, Some(OWNER), Some(GROUP)).unwrap();
    as_account(OWNER, GROUP, || replace(&Os, &file, None)).unwrap();
    replace(&Os, &file, None).unwrap();
}
