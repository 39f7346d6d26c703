//! Which server `--new-master` names, and which hosts are dead.

use super::Matter;
use crate::pki::topology::arrangement::{Arrangement, Listed, ids_of};
use crate::pki::topology::naming::{is_port_of, is_short_for};
use crate::pki::{Subsystem, same_host};

/// The server that is to be the master.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen<'o> {
    /// The server.
    pub listed: Listed<'o>,
    /// The port that was given with its host.
    pub port: Option<u16>,
}

/// A server as it is named on the command line: `[INSTANCE@]HOST[:PORT]`.
struct Name<'n> {
    instance: Option<&'n str>,
    host: &'n str,
    port: Option<u16>,
}

impl<'n> Name<'n> {
    fn of(text: &'n str) -> Name<'n> {
        let (instance, rest) = match text.split_once('@') {
            Some((instance, rest)) => (Some(instance), rest),
            None => (None, text),
        };
        let port = rest.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        match port {
            Some((host, port)) if !host.is_empty() => Name { instance, host, port: Some(port) },
            _ => Name { instance, host: rest, port: None },
        }
    }

    fn names(&self, listed: Listed<'_>, is_host: impl Fn(&str, &str) -> bool) -> bool {
        let server = listed.server();
        server.host.as_deref().is_some_and(|own| is_host(self.host, own))
            && self.instance.is_none_or(|instance| server.instance.as_deref() == Some(instance))
            && self.port.is_none_or(|port| is_port_of(&port.to_string(), &server.ports))
    }
}

/// The server that a text names: by host, by host and port, by instance and host, or by its file.
pub(super) fn choose<'o>(text: &str, subsystem: Subsystem, all: &Arrangement<'o>) -> Result<Chosen<'o>, Matter> {
    let known = all.all(subsystem);
    let name = Name::of(text);
    let find =
        |names: &dyn Fn(Listed<'o>) -> bool| known.iter().copied().filter(|listed| names(*listed)).collect::<Vec<_>>();
    let mut found = find(&|listed| name.names(listed, same_host));
    if found.is_empty() {
        found = find(&|listed| name.names(listed, is_short_for));
    }
    if found.is_empty() {
        found = find(&|listed| listed.observation.config == text);
    }
    match found.as_slice() {
        [listed] => Ok(Chosen { listed: *listed, port: name.port }),
        [] => Err(Matter::UnknownNewMaster { name: text.to_owned(), known: ids_of(&known) }),
        several => Err(Matter::AmbiguousNewMaster { name: text.to_owned(), candidates: ids_of(several) }),
    }
}

/// The shortest text that [`choose`] takes for one of several servers, where there is any.
pub(super) fn name_of(listed: Listed<'_>, among: &[Listed<'_>]) -> Option<String> {
    let server = listed.server();
    let Some(host) = &server.host else { return Some(listed.observation.config.clone()) };
    let instance = server.instance.as_ref().map(|instance| format!("{instance}@{host}"));
    let port = server.ports.agent.map(|port| format!("{host}:{port}"));
    let is_only = |text: &String| {
        let name = Name::of(text);
        among.iter().all(|other| other.id == listed.id || !name.names(*other, same_host))
    };
    let texts = [Some(host.clone()), instance, port];
    texts.into_iter().flatten().find(is_only).or_else(|| Some(listed.observation.config.clone()))
}

/// Whether one of the names means a host; either may be the first part of the other.
pub(super) fn is_named(names: &[String], host: &str) -> bool {
    names.iter().any(|name| same_host(name, host) || is_short_for(name, host) || is_short_for(host, name))
}
