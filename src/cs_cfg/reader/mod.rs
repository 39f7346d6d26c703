//! The two readers of a CS.cfg, and where their lines end.
//!
//! The server reads it in Java; `pki-server`, which the unit runs before every start, reads it in
//! Python. A start needs both to succeed, and they do not always see the same parameters.

mod bytes;
pub mod java;
pub mod python;

use super::text::is_printable;
pub use bytes::KeyValue;
pub(super) use bytes::{head, tail};

/// How many physical lines a text has for the reader that sees more of them, which is Python's: it
/// ends lines wherever the server does, and at other characters too. Reads the text once.
pub fn line_count_bound(text: &[u8]) -> usize {
    let (mut count, mut last_but_one, mut last) = (0, 0, 0);
    let mut is_ended = true;
    for &byte in text {
        let ends = ends_line(last_but_one, last, byte);
        count += usize::from(ends);
        is_ended = ends || byte == b'\n';
        (last_but_one, last) = (last, byte);
    }
    count + usize::from(!is_ended)
}

/// Whether a text has more lines than `most`, by that count.
pub fn has_more_lines_than(most: usize, text: &[u8]) -> bool {
    // Only bytes that are not printable ASCII end a line: they are counted many at once, and nearly
    // always suffice.
    let odd = |piece: &[u8]| piece.iter().map(|byte| u8::from(!is_printable(*byte))).sum::<u8>();
    let can_end: usize = text.chunks(usize::from(u8::MAX)).map(|piece| usize::from(odd(piece))).sum();
    can_end >= most && line_count_bound(text) > most
}

/// Whether a line ends with the last of these bytes. The LF of a CR LF does not count: its CR does.
fn ends_line(last_but_one: u8, last: u8, byte: u8) -> bool {
    match byte {
        b'\n' => last != b'\r',
        b'\r' | 0x0b | 0x0c | 0x1c..=0x1e => true,
        // U+0085, U+2028, U+2029
        0x85 => last == 0xc2,
        0xa8 | 0xa9 => last == 0x80 && last_but_one == 0xe2,
        _ => false,
    }
}

/// Whether one of the readers reads such a parameter in lines at whose begin and end both are.
pub(super) fn either_reads(text: &[u8], is_such: impl Fn(&KeyValue<'_>) -> bool) -> bool {
    java::key_values(text).chain(python::key_values(text)).any(|parameter| is_such(&parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_either_reader_are_counted() {
        for (text, count) in [
            (&b""[..], 0),
            (b"a", 1),
            (b"a\n", 1),
            (b"\n", 1),
            (b"\r\n", 1),
            (b"a\r\n", 1),
            (b"a\r\nb", 2),
            (b"a\r\r\nb\n\n", 4),
            (b"\x0b\x0c\x1c\x1d\x1e", 5),
            (b"\xc2\x85\xe2\x80\xa8\xe2\x80\xa9a", 4),
            (b"\x85\xa8\xa9\x80\xa8", 1),
        ] {
            assert_eq!(line_count_bound(text), count, "{}", text.escape_ascii());
            for most in 0..8 {
                assert_eq!(has_more_lines_than(most, text), count > most, "{most}: {}", text.escape_ascii());
            }
        }
    }
}
