//! The second reader: what `pki-server` (Python) makes of the same bytes.
//!
//! The unit runs `pki-server` before every start, so a file that it refuses is a service that does
//! not start, and a line that it reads in another way is changed by its next rewrite. It differs
//! from the server's reader in four things: it ends lines at more characters, it joins lines
//! whenever the text so far ends in a backslash (whatever their number, indentation kept, comments
//! too), it takes `=` alone for a separator, and it drops trailing blanks.

use std::borrow::Cow;

use super::line::Property;

/// What one stretch of the file is to this reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<'a> {
    /// A blank line or a comment.
    Nothing,
    /// A property.
    Property(Property<'a>),
    /// A line without `=`: the whole file is refused ("Missing delimiter").
    MissingDelimiter,
}

/// One record: a line with what is joined to it.
pub struct Record<'a> {
    /// Its length in bytes, line end included.
    pub length: usize,
    /// What it is.
    pub reading: Reading<'a>,
    /// The file ends inside it: whatever is put behind it is joined to it.
    pub open: bool,
}

/// Reads the record that begins at the start of `text`, which must not be empty.
pub fn record(text: &[u8]) -> Record<'_> {
    let (line, mut end) = physical_line(text);
    let body = trim_start(line);
    if body.is_empty() || body.starts_with(b"#") {
        return Record { length: end, reading: Reading::Nothing, open: false };
    }
    let Some(at) = memchr::memchr(b'=', body) else {
        return Record { length: end, reading: Reading::MissingDelimiter, open: false };
    };
    let (key, value) = body.split_at_checked(at).unwrap_or((body, b""));
    let key = Cow::Borrowed(trim_end(key));
    let value = trim_start(value.strip_prefix(b"=").unwrap_or(value));
    let Some(joined) = value.strip_suffix(b"\\") else {
        let reading = Reading::Property(Property { key, value: Cow::Borrowed(trim_end(value)) });
        return Record { length: end, reading, open: false };
    };
    let mut value = joined.to_vec();
    let mut open = true;
    while open {
        let rest = text.get(end..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        let (line, length) = physical_line(rest);
        end += length;
        value.extend_from_slice(line);
        open = value.last() == Some(&b'\\');
        if open {
            value.pop();
        } else {
            value.truncate(trim_end(&value).len());
        }
    }
    Record { length: end, reading: Reading::Property(Property { key, value: Cow::Owned(value) }), open }
}

/// The first physical line of `text`: its content, and its length with the line end.
fn physical_line(text: &[u8]) -> (&[u8], usize) {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = line_break(rest);
        if length > 0 {
            return (text.get(..at).unwrap_or(text), at + length);
        }
        at += 1;
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
    let blanks = start.len() - start.trim_start_matches(is_blank).len();
    text.get(blanks..).unwrap_or_default()
}

fn trim_end(text: &[u8]) -> &[u8] {
    let Some(end) = text.utf8_chunks().last().filter(|chunk| chunk.invalid().is_empty()) else {
        return text;
    };
    let blanks = end.valid().len() - end.valid().trim_end_matches(is_blank).len();
    text.get(..text.len() - blanks).unwrap_or(text)
}
