//! What a CS.cfg says about its server: subsystem, host, ports, topology, and the parameters of its role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::{first_of, text_of};
use super::parameters::CRL_PREFIX;
use super::{Ca, Completeness, Ocsp, Reference, Role, Setting, Subsystem};
use crate::cs_cfg::{Ambiguity, CsCfg, StopsStart};

/// A server as its file describes it, and what its host adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The host.
    pub host: Option<String>,
    /// The instance: the folder's name, else what the file says.
    pub instance: Option<String>,
    /// Its ports.
    pub ports: Ports,
    /// What servers of one topology have in common.
    pub topology: Topology,
    /// Whether the file is whole.
    pub completeness: Completeness,
    /// Lines that the two readers read differently.
    pub ambiguities: Vec<AmbiguousLine>,
    /// Parameters with the name of a branch of the role's: the server reads that branch elsewhere.
    pub references: Vec<Reference>,
    /// Its subsystem, with the parameters of its role.
    pub detail: Detail,
}

/// A subsystem, with the parameters of its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A certificate authority.
    Ca(Ca),
    /// An OCSP responder.
    Ocsp(Ocsp),
    /// A subsystem whose masters and clones have the same configuration.
    Other(Subsystem),
}

/// The ports of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ports {
    /// The port of the agent interface.
    pub agent: Option<u16>,
    /// The agent port comes from parameters that nothing reads any more and that may be stale.
    #[serde(default)]
    pub unsure: bool,
    /// The port without TLS.
    pub plain: Option<u16>,
    /// The TLS port of a proxy in front of the server, as on FreeIPA.
    pub proxy: Option<u16>,
}

/// What servers of one topology have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Topology {
    /// The name of the security domain.
    pub security_domain: Option<String>,
    /// The base DN of the database, which clones of one CA share.
    pub base_dn: Option<String>,
}

/// A line that the server and `pki-server` read differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AmbiguousLine {
    /// Number of its first physical line, from 1.
    pub line: usize,
    /// What the server reads there, as `key=value`.
    pub server: Vec<String>,
    /// What `pki-server` reads there.
    pub pki_server: Vec<String>,
    /// Why `pki-server` refuses the file, so that the service does not start.
    pub stops_start: Option<StopsStart>,
}

/// What only the host knows about a file's server.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The name of the instance's folder.
    pub instance: Option<String>,
    /// The TLS port of `server.xml`.
    pub secure_port: Option<u16>,
    /// The port without TLS of `server.xml`.
    pub plain_port: Option<u16>,
}

/// Why a document is not a server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAServerError {
    /// It holds no parameter.
    Empty,
    /// Nothing says which subsystem it belongs to.
    UnknownSubsystem,
    /// `cs.type` names a subsystem that is not known.
    OtherSubsystem(String),
}

impl Server {
    /// Reads a server from its file.
    ///
    /// # Errors
    /// [`NotAServerError`] where it is not the CS.cfg of a known subsystem.
    pub fn of(cfg: &CsCfg<'_>, around: &Surroundings) -> Result<Server, NotAServerError> {
        Ok(Server::of_subsystem(cfg, around, subsystem_of(cfg)?))
    }

    /// Reads a server from its file, with what a promotion elsewhere could not copy from it: what a
    /// plan needs to know, and a conversion finds out itself.
    pub fn with_uncopyable(cfg: &CsCfg<'_>, around: &Surroundings) -> Result<Server, NotAServerError> {
        let mut server = Server::of(cfg, around)?;
        if let Detail::Ca(ca) = &mut server.detail {
            ca.find_uncopyable(cfg);
        }
        Ok(server)
    }

