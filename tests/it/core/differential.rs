//! The document's reading, and its ambiguities, compared with Dogtag's own loaders: the server's class
//! from the packaged jar, and `pki-server`'s Python. Thousands of ugly files, one run of each loader.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use pki_role::cs_cfg::{CsCfg, reader::java::lines};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::ugly;

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

/// The server reads bytes as Latin-1, up to Dogtag 11.6.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// What the server reads, by our logical lines.
fn as_server(file: &[u8]) -> String {
    let parameters = lines(file).filter_map(|line| line.key_value());
    answer(&parameters.map(|parameter| (latin1(&parameter.key), latin1(&parameter.value))).collect())
}

/// What `pki-server` reads: as the server, but where a line is ambiguous.
fn as_pki_server(file: &[u8]) -> Option<String> {
    let cfg = CsCfg::parse(file);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut map = BTreeMap::new();
    let ambiguities: Vec<_> = cfg.ambiguities().collect();
    let mut next = ambiguities.iter().peekable();
    let mut at = 0;
    for line in lines(file) {
        let begins = at;
        at += line.raw.len();
        while let Some(ambiguity) = next.next_if(|ambiguity| ambiguity.range.start <= begins) {
            if ambiguity.stops_start.is_some() {
                return None;
            }
            map.extend(ambiguity.python.iter().map(|parameter| (text(&parameter.key), text(&parameter.value))));
        }
        let is_ambiguous = ambiguities.iter().any(|ambiguity| ambiguity.range.contains(&begins));
        if let Some(parameter) = line.key_value().filter(|_| !is_ambiguous) {
            map.insert(text(&parameter.key), text(&parameter.value));
        }
    }
    Some(answer(&map))
}

#[test]
#[ignore = "needs Dogtag's own loaders (tests/dogtag/oracle)"]
fn differential_dogtags_own_loaders_agree() {
    let folder = tempfile::tempdir().unwrap();
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let files: Vec<Vec<u8>> = (0..FILES).map(|_| ugly::bytes().new_tree(&mut runner).unwrap().current()).collect();
    let path = |nth: usize, end: &str| folder.path().join(format!("{nth:05}.{end}"));
    for (nth, file) in files.iter().enumerate() {
        fs::write(path(nth, "cfg"), file).unwrap();
    }
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dogtag/oracle");
    let output = Command::new(oracle).arg(folder.path()).output().unwrap();
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // Who asks for this test has the loaders.
    assert!(output.status.success() && !printed.starts_with("SKIPPED"), "{printed}");
    for (nth, file) in files.iter().enumerate() {
        let answer = |end: &str| fs::read_to_string(path(nth, end)).unwrap();
        assert_eq!(as_server(file), answer("java"), "the server: {}", file.escape_ascii());
        let python = Some(answer("python")).filter(|answer| !answer.starts_with("ERROR"));
        assert_eq!(as_pki_server(file), python, "pki-server: {}", file.escape_ascii());
    }
}
