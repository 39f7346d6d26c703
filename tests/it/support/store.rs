//! The file half of a conversion, with bytes that nobody verified.

use std::path::{Path, PathBuf};

use pki_role::host::store::{Disk, Locked, Os, Replacement, StoreError, Target};

pub const OLD: &[u8] = b"cs.type=CA\nca.crl.MasterCRL.enableCRLUpdates=true\nusrgrp.ldap=internaldb\n";
pub const NEW: &[u8] = b"cs.type=CA\nca.crl.MasterCRL.enableCRLUpdates=false\nusrgrp.ldap=internaldb\n";
pub const STAMP: &str = "20260101T000000Z";
pub const BACKUP: &str = "CS.cfg.pki-role.20260101T000000Z";

/// Any bytes at all.
pub struct New<'b>(pub &'b [u8]);

impl Replacement for New<'_> {
    fn bytes(&self) -> &[u8] {
        self.0
    }
}

/// Opens and locks.
pub fn lock<'d>(disk: &'d dyn Disk, file: &Path) -> Result<Locked<'d>, StoreError> {
    patiently(|| Target::open(disk, file)?.lock(), |locked| matches!(locked, Err(StoreError::Locked { .. })))
}

/// Tries again while a lock is in the way: another test may just be starting a program. Until that
/// runs, it has a copy of the handle of the run before, and with it its lock.
pub fn patiently<T>(mut attempt: impl FnMut() -> T, is_locked: impl Fn(&T) -> bool) -> T {
    let mut tried = attempt();
    for _ in 0..5000 {
        if !is_locked(&tried) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
        tried = attempt();
    }
    tried
}

/// The change that is made in these tests.
pub fn edited(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(bytes).replace("true", "false").into_bytes()
}

/// As `convert` does it: rehearse, look again, back up, replace; a backup of what was not replaced is
/// removed. Gives the backup. `folder` is where it goes, if one is made: another folder, or beside.
pub fn replace(disk: &dyn Disk, file: &Path, folder: Option<Option<&Path>>) -> Result<Option<PathBuf>, StoreError> {
    let locked = lock(disk, file)?;
    locked.sweep(folder.flatten());
    let seen = locked.target().read()?;
    locked.rehearse(&seen, &New(&edited(&seen.bytes)), folder)?;
    let seen = locked.target().read()?;
    let backup = folder.map(|folder| locked.back_up(&seen, folder, STAMP)).transpose()?;
    let path = backup.as_ref().map(|backup| backup.path().to_owned());
    let replaced = locked.replace(&seen, &New(&edited(&seen.bytes)));
    if let (Err(error), Some(backup)) = (&replaced, backup)
        && !error.is_replaced()
    {
        let _ = locked.remove_backup(&backup);
    }
    replaced.map(|()| path)
}

/// The same with the real disk and a backup beside the file.
pub fn replace_beside(file: &Path) -> Result<PathBuf, StoreError> {
    replace(&Os, file, Some(None)).map(|backup| backup.unwrap())
}
