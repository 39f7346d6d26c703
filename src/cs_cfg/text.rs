//! What may be written into a CS.cfg, by type.
//!
//! A [`Key`] and a [`Value`] hold only text that both readers of a CS.cfg read alike, wherever in the
//! file it is. No other text reaches a file through this crate, so that no line can be injected
//! through a host name, or through a lone CR in another server's file. They borrow from the file that
//! they are copied from.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

/// A key that both readers read alike: one or more of `A-Z a-z 0-9 . _ -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<'t>(Cow<'t, [u8]>);

/// A value that both readers read alike: printable ASCII, no blank at either end, no backslash at
/// the end. May be empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value<'t>(Cow<'t, [u8]>);

/// Why a text cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnwritableError {
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

impl<'t> Key<'t> {
    /// Takes a text as key.
    ///
    /// # Errors
    /// [`UnwritableError`] when the two readers would not both read it as this key.
    pub fn new(text: impl AsRef<[u8]>) -> Result<Key<'static>, UnwritableError> {
        Ok(Key(Cow::Owned(Key::borrowed(text.as_ref())?.0.into_owned())))
    }

    /// Takes a text as key, where it is.
    ///
    /// # Errors
    /// The same.
    pub fn borrowed(text: &'t [u8]) -> Result<Key<'t>, UnwritableError> {
        Key::check(text)?;
        Ok(Key(Cow::Borrowed(text)))
    }

    /// Whether a text is a key.
    ///
    /// # Errors
    /// The same.
    pub fn check(text: &[u8]) -> Result<(), UnwritableError> {
        check_key(text, all(text, is_key_byte))
    }

    /// A key that is spelled out in the program.
    ///
    /// # Panics
    /// Where the text is no key; in a constant that is an error of the compiler.
    pub const fn literal(text: &'static str) -> Key<'static> {
        let mut rest = text.as_bytes();
        let mut has_alphabet = true;
        while let [byte, behind @ ..] = rest {
            has_alphabet &= is_key_byte(*byte);
            rest = behind;
        }
        assert!(check_key(text.as_bytes(), has_alphabet).is_ok(), "not a key that can be written");
        Key(Cow::Borrowed(text.as_bytes()))
    }

    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'t> Value<'t> {
    /// Takes a text as value.
    ///
    /// # Errors
    /// [`UnwritableError`] when the two readers would not both read it as this value.
    pub fn new(text: impl AsRef<[u8]>) -> Result<Value<'static>, UnwritableError> {
        Ok(Value(Cow::Owned(Value::borrowed(text.as_ref())?.0.into_owned())))
    }

    /// Takes a text as value, where it is.
    ///
    /// # Errors
    /// The same.
    pub fn borrowed(text: &'t [u8]) -> Result<Value<'t>, UnwritableError> {
        Value::check(text)?;
        Ok(Value(Cow::Borrowed(text)))
    }

    /// Whether a text is a value.
    ///
    /// # Errors
    /// The same.
    pub fn check(text: &[u8]) -> Result<(), UnwritableError> {
        check_value(text, all(text, is_printable))
    }

    /// A value that is spelled out in the program.
    ///
    /// # Panics
    /// Where the text is no value; in a constant that is an error of the compiler.
    pub const fn literal(text: &'static str) -> Value<'static> {
        let mut rest = text.as_bytes();
        let mut has_alphabet = true;
        while let [byte, behind @ ..] = rest {
            has_alphabet &= is_printable(*byte);
            rest = behind;
        }
        assert!(check_value(text.as_bytes(), has_alphabet).is_ok(), "not a value that can be written");
        Value(Cow::Borrowed(text.as_bytes()))
    }

    /// The value's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<bool> for Value<'_> {
    fn from(is_on: bool) -> Self {
        Value::literal(if is_on { "true" } else { "false" })
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Value(Cow::Owned(number.to_string().into_bytes()))
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Value(Cow::Owned(number.to_string().into_bytes()))
    }
}

impl AsRef<[u8]> for Key<'_> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({self})")
    }
}

const fn check_key(text: &[u8], has_alphabet: bool) -> Result<(), UnwritableError> {
    match text {
        [] => Err(UnwritableError::EmptyKey),
        _ if !has_alphabet => Err(UnwritableError::KeyAlphabet),
        _ => Ok(()),
    }
}

const fn check_value(text: &[u8], has_alphabet: bool) -> Result<(), UnwritableError> {
    match text {
        _ if !has_alphabet => Err(UnwritableError::ValueAlphabet),
        [b' ', ..] | [.., b' '] => Err(UnwritableError::Blank),
        [.., b'\\'] => Err(UnwritableError::Backslash),
        _ => Ok(()),
    }
}

/// Whether all bytes are such ones. There is no way out before the end: so many are looked at at once.
pub(super) fn all(text: &[u8], is_such: impl Fn(u8) -> bool) -> bool {
    text.iter().fold(true, |all, byte| all & is_such(*byte))
}

const fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Printable ASCII, the blank included.
pub(super) const fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}
