//! Where the two readers of a CS.cfg disagree.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use memchr::{memchr, memchr3};

use super::line::{Line, Property, trim_start, without_ending};
use super::python::{self, Reading};
use super::text::{all, is_printable};

/// A stretch of whole logical lines that the server (Java) and `pki-server` (Python) read
/// differently. Usually one line; several where one reader joins what the other keeps apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute<'a> {
    /// Number of the first physical line, from 1.
    pub line: usize,
    /// The bytes of the file that are disputed.
    pub range: Range<usize>,
    /// What the server reads there.
    pub java: Vec<Property<'a>>,
    /// What `pki-server` reads there.
    pub python: Vec<Property<'a>>,
    /// `pki-server` refuses the file because of this stretch, and the service does not start.
    pub stops_start: Option<StopsStart>,
    /// `pki-server` would join whatever is put behind this stretch, which ends the file, to it.
    pub(super) open: bool,
}

/// Why `pki-server` refuses a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopsStart {
    /// A line without `=`.
    MissingDelimiter,
    /// Bytes that are not UTF-8.
    NotUtf8,
}

impl Dispute<'_> {
    /// Keys that `pki-server` reads in this stretch and the server does not.
    pub(super) fn hidden_keys(&self) -> impl Iterator<Item = &[u8]> {
        let known: HashSet<&[u8]> = self.java.iter().map(|property| &*property.key).collect();
        self.python.iter().map(|property| &*property.key).filter(move |key| !known.contains(key))
    }

    /// Whether a whole logical line at `line` can be replaced or removed without changing what
    /// `pki-server` makes of any other key than `key`.
    pub(super) fn allows_edit(&self, line: &Range<usize>, key: &[u8]) -> bool {
        self.range == *line && self.python.iter().all(|property| *property.key == *key)
    }
}

/// Holds the two readings of a file against each other, line by line, while the server's are told.
pub(super) struct Comparison<'a> {
    source: &'a [u8],
    /// Nothing but printable ASCII and LF is in the whole file, as is usual.
    is_printable: bool,
    /// How many bytes are compared by now: the server's reader stands here.
    at: usize,
    /// Number of the physical line that begins there, from 1.
    number: usize,
    /// What the readers made of the bytes since they last stood at the same place, if they do not.
    group: Option<Group<'a>>,
    found: Vec<Dispute<'a>>,
}

impl<'a> Comparison<'a> {
    pub fn new(source: &'a [u8]) -> Comparison<'a> {
        let is_printable = all(source, |byte| is_printable(byte) || byte == b'\n');
        Comparison { source, is_printable, at: 0, number: 1, group: None, found: Vec::new() }
    }

    /// Takes the next logical line, and gives what the server reads there.
    pub fn property(&mut self, line: &Line<'a>) -> Option<Property<'a>> {
        let (start, number) = (self.at, self.number);
        self.at += line.raw.len();
        self.number += line.physical_lines;
        if self.group.is_none()
            && let Some(property) = read_alike(line, self.is_printable)
        {
            return Some(property);
        }
        let property = line.property();
        let mut group = self.group.take().unwrap_or_else(|| Group::new(number, start));
        group.java.extend(property.clone());
        while group.python_end < self.at {
            group.read_python(self.source);
        }
        if group.python_end == self.at {
            self.end(group)
        } else {
            self.group = Some(group)
        }
        property
    }

    /// Every dispute, in the order of the file.
    pub fn disputes(mut self) -> Vec<Dispute<'a>> {
        if let Some(group) = self.group.take() {
            self.end(group);
        }
        self.found
    }

    /// Both readers stand at the same place again.
    fn end(&mut self, mut group: Group<'a>) {
        let range = group.start..self.at;
        if std::str::from_utf8(self.source.get(range.clone()).unwrap_or_default()).is_err() {
            group.stops_start = Some(StopsStart::NotUtf8);
        }
        self.found.extend(group.dispute(range));
    }
}

/// What both readers made of the bytes between two places where both begin a record.
struct Group<'a> {
    /// Number of the first physical line, from 1.
    line: usize,
    start: usize,
    /// Where Python's reader stands.
    python_end: usize,
    java: Vec<Property<'a>>,
    python: Vec<Property<'a>>,
    stops_start: Option<StopsStart>,
    open: bool,
}

impl<'a> Group<'a> {
    fn new(line: usize, start: usize) -> Group<'a> {
        Group { line, start, python_end: start, java: Vec::new(), python: Vec::new(), stops_start: None, open: false }
    }

    fn read_python(&mut self, source: &'a [u8]) {
        let record = python::record(source.get(self.python_end..).unwrap_or_default());
        self.python_end += record.length;
        self.open = record.open;
        match record.reading {
            Reading::Nothing => {}
            Reading::Property(property) => self.python.push(property),
            Reading::MissingDelimiter => self.stops_start = Some(StopsStart::MissingDelimiter),
        }
    }

    fn dispute(self, range: Range<usize>) -> Option<Dispute<'a>> {
        let Group { line, mut java, mut python, stops_start, open, .. } = self;
        let agreed = stops_start.is_none() && java == python;
        (!agreed).then(|| {
            // There may be as many as lines.
            java.shrink_to_fit();
            python.shrink_to_fit();
            Dispute { line, range, java, python, stops_start, open }
        })
    }
}

/// The property of a usual line, of which it is known without looking further that both readers
/// agree: printable ASCII, a key that nothing ends before the `=`, a value without blank or
/// backslash at its end.
fn read_alike<'a>(line: &Line<'a>, known_printable: bool) -> Option<Property<'a>> {
    if line.physical_lines != 1 || line.dangling {
        return None;
    }
    let content = without_ending(line.raw);
    let (key, value) = content.split_at_checked(memchr(b'=', content)?)?;
    let is_plain_key = !matches!(key.first(), None | Some(b'#' | b'!')) && memchr3(b' ', b':', b'\\', key).is_none();
    let value = trim_start(value.strip_prefix(b"=")?);
    let is_plain_value = !matches!(value.last(), Some(b'\\' | b' '));
    let is_plain = is_plain_key && is_plain_value && (known_printable || all(content, is_printable));
    is_plain.then_some(Property { key: Cow::Borrowed(key), value: Cow::Borrowed(value) })
}
