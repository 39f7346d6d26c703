//! Applies a patch to a document: where a line goes, and in which order the bytes are put together.

use std::collections::HashMap;
use std::ops::Range;

use thiserror::Error;

use super::block::Block;
use super::document::{CsCfg, Parameter};
use super::index::IndexedLine;
use super::patch::Patch;
use super::reader::python;
use super::splice::{Insert, Splice, splice};
use super::text::Value;

/// A parameter that a patch changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: String,
    /// Its value before; nothing where it was absent.
    pub before: Option<String>,
    /// Its value now; nothing where it was removed.
    pub after: Option<String>,
    /// The physical line on which it was.
    pub line: Option<usize>,
}

/// A patched document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What changes: below each replaced prefix first what is removed, then what is set; then the
    /// single keys in the order of the patch. A line that is only spelled again is no change.
    pub changes: Vec<Change>,
    /// Earlier duplicates of keys that were removed, by their line numbers.
    pub shadowed: Vec<(String, Vec<usize>)>,
}

/// A patch would have to change something where the two readers disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line} is ambiguous")]
pub struct AmbiguousError {
    /// Number of the first physical line of the ambiguity.
    pub line: usize,
}

/// Applies a patch. A parameter that is as the patch wants it keeps its line as it is. Another one
/// keeps the place, the indent and the spacing of its line; a new line goes where the key belongs: in
/// key order where the file is in key order, else behind its nearest sibling, else at the end. What
/// replaces a prefix goes where the first line with that prefix was.
///
/// # Errors
/// [`AmbiguousError`] when something would have to be written or removed where the readers disagree.
pub fn apply(document: &CsCfg<'_>, patch: &Patch<'_>) -> Result<Applied, AmbiguousError> {
    check_hidden(document, patch)?;
    let mut edits = Edits::new(document);
    patch.blocks().iter().try_for_each(|block| edits.replace(block))?;
    for (key, value) in patch.single() {
        match value {
            Some(value) => edits.set(key, value)?,
            None => edits.remove(key)?,
        }
    }
    let Report { changes, shadowed } = edits.report;
    Ok(Applied { bytes: splice(document, edits.splices), changes, shadowed })
}

/// What changes when a document becomes another one as it is: first, in key order or, where the
/// document is not in key order, in the order of `text`, what that one has; then what it lacks.
pub fn changes_to(document: &CsCfg<'_>, text: &CsCfg<'_>) -> Applied {
    let mut report = Report::default();
    let mut theirs: Vec<_> = text.parameters().collect();
    if !document.is_in_key_order() {
        theirs.sort_by_key(|parameter| parameter.start());
    }
    for parameter in theirs {
        let (before, after) = (document.parameter(parameter.key()), parameter.value());
        if before.is_none_or(|before| before.value() != after) {
            report.note(parameter.key(), before, Some(&after));
        }
    }
    let is_missing = |before: &Parameter<'_, '_>| text.parameter(before.key()).is_none();
    document.parameters().filter(is_missing).for_each(|before| report.note(before.key(), Some(before), None));
    Applied { bytes: text.source().to_vec(), changes: report.changes, shadowed: report.shadowed }
}

/// Whether `pki-server` alone reads a parameter, that the patch decides, inside lines of others.
fn check_hidden(document: &CsCfg<'_>, patch: &Patch<'_>) -> Result<(), AmbiguousError> {
    for stretch in document.stretches() {
        let range = stretch.range();
        let is_seen_by_server = |key: &[u8]| {
            let lines = document.index.of(document.index.all(), key);
            let before = lines.partition_point(|line| line.start() < range.start);
            lines.get(before).is_some_and(|line| line.start() < range.end)
        };
        let mut parameters = python::key_values(document.text_of(*stretch));
        if parameters.any(|parameter| patch.covers(&parameter.key) && !is_seen_by_server(&parameter.key)) {
            return Err(AmbiguousError { line: document.line_number(range.start) });
        }
    }
    Ok(())
}

