//! Services that count their effects together with a disk, and at one of them something happens.

use std::cell::{Cell, RefCell};
use std::io;

use pki_role::host::answer::Answer;
use pki_role::host::endpoint::{Endpoint, FetchError};
use pki_role::host::services::{Active, Load, Ready, ServiceError, Services, UnitState};

use super::faulty_disk::Effects;

/// The signal that arrives in these tests.
pub const SIGTERM: u8 = 15;

/// A unit and its subsystem, which runs where the unit is active.
pub struct FaultyServices<'w> {
    effects: &'w Effects<'w>,
    pub state: Cell<Active>,
    /// The subsystem says so where the unit is active.
    pub speaks: bool,
    /// The first start fails too, whatever else does.
    pub first_start_fails: Cell<bool>,
    /// The signal that has arrived.
    pub signal: &'w Cell<Option<u8>>,
    holds_signals: Cell<bool>,
    /// What was tried on the unit.
    pub verbs: RefCell<Vec<&'static str>>,
}

impl<'w> FaultyServices<'w> {
    pub fn new(effects: &'w Effects<'w>, signal: &'w Cell<Option<u8>>, is_active: bool) -> FaultyServices<'w> {
        FaultyServices {
            effects,
            state: Cell::new(if is_active { Active::Active } else { Active::Inactive }),
            speaks: true,
            first_start_fails: Cell::new(false),
            signal,
            holds_signals: Cell::new(false),
            verbs: RefCell::default(),
        }
    }

    fn interruptible(&self) -> Result<(), ServiceError> {
        match self.signal.get() {
            Some(signal) if !self.holds_signals.get() => Err(ServiceError::Interrupted { signal }),
            _ => Ok(()),
        }
    }

    fn effect(&self, verb: &'static str) -> Result<(), ServiceError> {
        self.effects.effect(verb).map_err(|error| failed(verb, &error))
    }

    fn says(&self) -> Answer {
        match self.state.get() {
            Active::Active if self.speaks => Answer::Running,
            Active::Active => Answer::NotFound,
            _ => Answer::Closed,
        }
    }
}

fn failed(verb: &'static str, error: &io::Error) -> ServiceError {
    let (unit, status, output) = ("unit".to_owned(), error.to_string(), String::new());
    match verb {
        "stop" => ServiceError::StopFailed { unit, status, output },
        "start" => ServiceError::StartFailed { unit, status, output },
        _ => ServiceError::SystemctlFailed { verb, unit, status, output },
    }
}

/// A stop and a start that fail leave the unit down: the worst that they can do.
impl Services for FaultyServices<'_> {
    fn unit(&mut self, unit: &str) -> Result<UnitState, ServiceError> {
        self.unit_now(unit)
    }

    fn unit_now(&mut self, _: &str) -> Result<UnitState, ServiceError> {
        self.effect("is-active")?;
        self.interruptible()?;
        Ok(UnitState { load: Load::Loaded, active: self.state.get() })
    }

    fn is_enabled(&mut self, _: &str) -> Option<bool> {
        None
    }

    fn stop(&mut self, _: &str) -> Result<(), ServiceError> {
        self.verbs.borrow_mut().push("stop");
        self.state.set(Active::Inactive);
        self.effect("stop")?;
        self.interruptible()
    }

    fn hold_signals(&mut self) {
        self.holds_signals.set(true);
    }

    fn start(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.verbs.borrow_mut().push("start");
        self.effect("start")?;
        if self.first_start_fails.replace(false) {
            self.state.set(Active::Failed);
            return Err(ServiceError::NotActive { unit: unit.to_owned(), state: Active::Failed });
        }
        self.state.set(Active::Active);
        Ok(())
    }

    fn answer(&mut self, _: &Endpoint) -> Answer {
        match (self.effects.effect("getStatus"), self.interruptible()) {
            (Err(error), _) => Answer::Unreachable(FetchError::Failed(error.to_string())),
            (_, Err(_)) => Answer::Unreachable(FetchError::Interrupted(SIGTERM)),
            _ => self.says(),
        }
    }

    fn wait_ready(&mut self, unit: &str, endpoint: Option<&Endpoint>) -> Result<Ready, ServiceError> {
        self.effect("wait-ready")?;
        let (unit, state) = (unit.to_owned(), self.state.get());
        match (state, endpoint) {
            (Active::Active, None) => Ok(Ready::OnlyActive(None)),
            (Active::Active, Some(_)) if self.speaks => Ok(Ready::Answered),
            (Active::Active, Some(endpoint)) => {
                Err(ServiceError::NotReady { unit, endpoint: endpoint.clone(), seconds: 1, answer: self.says() })
            }
            _ => Err(ServiceError::NotActive { unit, state }),
        }
    }

    fn wait_settled(&mut self, state: &mut dyn FnMut() -> Option<Vec<u8>>) {
        let _ = self.effects.effect("wait-settled");
        state();
    }

    fn signal(&self) -> Option<u8> {
        self.signal.get()
    }
}
