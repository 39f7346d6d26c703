//! What the server makes of a key: absent or empty means its default; a value that it cannot read
//! stops it.

use std::borrow::Cow;

use super::keys::{Kind, RoleKey};
use crate::cs_cfg::Group;

/// One key as it stands in a file and as the server takes it.
pub struct Setting<'a> {
    /// The value in the file, nothing where the key is absent.
    pub value: Option<Cow<'a, [u8]>>,
    /// What the server takes it for.
    pub effective: Effective,
    /// The server takes its own default, since the key is absent or empty.
    pub is_default: bool,
}

/// A value as the server takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effective {
    /// A switch.
    Boolean(bool),
    /// A number.
    Integer(i32),
    /// A text, trimmed.
    Text(String),
    /// No value of the key's kind: the server stops at it.
    Unreadable,
}

/// Reads `key`, whose kind and default are those of `role_key`.
pub fn setting<'c>(group: Group<'c, '_>, key: &[u8], role_key: &RoleKey) -> Setting<'c> {
    let value = group.get(key);
    let is_default = value.as_ref().is_none_or(|value| value.is_empty());
    let text = match &value {
        Some(value) if !is_default => String::from_utf8_lossy(value),
        _ => Cow::Borrowed(role_key.default),
    };
    Setting { effective: Effective::read(&text, role_key.kind), value, is_default }
}

impl Effective {
    fn read(text: &str, kind: Kind) -> Effective {
        match kind {
            Kind::Boolean if text.eq_ignore_ascii_case("true") => Effective::Boolean(true),
            Kind::Boolean if text.eq_ignore_ascii_case("false") => Effective::Boolean(false),
            Kind::Integer => text.parse().map_or(Effective::Unreadable, Effective::Integer),
            Kind::Text => Effective::Text(text.trim_matches(|c| c <= ' ').to_owned()),
            Kind::Boolean => Effective::Unreadable,
        }
    }

    /// The value as a text.
    pub fn text(&self) -> Cow<'static, str> {
        match self {
            Effective::Boolean(true) => "true".into(),
            Effective::Boolean(false) => "false".into(),
            Effective::Integer(value) => value.to_string().into(),
            Effective::Text(value) => value.clone().into(),
            Effective::Unreadable => "unreadable".into(),
        }
    }
}
