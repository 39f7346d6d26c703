//! Disputes: where the two readers agree there is none; where they do not, both readings are told.

use pki_role::cs_cfg::{CsCfg, StopsStart};
use proptest::prelude::*;

use crate::readers::{java, python};
use crate::ugly;

/// Where nothing is disputed both readers read the same, and a file that `pki-server` refuses has a
/// dispute that says so.
pub fn no_dispute_means_the_same_map(bytes: &[u8]) -> Result<(), TestCaseError> {
    let cfg = CsCfg::parse(bytes);
    if cfg.disputes().is_empty() {
        prop_assert_eq!(Some(java(bytes)), python(bytes));
    }
    prop_assert_eq!(python(bytes).is_none(), cfg.disputes().iter().any(|dispute| dispute.stops_start.is_some()));
    Ok(())
}

/// With each disputed stretch taken out, nothing is disputed.
pub fn complete(bytes: &[u8]) -> Result<(), TestCaseError> {
    let cfg = CsCfg::parse(bytes);
    let mut kept = Vec::new();
    let mut at = 0;
    for dispute in cfg.disputes() {
        prop_assert!(dispute.range.start >= at);
        kept.extend_from_slice(&bytes[at..dispute.range.start]);
        at = dispute.range.end;
    }
    kept.extend_from_slice(&bytes[at..]);
    prop_assert_eq!(Some(java(&kept)), python(&kept));
    Ok(())
}

proptest! {
    #[test]
    fn disputes_are_where_the_readers_differ(bytes in ugly::bytes()) {
        no_dispute_means_the_same_map(&bytes)?;
    }

    #[test]
    fn disputes_are_complete(bytes in ugly::bytes()) {
        complete(&bytes)?;
    }
}

/// One disputed file: line of the dispute, what the server reads there, what pki-server reads.
#[track_caller]
fn disputed(file: &str, line: usize, java: &[(&str, &str)], python: &[(&str, &str)], stops: Option<StopsStart>) {
    let cfg = CsCfg::parse(file.as_bytes());
    let [dispute] = cfg.disputes() else { panic!("{:?}", cfg.disputes()) };
    let text = |properties: &[pki_role::cs_cfg::line::Property]| -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        properties.iter().map(|property| (text(&property.key), text(&property.value))).collect()
    };
    let wanted = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(dispute.line, line);
    assert_eq!(text(&dispute.java), wanted(java));
    assert_eq!(text(&dispute.python), wanted(python));
    assert_eq!(dispute.stops_start, stops);
}

#[test]
fn a_line_without_equals_sign_stops_the_start() {
    disputed("x=1\na:b\n", 2, &[("a", "b")], &[], Some(StopsStart::MissingDelimiter));
    disputed("a b", 1, &[("a", "b")], &[], Some(StopsStart::MissingDelimiter));
    disputed("a\n", 1, &[("a", "")], &[], Some(StopsStart::MissingDelimiter));
    disputed("!c\nx=1\n", 1, &[], &[], Some(StopsStart::MissingDelimiter));
}

#[test]
fn another_key() {
    disputed("!c=d\n", 1, &[], &[("!c", "d")], None);
    disputed("  # x=y\n", 1, &[("#", "x=y")], &[], None);
    disputed("a:b=c\n", 1, &[("a", "b=c")], &[("a:b", "c")], None);
    disputed("a b=c\n", 1, &[("a", "b=c")], &[("a b", "c")], None);
    disputed("a\\=b=c\n", 1, &[("a\\=b", "c")], &[("a\\", "b=c")], None);
}

#[test]
fn another_value() {
    disputed("a=b \n", 1, &[("a", "b ")], &[("a", "b")], None);
    disputed("a=b\\\n   c\n", 1, &[("a", "bc")], &[("a", "b   c")], None);
    disputed("\n\na=b\\\\\nd=e\n", 3, &[("a", "b\\\\"), ("d", "e")], &[("a", "b\\d=e")], None);
    disputed("a=b\\\\\n\nd=e\n", 1, &[("a", "b\\\\"), ("d", "e")], &[("a", "bd=e")], None);
}

#[test]
fn an_injected_key() {
    for (shown, end) in [
        ("VT", "\x0b"),
        ("FF", "\x0c"),
        ("FS", "\x1c"),
        ("GS", "\x1d"),
        ("RS", "\x1e"),
        ("NEL", "\u{85}"),
        ("LS", "\u{2028}"),
        ("PS", "\u{2029}"),
    ] {
        let file = format!("a=b{end}c=d\n");
        let value = format!("b{end}c=d");
        eprintln!("{shown}");
        disputed(&file, 1, &[("a", &value)], &[("a", "b"), ("c", "d")], None);
    }
}

#[test]
fn blanks_alone() {
    disputed(" \t\n", 1, &[("", "")], &[], None);
}

#[test]
fn not_utf8() {
    let cfg = CsCfg::parse(b"a=1\nb=\xff\nc=2\n");
    let [dispute] = cfg.disputes() else { panic!() };
    assert_eq!((dispute.line, dispute.stops_start), (2, Some(StopsStart::NotUtf8)));
}
