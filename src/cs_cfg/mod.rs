//! The document: a CS.cfg that is its own source text until a key of it is edited.
//!
//! A [`CsCfg`] borrows the bytes that it was parsed from and remembers edits beside them; bytes
//! that no edit touches are never copied, looked at or changed. Its readings ([`CsCfg::get`],
//! [`CsCfg::keys_with_prefix`]) are the server's; where the other reader, `pki-server`, sees
//! something else is told by [`CsCfg::disputes`], and an edit which that reader would misread is
//! refused ([`Blocked`]).
//!
//! Who may change what: only this module decides where a line goes and how it is spelled; callers
//! name keys and values, by the types in [`text`] which hold nothing that the readers could read
//! differently.

mod block;
pub mod dispute;
mod edit;
mod index;
pub mod line;
mod python;
mod source;
pub mod text;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use thiserror::Error;

pub use dispute::{Dispute, StopsStart};
pub use source::SourceProperty;
pub use text::{Assignment, Key, Unwritable, Value};

use block::Block;
use dispute::Comparison;
use edit::Edit;
use index::{Entry, Index};
use line::lines;

/// A CS.cfg, with the edits made to it.
pub struct CsCfg<'a> {
    index: Index<'a>,
    /// The last line is continued by nothing: no line may be put behind it.
    dangling: bool,
    disputes: Vec<Dispute<'a>>,
    /// Keys that only `pki-server` reads, inside disputed lines of other keys, and the number of
    /// the line. Usually empty.
    hidden: HashMap<Vec<u8>, usize>,
    /// Blocks that were put in place of every key with their prefix; no prefix begins with another.
    blocks: Vec<Block<'a>>,
    /// What else was decided, by keys outside the blocks.
    edits: IndexMap<Cow<'a, [u8]>, Edit<'a>>,
    /// The last line of each group of keys that a file out of key order was asked for.
    group_ends: RefCell<HashMap<Vec<u8>, Option<usize>>>,
}

/// An edit would have to be made inside a stretch that the two readers read differently.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} is not read alike by the server and by pki-server")]
pub struct Blocked {
    /// Number of the disputed stretch's first physical line.
    pub line: usize,
}

impl<'a> CsCfg<'a> {
    /// Reads a CS.cfg. Cannot fail: every byte string is some CS.cfg.
    pub fn parse(source: &'a [u8]) -> CsCfg<'a> {
        let mut index = Index::new(source);
        let mut comparison = Comparison::new(source);
        let mut dangling = false;
        let mut at = 0;
        for line in lines(source) {
            // An empty key belongs to a line of blanks: nothing that could be asked for.
            let property = comparison.property(&line).filter(|property| !property.key.is_empty());
            index.push(at, &line, property.map(|property| property.key));
            at += line.raw.len();
            dangling = line.dangling;
        }
        index.close();
        let disputes = comparison.disputes();
        let hidden = disputes.iter().flat_map(|dispute| dispute.hidden_keys().map(|key| (key.to_vec(), dispute.line)));
        let hidden = hidden.collect();
        CsCfg {
            index,
            dangling,
            disputes,
            hidden,
            blocks: Vec::new(),
            edits: IndexMap::new(),
            group_ends: RefCell::default(),
        }
    }

    /// The value that the server reads for `key`: that of its last line, or of the last edit.
    pub fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        match self.edited(key) {
            Some(value) => value.map(Cow::Borrowed),
            None => self.index.value(self.index.last_of(key)?),
        }
    }

    /// What stands between `prefix` and the next dot in the keys that have both: each name once, in
    /// key order, those of nothing but edited keys behind the others.
    pub fn names_below<'p>(&'p self, prefix: &'p [u8]) -> impl Iterator<Item = &'p [u8]> {
        let mut kept = self.unedited(prefix).map(|entry| self.index.key(entry)).peekable();
        let kept = std::iter::from_fn(move || {
            let (name, group) = kept.by_ref().find_map(|key| name_below(prefix, key))?;
            // Its lines are read by now: whoever asks for their values finds them in the processor's cache.
            while kept.next_if(|key| key.starts_with(group)).is_some() {}
            Some(name)
        });
        let mut seen = HashSet::new();
        let written = self.written(prefix).filter_map(move |(key, _)| name_below(prefix, key));
        let new = written.filter(move |(_, group)| seen.insert(*group) && self.unedited(group).next().is_none());
        kept.chain(new.map(|(name, _)| name))
    }

