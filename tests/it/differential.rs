//! The document's reading, and its disputes, held against Dogtag's own loaders: the server's class
//! from the packaged jar, and `pki-server`'s Python. Thousands of ugly files, one run of each loader.
//!
//! It needs Dogtag's packages, so that it runs only where `PKI_ROLE_DIFFERENTIAL=1` asks for it, as
//! `tests/dogtag/run` does.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use pki_role::cs_cfg::{CsCfg, line::lines};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};

use crate::ugly;

const FILES: u32 = 5000;

/// Lines `HEXKEY HEXVALUE`, sorted, as the loaders' answers are written.
fn answer(map: &BTreeMap<String, String>) -> String {
    let hex = |text: &str| {
        text.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    };
    let mut lines: Vec<String> = map.iter().map(|(key, value)| format!("{} {}\n", hex(key), hex(value))).collect();
    lines.sort();
    lines.concat()
}

/// The server reads bytes as Latin-1.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// What the server reads, by our logical lines.
fn as_server(file: &[u8]) -> String {
    let properties = lines(file).filter_map(|line| line.property());
    answer(&properties.map(|property| (latin1(&property.key), latin1(&property.value))).collect())
}

/// What `pki-server` reads: as the server, but for the disputed stretches.
fn as_pki_server(file: &[u8]) -> Option<String> {
    let cfg = CsCfg::parse(file);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut map = BTreeMap::new();
    let mut disputes = cfg.disputes().iter().peekable();
    let mut at = 0;
    for line in lines(file) {
        let begins = at;
        at += line.raw.len();
        while let Some(dispute) = disputes.next_if(|dispute| dispute.range.start <= begins) {
            if dispute.stops_start.is_some() {
                return None;
            }
            map.extend(dispute.python.iter().map(|property| (text(&property.key), text(&property.value))));
        }
        let is_disputed = cfg.disputes().iter().any(|dispute| dispute.range.contains(&begins));
        if let Some(property) = line.property().filter(|_| !is_disputed) {
            map.insert(text(&property.key), text(&property.value));
        }
    }
    Some(answer(&map))
}

#[test]
fn dogtags_own_loaders_agree() {
    if std::env::var_os("PKI_ROLE_DIFFERENTIAL").is_none_or(|asked| asked != "1") {
        println!("SKIPPED: PKI_ROLE_DIFFERENTIAL=1 is not set");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let files: Vec<Vec<u8>> = (0..FILES).map(|_| ugly::bytes().new_tree(&mut runner).unwrap().current()).collect();
    let path = |nth: usize, end: &str| folder.path().join(format!("{nth:05}.{end}"));
    for (nth, file) in files.iter().enumerate() {
        fs::write(path(nth, "cfg"), file).unwrap();
    }
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dogtag/oracle");
    let output = Command::new(oracle).arg(folder.path()).output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    if words.starts_with("SKIPPED") {
        println!("{words}");
        return;
    }
    assert!(output.status.success(), "{words}{}", String::from_utf8_lossy(&output.stderr));
    for (nth, file) in files.iter().enumerate() {
        let told = |end: &str| fs::read_to_string(path(nth, end)).unwrap();
        assert_eq!(as_server(file), told("java"), "the server: {}", file.escape_ascii());
        let python = told("python");
        let python = Some(python).filter(|told| !told.starts_with("ERROR"));
        assert_eq!(as_pki_server(file), python, "pki-server: {}", file.escape_ascii());
    }
    println!("{FILES} files are read as Dogtag's own loaders read them");
}
