//! Which observations are of one server, and which servers belong together.
//!
//! What is unknown never separates. Two that are known to differ never come together, however many
//! stand between them that are compatible with both.

use std::cmp::Reverse;

use super::naming::is_name_of;
use crate::pki::{Observation, Origin, Role, Server, ServerId, Subsystem, Topology, same_host};

/// An observation, with its place in the list.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'o> {
    /// Its place.
    pub id: ServerId,
    /// What was observed.
    pub observation: &'o Observation,
}

impl<'o> Listed<'o> {
    /// Its server.
    pub fn server(self) -> &'o Server {
        &self.observation.server
    }

    /// Whether it generates CRLs.
    pub fn generates(self) -> bool {
        self.server().generates()
    }
}

/// The places of some servers.
pub fn ids_of(servers: &[Listed<'_>]) -> Vec<ServerId> {
    servers.iter().map(|listed| listed.id).collect()
}

/// The servers of one subsystem that belong to one topology.
#[derive(Clone, Debug)]
pub struct Peers<'o> {
    /// Their subsystem.
    pub subsystem: Subsystem,
    /// What is known of their topology, from any of them.
    pub topology: Topology,
    /// The servers, in the order of the list.
    pub servers: Vec<Listed<'o>>,
    /// Those of them that might belong to others as well.
    pub uncertain: Vec<ServerId>,
}

impl<'o> Peers<'o> {
    /// Whether a server is one of them.
    pub fn has(&self, id: ServerId) -> bool {
        self.servers.iter().any(|listed| listed.id == id)
    }

    /// Those that have a role.
    pub fn with_role(&self, role: Role) -> Vec<Listed<'o>> {
        self.servers.iter().copied().filter(|listed| listed.server().role() == role).collect()
    }

    /// The CAs that generate CRLs.
    pub fn generators(&self) -> Vec<Listed<'o>> {
        self.servers.iter().copied().filter(|listed| listed.generates()).collect()
    }
}

/// An observation that is left out, since another one of the same server was taken.
#[derive(Clone, Copy, Debug)]
pub struct LeftOut<'o> {
    /// The one that is left out.
    pub listed: Listed<'o>,
    /// The one that was taken.
    pub taken: Listed<'o>,
}

impl LeftOut<'_> {
    /// Whether they give the server different roles, and nothing says which is the newer one. One is newer
    /// if it is this host's own file, read just now, or if both have a time and the times differ. Saved
    /// status without a time may be older than a copy of the file, or newer.
    pub fn contradicts(&self) -> bool {
        let (taken, left_out) = (self.taken.observation, self.listed.observation);
        let is_read_now = taken.origin == Origin::Live && left_out.origin != Origin::Live;
        let is_newer =
            taken.observed_at().zip(left_out.observed_at()).is_some_and(|(taken, left_out)| taken != left_out);
        !is_read_now && !is_newer && taken.server.role() != left_out.server.role()
    }
}

/// All observations, arranged.
#[derive(Clone, Debug)]
pub struct Arrangement<'o> {
    /// One observation of each server, in the order of the list.
    pub servers: Vec<Listed<'o>>,
    /// Observations that are left out.
    pub left_out: Vec<LeftOut<'o>>,
    /// The CAs, by their topologies.
    pub cas: Vec<Peers<'o>>,
    /// The OCSP responders, by their topologies.
    pub responders: Vec<Peers<'o>>,
}

impl<'o> Arrangement<'o> {
    /// Arranges observations.
    pub fn of(observations: &'o [Observation]) -> Arrangement<'o> {
        let (servers, left_out) = distinct(observations);
        let peers = |subsystem| peers_of(&servers, subsystem);
        let (cas, responders) = (peers(Subsystem::Ca), peers(Subsystem::Ocsp));
        Arrangement { cas, responders, servers, left_out }
    }

    /// Every server of a kind that has roles, by topology.
    pub fn all(&self, subsystem: Subsystem) -> Vec<Listed<'o>> {
        let groups = if subsystem == Subsystem::Ca { &self.cas } else { &self.responders };
        groups.iter().flat_map(|peers| peers.servers.iter().copied()).collect()
    }

