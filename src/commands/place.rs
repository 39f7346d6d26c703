//! Where a file is: its instance, its unit, its ports, and how its subsystem is asked.

use std::path::{Path, PathBuf};

use crate::cli::TargetArgs;
use crate::convert::{Failure, Obstacle, Readiness};
use crate::host::endpoint::{Endpoint, Scheme};
use crate::host::instance::Instance;
use crate::host::own_address::is_own_address;
use crate::host::roots::{FileId, NotFoundError, Roots};
use crate::host::server_xml::Connectors;
use crate::host::store::{Snapshot, StoreError, Target};
use crate::host::update_crl::AgentPort;
use crate::pki::{HostPort, HostPortError, Server, Subsystem, Surroundings};

/// How often a file is looked at that is exchanged meanwhile.
const TRIES: usize = 16;

/// A file's place on its host.
pub struct Place {
    /// The instance whose server reads this very file, in the layout of Dogtag 10 and later.
    pub instance: Option<Instance>,
    /// The instance that was named, in the layout of Dogtag 9.
    old_instance: Option<String>,
    /// The connectors of that instance.
    connectors: Option<Result<Connectors, String>>,
}

impl Place {
    /// Reads a file and finds its instance. One that is exchanged meanwhile would be taken for nobody's.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be read, or is exchanged again and again, or a link leads out of
    /// the instance.
    pub fn find(
        roots: &Roots,
        given: &Path,
        named: Option<&str>,
        target: &Target<'_>,
    ) -> Result<(Snapshot, Place), Failure> {
        for _ in 0..TRIES {
            let snapshot = target.read().map_err(Failure::refused)?;
            let place = Place::of(roots, given, named, target, &snapshot)?;
            if place.is_live() || target.is_same_file(&snapshot).map_err(Failure::refused)? {
                return Ok((snapshot, place));
            }
        }
        Err(Failure::refused(StoreError::ChangedMeanwhile { path: target.path().to_owned() }))
    }

    /// Finds the instance of a file that was opened. It was given by a path, and the path may have been
    /// found for an instance that was named.
    ///
    /// # Errors
    /// [`Failure`] where a link leads out of the instance that was named.
    pub fn of(
        roots: &Roots,
        given: &Path,
        named: Option<&str>,
        target: &Target<'_>,
        snapshot: &Snapshot,
    ) -> Result<Place, Failure> {
        let resolved = target.path();
        let named = named.map(|named| roots.instance(named)).transpose().map_err(Failure::refused)?;
        let (instance, old_instance) = match named {
            // What was named is sure, whatever becomes of the file meanwhile.
            Some(named) if named.is_configuration(given) => (Some(named), None),
            Some(named) => (None, Some(named)),
            None => {
                let (device, inode) = snapshot.device_and_inode();
                let live = |path| roots.live_instance_of(path, FileId { device, inode }).map_err(Failure::refused);
                (live(given)?.map_or_else(|| live(resolved), |instance| Ok(Some(instance)))?, None)
            }
        };
        if let Some(instance) = instance.as_ref().or(old_instance.as_ref()) {
            roots.check_containment(given, resolved, instance).map_err(Failure::refused)?;
        }
        let connectors = instance.as_ref().map(|instance| {
            let read = Connectors::read(&instance.server_xml());
            read.map_err(|error| crate::text::chain(&error))
        });
        Ok(Place { instance, old_instance: old_instance.map(|old| old.name), connectors })
    }

    /// Whether a server reads the file.
    pub fn is_live(&self) -> bool {
        self.instance.is_some() || self.old_instance.is_some()
    }

    /// What only the host knows about the server.
    pub fn surroundings(&self) -> Surroundings {
        let connectors = self.connectors.as_ref().and_then(|connectors| connectors.as_ref().ok());
        Surroundings {
            instance: self.instance.as_ref().map(|instance| instance.name.clone()).or(self.old_instance.clone()),
            secure_port: connectors.and_then(Connectors::secure).map(|connector| connector.port),
            plain_port: connectors.and_then(Connectors::plain).map(|connector| connector.port),
        }
    }

    /// How to find out whether the subsystem runs: where `server.xml` says; where there is none, at the
    /// ports that the file itself names.
    pub fn readiness(&self, server: &Server) -> Readiness {
        let subsystem = server.subsystem();
        match &self.connectors {
            Some(Ok(connectors)) => match connectors.endpoint(subsystem) {
                Ok(endpoint) => Readiness::Ask(endpoint),
                Err(error) => Readiness::Unknown(error.to_string()),
            },
            other => {
                let at = |scheme, port| Readiness::Ask(Endpoint { scheme, address: None, port, subsystem });
                match (server.ports.plain, server.ports.sure_agent()) {
                    (Some(port), _) => at(Scheme::Http, port),
                    (None, Some(port)) => at(Scheme::Https, port),
                    (None, None) => Readiness::Unknown(match other {
                        Some(Err(why)) => why.clone(),
                        _ => "its ports are not known".to_owned(),
                    }),
                }
            }
        }
    }

    /// Where the CA takes agents' requests: at Dogtag's own port with TLS, not at a proxy's, under the
    /// name that its certificate has.
    ///
    /// # Errors
    /// [`Obstacle::NoAgentPort`].
    pub fn agent_port(&self, server: &Server) -> Result<AgentPort, Obstacle> {
        let none = |why: String| Obstacle::NoAgentPort { why };
        let (address, port) = match (&self.connectors, server.ports.sure_agent()) {
            (Some(Ok(connectors)), _) => connectors.tls().map_err(|error| none(error.to_string()))?,
            (_, Some(port)) => (None, port),
            _ => return Err(none("its port is not known".to_owned())),
        };
        let host = server.host.as_ref().ok_or_else(|| none("the file does not name its host".to_owned()))?;
        let server: HostPort =
            format!("{host}:{port}").parse().map_err(|error: HostPortError| none(error.to_string()))?;
        match server.ip() {
            Some(own) if !is_own_address(own) => Err(none(format!("{own} is not an address of this host"))),
            Some(own) => Ok(AgentPort { server, address: Some(own) }),
            None => Ok(AgentPort { server, address }),
        }
    }
}

/// The file that a command names.
///
/// # Errors
/// [`Failure`] where there is no such instance, or it is not clear which of its files is meant.
pub fn find_target(target: &TargetArgs, subsystem: Option<Subsystem>, roots: &Roots) -> Result<PathBuf, Failure> {
    let instance = target.instance.as_deref().unwrap_or_default();
    match (&target.to, subsystem) {
        (Some(path), _) => Ok(path.clone()),
        (None, Some(subsystem)) => roots.find(instance, subsystem).map_err(Failure::refused),
        (None, None) => match (roots.find(instance, Subsystem::Ca), roots.find(instance, Subsystem::Ocsp)) {
            // One of Dogtag 9 has a single file, whatever its subsystem.
            (ca, ocsp) if ca == ocsp => ca.map_err(Failure::refused),
            (found, Err(NotFoundError::NoSubsystem { .. } | NotFoundError::NoInstance { .. })) => {
                found.map_err(Failure::refused)
            }
            (Err(NotFoundError::NoSubsystem { .. }), found) => found.map_err(Failure::refused),
            (Err(denied @ NotFoundError::PermissionDenied { .. }), _) => Err(Failure::refused(denied)),
            _ => Err(Failure::refused(Obstacle::WhichSubsystem { instance: instance.to_owned() })),
        },
    }
}
