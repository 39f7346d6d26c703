//! How the server reads a CS.cfg.

use super::Map;

const BLANKS: [char; 3] = [' ', '\t', '\x0c'];

/// The map that the server has after loading these bytes.
pub fn java(bytes: &[u8]) -> Map {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut lines = physical_lines(&text).into_iter();
    let mut map = Map::new();
    while let Some(mut line) = lines.next() {
        if line.is_empty() || line.starts_with('#') || line.starts_with('!') {
            continue;
        }
        while line.len() % 2 != line.trim_end_matches('\\').len() % 2 {
            line.pop();
            let next = lines.next().unwrap_or_default();
            line.push_str(next.trim_start_matches(BLANKS));
        }
        let (key, value) = split(&line);
        map.insert(key, value);
    }
    map
}

fn physical_lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn split(line: &str) -> (String, String) {
    let chars: Vec<char> = line.trim_start_matches(BLANKS).chars().collect();
    let mut at = 0;
    while at < chars.len() && !(BLANKS.contains(&chars[at]) || chars[at] == '=' || chars[at] == ':') {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    let at = at.min(chars.len());
    let key: String = chars[..at].iter().collect();
    let rest: String = chars[at..].iter().collect();
    let rest = rest.trim_start_matches(BLANKS);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches(BLANKS);
    (key, value.to_owned())
}

/// The lines of a file that are not parameters which `is_owned` names, comments among them: whole,
/// without their line ends. Empty lines are left out.
pub fn other_lines(bytes: &[u8], is_owned: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let mut others = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (mut length, mut text) = first_line(rest);
        let is_comment = text.starts_with(b"#") || text.starts_with(b"!");
        let mut joined = text.clone();
        while !is_comment && joined.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1 {
            joined.pop();
            let (more, next) = first_line(&rest[length..]);
            let start = next.iter().position(|byte| !b" \t\x0c".contains(byte)).unwrap_or(next.len());
            joined.extend(&next[start..]);
            length += more;
            text = rest[..length].to_vec();
            if more == 0 {
                break;
            }
        }
        let end = text.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |at| at + 1);
        text.truncate(end);
        let (key, _) = split(&String::from_utf8_lossy(&joined));
        if !text.is_empty() && (is_comment || !is_owned(key.as_bytes())) {
            others.push(text);
        }
        rest = &rest[length..];
    }
    others
}

/// The length of the first physical line with its end, and the line without it.
fn first_line(bytes: &[u8]) -> (usize, Vec<u8>) {
    let end = bytes.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(bytes.len());
    let ends = if bytes[end..].starts_with(b"\r\n") { 2 } else { usize::from(end < bytes.len()) };
    (end + ends, bytes[..end].to_vec())
}
