//! A block of settings with one prefix, carried from one CS.cfg into another.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::recorder::Recorder;
use super::{File, Refusal, Warning};
use crate::cs_cfg::{CsCfg, Key, Unwritable, Value};

/// The settings, each with the reason for it, in the order in which they are to stand.
pub(super) type Block<'a> = IndexMap<Key<'a>, (Value<'a>, &'static str)>;

const DELETED: &str = "deleted: the copied block has no such line";

/// The settings of `from` that begin with `prefix`.
///
/// Blanks at the ends of values are left out: the server keeps those at the end, `pki-server` drops
/// them, so they cannot be written, and no such setting needs them.
pub(super) fn read<'a>(
    edit: &mut Recorder<'_, '_>,
    from: &'a CsCfg<'a>,
    prefix: &str,
    reason: &'static str,
) -> Result<Block<'a>, Refusal> {
    let mut block = Block::new();
    for key in from.keys_with_prefix(prefix.as_bytes()) {
        let value = from.get(key).unwrap_or_default();
        let name = || String::from_utf8_lossy(key).into_owned();
        let trimmed = trim(&value);
        if trimmed.len() < value.len() {
            edit.warn(Warning::ValueTrimmed { key: name() });
        }
        let line = from.line_number(key).unwrap_or_default();
        let unwritable = |why: Unwritable| Refusal::Unwritable { file: File::From, key: name(), line, why };
        block.insert(Key::new(key.clone()).map_err(unwritable)?, (Value::new(trimmed).map_err(unwritable)?, reason));
    }
    Ok(block)
}

/// Makes the settings of the document that begin with `prefix` those of `block`, in the place where
/// the old ones began. Does nothing where they are these already.
pub(super) fn put<'a>(edit: &mut Recorder<'_, 'a>, prefix: &'static str, block: Block<'a>) -> Result<(), Refusal> {
    let keys = edit.cfg.keys_with_prefix(prefix.as_bytes());
    let old: IndexMap<Vec<u8>, Vec<u8>> =
        keys.map(|key| (key.to_vec(), edit.cfg.get(key).map(Cow::into_owned).unwrap_or_default())).collect();
    let is_same = |(key, (value, _)): (&Key<'_>, &(Value<'_>, _))| {
        old.get(key.as_bytes()).is_some_and(|old| old == value.as_bytes())
    };
    let is_clean = edit.cfg.is_undisputed(prefix.as_bytes()) && !edit.cfg.has_shadowed(prefix.as_bytes());
    if block.len() == old.len() && block.iter().all(is_same) && is_clean {
        return Ok(());
    }
    let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    for (key, before) in old.iter().filter(|(key, _)| !block.contains_key(key.as_slice())) {
        edit.record(key, Some(text(before)), None, DELETED);
    }
    for (key, (value, reason)) in &block {
        edit.record(key.as_bytes(), old.get(key.as_bytes()).map(text), Some(value.as_bytes()), reason);
    }
    edit.cfg.replace_prefix(&Key::literal(prefix), block.into_iter().map(|(key, (value, _))| (key, value)))?;
    Ok(())
}

/// The value without the blanks at its ends. What borrows from a file stays borrowed.
fn trim<'v>(value: &Cow<'v, [u8]>) -> Cow<'v, [u8]> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.trim_ascii()),
        Cow::Owned(value) => Cow::Owned(value.trim_ascii().to_vec()),
    }
}
