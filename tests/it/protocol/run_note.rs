//! Notes of interrupted runs: kept where they can be, believed only where nobody else could write.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::PathBuf;

use pki_role::host::run_note::{RunNote, RunNotes};
use tempfile::TempDir;

use crate::support::account::{GROUP, OWNER, as_account};
use crate::support::folder::{names, run};
use crate::support::needs;

const UNIT: &str = "pki-tomcatd@pki-tomcat.service";
const CONFIG: &str = "/etc/pki/pki-tomcat/ca/CS.cfg";

/// A root with a `run` folder.
fn host() -> (TempDir, RunNotes, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("run")).unwrap();
    let notes = RunNotes::below(root.path());
    let folder = root.path().join("run/pki-role");
    (root, notes, folder)
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap().trim().to_owned()
}

/// Writes a note as somebody might have left it.
fn leave(folder: &std::path::Path, change: impl FnOnce(&mut serde_json::Value)) {
    let mut note = serde_json::json!({
        "unit": UNIT, "boot_id": boot_id(), "pid": 4_194_304, "pid_start_time": 1, "command": "promote-ca", "config": CONFIG,
    });
    change(&mut note);
    fs::write(folder.join(format!("{UNIT}.json")), note.to_string()).unwrap();
}

#[test]
fn a_note_is_written_read_and_removed() {
    let (root, notes, folder) = host();
    assert_eq!(notes.read(UNIT), None);
    notes.remove(UNIT);
    assert!(notes.write(UNIT, "promote-ca", CONFIG));
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o7777, 0o700);
    assert_eq!(fs::metadata(folder.join(format!("{UNIT}.json"))).unwrap().mode() & 0o7777, 0o600);
    let note = notes.read(UNIT).unwrap();
    let RunNote { unit, boot_id: boot, pid, command, config, .. } = &note;
    assert_eq!((&**unit, &**boot, *pid), (UNIT, &*boot_id(), std::process::id()));
    assert_eq!((&**command, &**config), ("promote-ca", CONFIG));
    assert!(note.is_running());
    // Another one, and the same again.
    assert!(notes.write("other.service", "demote-ca", "/x"));
    assert!(notes.write(UNIT, "restore", CONFIG));
    assert_eq!(notes.read(UNIT).unwrap().command, "restore");
    assert_eq!(notes.read("other.service").unwrap().command, "demote-ca");
    notes.remove(UNIT);
    assert_eq!(notes.read(UNIT), None);
    assert_eq!(names(&folder), ["other.service.json"]);
    assert_eq!(names(root.path()), ["run"]);
}

#[test]
fn whether_the_writer_is_still_there() {
    let (_root, notes, folder) = host();
    assert!(notes.write(UNIT, "promote-ca", CONFIG));
    // Its process has ended, or its number is another process's now.
    leave(&folder, |_| ());
    assert!(!notes.read(UNIT).unwrap().is_running());
    leave(&folder, |note| note["pid"] = std::process::id().into());
    assert!(!notes.read(UNIT).unwrap().is_running());
}

#[test]
fn notes_of_another_boot_are_none() {
    let (_root, notes, folder) = host();
    assert!(notes.write(UNIT, "promote-ca", CONFIG));
    leave(&folder, |note| note["boot_id"] = "00000000-0000-0000-0000-000000000000".into());
    assert_eq!(notes.read(UNIT), None);
    assert!(notes.write(UNIT, "promote-ca", CONFIG));
    assert!(notes.read(UNIT).is_some());
}

#[test]
fn without_a_place_there_is_no_note() {
    let root = tempfile::tempdir().unwrap();
    for path in [root.path().join("missing"), root.path().to_owned()] {
        let notes = RunNotes::below(&path);
        assert!(!notes.write(UNIT, "promote-ca", CONFIG));
        assert_eq!(notes.read(UNIT), None);
        notes.remove(UNIT);
    }
    assert_eq!(names(root.path()), [""; 0]);
    // A link would lead out of the root.
    symlink("/run", root.path().join("run")).unwrap();
    assert!(!RunNotes::below(root.path()).write(UNIT, "promote-ca", CONFIG));
    let (_root, notes, folder) = host();
    for unit in ["", ".", "..", "../../etc/x", "a/b", "a\0b", &"u".repeat(300)] {
        assert!(!notes.write(unit, "promote-ca", CONFIG), "{unit}");
        assert_eq!(notes.read(unit), None);
        notes.remove(unit);
    }
    assert!(!folder.exists());
}

