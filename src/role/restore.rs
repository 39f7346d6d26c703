//! The role's keys back from a backup, into today's file.
//!
//! Never the whole file: its serial-number ranges (`dbs.*`) are stale. Only where today's file is,
//! but for the role's keys, line for line the backup, the result is the backup byte for byte.

use indexmap::IndexSet;

use super::owned::Owned;
use super::recorder::{Edited, Recorder, text};
use super::{File, Refusal};
use crate::cs_cfg::{CsCfg, Key, Value};

const RESTORED: &str = "put back from the backup";

/// Edits the owned keys to what they are in the backup. Lines that are right already stay as they
/// are, even where they could not be written.
///
/// # Errors
/// [`Refusal`] when a value of the backup cannot be written.
pub(super) fn restore<'a>(cfg: &mut CsCfg<'a>, backup: &'a CsCfg<'a>, owned: Owned) -> Result<Edited, Refusal> {
    let keys = owned_keys(cfg, backup, owned);
    let mut edit = Recorder::new(cfg);
    for key in keys {
        let wanted = backup.get(&key);
        if edit.cfg.get(&key) == wanted {
            continue;
        }
        let line = backup.line_number(&key).unwrap_or_default();
        let name = text(&key);
        let unwritable = |why| Refusal::Unwritable { file: File::From, key: name.clone(), line, why };
        match wanted {
            Some(value) => {
                // Blanks at its ends cannot be written, and no such setting needs them.
                let value = Value::new(value.trim_ascii().to_vec()).map_err(unwritable)?;
                edit.set(&Key::new(key).map_err(unwritable)?, &value, RESTORED)?;
            }
            None => edit.remove(&name, RESTORED)?,
        }
    }
    Ok(edit.edited)
}

/// The owned keys of both files: the backup's, then those that only today's file has. In key order,
/// or in the order of the backup where today's file is not in key order.
fn owned_keys(today: &CsCfg<'_>, backup: &CsCfg<'_>, owned: Owned) -> IndexSet<Vec<u8>> {
    let mut theirs: Vec<_> = backup.keys_with_prefix(b"").filter(|key| owned.holds(key)).collect();
    if !today.is_in_key_order() {
        theirs.sort_by_cached_key(|key| backup.line_number(key));
    }
    let ours = today.keys_with_prefix(b"").filter(|key| owned.holds(key));
    theirs.into_iter().chain(ours).map(<[u8]>::to_vec).collect()
}

/// Whether the two files differ in nothing but the owned keys.
pub(super) fn is_otherwise_equal(today: &CsCfg<'_>, backup: &CsCfg<'_>, owned: Owned) -> bool {
    owned.other_lines(today) == owned.other_lines(backup)
}

/// What changes when such a file becomes the backup again.
pub(super) fn differences(today: &mut CsCfg<'_>, backup: &CsCfg<'_>, owned: Owned) -> Edited {
    let keys = owned_keys(today, backup, owned);
    let mut edit = Recorder::new(today);
    for key in keys {
        let before = edit.text(&key);
        let after = backup.get(&key);
        if edit.cfg.get(&key) != after {
            edit.record(&key, before, after.as_deref(), RESTORED);
        }
    }
    edit.edited
}

/// Whether the settings that begin with `prefix` differ between the two.
pub(super) fn differs(today: &CsCfg<'_>, backup: &CsCfg<'_>, prefix: &str) -> bool {
    let differs = |one: &CsCfg<'_>, other: &CsCfg<'_>| {
        one.keys_with_prefix(prefix.as_bytes()).any(|key| one.get(key) != other.get(key))
    };
    differs(today, backup) || differs(backup, today)
}
