//! Where the agent interface of a server is.

use crate::pki::topology::naming::is_loopback;
use crate::pki::{HostPort, Server};

/// Host and agent port of a server, as a command takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Host and port.
    pub host_port: HostPort,
    /// The port may be stale.
    pub is_unsure: bool,
}

impl Address {
    /// The address of a server; a port that was given stands in for one that is not known for sure.
    pub fn of(server: &Server, given: Option<u16>) -> Option<Address> {
        let host = server.host.as_deref().filter(|host| !is_loopback(host))?;
        let sure = server.ports.sure_agent();
        let is_unsure = sure.is_none() && given.is_none();
        let port = sure.or(given).or(server.ports.agent)?;
        Some(Address { host_port: format!("{host}:{port}").parse().ok()?, is_unsure })
    }

    /// Whether a server cannot be distinguished from the one at this address: a demotion in its favour is refused.
    pub fn is_of(&self, server: &Server) -> bool {
        let port = self.host_port.port().to_string();
        server.is_host(self.host_port.host()) && server.ports.has_secure(&port) != Some(false)
    }
}
