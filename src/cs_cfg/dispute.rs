//! Where the two readers of a CS.cfg disagree.

use std::collections::HashSet;
use std::ops::Range;

use super::line::{Line, Property, is_blank, lines, without_ending};
use super::python::{self, Reading};
use super::text::{is_key_byte, is_printable};

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

/// Every dispute of `source`, in the order of the file. Linear in its length.
pub fn disputes(source: &[u8]) -> Vec<Dispute<'_>> {
    let mut found = Vec::new();
    let mut number = 1;
    let mut at = 0;
    let mut walk = lines(source);
    while let Some(line) = walk.next() {
        if read_alike(&line) {
            at += line.raw.len();
            number += 1;
            continue;
        }
        let mut group = Group::default();
        let start = at;
        let first = number;
        at += line.raw.len();
        number += line.physical_lines;
        group.java.extend(line.property());
        let mut python_end = start;
        // Until both readers stand at the same place again.
        while python_end != at {
            if python_end < at {
                python_end += group.read_python(source.get(python_end..).unwrap_or_default());
            } else if let Some(line) = walk.next() {
                at += line.raw.len();
                number += line.physical_lines;
                group.java.extend(line.property());
            } else {
                break;
            }
        }
        if std::str::from_utf8(source.get(start..at).unwrap_or_default()).is_err() {
            group.stops_start = Some(StopsStart::NotUtf8);
        }
        found.extend(group.dispute(first, start..at));
    }
    found
}

/// What both readers made of the bytes between two places where both begin a record.
#[derive(Default)]
struct Group<'a> {
    java: Vec<Property<'a>>,
    python: Vec<Property<'a>>,
    stops_start: Option<StopsStart>,
    open: bool,
}

impl<'a> Group<'a> {
    fn read_python(&mut self, text: &'a [u8]) -> usize {
        let record = python::record(text);
        self.open = record.open;
        match record.reading {
            Reading::Nothing => {}
            Reading::Property(property) => self.python.push(property),
            Reading::MissingDelimiter => self.stops_start = Some(StopsStart::MissingDelimiter),
        }
        record.length
    }

    fn dispute(self, line: usize, range: Range<usize>) -> Option<Dispute<'a>> {
        let agreed = self.stops_start.is_none() && self.java == self.python;
        (!agreed).then_some(Dispute {
            line,
            range,
            java: self.java,
            python: self.python,
            stops_start: self.stops_start,
            open: self.open,
        })
    }
}

/// The usual line, of which it is known without looking further that both readers agree: a plain
/// key, `=`, printable ASCII without blank or backslash at its end.
fn read_alike(line: &Line<'_>) -> bool {
    if line.physical_lines != 1 || line.dangling {
        return false;
    }
    let content = without_ending(line.raw);
    let key = content.iter().take_while(|byte| is_key_byte(**byte)).count();
    let Some((b'=', value)) = content.get(key..).and_then(<[u8]>::split_first) else {
        return false;
    };
    key > 0
        && value.iter().all(|byte| is_printable(*byte))
        && !matches!(value.last(), Some(b'\\'))
        && !(value.last().is_some_and(|byte| is_blank(*byte)) && value.iter().any(|byte| !is_blank(*byte)))
}
