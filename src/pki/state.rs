//! States of a unit, of a running subsystem, and of the web server's rule.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, IntoStaticStr};

use super::Role;

/// What a unit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are systemd's")]
pub enum Activity {
    Active,
    Inactive,
    Failed,
    Activating,
    Deactivating,
    Reloading,
    Maintenance,
}

/// What a server says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum SubsystemState {
    /// The subsystem runs.
    Running,
    /// It is starting.
    Starting,
    /// The server answered, but the subsystem did not come up.
    NotUp,
    /// Nothing listens at the port.
    Closed,
    /// Something else answered, or nothing in time.
    Other,
    /// Nobody could be asked.
    NotAsked,
}

/// What the web server does with its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, IntoStaticStr, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum RuleState {
    /// Requests for the CRL go to the CA.
    InForce,
    /// The published file is served; the rule is there as a comment.
    CommentedOut,
    /// The published file is served; there is no rule.
    Absent,
}

impl RuleState {
    /// Whether it agrees with a role; nothing where the role does not say.
    pub fn agrees_with(self, role: Role) -> Option<bool> {
        match role {
            Role::Master => Some(self != RuleState::InForce),
            Role::Clone => Some(self == RuleState::InForce),
            _ => None,
        }
    }
}
