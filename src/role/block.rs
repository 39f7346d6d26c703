//! A block of settings with one prefix, carried from one CS.cfg into another.

use std::borrow::Cow;

use super::recorder::Recorder;
use super::{File, Refusal, Warning};
use crate::cs_cfg::{CsCfg, Key, Unwritable, Value};

/// One setting of a block, and the reason for it.
pub(super) struct Setting<'a> {
    pub key: Key<'a>,
    pub value: Value<'a>,
    pub reason: &'static str,
}

const DELETED: &str = "deleted: the copied block has no such line";

/// The settings of `from` that begin with `prefix`, in the order in which they are to stand.
///
/// Blanks at the ends of values are left out: the server keeps those at the end, `pki-server` drops
/// them, so they cannot be written, and no such setting needs them.
pub(super) fn read<'a>(
    edit: &mut Recorder<'_, '_>,
    from: &'a CsCfg<'a>,
    prefix: &'static str,
    reason: &'static str,
) -> Result<Vec<Setting<'a>>, Refusal> {
    let mut block = Vec::new();
    for (key, value) in from.properties_with_prefix(prefix.as_bytes()) {
        let name = || String::from_utf8_lossy(key).into_owned();
        let unwritable = |why: Unwritable| {
            let line = from.line_number(key).unwrap_or_default();
            Refusal::Unwritable { file: File::From, key: name(), line, why }
        };
        let trimmed = trim(&value);
        if trimmed.len() < value.len() {
            edit.warn(Warning::ValueTrimmed { key: name() });
        }
        let value = Value::new(trimmed).map_err(unwritable)?;
        block.push(Setting { key: Key::new(key.clone()).map_err(unwritable)?, value, reason });
    }
    if !edit.cfg.is_in_key_order() {
        block.sort_by_cached_key(|setting| from.line_number(setting.key.as_bytes()));
    }
    Ok(block)
}

/// Makes the settings of the document that begin with `prefix` those of `block`, in the place where
/// the old ones began. Does nothing where they are these already.
pub(super) fn put<'a>(
    edit: &mut Recorder<'_, 'a>,
    prefix: &'static str,
    block: Vec<Setting<'a>>,
) -> Result<(), Refusal> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let has_shadowed = edit.cfg.has_shadowed(prefix.as_bytes());
    let mut wanted: Vec<&Setting<'_>> = block.iter().collect();
    wanted.sort_by(|one, other| one.key.cmp(&other.key));
    // Both sides in key order, side by side. What is told: the key, its value before and now.
    let mut old = edit.cfg.properties_with_prefix(prefix.as_bytes()).peekable();
    let mut told = Vec::new();
    let mut set = Vec::new();
    for Setting { key, value, reason } in wanted {
        while let Some((gone, before)) = old.next_if(|(old, _)| ***old < *key.as_bytes()) {
            told.push((gone.to_vec(), Some(text(&before)), None, DELETED));
        }
        let before = old.next_if(|(old, _)| ***old == *key.as_bytes()).map(|(_, before)| before);
        if has_shadowed || before.as_deref() != Some(value.as_bytes()) {
            let before = before.map(|before| text(&before));
            set.push((key.as_bytes().to_vec(), before, Some(value.as_bytes().to_vec()), *reason));
        }
    }
    told.extend(old.map(|(gone, before)| (gone.to_vec(), Some(text(&before)), None, DELETED)));
    told.extend(set);
    if told.is_empty() && edit.cfg.is_undisputed(prefix.as_bytes()) {
        return Ok(());
    }
    for (key, before, after, reason) in told {
        edit.record(&key, before, after.as_deref(), reason);
    }
    let entries = block.into_iter().map(|Setting { key, value, .. }| (key, value));
    Ok(edit.cfg.replace_prefix(&Key::literal(prefix), entries)?)
}

/// The value without the blanks at its ends. What borrows from a file stays borrowed.
fn trim<'v>(value: &Cow<'v, [u8]>) -> Cow<'v, [u8]> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.trim_ascii()),
        Cow::Owned(value) => Cow::Owned(value.trim_ascii().to_vec()),
    }
}
