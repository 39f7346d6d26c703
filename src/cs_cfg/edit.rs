//! Edits of a document: where a line goes, how it is spelled, and how the bytes are put together.

use std::borrow::Cow;
use std::ops::Range;

use super::block::Block;
use super::line::{Parts, ending, is_blank, without_ending};
use super::text::{Assignment, Key, Value};
use super::{Blocked, CsCfg};

/// What was decided about one key.
pub(super) struct Edit<'a> {
    /// The new value; nothing where the key is removed.
    pub value: Option<Cow<'a, [u8]>>,
    /// The source's line before which a new line goes; nothing where the key's last line is edited
    /// in its place, or all its lines are removed.
    insert_before: Option<usize>,
    /// The places of the key's lines in the index.
    lines: Range<usize>,
}

/// One step of putting the bytes together, beside copying what is between two steps.
enum Step<'e> {
    Insert(&'e [u8], &'e [u8]),
    InsertBlock(&'e Block<'e>),
    Replace(&'e [u8], &'e [u8]),
    /// Removes the line, and all behind it up to this one, which stays.
    RemoveUpTo(usize),
}

impl<'a> CsCfg<'a> {
    /// Gives `key` a value. The last line of the key keeps its place, its indentation and the
    /// spacing of its separator, earlier lines of it go; a new line goes where the key belongs: in
    /// key order where the file is in key order, else behind its nearest sibling, else at the end.
    /// Changes nothing, and says so by `false`, where both readers already read this value.
    ///
    /// # Errors
    /// [`Blocked`] when the line stands where the two readers read differently.
    pub fn set(&mut self, key: &Key<'a>, value: &Value<'a>) -> Result<bool, Blocked> {
        if self.is_set(key, value) {
            return Ok(false);
        }
        self.put(key, value)
    }

    /// The same, and earlier lines of the key go even where its value is already this one: not
    /// every program that looks into a CS.cfg takes the last line.
    ///
    /// # Errors
    /// [`Blocked`] when one of the lines stands where the two readers read differently.
    pub fn set_alone(&mut self, key: &Key<'a>, value: &Value<'a>) -> Result<bool, Blocked> {
        if self.is_set(key, value) && self.index.lines_of(key.as_bytes()).len() < 2 {
            return Ok(false);
        }
        self.put(key, value)
    }

    fn is_set(&self, key: &Key<'_>, value: &Value<'_>) -> bool {
        self.get(key.as_bytes()).as_deref() == Some(value.as_bytes()) && !self.is_disputed(key.as_bytes())
    }

    fn put(&mut self, key: &Key<'a>, value: &Value<'a>) -> Result<bool, Blocked> {
        let bytes = key.as_bytes();
        self.check_lines_of(bytes)?;
        if let Some(block) = self.block_of(bytes) {
            block.set(Assignment::new(key, value));
            return Ok(true);
        }
        let lines = self.index.places_of(bytes);
        let insert_before = match self.edits.get(bytes) {
            Some(edit) if edit.value.is_some() => edit.insert_before,
            _ if !lines.is_empty() => None,
            _ => Some(self.place_for(bytes)?),
        };
        let edit = Edit { value: Some(value.clone().into_bytes()), insert_before, lines };
        self.edits.insert(key.clone().into_bytes(), edit);
        Ok(true)
    }

    /// Removes every line of `key`.
    ///
    /// # Errors
    /// [`Blocked`] when one of them stands where the two readers read differently.
    pub fn remove(&mut self, key: &[u8]) -> Result<(), Blocked> {
        self.check_lines_of(key)?;
        if let Some(block) = self.block_of(key) {
            block.remove(key);
            return Ok(());
        }
        let lines = self.index.places_of(key);
        match self.index.lines_at(&lines).last() {
            Some(entry) => {
                let edit = Edit { value: None, insert_before: None, lines };
                drop(self.edits.insert(self.index.key_from_source(entry), edit))
            }
            None => drop(self.edits.shift_remove(key)),
        }
        Ok(())
    }

