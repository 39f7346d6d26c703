//! A block of lines that takes the place of every line with one prefix.

use super::text::{Assignment, Key};

/// The settings that a document is to have below `prefix`, and no others.
pub(super) struct Block<'a> {
    pub prefix: Key<'a>,
    /// The source's line before which the block goes.
    pub place: usize,
    /// As they were given, and some that count no more.
    entries: Vec<Assignment<'a>>,
    /// The places of those that count, in key order.
    by_key: Vec<usize>,
}

impl<'a> Block<'a> {
    /// Of entries with one key the last one counts.
    pub fn new(prefix: Key<'a>, place: usize, entries: Vec<Assignment<'a>>) -> Block<'a> {
        let key = |at: &usize| entries.get(*at).map(Assignment::key);
        let mut by_key: Vec<usize> = (0..entries.len()).collect();
        if !entries.is_sorted_by(|one, next| one.key() < next.key()) {
            by_key.sort_by(|one, other| key(one).cmp(&key(other)));
            by_key.dedup_by(|next, kept| {
                let is_same = key(next) == key(kept);
                *kept = if is_same { *next } else { *kept };
                is_same
            });
        }
        Block { prefix, place, entries, by_key }
    }

    pub fn get(&self, key: &[u8]) -> Option<&Assignment<'a>> {
        self.entries.get(*self.by_key.get(self.find(key).ok()?)?)
    }

    pub fn set(&mut self, setting: Assignment<'a>) {
        match self.find(setting.key()) {
            Ok(found) => {
                if let Some(entry) = self.by_key.get(found).and_then(|at| self.entries.get_mut(*at)) {
                    *entry = setting;
                }
            }
            Err(missing) => {
                self.by_key.insert(missing, self.entries.len());
                self.entries.push(setting);
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
        let is_outside = |setting: &Assignment<'_>| !setting.key().starts_with(inner.prefix.as_bytes());
        self.by_key.retain(|at| self.entries.get(*at).is_some_and(is_outside));
        inner.entries().for_each(|setting| self.set(setting.clone()));
    }

    /// The settings in key order.
    pub fn entries(&self) -> impl Iterator<Item = &Assignment<'a>> {
        self.by_key.iter().filter_map(|at| self.entries.get(*at))
    }

    /// The settings in the order in which they were given.
    pub fn entries_as_given(&self) -> impl Iterator<Item = &Assignment<'a>> {
        let mut order = self.by_key.clone();
        order.sort_unstable();
        order.into_iter().filter_map(|at| self.entries.get(at))
    }

    /// How many bytes its lines have, each with the longest line end.
    pub fn length(&self) -> usize {
        self.entries().map(|setting| setting.as_bytes().len() + 2).sum()
    }

    fn find(&self, key: &[u8]) -> Result<usize, usize> {
        self.by_key.binary_search_by(|at| self.entries.get(*at).map_or(&b""[..], Assignment::key).cmp(key))
    }
}
