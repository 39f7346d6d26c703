//! Stable codes: each is described in the README and in the man page, and each code of a refusal or a
//! failure is reached by a test that asserts it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pki_role::convert::ObstacleCode;
use pki_role::host::agent::AgentErrorCode;
use pki_role::host::ipa_proxy::IpaProxyErrorCode;
use pki_role::host::not_issued::NotIssuedCode;
use pki_role::host::roots::NotFoundErrorCode;
use pki_role::host::services::ServiceErrorCode;
use pki_role::host::store::StoreErrorCode;
use pki_role::pki::{FindingCode, QuestionCode, RefusalCode};
use strum::IntoEnumIterator;

use crate::support::documents::{documents, holds};

/// Codes of refusals and failures.
fn failures() -> BTreeSet<&'static str> {
    let mut codes: BTreeSet<&str> = RefusalCode::iter().map(Into::into).collect();
    codes.extend(ObstacleCode::iter().map(<&str>::from));
    codes.extend(StoreErrorCode::iter().map(<&str>::from));
    codes.extend(ServiceErrorCode::iter().map(<&str>::from));
    codes.extend(NotFoundErrorCode::iter().map(<&str>::from));
    codes.extend(AgentErrorCode::iter().map(<&str>::from));
    codes.extend(IpaProxyErrorCode::iter().map(<&str>::from));
    codes.extend(NotIssuedCode::iter().map(<&str>::from));
    codes
}

#[test]
fn every_code_is_described() {
    let codes = failures().into_iter().chain(FindingCode::iter().map(Into::into));
    let codes = codes.chain(QuestionCode::iter().map(Into::into));
    let codes: BTreeSet<&str> = codes.collect();
    for (name, text) in documents() {
        let missing: Vec<_> = codes.iter().filter(|code| !holds(&text, code)).collect();
        assert!(missing.is_empty(), "codes that are not described in {name}: {missing:?}");
    }
}

/// What `--accept` takes is listed.
#[test]
fn what_can_be_accepted_is_listed() {
    for (name, text) in documents() {
        // The list, wherever it is, names all of them in the order of the enumeration.
        let acceptable = RefusalCode::iter().filter(|code| code.is_acceptable()).map(|code| code.to_string());
        let list = acceptable.collect::<Vec<_>>().join(", ");
        let plain: Vec<&str> = text.split_whitespace().collect();
        assert!(plain.join(" ").replace('`', "").contains(&list), "{name} does not list what can be accepted: {list}");
    }
}

/// What no test can bring about: a system that takes no handler of signals.
const UNREACHABLE: [&str; 1] = ["signals"];

#[test]
fn every_code_of_a_failure_is_reached_by_a_test() {
    let mut tests = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"), &mut tests);
    let is_missing = |code: &&&str| !tests.contains(&format!("\"{code}\""));
    let failures = failures();
    let missing: Vec<_> = failures.iter().filter(is_missing).copied().collect();
    assert_eq!(missing, UNREACHABLE, "codes that no test asserts");
}

/// The sources of all tests but this one and the samples, which only name the codes.
fn read(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("docs/codes.rs") {
            *text += &fs::read_to_string(path).unwrap();
        }
    }
}
