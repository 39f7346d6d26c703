//! What the report of a change needs, in sentences and as JSON.

use super::ipa_proxy::rule_diff;
use super::{Invocation, unified_diff};
use crate::convert::{LiveFacts, Outcome};
use crate::pki::{Reason, Subsystem};

/// How far a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It changes the file.
    Apply {
        /// And shows the diff.
        diff: bool,
    },
    /// It shows what it would do.
    DryRun,
    /// It reports whether it would do anything.
    Check,
}

/// What the report of a change needs beside its outcome.
pub struct ChangeReport<'r> {
    /// The command.
    pub invocation: &'r Invocation,
    /// How far it goes.
    pub mode: Mode,
    /// Other subsystems that the unit serves.
    pub also_down: Vec<Subsystem>,
    /// The service is started afterwards.
    pub starts: bool,
    /// A backup is made.
    pub backs_up: bool,
    /// What the running server answered before and after.
    pub live: LiveFacts,
    /// CRLs are issued afterwards.
    pub issues: bool,
    /// An agent's certificate is known on this host.
    pub agent_is_known: bool,
}

impl ChangeReport<'_> {
    /// The diff between the file and what it becomes, under the name that was given for it.
    pub(super) fn diff_of(&self, outcome: &Outcome) -> Vec<u8> {
        let mut diff = match &outcome.prepared.bytes {
            Some(after) => unified_diff(&outcome.before.bytes, after.bytes(), &self.invocation.config),
            None => Vec::new(),
        };
        diff.extend(outcome.rule.iter().flat_map(rule_diff));
        diff
    }
}

/// Why a parameter changes.
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Parameter(phrase) => phrase,
        Reason::Copied => "copied from the former master",
        Reason::CopiedPublishing => "publishing settings, copied from the former master",
        Reason::Removed => "removed: the former master does not have it",
        Reason::Restored => "put back from the backup",
        Reason::Publisher => "the publisher follows the responder",
    }
}
