//! The guide's procedure once more, on plain maps as one of the readers sees a file: what a
//! conversion must come to, from something else than the code under test.

use std::collections::BTreeSet;

use super::files::differences;
use super::readers::{Map, java, other_lines, python, python_lenient};

/// What a conversion does to the map that a reader has of the target.
pub type Steps = Box<dyn Fn(&mut Map)>;

const GUIDE_REFRESH: &str = "OCSP.Responder.store.defStore.refreshInSec";

/// The issuing points that the server sees: each `<id>` of a key `ca.crl.<id>.<anything>`. A name that
/// begins with `_` is a comment of Dogtag's.
pub fn points(map: &Map) -> BTreeSet<String> {
    let ids = map.keys().filter_map(|key| key.strip_prefix("ca.crl.")?.split_once('.')).map(|(id, _)| id);
    ids.filter(|id| !id.starts_with('_')).map(str::to_owned).collect()
}

/// The steps on the old CA master, whose bytes are `target`.
pub fn demote_ca(target: &[u8], host: &str, port: &str) -> Steps {
    let points = points(&java(target));
    let redirect = redirect_ca(host, port);
    Box::new(move |map| {
        set(map, "ca.certStatusUpdateInterval", "0");
        set(map, "ca.listenToCloneModifications", "false");
        switch(map, &points, "false");
        redirect(map);
    })
}

/// The last of those steps, on another clone.
pub fn redirect_ca(host: &str, port: &str) -> Steps {
    let (host, port) = (host.to_owned(), port.to_owned());
    Box::new(move |map| {
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
        make_master(map, &points, &interval);
    })
}

/// What is left of them where the CA keeps its own issuing point settings.
pub fn keep_settings(target: &[u8], interval: &str) -> Steps {
    let points = points(&java(target));
    let interval = interval.to_owned();
    Box::new(move |map| make_master(map, &points, &interval))
}

/// The step on an OCSP responder, whose bytes are `target`: the refresh interval is set or, without
/// seconds, removed. Set are Dogtag's parameter, where it or its store's class is there, and the
/// guide's, where the file has others of the guide's or Dogtag's is not set.
pub fn refresh(target: &[u8], seconds: Option<&str>) -> Steps {
    let map = java(target);
    let has = |prefix: &str| map.keys().any(|key| key.starts_with(prefix));
    let dogtag = dogtag_refresh(&map);
    let is_whole_store = map.contains_key(&dogtag) || map.contains_key(&dogtag.replace("refreshInSec", "class"));
    let sets_dogtag = has("ocsp.store") && is_whole_store;
    let sets_guide = has("OCSP.Responder.store") || !sets_dogtag;
    let seconds = seconds.map(str::to_owned);
    Box::new(move |map| match &seconds {
        None => {
            map.remove(&dogtag);
            map.remove(GUIDE_REFRESH);
        }
        Some(seconds) => {
            for (key, sets) in [(dogtag.as_str(), sets_dogtag), (GUIDE_REFRESH, sets_guide)] {
                if sets {
                    set(map, key, seconds);
                }
            }
        }
    })
}

/// The key of Dogtag's interval: that of the store which the server reads, the default one's where it
/// reads none or reads a directory. A name with a dot in it is not that of a store.
fn dogtag_refresh(map: &Map) -> String {
    let store = map.get("ocsp.storeId").map(|id| id.trim()).filter(|id| !id.is_empty() && !id.contains('.'));
    let class = |id: &str| map.get(&format!("ocsp.store.{id}.class")).map(|class| class.trim().to_owned());
    let is_directory = |id: &str| id == "ldapStore" && !class(id).is_some_and(|class| class.ends_with("DefStore"));
    format!("ocsp.store.{}.refreshInSec", store.filter(|id| !is_directory(id)).unwrap_or("defStore"))
}

/// Whether the key is one that a conversion may change.
pub fn is_owned(key: &[u8]) -> bool {
    let is_dogtag_refresh = || {
        let store = key.strip_prefix(b"ocsp.store.").and_then(|rest| rest.strip_suffix(b".refreshInSec"));
        store.is_some_and(|store| !store.contains(&b'.'))
    };
    let single = [
        "ca.certStatusUpdateInterval",
        "ca.listenToCloneModifications",
        "master.ca.agent.host",
        "master.ca.agent.port",
        GUIDE_REFRESH,
    ];
    key.starts_with(b"ca.crl.") || single.iter().any(|single| single.as_bytes() == key) || is_dogtag_refresh()
}

fn make_master(map: &mut Map, points: &BTreeSet<String>, interval: &str) {
    set(map, "ca.certStatusUpdateInterval", interval);
    set(map, "ca.listenToCloneModifications", "true");
    switch(map, points, "true");
    map.remove("master.ca.agent.host");
    map.remove("master.ca.agent.port");
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

/// Whether `after` is what the guide makes of `before`: the map of each reader is the guide's, and
/// every line of another key is the line that was there. If not, what is wrong.
pub fn follows(before: &[u8], after: &[u8], steps: &Steps) -> Result<(), String> {
    let wrong = |what: String| Err(format!("{what}\n{}", differences(after, before)));
    for reader in [java, python_lenient] {
        let mut wanted = reader(before);
        steps(&mut wanted);
        let got = reader(after);
        let odd: Vec<_> = wanted.keys().chain(got.keys()).filter(|key| wanted.get(*key) != got.get(*key)).collect();
        if !odd.is_empty() {
            return wrong(format!("not as in the guide: {odd:?}"));
        }
    }
    if python(before).is_some() && python(after).is_none() {
        return wrong("pki-server refuses what it took before".to_owned());
    }
    match other_lines(after, is_owned) == other_lines(before, is_owned) {
        true => Ok(()),
        false => wrong("another line changed".to_owned()),
    }
}

/// Asserts the same.
#[track_caller]
pub fn assert_follows(before: &[u8], after: &[u8], steps: &Steps) {
    if let Err(wrong) = follows(before, after, steps) {
        panic!("{wrong}");
    }
}

/// Whether an OCSP responder has the interval that the installer gives a clone.
pub fn is_installers_clone(bytes: &[u8]) -> bool {
    java(bytes).get("ocsp.store.defStore.refreshInSec").is_some_and(|seconds| seconds == "14400")
}
