//! A web server that counts its effects together with a disk and another service.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use pki_role::host::ipa_proxy::{IpaProxyError, WebServer};
use pki_role::host::services::{Active, ServiceError};
use pki_role::pki::{IpaRule, RuleState};

use super::faulty_disk::Effects;

/// The web server, with the file that it reads.
pub struct FaultyWeb<'w> {
    pub effects: &'w Effects<'w>,
    pub file: &'w Path,
    pub state: Cell<Active>,
    /// Its configuration is broken once the rule is another one.
    pub breaks: bool,
    /// What it runs with.
    pub loaded: Cell<RuleState>,
}

impl FaultyWeb<'_> {
    fn on_disk(&self) -> RuleState {
        IpaRule::of(&fs::read(self.file).unwrap()).state
    }

    fn effect(&self, verb: &'static str) -> Result<(), ServiceError> {
        self.effects.effect(verb).map_err(|error| ServiceError::SystemctlFailed {
            verb,
            unit: "httpd.service".to_owned(),
            status: error.to_string(),
            output: String::new(),
        })
    }
}

impl WebServer for FaultyWeb<'_> {
    fn unit(&self) -> &'static str {
        "httpd.service"
    }

    fn test(&self) -> Result<Option<String>, IpaProxyError> {
        let is_broken =
            self.effects.effect("configtest").is_err() || self.breaks && self.on_disk() != self.loaded.get();
        match is_broken {
            true => Err(IpaProxyError::WebServerConfigBroken { command: "x".to_owned(), output: String::new() }),
            false => Ok(None),
        }
    }

    fn state(&self) -> Result<Option<Active>, ServiceError> {
        self.effect("is-active httpd").map(|()| Some(self.state.get()))
    }

    fn reload(&self) -> Result<(), ServiceError> {
        self.effect("reload")?;
        assert!(self.state.get().runs(), "reload of a web server that is down");
        self.loaded.set(self.on_disk());
        Ok(())
    }

    fn start(&self) -> Result<(), ServiceError> {
        self.effect("start httpd")?;
        self.state.set(Active::Active);
        self.loaded.set(self.on_disk());
        Ok(())
    }
}
