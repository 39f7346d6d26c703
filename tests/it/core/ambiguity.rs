//! Ambiguities: where the two readers agree there is none; where they do not, both readings are in it.

use pki_role::cs_cfg::{CsCfg, KeyValue, StopsStart};
use proptest::prelude::*;

use crate::support::readers::{java, python};
use crate::support::ugly::{self, known};

/// Where nothing is ambiguous both readers read the same, and a file that `pki-server` refuses has an
/// ambiguity that says so.
fn none_means_the_same_map(bytes: &[u8]) -> Result<(), TestCaseError> {
    let document = CsCfg::parse(bytes);
    if document.ambiguities().next().is_none() {
        prop_assert_eq!(Some(java(bytes)), python(bytes));
    }
    let stops_start = document.ambiguities().any(|ambiguity| ambiguity.stops_start.is_some());
    prop_assert_eq!(python(bytes).is_none(), stops_start);
    Ok(())
}

/// With all ambiguous lines taken out, nothing is ambiguous.
fn complete(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut kept = Vec::new();
    let mut at = 0;
    for ambiguity in CsCfg::parse(bytes).ambiguities() {
        prop_assert!(ambiguity.range.start >= at);
        kept.extend_from_slice(&bytes[at..ambiguity.range.start]);
        at = ambiguity.range.end;
    }
    kept.extend_from_slice(&bytes[at..]);
    prop_assert_eq!(Some(java(&kept)), python(&kept));
    Ok(())
}

proptest! {
    #[test]
    fn they_are_where_the_readers_differ(bytes in ugly::bytes()) {
        none_means_the_same_map(&bytes)?;
    }

    #[test]
    fn they_are_complete(bytes in ugly::bytes()) {
        complete(&bytes)?;
    }
}

#[test]
fn known_files() {
    for (file, why) in known::FILES {
        for outcome in [none_means_the_same_map(file), complete(file)] {
            assert!(outcome.is_ok(), "{why}: {}: {outcome:?}", file.escape_ascii());
        }
    }
}

/// One ambiguous file: line of the ambiguity, what the server reads there, what pki-server reads.
#[track_caller]
fn ambiguous(file: &str, line: usize, java: &[(&str, &str)], python: &[(&str, &str)], stops: Option<StopsStart>) {
    let all: Vec<_> = CsCfg::parse(file.as_bytes()).ambiguities().collect();
    let [ambiguity] = &all[..] else { panic!("{all:?}") };
    let text = |parameters: &[KeyValue<'_>]| -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        parameters.iter().map(|parameter| (text(&parameter.key), text(&parameter.value))).collect()
    };
    let wanted = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(ambiguity.line, line);
    assert_eq!(text(&ambiguity.java), wanted(java));
    assert_eq!(text(&ambiguity.python), wanted(python));
    assert_eq!(ambiguity.stops_start, stops);
}

#[test]
fn a_line_without_equals_sign_stops_the_start() {
    ambiguous("x=1\na:b\n", 2, &[("a", "b")], &[], Some(StopsStart::MissingDelimiter));
    ambiguous("a b", 1, &[("a", "b")], &[], Some(StopsStart::MissingDelimiter));
    ambiguous("a\n", 1, &[("a", "")], &[], Some(StopsStart::MissingDelimiter));
    ambiguous("!c\nx=1\n", 1, &[], &[], Some(StopsStart::MissingDelimiter));
}

#[test]
fn another_key() {
    ambiguous("!c=d\n", 1, &[], &[("!c", "d")], None);
    ambiguous("  # x=y\n", 1, &[("#", "x=y")], &[], None);
    ambiguous("a:b=c\n", 1, &[("a", "b=c")], &[("a:b", "c")], None);
    ambiguous("a b=c\n", 1, &[("a", "b=c")], &[("a b", "c")], None);
    ambiguous("a\\=b=c\n", 1, &[("a\\=b", "c")], &[("a\\", "b=c")], None);
}

#[test]
fn another_value() {
    ambiguous("a=b \n", 1, &[("a", "b ")], &[("a", "b")], None);
    ambiguous("a=b\\\n   c\n", 1, &[("a", "bc")], &[("a", "b   c")], None);
    ambiguous("\n\na=b\\\\\nd=e\n", 3, &[("a", "b\\\\"), ("d", "e")], &[("a", "b\\d=e")], None);
    ambiguous("a=b\\\\\n\nd=e\n", 1, &[("a", "b\\\\"), ("d", "e")], &[("a", "bd=e")], None);
}

#[test]
fn an_injected_key() {
    for end in ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\u{85}", "\u{2028}", "\u{2029}"] {
        let file = format!("a=b{end}c=d\n");
        let value = format!("b{end}c=d");
        ambiguous(&file, 1, &[("a", &value)], &[("a", "b"), ("c", "d")], None);
    }
}

#[test]
fn blanks_alone() {
    ambiguous(" \t\n", 1, &[("", "")], &[], None);
}

#[test]
fn not_utf8() {
    let document = CsCfg::parse(b"a=1\nb=\xff\nc=2\n");
    let all: Vec<_> = document.ambiguities().map(|ambiguity| (ambiguity.line, ambiguity.stops_start)).collect();
    assert_eq!(all, [(2, Some(StopsStart::NotUtf8))]);
}