    /// Whether the file, as edited, holds any property at all.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.blocks.is_empty() && self.index.all().is_empty()
    }

    /// The keys that begin with `prefix`, in the order of their bytes; those that edits set behind the
    /// others.
    pub fn keys_with_prefix<'p>(&'p self, prefix: &'p [u8]) -> impl Iterator<Item = &'p [u8]> {
        let kept = self.unedited(prefix).map(|entry| self.index.key(entry));
        kept.chain(self.written(prefix).map(|(key, _)| key))
    }

    /// The properties of the source, without the edits, whose keys begin with `prefix`, in key order.
    pub fn source_properties<'p>(&'p self, prefix: &[u8]) -> impl Iterator<Item = SourceProperty<'p, 'a>> {
        let index = &self.index;
        index.by_key(index.below(prefix)).map(move |lines| SourceProperty { index, lines })
    }

    /// The source's lines that count and that no edit touches.
    fn unedited<'p>(&'p self, prefix: &[u8]) -> impl Iterator<Item = &'p Entry> + use<'p, 'a> {
        let lines = self.index.by_key(self.index.below(prefix));
        lines.filter_map(<[_]>::last).filter(|entry| self.is_unedited(entry))
    }

    fn is_unedited(&self, entry: &Entry) -> bool {
        let nothing = self.edits.is_empty() && self.blocks.is_empty();
        nothing || self.edited(self.index.key(entry)).is_none()
    }

    /// What the edits set.
    fn written<'p>(&'p self, prefix: &'p [u8]) -> impl Iterator<Item = (&'p [u8], &'p [u8])> {
        let blocks = self.blocks.iter().flat_map(Block::entries).map(|setting| (setting.key(), setting.value()));
        let edits = self.edits.iter().filter_map(|(key, edit)| Some((&**key, edit.value.as_deref()?)));
        blocks.chain(edits).filter(move |(key, _)| key.starts_with(prefix))
    }

    /// What an edit made of a key, if one did: its value, or nothing where it was removed.
    fn edited(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        if let Some(edit) = self.edits.get(key) {
            return Some(edit.value.as_deref());
        }
        let block = self.blocks.iter().find(|block| key.starts_with(block.prefix.as_bytes()))?;
        Some(block.get(key).map(Assignment::value))
    }

    /// Number of the physical line, from 1, on which the source's effective line of `key` begins.
    pub fn line_number(&self, key: &[u8]) -> Option<usize> {
        self.index.last_of(key).map(|entry| self.index.physical_number(entry.nth))
    }

    /// Numbers of all lines of `key` in the source. The last one counts; the earlier ones are
    /// ignored by the server and read by FreeIPA's helper.
    pub fn line_numbers(&self, key: &[u8]) -> Vec<usize> {
        self.index.lines_of(key).iter().map(|entry| self.index.physical_number(entry.nth)).collect()
    }

    /// Whether any key that begins with `prefix` has more than one line.
    pub fn has_shadowed(&self, prefix: &[u8]) -> bool {
        self.index.have_shadowed(self.index.below(prefix))
    }

    /// Whether the keys of the source stand in the order of their bytes, as the server's own rewrite
    /// puts them.
    pub fn is_in_key_order(&self) -> bool {
        self.index.in_key_order()
    }

    /// The source's lines but those of the keys that `is_owned` knows. Asks it for each line, and not
    /// the index for groups of keys, which edits are made by: a proof rests on this.
    pub fn other_lines(&self, is_owned: impl Fn(&[u8]) -> bool) -> impl Iterator<Item = &'a [u8]> {
        let mut is_other = vec![true; self.index.line_count()];
        for entry in self.index.all() {
            if let Some(is_other) = is_other.get_mut(entry.nth) {
                *is_other = !is_owned(self.index.key(entry));
            }
        }
        let others = is_other.into_iter().enumerate().filter(|(_, is_other)| *is_other);
        others.map(|(nth, _)| self.index.raw(nth))
    }

    /// The stretches of the source that its two readers read differently.
    pub fn disputes(&self) -> &[Dispute<'a>] {
        &self.disputes
    }

    /// Whether both readers read every key that begins with `prefix`, and no more of them, alike.
    pub fn is_undisputed(&self, prefix: &[u8]) -> bool {
        let disputed = |dispute: &Dispute<'_>| {
            dispute.java.iter().chain(&dispute.python).any(|property| property.key.starts_with(prefix))
        };
        !self.disputes.iter().any(disputed)
    }

    /// The disputes that the edits leave standing.
    pub fn remaining_disputes(&self) -> impl Iterator<Item = &Dispute<'a>> {
        self.disputes.iter().filter(|dispute| {
            dispute.java.is_empty() || dispute.java.iter().any(|property| self.edited(&property.key).is_none())
        })
    }

    /// The source, without the edits.
    pub fn source(&self) -> &'a [u8] {
        self.index.source()
    }
}

/// What stands between `prefix` and the next dot of `key`, and all of the key up to that dot.
fn name_below<'k>(prefix: &[u8], key: &'k [u8]) -> Option<(&'k [u8], &'k [u8])> {
    let rest = key.strip_prefix(prefix)?;
    let length = memchr::memchr(b'.', rest)?;
    Some((rest.get(..length)?, key.get(..=prefix.len() + length)?))
}
