//! What only the administrator can decide, as data.

use serde::Serialize;
use strum::{Display, EnumDiscriminants, EnumIter, IntoStaticStr};

use super::Fault;
use crate::pki::{ServerId, Subsystem};

/// A question, with the commands that answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanQuestion {
    /// What is asked.
    pub matter: Matter,
    /// The server that it is about; nothing where it is about several.
    pub subject: Option<ServerId>,
    /// Commands, one of which answers it.
    pub commands: Vec<Vec<String>>,
}

/// What is asked. The variants' names are the stable codes.
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(QuestionCode),
    derive(PartialOrd, Ord, Hash, Serialize, Display, EnumIter, IntoStaticStr),
    serde(rename_all = "kebab-case"),
    strum(serialize_all = "kebab-case"),
    doc = "The stable code of a question."
)]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum Matter {
    /// Which of several servers is to be the master.
    WhichMaster { subsystem: Subsystem, masters: Vec<ServerId>, candidates: Vec<ServerId> },
    /// No CA among the files generates CRLs, and CAs whose files were not given may.
    MissingMaster { missing: Vec<String> },
    /// No server is what `--new-master` names.
    UnknownNewMaster { name: String, known: Vec<ServerId> },
    /// Several servers are what `--new-master` names.
    AmbiguousNewMaster { name: String, candidates: Vec<ServerId> },
    /// The new master is one of the dead hosts.
    NewMasterIsDead { name: String },
    /// Nothing names a host that is said to be dead.
    UnknownDeadHost { name: String },
    /// Whether the publishing settings move too.
    WithPublishing { publishers: Vec<String>, from: ServerId },
    /// `--with-publishing`, and the new master's settings come from no other CA.
    NothingToPublishFrom { from: ServerId, publishers: Vec<String> },
    /// Host or agent port of the new master are not known.
    UnknownAddress { host: Option<String> },
    /// A server cannot be distinguished from the new master.
    SameAddress { address: String },
    /// The new master has no issuing point, and there is no other CA to take any from.
    NoIssuingPoints,
    /// The responder's role does not depend on its refresh interval.
    NoRefreshInterval,
    /// A publisher names a responder whose file was not given.
    MissingResponder { publisher: String, host: Option<String>, port: Option<String> },
    /// It is not known to which topology a server belongs.
    WhichTopology { others: Vec<ServerId> },
    /// Two files of one server give it different roles, and nothing says which is the newer one.
    ContradictoryFiles { taken: String, left_out: String },
    /// The file must be corrected by hand first.
    ByHand { fault: Fault },
}

impl Matter {
    /// Its stable code.
    pub fn code(&self) -> QuestionCode {
        self.into()
    }
}
