//! What both readers make of a text: parts of it, and the parameters in it.

use std::borrow::Cow;

/// A parameter, as one of the readers sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue<'a> {
    /// Everything before the separator, without the blanks around it. May be empty.
    pub key: Cow<'a, [u8]>,
    /// Everything behind the separator.
    pub value: Cow<'a, [u8]>,
}

/// The first `length` bytes of a text that has as many.
pub(in crate::cs_cfg) fn head(text: &[u8], length: usize) -> &[u8] {
    text.split_at(length).0
}

/// A text from one of its places on.
pub(in crate::cs_cfg) fn tail(text: &[u8], from: usize) -> &[u8] {
    text.split_at(from).1
}
