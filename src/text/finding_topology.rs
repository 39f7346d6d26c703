//! The sentences of findings that only a comparison of servers gives.

use super::explanation::{address, explained};
use super::list::list;
use super::{Explanation, one_line, title};
use crate::pki::{Finding, Observation, ServerId, Subsystem};

/// Explains a finding about several servers.
pub(super) fn of_topology(finding: &Finding, servers: &[Observation]) -> Option<Explanation> {
    let name = |id: &ServerId| servers.get(*id).map_or_else(|| "another server".to_owned(), title);
    let names = |ids: &[ServerId]| list(&ids.iter().map(name).collect::<Vec<_>>());
    Some(match finding {
        Finding::NoCaMaster { cas, missing } => {
            let (nobody, redirects) = match cas.as_slice() {
                [_] => ("does not generate CRLs, and no other CA is among the files", "it redirects"),
                _ => ("do not generate CRLs, none of them", "they redirect"),
            };
            let nobody = format!("{} {nobody}", names(cas));
            let elsewhere = match missing.is_empty() {
                true => String::new(),
                false => format!("; {redirects} to {}, of which no file was given", list(missing)),
            };
            explained(format!("{nobody}{elsewhere}"), "the last CRL expires, and then revocation cannot be checked", "")
        }
        Finding::SeveralCaMasters { masters } => explained(
            format!("more than one CA generates CRLs: {}", names(masters)),
            "they issue different CRLs under one number",
            "",
        ),
        Finding::SeveralStatusUpdateTasks => explained(
            "this CA does not generate CRLs and runs the status update task all the same",
            "the task belongs on the master alone",
            "",
        ),
        Finding::NoOcspMaster { responders } => explained(
            format!("no OCSP responder is the master: {}", names(responders)),
            "none of them receives CRLs from the CA",
            "",
        ),
        Finding::SeveralOcspMasters { masters } => explained(
            format!("more than one OCSP responder is a master: {}", names(masters)),
            "a publisher of the CA sends CRLs to one of them; the others do not re-read the replicated ones",
            "",
        ),
        Finding::StaleRedirect { host, port, masters } => explained(
            format!(
                "this clone redirects to {}, and the master is {}",
                address(Some(host), Some(port)),
                names(masters)
            ),
            "agents who ask it to update the CRL are not sent to the master",
            "",
        ),
        Finding::ImpreciseRedirect { host, master } => explained(
            format!("this clone redirects to {}, which probably is the master {}", one_line(host), name(master)),
            "only the full name of the host is sure to lead there",
            "",
        ),
        Finding::PublisherNamesClone { publisher, host, port, responder, generates } => explained(
            format!(
                "publisher {} names {}, {}",
                one_line(publisher),
                address(host.as_deref(), port.as_deref()),
                match responder {
                    Some(id) => format!("and {} is not an OCSP master", name(id)),
                    None => "which is none of the OCSP masters".to_owned(),
                }
            ),
            match generates {
                true => {
                    "the OCSP master does not receive the CRLs, and goes on answering \"good\" for revoked certificates"
                }
                false => "once this CA generates CRLs, the OCSP master will not receive them",
            },
            "",
        ),
        Finding::IssuingPointOnlyOnMaster { points } => explained(
            format!("this clone lacks issuing points of the master: {}", list(points)),
            "a promotion copies them",
            "",
        ),
        Finding::PublishingOnlyOnClone { publishers } => explained(
            format!("this clone has publishers that the master does not have: {}", list(publishers)),
            "no CRL reaches them",
            "if they are wanted, promote the master once more with --with-publishing, --from this CA's export",
        ),
        Finding::SameServerTwice { taken, left_out, .. } => explained(
            format!("two files are of this server: {} was taken, and {} left out", one_line(taken), one_line(left_out)),
            "",
            "",
        ),
        Finding::ContradictoryFiles { taken, left_out } => explained(
            format!(
                "two files of this server give it different roles: {} was taken, and {} left out",
                one_line(taken),
                one_line(left_out)
            ),
            "which of them is the newer one cannot be known",
            "leave the older one out, or collect the server's status again",
        ),
        Finding::UncertainTopology { with } => explained(
            format!(
                "nothing in the file says to which of the topologies it belongs; it is counted with {}",
                name(with)
            ),
            "",
            "give its whole file, or its status from its own host",
        ),
        Finding::NothingToCheck => explained("no CA and no OCSP responder is among the files", "", ""),
        Finding::CrlConflict { point, number, others } => explained(
            format!("CRL {number} of {} differs from the one that {} gives", one_line(point), names(others)),
            "two CAs have generated CRLs under one number",
            "make sure that only one of them generates, and issue a CRL there",
        ),
        Finding::CrlBehind { point, here, master } => explained(
            format!("still shows CRL {here} of {}; the master had issued {master} by then", one_line(point)),
            "replication between the directory servers is behind",
            "",
        ),
        Finding::MemberMissing { subsystem, host, port, .. } => explained(
            format!(
                "the security domain knows {subsystem} {}:{port}; none of the files given is this server's",
                one_line(host)
            ),
            match subsystem {
                Subsystem::Ocsp => "a responder that is forgotten may be a second master",
                _ => "a clone that is forgotten keeps its old redirect, or generates CRLs",
            },
            format!("collect its status too: on {} run pki-role status --output json", one_line(host)),
        ),
        Finding::MemberUnknown { subsystem } => {
            explained(format!("the security domain does not know this {subsystem}"), "", "")
        }
        _ => return None,
    })
}
