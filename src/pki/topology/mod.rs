//! The judgement of a topology: exactly one CA generates CRLs and runs the status update task, exactly
//! one OCSP responder receives them, and what else follows from the files side by side.
//!
//! What fixes it is the plan: `plan`.

pub(in crate::pki) mod arrangement;
pub(in crate::pki) mod authorities;
mod crls;
pub(in crate::pki) mod members;
pub(in crate::pki) mod naming;
pub(in crate::pki) mod publishers;
mod responders;

use indexmap::IndexSet;

use self::arrangement::{Arrangement, Peers, ids_of};
use super::finding::Judged;
use super::{Finding, FindingCode, Observation, Role, ServerId, Severity, Subsystem, Timestamp};

/// The judgement of a topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Everything worth reporting: first what is about several servers, then server by server.
    pub findings: Vec<Reported>,
    /// The servers by their topologies: CAs, then OCSP responders.
    pub groups: Vec<ServerGroup>,
}

/// A finding about a topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The finding.
    pub finding: Finding,
    /// The server that it is about; nothing where it is about several.
    pub subject: Option<ServerId>,
    /// How much it matters, after what is accepted.
    pub severity: Severity,
}

/// Servers of one subsystem that belong to one topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerGroup {
    /// Their subsystem.
    pub subsystem: Subsystem,
    /// The servers.
    pub servers: Vec<ServerId>,
    /// Those that generate CRLs, or receive them.
    pub masters: Vec<ServerId>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.problems().next().is_none()
    }

    /// What is wrong.
    pub fn problems(&self) -> impl Iterator<Item = &Reported> {
        self.of(Severity::Problem)
    }

    /// What should be known or put right.
    pub fn warnings(&self) -> impl Iterator<Item = &Reported> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Reported> {
        self.findings.iter().filter(move |reported| reported.severity == severity)
    }
}

/// Judges servers side by side; `now` is when it is judged. A problem whose code is accepted counts as
/// a warning.
pub fn check(observations: &[Observation], now: Timestamp, accept: &IndexSet<FindingCode>) -> Verdict {
    let all = Arrangement::of(observations);
    let mut judged: Vec<Judged> = Vec::new();
    if all.cas.is_empty() && all.responders.is_empty() {
        judged.push((None, Finding::NothingToCheck));
    }
    for listed in &all.servers {
        let findings = listed.observation.findings(now).into_iter();
        judged.extend(findings.map(|finding| (Some(listed.id), finding)));
    }
    for left_out in &all.left_out {
        let (listed, taken) = (left_out.listed, left_out.taken);
        let files = (taken.observation.given(), listed.observation.given());
        let twice = Finding::SameServerTwice { other: taken.id, taken: files.0.clone(), left_out: files.1.clone() };
        judged.push((Some(listed.id), twice));
        if left_out.contradicts() {
            judged.push((Some(taken.id), Finding::ContradictoryFiles { taken: files.0, left_out: files.1 }));
        }
    }
    for peers in &all.cas {
        judged.extend(authorities::judge(peers, &all));
        judged.extend(crls::judge(peers));
    }
    judged.extend(all.responders.iter().filter_map(responders::judge));
    judged.extend(all.cas.iter().chain(&all.responders).flat_map(uncertain));
    judged.extend(members::judge(&all));
    judged.sort_by_key(|(subject, _)| *subject);
    let findings = judged.into_iter().map(|(subject, finding)| {
        let is_accepted = accept.contains(&finding.code());
        let severity = if is_accepted { Severity::Warning } else { finding.severity() };
        Reported { finding, subject, severity }
    });
    let groups = all.cas.iter().chain(&all.responders).map(ServerGroup::of).collect();
    Verdict { findings: findings.collect(), groups }
}

fn uncertain(peers: &Peers<'_>) -> Vec<Judged> {
    let others = |id: ServerId| peers.servers.iter().find(|listed| listed.id != id);
    let about = |id: &ServerId| Some((Some(*id), Finding::UncertainTopology { with: others(*id)?.id }));
    peers.uncertain.iter().filter_map(about).collect()
}

impl ServerGroup {
    fn of(peers: &Peers<'_>) -> ServerGroup {
        let masters = match peers.subsystem {
            Subsystem::Ca => peers.generators(),
            _ => peers.with_role(Role::Master),
        };
        ServerGroup { subsystem: peers.subsystem, servers: ids_of(&peers.servers), masters: ids_of(&masters) }
    }
}
