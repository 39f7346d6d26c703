//! What a patch puts below a prefix.

use super::text::{Key, Value};

/// The parameters that a CS.cfg is to have below a prefix, and no others.
#[derive(Clone, Debug)]
pub(super) struct Block<'t> {
    prefix: Key<'t>,
    /// As they were given, and some that no longer count.
    parameters: Vec<(Key<'t>, Value<'t>)>,
    /// The places of those that count, in key order.
    by_key: Vec<u32>,
}

impl<'t> Block<'t> {
    /// Of several parameters with one key the last one counts.
    pub fn new(prefix: Key<'t>, parameters: Vec<(Key<'t>, Value<'t>)>) -> Block<'t> {
        let mut block = Block { by_key: (0..parameters.len() as u32).collect(), prefix, parameters };
        if !block.parameters.is_sorted_by(|(one, _), (next, _)| one < next) {
            let mut by_key = std::mem::take(&mut block.by_key);
            by_key.sort_by(|one, other| block.key(*one).cmp(block.key(*other)));
            by_key.dedup_by(|next, kept| {
                let is_same = block.key(*next) == block.key(*kept);
                *kept = if is_same { *next } else { *kept };
                is_same
            });
            block.by_key = by_key;
        }
        block
    }

    /// What all its keys begin with.
    pub fn prefix(&self) -> &[u8] {
        self.prefix.as_bytes()
    }

    /// The parameters in key order.
    pub fn by_key(&self) -> impl Iterator<Item = (&[u8], &Value<'t>)> {
        self.by_key.iter().map(|place| self.at(*place))
    }

    /// The parameters in the order in which they were given.
    pub fn as_given(&self) -> impl Iterator<Item = (&[u8], &Value<'t>)> {
        let mut places = self.by_key.clone();
        places.sort_unstable();
        places.into_iter().map(|place| self.at(place))
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<&Value<'t>> {
        let place = self.by_key.get(self.find(key).ok()?)?;
        Some(self.at(*place).1)
    }

    /// Gives a key a value: in its place, or behind all others.
    pub fn set(&mut self, key: Key<'t>, value: Value<'t>) {
        let new = self.parameters.len() as u32;
        match self.find(key.as_bytes()) {
            Ok(found) => {
                let place = self.by_key.get(found).map_or(new, |place| *place);
                self.parameters.push((key, value));
                self.parameters.swap_remove(place as usize);
            }
            Err(missing) => {
                self.by_key.insert(missing, new);
                self.parameters.push((key, value));
            }
        }
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &[u8]) {
        if let Ok(found) = self.find(key) {
            self.by_key.remove(found);
        }
    }

    /// Makes these all that there is below a longer prefix.
    pub fn replace_prefix(&mut self, prefix: &[u8], parameters: Vec<(Key<'t>, Value<'t>)>) {
        let mut by_key = std::mem::take(&mut self.by_key);
        by_key.retain(|place| !self.key(*place).starts_with(prefix));
        self.by_key = by_key;
        parameters.into_iter().for_each(|(key, value)| self.set(key, value));
    }

    fn find(&self, key: &[u8]) -> Result<usize, usize> {
        self.by_key.binary_search_by(|place| self.key(*place).cmp(key))
    }

    fn key(&self, place: u32) -> &[u8] {
        self.at(place).0
    }

    #[allow(clippy::indexing_slicing, reason = "places of parameters, of which none is ever removed")]
    fn at(&self, place: u32) -> (&[u8], &Value<'t>) {
        let (key, value) = &self.parameters[place as usize];
        (key.as_bytes(), value)
    }
}

impl PartialEq for Block<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.prefix == other.prefix && self.as_given().eq(other.as_given())
    }
}

impl Eq for Block<'_> {}
