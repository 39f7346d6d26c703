//! Where logical lines begin and end, and what the server makes of each.
//!
//! This is the reading of the server itself (Java). Nothing is unescaped by it: a backslash
//! matters only at the end of a line, where an odd number of them joins the next line, and inside
//! a key, where it protects the character behind it from being taken for a separator.

use std::borrow::Cow;

use memchr::{memchr2, memchr3};

/// One logical line: a run of the file's bytes that the server reads as one comment, one blank
/// line or one property. The lines of a file are contiguous and together are the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The bytes, line end (if any) included.
    pub raw: &'a [u8],
    /// How many physical lines were joined into this one; at least 1.
    pub physical_lines: usize,
    /// The file ends inside this line's continuation: whatever is put behind it is swallowed.
    pub dangling: bool,
}

/// Key and value of a line as the server's reader sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property<'a> {
    /// Everything before the separator, without the blanks around it. May be empty. One that borrows
    /// from the file stands where its line begins, or right behind the blanks there.
    pub key: Cow<'a, [u8]>,
    /// Everything behind the separator, trailing blanks included.
    pub value: Cow<'a, [u8]>,
}

/// Iterates over the logical lines of a file.
pub struct Lines<'a> {
    rest: &'a [u8],
}

/// The logical lines of `source`, first to last.
pub fn lines(source: &[u8]) -> Lines<'_> {
    Lines { rest: source }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (content, end) = physical_line(self.rest);
        if continues(content) && !is_comment(content) {
            return Some(self.continued(end));
        }
        Some(self.take(end, 1, false))
    }
}

impl<'a> Lines<'a> {
    /// A line whose first physical line ends at `end` and is continued.
    #[cold]
    fn continued(&mut self, mut end: usize) -> Line<'a> {
        let mut physical_lines = 1;
        loop {
            let next = tail(self.rest, end);
            if next.is_empty() {
                return self.take(end, physical_lines, true);
            }
            let (content, length) = physical_line(next);
            end += length;
            physical_lines += 1;
            if !continues(content) {
                return self.take(end, physical_lines, false);
            }
        }
    }

    fn take(&mut self, end: usize, physical_lines: usize, dangling: bool) -> Line<'a> {
        let (raw, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, b""));
        self.rest = rest;
        Line { raw, physical_lines, dangling }
    }
}

impl<'a> Line<'a> {
    /// Key and value, or nothing for an empty line and a comment.
    ///
    /// A comment begins with `#` or `!` in the first column. A line of blanks only is a property
    /// with an empty key and an empty value.
    pub fn property(&self) -> Option<Property<'a>> {
        if self.physical_lines == 1 && !self.dangling {
            let content = without_ending(self.raw);
            if content.is_empty() || is_comment(content) {
                return None;
            }
            let parts = Parts::of(content);
            return Some(Property { key: Cow::Borrowed(parts.key), value: Cow::Borrowed(parts.value) });
        }
        let joined = self.joined();
        let parts = Parts::of(&joined);
        // Usually the key itself is not broken by the end of a line.
        let key = match trim_start(self.raw) {
            body if body.starts_with(parts.key) => Cow::Borrowed(head(body, parts.key.len())),
            _ => Cow::Owned(parts.key.to_vec()),
        };
        Some(Property { key, value: Cow::Owned(parts.value.to_vec()) })
    }

    /// The text of a continued line: without line ends, without the joining backslashes, without
    /// the blanks that begin each continuation.
    fn joined(&self) -> Vec<u8> {
        let mut joined = Vec::with_capacity(self.raw.len());
        let mut rest = self.raw;
        for nth in 0..self.physical_lines {
            let (mut content, end) = physical_line(rest);
            rest = tail(rest, end);
            if nth > 0 {
                content = trim_start(content);
            }
            if continues(content) {
                content = content.split_last().map_or(content, |(_, head)| head);
            }
            joined.extend_from_slice(content);
        }
        joined
    }
}

/// A line's text cut into its five parts; put together they are the text again.
pub(super) struct Parts<'a> {
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
        Parts::with_key(text, key_length(trim_start(text)))
    }

    /// The same where the key's length is known.
    pub fn with_key(text: &'a [u8], key_length: usize) -> Parts<'a> {
        let body = trim_start(text);
        let indent = head(text, text.len() - body.len());
        let key = head(body, key_length);
        let behind = tail(body, key.len());
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
pub(super) fn physical_line(text: &[u8]) -> (&[u8], usize) {
    let Some(at) = memchr2(b'\n', b'\r', text) else {
        return (text, text.len());
    };
    let length = if tail(text, at).starts_with(b"\r\n") { at + 2 } else { at + 1 };
    (head(text, at), length)
}

/// The bytes that end `raw`: LF, CR LF, CR or none.
pub(super) fn ending(raw: &[u8]) -> &[u8] {
    let length = match raw {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n' | b'\r'] => 1,
        _ => 0,
    };
    tail(raw, raw.len() - length)
}

/// `raw` without the bytes that end it.
pub(crate) fn without_ending(raw: &[u8]) -> &[u8] {
    head(raw, raw.len() - ending(raw).len())
}

/// `#` and `!` begin a comment only in the first column.
fn is_comment(content: &[u8]) -> bool {
    matches!(content.first(), Some(b'#' | b'!'))
}

/// An odd number of backslashes at the end joins the next line.
fn continues(content: &[u8]) -> bool {
    content.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// What the server drops around a key and before a value.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\x0c')
}

pub(super) fn trim_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    tail(text, blanks)
}

fn head(text: &[u8], length: usize) -> &[u8] {
    text.get(..length).unwrap_or(text)
}

fn tail(text: &[u8], from: usize) -> &[u8] {
    text.get(from..).unwrap_or_default()
}
