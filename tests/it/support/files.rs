//! The files that tests begin with, and how two of them differ.

use std::fs;
use std::path::Path;

/// The bytes of `fixtures/<name>.CS.cfg`.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/{name}.CS.cfg"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines that only one of two files has, for a message that fits on a screen.
pub fn differences(got: &[u8], wanted: &[u8]) -> String {
    let lines = |bytes: &[u8]| -> Vec<String> {
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
        bytes.split_inclusive(ends).map(|line| line.escape_ascii().to_string()).collect()
    };
    let (got, wanted) = (lines(got), lines(wanted));
    let only = |mark: &str, here: &[String], there: &[String]| -> String {
        here.iter().filter(|line| !there.contains(line)).map(|line| format!("{mark}{line:.160}\n")).collect()
    };
    format!("{}{}", only("wanted: ", &wanted, &got), only("got:    ", &got, &wanted))
}
