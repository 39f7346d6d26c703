//! Properties as they stand in the source.

use std::borrow::Cow;

use super::index::{Entry, Index};
use super::text::{Assignment, Key, Unwritable, Value};

/// A property of the source: the lines of one key, of which the last one counts.
#[derive(Clone, Copy)]
pub struct SourceProperty<'p, 'a> {
    pub(super) index: &'p Index<'a>,
    pub(super) lines: &'p [Entry],
}

impl<'p, 'a> SourceProperty<'p, 'a> {
    /// The key.
    pub fn key(&self) -> &'p [u8] {
        self.lines.last().map(|line| self.index.key(line)).unwrap_or_default()
    }

    /// The value that the server reads.
    pub fn value(&self) -> Cow<'a, [u8]> {
        self.lines.last().and_then(|line| self.index.value(line)).unwrap_or_default()
    }

    /// The number of the line that counts.
    pub fn line_number(&self) -> usize {
        self.lines.last().map(|line| self.index.physical_number(line.nth)).unwrap_or_default()
    }

    /// The numbers of the lines before it.
    pub fn shadowed(&self) -> Vec<usize> {
        let shadowed = self.lines.split_last().map(|(_, shadowed)| shadowed).unwrap_or_default();
        shadowed.iter().map(|line| self.index.physical_number(line.nth)).collect()
    }

    /// Whether the line that counts says this, in whatever spelling.
    pub fn says(&self, assignment: &Assignment<'_>) -> bool {
        let is_it = |line: &Entry| self.index.text(line) == assignment.as_bytes();
        self.lines.last().is_some_and(is_it) || (self.key() == assignment.key() && *self.value() == *assignment.value())
    }

    /// What would have to be written to say the same elsewhere.
    ///
    /// Blanks at the ends of the value are left out: the server keeps those at the end, `pki-server`
    /// drops them, so they cannot be written, and no such setting needs them.
    ///
    /// # Errors
    /// [`Unwritable`] when that cannot be written.
    pub fn assignment(&self) -> Result<Assignment<'a>, Unwritable> {
        if let Some(assignment) = self.lines.last().and_then(|line| self.index.assignment(line)) {
            return Ok(assignment);
        }
        let value = self.value();
        Ok(Assignment::new(&Key::new(self.key())?, &Value::new(value.trim_ascii())?))
    }
}
