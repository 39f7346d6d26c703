//! How `pki-server` reads a CS.cfg.

use super::Map;

/// The map that `pki-server` has after loading these bytes, or nothing where it refuses them.
pub fn python(bytes: &[u8]) -> Option<Map> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (map, refused) = load(text);
    (!refused).then_some(map)
}

/// The same, with each line that would be refused left out.
pub fn python_lenient(bytes: &[u8]) -> Map {
    load(&String::from_utf8_lossy(bytes)).0
}

/// The physical lines of a text.
pub fn python_lines(text: &str) -> Vec<String> {
    const BREAKS: [char; 9] = ['\n', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}'];
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split(BREAKS).map(str::to_owned).collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn load(text: &str) -> (Map, bool) {
    let blank = |c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c);
    let mut map = Map::new();
    let mut refused = false;
    let mut open: Option<String> = None;
    for line in python_lines(text) {
        let (key, mut value) = match open.take() {
            Some(key) => {
                let value = format!("{}{line}", map[&key]);
                (key, value)
            }
            None => {
                let line = line.trim_start_matches(blank);
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let Some((key, value)) = line.split_once('=') else {
                    refused = true;
                    continue;
                };
                (key.trim_end_matches(blank).to_owned(), value.trim_start_matches(blank).to_owned())
            }
        };
        if value.ends_with('\\') {
            value.pop();
            open = Some(key.clone());
        } else {
            value.truncate(value.trim_end_matches(blank).len());
        }
        map.insert(key, value);
    }
    (map, refused)
}
