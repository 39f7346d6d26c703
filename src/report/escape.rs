//! What comes from a file must not speak to a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every control character, and every character that turns the direction of writing,
/// spelled as `\x1b` or `\u{202e}`. Line feeds and tabs stay.
pub fn escape(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !(c.is_control() || is_direction(c));
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if is_plain(c) => escaped.push(c),
            c if c.is_ascii() => drop(write!(escaped, "\\x{:02x}", u32::from(c))),
            c => drop(write!(escaped, "\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(escaped)
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(escape("a\x1b[31mb\r\u{9b}\u{202e}c\td\n"), "a\\x1b[31mb\\x0d\\u{9b}\\u{202e}c\td\n");
        assert_eq!(escape("plain é"), "plain é");
    }
}
