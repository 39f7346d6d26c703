//! The lines of a file by their keys.

use std::borrow::Cow;
use std::cell::Cell;

/// One property of a file: its key, and the place of its line among the logical lines.
pub(super) struct Entry<'a> {
    pub key: Cow<'a, [u8]>,
    pub nth: usize,
}

/// Every property of a file in the order of the keys' bytes; lines of one key in the order of the
/// file, so that the last of them is the one that counts.
///
/// A sorted list and no hash map: the server writes its files in key order, so that building it
/// costs no more than reading the lines, and the keys of a group lie side by side.
pub(super) struct Index<'a> {
    entries: Vec<Entry<'a>>,
    in_key_order: bool,
    /// Where the last search ended. Keys are asked for in runs, and their neighbours are at hand.
    near: Cell<usize>,
}

impl<'a> Index<'a> {
    /// An index to which the lines are added in the order of the file, and which is then sorted.
    pub fn with_capacity(lines: usize) -> Index<'a> {
        Index { entries: Vec::with_capacity(lines), in_key_order: true, near: Cell::new(0) }
    }

    pub fn push(&mut self, key: Cow<'a, [u8]>, nth: usize) {
        self.in_key_order &= self.entries.last().is_none_or(|last| last.key <= key);
        self.entries.push(Entry { key, nth });
    }

    pub fn sort(&mut self) {
        if !self.in_key_order {
            self.entries.sort_unstable_by(|one, other| (&one.key, one.nth).cmp(&(&other.key, other.nth)));
        }
    }

    /// Whether the keys stand in the file in the order of their bytes, as the server's own rewrite
    /// puts them.
    pub fn in_key_order(&self) -> bool {
        self.in_key_order
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every line, in key order.
    pub fn all(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// The lines of a key, in the order of the file.
    pub fn lines_of(&self, key: &[u8]) -> &[Entry<'a>] {
        let entries = self.from(self.place_of(key));
        let count = entries.iter().take_while(|entry| *entry.key == *key).count();
        entries.get(..count).unwrap_or_default()
    }

    /// The line of a key that counts: its last one.
    pub fn last_of(&self, key: &[u8]) -> Option<&Entry<'a>> {
        self.lines_of(key).last()
    }

    /// The lines whose keys begin with `prefix`, in key order.
    pub fn below(&self, prefix: &[u8]) -> &[Entry<'a>] {
        split_group(self.from(self.place_of(prefix)), prefix).0
    }

    /// The last line whose key comes before `key`, or is it.
    pub fn last_up_to(&self, key: &[u8]) -> Option<&Entry<'a>> {
        let behind = self.place_of(key) + self.lines_of(key).len();
        self.entries.get(behind.checked_sub(1)?)
    }

    /// The first line in key order.
    pub fn first(&self) -> Option<&Entry<'a>> {
        self.entries.first()
    }

    fn from(&self, place: usize) -> &[Entry<'a>] {
        self.entries.get(place..).unwrap_or_default()
    }

    /// The place of the first line whose key does not come before `key`.
    fn place_of(&self, key: &[u8]) -> usize {
        let is_before = |place: usize| self.entries.get(place).is_some_and(|entry| *entry.key < *key);
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
        let place = low + inside.partition_point(|entry| *entry.key < *key);
        self.near.set(place);
        place
    }
}

/// Lines that begin with those of a group, cut behind them. A group is small beside the file: its
/// end is looked for nearby first.
pub(super) fn split_group<'e, 'a>(lines: &'e [Entry<'a>], prefix: &[u8]) -> (&'e [Entry<'a>], &'e [Entry<'a>]) {
    let is_inside = |entry: &Entry<'_>| entry.key.starts_with(prefix);
    let mut near = 1;
    while lines.get(near).is_some_and(is_inside) {
        near *= 2;
    }
    let count = lines.get(..near).unwrap_or(lines).partition_point(is_inside);
    lines.split_at_checked(count).unwrap_or((lines, &[]))
}

/// Of each key the line that counts, of lines in the order of the index.
pub(super) fn effective<'e, 'a>(lines: &'e [Entry<'a>]) -> impl Iterator<Item = &'e Entry<'a>> {
    lines.chunk_by(|one, next| one.key == next.key).filter_map(<[_]>::last)
}
