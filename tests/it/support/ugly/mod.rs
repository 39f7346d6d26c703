//! Generators of files that nobody should write and somebody has.

pub mod known;
pub mod servers;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const KEYS: &[&str] = &[
    "a",
    "b",
    "k",
    "ca.crl.MasterCRL.class",
    "ca.crl.MasterCRL.enableCRLCache",
    "ca.crl.MasterCRL.enableCRLUpdates",
    "ca.crl.Second.enable",
    "ca.crl.pageSize",
    "ca.crl._000",
    "ca.crldbInc",
    "ca.certStatusUpdateInterval",
    "ca.listenToCloneModifications",
    "master.ca.agent.host",
    "master.ca.agent.port",
    "z",
    "a\\",
    "a\\=b",
    "\u{feff}a",
];
const SEPARATORS: &[&str] = &["=", "=", "=", "=", " = ", "\t=\t", ":", " : ", " ", "", "\x0c=", "=\x0c"];
const VALUES: &[&str] = &[
    "",
    "0",
    "1",
    "true",
    "false",
    "600",
    "v ",
    "v\t",
    "v\\",
    "v\\\\",
    "v\\\\\\",
    "\\",
    "\u{e9}",
    "x\x0bq=z",
    "x\u{85}b=1",
    "x\u{2028}k=2",
    " y",
    "#",
    "!",
    "a=b",
    "a:b",
    "\\u0041",
    "x\x1db=3",
    "\0",
    "\u{a0}",
    "v\u{a0}",
];
const INDENTS: &[&str] = &["", "", "", "", " ", "\t", "  ", "\x0c", "\u{a0}"];
const ENDS: &[&str] = &["\n", "\n", "\n", "\r\n", "\r", ""];
const ODD: &[&str] = &["# c\\", "#", "!c", "!c=d", "  # x=y", "", "   ", "\t", "\\", "=", "=v", ":"];

fn line(keys: Vec<&'static str>, values: Vec<&'static str>) -> impl Strategy<Value = Vec<u8>> {
    let property = (select(INDENTS), select(keys), select(SEPARATORS), select(values))
        .prop_map(|(indent, key, separator, value)| format!("{indent}{key}{separator}{value}").into_bytes());
    prop_oneof![
        8 => property,
        2 => select(ODD).prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..6),
    ]
}

/// A file of ugly lines.
pub fn file() -> impl Strategy<Value = Vec<u8>> {
    file_of(KEYS.to_vec(), VALUES.to_vec())
}

/// The same with these keys and values.
fn file_of(keys: Vec<&'static str>, values: Vec<&'static str>) -> impl Strategy<Value = Vec<u8>> {
    let lines = vec((line(keys, values), select(ENDS)), 0..14);
    lines.prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end.as_bytes().to_vec()].concat()).collect())
}

/// A file of ugly lines, or any bytes at all.
pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => file(), 1 => vec(any::<u8>(), 0..60)]
}

/// A key that may be written.
pub fn key() -> impl Strategy<Value = String> {
    let is_writable = |key: &&&str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let writable: Vec<&str> = KEYS.iter().filter(is_writable).copied().collect();
    prop_oneof![
        4 => select(writable).prop_map(str::to_owned),
        1 => "[A-Za-z0-9._-]{1,6}",
    ]
}

/// A value that may be written.
pub fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(&["", "0", "true", "false", "600", "a=b", "##", "x y"][..]).prop_map(str::to_owned),
        1 => "[!-\\[\\]-~]|[!-~][ -~]{0,6}[!-\\[\\]-~]",
    ]
}
