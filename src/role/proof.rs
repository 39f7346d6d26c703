//! The proof that must be had before new bytes may be written.

use std::collections::HashSet;

use super::owned::Owned;
use super::report::{Role, role};
use super::{Refusal, Subsystem, ocsp};
use crate::cs_cfg::CsCfg;

/// New bytes of a CS.cfg that were parsed again and found right: the role is reached, every line
/// of another key is the line that was there, and no line is disputed that was not so before (or in
/// the backup that is put back).
/// Nothing else makes one, and only one of these can be written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    bytes: Vec<u8>,
    issuing_points: Vec<String>,
}

/// What is known of a file before it is changed.
pub(super) struct Known<'a> {
    /// The lines of other keys than those that may change.
    others: Vec<&'a [u8]>,
    /// The texts of the lines that its two readers read differently.
    disputed: HashSet<&'a [u8]>,
}

impl<'a> Known<'a> {
    pub fn of(before: &CsCfg<'a>, owned: Owned) -> Known<'a> {
        Known { others: owned.other_lines(before), disputed: disputed_texts(before).collect() }
    }

    /// The disputed lines of a backup are known too, where it is put back as it is.
    pub fn add(&mut self, backup: &CsCfg<'a>) {
        self.disputed.extend(disputed_texts(backup));
    }
}

fn disputed_texts<'a>(cfg: &CsCfg<'a>) -> impl Iterator<Item = &'a [u8]> {
    let texts = cfg.disputes().iter().filter_map(|dispute| cfg.source().get(dispute.range.clone()));
    texts.map(<[u8]>::trim_ascii_end)
}

impl Proven {
    /// Proves that the subsystem is what it was, that its role is `wanted`, and that only lines of
    /// `owned` keys changed. A hand-made OCSP file may have had one line, which a promotion removes; a
    /// server's own file (`is_live`) has more.
    pub(super) fn prove(
        before: Known<'_>,
        after: Vec<u8>,
        subsystem: Subsystem,
        wanted: Role,
        owned: Owned,
        is_live: bool,
    ) -> Result<Proven, Refusal> {
        let read = CsCfg::parse(&after);
        if owned.other_lines(&read) != before.others {
            return Err(Refusal::Unproven { what: "a line of another key changed" });
        }
        if !disputed_texts(&read).all(|text| before.disputed.contains(text)) {
            return Err(Refusal::Unproven { what: "a line is disputed that was not so before" });
        }
        let reached = match subsystem {
            Subsystem::Ocsp if read.is_empty() && !is_live => Some(ocsp::role(&read)),
            _ => role(&read).filter(|reached| reached.subsystem == subsystem),
        };
        let reached = reached.ok_or(Refusal::SubsystemLost { subsystem })?;
        if reached.role != wanted {
            let odd: Vec<String> = reached.odd(wanted).map(ToString::to_string).collect();
            return Err(Refusal::RoleNotReached { role: reached.role, odd: odd.join(", ") });
        }
        let enabled = reached.issuing_points.into_iter().filter(|point| point.enabled);
        let issuing_points = enabled.map(|point| point.id).collect();
        drop(read);
        Ok(Proven { bytes: after, issuing_points })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The CA's enabled issuing points, as they are with these bytes.
    pub fn issuing_points(&self) -> &[String] {
        &self.issuing_points
    }
}