/// What can be anything is not believed: no JSON, another unit's, too long, a link, a pipe, a folder.
#[test]
fn what_is_no_note() {
    let (root, notes, folder) = host();
    assert!(notes.write(UNIT, "promote-ca", CONFIG));
    let file = folder.join(format!("{UNIT}.json"));
    let whole = fs::read(&file).unwrap();
    for bytes in [&b""[..], b"{}", b"\xff", &whole[..whole.len() - 1], &[&whole[..], &[b' '; 70_000]].concat()] {
        fs::write(&file, bytes).unwrap();
        assert_eq!(notes.read(UNIT), None);
    }
    leave(&folder, |note| note["unit"] = "other.service".into());
    assert_eq!(notes.read(UNIT), None);
    leave(&folder, |note| note["extra"] = 1.into());
    assert_eq!(notes.read(UNIT), None);
    let elsewhere = root.path().join("elsewhere");
    fs::write(&elsewhere, &whole).unwrap();
    let plants: [&dyn Fn(); 3] =
        [&|| symlink(&elsewhere, &file).unwrap(), &|| assert!(run("mkfifo", &[], &file)), &|| {
            fs::create_dir(&file).unwrap()
        }];
    for plant in plants {
        let _ = fs::remove_file(&file);
        plant();
        assert_eq!(notes.read(UNIT), None);
    }
    // A folder there is in the way, and nobody complains.
    assert!(!notes.write(UNIT, "promote-ca", CONFIG));
    fs::remove_dir(&file).unwrap();
    assert!(notes.write(UNIT, "promote-ca", CONFIG));
    assert_eq!(fs::read(&elsewhere).unwrap(), whole);
}

/// Left over from a run that was killed while it wrote.
#[test]
fn half_a_note_is_in_nobodys_way() {
    let (_root, notes, folder) = host();
    assert!(notes.write("other.service", "demote-ca", CONFIG));
    fs::write(folder.join(format!(".{UNIT}.json.tmp")), "{").unwrap();
    assert_eq!(notes.read(UNIT), None);
    assert!(notes.write(UNIT, "promote-ca", CONFIG));
    assert_eq!(names(&folder).len(), 2);
}

#[test]
fn what_others_can_write_is_not_believed() {
    let (_root, notes, folder) = host();
    assert!(notes.write(UNIT, "promote-ca", CONFIG));
    let file = folder.join(format!("{UNIT}.json"));
    for (path, open, closed) in [(&folder, 0o777, 0o700), (&file, 0o666, 0o600)] {
        fs::set_permissions(path, fs::Permissions::from_mode(open)).unwrap();
        assert_eq!(notes.read(UNIT), None);
        fs::set_permissions(path, fs::Permissions::from_mode(closed)).unwrap();
        assert!(notes.read(UNIT).is_some());
    }
    if !needs::root() {
        return;
    }
    for path in [&folder, &file] {
        chown(path, Some(OWNER), Some(GROUP)).unwrap();
        assert_eq!(notes.read(UNIT), None);
        chown(path, Some(0), Some(0)).unwrap();
    }
    // Another account's folder is not written to.
    chown(&folder, Some(OWNER), Some(GROUP)).unwrap();
    assert!(!notes.write("other.service", "promote-ca", CONFIG));
    assert_eq!(names(&folder).len(), 1);
    // And an account without rights neither reads nor writes, and does not complain.
    chown(&folder, Some(0), Some(0)).unwrap();
    as_account(OWNER, GROUP, || {
        assert!(!notes.write(UNIT, "promote-ca", CONFIG));
        assert_eq!(notes.read(UNIT), None);
    });
    assert!(notes.read(UNIT).is_some());
}
