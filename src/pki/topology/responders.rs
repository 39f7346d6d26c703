//! One OCSP responder of a topology receives the CRLs.

use super::arrangement::{Listed, Peers};
use crate::pki::finding::Judged;
use crate::pki::{Finding, Role};

/// Judges the OCSP responders of a topology.
pub(super) fn judge(peers: &Peers<'_>) -> Option<Judged> {
    let of = |role: Role| peers.servers.iter().filter(move |listed| listed.server().role() == role);
    let ids = |listed: Vec<&Listed<'_>>| listed.into_iter().map(|listed| listed.id).collect::<Vec<_>>();
    let masters = ids(of(Role::Master).collect());
    match masters.as_slice() {
        // Where a role cannot be known there may be a master.
        [] if of(Role::Unknown).next().is_none() => {
            Some((None, Finding::NoOcspMaster { responders: ids(peers.servers.iter().collect()) }))
        }
        [] | [_] => None,
        _ => Some((None, Finding::SeveralOcspMasters { masters })),
    }
}
