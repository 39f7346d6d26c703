//! A CS.cfg on disk: open, lock, read, back up, replace.
//!
//! An unprivileged account, the server's, can write the directory that root works in here. Hence:
//!
//! - The path is resolved once; from then on everything is relative to the handle of the directory,
//!   and no link is followed at any name that is read or created there.
//! - A file's type is looked at before it is opened, and no more of it is read than a CS.cfg may have.
//! - New files are made in a directory of their own that only this account can enter, beside the file
//!   (`CS.cfg.pki-role.tmp.<random>`), and are renamed from there: under that name nobody else can
//!   put anything of his own between the last write and the rename.
//! - After the rename the path, resolved again, must lead to the very file that was written.
//!
//! [`Locked`], the lock's guard, alone can write, and it writes nothing but a [`Replacement`] (and
//! copies of what was there).

mod attributes;
mod bounds;
mod disk;
mod error;
mod locked;
mod os;
mod scratch;
mod stream;
mod target;

pub use disk::{Disk, FileType, Identity, LockHolder, Protection};
pub use error::{Excess, StoreError, StoreErrorCode};
pub use locked::{BackupFile, Locked, Replacement};
pub use os::Os;
pub use stream::{Patience, Stream, is_stream, read_stream};
pub use target::{Snapshot, Target};
