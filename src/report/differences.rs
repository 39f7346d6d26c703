//! Where two texts differ, line by line. Lines end at LF, as `patch` sees them.
//!
//! What a conversion changes is a few lines here and there in a long text. So the two texts are
//! walked side by side, and where they part, the nearest place is looked for from which they go on
//! alike: time and memory are those of what differs, not of the text. The diff library sees what
//! lies between. Where there is no such place nearby, it sees all the rest but what both texts end with.

use std::collections::HashMap;
use std::ops::Range;

use imara_diff::sources::byte_lines;
use imara_diff::{Algorithm, Diff, InternedInput, Token};

/// How many lines ahead the texts are looked through for a place from which they go on alike. An
/// issuing point has some 80 lines.
const AHEAD: [usize; 2] = [8, 256];

/// So many lines must be alike there, one of them such that it is known by, or all that follow.
const ALIKE: usize = 3;

/// So many bytes are compared at once.
const STEP: usize = 64;

/// Some lines of one text, and what the other has in their place. One of the two may be empty.
pub(super) struct Change {
    pub before: Stretch,
    pub after: Stretch,
}

/// Whole lines of a text, as bytes and as lines, both counted from 0.
#[derive(Clone, Default)]
pub(super) struct Stretch {
    pub bytes: Range<usize>,
    pub lines: Range<usize>,
}

/// The changes that make `after` of `before`, in the order of the texts.
pub(super) fn changes(before: &[u8], after: &[u8]) -> Vec<Change> {
    let (mut old, mut new) = (Side::of(before), Side::of(after));
    let mut changes = Vec::new();
    loop {
        let length = alike(old.rest, new.rest);
        old.pass(length);
        new.pass(length);
        if old.rest.is_empty() && new.rest.is_empty() {
            return changes;
        }
        let meeting = AHEAD.into_iter().find_map(|ahead| meeting(old.rest, new.rest, ahead));
        let (old_length, new_length) = meeting.unwrap_or_else(|| {
            let alike = alike_at_end(old.rest, new.rest);
            (old.rest.len() - alike, new.rest.len() - alike)
        });
        tell(&mut old, old_length, &mut new, new_length, &mut changes);
    }
}

/// A text, some lines of which are passed.
struct Side<'t> {
    rest: &'t [u8],
    last_passed: Stretch,
}

impl<'t> Side<'t> {
    fn of(text: &'t [u8]) -> Side<'t> {
        Side { rest: text, last_passed: Stretch::default() }
    }

    /// Passes the lines that these bytes are.
    fn pass(&mut self, length: usize) -> Stretch {
        let (passed, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, b""));
        let unended = usize::from(!passed.is_empty() && !passed.ends_with(b"\n"));
        let lines = memchr::memchr_iter(b'\n', passed).count() + unended;
        let Stretch { bytes: Range { end: bytes, .. }, lines: Range { end: line, .. } } = self.last_passed;
        self.last_passed = Stretch { bytes: bytes..bytes + passed.len(), lines: line..line + lines };
        self.rest = rest;
        self.last_passed.clone()
    }
}

/// How many bytes the lines have with which both texts begin.
fn alike(one: &[u8], other: &[u8]) -> usize {
    let steps = one.chunks(STEP).zip(other.chunks(STEP)).take_while(|(one, other)| one == other);
    let alike: usize = steps.map(|(step, _)| step.len()).sum();
    let bytes = one.iter().zip(other).skip(alike);
    let alike = alike + bytes.take_while(|(one, other)| one == other).count();
    if alike == one.len() && alike == other.len() {
        return alike;
    }
    one.get(..alike).and_then(|alike| memchr::memrchr(b'\n', alike)).map_or(0, |end| end + 1)
}

/// How many bytes the lines have with which both texts end, but for a few of the first of these.
fn alike_at_end(one: &[u8], other: &[u8]) -> usize {
    let steps = one.rchunks(STEP).zip(other.rchunks(STEP)).take_while(|(one, other)| one == other);
    let alike: usize = steps.map(|(step, _)| step.len()).sum();
    let tail = one.get(one.len() - alike..).unwrap_or_default();
    memchr::memchr(b'\n', tail).map_or(0, |end| alike - end - 1)
}

/// The nearest place from which both texts go on alike: how many bytes of each come before it.
fn meeting(old: &[u8], new: &[u8], ahead: usize) -> Option<(usize, usize)> {
    let lines = |text| byte_lines(text).take(ahead).collect::<Vec<_>>();
    let (old_lines, new_lines) = (lines(old), lines(new));
    let is_all = length(&old_lines) == old.len() && length(&new_lines) == new.len();
    // Blank lines and the like are alike everywhere: a line that each text has once tells the place.
    let mut counts: HashMap<&[u8], (usize, usize)> = HashMap::new();
    old_lines.iter().for_each(|line| counts.entry(*line).or_default().0 += 1);
    new_lines.iter().for_each(|line| counts.entry(*line).or_default().1 += 1);
    let is_known = |line: &&[u8]| counts.get(line) == Some(&(1, 1));
    // By the number of lines that are passed on both sides together.
    let mut places = (1..=old_lines.len() + new_lines.len()).flat_map(|sum| (0..=sum).map(move |at| (at, sum - at)));
    places.find_map(|(old_at, new_at)| {
        let (old_passed, old) = old_lines.split_at_checked(old_at)?;
        let (new_passed, new) = new_lines.split_at_checked(new_at)?;
        let (old, new) = (old.iter().take(ALIKE), new.iter().take(ALIKE));
        let is_one = old.clone().eq(new) && if old.len() < ALIKE { is_all } else { old.clone().any(is_known) };
        is_one.then(|| (length(old_passed), length(new_passed)))
    })
}

fn length(lines: &[&[u8]]) -> usize {
    lines.iter().map(|line| line.len()).sum()
}

/// Passes what differs, and tells how.
fn tell(old: &mut Side<'_>, old_length: usize, new: &mut Side<'_>, new_length: usize, changes: &mut Vec<Change>) {
    if old_length == 0 || new_length == 0 {
        changes.push(Change { before: old.pass(old_length), after: new.pass(new_length) });
        return;
    }
    let mut input = InternedInput::default();
    input.update_before(numbered_lines(old.rest.get(..old_length).unwrap_or_default()));
    input.update_after(numbered_lines(new.rest.get(..new_length).unwrap_or_default()));
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_no_heuristic(&input);
    let length = |tokens: &[Token], lines: Range<u32>| -> usize {
        let tokens = tokens.get(lines.start as usize..lines.end as usize).unwrap_or_default();
        tokens.iter().map(|token| input.interner[*token].1.len()).sum()
    };
    let mut passed = 0;
    for hunk in diff.hunks() {
        let same = length(&input.before, passed..hunk.before.start);
        passed = hunk.before.end;
        old.pass(same);
        new.pass(same);
        let before = old.pass(length(&input.before, hunk.before));
        changes.push(Change { before, after: new.pass(length(&input.after, hunk.after)) });
    }
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
