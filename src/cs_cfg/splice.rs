//! Puts the bytes of a patched document together: how a line is spelled and ended.

use std::ops::Range;

use super::block::Block;
use super::document::CsCfg;
use super::reader::java::{Parts, ending, first_line, is_blank, without_ending};
use super::reader::{head, tail};
use super::text::Value;

/// A run of whole lines of the source, and what goes in its place.
pub(super) struct Splice<'p> {
    pub range: Range<usize>,
    pub insert: Insert<'p>,
}

/// What goes in the place of a run of lines.
pub(super) enum Insert<'p> {
    Nothing,
    /// A new line.
    Line(&'p [u8], &'p Value<'p>),
    /// The line that is replaced, with another value.
    Respelled(&'p [u8], &'p Value<'p>),
    Block(&'p Block<'p>),
}

/// The source with these splices. Lines to insert at one place are put there in key order where the
/// file is in key order, else as they come.
pub(super) fn splice(document: &CsCfg<'_>, mut splices: Vec<Splice<'_>>) -> Vec<u8> {
    let source = document.source();
    splices.sort_by(|one, other| {
        let in_key_order = || match (one.key(), other.key()) {
            (Some(one), Some(other)) if document.is_in_key_order() => one.cmp(other),
            (one, other) => other.is_some().cmp(&one.is_some()),
        };
        one.range.start.cmp(&other.range.start).then_with(in_key_order)
    });
    let inserted: usize = splices.iter().map(|splice| splice.insert.length()).sum();
    let first_end = ending(first_line(source).raw);
    let usual_end = if first_end.is_empty() { b"\n" } else { first_end };
    let mut out = Writer { bytes: Vec::with_capacity(source.len() + inserted), line_end: usual_end };
    let mut copied = 0;
    for Splice { range, insert } in splices {
        if copied < range.start {
            out.copy(tail(head(source, range.start), copied));
            copied = range.start;
        }
        // A new line ends as the line before it does.
        let line_end = match ending(head(source, range.start)) {
            b"" => usual_end,
            end => end,
        };
        match insert {
            Insert::Nothing => {}
            Insert::Line(key, value) => out.parameter(key, value, line_end),
            Insert::Respelled(key, value) => out.respelled(tail(head(source, range.end), range.start), key, value),
            Insert::Block(block) if document.is_in_key_order() => {
                block.by_key().for_each(|(key, value)| out.parameter(key, value, line_end));
            }
            Insert::Block(block) => block.as_given().for_each(|(key, value)| out.parameter(key, value, line_end)),
        }
        copied = copied.max(range.end);
    }
    out.copy(tail(source, copied));
    if !source.is_empty() && ending(source).is_empty() {
        out.drop_final_line_end();
    }
    out.bytes
}

impl Splice<'_> {
    /// Where it inserts lines: what they are sorted by.
    fn key(&self) -> Option<&[u8]> {
        match &self.insert {
            Insert::Line(key, _) => Some(key),
            Insert::Block(block) => Some(block.prefix()),
            Insert::Respelled(..) | Insert::Nothing => None,
        }
    }
}

impl Insert<'_> {
    /// How many bytes it has, about.
    fn length(&self) -> usize {
        // The separator and the longest line end.
        let line = |key: &[u8], value: &Value<'_>| key.len() + value.as_bytes().len() + 3;
        match self {
            Insert::Nothing => 0,
            Insert::Line(key, value) | Insert::Respelled(key, value) => line(key, value),
            Insert::Block(block) => block.by_key().map(|(key, value)| line(key, value)).sum(),
        }
    }
}

/// The bytes being put together; every line but the last one is ended.
struct Writer<'a> {
    bytes: Vec<u8>,
    /// For a last line of the source that has no end and is no longer the last.
    line_end: &'a [u8],
}

impl Writer<'_> {
    fn copy(&mut self, lines: &[u8]) {
        if !lines.is_empty() {
            self.end_line();
            self.bytes.extend_from_slice(lines);
        }
    }

    fn parameter(&mut self, key: &[u8], value: &Value<'_>, line_end: &[u8]) {
        self.line(&[key, b"=", value.as_bytes(), line_end]);
    }

    /// Writes a line with another value: indent and spacing as before, where they are blanks and
    /// tabs that no reader takes for anything else.
    fn respelled(&mut self, raw: &[u8], key: &[u8], value: &Value<'_>) {
        let parts = Parts::of(without_ending(raw));
        let is_plain = |text: &[u8]| text.iter().all(|byte| is_blank(*byte) && *byte != b'\x0c');
        let mut around = parts.separator.splitn(2, |byte| matches!(byte, b'=' | b':'));
        let (before, behind) = match (around.next(), around.next()) {
            (Some(before), Some(behind)) if parts.key == key && is_plain(before) && is_plain(behind) => {
                (before, behind)
            }
            _ => (&b""[..], &b""[..]),
        };
        let indent = if parts.key == key && is_plain(parts.indent) { parts.indent } else { b"" };
        self.line(&[indent, key, before, b"=", behind, value.as_bytes(), ending(raw)]);
    }

    fn line(&mut self, parts: &[&[u8]]) {
        self.end_line();
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
    }

    fn end_line(&mut self) {
        if !self.bytes.is_empty() && ending(&self.bytes).is_empty() {
            self.bytes.extend_from_slice(self.line_end);
        }
    }

    /// Drops the end of the last line, unless it is all that the line has: a continuation may rest on it.
    fn drop_final_line_end(&mut self) {
        let rest = without_ending(&self.bytes);
        if !rest.is_empty() && ending(rest).is_empty() {
            self.bytes.truncate(rest.len());
        }
    }
}
