//! The proof that must be had before new bytes may be written.

use std::collections::HashSet;

use super::Refusal;
use super::report::{Role, role};
use crate::cs_cfg::{CsCfg, line};

/// New bytes of a CS.cfg that were parsed again and found right: the role is reached, every line
/// of another key is the line that was there, and no line is disputed that was not so before (or in
/// the backup that is put back).
/// Nothing else makes one, and only one of these can be written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven(Vec<u8>);

impl Proven {
    /// Proves `after` to be `before` with `role` reached and only lines of keys changed that
    /// `is_owned` knows.
    pub(super) fn prove(
        before: &CsCfg<'_>,
        after: Vec<u8>,
        wanted: Role,
        is_owned: impl Fn(&[u8]) -> bool,
        backup: Option<&CsCfg<'_>>,
    ) -> Result<Proven, Refusal> {
        if !other_lines(before.source(), &is_owned).eq(other_lines(&after, &is_owned)) {
            return Err(Refusal::Unproven { what: "a line of another key changed" });
        }
        let read = CsCfg::parse(&after);
        let texts = |cfg: &CsCfg<'_>| -> HashSet<Vec<u8>> {
            let texts = cfg.disputes().iter().filter_map(|dispute| cfg.source().get(dispute.range.clone()));
            texts.map(|text| text.trim_ascii_end().to_vec()).collect()
        };
        let known = texts(before).union(&backup.map(texts).unwrap_or_default()).cloned().collect();
        if !texts(&read).is_subset(&known) {
            return Err(Refusal::Unproven { what: "a line is disputed that was not so before" });
        }
        let reached = role(&read).ok_or(Refusal::Unproven { what: "the subsystem is no longer told" })?;
        if reached.role != wanted {
            let odd: Vec<String> = reached.odd(wanted).map(ToString::to_string).collect();
            return Err(Refusal::RoleNotReached { role: reached.role, odd: odd.join(", ") });
        }
        Ok(Proven(after))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The text of each line that is not of an owned key, empty lines left out. Line ends are left out
/// since a file without a final one may get another last line.
pub(super) fn other_lines<'a>(source: &'a [u8], is_owned: &impl Fn(&[u8]) -> bool) -> impl Iterator<Item = &'a [u8]> {
    line::lines(source)
        .filter(|line| line.property().is_none_or(|property| !is_owned(&property.key)))
        .map(|line| line.raw.strip_suffix(line.ending()).unwrap_or(line.raw))
        .filter(|text| !text.is_empty())
}
