//! The kinds of PKI subsystem.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, IntoStaticStr};

/// A kind of PKI subsystem. Its text is that of `cs.type`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    IntoStaticStr,
    JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names are the subsystems'")]
pub enum Subsystem {
    Ca,
    Ocsp,
    Kra,
    Tks,
    Tps,
    Est,
    Acme,
}

impl Subsystem {
    /// The name of its folder in an instance, of its path on the server, and of its group of keys.
    pub fn folder(self) -> &'static str {
        match self {
            Subsystem::Ca => "ca",
            Subsystem::Ocsp => "ocsp",
            Subsystem::Kra => "kra",
            Subsystem::Tks => "tks",
            Subsystem::Tps => "tps",
            Subsystem::Est => "est",
            Subsystem::Acme => "acme",
        }
    }

    /// Whether master and clone have different configurations.
    pub fn has_roles(self) -> bool {
        matches!(self, Subsystem::Ca | Subsystem::Ocsp)
    }
}
