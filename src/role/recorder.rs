//! Edits a document and remembers what was changed and why.

use super::{Refusal, Warning};
use crate::cs_cfg::{CsCfg, Key, Value};

/// One key that a conversion changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: String,
    /// Its value before; nothing where it was absent.
    pub before: Option<String>,
    /// Its value now; nothing where it was removed.
    pub after: Option<String>,
    /// The physical line on which it stood.
    pub line: Option<usize>,
    /// Why, in the book's words.
    pub reason: &'static str,
}

/// What a conversion did to a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    /// The keys it changed, in the order of the book's steps.
    pub changes: Vec<Change>,
    /// What the administrator has to know.
    pub warnings: Vec<Warning>,
}

/// A document under edit.
pub(super) struct Recorder<'d, 'a> {
    pub cfg: &'d mut CsCfg<'a>,
    pub edited: Edited,
}

impl<'d, 'a> Recorder<'d, 'a> {
    pub fn new(cfg: &'d mut CsCfg<'a>) -> Self {
        Recorder { cfg, edited: Edited::default() }
    }

    pub fn warn(&mut self, warning: Warning) {
        self.edited.warnings.push(warning);
    }

    pub fn set(&mut self, key: &Key<'a>, value: &Value<'a>, reason: &'static str) -> Result<(), Refusal> {
        let before = self.text(key.as_bytes());
        if self.cfg.set_alone(key, value)? {
            self.record(key.as_bytes(), before, Some(value.as_bytes()), reason);
        }
        Ok(())
    }

    pub fn remove(&mut self, key: &str, reason: &'static str) -> Result<(), Refusal> {
        let before = self.text(key.as_bytes());
        self.cfg.remove(key.as_bytes())?;
        if before.is_some() {
            self.record(key.as_bytes(), before, None, reason);
        }
        Ok(())
    }

    /// Notes a change that was made, and the shadowed lines that went with it.
    pub fn record(&mut self, key: &[u8], before: Option<String>, after: Option<&[u8]>, reason: &'static str) {
        let mut shadowed = self.cfg.line_numbers(key);
        let line = shadowed.pop();
        self.edited.record(Change { key: text(key), before, after: after.map(text), line, reason }, shadowed);
    }

    pub fn text(&self, key: &[u8]) -> Option<String> {
        self.cfg.get(key).map(|value| text(&value))
    }
}

impl Edited {
    /// Notes a change that was made, and the numbers of the shadowed lines that went with it. A line
    /// that was only spelled anew is no change of its key.
    pub(super) fn record(&mut self, change: Change, shadowed: Vec<usize>) {
        if !shadowed.is_empty() {
            self.warnings.push(Warning::ShadowedLinesRemoved { key: change.key.clone(), lines: shadowed });
        }
        if change.before != change.after {
            self.changes.push(change);
        }
    }
}

/// Bytes of a file as a message tells them.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