/// The edits that a patch comes to.
struct Edits<'p, 'a> {
    document: &'p CsCfg<'a>,
    splices: Vec<Splice<'p>>,
    report: Report,
    /// The places behind the groups of keys that were looked through, so that each is so once.
    group_ends: HashMap<&'p [u8], usize>,
}

impl<'p, 'a> Edits<'p, 'a> {
    fn new(document: &'p CsCfg<'a>) -> Edits<'p, 'a> {
        Edits { document, splices: Vec::new(), report: Report::default(), group_ends: HashMap::new() }
    }

    /// Replaces all that begins with a prefix, unless all of it is right already.
    fn replace(&mut self, block: &'p Block<'p>) -> Result<(), AmbiguousError> {
        let document = self.document;
        let reported = self.report.changes.len();
        let mut is_right = true;
        let mut there = document.below(block.prefix()).peekable();
        for (key, value) in block.by_key() {
            while let Some(before) = there.next_if(|before| before.key() < key) {
                is_right = false;
                self.report.note(before.key(), Some(before), None);
            }
            let before = there.next_if(|before| before.key() == key);
            if before.is_none_or(|before| before.has_shadowed() || *before.value() != *value.as_bytes()) {
                is_right = false;
                self.report.note(key, before, Some(value.as_bytes()));
            }
        }
        for before in there {
            is_right = false;
            self.report.note(before.key(), Some(before), None);
        }
        if is_right && !self.is_ambiguous_below(block.prefix()) {
            return Ok(());
        }
        // What is removed comes before what is set.
        self.report.changes.split_at_mut(reported).1.sort_by_key(|change| change.after.is_some());
        let mut old: Vec<&IndexedLine> = document.index.below(block.prefix()).iter().collect();
        old.sort_unstable_by_key(|line| line.start());
        let place = match old.first() {
            Some(first) => self.checked_place(first.start())?,
            None => self.place_for(block.prefix())?,
        };
        for line in old {
            let range = document.index.range(line);
            self.check_line(&range, document.index.key(line))?;
            self.remove_line(range);
        }
        self.splices.push(Splice { range: place..place, insert: Insert::Block(block) });
        Ok(())
    }

    fn set(&mut self, key: &'p [u8], value: &'p Value<'p>) -> Result<(), AmbiguousError> {
        let before = self.document.parameter(key);
        let splice = match before {
            Some(before) => {
                let range = before.range();
                let is_alike = self.document.stretch_near(&range).is_none();
                if is_alike && !before.has_shadowed() && *before.value() == *value.as_bytes() {
                    return Ok(());
                }
                self.remove_lines(before.shadowed_ranges(), key)?;
                self.check_line(&range, key)?;
                Splice { range, insert: Insert::Respelled(key, value) }
            }
            None => {
                let place = self.place_for(key)?;
                Splice { range: place..place, insert: Insert::Line(key, value) }
            }
        };
        self.splices.push(splice);
        self.report.note(key, before, Some(value.as_bytes()));
        Ok(())
    }

    fn remove(&mut self, key: &[u8]) -> Result<(), AmbiguousError> {
        if let Some(before) = self.document.parameter(key) {
            self.remove_lines(before.shadowed_ranges().chain([before.range()]), key)?;
            self.report.note(key, Some(before), None);
        }
        Ok(())
    }

    fn remove_lines(&mut self, lines: impl Iterator<Item = Range<usize>>, key: &[u8]) -> Result<(), AmbiguousError> {
        for range in lines {
            self.check_line(&range, key)?;
            self.remove_line(range);
        }
        Ok(())
    }

    /// Removes a line, together with the one before it if that was removed last.
    fn remove_line(&mut self, range: Range<usize>) {
        match self.splices.last_mut() {
            Some(Splice { range: last, insert: Insert::Nothing }) if last.end == range.start => last.end = range.end,
            _ => self.splices.push(Splice { range, insert: Insert::Nothing }),
        }
    }

