//! The reader of `pki-server` (Python).
//!
//! The unit runs `pki-server` before every start, so a file that it refuses is a service that does
//! not start, and a line that it reads in another way is changed by its next rewrite. It differs
//! from the server's reader in four things: it ends lines at more characters, it joins lines
//! whenever the text so far ends in a backslash (whatever their number, indentation kept, comments
//! too), it takes `=` alone for a separator, and it drops trailing blanks.

use std::borrow::Cow;

use super::bytes::{KeyValue, head, tail};

/// A line with what is joined to it.
pub(in crate::cs_cfg) struct Record<'a> {
    /// Its length in bytes, line end included.
    pub length: usize,
    /// What it is to this reader.
    pub kind: RecordKind<'a>,
    /// The file ends inside it: a line put behind it would be joined to it.
    pub open: bool,
}

/// What a record is.
pub(in crate::cs_cfg) enum RecordKind<'a> {
    /// A blank line or a comment.
    Nothing,
    /// A parameter.
    Parameter(KeyValue<'a>),
    /// A line without `=`: the whole file is refused ("Missing delimiter").
    MissingDelimiter,
}

/// The parameters that `pki-server` reads in `text`, which begins and ends with whole records; a
/// record that it refuses is left out.
pub fn key_values(text: &[u8]) -> impl Iterator<Item = KeyValue<'_>> {
    records(text).filter_map(|record| match record.kind {
        RecordKind::Parameter(parameter) => Some(parameter),
        RecordKind::Nothing | RecordKind::MissingDelimiter => None,
    })
}

/// The records of `text`, first to last.
pub(in crate::cs_cfg) fn records(text: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let record = (!rest.is_empty()).then(|| first_record(rest))?;
        rest = tail(rest, record.length);
        Some(record)
    })
}

/// The record that `text` begins with.
pub(in crate::cs_cfg) fn first_record(text: &[u8]) -> Record<'_> {
    let (line, length) = physical_line(text);
    let body = trim_start(line);
    if body.is_empty() || body.starts_with(b"#") {
        return Record { length, kind: RecordKind::Nothing, open: false };
    }
    let Some(at) = memchr::memchr(b'=', body) else {
        return Record { length, kind: RecordKind::MissingDelimiter, open: false };
    };
    let key = Cow::Borrowed(trim_end(head(body, at)));
    let value = trim_start(tail(body, at + 1));
    match value.strip_suffix(b"\\") {
        Some(joined) => joined_record(key, joined.to_vec(), text, length),
        None => {
            let value = Cow::Borrowed(trim_end(value));
            Record { length, kind: RecordKind::Parameter(KeyValue { key, value }), open: false }
        }
    }
}

/// A record whose first physical line ends at `end` and is continued; `value` is what it has so far.
fn joined_record<'a>(key: Cow<'a, [u8]>, mut value: Vec<u8>, text: &[u8], end: usize) -> Record<'a> {
    let mut length = end;
    let mut open = true;
    while open && length < text.len() {
        let (line, line_length) = physical_line(tail(text, length));
        length += line_length;
        value.extend_from_slice(line);
        open = value.last() == Some(&b'\\');
        if open {
            value.pop();
        } else {
            value.truncate(trim_end(&value).len());
        }
    }
    Record { length, kind: RecordKind::Parameter(KeyValue { key, value: Cow::Owned(value) }), open }
}

/// The first physical line of `text`: its content, and its length with the line end.
fn physical_line(text: &[u8]) -> (&[u8], usize) {
    let mut rest = text;
    while let Some((_, behind)) = rest.split_first() {
        let length = line_break(rest);
        if length > 0 {
            let at = text.len() - rest.len();
            return (head(text, at), at + length);
        }
        rest = behind;
    }
    (text, text.len())
}

/// Length of the line break that `text` begins with, 0 if none.
fn line_break(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [b'\n' | b'\r' | 0x0b | 0x0c | 0x1c..=0x1e, ..] => 1,
        // U+0085, U+2028, U+2029
        [0xc2, 0x85, ..] => 2,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

/// Blanks are Unicode's; bytes that are no UTF-8 are none.
fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    tail(text, start.len() - start.trim_start_matches(is_blank).len())
}

fn trim_end(text: &[u8]) -> &[u8] {
    let Some(end) = text.utf8_chunks().last().filter(|chunk| chunk.invalid().is_empty()) else {
        return text;
    };
    let blanks = end.valid().len() - end.valid().trim_end_matches(is_blank).len();
    head(text, text.len() - blanks)
}
