//! What is in the way: no room, no right to write, protected files, mount points. All is found in the
//! rehearsal, before a server is stopped, and nothing is left behind.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use pki_role::host::store::{Os, StoreError};
use tempfile::TempDir;

use crate::support::account::{GROUP, OWNER, as_account};
use crate::support::folder::{Mount, Protected, names, write};
use crate::support::needs;
use crate::support::store::{New, edited, lock, replace};

/// A CS.cfg of some 32 KB in a folder of its own.
struct Place {
    folder: TempDir,
    own: PathBuf,
    file: PathBuf,
}

fn content() -> Vec<u8> {
    "key.of.a.parameter=true\n".repeat(1400).into_bytes()
}

impl Place {
    fn new() -> Place {
        let place = Place::empty();
        write(&place.file, &content(), 0o660);
        place
    }

    fn empty() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("ca");
        fs::create_dir(&own).unwrap();
        Place { file: own.join("CS.cfg"), own, folder }
    }

    /// On a small file system of its own.
    fn small(size: &str) -> (Place, Mount) {
        let place = Place::empty();
        let mount = Mount::tmpfs(&place.own, &format!("size={size}")).unwrap();
        write(&place.file, &content(), 0o660);
        (place, mount)
    }

    /// The rehearsal fails, and all is as it was.
    #[track_caller]
    fn is_refused(&self, backup: Option<Option<&Path>>) -> StoreError {
        let locked = lock(&Os, &self.file).unwrap();
        let seen = locked.target().read().unwrap();
        let error = locked.rehearse(&seen, &New(&edited(&seen.bytes)), backup).unwrap_err();
        assert_eq!(fs::read(&self.file).unwrap(), content());
        assert_eq!(names(&self.own), ["CS.cfg"], "{error:?}");
        error
    }
}

#[track_caller]
fn expect(error: &StoreError, code: &str, path: &Path) {
    assert_eq!(error.code(), code, "{error:?}");
    let path = path.canonicalize().unwrap().display().to_string();
    assert!(error.to_string().contains(&path), "{error}: {path}");
}

#[test]
fn no_room() {
    if !needs::mount() {
        return;
    }
    // Room for the file alone, then for its backup too; the new one does not fit.
    for (size, backup) in [("64k", Some(None)), ("96k", Some(None)), ("64k", None)] {
        let (place, mount) = Place::small(size);
        let error = place.is_refused(backup);
        expect(&error, "io", &place.own);
        let StoreError::Io { source, .. } = error else { panic!("{error:?}") };
        assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
        // With room it goes through.
        mount.remount("size=1m");
        replace(&Os, &place.file, backup).unwrap();
        assert_eq!(fs::read(&place.file).unwrap(), edited(&content()));
    }
}

#[test]
fn no_room_for_the_backup_elsewhere() {
    if !needs::mount() {
        return;
    }
    let place = Place::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let _mount = Mount::tmpfs(elsewhere.path(), "size=16k").unwrap();
    let error = place.is_refused(Some(Some(elsewhere.path())));
    expect(&error, "io", elsewhere.path());
    assert_eq!(names(elsewhere.path()), [""; 0]);
}

#[test]
fn a_read_only_file_system() {
    if !needs::mount() {
        return;
    }
    let (place, mount) = Place::small("1m");
    mount.remount("ro");
    expect(&place.is_refused(None), "io", &place.own);
}

#[test]
fn a_folder_that_may_not_be_written() {
    if !needs::root() {
        return;
    }
    let place = Place::new();
    for path in [place.folder.path(), &place.own, &place.file] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    expect(&as_account(OWNER, GROUP, || place.is_refused(None)), "permission-denied", &place.own);
}

#[test]
fn an_immutable_file_or_folder() {
    let place = Place::new();
    if !needs::chattr(place.folder.path()) {
        return;
    }
    for (flag, code) in [('i', "immutable"), ('a', "append-only")] {
        for path in [&place.file, &place.own] {
            let protected = Protected::new(path, flag);
            for backup in [None, Some(None)] {
                expect(&place.is_refused(backup), code, path);
            }
            drop(protected);
        }
    }
    replace(&Os, &place.file, None).unwrap();
}

/// A backup cannot be given its name in such a folder, nor be removed from there.
#[test]
fn an_append_only_folder_for_backups() {
    let (place, elsewhere) = (Place::new(), tempfile::tempdir().unwrap());
    if !needs::chattr(elsewhere.path()) {
        return;
    }
    for (flag, code) in [('i', "immutable"), ('a', "append-only")] {
        let _protected = Protected::new(elsewhere.path(), flag);
        expect(&place.is_refused(Some(Some(elsewhere.path()))), code, elsewhere.path());
        let locked = lock(&Os, &place.file).unwrap();
        let seen = locked.target().read().unwrap();
        let error = locked.back_up(&seen, Some(elsewhere.path()), "20260101T000000Z").unwrap_err();
        expect(&error, code, elsewhere.path());
        assert_eq!(names(elsewhere.path()), [""; 0]);
    }
}

/// As containers have it: a file of the host at the file's place.
#[test]
fn a_bind_mounted_file() {
    if !needs::mount() {
        return;
    }
    let place = Place::new();
    let original = place.folder.path().join("original");
    write(&original, &content(), 0o660);
    let mount = Mount::bind(&original, &place.file).unwrap();
    expect(&place.is_refused(Some(None)), "bind-mounted", &place.file);
    // Not only the rehearsal looks.
    let locked = lock(&Os, &place.file).unwrap();
    let seen = locked.target().read().unwrap();
    assert_eq!(locked.replace(&seen, &New(b"")).unwrap_err().code(), "bind-mounted");
    drop((locked, seen, mount));
    // A folder that is mounted is as good as any other.
    let copy = place.folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    let _mount = Mount::bind(&place.own, &copy).unwrap();
    replace(&Os, &copy.join("CS.cfg"), Some(None)).unwrap();
    assert_eq!(fs::read(&place.file).unwrap(), edited(&content()));
}

/// The group may write the folder, and the owner of the file is another account.
#[test]
fn a_file_that_cannot_be_given_to_its_owner() {
    if !needs::root() {
        return;
    }
    let place = Place::new();
    chown(&place.own, Some(OWNER), Some(GROUP)).unwrap();
    fs::set_permissions(&place.own, fs::Permissions::from_mode(0o770)).unwrap();
    fs::set_permissions(&place.file, fs::Permissions::from_mode(0o664)).unwrap();
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    expect(&as_account(OWNER + 2, GROUP, || place.is_refused(None)), "permission-denied", &place.own);
}