    /// The same without some of the servers.
    pub fn without(mut self, is_left_out: impl Fn(Listed<'_>) -> bool) -> Arrangement<'o> {
        self.servers.retain(|listed| !is_left_out(*listed));
        for all in [&mut self.cas, &mut self.responders] {
            all.iter_mut().for_each(|peers| peers.servers.retain(|listed| !is_left_out(*listed)));
            all.retain(|peers| !peers.servers.is_empty());
        }
        self
    }
}

/// What is known of a server from every observation of it.
struct Known<'o> {
    kept: Listed<'o>,
    instance: Option<&'o str>,
    sure_port: Option<u16>,
    unsure_port: Option<u16>,
    topology: Topology,
}

impl<'o> Known<'o> {
    fn of(kept: Listed<'o>) -> Known<'o> {
        let mut known =
            Known { kept, instance: None, sure_port: None, unsure_port: None, topology: Topology::default() };
        known.learn(kept);
        known
    }

    fn is(&self, other: Listed<'_>) -> bool {
        let differ = |one: Option<u16>, other: Option<u16>| one.zip(other).is_some_and(|(one, other)| one != other);
        let (ours, theirs) = (self.kept.server(), other.server());
        let is_place = match (&ours.host, &theirs.host) {
            (Some(ours), Some(theirs)) => same_host(ours, theirs),
            // Of a file without a host only its path is known, and that on this host alone.
            (None, None) => {
                let is_here = |listed: Listed<'_>| listed.observation.origin != Origin::Collected;
                is_here(self.kept) && is_here(other) && self.kept.observation.config == other.observation.config
            }
            _ => false,
        };
        let instances = self.instance.zip(theirs.instance.as_deref());
        is_place
            && ours.subsystem() == theirs.subsystem()
            && instances.is_none_or(|(ours, theirs)| ours == theirs)
            && !differ(self.sure_port, theirs.ports.sure_agent())
            && !differ(self.unsure_port, unsure_port(theirs))
            && self.topology.is_compatible(&theirs.topology)
    }

    fn learn(&mut self, other: Listed<'o>) {
        let server = other.server();
        self.instance = self.instance.or(server.instance.as_deref());
        self.sure_port = self.sure_port.or(server.ports.sure_agent());
        self.unsure_port = self.unsure_port.or(unsure_port(server));
        merge(&mut self.topology, &server.topology);
    }
}

fn unsure_port(server: &Server) -> Option<u16> {
    server.ports.agent.filter(|_| server.ports.unsure)
}

/// Of several observations of one server the best stays: live before collected before a copy, then the
/// newest, then the first.
fn distinct(observations: &[Observation]) -> (Vec<Listed<'_>>, Vec<LeftOut<'_>>) {
    let mut all: Vec<Listed<'_>> =
        observations.iter().enumerate().map(|(id, observation)| Listed { id, observation }).collect();
    all.sort_by_key(|listed| {
        let origin = match listed.observation.origin {
            Origin::Live => 0,
            Origin::Collected => 1,
            Origin::Copy => 2,
        };
        (origin, Reverse(listed.observation.observed_at()))
    });
    let mut known: Vec<Known<'_>> = Vec::new();
    let mut left_out = Vec::new();
    for listed in all {
        match known.iter_mut().find(|known| known.is(listed)) {
            Some(same) => {
                left_out.push(LeftOut { listed, taken: same.kept });
                same.learn(listed);
            }
            None => known.push(Known::of(listed)),
        }
    }
    let mut kept: Vec<Listed<'_>> = known.into_iter().map(|known| known.kept).collect();
    kept.sort_by_key(|listed| listed.id);
    left_out.sort_by_key(|left_out| left_out.listed.id);
    (kept, left_out)
}

fn merge(topology: &mut Topology, other: &Topology) {
    topology.base_dn = topology.base_dn.take().or_else(|| other.base_dn.clone());
    topology.security_domain = topology.security_domain.take().or_else(|| other.security_domain.clone());
}

/// The servers of a subsystem, by topology. Those of which most is known come first, so that the order
/// of the files decides nothing.
fn peers_of<'o>(servers: &[Listed<'o>], subsystem: Subsystem) -> Vec<Peers<'o>> {
    let mut all: Vec<Listed<'o>> =
        servers.iter().copied().filter(|listed| listed.server().subsystem() == subsystem).collect();
    let known =
        |topology: &Topology| usize::from(topology.base_dn.is_some()) + usize::from(topology.security_domain.is_some());
    all.sort_by_key(|listed| Reverse(known(&listed.server().topology)));
    let mut groups: Vec<Peers<'o>> = Vec::new();
    for listed in all {
        let topology = &listed.server().topology;
        let compatible: Vec<usize> = (0..)
            .zip(&groups)
            .filter(|(_, group)| group.topology.is_compatible(topology))
            .map(|(place, _)| place)
            .collect();
        let linked = |place: &&usize| groups.get(**place).is_some_and(|group| is_linked(group, listed));
        // A redirect is a hint, and no more: it may be stale.
        let place = compatible.iter().find(linked).or(compatible.first()).copied();
        let is_certain = compatible.len() <= 1;
        match place.and_then(|place| groups.get_mut(place)) {
            Some(group) => {
                merge(&mut group.topology, topology);
                group.servers.push(listed);
                if !is_certain {
                    group.uncertain.push(listed.id);
                }
            }
            None => groups.push(Peers {
                subsystem,
                topology: topology.clone(),
                servers: vec![listed],
                uncertain: Vec::new(),
            }),
        }
    }
    groups.iter_mut().for_each(|group| group.servers.sort_by_key(|listed| listed.id));
    groups.sort_by_key(|group| group.servers.first().map(|listed| listed.id));
    groups
}

/// Whether a server redirects to one of a group, or one of them to it.
fn is_linked(group: &Peers<'_>, listed: Listed<'_>) -> bool {
    let redirects = |from: Listed<'_>, to: Listed<'_>| {
        let host = from.server().ca().and_then(|ca| ca.redirect().0);
        host.is_some_and(|host| is_name_of(host, to.server()))
    };
    group.servers.iter().any(|other| {
        let are_known = other.server().host.is_some() && listed.server().host.is_some();
        are_known && (redirects(listed, *other) || redirects(*other, listed))
    })
}
