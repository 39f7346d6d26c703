//! The ports of an instance, as its `server.xml` gives them.
//!
//! The file lies in a folder that the server's account can write. It is read as a stream, bounded,
//! without document types and entities; what it says is only where to ask this very host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use thiserror::Error;

use super::endpoint::{Endpoint, Scheme};
use super::own_address::is_own_address;
use super::small_file::{SmallFileError, read_small};
use crate::pki::Subsystem;

/// How long a `server.xml` may be, in bytes. Real ones have some 15 KB.
const LIMIT: usize = 1024 * 1024;
/// How many connectors are looked at. Real files have two or three.
const MOST_CONNECTORS: usize = 64;

/// The connectors of an instance, as Dogtag itself reads them: those of the service `Catalina`
/// outside comments, AJP left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connectors {
    all: Vec<Connector>,
}

/// A port at which a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// With TLS, or without.
    pub scheme: Scheme,
    /// Its number.
    pub port: u16,
    /// The one address that it listens at; without it the server listens at all of them.
    pub address: Option<String>,
}

/// Why a `server.xml` does not give any ports.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum ServerXmlError {
    #[error("cannot read {}", path.display())]
    ServerXmlUnreadable { path: PathBuf, source: SmallFileError },
    #[error("it is not well-formed XML (near byte {byte})")]
    ServerXmlMalformed { byte: u64 },
    #[error("it has a document type, which is not read")]
    ServerXmlDoctype,
    #[error("it has more than {MOST_CONNECTORS} connectors")]
    ServerXmlTooManyConnectors,
}

/// Why an instance cannot be asked at any of its ports.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum NoEndpointError {
    #[error("it has no HTTP connector")]
    NoConnector,
    #[error("its connectors listen at {address}, which is not an address of this host")]
    ForeignAddress { address: String },
}

impl Connectors {
    /// The connectors in a file.
    pub fn read(path: &Path) -> Result<Connectors, ServerXmlError> {
        let bytes = read_small(path, LIMIT)
            .map_err(|source| ServerXmlError::ServerXmlUnreadable { path: path.to_owned(), source })?;
        Connectors::parse(&bytes)
    }

    /// The connectors in the bytes of a `server.xml`.
    pub fn parse(bytes: &[u8]) -> Result<Connectors, ServerXmlError> {
        // Ports and addresses are ASCII in any of the encodings that occur.
        let text = String::from_utf8_lossy(bytes);
        let mut reader = Reader::from_str(&text);
        let mut all = Vec::new();
        let mut path: Vec<Element> = Vec::new();
        loop {
            let byte = reader.buffer_position();
            let malformed = || ServerXmlError::ServerXmlMalformed { byte };
            let event = reader.read_event().map_err(|_| malformed())?;
            let (element, is_open) = match event {
                Event::Start(element) => (element, true),
                Event::Empty(element) => (element, false),
                Event::End(_) => {
                    path.pop();
                    continue;
                }
                Event::DocType(_) => return Err(ServerXmlError::ServerXmlDoctype),
                Event::Eof if path.is_empty() => return Ok(Connectors { all }),
                Event::Eof => return Err(malformed()),
                _ => continue,
            };
            let place = Element::of(path.last().copied(), path.is_empty(), &element).map_err(|()| malformed())?;
            if place == Element::Connector {
                if all.len() == MOST_CONNECTORS {
                    return Err(ServerXmlError::ServerXmlTooManyConnectors);
                }
                all.extend(Connector::of(&element).map_err(|()| malformed())?);
            }
            if is_open {
                path.push(place);
            }
        }
    }

    /// The connector without TLS: the last one, as Dogtag has it.
    pub fn plain(&self) -> Option<&Connector> {
        self.with(Scheme::Http).next_back()
    }

    /// The connector with TLS: the last one, as Dogtag has it.
    pub fn secure(&self) -> Option<&Connector> {
        self.with(Scheme::Https).next_back()
    }

    fn with(&self, scheme: Scheme) -> impl DoubleEndedIterator<Item = &Connector> {
        self.all.iter().filter(move |connector| connector.scheme == scheme)
    }

