//! A block of settings with one prefix, carried from one CS.cfg into another.

use super::recorder::{Change, Recorder, text};
use super::{File, Refusal, Warning};
use crate::cs_cfg::{Assignment, CsCfg, Key, SourceProperty};

/// The settings, in key order.
pub(super) type Block<'a> = Vec<Assignment<'a>>;

const DELETED: &str = "deleted: the copied block has no such line";

/// The settings of `from` that begin with `prefix`.
pub(super) fn read<'a>(
    edit: &mut Recorder<'_, '_>,
    from: &'a CsCfg<'a>,
    prefix: &'static str,
) -> Result<Block<'a>, Refusal> {
    let properties = from.source_properties(prefix.as_bytes());
    let mut block = Vec::with_capacity(properties.size_hint().1.unwrap_or_default());
    for property in properties {
        let setting = property.assignment().map_err(|why| Refusal::Unwritable {
            file: File::From,
            key: text(property.key()),
            line: property.line_number(),
            why,
        })?;
        if !property.says(&setting) {
            edit.warn(Warning::ValueTrimmed { key: text(property.key()) });
        }
        block.push(setting);
    }
    Ok(block)
}

/// Makes the settings of the document that begin with `prefix` those of `block`, in the place where
/// the old ones began. Does nothing where they are these already. `reason` tells why a key is there.
/// No key below `prefix` may have been edited before. A document out of key order gets them in the
/// order of `from`, which they are of.
pub(super) fn put<'a>(
    edit: &mut Recorder<'_, 'a>,
    prefix: &'static str,
    mut block: Block<'a>,
    from: &CsCfg<'a>,
    reason: impl Fn(&[u8]) -> &'static str,
) -> Result<(), Refusal> {
    let Recorder { cfg, edited } = edit;
    let has_shadowed = cfg.has_shadowed(prefix.as_bytes());
    let mut old = cfg.source_properties(prefix.as_bytes()).peekable();
    let mut deleted: Vec<SourceProperty<'_, '_>> = Vec::new();
    let mut set: Vec<(&Assignment<'_>, Option<SourceProperty<'_, '_>>)> = Vec::new();
    for setting in &block {
        if !has_shadowed && old.next_if(|there| there.says(setting)).is_some() {
            continue;
        }
        deleted.extend(std::iter::from_fn(|| old.next_if(|there| there.key() < setting.key())));
        let before = old.next_if(|there| there.key() == setting.key());
        if has_shadowed || before.is_none_or(|before| !before.says(setting)) {
            set.push((setting, before));
        }
    }
    deleted.extend(old);
    if deleted.is_empty() && set.is_empty() && cfg.is_undisputed(prefix.as_bytes()) {
        return Ok(());
    }
    let change = |key: &[u8], before: Option<SourceProperty<'_, '_>>, after: Option<String>, reason| {
        let line = before.map(|before| before.line_number());
        let shadowed = before.map(|before| before.shadowed()).unwrap_or_default();
        (Change { key: text(key), before: before.map(|before| text(&before.value())), after, line, reason }, shadowed)
    };
    let deleted = deleted.into_iter().map(|before| change(before.key(), Some(before), None, DELETED));
    let set = set
        .into_iter()
        .map(|(setting, before)| change(setting.key(), before, Some(text(setting.value())), reason(setting.key())));
    deleted.chain(set).for_each(|(change, shadowed)| edited.record(change, shadowed));
    if !cfg.is_in_key_order() {
        block.sort_by_cached_key(|setting| from.line_number(setting.key()).unwrap_or(usize::MAX));
    }
    Ok(cfg.replace_prefix(&Key::literal(prefix), block)?)
}
