//! Verifies new bytes of a CS.cfg before they may be written.
//!
//! Nothing is taken over from whoever made them: the bytes are read again by both readers and held
//! against the document as it was and the patch, parameter by parameter and line by line.

use std::borrow::Cow;

use thiserror::Error;

use super::document::{CsCfg, Parameter};
use super::patch::Patch;
use super::reader::java::{LogicalLine, ending, lines, without_ending};
use super::reader::{KeyValue, either_reads, tail};
use super::text::Value;

/// New bytes of a CS.cfg that were verified. Nothing else makes one, and only one of these can be
/// written to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    bytes: Vec<u8>,
}

/// Why bytes are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VerifyError<E> {
    /// A parameter that the patch decides has another value, is absent, is there although it should
    /// not be, or has several lines.
    #[error("{}: {key}", self.what())]
    NotAsPatched {
        /// Its key.
        key: String,
    },
    /// A line that is not the patch's changed, or is missing, or is new.
    #[error("{}: line {line}", self.what())]
    OtherLine {
        /// Number of the physical line in the new bytes; behind the last one where lines are missing.
        line: usize,
    },
    /// `pki-server` reads another value of a parameter that the patch does not decide.
    #[error("{}: {key}", self.what())]
    OtherValue {
        /// Its key.
        key: String,
    },
    /// The readers disagree where they did not, or about a parameter that the patch decides.
    #[error("{}: line {line}", self.what())]
    Ambiguous {
        /// Number of the physical line in the new bytes.
        line: usize,
    },
    /// The document is not what was expected.
    #[error("{}", self.what())]
    Unexpected(E),
}

impl<E> VerifyError<E> {
    /// What does not hold, in short.
    pub fn what(&self) -> &'static str {
        match self {
            VerifyError::NotAsPatched { .. } => "a parameter does not have the value that was planned",
            VerifyError::OtherLine { .. } => "a line of another parameter changed",
            VerifyError::OtherValue { .. } => "pki-server reads another value of another parameter",
            VerifyError::Ambiguous { .. } => "a line is ambiguous that was not",
            VerifyError::Unexpected(_) => "the new file is not what was planned",
        }
    }
}

impl Verified {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Verifies what a patch made of a document.
///
/// Both readers read, in the new bytes, the patch's value of every key that the patch decides, from
/// one line, and of every other key what they read before. Every line of another key and every
/// comment is what and where it was among the others, but for the line end of a last one and for empty
/// lines. The readers disagree nowhere where they did not before. And the document is as `expected`.
///
/// # Errors
/// [`VerifyError`] says what of this does not hold.
pub fn verify<E>(
    before: &CsCfg<'_>,
    patch: &Patch<'_>,
    after: Vec<u8>,
    expected: impl FnOnce(&CsCfg<'_>) -> Result<(), E>,
) -> Result<Verified, VerifyError<E>> {
    let reread = CsCfg::parse(&after);
    // A file without a final line end stays one: its last line may get an end and another one lose it.
    let is_unended = ending(before.source()).is_empty();
    let is_same = |before: &[u8], after: &[u8]| is_same_lines(before, after, is_unended);
    check_lines(before, &reread, |key| patch.covers(key), is_same)?;
    check_patched(&reread, patch)?;
    check_ambiguities(before, &reread, patch, is_same)?;
    check_python(before, &reread, patch)?;
    expected(&reread).map_err(VerifyError::Unexpected)?;
    drop(reread);
    Ok(Verified { bytes: after })
}

/// Verifies `text`, a backup, as what a document becomes again: it differs in nothing but parameters
/// that `owned` holds, line ends and empty lines aside, and is as `expected`. The readers may disagree
/// where they did in the backup.
///
/// # Errors
/// [`VerifyError`] says what of this does not hold.
pub fn verify_text<E>(
    before: &CsCfg<'_>,
    text: &CsCfg<'_>,
    owned: impl Fn(&[u8]) -> bool,
    expected: impl FnOnce(&CsCfg<'_>) -> Result<(), E>,
) -> Result<Verified, VerifyError<E>> {
    let is_same_text = |before: &[u8], after: &[u8]| without_ending(before) == without_ending(after);
    check_lines(before, text, &owned, is_same_text)?;
    expected(text).map_err(VerifyError::Unexpected)?;
    Ok(Verified { bytes: text.source().to_vec() })
}

/// The text of each line whose key `is_owned` does not hold, comments too; line ends and empty lines
/// are left out.
pub fn other_lines<'a>(document: &CsCfg<'a>, is_owned: impl Fn(&[u8]) -> bool) -> impl Iterator<Item = &'a [u8]> {
    let others = lines(document.source()).filter(move |line| left_out_key(*line, &is_owned).is_none());
    others.map(|line| without_ending(line.raw))
}

/// The key of a line that is left out: an owned one, or the empty one of an empty line.
fn left_out_key<'a>(line: LogicalLine<'a>, is_owned: impl Fn(&[u8]) -> bool) -> Option<Cow<'a, [u8]>> {
    match line.key_value() {
        Some(parameter) => is_owned(&parameter.key).then_some(parameter.key),
        None => without_ending(line.raw).is_empty().then_some(Cow::Borrowed(b"")),
    }
}

