//! The laws of the document, under both readings, on arbitrary bytes and on ugly files. The readings
//! are those of the test's own, plainly written readers.

use std::fmt::Display;

use pki_role::cs_cfg::reader::java::lines;
use pki_role::cs_cfg::{CsCfg, Key, Patch, Value, apply};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::readers::{Map, java, other_lines, python, python_lenient};
use crate::support::ugly::{self, known};

fn key(text: &str) -> Key<'static> {
    Key::new(text).unwrap()
}

fn value(text: &str) -> Value<'static> {
    Value::new(text).unwrap()
}

fn set(k: &str, v: &str) -> Patch<'static> {
    let mut patch = Patch::new();
    patch.set(key(k), value(v));
    patch
}

fn removal(k: &str) -> Patch<'static> {
    let mut patch = Patch::new();
    patch.remove(k);
    patch
}

/// The bytes after a patch, or nothing where it is refused; the refusal must name an ambiguity.
fn patched(bytes: &[u8], patch: &Patch) -> Result<Option<Vec<u8>>, TestCaseError> {
    let document = CsCfg::parse(bytes);
    match apply(&document, patch) {
        Ok(applied) => Ok(Some(applied.bytes)),
        Err(error) => {
            prop_assert!(document.ambiguities().any(|ambiguity| ambiguity.line == error.line));
            Ok(None)
        }
    }
}

/// What a patch makes of `bytes`: both readers read what `edit` makes of their maps, the lines of keys
/// that are not `owned` are what they were, and a second time nothing changes.
fn check(
    bytes: &[u8],
    patch: &Patch,
    owned: impl Fn(&str) -> bool,
    edit: impl Fn(&mut Map),
) -> Result<(), TestCaseError> {
    let Some(after) = patched(bytes, patch)? else { return Ok(()) };
    for reader in [java, python_lenient] {
        let mut wanted = reader(bytes);
        edit(&mut wanted);
        prop_assert_eq!(reader(&after), wanted, "{}\n->\n{}", bytes.escape_ascii(), after.escape_ascii());
    }
    if python(bytes).is_some() {
        prop_assert!(python(&after).is_some(), "pki-server refuses what it took before");
    }
    let is_owned = |key: &[u8]| owned(&String::from_utf8_lossy(key));
    prop_assert_eq!(other_lines(&after, is_owned), other_lines(bytes, is_owned));
    prop_assert_eq!(patched(&after, patch)?, Some(after));
    Ok(())
}

/// A parsed file is the file, so are its lines, and so is what a patch of nothing makes of it.
fn identity(bytes: &[u8]) -> Result<(), TestCaseError> {
    prop_assert_eq!(CsCfg::parse(bytes).source(), bytes);
    prop_assert_eq!(patched(bytes, &Patch::new())?, Some(bytes.to_vec()));
    let lines: Vec<_> = lines(bytes).map(|line| line.raw).collect();
    prop_assert!(lines.iter().all(|line| !line.is_empty()));
    prop_assert_eq!(lines.concat(), bytes);
    Ok(())
}

/// What is read is what the server reads.
fn get(bytes: &[u8], k: &str) -> Result<(), TestCaseError> {
    let document = CsCfg::parse(bytes);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    prop_assert_eq!(document.get(k.as_bytes()).map(|value| text(&value)), java(bytes).remove(k));
    if std::str::from_utf8(bytes).is_err() {
        // Two keys may look alike as text.
        return Ok(());
    }
    let read: Map = document.below(b"").map(|one| (text(one.key()), text(&one.value()))).collect();
    let mut wanted = java(bytes);
    wanted.remove("");
    prop_assert_eq!(read, wanted);
    Ok(())
}

/// PutGet, frame, idempotence.
fn put(bytes: &[u8], k: &str, v: &str) -> Result<(), TestCaseError> {
    check(bytes, &set(k, v), |other| other == k, |map| drop(map.insert(k.to_owned(), v.to_owned())))
}

/// GetPut: what is there already changes nothing, one by one and as a whole.
fn get_put(bytes: &[u8], k: &str) -> Result<(), TestCaseError> {
    let document = CsCfg::parse(bytes);
    if document.ambiguities().next().is_some() {
        return Ok(());
    }
    let parameter = document.parameter(k.as_bytes()).filter(|parameter| !parameter.has_shadowed());
    if let Some(there) = parameter.and_then(|parameter| Value::new(parameter.value()).ok()) {
        prop_assert_eq!(patched(bytes, &set(k, &there.to_string()))?, Some(bytes.to_vec()));
    }
    for prefix in ["a", "ca.crl.", "ca.crl.MasterCRL."] {
        let there = document.below(prefix.as_bytes());
        let there: Option<Vec<_>> = there
            .map(|one| Some((Key::new(one.key()).ok()?, Value::new(one.value()).ok().filter(|_| !one.has_shadowed())?)))
            .collect();
        if let Some(mut parameters) = there {
            parameters.reverse();
            let mut patch = Patch::new();
            patch.replace_prefix(key(prefix), parameters);
            let applied = apply(&document, &patch).unwrap();
            prop_assert_eq!(applied.bytes, bytes);
            prop_assert!(applied.changes.is_empty() && applied.shadowed.is_empty());
        }
    }
    Ok(())
}

