//! A block of lines that takes the place of every line with one prefix.

use super::text::{Key, Value};

/// The settings that a document is to have below `prefix`, and no others.
pub(super) struct Block<'a> {
    pub prefix: Key<'a>,
    /// The source's line before which the block goes.
    pub place: usize,
    /// As they were given, and some that count no more.
    entries: Vec<(Key<'a>, Value<'a>)>,
    /// The places of those that count, in key order.
    by_key: Vec<usize>,
}

impl<'a> Block<'a> {
    /// Of entries with one key the last one counts.
    pub fn new(prefix: Key<'a>, place: usize, entries: Vec<(Key<'a>, Value<'a>)>) -> Block<'a> {
        let key = |at: &usize| entries.get(*at).map(|(key, _)| key);
        let mut by_key: Vec<usize> = (0..entries.len()).collect();
        if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
            by_key.sort_by(|one, other| key(one).cmp(&key(other)));
            by_key.dedup_by(|next, kept| {
                let is_same = key(next) == key(kept);
                *kept = if is_same { *next } else { *kept };
                is_same
            });
        }
        Block { prefix, place, entries, by_key }
    }

    pub fn get(&self, key: &[u8]) -> Option<&Value<'a>> {
        let at = self.by_key.get(self.find(key).ok()?)?;
        self.entries.get(*at).map(|(_, value)| value)
    }

    pub fn set(&mut self, key: Key<'a>, value: Value<'a>) {
        match self.find(key.as_bytes()) {
            Ok(found) => {
                let entry = self.by_key.get(found).and_then(|at| self.entries.get_mut(*at));
                entry.into_iter().for_each(|entry| entry.1 = value.clone());
            }
            Err(missing) => {
                self.by_key.insert(missing, self.entries.len());
                self.entries.push((key, value));
            }
        }
    }

    pub fn remove(&mut self, key: &[u8]) {
        if let Ok(found) = self.find(key) {
            self.by_key.remove(found);
        }
    }

    /// Puts a block in place of what this one has below the other's prefix.
    pub fn replace(&mut self, inner: Block<'a>) {
        let is_outside = |(key, _): &(Key<'_>, _)| !key.as_bytes().starts_with(inner.prefix.as_bytes());
        self.by_key.retain(|at| self.entries.get(*at).is_some_and(is_outside));
        inner.entries().for_each(|(key, value)| self.set(key.clone(), value.clone()));
    }

    /// Keys and values in key order.
    pub fn entries(&self) -> impl Iterator<Item = &(Key<'a>, Value<'a>)> {
        self.by_key.iter().filter_map(|at| self.entries.get(*at))
    }

    /// Keys and values in the order in which they were given.
    pub fn entries_as_given(&self) -> impl Iterator<Item = &(Key<'a>, Value<'a>)> {
        let mut order = self.by_key.clone();
        order.sort_unstable();
        order.into_iter().filter_map(|at| self.entries.get(at))
    }

    /// How many bytes its lines have, each with a separator and the longest line end.
    pub fn length(&self) -> usize {
        self.entries().map(|(key, value)| key.as_bytes().len() + value.as_bytes().len() + 3).sum()
    }

    fn find(&self, key: &[u8]) -> Result<usize, usize> {
        self.by_key.binary_search_by(|at| self.entries.get(*at).map_or(&b""[..], |(key, _)| key.as_bytes()).cmp(key))
    }
}
