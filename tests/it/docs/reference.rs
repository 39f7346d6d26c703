//! docs/reference.md is what the program says of itself.

use std::collections::BTreeSet;

use pki_role::pki::{FindingCode, RefusalCode, Severity};
use pki_role::text::codes::{FAILURE_KINDS, finding_note, refusal_note};
use strum::IntoEnumIterator;

use crate::support::documents::printed;
use crate::support::samples::findings;

#[test]
fn it_is_generated() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md");
    let (written, wanted) = (std::fs::read_to_string(path).unwrap(), printed("generate reference"));
    let differs = written.lines().zip(wanted.lines()).find(|(written, wanted)| written != wanted);
    assert!(
        written == wanted,
        "docs/reference.md is out of date: {differs:#?}\nrun: cargo run -- generate reference > docs/reference.md"
    );
    assert!(!wanted.contains("{{") && !wanted.contains("}}"), "a table is missing");
}

/// Each finding is in the table of its severity; the samples are as severe as each can be.
#[test]
fn findings_are_in_the_right_table() {
    let severities = findings().into_iter().map(|finding| (finding.code(), finding.severity()));
    for (code, severity) in severities {
        assert_eq!(finding_note(code).0, severity, "{code}");
    }
    assert!(FindingCode::iter().any(|code| finding_note(code).0 == Severity::Problem));
}

/// A refusal is either one that is accepted, or in one kind of failures.
#[test]
fn each_refusal_is_in_one_table() {
    let mut codes = BTreeSet::new();
    for kind in FAILURE_KINDS {
        for code in kind.codes.split(", ") {
            assert!(codes.insert(code), "{code} is there twice");
        }
    }
    for code in RefusalCode::iter() {
        assert_eq!(refusal_note(code).is_some(), code.is_acceptable(), "{code}");
        assert_ne!(codes.contains(<&str>::from(code)), code.is_acceptable(), "{code}");
    }
}
