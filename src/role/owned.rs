//! The keys that a conversion may change.

use super::keys::{CRL_PREFIX, INTERVAL, LISTENER, PUBLISH_PREFIX, REDIRECT, REFRESH_BOOK, REFRESH_DOGTAG};
use crate::cs_cfg::CsCfg;
use crate::cs_cfg::line::without_ending;

/// The role's keys, and the publishing settings where they move with it.
#[derive(Clone, Copy)]
pub(super) struct Owned {
    pub with_publishing: bool,
}

/// The role's keys outside the copied block.
const KEYS: [&str; 6] =
    [INTERVAL.name, LISTENER.name, REDIRECT[0].name, REDIRECT[1].name, REFRESH_BOOK.name, REFRESH_DOGTAG.name];

impl Owned {
    /// Whether a key is one of them.
    pub fn holds(self, key: &[u8]) -> bool {
        key.starts_with(CRL_PREFIX.as_bytes())
            || self.with_publishing && key.starts_with(PUBLISH_PREFIX.as_bytes())
            || KEYS.iter().any(|name| name.as_bytes() == key)
    }

    /// The text of each line that is of no such key, empty lines left out. Line ends are left out
    /// since a file without a final one may get another last line.
    pub fn other_lines<'a>(self, cfg: &CsCfg<'a>) -> Vec<&'a [u8]> {
        cfg.other_lines(|key| self.holds(key)).map(without_ending).filter(|text| !text.is_empty()).collect()
    }
}
