//! A unified diff that `patch` accepts, of any bytes.

use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use imara_diff::sources::byte_lines;
use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

/// Unchanged lines shown around a change.
const CONTEXT: u32 = 3;

type Numbered<'t> = (u32, &'t [u8]);

/// The diff from `before` to `after` of a file called `path`; empty where they are equal. Lines end
/// at LF, as `patch` sees them.
pub fn unified_diff(before: &[u8], after: &[u8], path: &Path) -> Vec<u8> {
    let Differing { lines_ahead, before, after, behind } = differing(before, after);
    let mut input = InternedInput::default();
    input.reserve(expected_lines(before), expected_lines(after));
    input.update_before(numbered_lines(before));
    input.update_after(numbered_lines(after));
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_no_heuristic(&input);
    let mut out = Vec::new();
    let mut hunks = diff.hunks().peekable();
    while let Some(first) = hunks.next() {
        // Changes whose context would touch or overlap share a hunk.
        let mut changes = vec![first];
        while let Some(next) =
            hunks.next_if(|next| changes.last().is_some_and(|last| next.before.start <= last.before.end + 2 * CONTEXT))
        {
            changes.push(next);
        }
        if out.is_empty() {
            header(&mut out, path);
        }
        write_hunk(&mut out, &input, lines_ahead, &behind, &changes);
    }
    out
}

/// Each line with its place in a run of equal lines. Thousands of equal lines one after the other
/// would cost the algorithm the square of their number.
fn numbered_lines(text: &[u8]) -> impl Iterator<Item = Numbered<'_>> {
    let mut last: Numbered<'_> = (0, b"");
    byte_lines(text).map(move |line| {
        last = (if line == last.1 { last.0 + 1 } else { 0 }, line);
        last
    })
}

/// Two texts without most of what they begin and end with alike, as the usual change leaves most of
/// a file alone. Whole lines are left out.
struct Differing<'t> {
    /// How many lines were left out before them.
    lines_ahead: u32,
    before: &'t [u8],
    after: &'t [u8],
    /// The first lines that were left out behind them: a change at the end shows them.
    behind: Vec<&'t [u8]>,
}

fn differing<'t>(before: &'t [u8], after: &'t [u8]) -> Differing<'t> {
    const STEP: usize = 64;
    let alike = before.chunks(STEP).zip(after.chunks(STEP)).take_while(|(one, other)| one == other).count() * STEP;
    let head = before.get(..alike).unwrap_or(before);
    let start = memchr::memrchr_iter(b'\n', head).nth(CONTEXT as usize).map_or(0, |at| at + 1);
    let (head, before) = before.split_at_checked(start).unwrap_or((b"", before));
    let after = after.get(start..).unwrap_or_default();

    let alike = before.rchunks(STEP).zip(after.rchunks(STEP)).take_while(|(one, other)| one == other).count() * STEP;
    let tail = before.get(before.len().saturating_sub(alike)..).unwrap_or_default();
    let kept = memchr::memchr(b'\n', tail).map_or(tail.len(), |at| at + 1);
    let behind = tail.get(kept..).unwrap_or_default();
    let cut = |text: &'t [u8]| text.get(..text.len() - behind.len()).unwrap_or(text);
    Differing {
        lines_ahead: line_ends(head),
        before: cut(before),
        after: cut(after),
        behind: byte_lines(behind).take(CONTEXT as usize).collect(),
    }
}

/// How many lines to reserve room for: not that of a file of nothing but line ends.
fn expected_lines(text: &[u8]) -> u32 {
    line_ends(text).min(u32::try_from(text.len() / 16).unwrap_or(u32::MAX)) + 1
}

fn line_ends(text: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u32::MAX)
}

fn header(out: &mut Vec<u8>, path: &Path) {
    for mark in ["--- ", "+++ "] {
        out.extend_from_slice(mark.as_bytes());
        out.extend(path.as_os_str().as_bytes().iter().map(|byte| if *byte == b'\n' { b'?' } else { *byte }));
        // The tab ends a name that holds blanks.
        out.extend_from_slice(if path.as_os_str().as_bytes().contains(&b' ') { b"\t\n" } else { b"\n" });
    }
}

fn write_hunk(
    out: &mut Vec<u8>,
    input: &InternedInput<Numbered<'_>>,
    lines_ahead: u32,
    behind: &[&[u8]],
    changes: &[Hunk],
) {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return };
    let total = u32::try_from(input.before.len()).unwrap_or(u32::MAX);
    let lead = first.before.start.min(CONTEXT);
    let trail = (total - last.before.end).min(CONTEXT);
    // A hunk with less context would be taken for one at the end of the file.
    let behind: Vec<&&[u8]> = behind.iter().take((CONTEXT - trail) as usize).collect();
    let more = u32::try_from(behind.len()).unwrap_or_default();
    let range = |changed: Range<u32>| {
        let start = changed.start - lead;
        let length = changed.end + trail + more - start;
        let start = lines_ahead + start;
        // An empty range is named by the line before it.
        format!("{},{length}", if length == 0 { start } else { start + 1 })
    };
    let old = range(first.before.start..last.before.end);
    let new = range(first.after.start..last.after.end);
    out.extend_from_slice(format!("@@ -{old} +{new} @@\n").as_bytes());
    let mut write = |mark: u8, tokens: &[imara_diff::Token], range: Range<u32>| {
        let tokens = tokens.get(range.start as usize..range.end as usize).unwrap_or_default();
        tokens.iter().for_each(|token| write_line(out, mark, input.interner[*token].1));
    };
    let mut at = first.before.start - lead;
    for change in changes {
        write(b' ', &input.before, at..change.before.start);
        write(b'-', &input.before, change.before.clone());
        write(b'+', &input.after, change.after.clone());
        at = change.before.end;
    }
    write(b' ', &input.before, at..at + trail);
    behind.iter().for_each(|line| write_line(out, b' ', line));
}

fn write_line(out: &mut Vec<u8>, mark: u8, line: &[u8]) {
    out.push(mark);
    out.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}
