//! A unified diff that `patch` accepts, of any bytes.

use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use imara_diff::sources::byte_lines;
use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

/// Unchanged lines shown around a change.
const CONTEXT: u32 = 3;

/// The diff from `before` to `after` of a file called `path`; empty where they are equal. Lines end
/// at LF, as `patch` sees them.
pub fn unified_diff(before: &[u8], after: &[u8], path: &Path) -> Vec<u8> {
    let mut input = InternedInput::default();
    // Usually the new lines are nearly all old ones.
    input.interner.reserve(memchr::memchr_iter(b'\n', before).count());
    input.update_before(numbered_lines(before));
    input.update_after(numbered_lines(after));
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_no_heuristic(&input);
    let old: Vec<&[u8]> = input.before.iter().map(|token| input.interner[*token].1).collect();
    let new: Vec<&[u8]> = input.after.iter().map(|token| input.interner[*token].1).collect();
    let hunks: Vec<Hunk> = diff.hunks().collect();
    let mut out = Vec::new();
    // Changes whose context would touch or overlap share a hunk.
    for group in hunks.chunk_by(|one, next| next.before.start - one.before.end <= 2 * CONTEXT) {
        if out.is_empty() {
            header(&mut out, path);
        }
        write_hunk(&mut out, &old, &new, group);
    }
    out
}

/// Each line with its place in a run of equal lines. Thousands of equal lines one after the other
/// would cost the algorithm the square of their number.
fn numbered_lines(text: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut last: (u32, &[u8]) = (0, b"");
    byte_lines(text).map(move |line| {
        last = (if line == last.1 { last.0 + 1 } else { 0 }, line);
        last
    })
}

fn header(out: &mut Vec<u8>, path: &Path) {
    for mark in ["--- ", "+++ "] {
        out.extend_from_slice(mark.as_bytes());
        out.extend(path.as_os_str().as_bytes().iter().map(|byte| if *byte == b'\n' { b'?' } else { *byte }));
        // The tab ends a name that holds blanks.
        out.extend_from_slice(if path.as_os_str().as_bytes().contains(&b' ') { b"\t\n" } else { b"\n" });
    }
}

fn write_hunk(out: &mut Vec<u8>, old: &[&[u8]], new: &[&[u8]], changes: &[Hunk]) {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return };
    let lead = first.before.start.min(CONTEXT);
    let trail = u32::try_from(old.len()).unwrap_or(u32::MAX).saturating_sub(last.before.end).min(CONTEXT);
    let range = |first: &Range<u32>, last: &Range<u32>| {
        let (start, end) = (first.start - lead, last.end + trail);
        // An empty range is named by the line before it.
        format!("{},{}", if start == end { start } else { start + 1 }, end - start)
    };
    let (before, after) = (range(&first.before, &last.before), range(&first.after, &last.after));
    out.extend_from_slice(format!("@@ -{before} +{after} @@\n").as_bytes());
    let mut write = |mark: u8, lines: &[&[u8]], range: Range<u32>| {
        let lines = lines.get(range.start as usize..range.end as usize).into_iter().flatten();
        lines.for_each(|line| write_line(out, mark, line));
    };
    let mut at = first.before.start - lead;
    for change in changes {
        write(b' ', old, at..change.before.start);
        write(b'-', old, change.before.clone());
        write(b'+', new, change.after.clone());
        at = change.before.end;
    }
    write(b' ', old, at..at + trail);
}

fn write_line(out: &mut Vec<u8>, mark: u8, line: &[u8]) {
    out.push(mark);
    out.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}
