//! The last CRLs of the CAs of one topology, side by side.

use super::arrangement::{Listed, Peers};
use crate::pki::finding::Judged;
use crate::pki::{Crl, Finding};

/// Two CRLs under one number, and clones that lag behind the master.
pub(super) fn judge(peers: &Peers<'_>) -> Vec<Judged> {
    let mut judged = conflicts(peers);
    if let [master] = peers.generators().as_slice() {
        let clones = peers.servers.iter().filter(|listed| listed.id != master.id);
        judged.extend(clones.flat_map(|clone| behind(*clone, *master)));
    }
    judged
}

fn crls(listed: Listed<'_>) -> impl Iterator<Item = &Crl> {
    listed.observation.live.iter().flat_map(|live| &live.crls)
}

/// Each number under which there are different CRLs, once.
fn conflicts(peers: &Peers<'_>) -> Vec<Judged> {
    let mut reported: Vec<(&str, u64)> = Vec::new();
    let mut judged: Vec<Judged> = Vec::new();
    for listed in &peers.servers {
        for crl in crls(*listed) {
            let Some(number) = crl.number.filter(|_| !crl.sha256.is_empty()) else { continue };
            let differs = |other: &Crl| {
                other.issuing_point == crl.issuing_point
                    && other.number == Some(number)
                    && !other.sha256.is_empty()
                    && !other.sha256.eq_ignore_ascii_case(&crl.sha256)
            };
            let others = peers.servers.iter().filter(|other| other.id != listed.id && crls(**other).any(differs));
            let others: Vec<_> = others.map(|other| other.id).collect();
            if !others.is_empty() && !reported.contains(&(&crl.issuing_point, number)) {
                reported.push((&crl.issuing_point, number));
                let point = crl.issuing_point.clone();
                judged.push((Some(listed.id), Finding::CrlConflict { point, number, others }));
            }
        }
    }
    judged
}

/// What a clone lacks although it was asked after the master's CRL was issued.
fn behind(clone: Listed<'_>, master: Listed<'_>) -> Vec<Judged> {
    let Some(asked) = clone.observation.observed_at() else { return Vec::new() };
    let newest = |crl: &&Crl| asked > crl.this_update;
    let lags = crls(master).filter(newest).filter_map(|theirs| {
        let here = crls(clone).find(|crl| crl.issuing_point == theirs.issuing_point)?.number?;
        let master = theirs.number.filter(|number| *number > here)?;
        Some((Some(clone.id), Finding::CrlBehind { point: theirs.issuing_point.clone(), here, master }))
    });
    lags.collect()
}
