//! The steps of a plan, as data. Sentences are made of them in `text`.

use schemars::JsonSchema;
use serde::Serialize;

use super::by_hand::Fault;
use crate::pki::{HostPort, ServerId};

/// One command, and where it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStep {
    /// The server that it is about; nothing where it is about all of them, or no file is of it.
    pub server: Option<ServerId>,
    /// The host on which it is typed; nothing: where the plan was made.
    pub host: Option<String>,
    /// The instance.
    pub instance: Option<String>,
    /// The server's CS.cfg, as it was named where it was looked at.
    pub config: Option<String>,
    /// The command: `pki-role` and its arguments.
    pub argv: Vec<String>,
    /// What must be there before.
    pub needs: Option<Needs>,
    /// It puts right what is only a warning.
    pub optional: bool,
    /// When it is typed.
    pub when: When,
    /// Why.
    pub reason: StepReason,
    /// What should be known about it.
    pub notes: Vec<StepNote>,
}

/// What a step needs before it is typed: another command's output, or a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[allow(missing_docs, reason = "the schema has no text for each of them")]
pub enum Needs {
    // The output of a command that is typed on that host, saved under this relative name.
    Output { host: Option<String>, argv: Vec<String>, file: String },
    // A file that is there already, such as the backup of a dead master.
    Path { path: String },
}

/// When a step is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// In its turn.
    Now,
    /// Before a dead host comes back into the network.
    BeforeItReturns,
}

/// Why a step is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum StepReason {
    /// A last CRL of the old master's is valid longest, and gives a number to wait for.
    IssueLastCrl,
    /// The server generates CRLs, and another one is to do so.
    StopGenerating { new_master: HostPort },
    /// The server does not generate CRLs, but is not wholly a clone.
    CompleteClone,
    /// Replication has to catch up: the server must show these CRLs before it goes on, the last numbers
    /// that the old master issued at each issuing point.
    WaitForReplication { numbers: Vec<(String, u64)> },
    /// The server becomes the CA that generates CRLs.
    StartGenerating,
    /// The server generates CRLs, but is not wholly a master.
    CompleteMaster,
    /// The clone's redirect does not name the master.
    Redirect,
    /// The OCSP responder is a master, and another one is to be.
    StopReceiving,
    /// The OCSP responder becomes the one that receives CRLs.
    StartReceiving,
    /// The OCSP master has a refresh interval that it does not need.
    RemoveInterval,
    /// A publisher names a responder that is not the master.
    RedirectPublisher,
    /// The responder that a publisher has just been given has no CRL yet.
    IssueToResponder,
    /// The host is dead, and would come back as it was.
    DeadHost,
    /// The servers have changed.
    CheckAgain,
}

/// What should be known about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum StepNote {
    /// The file that was looked at is only a copy of the server's. It is edited itself where the instance
    /// is not known.
    OnlyACopy { is_edited: bool },
    /// The port of the new master may be stale.
    PortMayBeStale { port: u16 },
    /// The instance of a host whose file was not given.
    InstanceAssumed,
    /// The issuing point settings are the server's own, since there is no single other CA to take them from.
    OwnSettings,
    /// Dead hosts whose files are among those to check again.
    StillDead { hosts: Vec<String> },
    /// Issuing points that another CA has and this one will not have.
    PointsMissing { points: Vec<String> },
    /// Issuing points that are removed, since the former master does not have them.
    PointsRemoved { points: Vec<String> },
    /// Active publishers of its own that the former master does not have, and that are removed.
    PublishersReplaced { publishers: Vec<String> },
    /// Active publishers of a CA that stops generating, which the new master does not have.
    PublishingStaysBehind { host: Option<String>, publishers: Vec<String> },
    /// The file has to be corrected by hand before, or the command refuses it.
    ByHandFirst { fault: Fault },
    /// The issuing point is disabled, and the promotion enables it.
    EnablesPoint { point: String },
}
