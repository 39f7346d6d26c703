//! Why a conversion is refused, as data. Nothing was touched.

use schemars::JsonSchema;
use serde::Serialize;
use strum::{Display, EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};

use super::{Completeness, Role, Setting, Subsystem};
use crate::cs_cfg::UnwritableError;

/// A conversion that is not made of these files. The variants' names are the stable codes.
#[derive(Clone, Debug, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(
    name(RefusalCode),
    derive(PartialOrd, Ord, Hash, Serialize, JsonSchema, Display, EnumIter, EnumString, IntoStaticStr),
    serde(rename_all = "kebab-case"),
    strum(serialize_all = "kebab-case"),
    doc = "The stable code of a refusal."
)]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum Refusal {
    /// The file holds no parameter.
    NotACsCfg { file: File },
    /// It belongs to another subsystem than the command is for.
    WrongSubsystem { file: File, wanted: Subsystem, found: Subsystem },
    /// Nothing in it says which subsystem it belongs to.
    UnknownSubsystem { file: File },
    /// Its `cs.type` is not the name of a known subsystem.
    OtherSubsystem { file: File, name: String },
    /// Masters and clones of its subsystem have the same configuration.
    NothingToConvert { found: Subsystem },
    /// There is no `ca.crl.` line to take the issuing point settings from.
    NothingToCopy { file: File },
    /// A parameter holds what may not be written.
    UnwritableValue { file: File, key: String, line: Option<usize>, why: UnwritableError },
    /// The edit would be in a line that the two readers read differently.
    AmbiguousLine { line: usize },
    /// A parameter has the name of a branch: the server reads the branch elsewhere.
    BranchReference { file: File, key: String, line: usize },
    /// The refresh interval does not fit the command.
    RefreshInterval { seconds: i32, why: RefreshReason },
    /// Only a clone follows a master.
    NotAClone { role: Role },
    /// The file would not have the wanted role.
    RoleNotReached { wanted: Role, found: Role, contradicting: Vec<Setting> },
    /// Nothing would say any more which subsystem the file belongs to.
    SubsystemLost { subsystem: Subsystem },
    /// The new bytes do not say what was planned.
    NotVerified { what: &'static str },
    /// `--enable-issuing-point` names an issuing point that there is not.
    NoSuchIssuingPoint { id: String, known: Vec<String> },
    /// No OCSP publisher names the old responder.
    NoSuchPublisher { old: String, named: Vec<String> },

    /// `--from` is of another CA.
    OtherCa { what: &'static str, ours: String, theirs: String },
    /// `--new-master` is this CA.
    NewMasterIsThisCa { address: String },
    /// The target generates CRLs and `--from` does not: the arguments look swapped.
    Swapped { theirs: Option<String> },
    /// The target is named like a backup.
    BackupAsTarget { name: String },
    /// The file is not whole.
    Incomplete { file: File, why: Completeness },
    /// The backup is of another server.
    OtherServer { what: &'static str, ours: String, theirs: Option<String> },
    /// A restore would leave a mixed role.
    EndsMixed { contradicting: Vec<Setting> },
    /// The CA would not start with an issuing point.
    IssuingPointWithoutClass { file: File, point: String, lacks: Vec<&'static str>, line: Option<usize> },
    /// No issuing point would generate CRLs, since all of them are disabled.
    NothingWouldGenerate { points: Vec<String> },
    /// The replicated CRL is older than the former master's.
    ReplicationBehind { point: String, ours: u64, theirs: u64 },
}

/// Which of the files is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The file to convert.
    Target,
    /// The file given by `--from`.
    From,
}

/// Why an OCSP refresh interval does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshReason {
    /// It marks a clone.
    MarksClone,
    /// The guide does not allow 0.
    Zero,
    /// It does not mark a clone.
    MarksNoClone,
    /// It is negative.
    Negative,
}

impl Refusal {
    /// Its stable code.
    pub fn code(&self) -> RefusalCode {
        self.into()
    }
}

impl RefusalCode {
    /// Whether `--accept` goes on in spite of it.
    pub fn is_acceptable(self) -> bool {
        matches!(
            self,
            RefusalCode::OtherCa
                | RefusalCode::NewMasterIsThisCa
                | RefusalCode::Swapped
                | RefusalCode::BackupAsTarget
                | RefusalCode::Incomplete
                | RefusalCode::OtherServer
                | RefusalCode::EndsMixed
                | RefusalCode::IssuingPointWithoutClass
                | RefusalCode::NothingWouldGenerate
                | RefusalCode::ReplicationBehind
        )
    }
}
