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

pub mod dispute;
mod edit;
pub mod line;
mod python;
pub mod text;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use indexmap::IndexMap;
use thiserror::Error;

pub use dispute::{Dispute, StopsStart};
pub use text::{Key, Unwritable, Value};

use edit::Edit;
use line::{Line, lines};

/// Keys in the order of the file. Its hash is quick and seeded by chance.
type Map<K, V> = IndexMap<K, V, foldhash::fast::RandomState>;

/// A CS.cfg, with the edits made to it.
pub struct CsCfg<'a> {
    source: &'a [u8],
    /// Where each logical line begins, and the length of the source at the end.
    starts: Vec<usize>,
    /// Lines that were joined from several: their place in `starts`, and how many physical lines
    /// up to and including them are not logical ones. Usually empty.
    joined: Vec<(usize, usize)>,
    /// The line that decides each key's value: its last one.
    index: Map<Cow<'a, [u8]>, usize>,
    /// Earlier lines of the keys that occur more than once. Usually empty.
    shadowed: Map<Cow<'a, [u8]>, Vec<usize>>,
    /// The keys stand in the order of their bytes, as the server's own rewrite puts them.
    in_key_order: bool,
    /// The last line is continued by nothing: no line may be put behind it.
    dangling: bool,
    disputes: Vec<Dispute<'a>>,
    /// Keys that only `pki-server` reads, inside disputed lines of other keys, and the number of
    /// the line. Usually empty.
    hidden: HashMap<Vec<u8>, usize>,
    edits: Map<Cow<'a, [u8]>, Edit<'a>>,
    /// The last line of each group of keys (`a.b.`), found when a file out of key order needs it.
    group_ends: OnceCell<HashMap<Vec<u8>, usize>>,
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
        let disputes = dispute::disputes(source);
        let hidden = disputes.iter().flat_map(|dispute| dispute.hidden_keys().map(|key| (key.to_vec(), dispute.line)));
        let expected = memchr::memchr_iter(b'\n', source).count() + 1;
        let mut cfg = CsCfg {
            source,
            starts: Vec::with_capacity(expected + 1),
            joined: Vec::new(),
            index: Map::with_capacity_and_hasher(expected, foldhash::fast::RandomState::default()),
            shadowed: Map::default(),
            in_key_order: true,
            dangling: false,
            hidden: hidden.collect(),
            disputes,
            edits: Map::default(),
            group_ends: OnceCell::new(),
        };
        let mut at = 0;
        let mut extra = 0;
        let mut previous: Option<Cow<'a, [u8]>> = None;
        for line in lines(source) {
            let nth = cfg.starts.len();
            cfg.starts.push(at);
            at += line.raw.len();
            cfg.dangling = line.dangling;
            if line.physical_lines > 1 {
                extra += line.physical_lines - 1;
                cfg.joined.push((nth, extra));
            }
            // An empty key belongs to a line of blanks: nothing that could be asked for.
            let Some(property) = line.property().filter(|property| !property.key.is_empty()) else {
                continue;
            };
            cfg.in_key_order &= previous.as_ref().is_none_or(|previous| **previous <= *property.key);
            if let Some(earlier) = cfg.index.insert(property.key.clone(), nth) {
                cfg.shadowed.entry(property.key.clone()).or_default().push(earlier);
            }
            previous = Some(property.key);
        }
        cfg.starts.push(at);
        cfg
    }

    /// The value that the server reads for `key`: that of its last line, or of the last edit.
    pub fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        if let Some(edit) = self.edits.get(key) {
            return edit.value.as_deref().map(Cow::Borrowed);
        }
        self.source_value(key)
    }

    /// Whether the file, as edited, holds any property at all.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.index.is_empty()
    }

    /// The keys that begin with `prefix`: those of the source in the order of the file, then the
    /// added ones.
    pub fn keys_with_prefix<'p>(&'p self, prefix: &'p [u8]) -> impl Iterator<Item = &'p Cow<'a, [u8]>> {
        let kept = self.index.keys().filter(|key| self.edits.get(*key).is_none_or(|edit| edit.value.is_some()));
        let added = self
            .edits
            .iter()
            .filter(|(key, edit)| edit.value.is_some() && !self.index.contains_key(*key))
            .map(|(key, _)| key);
        kept.chain(added).filter(move |key| key.starts_with(prefix))
    }

    /// Number of the physical line, from 1, on which the source's effective line of `key` begins.
    pub fn line_number(&self, key: &[u8]) -> Option<usize> {
        self.index.get(key).map(|nth| self.physical_number(*nth))
    }

    /// Numbers of the earlier lines of `key`, which the server ignores and FreeIPA's helper reads.
    pub fn shadowed_lines(&self, key: &[u8]) -> Vec<usize> {
        let lines = self.shadowed.get(key).into_iter().flatten();
        lines.map(|nth| self.physical_number(*nth)).collect()
    }

    /// Whether any key that begins with `prefix` has more than one line.
    pub fn has_shadowed(&self, prefix: &[u8]) -> bool {
        self.shadowed.keys().any(|key| key.starts_with(prefix))
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
            dispute.java.is_empty() || dispute.java.iter().any(|property| !self.edits.contains_key(&*property.key))
        })
    }

    /// The source, without the edits.
    pub fn source(&self) -> &'a [u8] {
        self.source
    }

    /// The value of the key's last line in the source. It borrows from the source, unless the line
    /// was joined from several.
    pub(crate) fn source_value(&self, key: &[u8]) -> Option<Cow<'a, [u8]>> {
        let nth = *self.index.get(key)?;
        Some(self.line(nth).property()?.value)
    }

    fn physical_number(&self, nth: usize) -> usize {
        let before = self.joined.partition_point(|(joined, _)| *joined < nth);
        let extra = before.checked_sub(1).and_then(|last| self.joined.get(last)).map_or(0, |(_, extra)| *extra);
        nth + extra + 1
    }

    /// How many logical lines the source has.
    fn line_count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn start(&self, nth: usize) -> usize {
        self.starts.get(nth).copied().unwrap_or(self.source.len())
    }

    fn range(&self, nth: usize) -> Range<usize> {
        self.start(nth)..self.start(nth + 1)
    }

    fn raw(&self, nth: usize) -> &'a [u8] {
        self.source.get(self.range(nth)).unwrap_or_default()
    }

    /// The logical line at a place in `starts`.
    fn line(&self, nth: usize) -> Line<'a> {
        lines(self.raw(nth)).next().unwrap_or(Line { raw: b"", physical_lines: 1, dangling: false })
    }
}
