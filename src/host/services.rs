//! All that a conversion knows of systemd and of running servers; a test scripts it.

use std::path::PathBuf;

use indexmap::IndexMap;
use strum::{Display, EnumDiscriminants, EnumIter, EnumString, IntoStaticStr};
use thiserror::Error;

use super::answer::Answer;
use super::endpoint::{Endpoint, FetchError};
use crate::pki::Activity;

/// The effects on services.
pub trait Services {
    /// What systemd says of a unit; one that is starting or stopping is waited for. Ends early at a
    /// signal.
    ///
    /// # Errors
    /// [`ServiceError`] when systemd cannot be asked, and [`ServiceError::UnitUnsettled`] when the unit
    /// does not settle in time.
    fn unit(&mut self, unit: &str) -> Result<UnitState, ServiceError>;

    /// What systemd says of a unit at this moment. Ends early at a signal.
    ///
    /// # Errors
    /// [`ServiceError`] when systemd cannot be asked.
    fn unit_now(&mut self, unit: &str) -> Result<UnitState, ServiceError>;

    /// Whether systemd itself starts the unit at boot; none where that is not known, or depends on
    /// other units.
    fn is_enabled(&mut self, unit: &str) -> Option<bool>;

    /// Stops a unit. Ends early at a signal.
    ///
    /// # Errors
    /// [`ServiceError`]; the unit may then be in any state.
    fn stop(&mut self, unit: &str) -> Result<(), ServiceError>;

    /// From now on nothing ends early at a signal: what is under way has to be finished.
    fn hold_signals(&mut self);

    /// Starts a unit, whatever signals arrive. One that asks for passwords gets the terminal.
    ///
    /// # Errors
    /// [`ServiceError`]; the unit may then be in any state.
    fn start(&mut self, unit: &str) -> Result<(), ServiceError>;

    /// Asks a subsystem once whether it runs. Ends early at a signal.
    fn answer(&mut self, endpoint: &Endpoint) -> Answer;

    /// Waits until the subsystem says that it runs or, where nobody can be asked, until its unit is
    /// active; whatever signals arrive.
    ///
    /// # Errors
    /// [`ServiceError`] when that does not happen in time, or cannot happen any more.
    fn wait_ready(&mut self, unit: &str, endpoint: Option<&Endpoint>) -> Result<Ready, ServiceError>;

    /// Waits until `state`, which reads the file, gives the same for as long as a starting server
    /// may take between two rewrites of its CS.cfg.
    fn wait_settled(&mut self, state: &mut dyn FnMut() -> Option<Vec<u8>>);

    /// Whether the CRL cache of each issuing point is on in the running server, as far as it says so.
    fn running_caches(&mut self, _endpoint: &Endpoint, _points: &[String]) -> IndexMap<String, bool> {
        IndexMap::new()
    }

    /// The signal that asked this program to end, if any did.
    fn signal(&self) -> Option<u8>;
}

/// What systemd says of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitState {
    /// Whether it has the unit's file.
    pub load: Load,
    /// Whether the unit runs.
    pub active: Active,
}

/// What systemd knows of a unit's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// It has it.
    Loaded,
    /// There is none: the unit's name is wrong.
    NotFound,
    /// The unit is masked: it cannot be started.
    Masked,
    /// The file has a mistake: the unit cannot be started.
    Broken,
    /// It did not say, as a stand-in for systemctl may not.
    Unknown,
}

/// Whether a unit runs, by systemd's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Active {
    /// It runs.
    Active,
    /// It does not run.
    Inactive,
    /// It does not run, because it failed.
    Failed,
    /// It is being started.
    Activating,
    /// It failed, and systemd is about to start it again (`Restart=on-failure`).
    #[strum(serialize = "auto-restart")]
    Restarting,
    /// It is being stopped.
    Deactivating,
    /// It runs, and is reading its configuration again.
    #[strum(to_string = "reloading", serialize = "refreshing")]
    Reloading,
    /// It does not run, and a maintenance operation is in progress.
    Maintenance,
}

impl Active {
    /// Whether it is on its way to another state.
    pub fn is_passing(self) -> bool {
        matches!(self, Active::Activating | Active::Deactivating | Active::Reloading)
    }

    /// Whether it runs.
    pub fn runs(self) -> bool {
        matches!(self, Active::Active | Active::Reloading)
    }

    /// Whether nothing of the unit runs and nothing will start it by itself.
    pub fn is_down(self) -> bool {
        matches!(self, Active::Inactive | Active::Failed)
    }
}

impl From<Active> for Activity {
    fn from(active: Active) -> Activity {
        match active {
            Active::Active => Activity::Active,
            Active::Inactive => Activity::Inactive,
            Active::Failed => Activity::Failed,
            Active::Activating | Active::Restarting => Activity::Activating,
            Active::Deactivating => Activity::Deactivating,
            Active::Reloading => Activity::Reloading,
            Active::Maintenance => Activity::Maintenance,
        }
    }
}

