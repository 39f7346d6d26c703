//! The file CS.cfg: an immutable document that is its own source text, and an edit as a value.
//!
//! A [`CsCfg`] borrows the bytes that it was parsed from. What it says is what the server reads; where
//! `pki-server` reads something else is an [`Ambiguity`]. An edit is a [`Patch`], which may hold only
//! what both readers read alike ([`Key`], [`Value`]). [`apply`] makes new bytes of a document and a
//! patch, and refuses to touch a line that is ambiguous. [`verify`] reads the new bytes again, with
//! both readers, and gives the only thing that can be written to a file: [`Verified`].
//!
//! The laws, for any bytes:
//!
//! 1. A document's bytes are the bytes that were parsed.
//! 2. After a patch both readers read its values, and a patch that says what is there changes nothing.
//! 3. No other parameter's value changes, in either reader, and no byte outside the touched lines.
//! 4. Applying a patch a second time changes nothing.
//! 5. A parameter that is added and removed again leaves the bytes as they were.

mod ambiguity;
mod apply;
mod block;
mod document;
mod index;
mod patch;
pub mod reader;
mod splice;
mod text;
mod verify;

pub use ambiguity::{Ambiguity, StopsStart};
pub use apply::{AmbiguousError, Applied, Change, apply, changes_to};
pub use document::{Children, CsCfg, Parameter, Section};
pub use patch::Patch;
pub use reader::{KeyValue, has_more_lines_than, line_count_bound};
pub use text::{Key, UnwritableError, Value};
pub use verify::{Verified, VerifyError, other_lines, verify, verify_text};

/// A file with more bytes is not read: real ones have some 90,000.
pub const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// A file with more lines, by [`line_count_bound`], is not parsed: real ones have some 1,300, and each
/// takes memory beside its bytes.
pub const MAX_LINES: usize = 1_000_000;