    /// Reads a file that is known to be of a subsystem, whatever it says itself: a few lines that
    /// somebody typed may say nothing.
    pub fn of_subsystem(cfg: &CsCfg<'_>, around: &Surroundings, subsystem: Subsystem) -> Server {
        let crl = cfg.children(CRL_PREFIX.as_bytes());
        let detail = match subsystem {
            Subsystem::Ca => Detail::Ca(Ca::of(cfg, &crl)),
            Subsystem::Ocsp => Detail::Ocsp(Ocsp::of(cfg)),
            other => Detail::Other(other),
        };
        Server {
            host: first_of(cfg, &["machineName", "service.machineName"]),
            instance: around.instance.clone().or_else(|| first_of(cfg, &["instanceId", "service.instanceID"])),
            ports: Ports::of(cfg, around),
            topology: Topology {
                security_domain: text_of(cfg, "securitydomain.name"),
                base_dn: text_of(cfg, "internaldb.basedn"),
            },
            completeness: Completeness::of(cfg),
            ambiguities: AmbiguousLine::all(cfg),
            references: Reference::all(cfg, &crl),
            detail,
        }
    }

    /// Its subsystem.
    pub fn subsystem(&self) -> Subsystem {
        match &self.detail {
            Detail::Ca(_) => Subsystem::Ca,
            Detail::Ocsp(_) => Subsystem::Ocsp,
            Detail::Other(subsystem) => *subsystem,
        }
    }

    /// Its role.
    pub fn role(&self) -> Role {
        match &self.detail {
            Detail::Ca(ca) => ca.role(),
            Detail::Ocsp(ocsp) => ocsp.role(),
            Detail::Other(_) => Role::None,
        }
    }

    /// The CA, if it is one.
    pub fn ca(&self) -> Option<&Ca> {
        match &self.detail {
            Detail::Ca(ca) => Some(ca),
            _ => None,
        }
    }

    /// Whether it is a CA that generates CRLs.
    pub fn generates(&self) -> bool {
        self.ca().is_some_and(Ca::generates)
    }

    /// The issuing points at which it generates CRLs.
    pub fn generating_points(&self) -> Vec<String> {
        let points =
            self.ca().into_iter().flat_map(|ca| ca.issuing_points.iter().filter(|point| ca.generates_at(point)));
        points.map(|point| point.id.clone()).collect()
    }

    /// The OCSP responder, if it is one.
    pub fn ocsp(&self) -> Option<&Ocsp> {
        match &self.detail {
            Detail::Ocsp(ocsp) => Some(ocsp),
            _ => None,
        }
    }

    /// Every parameter of its role.
    pub fn settings(&self) -> Vec<&Setting> {
        match &self.detail {
            Detail::Ca(ca) => ca.all_settings().collect(),
            Detail::Ocsp(ocsp) => ocsp.all_settings().collect(),
            Detail::Other(_) => Vec::new(),
        }
    }

    /// The parameters that contradict a role, or that the server cannot read.
    pub fn contradicting(&self, role: Role) -> Vec<&Setting> {
        self.settings().into_iter().filter(|setting| setting.contradicts(role)).collect()
    }

    /// The parameters that make its role a mixed one: they contradict whether it generates CRLs.
    pub fn contradictions(&self) -> Vec<&Setting> {
        self.contradicting(if self.generates() { Role::Master } else { Role::Clone })
    }

    /// The lines that keep the service from starting.
    pub fn stops_start(&self) -> impl Iterator<Item = &AmbiguousLine> {
        self.ambiguities.iter().filter(|line| line.stops_start.is_some())
    }

    /// Whether a host is this server's, as far as both are known.
    pub fn is_host(&self, host: &str) -> bool {
        self.host.as_ref().is_some_and(|own| same_host(own, host))
    }
}

/// Whether two host names are the same.
pub fn same_host(one: &str, other: &str) -> bool {
    one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
}

impl Ports {
    fn of(cfg: &CsCfg<'_>, around: &Surroundings) -> Ports {
        let port =
            |keys: &[&str]| keys.iter().find_map(|key| text_of(cfg, key)?.parse().ok().filter(|port| *port != 0));
        let agent = around.secure_port.or_else(|| port(&["service.securePort", "pkicreate.agent_secure_port"]));
        Ports {
            unsure: agent.is_none() && port(&["https.port"]).is_some(),
            agent: agent.or_else(|| port(&["https.port"])),
            plain: around.plain_port.or_else(|| port(&["service.unsecurePort"])),
            proxy: port(&["proxy.securePort"]),
        }
    }

    /// The port of the agent interface, unless it may be stale.
    pub fn sure_agent(&self) -> Option<u16> {
        self.agent.filter(|_| !self.unsure)
    }

