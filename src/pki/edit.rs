//! An edit as a value: what a conversion would write, what should be known about it, and why.

use super::{File, Finding, Refusal};
use crate::cs_cfg::{CsCfg, Key, Patch};

/// Why a parameter changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The table says it.
    Parameter(&'static str),
    /// Copied from the former master.
    Copied,
    /// A publishing parameter, copied from the former master.
    CopiedPublishing,
    /// Removed: the copied block does not have it.
    Removed,
    /// Put back from the backup.
    Restored,
    /// The publisher follows the responder.
    Publisher,
}

/// What a conversion would write.
#[derive(Debug)]
pub enum Content<'f> {
    /// The parameters of a patch.
    Patch(Patch<'f>),
    /// The text of a backup, from which today's file differs in owned parameters only.
    Text(&'f CsCfg<'f>),
}

/// What a conversion would make of a file.
#[derive(Debug)]
pub struct Edit<'f> {
    /// What would be written.
    pub content: Content<'f>,
    /// What should be known about it.
    pub findings: Vec<Finding>,
}

impl<'f> Edit<'f> {
    /// An edit by a patch.
    pub fn patch(patch: Patch<'f>, findings: Vec<Finding>) -> Edit<'f> {
        Edit { content: Content::Patch(patch), findings }
    }
}

/// A key that is put together from a name in a file.
pub(super) fn key_of(text: String, file: File, line: Option<usize>) -> Result<Key<'static>, Refusal> {
    Key::new(text.as_bytes()).map_err(|why| Refusal::UnwritableValue { file, key: text, line, why })
}