/// Checks that the lines whose key `is_owned` does not hold are the same, in the same order.
fn check_lines<E>(
    before: &CsCfg<'_>,
    after: &CsCfg<'_>,
    is_owned: impl Fn(&[u8]) -> bool,
    is_same: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<(), VerifyError<E>> {
    let mut wanted_lines = lines(before.source());
    let mut wanted = wanted_lines.next();
    // What is not passed yet, and the line that it begins with where that was looked for.
    let (mut rest, mut found) = (after.source(), None);
    loop {
        // A line that its LF ends is the same line whatever follows. Whether or not it is owned.
        if let Some(LogicalLine { raw: raw @ [.., b'\n'], dangling: false, .. }) = wanted
            && let Some(behind) = rest.strip_prefix(raw)
        {
            (wanted, rest, found) = (wanted_lines.next(), behind, None);
            continue;
        }
        found = found.or_else(|| lines(rest).next());
        let (passes_wanted, passes_found) = match (wanted, found) {
            (None, None) => return Ok(()),
            (Some(wanted), Some(found)) if wanted.raw == found.raw => (true, true),
            _ => match (
                wanted.and_then(|line| left_out_key(line, &is_owned)),
                found.and_then(|line| left_out_key(line, &is_owned)),
            ) {
                // In files in key order the lines are soon equal again.
                (Some(one), Some(other)) => (one <= other, other <= one),
                (Some(_), None) => (true, false),
                (None, Some(_)) => (false, true),
                (None, None) if wanted.zip(found).is_some_and(|(one, other)| is_same(one.raw, other.raw)) => {
                    (true, true)
                }
                (None, None) => {
                    let start = after.source().len() - rest.len();
                    return Err(VerifyError::OtherLine { line: after.line_number(start) });
                }
            },
        };
        if passes_wanted {
            wanted = wanted_lines.next();
        }
        if let Some(passed) = found.take_if(|_| passes_found) {
            rest = tail(rest, passed.raw.len());
        }
    }
}

/// Whether lines are still the same, where `is_unended` but for a line end that either of them lacks.
fn is_same_lines(before: &[u8], after: &[u8], is_unended: bool) -> bool {
    let lacks_end = || without_ending(before) == after || before == without_ending(after);
    // With the line between them removed, a CR and the LF of an empty line are one line end.
    let has_merged_end = || ending(before) == b"\r" && after.strip_prefix(before) == Some(b"\n");
    before == after || is_unended && lacks_end() || has_merged_end()
}

/// Checks the server's reading of the keys that the patch decides.
fn check_patched<E>(after: &CsCfg<'_>, patch: &Patch<'_>) -> Result<(), VerifyError<E>> {
    let check = |key: &[u8], value: Option<&Value<'_>>, found: Option<Parameter<'_, '_>>| {
        let is_value = |found: Parameter<'_, '_>, value: &Value<'_>| *found.value() == *value.as_bytes();
        match (found, value) {
            (None, None) => Ok(()),
            (Some(found), Some(value)) if is_value(found, value) && !found.has_shadowed() => Ok(()),
            _ => Err(VerifyError::NotAsPatched { key: text(key) }),
        }
    };
    for block in patch.blocks() {
        let mut there = after.below(block.prefix());
        for (key, value) in block.by_key() {
            match there.next() {
                Some(odd) if odd.key() < key => check(odd.key(), None, Some(odd))?,
                found => check(key, Some(value), found.filter(|found| found.key() == key))?,
            }
        }
        there.try_for_each(|odd| check(odd.key(), None, Some(odd)))?;
    }
    patch.single().try_for_each(|(key, value)| check(key, value, after.parameter(key)))
}

/// Checks that the readers disagree only where they did, and on nothing that the patch decides.
fn check_ambiguities<E>(
    before: &CsCfg<'_>,
    after: &CsCfg<'_>,
    patch: &Patch<'_>,
    is_same: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<(), VerifyError<E>> {
    let mut known = before.stretches().iter().map(|stretch| before.text_of(*stretch));
    for stretch in after.stretches() {
        let text = after.text_of(*stretch);
        let is_known = known.any(|known| is_same(known, text));
        if !is_known || either_reads(text, |parameter| patch.covers(&parameter.key)) {
            return Err(VerifyError::Ambiguous { line: after.line_number(stretch.range().start) });
        }
    }
    Ok(())
}

/// Checks `pki-server`'s reading of the keys that the patch does not decide. It reads those that the
/// patch decides as the server does, since they are in no ambiguous line.
fn check_python<E>(before: &CsCfg<'_>, after: &CsCfg<'_>, patch: &Patch<'_>) -> Result<(), VerifyError<E>> {
    if before.stretches().is_empty() && after.stretches().is_empty() {
        // It reads what the server reads, and that was checked by lines.
        return Ok(());
    }
    let is_other = |parameter: &KeyValue<'_>| !patch.covers(&parameter.key);
    let mut wanted = before.as_python_reads().filter(is_other);
    let mut found = after.as_python_reads().filter(is_other);
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return Ok(()),
            (Some(wanted), Some(found)) if wanted == found => {}
            (Some(odd), _) | (None, Some(odd)) => {
                return Err(VerifyError::OtherValue { key: text(&odd.key) });
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
