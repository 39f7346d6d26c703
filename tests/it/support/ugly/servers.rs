//! Ugly files that say whose they are.

use proptest::prelude::*;

use super::{KEYS, VALUES, file, file_of};

const OCSP_KEYS: &[&str] = &[
    "OCSP.Responder.store.defStore.refreshInSec",
    "OCSP.Responder.store.defStore.class",
    "OCSP.Responder.storeId",
    "ocsp.storeId",
    "ocsp.storeId",
    "ocsp.store.defStore.class",
    "ocsp.store.defStore.refreshInSec",
    "ocsp.store.defStore.refreshInSec",
    "ocsp.store.ldapStore.class",
    "ocsp.store.ldapStore.refreshInSec0",
    "ocsp.store.mine.class",
    "ocsp.store.mine.refreshInSec",
    "ocsp.store.a.b.class",
    "ocsp.store.a.b.refreshInSec",
    "ocsp.store._000",
    "ocsp.other",
];
const OCSP_VALUES: &[&str] = &[
    "defStore",
    "defStore ",
    "ldapStore",
    "mine",
    "a.b",
    "com.netscape.cms.ocsp.DefStore",
    "DefStore",
    "com.netscape.cms.ocsp.LDAPStore",
    "21600",
    "14400",
    "15000",
    "-1",
    "+21600",
    "21600 ",
];

fn of_type(lines: impl Strategy<Value = Vec<u8>>, kind: &'static str) -> impl Strategy<Value = Vec<u8>> {
    (lines, any::<bool>()).prop_map(move |(lines, first)| match first {
        true => [b"cs.type=", kind.as_bytes(), b"\n", &lines[..]].concat(),
        false => [&lines[..], b"\ncs.type=", kind.as_bytes(), b"\n"].concat(),
    })
}

/// An ugly file that says it is a CA's, mostly at a place where both readers see it.
pub fn ca() -> impl Strategy<Value = Vec<u8>> {
    of_type(file(), "CA")
}

/// The same of an OCSP responder.
pub fn ocsp() -> impl Strategy<Value = Vec<u8>> {
    let keys = OCSP_KEYS.iter().chain(KEYS.iter().take(3)).copied().collect();
    of_type(file_of(keys, OCSP_VALUES.iter().chain(VALUES).copied().collect()), "OCSP")
}

/// A former master: an ugly one that has what a promotion needs, or none of it.
pub fn former() -> impl Strategy<Value = Vec<u8>> {
    let classes = b"ca.crl.MasterCRL.class=C\nca.crl.Second.class=C\n";
    prop_oneof![
        3 => ca().prop_map(move |lines| [&lines[..], b"\n", classes].concat()),
        1 => Just([b"cs.type=CA\n", &classes[..]].concat()),
        1 => ca(),
    ]
}