    /// Removes every key that begins with `prefix` and puts `settings`, whose keys must begin with it
    /// too, where the first of them stood, in the order given (in key order where the file is in key
    /// order). Takes the place of earlier blocks below `prefix`.
    ///
    /// # Errors
    /// [`Blocked`] when a line to remove, or the place, is one where the two readers read differently.
    pub fn replace_prefix(&mut self, prefix: &Key<'a>, settings: Vec<Assignment<'a>>) -> Result<(), Blocked> {
        let bytes = prefix.as_bytes();
        let old = self.index.below(bytes);
        let place = match old.iter().map(|entry| entry.nth).min() {
            Some(first) => self.checked_place(first)?,
            None => self.place_for(bytes)?,
        };
        if !self.disputes.is_empty() {
            self.check_hidden(bytes)?;
            let mut old = self.index.by_key(old).filter_map(<[_]>::last);
            old.try_for_each(|entry| self.check_lines_of(self.index.key(entry)))?;
            settings.iter().try_for_each(|setting| self.check_lines_of(setting.key()))?;
        }
        let block = Block::new(prefix.clone(), place, settings);
        self.edits.retain(|key, _| !key.starts_with(bytes));
        self.blocks.retain(|block| !block.prefix.as_bytes().starts_with(bytes));
        match self.block_of(bytes) {
            Some(outer) => outer.replace(block),
            None => self.blocks.push(block),
        }
        Ok(())
    }

