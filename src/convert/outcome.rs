//! What was done.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use crate::host::issue_crl::IssuedCrl;
use crate::host::services::Active;
use crate::host::store::Snapshot;
use crate::pki::{Finding, Live, Prepared, Role, RuleState, VerifiedRule};

/// What was done or, for a conversion that is only prepared, would be.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was prepared last, which is what was done.
    pub prepared: Rc<Prepared>,
    /// The file before.
    pub before: Rc<Snapshot>,
    /// The backup, where one was made.
    pub backup: Option<PathBuf>,
    /// The service, where the file has one.
    pub service: Option<ServiceOutcome>,
    /// The web server's rule, on a FreeIPA host.
    pub rule: Option<RuleOutcome>,
    /// What should be known beside the findings of the preparation.
    pub findings: Vec<Finding>,
    /// The CRLs that were issued afterwards.
    pub issued: Vec<IssuedCrl>,
}

/// What the running server answered before a change and after it, where it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveFacts {
    /// Before anything was touched.
    pub before: Option<Live>,
    /// After its start.
    pub after: Option<Live>,
}

impl LiveFacts {
    /// The later one.
    pub fn latest(&self) -> Option<&Live> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

/// What was done to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceOutcome {
    /// Its name in systemd.
    pub unit: String,
    /// It ran before or, after an interrupted run, before that one.
    pub was_active: bool,
    /// It has to be started although nothing is to be edited, or would have to be.
    pub needs_start: bool,
    /// It has to be stopped before that, since it runs with another role than its file says.
    pub needs_stop: bool,
    /// It was stopped.
    pub stopped: bool,
    /// It was started.
    pub started: bool,
    /// Whether the subsystem said that it runs; nothing where it could not be, or was not, asked.
    pub ready: Option<bool>,
    /// From the stop until the subsystem answered again, or its unit was active.
    pub down_for: Option<Duration>,
}

/// What was done to the web server's rule, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOutcome {
    /// The web server's file.
    pub file: PathBuf,
    /// The rule before.
    pub rule: RuleState,
    /// The host that it named.
    pub host: Option<String>,
    /// The role that it has to agree with.
    pub role: Role,
    /// The new text; nothing where it is as it should be, or stays as it is.
    pub change: Option<VerifiedRule>,
    /// The text before.
    pub before: Vec<u8>,
    /// The backup, where one was made.
    pub backup: Option<PathBuf>,
    /// The unit of the web server.
    pub unit: String,
    /// What it did before; nothing where no service may be touched.
    pub web: Option<Active>,
    /// It was reloaded.
    pub reloaded: bool,
}

impl Outcome {
    /// Whether the file is changed, or would be.
    pub fn changes_file(&self) -> bool {
        self.prepared.bytes.is_some()
    }

    /// Whether the web server's rule is changed, or would be.
    pub fn changes_rule(&self) -> bool {
        self.rule.as_ref().is_some_and(|rule| rule.change.is_some())
    }

    /// Whether anything is changed, or would be: the file, the service, the web server's rule.
    pub fn changes_anything(&self) -> bool {
        self.changes_file() || self.changes_rule() || self.service.as_ref().is_some_and(|service| service.needs_start)
    }

    /// Whether anything was done: to the file, or to the service.
    pub fn touched_anything(&self) -> bool {
        self.changes_anything() || self.service.as_ref().is_some_and(|service| service.stopped || service.started)
    }

    /// Everything that should be known.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        self.prepared.findings.iter().chain(&self.findings)
    }
}

/// A step, reported as it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The unit is being stopped.
    Stopping(String),
    /// The unit is being started.
    Starting(String),
    /// CRLs are being issued.
    Issuing,
    /// The service does not come up; the role's parameters are being put back.
    RollingBack,
}
