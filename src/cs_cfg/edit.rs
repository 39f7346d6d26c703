//! Edits of a document: where a line goes, how it is spelled, and how the bytes are put together.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::line::{Parts, ending, is_blank, without_ending};
use super::text::{Key, Value};
use super::{Blocked, CsCfg};

/// What was decided about one key.
pub(super) struct Edit<'a> {
    /// The new value; nothing where the key is removed.
    pub value: Option<Cow<'a, [u8]>>,
    /// The source's line before which a new line goes, whatever lines of the key the source has
    /// being removed; nothing where the key's last line is edited in its place.
    insert_before: Option<usize>,
}

/// One step of putting the bytes together, beside copying what is between two steps.
enum Step<'e> {
    Insert(&'e [u8], &'e [u8]),
    Replace(&'e [u8], &'e [u8]),
    Remove,
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
        if self.is_set(key, value) && !self.shadowed.contains_key(key.as_bytes()) {
            return Ok(false);
        }
        self.put(key, value)
    }

    fn is_set(&self, key: &Key<'_>, value: &Value<'_>) -> bool {
        self.get(key.as_bytes()).as_deref() == Some(value.as_bytes()) && !self.is_disputed(key.as_bytes())
    }

    fn put(&mut self, key: &Key<'a>, value: &Value<'a>) -> Result<bool, Blocked> {
        let bytes = key.as_bytes();
        let insert_before = match self.edits.get(bytes) {
            Some(edit) if edit.value.is_some() => edit.insert_before,
            _ if self.index.contains_key(bytes) => None,
            _ => Some(self.place_for(bytes)?),
        };
        self.check_lines_of(bytes)?;
        let value = Some(value.clone().into_bytes());
        self.edits.insert(key.clone().into_bytes(), Edit { value, insert_before });
        Ok(true)
    }

    /// Removes every line of `key`.
    ///
    /// # Errors
    /// [`Blocked`] when one of them stands where the two readers read differently.
    pub fn remove(&mut self, key: &[u8]) -> Result<(), Blocked> {
        let Some((key, _)) = self.index.get_key_value(key) else {
            self.check_lines_of(key)?;
            self.edits.shift_remove(key);
            return Ok(());
        };
        let key = key.clone();
        self.check_lines_of(&key)?;
        self.edits.insert(key, Edit { value: None, insert_before: None });
        Ok(())
    }

    /// Removes every key that begins with `prefix`.
    ///
    /// # Errors
    /// [`Blocked`] when one of them stands where the two readers read differently.
    pub fn remove_prefix(&mut self, prefix: &[u8]) -> Result<(), Blocked> {
        self.check_hidden(prefix)?;
        let keys: Vec<_> = self.keys_with_prefix(prefix).cloned().collect();
        keys.iter().try_for_each(|key| self.remove(key))
    }

    /// Removes every key that begins with `prefix` and puts `entries` where the first of them
    /// stood, in the order given (in key order where the file is in key order).
    ///
    /// # Errors
    /// [`Blocked`] when a line to remove, or the place, is one where the two readers read differently.
    pub fn replace_prefix(
        &mut self,
        prefix: &Key<'a>,
        entries: impl IntoIterator<Item = (Key<'a>, Value<'a>)>,
    ) -> Result<(), Blocked> {
        let first = self.lines_with_prefix(prefix.as_bytes());
        let place = match first {
            Some(first) => self.checked_place(first)?,
            None => self.place_for(prefix.as_bytes())?,
        };
        self.check_hidden(prefix.as_bytes())?;
        let old: Vec<_> = self.keys_with_prefix(prefix.as_bytes()).cloned().collect();
        old.iter().try_for_each(|key| self.check_lines_of(key))?;
        let entries: Vec<_> = entries.into_iter().collect();
        entries.iter().try_for_each(|(key, _)| self.check_lines_of(key.as_bytes()))?;
        // Anew, so that their order is the given one.
        self.edits.retain(|key, _| !key.starts_with(prefix.as_bytes()));
        for (key, value) in entries {
            let edit = Edit { value: Some(value.into_bytes()), insert_before: Some(place) };
            self.edits.insert(key.into_bytes(), edit);
        }
        for key in old.into_iter().filter(|key| self.index.contains_key(key)) {
            self.edits.entry(key).or_insert(Edit { value: None, insert_before: None });
        }
        Ok(())
    }

    /// The bytes of the file as edited.
    pub fn to_bytes(&self) -> Vec<u8> {
        let steps = self.steps();
        let inserted: usize = steps.iter().map(|(_, step)| step.length()).sum();
        let mut out = Output { bytes: Vec::with_capacity(self.source.len() + inserted), line_end: self.line_end(0) };
        let mut copied = 0;
        for (nth, step) in steps {
            let line = self.range(nth);
            out.copy(self.source.get(copied..line.start).unwrap_or_default());
            copied = copied.max(line.start);
            match step {
                Step::Insert(key, value) => out.line(&[key, b"=", value], self.line_end(nth)),
                Step::Replace(key, value) => {
                    out.edited_line(self.raw(nth), key, value);
                    copied = line.end;
                }
                Step::Remove => copied = line.end,
            }
        }
        out.copy(self.source.get(copied..).unwrap_or_default());
        if !self.source.is_empty() && ending(self.source).is_empty() {
            out.drop_final_line_end();
        }
        out.bytes
    }

    /// The steps in the order of the file; lines to insert at one place in key order where the
    /// file is in key order, else as they were set.
    fn steps(&self) -> Vec<(usize, Step<'_>)> {
        let mut steps = Vec::with_capacity(self.edits.len());
        for (key, edit) in &self.edits {
            let in_place = edit.value.as_deref().filter(|_| edit.insert_before.is_none());
            if let Some(nth) = self.index.get(key) {
                steps.push((*nth, in_place.map_or(Step::Remove, |value| Step::Replace(key, value))));
            }
            for nth in self.shadowed.get(key).into_iter().flatten() {
                steps.push((*nth, Step::Remove));
            }
            if let (Some(value), Some(place)) = (&edit.value, edit.insert_before) {
                steps.push((place, Step::Insert(key, value)));
            }
        }
        steps.sort_by(|(a, left), (b, right)| {
            a.cmp(b).then_with(|| match (left, right) {
                (Step::Insert(left, _), Step::Insert(right, _)) if self.in_key_order => left.cmp(right),
                (left, right) => right.is_insert().cmp(&left.is_insert()),
            })
        });
        steps
    }

    /// The line before which a new line of `key` goes.
    fn place_for(&self, key: &[u8]) -> Result<usize, Blocked> {
        let place = if self.in_key_order { self.place_in_order(key) } else { self.place_by_sibling(key) };
        self.checked_place(place)
    }

    fn place_in_order(&self, key: &[u8]) -> usize {
        match self.index.binary_search_by(|other, _| (**other).cmp(key)) {
            // Behind the last line of the key before it, before whatever comments lead the next.
            Ok(at) | Err(at) => match at.checked_sub(1).and_then(|before| self.index.get_index(before)) {
                Some((_, nth)) => nth + 1,
                None => self.index.first().map_or(self.line_count(), |(key, nth)| self.first_line_of(key, *nth)),
            },
        }
    }

    /// Behind the last line of the longest group (`a.b.c.`, `a.b.`, `a.`) that the key belongs to.
    fn place_by_sibling(&self, key: &[u8]) -> usize {
        let groups = self.group_ends.get_or_init(|| self.last_line_of_groups());
        let longest = groups_of(key).into_iter().rev().find_map(|group| groups.get(group));
        longest.map_or(self.line_count(), |nth| nth + 1)
    }

    fn last_line_of_groups(&self) -> HashMap<Vec<u8>, usize> {
        let mut groups: HashMap<Vec<u8>, usize> = HashMap::new();
        for (key, nth) in &self.index {
            for group in groups_of(key) {
                let last = groups.entry(group.to_vec()).or_default();
                *last = (*last).max(*nth);
            }
        }
        groups
    }

    /// The first line of all whose key begins with `prefix`.
    fn lines_with_prefix(&self, prefix: &[u8]) -> Option<usize> {
        let keys = self.index.iter().filter(|(key, _)| key.starts_with(prefix));
        keys.map(|(key, nth)| self.first_line_of(key, *nth)).min()
    }

    fn first_line_of(&self, key: &[u8], last: usize) -> usize {
        self.shadowed.get(key).and_then(|lines| lines.first().copied()).unwrap_or(last)
    }

    /// `place`, moved before a dangling continuation, if both readers begin a line there.
    fn checked_place(&self, place: usize) -> Result<usize, Blocked> {
        let dangling = self.dangling || self.disputes.last().is_some_and(|dispute| dispute.open);
        let behind_all = place == self.line_count();
        let place = if behind_all && dangling { place.saturating_sub(1) } else { place };
        let at = self.start(place);
        match self.dispute_near(&(at..at)) {
            Some(dispute) if dispute.range.start < at && at < dispute.range.end => Err(Blocked { line: dispute.line }),
            _ => Ok(place),
        }
    }

    /// Whether no key with this prefix is seen by `pki-server` alone.
    fn check_hidden(&self, prefix: &[u8]) -> Result<(), Blocked> {
        match self.hidden.iter().find(|(key, _)| key.starts_with(prefix)) {
            Some((_, line)) => Err(Blocked { line: *line }),
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
        let lines = self.index.get(key).into_iter().chain(self.shadowed.get(key).into_iter().flatten());
        for nth in lines {
            let line = self.range(*nth);
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
            || self.index.get(key).is_some_and(|nth| self.dispute_near(&self.range(*nth)).is_some())
    }

    /// The dispute, if any, that shares a byte with `range` or, where that is empty, holds it.
    fn dispute_near(&self, range: &Range<usize>) -> Option<&super::Dispute<'a>> {
        let at = self.disputes.partition_point(|dispute| dispute.range.end <= range.start);
        self.disputes.get(at).filter(|dispute| dispute.range.start < range.end.max(range.start + 1))
    }

    /// How a line put before line `nth` ends: as the line before it does, else as the file's first.
    fn line_end(&self, nth: usize) -> &'a [u8] {
        let before = nth.checked_sub(1).map_or(&b""[..], |before| ending(self.raw(before)));
        [before, ending(self.raw(0))].into_iter().find(|end| !end.is_empty()).unwrap_or(b"\n")
    }
}

impl Step<'_> {
    fn is_insert(&self) -> bool {
        matches!(self, Step::Insert(..))
    }

    fn length(&self) -> usize {
        match self {
            Step::Insert(key, value) | Step::Replace(key, value) => key.len() + value.len() + 3,
            Step::Remove => 0,
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