    fn block_of(&mut self, key: &[u8]) -> Option<&mut Block<'a>> {
        self.blocks.iter_mut().find(|block| key.starts_with(block.prefix.as_bytes()))
    }

    /// The bytes of the file as edited.
    pub fn to_bytes(&self) -> Vec<u8> {
        let steps = self.steps();
        let inserted: usize = steps.iter().map(|(_, step)| step.length()).sum();
        let mut out = Output { bytes: Vec::with_capacity(self.source().len() + inserted), line_end: self.line_end(0) };
        let mut copied = 0;
        for (nth, step) in steps {
            let line = self.index.range(nth);
            out.copy(self.source().get(copied..line.start).unwrap_or_default());
            copied = copied.max(line.start);
            match step {
                Step::Insert(key, value) => out.property(key, value, self.line_end(nth)),
                Step::InsertBlock(block) => {
                    let line_end = self.line_end(nth);
                    let mut put = |setting: &Assignment<'_>| out.line(&[setting.as_bytes()], line_end);
                    match self.is_in_key_order() {
                        true => block.entries().for_each(&mut put),
                        false => block.entries_as_given().for_each(&mut put),
                    }
                }
                Step::Replace(key, value) => {
                    out.edited_line(self.index.raw(nth), key, value);
                    copied = line.end;
                }
                Step::RemoveUpTo(end) => copied = self.index.start(end),
            }
        }
        out.copy(self.source().get(copied..).unwrap_or_default());
        if !self.source().is_empty() && ending(self.source()).is_empty() {
            out.drop_final_line_end();
        }
        out.bytes
    }

    /// The steps in the order of the file; lines to insert at one place in key order where the
    /// file is in key order, else blocks, then single lines as they were set.
    fn steps(&self) -> Vec<(usize, Step<'_>)> {
        let mut steps = Vec::with_capacity(self.edits.len());
        for block in &self.blocks {
            let mut old: Vec<usize> = self.index.below(block.prefix.as_bytes()).iter().map(|entry| entry.nth).collect();
            old.sort_unstable();
            let runs = old.chunk_by(|one, next| one + 1 == *next);
            steps.extend(runs.filter_map(|run| Some((*run.first()?, Step::RemoveUpTo(run.last()? + 1)))));
            steps.push((block.place, Step::InsertBlock(block)));
        }
        for (key, edit) in &self.edits {
            let remove = |nth: usize| (nth, Step::RemoveUpTo(nth + 1));
            match (&edit.value, edit.insert_before, self.index.lines_at(&edit.lines).split_last()) {
                (Some(value), Some(place), _) => steps.push((place, Step::Insert(key, value))),
                (Some(value), None, Some((last, shadowed))) => {
                    steps.push((last.nth, Step::Replace(key, value)));
                    steps.extend(shadowed.iter().map(|entry| remove(entry.nth)));
                }
                (_, _, lines) => {
                    let lines = lines.into_iter().flat_map(|(last, shadowed)| shadowed.iter().chain([last]));
                    steps.extend(lines.map(|entry| remove(entry.nth)));
                }
            }
        }
        steps.sort_by(|(a, left), (b, right)| {
            a.cmp(b).then_with(|| match (left.inserts(), right.inserts()) {
                (Some(left), Some(right)) if self.is_in_key_order() => left.cmp(right),
                (left, right) => right.is_some().cmp(&left.is_some()),
            })
        });
        steps
    }

    /// The line before which a new line of `key` goes.
    fn place_for(&self, key: &[u8]) -> Result<usize, Blocked> {
        let place = if self.is_in_key_order() { self.place_in_order(key) } else { self.place_by_sibling(key) };
        self.checked_place(place)
    }

    fn place_in_order(&self, key: &[u8]) -> usize {
        match (self.index.last_up_to(key), self.index.all().first()) {
            // Behind the last line of the key before it, before whatever comments lead the next.
            (Some(before), _) => before.nth + 1,
            (None, Some(first)) => first.nth,
            (None, None) => self.index.line_count(),
        }
    }

    /// Behind the last line of the longest group (`a.b.c.`, `a.b.`, `a.`) that the key belongs to.
    fn place_by_sibling(&self, key: &[u8]) -> usize {
        let mut known = self.group_ends.borrow_mut();
        let last_of = |group: &[u8]| {
            // Each group is looked through once, however many lines are put behind it.
            if let Some(last) = known.get(group) {
                return *last;
            }
            let last = self.index.below(group).iter().map(|entry| entry.nth).max();
            known.insert(group.to_vec(), last);
            last
        };
        groups_of(key).into_iter().rev().find_map(last_of).map_or(self.index.line_count(), |nth| nth + 1)
    }

    /// `place`, moved before a dangling continuation, if both readers begin a line there.
    fn checked_place(&self, place: usize) -> Result<usize, Blocked> {
        let dangling = self.dangling || self.disputes.last().is_some_and(|dispute| dispute.open);
        let behind_all = place == self.index.line_count();
        let place = if behind_all && dangling { place.saturating_sub(1) } else { place };
        let at = self.index.start(place);
        match self.dispute_near(&(at..at)) {
            Some(dispute) if dispute.range.start < at && at < dispute.range.end => Err(Blocked { line: dispute.line }),
            _ => Ok(place),
        }
    }

    /// Whether no key with this prefix is seen by `pki-server` alone.
    fn check_hidden(&self, prefix: &[u8]) -> Result<(), Blocked> {
        let hidden = self.hidden.iter().filter(|(key, _)| key.starts_with(prefix));
        match hidden.map(|(_, line)| *line).min() {
            Some(line) => Err(Blocked { line }),
            None => Ok(()),
        }
    }

    /// Whether both readers take each line of `key` for one line with this key.
    fn check_lines_of(&self, key: &[u8]) -> Result<(), Blocked> {
        if self.disputes.is_empty() {
            return Ok(());
        }
        if let Some(line) = self.hidden.get(key) {
            return Err(Blocked { line: *line });
        }
        for entry in self.index.lines_of(key) {
            let line = self.index.range(entry.nth);
            if let Some(dispute) = self.dispute_near(&line)
                && !dispute.allows_edit(&line, key)
            {
                return Err(Blocked { line: dispute.line });
            }
        }
        Ok(())
    }

    fn is_disputed(&self, key: &[u8]) -> bool {
        self.hidden.contains_key(key)
            || self.index.last_of(key).is_some_and(|entry| self.dispute_near(&self.index.range(entry.nth)).is_some())
    }

    /// The dispute, if any, that shares a byte with `range` or, where that is empty, holds it.
    fn dispute_near(&self, range: &Range<usize>) -> Option<&super::Dispute<'a>> {
        let at = self.disputes.partition_point(|dispute| dispute.range.end <= range.start);
        self.disputes.get(at).filter(|dispute| dispute.range.start < range.end.max(range.start + 1))
    }

    /// How a line put before line `nth` ends: as the line before it does, else as the file's first.
    fn line_end(&self, nth: usize) -> &'a [u8] {
        let before = nth.checked_sub(1).map_or(&b""[..], |before| ending(self.index.raw(before)));
        [before, ending(self.index.raw(0))].into_iter().find(|end| !end.is_empty()).unwrap_or(b"\n")
    }
}

