//! A block of settings with one prefix, carried from one CS.cfg into another.

use std::borrow::Cow;

use super::recorder::Recorder;
use super::{File, Refusal, Warning};
use crate::cs_cfg::{CsCfg, Key, Unwritable, Value};

/// The settings in the order in which they are to stand.
pub(super) type Block<'a> = Vec<(Key<'a>, Value<'a>)>;

const DELETED: &str = "deleted: the copied block has no such line";

/// The settings of `from` that begin with `prefix`, in the order in which they are to stand.
///
/// Blanks at the ends of values are left out: the server keeps those at the end, `pki-server` drops
/// them, so they cannot be written, and no such setting needs them.
pub(super) fn read<'a>(
    edit: &mut Recorder<'_, '_>,
    from: &'a CsCfg<'a>,
    prefix: &'static str,
) -> Result<Block<'a>, Refusal> {
    let mut block = Vec::new();
    for (key, value) in from.properties_with_prefix(prefix.as_bytes()) {
        let name = || String::from_utf8_lossy(&key).into_owned();
        let unwritable = |why: Unwritable| {
            let line = from.line_number(&key).unwrap_or_default();
            Refusal::Unwritable { file: File::From, key: name(), line, why }
        };
        let trimmed = trim(&value);
        if trimmed.len() < value.len() {
            edit.warn(Warning::ValueTrimmed { key: name() });
        }
        let value = Value::new(trimmed).map_err(unwritable)?;
        block.push((Key::new(key.clone()).map_err(unwritable)?, value));
    }
    if !edit.cfg.is_in_key_order() {
        block.sort_by_cached_key(|(key, _)| from.line_number(key.as_bytes()));
    }
    Ok(block)
}

/// Makes the settings of the document that begin with `prefix` those of `block`, in the place where
/// the old ones began. Does nothing where they are these already. `reason` tells why a key is there.
/// No key below `prefix` may have been edited before: those are no longer in key order.
pub(super) fn put<'a>(
    edit: &mut Recorder<'_, 'a>,
    prefix: &'static str,
    block: Block<'a>,
    reason: impl Fn(&[u8]) -> &'static str,
) -> Result<(), Refusal> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let has_shadowed = edit.cfg.has_shadowed(prefix.as_bytes());
    // Both sides in key order, side by side. What is told: the key, its value before and now.
    let mut wanted: Vec<_> = block.iter().collect();
    wanted.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut old = edit.cfg.properties_with_prefix(prefix.as_bytes()).peekable();
    let mut deleted = Vec::new();
    let mut set = Vec::new();
    for (key, value) in wanted {
        let mut before = None;
        while let Some((there, now)) = old.next_if(|(there, _)| **there <= *key.as_bytes()) {
            if *there != *key.as_bytes() {
                deleted.push((there.into_owned(), text(&now)));
            } else {
                before = Some(now);
            }
        }
        if has_shadowed || before.as_deref() != Some(value.as_bytes()) {
            set.push((key.clone(), before.map(|before| text(&before)), value.clone()));
        }
    }
    deleted.extend(old.map(|(there, before)| (there.into_owned(), text(&before))));
    if deleted.is_empty() && set.is_empty() && edit.cfg.is_undisputed(prefix.as_bytes()) {
        return Ok(());
    }
    for (key, before) in deleted {
        edit.record(&key, Some(before), None, DELETED);
    }
    for (key, before, value) in set {
        edit.record(key.as_bytes(), before, Some(value.as_bytes()), reason(key.as_bytes()));
    }
    Ok(edit.cfg.replace_prefix(&Key::literal(prefix), block)?)
}

/// The value without the blanks at its ends. What borrows from a file stays borrowed.
fn trim<'v>(value: &Cow<'v, [u8]>) -> Cow<'v, [u8]> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.trim_ascii()),
        Cow::Owned(value) => Cow::Owned(value.trim_ascii().to_vec()),
    }
}
