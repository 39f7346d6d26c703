//! Names and texts in the keys and values of a CS.cfg.

use std::borrow::Cow;

use crate::cs_cfg::{Children, CsCfg, Key, Section, UnwritableError, Value};

/// The groups below a prefix with their names as text. A name that begins with `_` is a pseudo comment of
/// Dogtag's and not among them; one that is not UTF-8 is spelled with replacement characters.
pub(super) fn named<'c, 'p, 'a>(children: &'c Children<'p, 'a>) -> Vec<(String, &'c Section<'p, 'a>)> {
    let groups = children.groups.iter().filter(|(name, _)| !name.starts_with(b"_"));
    let mut named: Vec<_> = groups.map(|(name, group)| (String::from_utf8_lossy(name).into_owned(), group)).collect();
    // Names that only look alike are one.
    named.dedup_by(|(next, _), (name, _)| next == name);
    named
}

/// The names of the groups below a prefix alone: what stands between it and the next dot.
pub(super) fn names_below(cfg: &CsCfg<'_>, prefix: &str) -> Vec<String> {
    named(&cfg.children(prefix.as_bytes())).into_iter().map(|(name, _)| name).collect()
}

/// A value as text, trimmed; nothing where it is absent or empty.
pub(super) fn text_of(cfg: &CsCfg<'_>, key: &str) -> Option<String> {
    let value = cfg.get(key.as_bytes()).map(|value| String::from_utf8_lossy(&value).trim().to_owned());
    value.filter(|value| !value.is_empty())
}

/// The first of several values that is there.
pub(super) fn first_of(cfg: &CsCfg<'_>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text_of(cfg, key))
}

/// Whether a switch that is off by default is on.
pub(super) fn is_on(cfg: &CsCfg<'_>, key: &str) -> bool {
    cfg.get(key.as_bytes()).is_some_and(|value| value.eq_ignore_ascii_case(b"true"))
}

/// A parameter of another file as it can be written: blanks at the ends of its value are left out,
/// since the two readers disagree on them and no such parameter needs them. Says whether there were any.
pub(super) fn parameter_of<'t>(
    key: &'t [u8],
    value: Cow<'t, [u8]>,
) -> Result<(Key<'t>, Value<'t>, bool), UnwritableError> {
    let key = Key::borrowed(key)?;
    let is_trimmed = value.trim_ascii().len() != value.len();
    let value = match value {
        Cow::Borrowed(text) => Value::borrowed(text.trim_ascii())?,
        Cow::Owned(text) => Value::new(text.trim_ascii())?,
    };
    Ok((key, value, is_trimmed))
}

/// Whether a parameter of another file can be written so.
pub(super) fn can_be_written(key: &[u8], value: &[u8]) -> bool {
    Key::check(key).and_then(|()| Value::check(value.trim_ascii())).is_ok()
}
