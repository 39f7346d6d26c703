//! Everything worth reporting about a server, a conversion or a topology, as one table of data.
//!
//! Sentences are made of it in `text`; what fixes a finding is a step of the plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

use super::{Activity, Completeness, Role, RuleState, Setting, Store, Subsystem, SubsystemState, Timestamp};
use crate::cs_cfg::StopsStart;

/// How much a finding matters to a topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// The topology works; something should be known or put right.
    Warning,
    /// The topology is wrong.
    Problem,
}

/// A server among those that are compared, by its place in the list.
pub type ServerId = usize;

/// A finding about a topology, and the server that it is about; nothing where it is about several.
pub(super) type Judged = (Option<ServerId>, Finding);

/// One finding. The variants' names are the stable codes.
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(FindingCode),
    derive(PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Display, EnumIter, EnumString, IntoStaticStr),
    serde(rename_all = "kebab-case"),
    strum(serialize_all = "kebab-case"),
    doc = "The stable code of a finding."
)]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum Finding {
    // ---- about one server, from its file ----
    /// Neither master nor clone: the parameters named contradict the others, or cannot be read.
    MixedRole { contradicting: Vec<Setting> },
    /// An OCSP responder whose refresh interval says nothing about its role.
    UnknownRole { store: Store },
    /// A CA without any issuing point.
    NoIssuingPoint,
    /// The CA does not start with an issuing point. In a few lines that somebody typed it is only a warning.
    IssuingPointWithoutClass { point: String, lacks: Vec<&'static str>, in_whole_file: bool },
    /// A master does not generate CRLs at issuing points that are disabled.
    IssuingPointDisabled { points: Vec<String> },
    /// A master does not listen to changes made on clones.
    MasterNotListening,
    /// A clone has no redirect.
    NoRedirect,
    /// A master has a redirect.
    LeftOverRedirect { host: Option<String>, port: Option<String> },
    /// A redirect lacks its host or its port.
    IncompleteRedirect { host: Option<String>, port: Option<String> },
    /// An OCSP master has a refresh interval.
    NeedlessRefresh { seconds: i32 },
    /// The file has the guide's refresh interval, which Dogtag does not read.
    GuideKeyNotRead { value: Option<String>, read: Option<String> },
    /// A line keeps the service from starting.
    StopsStart { line: usize, why: StopsStart },
    /// A parameter has the name of a branch: the server reads that branch elsewhere.
    BranchReference { key: String, line: usize },
    /// The file is not whole.
    Incomplete { why: Completeness },

    // ---- about one server, from its host ----
    /// The file has more than one name: the others keep the old bytes.
    HardLinked { links: u64 },
    /// A run that stopped the unit did not come to its end. Where the unit is up again, the role that the
    /// file has.
    InterruptedRun { command: String, unit: String, up_as: Option<Role> },
    /// The unit is not active.
    ServiceDown { unit: String, state: Activity },
    /// The unit of a CA that generates CRLs would not start at boot.
    ServiceNotEnabled { unit: String },
    /// The unit is active, and the subsystem does not say that it runs.
    NotAnswering { answer: SubsystemState, status: Option<u16> },
    /// The running server's CRL cache contradicts its file.
    RunsWithAnotherRole { points: Vec<String>, file: Role },
    /// A CRL is past its next update.
    CrlExpired { point: String, number: Option<u64>, next_update: Timestamp },
    /// Less than a quarter of a CRL's period is left.
    CrlExpiresSoon { point: String, number: Option<u64>, next_update: Timestamp },
    /// The web server's rule for the CRL contradicts the role.
    IpaProxyDisagrees { rule: RuleState, role: Role },

    // ---- about a conversion ----
    /// The file given by `--from` generates CRLs.
    FormerMasterStillMaster { host: Option<String> },
    /// The file given by `--from` is this server's own.
    FormerMasterIsThisCa { host: String },
    /// The file given by `--from` looks like a clone's: it redirects to another CA than this one.
    SettingsFromClone { host: Option<String>, master: String },
    /// An issuing point that only the clone has is removed.
    IssuingPointRemoved { point: String },
    /// An issuing point loses parameters that the former master does not have.
    ParametersRemoved { point: String, keys: Vec<String> },
    /// Copied values name the former master and go into new CRLs.
    NamesFormerMaster { keys: Vec<String>, host: String },
    /// Publishing settings of the former master are missing here.
    PublishingStaysBehind { publishers: Vec<String>, rules: Vec<String>, keys: usize, switched_off: bool },
    /// The publishing settings differ from the backup and stay.
    PublishingNotRestored,
    /// Connectors of the former master are missing here.
    ConnectorStaysBehind { connectors: Vec<String> },
    /// Earlier lines of a parameter, which the server ignored, were removed.
    ShadowedLinesRemoved { key: String, lines: Vec<usize> },
    /// Parameters of a mixed role were put right.
    RepairedMixedRole { contradicting: Vec<Setting> },
    /// Blanks at the end of a copied value were left out.
    ValueTrimmed { key: String },
    /// The refresh interval has no effect on this responder.
    RefreshWithoutEffect { store: Store },
    /// Files of an interrupted run were removed.
    LeftOverFilesRemoved { names: Vec<String> },
    /// Nobody could be asked whether the subsystem runs.
    ReadinessUnknown { why: String },
    /// The subsystem did not answer before the demotion, and was not waited for.
    DidNotAnswerBefore { answer: SubsystemState, status: Option<u16> },
    /// The file was edited although the server runs, or may run.
    ServerMayRun { unit: String },
    /// The web server's rule has to change too.
    IpaProxyStaysBehind { rule: RuleState, role: Role },
    /// The web server's configuration could not be tested.
    WebServerNotTested { why: String },
    /// The CRL that the web server would serve is missing or old.
    PublishedCrlOld { file: String, age_seconds: Option<u64> },

    // ---- about a topology ----
    /// No CA generates CRLs.
    NoCaMaster { cas: Vec<ServerId>, missing: Vec<String> },
    /// A second CA generates CRLs.
    SeveralCaMasters { masters: Vec<ServerId> },
    /// The CA that generates CRLs does not run the status update task.
    NoStatusUpdateTask,
    /// A CA that does not generate CRLs runs the status update task.
    SeveralStatusUpdateTasks,
    /// No OCSP responder is a master.
    NoOcspMaster { responders: Vec<ServerId> },
    /// A second OCSP responder is a master.
    SeveralOcspMasters { masters: Vec<ServerId> },
    /// A clone's redirect does not name a master.
    StaleRedirect { host: String, port: String, masters: Vec<ServerId> },
    /// A clone's redirect probably names a master, but not by its full name.
    ImpreciseRedirect { host: String, master: ServerId },
    /// An active OCSP publisher does not name an OCSP master. On a clone, which publishes no CRL, it is
    /// only a warning.
    PublisherNamesClone {
        publisher: String,
        host: Option<String>,
        port: Option<String>,
        responder: Option<ServerId>,
        generates: bool,
    },
    /// A clone lacks issuing points of the master.
    IssuingPointOnlyOnMaster { points: Vec<String> },
    /// A clone publishes what the master does not.
    PublishingOnlyOnClone { publishers: Vec<String> },
    /// Two observations are of one server.
    SameServerTwice { other: ServerId, taken: String, left_out: String },
    /// Two files of one server give it different roles, and nothing says which is the newer one.
    ContradictoryFiles { taken: String, left_out: String },
    /// Nothing says to which of several topologies a server belongs; it is counted with this one.
    UncertainTopology { with: ServerId },
    /// No CA and no OCSP responder is among the files.
    NothingToCheck,
    /// One CRL number, two CRLs: two CAs have generated.
    CrlConflict { point: String, number: u64, others: Vec<ServerId> },
    /// A clone still shows an older CRL than the master had issued when it was asked.
    CrlBehind { point: String, here: u64, master: u64 },
    /// The security domain knows a member that no file describes.
    MemberMissing { subsystem: Subsystem, host: String, port: u16, no_generator: bool },
    /// The security domain does not know a server.
    MemberUnknown { subsystem: Subsystem },
}

impl Finding {
    /// Its stable code.
    pub fn code(&self) -> FindingCode {
        self.into()
    }

    /// How much it matters to a topology.
    pub fn severity(&self) -> Severity {
        match self {
            Finding::MixedRole { .. }
            | Finding::StopsStart { .. }
            | Finding::Incomplete { .. }
            | Finding::IssuingPointWithoutClass { in_whole_file: true, .. }
            | Finding::ServiceDown { .. }
            | Finding::ServiceNotEnabled { .. }
            | Finding::NotAnswering { .. }
            | Finding::RunsWithAnotherRole { .. }
            | Finding::CrlExpired { .. }
            | Finding::IpaProxyDisagrees { .. }
            | Finding::NoCaMaster { .. }
            | Finding::SeveralCaMasters { .. }
            | Finding::NoStatusUpdateTask
            | Finding::SeveralStatusUpdateTasks
            | Finding::NoOcspMaster { .. }
            | Finding::SeveralOcspMasters { .. }
            | Finding::PublisherNamesClone { generates: true, .. }
            | Finding::CrlConflict { .. }
            | Finding::ContradictoryFiles { .. }
            | Finding::MemberMissing { no_generator: true, .. } => Severity::Problem,
            _ => Severity::Warning,
        }
    }

    /// The servers that it is about, where it is about several.
    pub fn servers(&self) -> &[ServerId] {
        match self {
            Finding::NoCaMaster { cas: servers, .. }
            | Finding::SeveralCaMasters { masters: servers }
            | Finding::NoOcspMaster { responders: servers }
            | Finding::SeveralOcspMasters { masters: servers } => servers,
            _ => &[],
        }
    }

    /// The physical line that it is about.
    pub fn line(&self) -> Option<usize> {
        match self {
            Finding::MixedRole { contradicting } | Finding::RepairedMixedRole { contradicting } => {
                contradicting.iter().find_map(|setting| setting.line)
            }
            Finding::StopsStart { line, .. } | Finding::BranchReference { line, .. } => Some(*line),
            _ => None,
        }
    }
}
