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