    /// Whether a TLS port is one of this server's; nothing where none of them is known.
    pub fn has_secure(&self, port: &str) -> Option<bool> {
        let known: Vec<u16> = self.agent.into_iter().chain(self.proxy).collect();
        (!known.is_empty()).then(|| known.iter().any(|known| known.to_string() == port))
    }
}

impl Topology {
    /// Whether both are of one CA, as far as both are known: unknown never separates.
    pub fn is_compatible(&self, other: &Topology) -> bool {
        self.difference(other).is_none()
    }

    /// The parameter that separates them, with both values.
    pub fn difference(&self, other: &Topology) -> Option<(&'static str, String, String)> {
        let differ = |what, one: &Option<String>, other: &Option<String>, normal: fn(&str) -> String| {
            let (one, other) = (one.clone()?, other.clone()?);
            (normal(&one) != normal(&other)).then_some((what, one, other))
        };
        let normal_name = |name: &str| name.trim().to_lowercase();
        differ("internaldb.basedn", &self.base_dn, &other.base_dn, normal_dn)
            .or_else(|| differ("securitydomain.name", &self.security_domain, &other.security_domain, normal_name))
    }
}

/// A DN without what does not distinguish it: case, and blanks around its separators.
fn normal_dn(dn: &str) -> String {
    let part = |part: &str| part.split('=').map(str::trim).collect::<Vec<_>>().join("=");
    dn.to_lowercase().split(',').map(|rdn| part(rdn.trim())).collect::<Vec<_>>().join(",")
}

impl AmbiguousLine {
    /// How many are kept, of those that keep the service from starting and of the others: a file may
    /// have a million.
    const MOST: usize = 100;

    fn all(cfg: &CsCfg<'_>) -> Vec<AmbiguousLine> {
        let (mut stopping, mut others) = (0, 0);
        let is_kept = |ambiguity: &Ambiguity<'_>| {
            let count = if ambiguity.stops_start.is_some() { &mut stopping } else { &mut others };
            *count += 1;
            *count <= AmbiguousLine::MOST
        };
        cfg.ambiguities().filter(is_kept).map(|ambiguity| AmbiguousLine::of(&ambiguity)).collect()
    }

    fn of(ambiguity: &Ambiguity<'_>) -> AmbiguousLine {
        let text = |(key, value): (&[u8], &[u8])| {
            format!("{}={}", String::from_utf8_lossy(key), String::from_utf8_lossy(value))
        };
        AmbiguousLine {
            line: ambiguity.line,
            server: ambiguity.java.iter().map(|read| text((&read.key, &read.value))).collect(),
            pki_server: ambiguity.python.iter().map(|read| text((&read.key, &read.value))).collect(),
            stops_start: ambiguity.stops_start,
        }
    }
}

/// The subsystem of a document: as `cs.type` says; where that is absent, as from Dogtag 11.6 on, the
/// one that most keys belong to.
fn subsystem_of(cfg: &CsCfg<'_>) -> Result<Subsystem, NotAServerError> {
    use strum::IntoEnumIterator;
    if cfg.is_empty() {
        return Err(NotAServerError::Empty);
    }
    if let Some(name) = text_of(cfg, "cs.type") {
        let known = Subsystem::iter().find(|known| name.eq_ignore_ascii_case(known.into()));
        return known.ok_or(NotAServerError::OtherSubsystem(name));
    }
    let keys = |prefix: &str| cfg.below(prefix.as_bytes()).count();
    let weight = |subsystem: Subsystem| {
        let guide = match subsystem {
            Subsystem::Ca => keys("master.ca."),
            Subsystem::Ocsp => keys("OCSP.Responder."),
            _ => 0,
        };
        keys(&format!("{}.", subsystem.folder())) + guide
    };
    let weighed = Subsystem::iter().map(|subsystem| (weight(subsystem), subsystem)).filter(|(keys, _)| *keys > 0);
    // Of two with as many keys the first one, in the order of the enumeration.
    let heaviest = weighed.reduce(|best, next| if next.0 > best.0 { next } else { best });
    heaviest.map(|(_, subsystem)| subsystem).ok_or(NotAServerError::UnknownSubsystem)
}
