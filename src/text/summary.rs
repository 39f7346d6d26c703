//! A server in a few words: how it is named, where it is, and its role in a sentence.

use super::escape::one_line;
use super::explanation::address;
use crate::pki::{Detail, Observation, Role, Server, Store};

/// How a server is named among others.
pub fn title(observation: &Observation) -> String {
    let host = observation.server.host.as_deref().map(one_line);
    let instance = observation.server.instance.as_deref().map(one_line);
    match (host, instance) {
        (Some(host), Some(instance)) => format!("{host} ({instance})"),
        (Some(host), None) => host.into_owned(),
        (None, _) => one_line(&observation.config).into_owned(),
    }
}

/// Host and agent port, as far as they are known.
pub fn place(server: &Server) -> String {
    let host = server.host.as_deref().map_or("an unknown host".to_owned(), |host| one_line(host).into_owned());
    match (server.ports.agent, server.ports.unsure) {
        (Some(port), false) => format!("{host}:{port}"),
        (Some(port), true) => format!("{host}:{port} (the port may be stale)"),
        (None, _) => host,
    }
}

/// The role in a sentence.
pub fn summary(server: &Server) -> String {
    match (&server.detail, server.role()) {
        (Detail::Ca(_), Role::Master) => "generates CRLs".to_owned(),
        (Detail::Ca(ca), Role::Clone) => match ca.redirect() {
            (None, None) => "does not generate CRLs".to_owned(),
            (host, port) => format!("does not generate CRLs; redirects agents to {}", address(host, port)),
        },
        (Detail::Ca(ca), _) if ca.generates() => "neither master nor clone; it generates CRLs".to_owned(),
        (Detail::Ca(_), _) => "neither master nor clone; it does not generate CRLs".to_owned(),
        (Detail::Ocsp(_), Role::Master) => "receives CRLs from the CA".to_owned(),
        (Detail::Ocsp(_), Role::Clone) => "re-reads the replicated CRLs at an interval".to_owned(),
        (Detail::Ocsp(ocsp), Role::Unknown) => match &ocsp.store {
            Store::Other(id) => format!("reads CRLs from the store {}, which has no refresh interval", one_line(id)),
            _ => "names no store".to_owned(),
        },
        (Detail::Ocsp(_), _) => "neither master nor clone".to_owned(),
        (Detail::Other(_), _) => "masters and clones have the same configuration".to_owned(),
    }
}
