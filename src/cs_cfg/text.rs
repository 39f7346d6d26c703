//! What may be written into a CS.cfg, by type.
//!
//! A [`Key`], a [`Value`] and an [`Assignment`] hold only text that both readers of a CS.cfg read
//! alike, wherever in the file it stands. No other text reaches a file through this crate, so that no
//! line can be injected through a host name, or through a lone CR in another server's file.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

/// A key that both readers read alike: one or more of `A-Z a-z 0-9 . _ -`.
#[derive(Clone, PartialEq, Eq)]
pub struct Key<'a>(Cow<'a, [u8]>);

/// A value that both readers read alike: printable ASCII, no blank at either end, no backslash at
/// the end. May be empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Value<'a>(Cow<'a, [u8]>);

/// A whole line that both readers read alike, without what ends it: a key, `=`, a value.
///
/// One text and no pair: lines are copied by the thousand, mostly as they stand in the other file.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment<'a> {
    text: Cow<'a, [u8]>,
    key_length: usize,
}

/// Why a text cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unwritable {
    /// The key is empty.
    #[error("the key is empty")]
    EmptyKey,
    /// The key holds a byte outside the alphabet of keys.
    #[error("the key holds a character other than A-Z a-z 0-9 . _ -")]
    KeyAlphabet,
    /// The value holds something else than printable ASCII.
    #[error("the value holds a character that is not printable ASCII")]
    ValueAlphabet,
    /// The value begins or ends with a blank.
    #[error("the value begins or ends with a blank")]
    Blank,
    /// The value ends with a backslash and would join the next line.
    #[error("the value ends with a backslash, which joins the next line")]
    Backslash,
}

impl<'a> Key<'a> {
    /// Takes a text as key.
    ///
    /// # Errors
    /// [`Unwritable`] when the two readers would not both read it as this key.
    pub fn new(text: impl Into<Cow<'a, [u8]>>) -> Result<Key<'a>, Unwritable> {
        let text = text.into();
        if text.is_empty() {
            return Err(Unwritable::EmptyKey);
        }
        if !all(&text, is_key_byte) {
            return Err(Unwritable::KeyAlphabet);
        }
        Ok(Key(text))
    }

    /// A key of the role tables. A text that is no key would be a bug, which the tables' test finds.
    pub(crate) const fn literal(text: &'static str) -> Key<'static> {
        Key(Cow::Borrowed(text.as_bytes()))
    }

    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Cow<'a, [u8]> {
        self.0
    }
}

impl<'a> Value<'a> {
    /// Takes a text as value.
    ///
    /// # Errors
    /// [`Unwritable`] when the two readers would not both read it as this value.
    pub fn new(text: impl Into<Cow<'a, [u8]>>) -> Result<Value<'a>, Unwritable> {
        let text = text.into();
        if !all(&text, is_printable) {
            return Err(Unwritable::ValueAlphabet);
        }
        match (text.first(), text.last()) {
            (Some(b' '), _) | (_, Some(b' ')) => Err(Unwritable::Blank),
            (_, Some(b'\\')) => Err(Unwritable::Backslash),
            _ => Ok(Value(text)),
        }
    }

    /// A value of the role tables. A text that is no value would be a bug, which the tables' test finds.
    pub(crate) const fn literal(text: &'static str) -> Value<'static> {
        Value(Cow::Borrowed(text.as_bytes()))
    }

    /// The value's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Cow<'a, [u8]> {
        self.0
    }
}

impl<'a> Assignment<'a> {
    /// Gives `key` a value.
    pub fn new(key: &Key<'_>, value: &Value<'_>) -> Assignment<'a> {
        let text = [key.as_bytes(), b"=", value.as_bytes()].concat();
        Assignment { text: Cow::Owned(text), key_length: key.as_bytes().len() }
    }

    /// Takes a line whose key has this length, if both readers would read it, wherever it stands, as
    /// this key and what stands behind the `=` that follows it.
    pub(super) fn from_line(text: &'a [u8], key_length: usize) -> Option<Assignment<'a>> {
        let (key, rest) = text.split_at_checked(key_length)?;
        let is_one = Key::new(key).is_ok() && Value::new(rest.strip_prefix(b"=")?).is_ok();
        is_one.then_some(Assignment { text: Cow::Borrowed(text), key_length })
    }

    /// The same key with another value.
    pub fn set_value(&mut self, value: &Value<'_>) {
        if self.value() != value.as_bytes() {
            let text = self.text.to_mut();
            text.truncate(self.key_length + 1);
            text.extend_from_slice(value.as_bytes());
        }
    }

    /// The key's bytes.
    pub fn key(&self) -> &[u8] {
        self.text.get(..self.key_length).unwrap_or_default()
    }

    /// The value's bytes.
    pub fn value(&self) -> &[u8] {
        self.text.get(self.key_length + 1..).unwrap_or_default()
    }

    /// The line's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Value(Cow::Owned(number.to_string().into_bytes()))
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0.escape_ascii())
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.0.escape_ascii())
    }
}

impl fmt::Debug for Assignment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Assignment({})", self.text.escape_ascii())
    }
}

/// Whether all bytes are such ones. There is no way out before the end: so many are looked at at once.
pub(super) fn all(text: &[u8], is_such: impl Fn(u8) -> bool) -> bool {
    text.iter().fold(true, |all, byte| all & is_such(*byte))
}

/// The alphabet of keys that both readers agree on.
fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Printable ASCII, the blank included.
pub(super) fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}
