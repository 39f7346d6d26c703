//! One OCSP responder of a topology receives the CRLs.

use super::arrangement::{Peers, ids_of};
use crate::pki::finding::Judged;
use crate::pki::{Finding, Role};

/// Judges the OCSP responders of a topology.
pub(super) fn judge(peers: &Peers<'_>) -> Option<Judged> {
    let masters = peers.with_role(Role::Master);
    match masters.as_slice() {
        // Where a role cannot be known there may be a master.
        [] if peers.with_role(Role::Unknown).is_empty() => {
            Some((None, Finding::NoOcspMaster { responders: ids_of(&peers.servers) }))
        }
        [] | [_] => None,
        _ => Some((None, Finding::SeveralOcspMasters { masters: ids_of(&masters) })),
    }
}
