//! A block of lines that takes the place of every line with one prefix.

use std::borrow::Cow;

use super::text::{Key, Value};

/// The settings that a document is to have below `prefix`, and no others.
pub(super) struct Block<'a> {
    pub prefix: Cow<'a, [u8]>,
    /// The source's line before which the block goes.
    pub place: usize,
    /// In key order.
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    key: Cow<'a, [u8]>,
    value: Cow<'a, [u8]>,
    /// Its place in the order in which the block was given.
    nth: usize,
}

impl<'a> Block<'a> {
    /// Of entries with one key the last one counts.
    pub fn new(
        prefix: Cow<'a, [u8]>,
        place: usize,
        entries: impl IntoIterator<Item = (Key<'a>, Value<'a>)>,
    ) -> Block<'a> {
        let entries = entries.into_iter().enumerate();
        let mut entries: Vec<_> = entries
            .map(|(nth, (key, value))| Entry { key: key.into_bytes(), value: value.into_bytes(), nth })
            .collect();
        // Entries that come sorted, the usual case, cost one look at each.
        entries.sort_by(|one, other| one.key.cmp(&other.key));
        entries.dedup_by(|next, kept| {
            let is_same = next.key == kept.key;
            if is_same {
                std::mem::swap(next, kept);
            }
            is_same
        });
        Block { prefix, place, entries }
    }

    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let at = self.find(key).ok()?;
        self.entries.get(at).map(|entry| &*entry.value)
    }

    pub fn set(&mut self, key: Cow<'a, [u8]>, value: Cow<'a, [u8]>) {
        match self.find(&key) {
            Ok(at) => self.entries.get_mut(at).into_iter().for_each(|entry| entry.value = value.clone()),
            Err(at) => self.entries.insert(at, Entry { key, value, nth: usize::MAX }),
        }
    }

    /// Puts a block in place of what this one has below the other's prefix.
    pub fn replace(&mut self, inner: Block<'a>) {
        self.entries.retain(|entry| !entry.key.starts_with(&inner.prefix));
        self.entries.extend(inner.entries);
        self.entries.sort_by(|one, other| one.key.cmp(&other.key));
    }

    pub fn remove(&mut self, key: &[u8]) {
        self.entries.retain(|entry| *entry.key != *key);
    }

    /// Keys and values in key order.
    pub fn entries(&self) -> impl Iterator<Item = (&Cow<'a, [u8]>, &Cow<'a, [u8]>)> {
        self.entries.iter().map(|entry| (&entry.key, &entry.value))
    }

    /// Keys and values in key order, or in the order in which they were given.
    pub fn entries_in_order(&self, of_keys: bool) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        if !of_keys {
            entries.sort_by_key(|entry| entry.nth);
        }
        entries.into_iter().map(|entry| (&*entry.key, &*entry.value))
    }

    /// How many bytes its lines have, each with a separator and the longest line end.
    pub fn length(&self) -> usize {
        self.entries.iter().map(|entry| entry.key.len() + entry.value.len() + 3).sum()
    }

    fn find(&self, key: &[u8]) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| (*entry.key).cmp(key))
    }
}
