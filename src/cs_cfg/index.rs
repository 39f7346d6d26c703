//! The lines of a file, by their number and by their keys.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use super::line::{Line, Parts, is_blank, lines, trim_start, without_ending};
use super::text::Assignment;

/// One property of a file.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The place of its line among the logical lines.
    pub nth: usize,
    /// How long its key is; [`APART`] where it is not read from the file.
    key_length: usize,
}

/// The length of a key that is kept apart: one that is not whole in its first physical line, or that
/// stands far from where its line begins.
const APART: usize = usize::MAX;

/// How many blanks before a key are passed over each time that it is read.
const USUAL_INDENT: usize = 64;

/// Every property of a file in the order of the keys' bytes; lines of one key in the order of the
/// file, so that the last of them is the one that counts.
///
/// A sorted list and no hash map: the server writes its files in key order, so that building it
/// costs no more than reading the lines, and the keys of a group lie side by side. Keys are read
/// where they stand in the file: for each line two numbers are kept, and a third for its start.
pub(super) struct Index<'a> {
    source: &'a [u8],
    /// Where each logical line begins, and the length of the source at the end.
    starts: Vec<usize>,
    entries: Vec<Entry>,
    /// Lines that are continued, be it by nothing at the end of the file: their places, and how many
    /// physical lines up to and including them are not logical ones. Usually empty.
    continued: Vec<(usize, usize)>,
    /// The keys that are kept apart, by their lines' places. Usually empty.
    apart: HashMap<usize, Vec<u8>>,
    /// That of the line that was added last, while lines are added. No key is empty.
    last_key: Cow<'a, [u8]>,
    in_key_order: bool,
    /// Some key has more than one line.
    has_shadowed: bool,
    /// Where the last search ended. Keys are asked for in runs, and their neighbours are at hand.
    near: Cell<usize>,
}

/// Hardly a file has shorter lines on the average, in bytes.
const SHORT_LINE: usize = 16;

impl<'a> Index<'a> {
    /// An index to which every line is added in the order of the file, and which is then closed.
    pub fn new(source: &'a [u8]) -> Index<'a> {
        let expected = memchr::memchr_iter(b'\n', source).count() + 1;
        Index {
            source,
            starts: Vec::with_capacity(expected + 1),
            // A file of nothing but line ends must not reserve room for as many keys.
            entries: Vec::with_capacity(expected.min(source.len() / SHORT_LINE)),
            continued: Vec::new(),
            apart: HashMap::new(),
            last_key: Cow::Borrowed(b""),
            in_key_order: true,
            has_shadowed: false,
            near: Cell::new(0),
        }
    }

    /// Adds a line that begins at `start`, and its key, if it is a property.
    pub fn push(&mut self, start: usize, line: &Line<'a>, key: Option<Cow<'a, [u8]>>) {
        let nth = self.starts.len();
        self.starts.push(start);
        if line.physical_lines > 1 || line.dangling {
            let before = self.continued.last().map_or(0, |(_, extra)| *extra);
            self.continued.push((nth, before + line.physical_lines - 1));
        }
        let Some(key) = key else { return };
        match self.last_key.as_ref().cmp(key.as_ref()) {
            Ordering::Greater => self.in_key_order = false,
            Ordering::Equal => self.has_shadowed = true,
            Ordering::Less => {}
        }
        let key_length = match &key {
            Cow::Borrowed(key) if self.is_near(start) => {
                debug_assert!(self.source.get(start..).is_some_and(|line| trim_start(line).starts_with(key)));
                key.len()
            }
            key => {
                self.apart.insert(nth, key.to_vec());
                APART
            }
        };
        self.entries.push(Entry { nth, key_length });
        self.last_key = key;
    }

    /// Whether the key of the line that begins at `start` stands near there.
    fn is_near(&self, start: usize) -> bool {
        self.source.iter().skip(start).take(USUAL_INDENT).any(|byte| !is_blank(*byte))
    }

    /// Sorts what was added.
    pub fn close(&mut self) {
        self.starts.push(self.source.len());
        if !self.in_key_order {
            let mut entries = std::mem::take(&mut self.entries);
            // Usually a few lines were put in by hand: a sort that makes use of the order that is there.
            entries.sort_by(|one, other| self.key(one).cmp(self.key(other)));
            self.has_shadowed = !entries.is_sorted_by(|one, next| self.key(one) != self.key(next));
            self.entries = entries;
        }
    }

    /// The file.
    pub fn source(&self) -> &'a [u8] {
        self.source
    }

    /// Number of the physical line, from 1, on which a line begins.
    pub fn physical_number(&self, nth: usize) -> usize {
        let before = self.continued.partition_point(|(continued, _)| *continued < nth);
        let extra = before.checked_sub(1).and_then(|last| self.continued.get(last)).map_or(0, |(_, extra)| *extra);
        nth + extra + 1
    }

    /// How many logical lines the source has.
    pub fn line_count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Where a line begins; behind the last one the source ends.
    pub fn start(&self, nth: usize) -> usize {
        self.starts.get(nth).copied().unwrap_or(self.source.len())
    }

    /// The bytes that a line has in the source.
    pub fn range(&self, nth: usize) -> Range<usize> {
        self.start(nth)..self.start(nth + 1)
    }

