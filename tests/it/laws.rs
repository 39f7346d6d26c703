//! The five laws of the document, under both readings, on arbitrary bytes and on ugly files.

use pki_role::cs_cfg::{Assignment, CsCfg, Key, Value};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::readers::{Map, java, python, python_lenient};
use crate::ugly;

fn key(text: &str) -> Key<'_> {
    Key::new(text.as_bytes()).unwrap()
}

fn value(text: &str) -> Value<'_> {
    Value::new(text.as_bytes()).unwrap()
}

/// What both readers must read afterwards, for the edits that could be made.
fn check_frame(before: &[u8], after: &[u8], edit: impl Fn(&mut Map)) -> Result<(), TestCaseError> {
    for reader in [java, python_lenient] {
        let mut wanted = reader(before);
        edit(&mut wanted);
        prop_assert_eq!(reader(after), wanted, "{}\n->\n{}", before.escape_ascii(), after.escape_ascii());
    }
    if python(before).is_some() {
        prop_assert!(python(after).is_some(), "pki-server refuses what it took before");
    }
    Ok(())
}

/// Lines of other keys, comments: what no edit of `is_owned` keys may touch.
pub fn other_lines(bytes: &[u8], is_owned: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let text = |raw: &[u8]| -> Vec<u8> {
        let end = raw.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
        raw[..end].to_vec()
    };
    pki_role::cs_cfg::line::lines(bytes)
        .filter(|line| line.property().is_none_or(|property| !is_owned(&property.key)))
        .map(|line| text(line.raw))
        .filter(|line| !line.is_empty())
        .collect()
}

/// A parsed file is the file, and so are its lines.
pub fn identity(bytes: &[u8]) -> Result<(), TestCaseError> {
    prop_assert_eq!(CsCfg::parse(bytes).to_bytes(), bytes);
    let lines: Vec<_> = pki_role::cs_cfg::line::lines(bytes).map(|line| line.raw).collect();
    prop_assert!(lines.iter().all(|line| !line.is_empty()));
    prop_assert_eq!(lines.concat(), bytes);
    Ok(())
}

/// What is read is what the server reads.
pub fn get(bytes: &[u8], k: &str) -> Result<(), TestCaseError> {
    let got = CsCfg::parse(bytes).get(k.as_bytes()).map(|value| String::from_utf8_lossy(&value).into_owned());
    prop_assert_eq!(got, java(bytes).remove(k));
    Ok(())
}

/// PutGet, frame, idempotence.
pub fn put(bytes: &[u8], k: &str, v: &str) -> Result<(), TestCaseError> {
    let mut cfg = CsCfg::parse(bytes);
    if let Err(blocked) = cfg.set(&key(k), &value(v)) {
        prop_assert!(cfg.disputes().iter().any(|dispute| dispute.line == blocked.line));
        prop_assert_eq!(cfg.to_bytes(), bytes);
        return Ok(());
    }
    let read = cfg.get(k.as_bytes());
    prop_assert_eq!(read.as_deref(), Some(v.as_bytes()));
    let after = cfg.to_bytes();
    check_frame(bytes, &after, |map| drop(map.insert(k.to_owned(), v.to_owned())))?;
    prop_assert_eq!(
        other_lines(&after, |other| other == k.as_bytes()),
        other_lines(bytes, |other| other == k.as_bytes())
    );
    // Idempotence: a second run of the same edit changes nothing.
    let mut again = CsCfg::parse(&after);
    again.set(&key(k), &value(v)).unwrap();
    prop_assert_eq!(again.to_bytes(), after);
    Ok(())
}

/// GetPut: what is there already changes nothing.
pub fn get_put(bytes: &[u8], k: &str) -> Result<(), TestCaseError> {
    let mut cfg = CsCfg::parse(bytes);
    let Some(there) = cfg.get(k.as_bytes()).map(|value| value.into_owned()) else { return Ok(()) };
    if !cfg.disputes().is_empty() {
        return Ok(());
    }
    if let Ok(there) = Value::new(there) {
        cfg.set(&key(k), &there).unwrap();
    }
    prop_assert_eq!(cfg.to_bytes(), bytes);
    Ok(())
}

