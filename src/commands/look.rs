//! Looks at one file and its server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::context::{Context, systemctl_of};
use super::ipa_side::proxy_beside;
use super::place::Place;
use crate::convert::{Failure, Readiness};
use crate::cs_cfg::CsCfg;
use crate::host::agent::agent_is_known;
use crate::host::deadline::Deadline;
use crate::host::endpoint::Asking;
use crate::host::live;
use crate::host::roots::Roots;
use crate::host::run_note::RunNotes;
use crate::host::services::Services;
use crate::host::store::{Os, Snapshot, Target};
use crate::host::systemctl::Systemctl;
use crate::pki::{
    File, Interrupted, Live, Observation, Origin, Refusal, Server, Service, Subsystem, Surroundings, refusal_of,
};

/// What it takes to look at files and their servers.
pub struct Looking {
    /// Where the host's files are.
    pub roots: Roots,
    /// The notes of interrupted runs.
    notes: RunNotes,
    /// systemd, where it may be asked.
    systemctl: Option<Systemctl<'static>>,
    /// How long the questions to each server may take; nothing: it is not asked.
    pub patience: Option<Duration>,
}

impl Looking {
    /// Looks at files, and asks nobody.
    pub fn at_files(root: &Path) -> Looking {
        Looking { roots: Roots::below(root), notes: RunNotes::below(root), systemctl: None, patience: None }
    }

    /// Asks systemd and the servers too, where they can be reached; all questions together may take so long.
    pub fn asking(context: &Context<'_>, systemctl: Option<&PathBuf>, patience: Duration) -> Looking {
        let is_reachable = context.reaches_services(systemctl);
        let mut systemctl = Systemctl::new(&systemctl_of(systemctl), &|| None);
        systemctl.questions = Deadline::after(patience);
        // A systemd that does not answer must leave time for the servers.
        systemctl.timeout = patience / 4;
        let systemctl = is_reachable.then_some(systemctl);
        Looking { systemctl, patience: Some(patience), ..Looking::at_files(context.root) }
    }
}

/// Observes the server of a file.
///
/// # Errors
/// [`Failure`] where the file cannot be read, or is not the CS.cfg of a known subsystem.
pub fn observe(path: &Path, looking: &mut Looking) -> Result<Observation, Failure> {
    let (resolved, snapshot, place, server) = look_at(path, None, &looking.roots)?;
    let mut observation = Observation::of_file(path.display().to_string(), server);
    observation.links = snapshot.hard_links();
    // An account that cannot read the folder has no use for the list.
    observation.backups = looking.roots.backups_of(&resolved).unwrap_or_default();
    let Some(instance) = &place.instance else { return Ok(observation) };
    observation.origin = Origin::Live;
    observation.has_agent = observation.server.ca().is_some() && agent_is_known(&looking.roots);
    let proxy = proxy_beside(&place, Some(observation.server.subsystem()), &looking.roots);
    observation.ipa_proxy = proxy.and_then(|proxy| proxy.read().ok());
    if let Some(systemctl) = &mut looking.systemctl {
        let unit = instance.serving_unit(systemctl);
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

/// Reads a CA's file, and says where it is and what it says.
pub fn look_at_ca(path: &Path, named: Option<&str>, roots: &Roots) -> Result<(Snapshot, Place, Server), Failure> {
    let (_, snapshot, place, server) = look_at(path, named, roots)?;
    match server.subsystem() {
        Subsystem::Ca => Ok((snapshot, place, server)),
        found => Err(Failure::refused(Refusal::WrongSubsystem { file: File::Target, wanted: Subsystem::Ca, found })),
    }
}

/// Reads a server's file, and says which file that is, where it is and what it says.
fn look_at(path: &Path, named: Option<&str>, roots: &Roots) -> Result<(PathBuf, Snapshot, Place, Server), Failure> {
    let target = Target::open(&Os, path).map_err(Failure::refused)?;
    let snapshot = target.read().map_err(Failure::refused)?;
    let place = Place::of(roots, path, named, &target, &snapshot)?;
    let server = server_of(&snapshot.bytes, &place.surroundings())?;
    Ok((target.path().to_owned(), snapshot, place, server))
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
