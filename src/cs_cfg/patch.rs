//! An edit of a CS.cfg, as a value.

use indexmap::IndexMap;

use super::block::Block;
use super::text::{Key, Value};

/// What a CS.cfg is to say: some keys with these values, some keys absent, and below some prefixes
/// these parameters and no others.
///
/// A later decision about a key takes the place of an earlier one; one about a key below a replaced
/// prefix edits what is put there. It borrows the text that it copies.
#[derive(Clone, Debug, Default)]
pub struct Patch<'t> {
    /// No prefix begins with another.
    blocks: Vec<Block<'t>>,
    /// Keys outside the blocks, in the order in which they were put here; nothing: it is removed.
    single: IndexMap<Vec<u8>, Option<Value<'t>>>,
}

impl<'t> Patch<'t> {
    /// A patch that changes nothing.
    pub fn new() -> Patch<'t> {
        Patch::default()
    }

    /// Gives `key` a value. Earlier duplicates of its line are removed even where the value is right
    /// already: not every program that looks into a CS.cfg takes the last one.
    pub fn set(&mut self, key: Key<'t>, value: Value<'t>) {
        match self.block_of_mut(key.as_bytes()) {
            Some(block) => block.set(key, value),
            None => drop(self.single.insert(key.as_bytes().to_vec(), Some(value))),
        }
    }

    /// Removes every line of `key`, which may be one that could not be written; not of the empty key,
    /// which lines of blanks have.
    pub fn remove(&mut self, key: impl AsRef<[u8]>) {
        let key = key.as_ref();
        match self.block_of_mut(key) {
            Some(block) => block.remove(key),
            None if key.is_empty() => {}
            None => drop(self.single.insert(key.to_vec(), None)),
        }
    }

    /// Makes `parameters`, in this order, all that there is below `prefix`; of several with one key
    /// the last value counts. In a file that is in key order they are written in key order.
    ///
    /// # Panics
    /// Where a key does not begin with `prefix`.
    pub fn replace_prefix(&mut self, prefix: Key<'t>, parameters: Vec<(Key<'t>, Value<'t>)>) {
        let is_below = |key: &[u8]| key.starts_with(prefix.as_bytes());
        assert!(parameters.iter().all(|(key, _)| is_below(key.as_bytes())), "a key is not below {prefix}");
        if let Some(outer) = self.block_of_mut(prefix.as_bytes()) {
            outer.replace_prefix(prefix.as_bytes(), parameters);
            return;
        }
        self.single.retain(|key, _| !is_below(key));
        self.blocks.retain(|block| !is_below(block.prefix()));
        self.blocks.push(Block::new(prefix, parameters));
    }

    /// Whether it decides nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.single.is_empty()
    }

    /// Whether it decides this key.
    pub fn covers(&self, key: &[u8]) -> bool {
        self.block_of(key).is_some() || self.single.contains_key(key)
    }

    /// What it decides about a key: nothing, or its value, which is nothing where it is to be absent.
    pub fn value_of(&self, key: &[u8]) -> Option<Option<&Value<'t>>> {
        match self.block_of(key) {
            Some(block) => Some(block.get(key)),
            None => self.single.get(key).map(Option::as_ref),
        }
    }

    /// The replaced prefixes.
    pub(super) fn blocks(&self) -> &[Block<'t>] {
        &self.blocks
    }

    /// The other keys, in the order in which they were put here, with their values, or nothing where
    /// they are removed.
    pub(super) fn single(&self) -> impl Iterator<Item = (&[u8], Option<&Value<'t>>)> {
        self.single.iter().map(|(key, value)| (key.as_slice(), value.as_ref()))
    }

    fn block_of(&self, key: &[u8]) -> Option<&Block<'t>> {
        self.blocks.iter().find(|block| key.starts_with(block.prefix()))
    }

    fn block_of_mut(&mut self, key: &[u8]) -> Option<&mut Block<'t>> {
        self.blocks.iter_mut().find(|block| key.starts_with(block.prefix()))
    }
}

impl PartialEq for Patch<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.blocks == other.blocks && self.single.as_slice() == other.single.as_slice()
    }
}

impl Eq for Patch<'_> {}
