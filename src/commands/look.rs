//! Looks at one file and its server.

use std::path::Path;
use std::time::Duration;

use super::ipa_side::proxy_beside;
use super::place::Place;
use crate::convert::{Failure, Readiness};
use crate::cs_cfg::CsCfg;
use crate::host::agent::agent_is_known;
use crate::host::endpoint::Asking;
use crate::host::live;
use crate::host::roots::Roots;
use crate::host::run_note::RunNotes;
use crate::host::services::Services;
use crate::host::store::{Os, Target};
use crate::host::systemctl::Systemctl;
use crate::pki::{File, Interrupted, Live, Observation, Origin, Server, Service, Surroundings, refusal_of};

/// With what is looked.
pub struct Looking<'l, 's> {
    /// Where the host's files are.
    pub roots: &'l Roots,
    /// The notes of interrupted runs.
    pub notes: &'l RunNotes,
    /// systemd, where it may be asked.
    pub systemctl: Option<&'l mut Systemctl<'s>>,
    /// How long the questions to each server may take; nothing: it is not asked.
    pub patience: Option<Duration>,
}

/// Observes the server of a file.
///
/// # Errors
/// [`Failure`] where the file cannot be read, or is not the CS.cfg of a known subsystem.
pub fn observe(path: &Path, looking: &mut Looking<'_, '_>) -> Result<Observation, Failure> {
    let target = Target::open(&Os, path).map_err(Failure::refused)?;
    let snapshot = target.read().map_err(Failure::refused)?;
    let place = Place::of(looking.roots, (path, None), target.path(), snapshot.device_and_inode())?;
    let server = server_of(&snapshot.bytes, &place.surroundings())?;
    let mut observation = Observation::of_file(path.display().to_string(), server);
    observation.links = snapshot.hard_links();
    // Whoever may read the file may read its folder, or the list is of no use.
    observation.backups = looking.roots.backups_of(target.path()).unwrap_or_default();
    let Some(instance) = &place.instance else { return Ok(observation) };
    observation.origin = Origin::Live;
    observation.has_agent = observation.server.ca().is_some() && agent_is_known(looking.roots);
    let proxy = proxy_beside(&place, Some(observation.server.subsystem()), looking.roots);
    observation.ipa_proxy = proxy.and_then(|proxy| proxy.read().ok());
    if let Some(systemctl) = &mut looking.systemctl {
        let unit = instance.serving_unit(*systemctl);
        let state = systemctl.unit_now(&unit).ok();
        let enabled = state.and_then(|_| systemctl.is_enabled(&unit));
        let note = looking.notes.read(&unit).filter(|note| !note.is_running());
        observation.interrupted = note.map(|note| Interrupted { command: note.command, unit: note.unit });
        observation.service = Some(Service { unit, active: state.map(|state| state.active.into()), enabled });
        if let Some(patience) = looking.patience {
            let asking = systemctl.asking_for(patience);
            observation.live = Some(ask(&observation.server, &place.readiness(&observation.server), &asking));
        }
    }
    Ok(observation)
}

/// Asks a running server everything that it answers without authentication.
pub fn ask(server: &Server, readiness: &Readiness, asking: &Asking<'_>) -> Live {
    match readiness {
        Readiness::Ask(endpoint) => {
            let points = server.ca().into_iter().flat_map(|ca| &ca.issuing_points);
            live::ask(endpoint, &points.map(|point| point.id.clone()).collect::<Vec<_>>(), asking)
        }
        Readiness::Unknown(why) => live::nowhere(why),
    }
}

/// The server that a file describes.
///
/// # Errors
/// [`Failure`] where it is not the CS.cfg of a known subsystem.
pub fn server_of(bytes: &[u8], around: &Surroundings) -> Result<Server, Failure> {
    Server::with_uncopyable(&CsCfg::parse(bytes), around)
        .map_err(|error| Failure::refused(refusal_of(error, File::Target)))
}