    /// Where a subsystem of this instance can be asked from this very host: without TLS if that is
    /// possible, else with it.
    ///
    /// # Errors
    /// [`NoEndpointError`] where there is no connector, or none at an address of this host.
    pub fn endpoint(&self, subsystem: Subsystem) -> Result<Endpoint, NoEndpointError> {
        let mut foreign = None;
        for connector in self.with(Scheme::Http).rev().chain(self.with(Scheme::Https).rev()) {
            match connector.own_address() {
                Ok(address) => {
                    return Ok(Endpoint { scheme: connector.scheme, address, port: connector.port, subsystem });
                }
                Err(address) => foreign = foreign.or(Some(address)),
            }
        }
        let address = foreign.ok_or(NoEndpointError::NoConnector)?;
        Err(NoEndpointError::ForeignAddress { address: address.to_owned() })
    }

    /// Where the server listens with TLS: the address, where it is not loopback, and the port.
    ///
    /// # Errors
    /// [`NoEndpointError`] where there is no such connector, or none at an address of this host.
    pub fn tls(&self) -> Result<(Option<IpAddr>, u16), NoEndpointError> {
        let connector = self.secure().ok_or(NoEndpointError::NoConnector)?;
        let foreign = |address: &str| NoEndpointError::ForeignAddress { address: address.to_owned() };
        Ok((connector.own_address().map_err(foreign)?, connector.port))
    }
}

impl Connector {
    /// What an element says; none where it is no connector that can be asked.
    fn of(element: &BytesStart<'_>) -> Result<Option<Connector>, ()> {
        let attribute = |name| attribute(element, name);
        if attribute("protocol")?.is_some_and(|protocol| protocol.starts_with("AJP/")) {
            return Ok(None);
        }
        let is_secure = attribute("scheme")?.as_deref() == Some("https")
            || attribute("SSLEnabled")?.is_some_and(|enabled| enabled.eq_ignore_ascii_case("true"));
        let scheme = if is_secure { Scheme::Https } else { Scheme::Http };
        // -1 turns a connector off, 0 lets the system choose, `${...}` is known to Tomcat alone.
        let port = attribute("port")?.and_then(|port| port.trim().parse().ok()).filter(|port| *port != 0);
        let address = attribute("address")?.filter(|address| !address.is_empty());
        Ok(port.map(|port| Connector { scheme, port, address }))
    }

    /// The address to ask at, none for loopback; an error where it is not this host's.
    fn own_address(&self) -> Result<Option<IpAddr>, &str> {
        let Some(address) = self.address.as_deref() else { return Ok(None) };
        // As Dogtag's own templates write it. Other names are not looked up.
        let literal = match address {
            "localhost" => return Ok(None),
            "localhost4" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            "localhost6" => Ok(IpAddr::V6(Ipv6Addr::LOCALHOST)),
            other => other.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>(),
        };
        match literal {
            Ok(literal) if literal.is_unspecified() => Ok(None),
            Ok(literal) if is_own_address(literal) => Ok(Some(literal)),
            _ => Err(address),
        }
    }
}

/// Where in the document an element stands, as far as that matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Server,
    Service,
    Connector,
    Elsewhere,
}

impl Element {
    fn of(parent: Option<Element>, is_root: bool, element: &BytesStart<'_>) -> Result<Element, ()> {
        Ok(match (parent, element.name().as_ref()) {
            (None, "Server") if is_root => Element::Server,
            (Some(Element::Server), "Service") if attribute(element, "name")?.as_deref() == Some("Catalina") => {
                Element::Service
            }
            (Some(Element::Service), "Connector") => Element::Connector,
            _ => Element::Elsewhere,
        })
    }
}

/// The value of an attribute. Attributes are not compared with each other: that is quadratic.
fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, ()> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| ())?;
        if attribute.key.as_ref() == name {
            return Ok(Some(attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| ())?.into_owned()));
        }
    }
    Ok(None)
}
