//! What no command corrects, and what would make a command refuse its file.

use crate::cs_cfg::{Key, StopsStart};
use crate::pki::guards::is_backup_name;
use crate::pki::parameters::{CRL_PREFIX, ENABLE, PUBLISH_PREFIX};
use crate::pki::{AmbiguousLine, Ca, Completeness, Observation, Origin, Server, Setting, is_role_parameter};

/// What must be corrected by hand before anything else is done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the data of each variant's sentence")]
pub enum Fault {
    /// The file is not whole.
    Incomplete { why: Completeness },
    /// The file was edited, and the server runs as it was before.
    NotRestarted { points: Vec<String>, unit: Option<String> },
    /// A line keeps the service from starting.
    StopsStart { line: usize, why: StopsStart },
    /// The server cannot read a value that no conversion sets.
    Unreadable { setting: Setting },
    /// The CA does not start with an issuing point.
    PointWithoutClass { point: String, lacks: Vec<&'static str> },
    /// A parameter has the name of a branch.
    BranchReference { key: String, line: usize },
    /// The two readers disagree on what a conversion would change.
    AmbiguousLine { line: usize },
    /// A promotion would copy a parameter that cannot be written.
    Uncopyable { key: String, line: usize },
    /// A name in a key cannot be written.
    UnwritableName { name: String },
    /// The file is named like a backup.
    Backup,
    /// The file came through a pipe, and nothing says which one it is.
    NoFile,
    /// Every issuing point is disabled, and there are several.
    AllPointsDisabled { points: Vec<String> },
    /// A publisher's host and port cannot be given to a command.
    PublisherAddress { publisher: String },
}

/// What a step changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touched {
    /// The role's parameters.
    Role,
    /// A publisher.
    Publisher,
}

/// What is wrong with a file and corrected by no command.
pub(super) fn wrong(server: &Server) -> Vec<Fault> {
    let mut faults = Vec::new();
    if server.completeness.is_incomplete() {
        faults.push(Fault::Incomplete { why: server.completeness });
    }
    let stops = server.ambiguities.iter().filter_map(|line| Some((line.line, line.stops_start?)));
    faults.extend(stops.map(|(line, why)| Fault::StopsStart { line, why }));
    let Some(ca) = server.ca() else { return faults };
    let unreadable = ca.all_settings().filter(|setting| *setting.row == ENABLE && setting.is_unreadable());
    faults.extend(unreadable.map(|setting| Fault::Unreadable { setting: setting.clone() }));
    if server.completeness != Completeness::Plain {
        faults.extend(without_class(ca));
    }
    faults
}

/// What would make a command refuse to change a file, beside what is wrong with it.
pub(super) fn blocking(observation: &Observation, touched: Touched) -> Vec<Fault> {
    let server = &observation.server;
    let mut faults = Vec::new();
    if server.instance.is_none() {
        faults.extend(unnamed(&observation.config));
    }
    if is_at_stake(observation) {
        let references = server.references.iter().cloned();
        faults.extend(references.map(|reference| Fault::BranchReference { key: reference.key, line: reference.line }));
        if server.completeness == Completeness::Plain {
            faults.extend(server.ca().into_iter().flat_map(without_class));
        }
    }
    let lines = server.ambiguities.iter().filter(|line| line.stops_start.is_none() && is_in_the_way(line, touched));
    faults.extend(lines.map(|line| Fault::AmbiguousLine { line: line.line }));
    if touched == Touched::Role {
        let unwritable = server.settings().into_iter().find(|setting| Key::new(&setting.key).is_err());
        faults.extend(unwritable.map(|setting| Fault::UnwritableName { name: setting.key.clone() }));
    }
    faults
}

/// What would make a promotion refuse the file from which it takes settings.
pub(super) fn blocking_source(source: &Observation, target: &Observation, with_publishing: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if source.server.completeness.is_incomplete() {
        faults.push(Fault::Incomplete { why: source.server.completeness });
    }
    if is_at_stake(target) {
        let references = source.server.references.iter().cloned();
        faults.extend(references.map(|reference| Fault::BranchReference { key: reference.key, line: reference.line }));
        faults.extend(source.server.ca().into_iter().flat_map(without_class));
    }
    let copied = if with_publishing { [CRL_PREFIX, PUBLISH_PREFIX].as_slice() } else { &[CRL_PREFIX] };
    let uncopyable = source.server.ca().into_iter().flat_map(|ca| &ca.uncopyable);
    let uncopyable = uncopyable.filter(|found| copied.iter().any(|prefix| found.key.starts_with(prefix)));
    faults.extend(uncopyable.map(|found| Fault::Uncopyable { key: found.key.clone(), line: found.line }));
    faults
}

/// Whether a server is at stake, so that what is missing refuses: not with a few lines that somebody
/// typed.
fn is_at_stake(observation: &Observation) -> bool {
    let Observation { origin, server, .. } = observation;
    *origin != Origin::Copy || server.instance.is_some() || server.completeness != Completeness::Plain
}

fn without_class(ca: &Ca) -> Vec<Fault> {
    let points = ca.issuing_points.iter().filter(|point| !point.lacks().is_empty());
    points.map(|point| Fault::PointWithoutClass { point: point.id.clone(), lacks: point.lacks() }).collect()
}

/// Why a file cannot be named in a command.
fn unnamed(config: &str) -> Option<Fault> {
    let name = config.rsplit('/').next().unwrap_or(config);
    if is_stream(config) {
        return Some(Fault::NoFile);
    }
    is_backup_name(name).then_some(Fault::Backup)
}

/// Whether a name is that of standard input or of a pipe, which cannot be read again, or none.
pub(super) fn is_stream(config: &str) -> bool {
    config.is_empty() || config == "-" || ["/dev/", "/proc/"].iter().any(|folder| config.starts_with(folder))
}

/// Whether the readers disagree on more than blanks at the end of one parameter's value, where a
/// command may have to write.
fn is_in_the_way(line: &AmbiguousLine, touched: Touched) -> bool {
    let key = |text: &str| text.split('=').next().unwrap_or(text).to_owned();
    let keys = |texts: &[String]| texts.iter().map(|text| key(text)).collect::<Vec<_>>();
    let (server, pki_server) = (keys(&line.server), keys(&line.pki_server));
    if server.len() == 1 && server == pki_server {
        return false;
    }
    let is_touched = |key: &String| match touched {
        Touched::Role => is_role_parameter(key.as_bytes()),
        Touched::Publisher => key.starts_with(PUBLISH_PREFIX),
    };
    // Where one reader joins lines, another may have to go between them.
    server.len() > 1 || pki_server.len() > 1 || server.iter().chain(&pki_server).any(is_touched)
}