impl UnitState {
    /// An error where systemd has no such unit, so that stopping and starting it would do nothing.
    ///
    /// # Errors
    /// [`ServiceError::UnitNotFound`].
    pub fn must_be_known(&self, unit: &str) -> Result<(), ServiceError> {
        match self.load {
            Load::NotFound => Err(ServiceError::UnitNotFound { unit: unit.to_owned() }),
            _ => Ok(()),
        }
    }

    /// An error where the unit cannot be started.
    ///
    /// # Errors
    /// [`ServiceError::UnitNotFound`], [`ServiceError::UnitMasked`], [`ServiceError::UnitBroken`].
    pub fn must_be_startable(&self, unit: &str) -> Result<(), ServiceError> {
        self.must_be_known(unit)?;
        match self.load {
            Load::Masked => Err(ServiceError::UnitMasked { unit: unit.to_owned() }),
            Load::Broken => Err(ServiceError::UnitBroken { unit: unit.to_owned() }),
            _ => Ok(()),
        }
    }
}

/// How it is known that a service came up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Its subsystem says that it runs.
    Answered,
    /// Its unit is active; the subsystem was not asked, or could not be, for this reason.
    OnlyActive(Option<FetchError>),
}

/// What can go wrong with a service.
#[derive(Debug, Error, EnumDiscriminants)]
#[strum_discriminants(name(ServiceErrorCode), derive(EnumIter, IntoStaticStr), strum(serialize_all = "kebab-case"))]
#[strum_discriminants(doc = "The stable names of [`ServiceError`].", allow(missing_docs))]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum ServiceError {
    #[error("{} cannot be run", program.display())]
    NoSystemctl { program: PathBuf, source: std::io::Error },
    #[error("this account may not {verb} {unit}{}", after_colon(output))]
    PermissionDenied { verb: &'static str, unit: String, output: String },
    #[error("systemctl stop {unit} failed ({status}){}", after_colon(output))]
    StopFailed { unit: String, status: String, output: String },
    #[error("systemctl start {unit} failed ({status}){}", after_colon(output))]
    StartFailed { unit: String, status: String, output: String },
    #[error("systemctl stop {unit} did not end within {seconds} s")]
    StopTimedOut { unit: String, seconds: u64 },
    #[error("systemctl start {unit} did not end within {seconds} s")]
    StartTimedOut { unit: String, seconds: u64 },
    #[error("systemctl {verb} {unit} failed ({status}){}", after_colon(output))]
    SystemctlFailed { verb: &'static str, unit: String, status: String, output: String },
    #[error("systemctl {verb} {unit} did not end in time")]
    SystemctlTimedOut { verb: &'static str, unit: String },
    #[error("systemctl is-active {unit} gave no state but {} ({status}){}", quoted(printed), after_colon(output))]
    NoUnitState { unit: String, printed: String, status: String, output: String },
    #[error("systemd has no unit {unit}")]
    UnitNotFound { unit: String },
    #[error("{unit} is masked")]
    UnitMasked { unit: String },
    #[error("the unit file of {unit} has a mistake")]
    UnitBroken { unit: String },
    #[error("{unit} stayed {state} for {seconds} s")]
    UnitUnsettled { unit: String, state: Active, seconds: u64 },
    #[error("{unit} is active, but its {} subsystem did not say \"running\" at {endpoint} within {seconds} s: {answer}", endpoint.subsystem)]
    NotReady { unit: String, endpoint: Endpoint, seconds: u64, answer: Answer },
    #[error("{unit} is {state} after its start")]
    NotActive { unit: String, state: Active },
    #[error("interrupted by signal {signal}")]
    Interrupted { signal: u8 },
}

impl ServiceError {
    /// The error's stable name.
    pub fn code(&self) -> &'static str {
        ServiceErrorCode::from(self).into()
    }
}

/// What a program printed, behind what is said of it; nothing where it printed nothing.
pub(super) fn after_colon(output: &str) -> String {
    if output.is_empty() { String::new() } else { format!(": {output}") }
}

fn quoted(printed: &str) -> String {
    if printed.is_empty() { "nothing".to_owned() } else { format!("`{printed}`") }
}

/// Whether a text is a unit's name and nothing else: no option, no second word.
pub fn is_unit_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-:\\".contains(&byte);
    !name.is_empty() && name.len() <= 255 && !name.starts_with('-') && name.bytes().all(is_plain)
}

/// Whether a unit asks for passwords when it starts.
pub fn asks_for_passwords(unit: &str) -> bool {
    unit.starts_with("pki-tomcatd-nuxwdog@")
}
