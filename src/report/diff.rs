//! A unified diff that `patch` accepts, of any bytes.

use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use imara_diff::sources::byte_lines;

use super::differences::{Change, Stretch, changes};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// The diff from `before` to `after` of a file called `path`; empty where they are equal. Lines end
/// at LF, as `patch` sees them.
pub fn unified_diff(before: &[u8], after: &[u8], path: &Path) -> Vec<u8> {
    let mut out = Vec::new();
    // Changes whose context would touch or overlap share a hunk.
    let is_near = |one: &Change, next: &Change| next.before.lines.start - one.before.lines.end <= 2 * CONTEXT;
    for hunk in changes(before, after).chunk_by(is_near) {
        if out.is_empty() {
            header(&mut out, path);
        }
        write_hunk(&mut out, before, after, hunk);
    }
    out
}

fn header(out: &mut Vec<u8>, path: &Path) {
    for mark in ["--- ", "+++ "] {
        out.extend_from_slice(mark.as_bytes());
        out.extend(path.as_os_str().as_bytes().iter().map(|byte| if *byte == b'\n' { b'?' } else { *byte }));
        // The tab ends a name that holds blanks.
        out.extend_from_slice(if path.as_os_str().as_bytes().contains(&b' ') { b"\t\n" } else { b"\n" });
    }
}

fn write_hunk(out: &mut Vec<u8>, before: &[u8], after: &[u8], changes: &[Change]) {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return };
    let text = |bytes: Range<usize>| before.get(bytes).unwrap_or_default();
    let start = memchr::memrchr_iter(b'\n', text(0..first.before.bytes.start)).nth(CONTEXT).map_or(0, |at| at + 1);
    let lead = byte_lines(text(start..first.before.bytes.start)).count();
    let trail: Vec<&[u8]> = byte_lines(text(last.before.bytes.end..before.len())).take(CONTEXT).collect();
    let range = |first: &Stretch, last: &Stretch| {
        let start = first.lines.start - lead;
        let length = last.lines.end + trail.len() - start;
        // An empty range is named by the line before it.
        format!("{},{length}", if length == 0 { start } else { start + 1 })
    };
    let (old, new) = (range(&first.before, &last.before), range(&first.after, &last.after));
    out.extend_from_slice(format!("@@ -{old} +{new} @@\n").as_bytes());
    let mut write = |mark: u8, lines: &[u8]| byte_lines(lines).for_each(|line| write_line(out, mark, line));
    let mut at = start;
    for Change { before: old, after: new } in changes {
        write(b' ', text(at..old.bytes.start));
        write(b'-', text(old.bytes.clone()));
        write(b'+', after.get(new.bytes.clone()).unwrap_or_default());
        at = old.bytes.end;
    }
    trail.into_iter().for_each(|line| write(b' ', line));
}

fn write_line(out: &mut Vec<u8>, mark: u8, line: &[u8]) {
    out.push(mark);
    out.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}