    /// The place of a new line of `key`.
    fn place_for(&mut self, key: &'p [u8]) -> Result<usize, AmbiguousError> {
        let in_key_order = self.document.is_in_key_order();
        let place = if in_key_order { self.place_in_order(key) } else { self.place_by_sibling(key) };
        self.checked_place(place)
    }

    fn place_in_order(&self, key: &[u8]) -> usize {
        let index = &self.document.index;
        match (index.before(key), index.all().first()) {
            // Behind the line of the key before it, before whatever comments lead the next.
            (Some(before), _) => index.range(before).end,
            (None, Some(first)) => first.start(),
            (None, None) => self.document.source().len(),
        }
    }

    /// Behind the last line of the longest group (`a.b.c.`, `a.b.`, `a.`) that the key belongs to.
    fn place_by_sibling(&mut self, key: &'p [u8]) -> usize {
        let index = &self.document.index;
        for group in groups_of(key).into_iter().rev() {
            if let Some(end) = self.group_ends.get(group) {
                return *end;
            }
            if let Some(last) = index.below(group).iter().max_by_key(|line| line.start()) {
                let end = index.range(last).end;
                self.group_ends.insert(group, end);
                return end;
            }
        }
        self.document.source().len()
    }

    /// `place`, moved before a line that would be joined with what is put behind it, if both readers
    /// begin a line there.
    fn checked_place(&self, place: usize) -> Result<usize, AmbiguousError> {
        let is_behind_all = place == self.document.source().len();
        let place = if is_behind_all && self.document.is_dangling() { self.document.last_line() } else { place };
        match self.document.stretch_near(&(place..place)) {
            Some(stretch) if stretch.range().start < place => {
                Err(AmbiguousError { line: self.document.line_number(stretch.range().start) })
            }
            _ => Ok(place),
        }
    }

    /// Whether a line of `key` can be replaced or removed without changing what `pki-server` makes of
    /// any other key.
    fn check_line(&self, line: &Range<usize>, key: &[u8]) -> Result<(), AmbiguousError> {
        let Some(stretch) = self.document.stretch_near(line) else { return Ok(()) };
        let mut parameters = python::key_values(self.document.text_of(stretch));
        match stretch.range() == *line && parameters.all(|parameter| *parameter.key == *key) {
            true => Ok(()),
            false => Err(AmbiguousError { line: self.document.line_number(stretch.range().start) }),
        }
    }

    /// Whether either reader reads a key with this prefix where they disagree.
    fn is_ambiguous_below(&self, prefix: &[u8]) -> bool {
        self.document.stretches().iter().any(|stretch| {
            let text = self.document.text_of(*stretch);
            super::reader::either_reads(text, |parameter| parameter.key.starts_with(prefix))
        })
    }
}

/// What is reported of an edit.
#[derive(Default)]
struct Report {
    changes: Vec<Change>,
    shadowed: Vec<(String, Vec<usize>)>,
}

impl Report {
    /// Notes what happens to a parameter, and the earlier duplicates that are removed.
    fn note(&mut self, key: &[u8], before: Option<Parameter<'_, '_>>, after: Option<&[u8]>) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if let Some(before) = before.filter(Parameter::has_shadowed) {
            self.shadowed.push((text(key), before.shadowed()));
        }
        let value = before.map(|before| before.value());
        if value.as_deref() != after {
            self.changes.push(Change {
                key: text(key),
                before: value.map(|value| text(&value)),
                after: after.map(text),
                line: before.map(|before| before.line()),
            });
        }
    }
}

/// `a.`, `a.b.`, `a.b.c.` of `a.b.c.d`, the first few of them: no real key has more, and the work
/// must not grow with what somebody else wrote into the file.
fn groups_of(key: &[u8]) -> Vec<&[u8]> {
    const DEPTH: usize = 16;
    let ends = memchr::memchr_iter(b'.', key).take(DEPTH);
    ends.filter_map(|dot| key.get(..=dot)).collect()
}