    /// A line, with what ends it.
    pub fn raw(&self, nth: usize) -> &'a [u8] {
        self.source.get(self.range(nth)).unwrap_or_default()
    }

    /// The key of a line.
    pub fn key(&self, entry: &Entry) -> &[u8] {
        match entry.key_length {
            APART => self.apart.get(&entry.nth).map(Vec::as_slice).unwrap_or_default(),
            length => self.key_at(entry.nth, length),
        }
    }

    /// The same, borrowed from the source where it stands there.
    pub fn key_from_source(&self, entry: &Entry) -> Cow<'a, [u8]> {
        match entry.key_length {
            APART => Cow::Owned(self.key(entry).to_vec()),
            length => Cow::Borrowed(self.key_at(entry.nth, length)),
        }
    }

    /// The value of a line. It borrows from the source, unless the line is continued.
    pub fn value(&self, entry: &Entry) -> Option<Cow<'a, [u8]>> {
        let is_continued = || self.continued.binary_search_by_key(&entry.nth, |(nth, _)| *nth).is_ok();
        if entry.key_length == APART || is_continued() {
            return Some(lines(self.raw(entry.nth)).next()?.property()?.value);
        }
        Some(Cow::Borrowed(Parts::with_key(self.text(entry), entry.key_length).value))
    }

    /// A line without what ends it.
    pub fn text(&self, entry: &Entry) -> &'a [u8] {
        without_ending(self.raw(entry.nth))
    }

    /// A line as what it would be written as, if that is what stands there.
    pub fn assignment(&self, entry: &Entry) -> Option<Assignment<'a>> {
        Assignment::from_line(self.text(entry), Some(entry.key_length).filter(|length| *length != APART)?)
    }

    fn key_at(&self, nth: usize, length: usize) -> &'a [u8] {
        let line = self.source.get(self.start(nth)..).unwrap_or_default();
        trim_start(line).get(..length).unwrap_or_default()
    }

    /// Whether the keys stand in the file in the order of their bytes, as the server's own rewrite
    /// puts them.
    pub fn in_key_order(&self) -> bool {
        self.in_key_order
    }

    /// Every line, in key order.
    pub fn all(&self) -> &[Entry] {
        &self.entries
    }

    /// The lines of a key, in the order of the file.
    pub fn lines_of(&self, key: &[u8]) -> &[Entry] {
        self.lines_at(&self.places_of(key))
    }

    /// Their places in key order.
    pub fn places_of(&self, key: &[u8]) -> Range<usize> {
        let place = self.place_of(key);
        place..place + self.from(place).iter().take_while(|entry| self.key(entry) == key).count()
    }

    /// The lines at some places in key order.
    pub fn lines_at(&self, places: &Range<usize>) -> &[Entry] {
        self.entries.get(places.clone()).unwrap_or_default()
    }

    /// The line of a key that counts: its last one.
    pub fn last_of(&self, key: &[u8]) -> Option<&Entry> {
        self.lines_of(key).last()
    }

    /// The lines whose keys begin with `prefix`, in key order.
    pub fn below(&self, prefix: &[u8]) -> &[Entry] {
        let lines = self.from(self.place_of(prefix));
        let is_inside = |entry: &Entry| self.key(entry).starts_with(prefix);
        // A group is small beside the file: its end is looked for nearby first.
        let mut near = 1;
        while lines.get(near).is_some_and(is_inside) {
            near *= 2;
        }
        let lines = lines.get(..near).unwrap_or(lines);
        lines.get(..lines.partition_point(is_inside)).unwrap_or(lines)
    }

    /// The last line whose key comes before `key`, or is it.
    pub fn last_up_to(&self, key: &[u8]) -> Option<&Entry> {
        self.entries.get(self.places_of(key).end.checked_sub(1)?)
    }

    /// The lines of each key, of lines in key order.
    pub fn by_key<'e>(&'e self, lines: &'e [Entry]) -> impl Iterator<Item = &'e [Entry]> + use<'e, 'a> {
        lines.chunk_by(|one, next| self.is_same_key(one, next))
    }

    /// Whether any key of these lines has more than one of them.
    pub fn have_shadowed(&self, lines: &[Entry]) -> bool {
        self.has_shadowed && !lines.is_sorted_by(|one, next| !self.is_same_key(one, next))
    }

    fn is_same_key(&self, one: &Entry, other: &Entry) -> bool {
        self.has_shadowed && self.key(one) == self.key(other)
    }

    fn from(&self, place: usize) -> &[Entry] {
        self.entries.get(place..).unwrap_or_default()
    }

    /// The place of the first line whose key does not come before `key`.
    fn place_of(&self, key: &[u8]) -> usize {
        let is_before = |place: usize| self.entries.get(place).is_some_and(|entry| self.key(entry) < key);
        // Ever wider around the last place, until the key's is inside.
        let (mut low, mut high) = (self.near.get(), self.near.get());
        let mut step = 1;
        while low > 0 && !is_before(low - 1) {
            low = low.saturating_sub(step);
            step *= 2;
        }
        while is_before(high) {
            high = (high + step).min(self.entries.len());
            step *= 2;
        }
        let inside = self.entries.get(low..high).unwrap_or_default();
        let place = low + inside.partition_point(|entry| self.key(entry) < key);
        self.near.set(place);
        place
    }
}
