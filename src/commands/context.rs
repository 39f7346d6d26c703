//! What every command gets, and what several of them decide in one way.

use std::path::{Path, PathBuf};

use crate::host::roots::Roots;
use crate::pki::Timestamp;
use crate::text::Invocation;

/// What every command gets.
pub struct Context<'c> {
    /// Where the host's files are.
    pub root: &'c Path,
    /// The arguments behind the program's name, as they were typed.
    pub typed: Vec<String>,
    /// When the program was started.
    pub now: Timestamp,
}

impl Context<'_> {
    /// The invocation of a command, as far as it is known before anything was looked at.
    pub fn invocation(&self, command: &'static str) -> Invocation {
        let root = (self.root != Path::new("/")).then(|| self.root.to_owned());
        Invocation { command, typed: self.typed.clone(), root, ..Invocation::default() }
    }

    /// Below another root this host's own systemctl would stop this host's own server: there only a
    /// named one is called.
    pub fn reaches_services(&self, named: Option<&PathBuf>) -> bool {
        named.is_some() || Roots::below(self.root).is_host()
    }
}

/// The systemctl to call.
pub fn systemctl_of(named: Option<&PathBuf>) -> PathBuf {
    named.cloned().unwrap_or_else(|| PathBuf::from("systemctl"))
}
