//! Whether the OCSP publishers of a CA name an OCSP master.

use super::arrangement::{Arrangement, Listed, Peers};
use super::naming::{is_name_of, is_port_of};
use crate::pki::{Publisher, Role, ServerId, Topology};

/// An OCSP publisher that does not name a master.
#[derive(Clone, Copy, Debug)]
pub struct Misdirected<'p> {
    /// The publisher.
    pub publisher: &'p Publisher,
    /// The responder that it names, where its file is known.
    pub responder: Option<ServerId>,
}

/// A responder, with the role that it has or will have.
#[derive(Clone, Copy, Debug)]
pub struct Responder<'o> {
    /// The responder.
    pub listed: Listed<'o>,
    /// Its role.
    pub role: Role,
    /// None of its topology is known to be the master, and one may be.
    may_be_right: bool,
}

/// Every responder, by the roles that are given.
pub fn responders_of<'o>(all: &Arrangement<'o>, role: impl Fn(Listed<'o>) -> Role) -> Vec<Responder<'o>> {
    let of = |peers: &Peers<'o>| {
        let has = |wanted: Role| peers.servers.iter().any(|listed| role(*listed) == wanted);
        let may_be_right = !has(Role::Master) && has(Role::Unknown);
        let responder = |listed: &Listed<'o>| Responder { listed: *listed, role: role(*listed), may_be_right };
        peers.servers.iter().map(responder).collect::<Vec<_>>()
    };
    all.responders.iter().flat_map(of).collect()
}

/// What a publisher names.
enum Destination {
    Master,
    NotMaster(ServerId),
    /// A responder whose role cannot be known, or that has none.
    Unjudged,
    /// No responder whose file is known.
    Unknown,
}

/// The active OCSP publishers of a CA that do not name a master. One that names a responder whose file
/// is not known is right, unless an OCSP master is known and the CA publishes to none.
pub fn misdirected<'p>(
    publishers: impl Iterator<Item = &'p Publisher>,
    generates: bool,
    topology: &Topology,
    responders: &[Responder<'_>],
) -> Vec<Misdirected<'p>> {
    let named: Vec<(&Publisher, Destination)> = publishers
        .filter(|publisher| publisher.active && publisher.is_ocsp)
        .map(|publisher| (publisher, destination(publisher, responders)))
        .collect();
    let reaches_a_master = named.iter().any(|(_, named)| matches!(named, Destination::Master));
    let domain = Topology { base_dn: None, ..topology.clone() };
    let is_ours = |responder: &Responder<'_>| domain.is_compatible(&responder.listed.server().topology);
    let has_master = responders.iter().any(|responder| responder.role == Role::Master && is_ours(responder));
    let accuses_unknown = generates && has_master && !reaches_a_master;
    let misdirected = named.into_iter().filter_map(|(publisher, named)| match named {
        Destination::NotMaster(id) => Some(Misdirected { publisher, responder: Some(id) }),
        Destination::Unknown if accuses_unknown => Some(Misdirected { publisher, responder: None }),
        _ => None,
    });
    misdirected.collect()
}

fn destination(publisher: &Publisher, responders: &[Responder<'_>]) -> Destination {
    let (Some(host), Some(port)) = (&publisher.host, &publisher.port) else { return Destination::Unknown };
    let names = |listed: &Listed<'_>| {
        let server = listed.server();
        let is_plain = server.ports.plain.is_some_and(|plain| plain.to_string() == *port);
        is_name_of(host, server) && (is_plain || is_port_of(port, &server.ports))
    };
    let named: Vec<&Responder<'_>> = responders.iter().filter(|responder| names(&responder.listed)).collect();
    // Where ports are not known it may be any of them.
    match named.first() {
        _ if named.iter().any(|responder| responder.role == Role::Master) => Destination::Master,
        Some(Responder { listed, role: Role::Clone, may_be_right: false }) => Destination::NotMaster(listed.id),
        Some(_) => Destination::Unjudged,
        None => Destination::Unknown,
    }
}
