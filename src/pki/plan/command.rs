//! The commands that a plan prints, argument by argument.

use super::PlanRequest;
use crate::pki::{HostPort, Observation};

/// A command of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed(Vec<String>);

impl Typed {
    /// A command by its name.
    pub fn new(name: &str) -> Typed {
        Typed(vec!["pki-role".to_owned(), name.to_owned()])
    }

    /// A command on a server's file: by its instance where that is known, with what the command can do
    /// beside the guide wherever that applies.
    pub fn on(name: &str, observation: &Observation) -> Typed {
        let mut typed = match &observation.server.instance {
            Some(instance) => Typed::new(name).option("-i", "--instance", instance),
            None => Typed::new(name).long("--to", &observation.config),
        };
        if observation.ipa_proxy.is_some() && matches!(name, "demote-ca" | "promote-ca") {
            typed = typed.flag("--with-ipa-proxy");
        }
        if observation.has_agent && name == "promote-ca" {
            typed = typed.flag("--issue-crl");
        }
        typed
    }

    /// `status` of a server.
    pub fn status(observation: &Observation) -> Typed {
        match &observation.server.instance {
            Some(instance) => Typed::new("status").option("-i", "--instance", instance),
            None => Typed::new("status").files([&observation.config]),
        }
    }

    /// With a flag.
    pub fn flag(mut self, flag: &str) -> Typed {
        self.0.push(flag.to_owned());
        self
    }

    /// With an option and its value; a value that looks like an option is joined with the long name.
    pub fn option(mut self, option: &str, long: &str, value: &str) -> Typed {
        if value.starts_with('-') {
            self.0.push(format!("{long}={value}"));
        } else {
            self.0.extend([option.to_owned(), value.to_owned()]);
        }
        self
    }

    /// With an option that has only a long name.
    pub fn long(self, option: &str, value: &str) -> Typed {
        self.option(option, option, value)
    }

    /// With the address of the new master.
    pub fn new_master(self, address: &HostPort) -> Typed {
        self.long("--new-master", &address.to_string())
    }

    /// With files. One that looks like an option is named by its folder.
    pub fn files<'f>(mut self, files: impl IntoIterator<Item = &'f String>) -> Typed {
        let is_option = |file: &String| file.starts_with('-') && file != "-";
        let name = |file: &String| if is_option(file) { format!("./{file}") } else { file.clone() };
        self.0.extend(files.into_iter().map(name));
        self
    }

    /// The arguments.
    pub fn argv(self) -> Vec<String> {
        self.0
    }
}

impl PlanRequest {
    /// The command that asks for this plan.
    pub(super) fn command(&self) -> Vec<String> {
        let mut typed = Typed::new("plan").files(&self.files);
        if let Some(new_master) = &self.new_master {
            typed = typed.long("--new-master", new_master);
        }
        if self.ocsp {
            typed = typed.flag("--ocsp");
        }
        typed = self.dead.iter().fold(typed, |typed, dead| typed.long("--dead", dead));
        match self.with_publishing {
            Some(true) => typed.flag("--with-publishing"),
            Some(false) => typed.flag("--without-publishing"),
            None => typed,
        }
        .argv()
    }
}
