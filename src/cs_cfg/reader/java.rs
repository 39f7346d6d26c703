//! The server's reader (Java): where its lines begin and end, and what it makes of each.
//!
//! Nothing is unescaped by it: a backslash matters only at the end of a line, where an odd number of
//! them joins the next line, and inside a key, where it protects the character behind it from being
//! taken for a separator.

use std::borrow::Cow;

use memchr::{memchr2, memchr3};

use super::bytes::{KeyValue, head, tail};

/// One logical line: a run of the file's bytes that the server reads as one comment, one blank
/// line or one parameter. The lines of a file are contiguous and together are the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogicalLine<'a> {
    /// The bytes, line end (if any) included.
    pub raw: &'a [u8],
    /// How many physical lines were joined into this one; at least 1.
    pub physical_lines: usize,
    /// The file ends inside this line's continuation: a line put behind it would be joined to it.
    pub dangling: bool,
}

/// The logical lines of `source`, first to last.
pub fn lines(source: &[u8]) -> impl Iterator<Item = LogicalLine<'_>> {
    let mut rest = source;
    std::iter::from_fn(move || {
        let line = (!rest.is_empty()).then(|| first_line(rest))?;
        rest = tail(rest, line.raw.len());
        Some(line)
    })
}

/// The parameters that the server reads in `text`, which begins and ends with whole lines.
pub fn key_values(text: &[u8]) -> impl Iterator<Item = KeyValue<'_>> {
    lines(text).filter_map(|line| line.key_value())
}

/// The logical line that `text` begins with.
#[inline]
pub(in crate::cs_cfg) fn first_line(text: &[u8]) -> LogicalLine<'_> {
    let (content, end) = physical_line(text);
    if continues(content) && !is_comment(content) {
        return continued_line(text, end);
    }
    LogicalLine { raw: head(text, end), physical_lines: 1, dangling: false }
}

/// The same where the first physical line, which ends at `end`, is continued.
#[cold]
fn continued_line(text: &[u8], mut end: usize) -> LogicalLine<'_> {
    let mut physical_lines = 1;
    let mut is_open = true;
    while is_open && end < text.len() {
        let (content, length) = physical_line(tail(text, end));
        end += length;
        physical_lines += 1;
        is_open = continues(content);
    }
    LogicalLine { raw: head(text, end), physical_lines, dangling: is_open }
}

impl<'a> LogicalLine<'a> {
    /// Key and value, or nothing for an empty line and a comment.
    ///
    /// A comment begins with `#` or `!` in the first column. A line of blanks only is a parameter
    /// with an empty key and an empty value.
    #[inline]
    pub fn key_value(&self) -> Option<KeyValue<'a>> {
        let content = without_ending(self.raw);
        let is_parameter = self.is_continued() || !content.is_empty() && !is_comment(content);
        is_parameter.then(|| self.split())
    }

    /// Key and value of a line that is a parameter. A key that borrows from the file is where its
    /// line begins, or right behind the blanks there.
    pub(in crate::cs_cfg) fn split(&self) -> KeyValue<'a> {
        if !self.is_continued() {
            let parts = Parts::of(without_ending(self.raw));
            return KeyValue { key: Cow::Borrowed(parts.key), value: Cow::Borrowed(parts.value) };
        }
        let joined = self.joined();
        let parts = Parts::of(&joined);
        // Usually the key itself is not broken by the end of a line.
        let key = match trim_start(self.raw) {
            body if body.starts_with(parts.key) => Cow::Borrowed(head(body, parts.key.len())),
            _ => Cow::Owned(parts.key.to_vec()),
        };
        KeyValue { key, value: Cow::Owned(parts.value.to_vec()) }
    }

    /// Whether it is not just what is between two line ends.
    pub(in crate::cs_cfg) fn is_continued(&self) -> bool {
        self.physical_lines > 1 || self.dangling
    }

    /// The text of a continued line: without line ends, without the joining backslashes, without
    /// the blanks that begin each continuation.
    fn joined(&self) -> Vec<u8> {
        let mut joined = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw;
        for nth in 0..self.physical_lines {
            let (content, end) = physical_line(rest);
            rest = tail(rest, end);
            let content = if nth > 0 { trim_start(content) } else { content };
            let content = if continues(content) { head(content, content.len() - 1) } else { content };
            joined.extend_from_slice(content);
        }
        joined
    }
}

/// A line's text cut into its four parts; put together they are the text again.
pub(in crate::cs_cfg) struct Parts<'a> {
    /// Blanks before the key.
    pub indent: &'a [u8],
    /// The key.
    pub key: &'a [u8],
    /// Blanks, at most one `=` or `:`, blanks.
    pub separator: &'a [u8],
    /// The value.
    pub value: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Cuts a text that holds no line end.
    pub fn of(text: &'a [u8]) -> Parts<'a> {
        let body = trim_start(text);
        let indent = head(text, text.len() - body.len());
        let (key, behind) = body.split_at(key_length(body));
        let mut value = trim_start(behind);
        if let Some((b'=' | b':', rest)) = value.split_first() {
            value = trim_start(rest);
        }
        Parts { indent, key, separator: head(behind, behind.len() - value.len()), value }
    }
}

/// How many bytes of `body`, which begins with its key, belong to the key.
fn key_length(body: &[u8]) -> usize {
    let mut from = 0;
    loop {
        let rest = tail(body, from);
        let end = memchr3(b'=', b':', b'\\', rest).unwrap_or(rest.len());
        match memchr3(b' ', b'\t', b'\x0c', head(rest, end)) {
            Some(blank) => return from + blank,
            // A backslash protects what follows it.
            None if rest.get(end) == Some(&b'\\') => from = body.len().min(from + end + 2),
            None => return from + end,
        }
    }
}

/// The first physical line of `text`: its content, and its length with the line end.
fn physical_line(text: &[u8]) -> (&[u8], usize) {
    let Some(at) = memchr2(b'\n', b'\r', text) else {
        return (text, text.len());
    };
    let (content, rest) = text.split_at(at);
    (content, if rest.starts_with(b"\r\n") { at + 2 } else { at + 1 })
}

/// The bytes that end `raw`: LF, CR LF, CR or none.
pub(in crate::cs_cfg) fn ending(raw: &[u8]) -> &[u8] {
    let length = match raw.split_last() {
        Some((b'\n', rest)) => 1 + usize::from(rest.ends_with(b"\r")),
        Some((b'\r', _)) => 1,
        _ => 0,
    };
    tail(raw, raw.len() - length)
}

/// `raw` without the bytes that end it.
pub(in crate::cs_cfg) fn without_ending(raw: &[u8]) -> &[u8] {
    head(raw, raw.len() - ending(raw).len())
}

/// `#` and `!` begin a comment only in the first column.
fn is_comment(content: &[u8]) -> bool {
    matches!(content.first(), Some(b'#' | b'!'))
}

/// An odd number of backslashes at the end joins the next line.
fn continues(content: &[u8]) -> bool {
    content.ends_with(b"\\") && content.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// What the server drops around a key and before a value.
pub(in crate::cs_cfg) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\x0c')
}

/// `text` without the blanks that it begins with.
pub(in crate::cs_cfg) fn trim_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    tail(text, blanks)
}
