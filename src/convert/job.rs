//! What is to be done: a conversion of a file, and what may be done to its service.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::host::endpoint::Endpoint;
use crate::host::ipa_proxy::WebServer;
use crate::host::issue_crl::Issue;
use crate::host::roots::Roots;
use crate::host::run_note::RunNotes;
use crate::host::store::{Disk, Snapshot};
use crate::pki::{Circumstances, Conversion, Described, Timestamp};

/// A conversion to be made of a file.
pub struct Job<'j> {
    /// What to make of it.
    pub conversion: Conversion<'j>,
    /// What surrounds it.
    pub around: Circumstances,
    /// What the file was when it was looked at before, if it was.
    pub looked_at: Option<LookedAt<'j>>,
    /// How far to go.
    pub until: Until,
    /// Its unit; nothing for a file that no service uses.
    pub unit: Option<UnitJob>,
    /// The web server's rule, on a FreeIPA host.
    pub rule: Option<RuleJob<'j>>,
    /// Where the backups are put.
    pub backup: BackupPlace,
    /// Now, as it is written into a backup's name.
    pub stamp: String,
    /// Start the service afterwards; a promotion does, every other conversion where it ran.
    pub start: bool,
    /// The running server has another role than its file: it is restarted although nothing is edited.
    pub is_contradicted: bool,
    /// Put the role's parameters back when the service does not come up.
    pub rollback: bool,
    /// Has a CRL issued at each issuing point, after a promotion.
    pub issue: Option<HasIssued<'j>>,
    /// The command as it was typed, for the note of an interrupted run.
    pub command: &'j str,
    /// Where runs that stop a unit are noted.
    pub notes: &'j RunNotes,
}

/// What a file was, and what it said with the surroundings of the job.
pub struct LookedAt<'j> {
    /// The file.
    pub snapshot: &'j Rc<Snapshot>,
    /// What it said.
    pub described: &'j Described<'j>,
}

/// Has CRLs issued at some issuing points.
pub type HasIssued<'j> = &'j dyn Fn(&[String]) -> Issue;

/// What may be done to the web server's rule.
pub struct RuleJob<'j> {
    /// The disk.
    pub disk: &'j dyn Disk,
    /// The web server's file.
    pub file: PathBuf,
    /// This host's name, which a rule that has to be appended names.
    pub host: Option<String>,
    /// Change it; else it is only reported.
    pub changes: bool,
    /// The web server.
    pub web: &'j dyn WebServer,
    /// Where the CRL is that it serves while the rule is not in force.
    pub roots: &'j Roots,
    /// Now.
    pub now: Timestamp,
}

/// How far a conversion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// It is only prepared; nothing is touched.
    Prepared,
    /// It is done.
    Done,
}

/// The unit of a file.
#[derive(Clone, Debug)]
pub struct UnitJob {
    /// Its name in systemd.
    pub name: String,
    /// What may be done to it.
    pub mode: ServiceMode,
    /// It asks for passwords at its start, and there is no terminal to ask at.
    pub cannot_ask_for_passwords: bool,
    /// The systemctl to call was named: where it is missing, nothing is known of the unit.
    pub systemctl_was_named: bool,
    /// How to find out whether its subsystem runs.
    pub readiness: Readiness,
}

/// What may be done to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceMode {
    /// Stop it and start it.
    Manage,
    /// Do not touch it (`--no-service`); refused where it runs, or may run.
    LeaveStopped,
    /// Do not touch it, and edit although it runs, or may run (`--allow-running`).
    LeaveRunning,
}

/// How to find out whether a subsystem runs.
#[derive(Clone, Debug)]
pub enum Readiness {
    /// Ask it there.
    Ask(Endpoint),
    /// Nobody can be asked, for this reason.
    Unknown(String),
}

impl Readiness {
    /// Where to ask.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Readiness::Ask(endpoint) => Some(endpoint),
            Readiness::Unknown(_) => None,
        }
    }
}

/// Where a backup is put.
#[derive(Clone, Debug)]
pub enum BackupPlace {
    /// Beside the file.
    Beside,
    /// Into this directory.
    Into(PathBuf),
    /// Nowhere.
    None,
}

impl BackupPlace {
    /// Whether one is made, and into which directory other than the file's own.
    pub fn folder(&self) -> Option<Option<&Path>> {
        match self {
            BackupPlace::Beside => Some(None),
            BackupPlace::Into(directory) => Some(Some(directory)),
            BackupPlace::None => None,
        }
    }
}
