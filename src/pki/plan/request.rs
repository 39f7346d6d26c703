//! What is asked of a plan, and what it is.

use super::{PlanQuestion, PlanStep};

/// What is asked of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanRequest {
    /// The files, as they were named, for the commands that are printed.
    pub files: Vec<String>,
    /// The server that is to be the master: `[INSTANCE@]HOST[:PORT]`, or its file. Only its topology is
    /// planned then. Nothing: what is wrong is put right, in all of them.
    pub new_master: Option<String>,
    /// It is about OCSP responders alone.
    pub ocsp: bool,
    /// Hosts that are dead: nothing is typed on them. A copy of a dead master's file is where the issuing
    /// point settings come from.
    pub dead: Vec<String>,
    /// Whether publishing settings move with the CA; nothing: it is asked where it matters.
    pub with_publishing: Option<bool>,
}

/// The steps, or what has to be decided before there can be any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in order; none where there are questions.
    pub steps: Vec<PlanStep>,
    /// What only the administrator can decide.
    pub questions: Vec<PlanQuestion>,
}
