//! Each way of writing a property, as the server reads it; each test is one row of the table of
//! the two readers, server's column (the reader that [`CsCfg::get`] follows). The same row is held
//! against the plainly written readers of this test.

use pki_role::cs_cfg::CsCfg;

use crate::readers;

/// The server reads these and no other pairs.
#[track_caller]
fn server_reads(file: &[u8], pairs: &[(&str, &str)]) {
    let cfg = CsCfg::parse(file);
    let got: readers::Map = cfg
        .keys_with_prefix(b"")
        .map(|key| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            (text(key), text(&cfg.get(key).unwrap()))
        })
        .collect();
    let wanted: readers::Map = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!(got, wanted, "this crate");
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
    assert_eq!(cfg.line_number(b"a"), Some(2));
    assert_eq!(cfg.line_number(b"b"), Some(7));
    assert_eq!(cfg.line_numbers(b"b"), [5, 7]);
    assert_eq!(cfg.line_number(b"c"), None);
}
