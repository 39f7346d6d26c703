//! The findings about one server that its own file gives.

use super::parameters::{CLONE_REFRESH, INTERVAL, REFRESH_GUIDE};
use super::{Ca, Completeness, Detail, Finding, IssuingPoint, Ocsp, Role, Server, Store};

/// Everything that a server's file gives to report.
pub fn of_server(server: &Server) -> Vec<Finding> {
    let mut findings = of_file(server);
    // What is missing may be in the part that was lost.
    if server.completeness.is_incomplete() {
        return findings;
    }
    if server.role() == Role::Mixed {
        let contradicting = server.contradictions().into_iter().cloned().collect();
        findings.push(Finding::MixedRole { contradicting });
    }
    match &server.detail {
        Detail::Ca(ca) => of_ca(ca, &mut findings),
        Detail::Ocsp(ocsp) => of_ocsp(ocsp, &mut findings),
        Detail::Other(_) => {}
    }
    findings
}

/// What a file gives to report whatever its role is: also to be known where it was just converted.
pub(super) fn of_file(server: &Server) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    if server.completeness.is_incomplete() {
        findings.push(Finding::Incomplete { why: server.completeness });
    }
    let stops = server.ambiguities.iter().filter_map(|line| Some((line.line, line.stops_start?)));
    findings.extend(stops.map(|(line, why)| Finding::StopsStart { line, why }));
    let references = server.references.iter().cloned();
    findings.extend(references.map(|reference| Finding::BranchReference { key: reference.key, line: reference.line }));
    let in_whole_file = server.completeness != Completeness::Plain;
    let points = server.ca().into_iter().flat_map(|ca| &ca.issuing_points).filter(|point| !point.lacks().is_empty());
    findings.extend(points.map(|point| Finding::IssuingPointWithoutClass {
        point: point.id.clone(),
        lacks: point.lacks(),
        in_whole_file,
    }));
    findings
}

fn of_ca(ca: &Ca, findings: &mut Vec<Finding>) {
    if ca.issuing_points.is_empty() {
        findings.push(Finding::NoIssuingPoint);
    }
    let role = ca.role();
    // A value that the server cannot read makes the role mixed.
    let lacks_task = ca.generates() && !ca.runs_task() && !ca.setting(&INTERVAL).is_unreadable();
    if lacks_task {
        findings.push(Finding::NoStatusUpdateTask);
    }
    if role == Role::Master {
        if !ca.listens() && !lacks_task {
            findings.push(Finding::MasterNotListening);
        }
        let disabled = ca.issuing_points.iter().filter(|point| !point.is_enabled());
        let points: Vec<String> = disabled.map(|point: &IssuingPoint| point.id.clone()).collect();
        if !points.is_empty() {
            findings.push(Finding::IssuingPointDisabled { points });
        }
    }
    let owned = |part: Option<&str>| part.map(str::to_owned);
    findings.extend(match (role, ca.redirect()) {
        (Role::Master, (None, None)) => None,
        (Role::Master, (host, port)) => Some(Finding::LeftOverRedirect { host: owned(host), port: owned(port) }),
        (Role::Clone, (None, None)) => Some(Finding::NoRedirect),
        (_, (host @ Some(_), None)) => Some(Finding::IncompleteRedirect { host: owned(host), port: None }),
        (_, (None, port @ Some(_))) => Some(Finding::IncompleteRedirect { host: None, port: owned(port) }),
        _ => None,
    });
}

fn of_ocsp(ocsp: &Ocsp, findings: &mut Vec<Finding>) {
    if matches!(ocsp.store, Store::Other(_) | Store::Unset) {
        findings.push(Finding::UnknownRole { store: ocsp.store.clone() });
    }
    if let Some(seconds) = ocsp.interval_read().and_then(|setting| setting.number())
        && ocsp.role() == Role::Master
        && seconds > 0
        && !CLONE_REFRESH.contains(&seconds)
    {
        findings.push(Finding::NeedlessRefresh { seconds });
    }
    if let Some(guide) = ocsp.guide.as_ref().filter(|guide| guide.value.is_some() && guide.row == &REFRESH_GUIDE) {
        let read = ocsp.interval_read().map(|setting| setting.key.clone());
        findings.push(Finding::GuideKeyNotRead { value: guide.value.clone(), read });
    }
}
