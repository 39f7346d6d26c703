//! Each code of a store's error is what some situation gives; and the codes themselves, which scripts
//! rely on.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pki_role::cs_cfg::MAX_SIZE;
use pki_role::host::store::{Os, Patience, StoreError, StoreErrorCode, Stream, Target, read_stream};
use strum::IntoEnumIterator;

use crate::support::account::{GROUP, OWNER, as_account};
use crate::support::faulty_disk::{EIO, ENOSPC, Effects, Fault, FaultyDisk};
use crate::support::folder::{Mount, Protected, names, run};
use crate::support::needs;
use crate::support::store::{BACKUP, New, OLD, lock, replace, replace_beside};

const CODES: [&str; 20] = [
    "not-found",
    "dangling-link",
    "permission-denied",
    "unreadable",
    "not-a-file",
    "too-large",
    "contains-nul",
    "no-data",
    "interrupted",
    "locked",
    "changed-meanwhile",
    "path-moved",
    "in-the-way",
    "not-private",
    "bind-mounted",
    "immutable",
    "append-only",
    "io",
    "not-flushed",
    "not-read-back",
];

#[test]
fn the_codes() {
    let codes: Vec<&str> = StoreErrorCode::iter().map(Into::into).collect();
    assert_eq!(codes, CODES);
}

/// A folder with a CS.cfg.
fn file_in(folder: &Path, bytes: &[u8]) -> PathBuf {
    let file = folder.join("CS.cfg");
    fs::write(&file, bytes).unwrap();
    file
}

fn read(path: &Path) -> StoreError {
    Target::open(&Os, path).and_then(|target| target.read()).unwrap_err()
}

/// The last of some calls fails.
fn last_fails(file: &Path, call: &str) -> StoreError {
    let count = |fault: Fault<'_>, at: usize| {
        fs::write(file, OLD).unwrap();
        let effects = Effects::new(fault, at);
        let replaced = replace(&FaultyDisk(&effects), file, None);
        (effects.hits(), replaced)
    };
    let (hits, _) = count(Fault::Watch(&|_| ()), 0);
    let last = hits.iter().rposition(|hit| hit == call).unwrap();
    count(Fault::Error(EIO), last).1.unwrap_err()
}

/// Situations that need no rights.
fn anywhere(folder: &Path) -> Vec<StoreError> {
    let mut errors = vec![read(&folder.join("missing")), read(folder)];
    symlink("nowhere", folder.join("dangling")).unwrap();
    errors.push(read(&folder.join("dangling")));
    let file = file_in(folder, b"a=\0");
    errors.push(read(&file));
    errors.push(read(&file.join("below-a-file")));
    fs::File::create(&file).unwrap().set_len(MAX_SIZE + 1).unwrap();
    errors.push(read(&file));
    let file = file_in(folder, OLD);

    let pipe = folder.join("pipe");
    assert!(run("mkfifo", &[], &pipe));
    let patience = Patience { silence: Duration::from_millis(50), ..Patience::default() };
    for interrupted in [false, true] {
        errors.push(read_stream(&Os, Stream::Pipe(&pipe), patience, &|| interrupted).unwrap_err());
    }

    let locked = lock(&Os, &file).unwrap();
    let error = Target::open(&Os, &file).unwrap().lock().err().unwrap();
    // Here the holder is this very process; the kernel may list it under another number in a container.
    let StoreError::Locked { holder, .. } = &error else { panic!("{error:?}") };
    assert!(holder.as_ref().is_none_or(|holder| holder.pid == std::process::id()), "{holder:?}");
    errors.push(error);
    let seen = locked.target().read().unwrap();
    fs::write(&file, "somebody=else\n").unwrap();
    errors.push(locked.replace(&seen, &New(b"")).unwrap_err());
    let seen = locked.target().read().unwrap();
    fs::rename(folder, folder.with_extension("moved")).unwrap();
    errors.push(locked.replace(&seen, &New(b"")).unwrap_err());
    fs::rename(folder.with_extension("moved"), folder).unwrap();
    drop(locked);

    for nth in 0..10_000 {
        let more = if nth > 1 { format!("-{nth}") } else { String::new() };
        fs::write(folder.join(format!("{BACKUP}{more}")), "").unwrap();
    }
    errors.push(replace_beside(&file).unwrap_err());
    for call in ["sync", "resolve"] {
        errors.push(last_fails(&file, call));
    }
    fs::write(&file, OLD).unwrap();
    let effects = Effects::new(Fault::Lasting(ENOSPC), 60);
    errors.push(replace(&FaultyDisk(&effects), &file, Some(None)).unwrap_err());
    errors
}

/// Situations that need root, and mounts.
fn as_root(folder: &Path) -> Vec<StoreError> {
    let file = file_in(folder, OLD);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    let mut errors = vec![as_account(OWNER, GROUP, || read(&file))];
    for flag in ['i', 'a'] {
        let _protected = Protected::new(&file, flag);
        errors.push(replace_beside(&file).unwrap_err());
    }
    let mount = Mount::bind(&file, &file).unwrap();
    errors.push(replace_beside(&file).unwrap_err());
    drop(mount);
    // The owner is quick enough to put a directory of his own there.
    let exchange = || {
        for name in names(folder).iter().filter(|name| name.contains(".tmp.")) {
            fs::rename(folder.join(name), folder.join("aside")).unwrap();
            fs::create_dir(folder.join(name)).unwrap();
            chown(folder.join(name), Some(OWNER), Some(GROUP)).unwrap();
        }
    };
    for at in 0.. {
        let effects = Effects::new(Fault::Act(&exchange), at);
        let replaced = replace(&FaultyDisk(&effects), &file, None);
        assert!(!effects.hits().is_empty(), "a directory of somebody else is used");
        if let Err(error @ StoreError::NotPrivate { .. }) = replaced {
            assert_eq!(fs::read(&file).unwrap(), OLD);
            errors.push(error);
            break;
        }
        let _ = fs::remove_dir_all(folder.join("aside"));
        fs::write(&file, OLD).unwrap();
    }
    errors
}

#[test]
fn each_code_has_its_situation() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut errors = anywhere(folders[0].path());
    let is_complete = needs::mount() && needs::chattr(folders[1].path());
    if is_complete {
        errors.extend(as_root(folders[1].path()));
    }
    let mut by_code: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for error in &errors {
        let text = error.to_string();
        assert!(!text.contains('\n') && text.len() < 400, "{text}");
        by_code.entry(error.code()).or_default().push(text);
    }
    let missing: Vec<&str> =
        StoreErrorCode::iter().map(Into::into).filter(|code: &&str| !by_code.contains_key(code)).collect();
    let rights = ["permission-denied", "immutable", "append-only", "bind-mounted", "not-private"];
    assert!(missing.iter().all(|code| !is_complete && rights.contains(code)), "{missing:?}, {by_code:#?}");
}
