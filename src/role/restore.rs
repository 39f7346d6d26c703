//! The role's keys back from a backup, into today's file.
//!
//! Never the whole file: its serial-number ranges (`dbs.*`) are stale. Only where today's file is,
//! but for the role's keys, line for line the backup, the result is the backup byte for byte.

use super::keys::{CRL_PREFIX, INTERVAL, LISTENER, REDIRECT, REFRESH_BOOK, REFRESH_DOGTAG};
use super::proof::other_lines;
use super::recorder::{Edited, Recorder};
use super::{Refusal, block};
use crate::cs_cfg::{CsCfg, Key};

const RESTORED: &str = "put back from the backup";

/// Whether some conversion may change the key.
pub(super) fn is_role_key(key: &[u8]) -> bool {
    key.starts_with(CRL_PREFIX.as_bytes()) || single_keys().any(|name| name.as_bytes() == key)
}

/// The role's keys outside the copied block.
fn single_keys() -> impl Iterator<Item = &'static str> {
    let [host, port] = &REDIRECT;
    [INTERVAL.name, LISTENER.name, host.name, port.name, REFRESH_BOOK.name, REFRESH_DOGTAG.name].into_iter()
}

/// Edits the role's keys to what they are in the backup.
///
/// # Errors
/// [`Refusal`] when a value of the backup cannot be written.
pub fn restore<'a>(cfg: &mut CsCfg<'a>, backup: &'a CsCfg<'a>) -> Result<Edited, Refusal> {
    let mut edit = Recorder::new(cfg);
    let settings = block::read(&mut edit, backup, CRL_PREFIX, RESTORED)?;
    block::put(&mut edit, CRL_PREFIX, settings)?;
    for name in single_keys() {
        match block::read(&mut edit, backup, name, RESTORED)?.shift_remove(name.as_bytes()) {
            Some((value, reason)) => edit.set(&Key::literal(name), &value, reason)?,
            None => edit.remove(name, RESTORED)?,
        }
    }
    Ok(edit.edited)
}

/// Whether the two files differ in nothing but the role's keys.
pub fn is_otherwise_equal(today: &CsCfg<'_>, backup: &CsCfg<'_>) -> bool {
    other_lines(today.source(), &is_role_key).eq(other_lines(backup.source(), &is_role_key))
}
