//! Where the two readers of a CS.cfg disagree.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr3};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reader::java::{self, LogicalLine, trim_start, without_ending};
use super::reader::python::{self, RecordKind};
use super::reader::{KeyValue, head, tail};
use super::text::{all, is_printable};

/// Whole lines that the server (Java) and `pki-server` (Python) read differently. Usually one line;
/// several where one reader joins what the other keeps apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguity<'a> {
    /// Number of the first physical line, from 1.
    pub line: usize,
    /// Where the lines are in the file.
    pub range: Range<usize>,
    /// What the server reads there.
    pub java: Vec<KeyValue<'a>>,
    /// What `pki-server` reads there; nothing for a line that it refuses.
    pub python: Vec<KeyValue<'a>>,
    /// `pki-server` refuses the file because of these lines, and the service does not start.
    pub stops_start: Option<StopsStart>,
}

/// Why `pki-server` refuses a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StopsStart {
    /// A line without `=`.
    MissingDelimiter,
    /// Bytes that are not UTF-8.
    NotUtf8,
}

/// Why `pki-server` refuses these lines, if it does.
pub(super) fn stops_start(text: &[u8]) -> Option<StopsStart> {
    if std::str::from_utf8(text).is_err() {
        return Some(StopsStart::NotUtf8);
    }
    let is_refused = python::records(text).any(|record| matches!(record.kind, RecordKind::MissingDelimiter));
    is_refused.then_some(StopsStart::MissingDelimiter)
}

/// The place of an ambiguity: there may be as many as lines, and what the readers see there can be
/// read again.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    start: u32,
    end: u32,
}

impl Stretch {
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Compares the two readings of a file while its logical lines are read.
pub(super) struct Comparison<'a> {
    source: &'a [u8],
    /// Nothing but printable ASCII and LF is in the whole file, as is usual.
    is_printable: bool,
    /// The server's reader is here.
    at: usize,
    /// Where both readers last began a line, and where Python's is now, if that is behind `at`.
    apart: Option<(usize, usize)>,
    /// Whether Python's reader would join what is put behind the last line.
    is_open: bool,
    stretches: Vec<Stretch>,
}

impl<'a> Comparison<'a> {
    pub fn new(source: &'a [u8]) -> Comparison<'a> {
        let is_printable = all(source, |byte| is_printable(byte) || byte == b'\n');
        Comparison { source, is_printable, at: 0, apart: None, is_open: false, stretches: Vec::new() }
    }

    /// Takes the next logical line, and gives what the server reads there.
    pub fn key_value(&mut self, line: &LogicalLine<'a>) -> Option<KeyValue<'a>> {
        let begin = self.at;
        self.at += line.raw.len();
        if self.apart.is_none()
            && let Some(parameter) = read_alike(line, self.is_printable)
        {
            self.is_open = false;
            return Some(parameter);
        }
        let (start, mut python) = self.apart.take().unwrap_or((begin, begin));
        while python < self.at {
            let record = python::first_record(tail(self.source, python));
            python += record.length;
            self.is_open = record.open;
        }
        if python > self.at {
            self.apart = Some((start, python));
        } else if start < begin || is_ambiguous(tail(head(self.source, python), start)) {
            // Where one reader joins what the other keeps apart no line begins for both.
            self.stretches.push(Stretch { start: start as u32, end: python as u32 });
        }
        line.key_value()
    }

    /// Every place where the readers disagree, in the order of the file, and whether Python's reader
    /// would join what is put behind the last line.
    pub fn finish(mut self) -> (Vec<Stretch>, bool) {
        self.stretches.shrink_to_fit();
        (self.stretches, self.is_open)
    }
}

/// Whether the readers disagree on lines at whose begin and end both are.
fn is_ambiguous(text: &[u8]) -> bool {
    stops_start(text).is_some() || !java::key_values(text).eq(python::key_values(text))
}

/// The parameter of a usual line, of which it is known without looking further that both readers
/// agree: printable ASCII, a key that nothing ends before the `=`, a value without blank or
/// backslash at its end.
fn read_alike<'a>(line: &LogicalLine<'a>, is_known_printable: bool) -> Option<KeyValue<'a>> {
    if line.is_continued() {
        return None;
    }
    let content = without_ending(line.raw);
    let (key, value) = content.split_at_checked(memchr(b'=', content)?)?;
    let is_plain_key = !matches!(key.first(), None | Some(b'#' | b'!')) && memchr3(b' ', b':', b'\\', key).is_none();
    let value = trim_start(value.strip_prefix(b"=")?);
    let is_plain_value = !matches!(value.last(), Some(b'\\' | b' '));
    let is_plain = is_plain_key && is_plain_value && (is_known_printable || all(content, is_printable));
    is_plain.then_some(KeyValue { key: Cow::Borrowed(key), value: Cow::Borrowed(value) })
}
