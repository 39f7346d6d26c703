//! What the security domain knows, against the files that were given.

use super::arrangement::{Arrangement, Listed};
use super::naming::is_port_of;
use crate::pki::finding::Judged;
use crate::pki::{Finding, Member, Subsystem, same_host};

/// Members without a file, and servers that the domain does not know.
pub(super) fn judge(all: &Arrangement<'_>) -> Vec<Judged> {
    let missing = missing_members(all).into_iter().map(|(observer, member)| {
        let finding = Finding::MemberMissing {
            subsystem: member.subsystem,
            host: member.host.clone(),
            port: member.port,
            no_generator: member.subsystem == Subsystem::Ca && lacks_generator(all, observer),
        };
        (Some(observer.id), finding)
    });
    let mut judged: Vec<Judged> = missing.collect();
    let unknown = all.servers.iter().filter(|listed| is_unknown(all, **listed));
    let unknown =
        unknown.map(|listed| (Some(listed.id), Finding::MemberUnknown { subsystem: listed.server().subsystem() }));
    judged.extend(unknown);
    judged
}

/// CAs and OCSP responders that a security domain knows and no file describes, each once, with a server
/// that knows of it.
pub fn missing_members<'o>(all: &Arrangement<'o>) -> Vec<(Listed<'o>, &'o Member)> {
    let mut missing: Vec<(Listed<'o>, &'o Member)> = Vec::new();
    for observer in &all.servers {
        for member in members(*observer).iter().filter(|member| member.subsystem.has_roles()) {
            let is_same = |(_, other): &(Listed<'_>, &Member)| {
                other.subsystem == member.subsystem && same_host(&other.host, &member.host) && other.port == member.port
            };
            if !missing.iter().any(is_same) && !all.servers.iter().any(|listed| is_member(*listed, member)) {
                missing.push((*observer, member));
            }
        }
    }
    missing
}

fn members<'o>(listed: Listed<'o>) -> &'o [Member] {
    listed.observation.live.as_ref().map_or(&[], |live| &live.members)
}

/// Whether a member is this server, as far as its ports are known.
fn is_member(listed: Listed<'_>, member: &Member) -> bool {
    let server = listed.server();
    let ports = [Some(member.port), member.agent_port];
    let is_port = ports.into_iter().flatten().any(|port| is_port_of(&port.to_string(), &server.ports));
    server.subsystem() == member.subsystem && server.is_host(&member.host) && is_port
}

/// Whether none of the CAs that share the observer's topology generates CRLs.
fn lacks_generator(all: &Arrangement<'_>, observer: Listed<'_>) -> bool {
    all.cas.iter().any(|peers| peers.has(observer.id) && peers.generators().is_empty())
}

/// Whether a server of the same security domain listed its members, and this server is in no list.
fn is_unknown(all: &Arrangement<'_>, listed: Listed<'_>) -> bool {
    let server = listed.server();
    let (Some(_), Some(domain)) = (&server.host, &server.topology.security_domain) else { return false };
    let is_same = |observer: &&Listed<'_>| {
        let theirs = observer.server().topology.security_domain.as_ref();
        theirs.is_some_and(|theirs| theirs.eq_ignore_ascii_case(domain)) && !members(**observer).is_empty()
    };
    let mut lists = all.servers.iter().filter(is_same).map(|observer| members(*observer)).peekable();
    server.subsystem().has_roles() && lists.peek().is_some() && !lists.flatten().any(|member| is_member(listed, member))
}
