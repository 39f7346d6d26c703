//! Where the issuing point settings of a new master come from, and whether publishing comes with them.

use std::collections::BTreeSet;

use super::by_hand::{blocking_source, is_stream};
use super::command::Typed;
use super::planner::Planner;
use super::{Fault, Matter, Needs, PlanRequest, PlanStep, StepNote};
use crate::pki::topology::arrangement::{Listed, Peers};
use crate::pki::topology::authorities::{missing_points, missing_publishers};
use crate::pki::{Ca, IssuingPoint, Origin};

/// Another CA from which settings are copied.
struct Source<'p> {
    listed: Listed<'p>,
    needs: Needs,
    /// What `--from` names.
    file: String,
}

impl<'p> Planner<'p> {
    /// The promotion of a server, with its settings; nothing where something has to be decided first.
    pub(super) fn promotion(&mut self, peers: &Peers<'p>, master: Listed<'p>) -> Option<Promoted> {
        let ca = master.server().ca()?;
        let source = self.source(peers, master);
        let with_publishing = self.with_publishing(peers, master, source.as_ref())?;
        if let Some(source) = &source {
            let faults = blocking_source(source.listed.observation, master.observation, with_publishing);
            if !faults.is_empty() {
                self.ask_by_hand(faults, source.listed.id);
                return None;
            }
        }
        let points = source.as_ref().and_then(|source| source.listed.server().ca()).map_or(ca, |theirs| theirs);
        let typed = Typed::on("promote-ca", master.observation);
        let mut typed = match &source {
            Some(source) => typed.long("--from", &source.file),
            None => typed.flag("--keep-settings"),
        };
        if with_publishing {
            typed = typed.flag("--with-publishing");
        }
        let mut notes = Vec::new();
        if source.is_none() && !master.generates() {
            let dead = self.dead_authorities(peers).into_iter().filter_map(|(listed, _)| listed);
            notes.extend(dead.filter(|dead| dead.generates()).filter_map(|dead| self.publishing_left(dead, master)));
        }
        if let Some(point) = self.point_to_enable(points, master)? {
            typed = typed.long("--enable-issuing-point", &point);
            notes.push(StepNote::EnablesPoint { point });
        }
        notes.extend(points_that_differ(peers, master, source.as_ref().map(|source| source.listed)));
        if with_publishing && let Some(source) = &source {
            let theirs = source.listed.server().ca();
            let publishers = theirs.map_or_else(Vec::new, |theirs| missing_publishers(ca, theirs));
            if !publishers.is_empty() {
                notes.push(StepNote::PublishersReplaced { publishers });
            }
            self.publishing_of.insert(master.id, source.listed);
        }
        Some(Promoted { typed, needs: source.map(|source| source.needs), notes })
    }

    /// Whether the new master's settings, and the publishing ones if they are wanted, are another CA's.
    pub(super) fn copies(&self, peers: &Peers<'p>, master: Listed<'p>) -> bool {
        self.source(peers, master).is_some()
    }

    /// What a CA that stops generating publishes, and the new master, to which nothing is copied, does not.
    pub(super) fn publishing_left(&self, of: Listed<'p>, master: Listed<'p>) -> Option<StepNote> {
        let (theirs, ours) = of.server().ca().zip(master.server().ca())?;
        let publishers = missing_publishers(theirs, ours);
        let is_decided = self.request.with_publishing == Some(false);
        let host = of.server().host.clone();
        (!is_decided && !publishers.is_empty()).then_some(StepNote::PublishingStaysBehind { host, publishers })
    }

