//! What comes from a file or from another host must not control a terminal, or pass for a line of ours.

use std::borrow::Cow;
use std::fmt::Write;

/// A value as one line: every control character, line breaks among them, and every character that is
/// invisible or turns the direction of writing is spelled as `\x1b` or `\u{202e}`.
pub fn one_line(text: &str) -> Cow<'_, str> {
    spell_out(text, |c| !is_hidden(c))
}

/// Text of ours, whose values were escaped already: line feeds stay.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    spell_out(text, |c| c == '\n' || !is_hidden(c))
}

/// A JSON text, in which such characters can only stand in strings.
pub(super) fn json(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || !is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c == '\n' || !is_hidden(c) {
            escaped.push(c);
            continue;
        }
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            // Writing into a String cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    Cow::Owned(escaped)
}

fn spell_out(text: &str, is_plain: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        let _ = match c {
            c if is_plain(c) => escaped.write_char(c),
            c if c.is_ascii() => write!(escaped, "\\x{:02x}", u32::from(c)),
            c => write!(escaped, "\\u{{{:x}}}", u32::from(c)),
        };
    }
    Cow::Owned(escaped)
}

/// Controls, and the characters of Unicode that are invisible or turn the direction of writing.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{json, lines, one_line};

    #[test]
    fn hidden_characters_are_spelled_out() {
        assert_eq!(one_line("a\x1b[31mb\r\u{9b}\u{202e}c\td\n"), "a\\x1b[31mb\\x0d\\u{9b}\\u{202e}c\\x09d\\x0a");
        assert_eq!(one_line("\u{200b}\u{feff}\u{61c}\u{e0041}"), "\\u{200b}\\u{feff}\\u{61c}\\u{e0041}");
        assert_eq!(one_line("plain \u{e9}"), "plain \u{e9}");
        assert_eq!(lines("a\nb\x7f"), "a\nb\\x7f");
        assert_eq!(json("{\n\"a\": \"\u{7f}\u{9b}\u{e0041}\"}"), "{\n\"a\": \"\\u007f\\u009b\\udb40\\udc41\"}");
    }
}
