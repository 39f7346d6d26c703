//! Each way of writing a property, as the server reads it; each test is one row of the table of
//! the two readers, server's column (the reader that [`CsCfg::get`] follows). The same row is held
//! against the plainly written readers of this test.

use pki_role::cs_cfg::{CsCfg, line_count_bound};
use proptest::prelude::*;

use crate::support::readers;
use crate::support::ugly;

/// The server reads these and no other pairs.
#[track_caller]
fn server_reads(file: &[u8], pairs: &[(&str, &str)]) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let cfg = CsCfg::parse(file);
    let got: readers::Map = cfg.below(b"").map(|read| (text(read.key()), text(&read.value()))).collect();
    let wanted: readers::Map = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!(got, wanted, "this crate");
    for key in wanted.keys() {
        assert_eq!(cfg.get(key.as_bytes()).map(|value| text(&value)).as_ref(), wanted.get(key));
    }
    let mut naive = readers::java(file);
    naive.remove("");
    assert_eq!(naive, wanted, "the test's own reader");
}

#[test]
fn server_ends_lines_at_lf_crlf_and_lone_cr() {
    server_reads(b"a=1\nb=2\r\nc=3\rd=4", &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
}

#[test]
fn server_takes_hash_and_exclamation_mark_in_column_0_for_comments_never_continued() {
    server_reads(b"#a=1\\\n!b=2\\\nc=3\n", &[("c", "3")]);
}

#[test]
fn server_takes_an_indented_hash_for_a_key() {
    server_reads(b"  # x=y\n", &[("#", "x=y")]);
}

#[test]
fn server_separates_at_equals_sign_colon_or_blank() {
    server_reads(b"a:b\nc d\ne\n", &[("a", "b"), ("c", "d"), ("e", "")]);
    server_reads(b"a:b=c\nd e=f\n", &[("a", "b=c"), ("d", "e=f")]);
}

#[test]
fn server_drops_blanks_around_the_key_and_before_the_value() {
    server_reads(b" \t\x0ca \t\x0c= \t\x0cb\n", &[("a", "b")]);
}

#[test]
fn server_keeps_trailing_blanks_of_the_value() {
    server_reads(b"a=b \t\n", &[("a", "b \t")]);
}

#[test]
fn server_joins_after_an_odd_number_of_backslashes_and_drops_the_indentation() {
    server_reads(b"a=b\\\n   c\n", &[("a", "bc")]);
    server_reads(b"a=b\\\\\nd=e\n", &[("a", "b\\\\"), ("d", "e")]);
    server_reads(b"a=b\\\\\\\r\n\tc\n", &[("a", "b\\\\c")]);
    server_reads(b"a\\\nb=c\n", &[("ab", "c")]);
    server_reads(b"a=b\\\n#c\n", &[("a", "b#c")]);
}

#[test]
fn server_ends_a_continuation_at_an_empty_line_and_at_the_end_of_the_file() {
    server_reads(b"a=b\\\n\nc=d\n", &[("a", "b"), ("c", "d")]);
    server_reads(b"a=b\\", &[("a", "b")]);
    server_reads(b"a=b\\\n", &[("a", "b")]);
}

#[test]
fn server_does_not_unescape() {
    server_reads(b"a\\=b=c\nd=\\u0041\\n\\t\n", &[("a\\=b", "c"), ("d", "\\u0041\\n\\t")]);
}

#[test]
fn server_takes_the_last_of_two() {
    server_reads(b"a=1\nb=0\na=2\n", &[("a", "2"), ("b", "0")]);
}

#[test]
fn server_takes_a_bom_for_part_of_the_first_key() {
    server_reads("\u{feff}a=1\n".as_bytes(), &[("\u{feff}a", "1")]);
}

#[test]
fn server_takes_other_line_breaks_for_ordinary_characters() {
    server_reads("a=b\x0bc\x1dd\u{85}e\u{2028}f\n".as_bytes(), &[("a", "b\x0bc\x1dd\u{85}e\u{2028}f")]);
}

#[test]
fn line_numbers_are_physical() {
    let cfg = CsCfg::parse(b"# c\r\na=1\\\n  2\\\n  3\nb=1\n\nb=2\n");
    let lines = |key: &[u8]| cfg.parameter(key).map(|parameter| (parameter.line(), parameter.shadowed()));
    assert_eq!(lines(b"a"), Some((2, vec![])));
    assert_eq!(lines(b"b"), Some((7, vec![5])));
    assert_eq!(lines(b"c"), None);
    assert_eq!(cfg.line_count(), 7);
}

/// Far into a file, behind lines of all lengths and kinds.
#[test]
fn line_numbers_are_counted_through() {
    let mut file = String::new();
    let mut wanted = Vec::new();
    let mut line = 1;
    for number in 0..2000_usize {
        wanted.push(line);
        let value = "v".repeat(number * number % 700);
        let (end, physical_lines) = [("\n", 1), ("\r\n", 1), ("\r", 1), ("\\\n  more\n", 2)][number % 4];
        file += &format!("key{number:04}={value}{end}");
        line += physical_lines;
    }
    let cfg = CsCfg::parse(file.as_bytes());
    let got: Vec<usize> = cfg.below(b"key").map(|parameter| parameter.line()).collect();
    assert_eq!(got, wanted);
}

#[test]
fn a_file_that_was_cut_off_inside_a_line() {
    for (file, is_cut) in [
        ("", false),
        ("a=1", false),
        ("a=1\n", false),
        ("a=1\nb", true),
        ("a=1\rb.c", true),
        ("a=1\r\nb=", false),
        ("a", true),
        ("\n", false),
    ] {
        assert_eq!(CsCfg::parse(file.as_bytes()).ends_inside_a_line(), is_cut, "{file:?}");
    }
}

#[test]
fn nothing_but_lines_without_a_key_is_an_empty_file() {
    for (file, is_empty) in [("", true), ("# a=1\n\n", true), ("  \n=v\n", true), ("a", false)] {
        assert_eq!(CsCfg::parse(file.as_bytes()).is_empty(), is_empty, "{file:?}");
    }
}

/// Keys that continue on the next line, in a file out of key order.
#[test]
fn scattered_keys_are_found() {
    let cfg = CsCfg::parse(b"b\\\n  c=1\na\\\n  b=2\nab=0\na=3\n");
    assert!(!cfg.is_in_key_order());
    let read: Vec<_> =
        cfg.below(b"").map(|read| (read.key().to_vec(), read.value().into_owned(), read.line())).collect();
    let wanted = [("a", "3", 6), ("ab", "0", 5), ("bc", "1", 1)];
    assert_eq!(read, wanted.map(|(key, value, line)| (key.as_bytes().to_vec(), value.as_bytes().to_vec(), line)));
    assert_eq!(cfg.parameter(b"ab").map(|read| read.shadowed()), Some(vec![3]));
}

proptest! {
    /// The bound counts what the reader with more lines sees, which is Python's; text that is not UTF-8
    /// it does not read.
    #[test]
    fn the_bound_on_lines_holds_for_both_readers(bytes in ugly::bytes()) {
        let bound = line_count_bound(&bytes);
        prop_assert!(bound >= CsCfg::parse(&bytes).line_count());
        if let Ok(text) = std::str::from_utf8(&bytes) {
            prop_assert_eq!(bound, readers::python_lines(text).len());
        }
    }
}
