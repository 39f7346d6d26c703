//! Whether a file is whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cs_cfg::CsCfg;

/// Whether a file is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Completeness {
    /// A few lines that somebody typed, or part of a file: nothing says what belongs to it.
    Plain,
    /// A server's own file, with its first and last parameters.
    Whole,
    /// A server's own file without its last parameters.
    LacksEnd,
    /// The text behind the last line break is not a parameter.
    EndsInsideLine,
    /// An export of this program's without its last line.
    ExportLacksEnd,
}

impl Completeness {
    /// How an export of this program's begins.
    pub(super) const EXPORT_FIRST: &str = "# pki-role export";
    /// How its last line begins.
    pub(super) const EXPORT_LAST: &str = "# end of pki-role export: ";

    /// Judges a file by its first and last parameters.
    pub fn of(cfg: &CsCfg<'_>) -> Completeness {
        let has = |prefix: &str| cfg.below(prefix.as_bytes()).next().is_some();
        if cfg.source().starts_with(Self::EXPORT_FIRST.as_bytes()) {
            let mut lines = cfg.source().trim_ascii_end().rsplit(|byte| *byte == b'\n');
            let is_whole = lines.next().is_some_and(|last| last.starts_with(Self::EXPORT_LAST.as_bytes()));
            return if is_whole { Completeness::Plain } else { Completeness::ExportLacksEnd };
        }
        let is_servers_own = ["accessEvaluator.", "auths.", "authz."].into_iter().any(has);
        match (is_servers_own, has("usrgrp.")) {
            (true, false) => Completeness::LacksEnd,
            _ if cfg.ends_inside_a_line() => Completeness::EndsInsideLine,
            (true, true) => Completeness::Whole,
            (false, _) => Completeness::Plain,
        }
    }

    /// Whether something is missing.
    pub fn is_incomplete(self) -> bool {
        !matches!(self, Completeness::Plain | Completeness::Whole)
    }
}
