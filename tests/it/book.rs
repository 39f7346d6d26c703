//! The book's procedure once more, on plain maps as one of the readers sees a file: what a
//! conversion must come to, told by something else than the code under test.

use std::collections::BTreeSet;

use crate::laws::other_lines;
use crate::readers::{Map, java, python, python_lenient};
use crate::support::differences;

/// What a conversion does to the map that a reader has of the target.
pub type Steps = Box<dyn Fn(&mut Map)>;

/// The issuing points that the server sees: each `<id>` of a key `ca.crl.<id>.<anything>`.
pub fn points(map: &Map) -> BTreeSet<String> {
    map.keys().filter_map(|key| key.strip_prefix("ca.crl.")?.split_once('.')).map(|(id, _)| id.to_owned()).collect()
}

/// The steps on the old CA master, whose bytes are `target`.
pub fn demote_ca(target: &[u8], host: &str, port: &str) -> Steps {
    let points = points(&java(target));
    let (host, port) = (host.to_owned(), port.to_owned());
    Box::new(move |map| {
        set(map, "ca.certStatusUpdateInterval", "0");
        set(map, "ca.listenToCloneModifications", "false");
        switch(map, &points, "false");
        set(map, "master.ca.agent.host", &host);
        set(map, "master.ca.agent.port", &port);
    })
}

/// The steps on the clone that becomes the CA master; `former` are the bytes of the old one's file.
pub fn promote_ca(former: &[u8], interval: &str) -> Steps {
    let former = java(former);
    let points = points(&former);
    let interval = interval.to_owned();
    Box::new(move |map| {
        map.retain(|key, _| !key.starts_with("ca.crl."));
        for (key, value) in former.iter().filter(|(key, _)| key.starts_with("ca.crl.")) {
            set(map, key, value.trim_matches([' ', '\t', '\x0c']));
        }
        set(map, "ca.certStatusUpdateInterval", &interval);
        set(map, "ca.listenToCloneModifications", "true");
        switch(map, &points, "true");
        map.remove("master.ca.agent.host");
        map.remove("master.ca.agent.port");
    })
}

/// The step on an OCSP responder: the refresh interval of each family of keys that the file has
/// for its store.
pub fn refresh(target: &[u8], seconds: Option<&str>) -> Steps {
    let map = java(target);
    let has = |prefix: &str| map.keys().any(|key| key.starts_with(prefix));
    let (book, dogtag) = (has("OCSP.Responder.store"), has("ocsp.store"));
    let seconds = seconds.map(str::to_owned);
    Box::new(move |map| {
        for (key, is_there) in [
            ("OCSP.Responder.store.defStore.refreshInSec", book || !dogtag),
            ("ocsp.store.defStore.refreshInSec", dogtag),
        ] {
            match &seconds {
                _ if !is_there => {}
                Some(seconds) => set(map, key, seconds),
                None => drop(map.remove(key)),
            }
        }
    })
}

/// Whether the key is one that a conversion may change.
pub fn is_role_key(key: &[u8]) -> bool {
    key.starts_with(b"ca.crl.")
        || [
            &b"ca.certStatusUpdateInterval"[..],
            b"ca.listenToCloneModifications",
            b"master.ca.agent.host",
            b"master.ca.agent.port",
            b"ocsp.store.defStore.refreshInSec",
            b"OCSP.Responder.store.defStore.refreshInSec",
        ]
        .contains(&key)
}

fn switch(map: &mut Map, points: &BTreeSet<String>, value: &str) {
    for point in points {
        set(map, &format!("ca.crl.{point}.enableCRLCache"), value);
        set(map, &format!("ca.crl.{point}.enableCRLUpdates"), value);
    }
}

fn set(map: &mut Map, key: &str, value: &str) {
    map.insert(key.to_owned(), value.to_owned());
}

/// Asserts that `after` is what the book makes of `before`: the map of each reader is the book's,
/// and every line of another key is the line that was there.
#[track_caller]
pub fn assert_follows(before: &[u8], after: &[u8], steps: &Steps) {
    for reader in [java, python_lenient] {
        let mut wanted = reader(before);
        steps(&mut wanted);
        let got = reader(after);
        let odd: Vec<_> = wanted.keys().chain(got.keys()).filter(|key| wanted.get(*key) != got.get(*key)).collect();
        assert!(odd.is_empty(), "not as in the book: {odd:?}\n{}", differences(after, before));
    }
    if python(before).is_some() {
        assert!(python(after).is_some(), "pki-server refuses what it took before\n{}", differences(after, before));
    }
    let (ours, theirs) = (other_lines(after, is_role_key), other_lines(before, is_role_key));
    assert!(ours == theirs, "another line changed\n{}", differences(after, before));
}