impl Step<'_> {
    /// Where it inserts lines: what they are sorted by.
    fn inserts(&self) -> Option<&[u8]> {
        match self {
            Step::Insert(key, _) => Some(key),
            Step::InsertBlock(block) => Some(block.prefix.as_bytes()),
            Step::Replace(..) | Step::RemoveUpTo(_) => None,
        }
    }

    fn length(&self) -> usize {
        match self {
            Step::Insert(key, value) | Step::Replace(key, value) => key.len() + value.len() + 3,
            Step::InsertBlock(block) => block.length(),
            Step::RemoveUpTo(_) => 0,
        }
    }
}

/// The bytes being put together; every line but the last one is ended.
struct Output<'a> {
    bytes: Vec<u8>,
    line_end: &'a [u8],
}

impl Output<'_> {
    fn copy(&mut self, lines: &[u8]) {
        if !lines.is_empty() {
            self.end_line();
            self.bytes.extend_from_slice(lines);
        }
    }

    fn property(&mut self, key: &[u8], value: &[u8], line_end: &[u8]) {
        self.line(&[key, b"=", value], line_end);
    }

    fn line(&mut self, parts: &[&[u8]], line_end: &[u8]) {
        self.end_line();
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.bytes.extend_from_slice(line_end);
    }

    /// Spells a line anew: indentation and spacing as before, where they are blanks and tabs that
    /// no reader takes for anything else.
    fn edited_line(&mut self, raw: &[u8], key: &[u8], value: &[u8]) {
        let parts = Parts::of(without_ending(raw));
        let plain = |text: &[u8]| text.iter().all(|byte| is_blank(*byte) && *byte != b'\x0c');
        let mut around = parts.separator.splitn(2, |byte| matches!(byte, b'=' | b':'));
        let spacing = match (around.next(), around.next()) {
            (Some(before), Some(behind)) if parts.key == key && plain(before) && plain(behind) => (before, behind),
            _ => (&b""[..], &b""[..]),
        };
        let indent = if parts.key == key && plain(parts.indent) { parts.indent } else { b"" };
        self.line(&[indent, key, spacing.0, b"=", spacing.1, value], ending(raw));
    }

    fn end_line(&mut self) {
        if !self.bytes.is_empty() && ending(&self.bytes).is_empty() {
            self.bytes.extend_from_slice(self.line_end);
        }
    }

    fn drop_final_line_end(&mut self) {
        self.bytes.truncate(without_ending(&self.bytes).len());
    }
}

/// `a.`, `a.b.`, `a.b.c.` of `a.b.c.d`, the first few of them: no real key has more, and the work
/// must not grow with what somebody else wrote into the file.
fn groups_of(key: &[u8]) -> Vec<&[u8]> {
    const DEPTH: usize = 16;
    let ends = memchr::memchr_iter(b'.', key).take(DEPTH);
    ends.filter_map(|dot| key.get(..=dot)).collect()
}
