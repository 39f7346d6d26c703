//! The role of a server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr};

/// The role of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    /// It generates CRLs (CA), or receives them (OCSP).
    Master,
    /// It does not.
    Clone,
    /// Some parameters say one thing and some the other, or the server cannot read one.
    Mixed,
    /// An OCSP responder whose refresh interval says nothing about its role.
    Unknown,
    /// Masters and clones of this subsystem have the same configuration (KRA, TKS, TPS, EST, ACME).
    #[default]
    None,
}
