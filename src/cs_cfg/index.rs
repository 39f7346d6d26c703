//! The lines of a file by their keys.

use std::borrow::Cow;

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
}

impl<'a> Index<'a> {
    /// An index to which the lines are added in the order of the file, and which is then sorted.
    pub fn with_capacity(lines: usize) -> Index<'a> {
        Index { entries: Vec::with_capacity(lines), in_key_order: true }
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
        lines_of(&self.entries, key)
    }

    /// The line of a key that counts: its last one.
    pub fn last_of(&self, key: &[u8]) -> Option<&Entry<'a>> {
        self.lines_of(key).last()
    }

    /// The lines whose keys begin with `prefix`, in key order.
    pub fn below(&self, prefix: &[u8]) -> &[Entry<'a>] {
        let entries = not_before(&self.entries, prefix);
        let count = entries.partition_point(|entry| entry.key.starts_with(prefix));
        entries.get(..count).unwrap_or_default()
    }

    /// The last line whose key comes before `key`, or is it.
    pub fn last_up_to(&self, key: &[u8]) -> Option<&Entry<'a>> {
        let behind = self.entries.partition_point(|entry| *entry.key <= *key);
        self.entries.get(behind.checked_sub(1)?)
    }

    /// The first line in key order.
    pub fn first(&self) -> Option<&Entry<'a>> {
        self.entries.first()
    }
}

/// The lines of a key, of lines in the order of the index.
pub(super) fn lines_of<'e, 'a>(lines: &'e [Entry<'a>], key: &[u8]) -> &'e [Entry<'a>] {
    let lines = not_before(lines, key);
    let count = lines.iter().take_while(|entry| *entry.key == *key).count();
    lines.get(..count).unwrap_or_default()
}

fn not_before<'e, 'a>(lines: &'e [Entry<'a>], key: &[u8]) -> &'e [Entry<'a>] {
    let from = lines.partition_point(|entry| *entry.key < *key);
    lines.get(from..).unwrap_or_default()
}

/// Of each key the line that counts, of lines in the order of the index.
pub(super) fn effective<'e, 'a>(lines: &'e [Entry<'a>]) -> impl Iterator<Item = &'e Entry<'a>> {
    lines.chunk_by(|one, next| one.key == next.key).filter_map(<[_]>::last)
}