pub fn remove(bytes: &[u8], k: &str) -> Result<(), TestCaseError> {
    let mut cfg = CsCfg::parse(bytes);
    if cfg.remove(k.as_bytes()).is_err() {
        prop_assert_eq!(cfg.to_bytes(), bytes);
        return Ok(());
    }
    prop_assert_eq!(cfg.get(k.as_bytes()), None);
    let after = cfg.to_bytes();
    check_frame(bytes, &after, |map| drop(map.remove(k)))?;
    prop_assert_eq!(
        other_lines(&after, |other| other == k.as_bytes()),
        other_lines(bytes, |other| other == k.as_bytes())
    );
    Ok(())
}

/// A line that is added and removed again leaves the file as it was.
pub fn inverse(bytes: &[u8], k: &str, v: &str) -> Result<(), TestCaseError> {
    let mut cfg = CsCfg::parse(bytes);
    if bytes.is_empty() || cfg.get(k.as_bytes()).is_some() || cfg.set(&key(k), &value(v)).is_err() {
        return Ok(());
    }
    let after = cfg.to_bytes();
    let mut back = CsCfg::parse(&after);
    back.remove(k.as_bytes()).unwrap();
    prop_assert_eq!(back.to_bytes(), bytes);
    Ok(())
}

/// Edits of several keys; no value: the key is removed.
pub fn several(bytes: &[u8], edits: &[(String, Option<String>)]) -> Result<(), TestCaseError> {
    let mut cfg = CsCfg::parse(bytes);
    let mut made = Vec::new();
    for (k, v) in edits {
        let done = match v {
            Some(v) => cfg.set(&key(k), &value(v)).map(drop),
            None => cfg.remove(k.as_bytes()),
        };
        if done.is_ok() {
            made.push((k, v));
        }
    }
    let after = cfg.to_bytes();
    check_frame(bytes, &after, |map| {
        for (k, v) in &made {
            match v {
                Some(v) => drop(map.insert((*k).clone(), v.clone())),
                None => drop(map.remove(*k)),
            }
        }
    })
}

/// The `ca.crl.` lines are replaced by these, or removed where there are none.
pub fn block(bytes: &[u8], entries: &Map) -> Result<(), TestCaseError> {
    let mut cfg = CsCfg::parse(bytes);
    if cfg
        .replace_prefix(&key("ca.crl."), entries.iter().map(|(k, v)| Assignment::new(&key(k), &value(v))).collect())
        .is_err()
    {
        return Ok(());
    }
    let after = cfg.to_bytes();
    check_frame(bytes, &after, |map| {
        map.retain(|k, _| !k.starts_with("ca.crl."));
        map.extend(entries.clone());
    })?;
    prop_assert_eq!(
        other_lines(&after, |k| k.starts_with(b"ca.crl.")),
        other_lines(bytes, |k| k.starts_with(b"ca.crl."))
    );
    Ok(())
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
        let bytes = sorted(&map).into_bytes();
        let mut cfg = CsCfg::parse(&bytes);
        cfg.set(&key(&k), &value(&v)).unwrap();
        let mut wanted = map.clone();
        wanted.insert(k.clone(), v.clone());
        prop_assert_eq!(String::from_utf8(cfg.to_bytes()).unwrap(), sorted(&wanted));
    }
}

/// A key set below a block that was put there keeps its place in it.
#[test]
fn a_key_of_a_block_keeps_its_place() {
    let mut cfg = CsCfg::parse(b"b=1\na.x=1\n");
    cfg.replace_prefix(
        &key("a."),
        vec![Assignment::new(&key("a.z"), &value("1")), Assignment::new(&key("a.y"), &value("1"))],
    )
    .unwrap();
    cfg.set(&key("a.z"), &value("2")).unwrap();
    cfg.set(&key("a.w"), &value("3")).unwrap();
    cfg.remove(b"a.y").unwrap();
    assert_eq!(cfg.to_bytes().escape_ascii().to_string(), "b=1\\na.z=2\\na.w=3\\n");
}