fn remove(bytes: &[u8], k: &str) -> Result<(), TestCaseError> {
    check(bytes, &removal(k), |other| other == k, |map| drop(map.remove(k)))
}

/// A line that is added and removed again leaves the file as it was.
fn inverse(bytes: &[u8], k: &str, v: &str) -> Result<(), TestCaseError> {
    if bytes.is_empty() || CsCfg::parse(bytes).get(k.as_bytes()).is_some() {
        return Ok(());
    }
    let Some(after) = patched(bytes, &set(k, v))? else { return Ok(()) };
    prop_assert_eq!(patched(&after, &removal(k))?, Some(bytes.to_vec()));
    Ok(())
}

/// Edits of several keys; no value: the key is removed.
fn several(bytes: &[u8], edits: &[(String, Option<String>)]) -> Result<(), TestCaseError> {
    let mut patch = Patch::new();
    for (k, v) in edits {
        match v {
            Some(v) => patch.set(key(k), value(v)),
            None => patch.remove(k),
        }
    }
    let is_edited = |other: &str| edits.iter().any(|(k, _)| k == other);
    check(bytes, &patch, is_edited, |map| {
        for (k, v) in edits {
            match v {
                Some(v) => drop(map.insert(k.clone(), v.clone())),
                None => drop(map.remove(k)),
            }
        }
    })
}

/// The `ca.crl.` lines are replaced by these, or removed where there are none.
fn block(bytes: &[u8], entries: &Map) -> Result<(), TestCaseError> {
    let mut patch = Patch::new();
    patch.replace_prefix(key("ca.crl."), entries.iter().map(|(k, v)| (key(k), value(v))).collect());
    check(
        bytes,
        &patch,
        |k| k.starts_with("ca.crl."),
        |map| {
            map.retain(|k, _| !k.starts_with("ca.crl."));
            map.extend(entries.clone());
        },
    )
}

proptest! {
    #[test]
    fn identity_law(bytes in ugly::bytes()) {
        identity(&bytes)?;
    }

    #[test]
    fn get_reads_as_the_server(bytes in ugly::bytes(), k in ugly::key()) {
        get(&bytes, &k)?;
    }

    #[test]
    fn put_get_and_frame(bytes in ugly::bytes(), k in ugly::key(), v in ugly::value()) {
        put(&bytes, &k, &v)?;
    }

    #[test]
    fn get_put_changes_nothing(bytes in ugly::bytes(), k in ugly::key()) {
        get_put(&bytes, &k)?;
    }

    #[test]
    fn remove_and_frame(bytes in ugly::bytes(), k in ugly::key()) {
        remove(&bytes, &k)?;
    }

    #[test]
    fn inverse_law(bytes in ugly::bytes(), k in ugly::key(), v in ugly::value()) {
        inverse(&bytes, &k, &v)?;
    }

    #[test]
    fn several_edits_at_once(bytes in ugly::bytes(), edits in vec((ugly::key(), proptest::option::of(ugly::value())), 0..8)) {
        several(&bytes, &edits)?;
    }

    #[test]
    fn removed_block(bytes in ugly::bytes()) {
        block(&bytes, &Map::new())?;
    }

    #[test]
    fn replaced_block(bytes in ugly::bytes(), entries in vec((ugly::key(), ugly::value()), 0..6)) {
        block(&bytes, &entries.into_iter().map(|(k, v)| (format!("ca.crl.{k}"), v)).collect())?;
    }

    /// A file in key order stays what a sorted rewrite of its map would be.
    #[test]
    fn key_order_is_kept(map in proptest::collection::btree_map("[a-c.]{1,4}", "[a-z]{0,3}", 0..12), k in "[a-c.]{1,4}", v in "[a-z]{0,3}") {
        let sorted = |map: &Map| map.iter().map(|(k, v)| format!("{k}={v}\n")).collect::<String>();
        let mut wanted = map.clone();
        wanted.insert(k.clone(), v.clone());
        prop_assert_eq!(patched(sorted(&map).as_bytes(), &set(&k, &v))?, Some(sorted(&wanted).into_bytes()));
    }
}

#[track_caller]
fn holds(law: &str, file: &[u8], why: &str, outcome: Result<(), impl Display>) {
    if let Err(broken) = outcome {
        panic!("{law}: {why}: {}: {broken}", file.escape_ascii());
    }
}

/// Every known file, with every key and value that mattered for any of them.
#[test]
fn known_files() {
    for (file, why) in known::FILES {
        holds("identity", file, why, identity(file));
        for key in known::KEYS {
            holds("get", file, why, get(file, key));
            holds("get and put", file, why, get_put(file, key));
            holds("remove", file, why, remove(file, key));
            let removed_and_set = [((*key).to_owned(), None), ("a".to_owned(), Some("1".to_owned()))];
            holds("several", file, why, several(file, &removed_and_set));
            for value in known::VALUES {
                holds("put", file, why, put(file, key, value));
                holds("inverse", file, why, inverse(file, key, value));
                holds("several", file, why, several(file, &[((*key).to_owned(), Some((*value).to_owned()))]));
            }
        }
        for entries in [&[][..], &[("ca.crl.MasterCRL.class", "C"), ("ca.crl._000", "##")]] {
            let entries: Map = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            holds("block", file, why, block(file, &entries));
        }
    }
}
