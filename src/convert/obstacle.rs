//! Why a conversion is not made, or does not hold, although its file alone would allow it.

use std::path::PathBuf;

use strum::{Display, EnumDiscriminants, EnumIter, IntoStaticStr};

use crate::cs_cfg::StopsStart;
use crate::host::answer::Answer;
use crate::host::endpoint::Endpoint;
use crate::host::services::Active;
use crate::pki::Role;

/// An obstacle. The variants' names are the stable codes.
#[derive(Debug, EnumDiscriminants)]
#[strum_discriminants(
    name(ObstacleCode),
    derive(Display, EnumIter, IntoStaticStr),
    strum(serialize_all = "kebab-case"),
    doc = "The stable code of an obstacle."
)]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum Obstacle {
    /// `--from` is the file to convert.
    SameFile,
    /// The command does not say which subsystem of the instance is meant.
    WhichSubsystem { instance: String },
    /// The directory for the backup is not there.
    BackupDir { path: PathBuf },
    /// A service was named below another root, and no systemctl for it.
    WhichSystemctl,
    /// `--service` names one unit, and another one serves the file and runs.
    OtherService { named: String, serving: String },
    /// Nothing says which unit serves the instance.
    WhichUnit { instance: String },
    /// The unit runs, and may not be touched.
    Running { unit: String },
    /// systemd says that the unit does not run, and its subsystem answers.
    RunningWithoutUnit { unit: String, endpoint: Endpoint },
    /// The unit was stopped, and systemd does not say that it is down.
    StillActive { unit: String, state: Active },
    /// The unit was started by somebody else while the file was converted.
    StartedByOthers { unit: String, state: Active },
    /// The unit had come up after its start, and does not run any more.
    CameDown { unit: String, state: Option<Active>, answer: Option<Answer> },
    /// Another run of this program has stopped the unit, and is not done yet.
    OtherRun { unit: String, pid: u32, command: String },
    /// The unit was stopped, and its subsystem answers still.
    StillRunning { unit: String, endpoint: Endpoint },
    /// Nobody can be asked whether the unit runs.
    ServiceUnknown { unit: String, why: String, leaves: bool },
    /// The unit asks for passwords at its start, and there is no terminal.
    AsksForPasswords { unit: String },
    /// Nobody can be asked whether the subsystem runs, so that `--rollback` could not act.
    RollbackWithoutAnswer { why: String },
    /// `pki-server` refuses the file, so that the unit would not start again.
    WouldNotStart { unit: String, line: usize, why: StopsStart },
    /// After the start the file does not say what was written.
    NotAsPlanned { keys: Vec<String>, found: Option<Role>, wanted: Role },
    /// After the start the running server's CRL caches are not as the file says.
    RunsWithAnotherRole { points: Vec<String>, role: Role },
    /// A restore names no backup.
    NoBackupNamed { backups: Vec<PathBuf> },
    /// Signals cannot be handled.
    Signals { why: String },
    /// A signal asked this program to end.
    Interrupted { signal: u8 },
    /// No instance of this host has such a file.
    NoInstanceHere { looked_in: Vec<String> },
    /// A saved status cannot be used.
    NoStatus { path: String, why: String },
    /// The web server's rule is to be changed, and this is no CA of FreeIPA.
    NoIpaProxy,
    /// A running server is needed, and the file is not one that a server of this host reads.
    NotLive,
    /// A running server is needed, and it does not say that it runs.
    NotRunning { answer: Answer },
    /// It is not known where the server takes agents' requests.
    NoAgentPort { why: String },
    /// No issuing point of the CA generates CRLs.
    GeneratesNothing { role: Role },
}

impl Obstacle {
    /// Its stable code.
    pub fn code(&self) -> ObstacleCode {
        self.into()
    }
}