    /// The only other CA that generates; where there is none, the copy of a dead one's file.
    fn source(&self, peers: &Peers<'p>, master: Listed<'p>) -> Option<Source<'p>> {
        if master.generates() {
            return None;
        }
        match peers.generators().as_slice() {
            [only] => Some(Source::living(*only)),
            [] => {
                let dead = self.dead_authorities(peers);
                let generated = dead.into_iter().filter_map(|(listed, _)| listed).filter(|listed| listed.generates());
                match generated.collect::<Vec<_>>().as_slice() {
                    [only] => Source::backup(*only),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether publishing settings are copied; nothing where that has to be decided first.
    fn with_publishing(&mut self, peers: &Peers<'p>, master: Listed<'p>, source: Option<&Source<'p>>) -> Option<bool> {
        let lacks = |of: Listed<'_>| match (of.server().ca(), master.server().ca()) {
            (Some(of), Some(ours)) => missing_publishers(of, ours),
            _ => Vec::new(),
        };
        let request = self.request;
        let with =
            |with_publishing| PlanRequest { with_publishing: Some(with_publishing), ..request.clone() }.command();
        let Some(source) = source else {
            // A master that generates already keeps what it publishes.
            if self.request.with_publishing != Some(true) || master.generates() {
                return Some(false);
            }
            let others = peers.servers.iter().map(|other| (*other, lacks(*other)));
            let Some((from, publishers)) = others.into_iter().find(|(_, publishers)| !publishers.is_empty()) else {
                return Some(false);
            };
            let export = Typed::on("export-ca", from.observation).argv();
            let copy = Typed::on("promote-ca", master.observation).long("--from", &export_name(from));
            let commands = vec![export, copy.flag("--with-publishing").argv(), with(false)];
            self.ask(Matter::NothingToPublishFrom { from: from.id, publishers }, Some(master.id), commands);
            return None;
        };
        let publishers = lacks(source.listed);
        match self.request.with_publishing {
            // One that publishes nothing has nothing to copy.
            Some(decided) => {
                let active = source.listed.server().ca().and_then(|ca| ca.publishing.active().next());
                Some(decided && active.is_some())
            }
            None if publishers.is_empty() => Some(false),
            None => {
                let commands = vec![with(true), with(false)];
                self.ask(Matter::WithPublishing { publishers, from: source.listed.id }, Some(master.id), commands);
                None
            }
        }
    }

    /// The point that has to be enabled for there to be any; the outer nothing where that has to be
    /// decided first.
    #[allow(clippy::option_option, reason = "undecided, none needed, this one")]
    fn point_to_enable(&mut self, points: &Ca, master: Listed<'p>) -> Option<Option<String>> {
        let points = &points.issuing_points;
        match points.as_slice() {
            _ if points.iter().any(IssuingPoint::is_enabled) => Some(None),
            [] => {
                self.ask(Matter::NoIssuingPoints, Some(master.id), Vec::new());
                None
            }
            [only] => Some(Some(only.id.clone())),
            _ => {
                let points = points.iter().map(|point| point.id.clone()).collect();
                self.ask_by_hand([Fault::AllPointsDisabled { points }], master.id);
                None
            }
        }
    }
}

/// A promotion as it is typed.
pub(super) struct Promoted {
    typed: Typed,
    needs: Option<Needs>,
    notes: Vec<StepNote>,
}

impl Promoted {
    /// The step that it is; `step` makes it of the command.
    pub fn into_step(self, step: impl FnOnce(Typed) -> PlanStep) -> PlanStep {
        let mut step = step(self.typed);
        step.needs = self.needs;
        step.notes.extend(self.notes);
        step
    }
}

impl<'p> Source<'p> {
    fn living(listed: Listed<'p>) -> Source<'p> {
        let observation = listed.observation;
        // A copy whose instance is not known is itself what can be copied from.
        if observation.origin == Origin::Copy && observation.server.instance.is_none() {
            let path = observation.config.clone();
            return Source { listed, file: path.clone(), needs: Needs::Path { path } };
        }
        let (file, argv) = (export_name(listed), Typed::on("export-ca", observation).argv());
        let host = observation.server.host.clone();
        Source { listed, needs: Needs::Output { host, argv, file: file.clone() }, file }
    }

    /// The file of a dead master, where it is a file and not saved status.
    fn backup(listed: Listed<'p>) -> Option<Source<'p>> {
        let observation = listed.observation;
        let path = observation.config.clone();
        let is_file = observation.origin == Origin::Copy && !is_stream(&path);
        is_file.then(|| Source { listed, file: path.clone(), needs: Needs::Path { path } })
    }
}

/// The relative name under which the export of a CA is saved.
fn export_name(listed: Listed<'_>) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let host =
        listed.server().host.as_deref().filter(|host| host.chars().all(is_plain) && !host.starts_with(['-', '.']));
    format!("{}.export", host.unwrap_or("old-master"))
}

/// Issuing points that the new master loses, and those that other CAs have and it will not have.
fn points_that_differ(peers: &Peers<'_>, master: Listed<'_>, source: Option<Listed<'_>>) -> Vec<StepNote> {
    let mut notes = Vec::new();
    let Some(ours) = master.server().ca() else { return notes };
    let kept = source.and_then(|source| source.server().ca());
    if kept.is_none() && !master.generates() {
        notes.push(StepNote::OwnSettings);
    }
    let removed = kept.map_or_else(Vec::new, |kept| missing_points(ours, kept));
    let others = peers.servers.iter().filter(|other| other.id != master.id).filter_map(|other| other.server().ca());
    let missing = others.flat_map(|other| missing_points(other, kept.unwrap_or(ours)));
    let missing: BTreeSet<String> = missing.filter(|point| !removed.contains(point)).collect();
    if !removed.is_empty() {
        notes.push(StepNote::PointsRemoved { points: removed });
    }
    if !missing.is_empty() {
        notes.push(StepNote::PointsMissing { points: missing.into_iter().collect() });
    }
    notes
}
