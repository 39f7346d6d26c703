//! One CA of a topology generates CRLs and runs the status update task; the others redirect to it.

use super::arrangement::{Arrangement, Listed, Peers, ids_of};
use super::naming::{Naming, is_loopback, is_name_of, is_port_of, naming_of};
use super::publishers::{misdirected, responders_of};
use crate::pki::finding::Judged;
use crate::pki::{Ca, Finding, Role};

/// Judges the CAs of a topology.
pub(super) fn judge(peers: &Peers<'_>, all: &Arrangement<'_>) -> Vec<Judged> {
    let mut judged: Vec<Judged> = Vec::new();
    let generators = peers.generators();
    match generators.as_slice() {
        [] => judged.push((
            None,
            Finding::NoCaMaster { cas: ids_of(&peers.servers), missing: missing_masters(peers, all, &|_| false) },
        )),
        [_] => {}
        _ => judged.push((None, Finding::SeveralCaMasters { masters: ids_of(&generators) })),
    }
    let responders = responders_of(all, |listed| listed.server().role());
    for listed in &peers.servers {
        let Some(ca) = listed.server().ca() else { continue };
        let mut about = |finding: Finding| judged.push((Some(listed.id), finding));
        if !ca.generates() {
            // That the task is missing where CRLs are generated is seen in the one file.
            if ca.runs_task() {
                about(Finding::SeveralStatusUpdateTasks);
            }
            redirect(ca, &generators).into_iter().for_each(&mut about);
            if let [master] = generators.as_slice() {
                compare(ca, *master).into_iter().for_each(&mut about);
            }
        }
        let publishers = ca.publishing.publishers.iter();
        for wrong in misdirected(publishers, ca.generates(), &listed.server().topology, &responders) {
            let publisher = wrong.publisher.clone();
            about(Finding::PublisherNamesClone {
                publisher: publisher.name,
                host: publisher.host,
                port: publisher.port,
                responder: wrong.responder,
                generates: ca.generates(),
            });
        }
    }
    judged
}

/// A complete redirect names one of the CAs that generate, where there are any.
fn redirect(ca: &Ca, generators: &[Listed<'_>]) -> Option<Finding> {
    let (Some(host), Some(port)) = ca.redirect() else { return None };
    let judged = generators.iter().map(|listed| (judge_redirect(host, port, *listed), listed));
    match judged.min_by_key(|(judgement, _)| *judgement)? {
        (RedirectJudgement::Right, _) => None,
        (RedirectJudgement::Imprecise, master) => {
            Some(Finding::ImpreciseRedirect { host: host.to_owned(), master: master.id })
        }
        (RedirectJudgement::Stale, _) => {
            Some(Finding::StaleRedirect { host: host.to_owned(), port: port.to_owned(), masters: ids_of(generators) })
        }
    }
}

/// Whether a redirect names a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RedirectJudgement {
    /// By host and port, as far as they are known.
    Right,
    /// Probably, but not by its full name.
    Imprecise,
    /// It does not.
    Stale,
}

/// Judges a redirect against one master.
pub fn judge_redirect(host: &str, port: &str, master: Listed<'_>) -> RedirectJudgement {
    let server = master.server();
    match (naming_of(host, server), is_port_of(port, &server.ports)) {
        (Naming::Exact, true) => RedirectJudgement::Right,
        (Naming::Short | Naming::Address, true) => RedirectJudgement::Imprecise,
        _ => RedirectJudgement::Stale,
    }
}

/// What a clone lacks of the master, and what it has beyond it.
fn compare(clone: &Ca, master: Listed<'_>) -> Vec<Finding> {
    let Some(master) = master.server().ca() else { return Vec::new() };
    let mut findings = Vec::new();
    let points = missing_points(master, clone);
    if !points.is_empty() {
        findings.push(Finding::IssuingPointOnlyOnMaster { points });
    }
    let publishers = missing_publishers(clone, master);
    if !publishers.is_empty() {
        findings.push(Finding::PublishingOnlyOnClone { publishers });
    }
    findings
}

/// The issuing points of one CA that another lacks.
pub fn missing_points(of: &Ca, lacks: &Ca) -> Vec<String> {
    let is_missing = |id: &&String| !lacks.issuing_points.iter().any(|point| point.id == **id);
    of.issuing_points.iter().map(|point| &point.id).filter(is_missing).cloned().collect()
}

/// The active publishers of one CA that another lacks, or does not use.
pub fn missing_publishers(of: &Ca, lacks: &Ca) -> Vec<String> {
    let is_missing = |name: &&String| !lacks.publishing.active().any(|publisher| publisher.name == **name);
    of.publishing.active().map(|publisher| &publisher.name).filter(is_missing).cloned().collect()
}

/// The hosts, with their ports, to which CAs that do not generate redirect and of which no file was
/// given: where nobody generates, one of them may.
pub fn missing_masters(peers: &Peers<'_>, all: &Arrangement<'_>, is_dead: &dyn Fn(&str) -> bool) -> Vec<String> {
    let known = || all.cas.iter().flat_map(|peers| &peers.servers);
    let is_known =
        |host: &str| is_loopback(host) || is_dead(host) || known().any(|listed| is_name_of(host, listed.server()));
    let mut missing: Vec<String> = Vec::new();
    for listed in &peers.servers {
        let Some((Some(host), port)) = listed.server().ca().map(Ca::redirect) else { continue };
        let address = port.map_or(host.to_owned(), |port| format!("{host}:{port}"));
        if !is_known(host) && listed.server().role() != Role::Master && !missing.contains(&address) {
            missing.push(address);
        }
    }
    missing
}
