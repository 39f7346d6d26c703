//! What can go wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use strum::{EnumDiscriminants, EnumIter, IntoStaticStr};
use thiserror::Error;

use super::disk::{FileType, LockHolder};
use crate::cs_cfg::{MAX_LINES, MAX_SIZE};

/// What can go wrong with a file. Each variant has a stable code, its name in kebab case.
///
/// The messages are short and technical, and name the path as it is, line breaks and all: what
/// prints them escapes them.
#[derive(Debug, Error, EnumDiscriminants)]
#[strum_discriminants(name(StoreErrorCode), derive(EnumIter, IntoStaticStr, Hash))]
#[strum_discriminants(strum(serialize_all = "kebab-case"), doc = "The codes of [`StoreError`].")]
#[strum_discriminants(allow(missing_docs, reason = "StoreError documents them"))]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum StoreError {
    #[error("{path} does not exist", path = path.display())]
    NotFound { path: PathBuf },
    #[error("{path} is a symbolic link to {target}, which does not exist", path = path.display(), target = target.display())]
    DanglingLink { path: PathBuf, target: PathBuf },
    #[error("{step} {path}: not permitted to this account", path = path.display())]
    PermissionDenied { step: &'static str, path: PathBuf, source: io::Error },
    #[error("cannot read {path}", path = path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} is a {kind}, not a regular file", path = path.display())]
    NotAFile { path: PathBuf, kind: FileType },
    #[error("{path} has more than {excess}", path = path.display(), excess = excess.bound())]
    TooLarge { path: PathBuf, excess: Excess },
    #[error("{path} contains a NUL byte at offset {offset}: it is not a CS.cfg", path = path.display())]
    ContainsNul { path: PathBuf, offset: usize },
    #[error("{path} sent nothing for {seconds} s, or did not end in time", path = path.display())]
    NoData { path: PathBuf, seconds: u64 },
    #[error("reading {path} was interrupted by a signal", path = path.display())]
    Interrupted { path: PathBuf },
    #[error("{path} is locked{by}", path = path.display(), by = by(holder.as_ref()))]
    Locked { path: PathBuf, holder: Option<LockHolder> },
    /// The file is as somebody else left it.
    #[error("{path} was changed by another program in the meantime", path = path.display())]
    ChangedMeanwhile { path: PathBuf },
    /// A directory or a link on the way to the file was exchanged.
    #[error("{path} {what}", path = path.display(), what = led_elsewhere(*is_replaced))]
    PathMoved { path: PathBuf, is_replaced: bool },
    #[error("{path}: every name that a new file would get is taken", path = path.display())]
    InTheWay { path: PathBuf },
    #[error("a directory made in {path} is open to other accounts: it was exchanged, or the file system keeps no permissions", path = path.display())]
    NotPrivate { path: PathBuf },
    #[error("{path} is a mount point of its own", path = path.display())]
    BindMounted { path: PathBuf },
    #[error("{path} is immutable (chattr +i)", path = path.display())]
    Immutable { path: PathBuf },
    #[error("{path} is append-only (chattr +a)", path = path.display())]
    AppendOnly { path: PathBuf },
    #[error("{step} {path} failed", path = path.display())]
    Io { step: &'static str, path: PathBuf, source: io::Error },
    #[error("{path} was replaced, but the directory could not be flushed to disk", path = path.display())]
    NotFlushed { path: PathBuf, source: io::Error },
    #[error("{path} was replaced, but could not be read back", path = path.display())]
    NotReadBack { path: PathBuf, source: io::Error },
}

/// Which bound a file exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// [`MAX_SIZE`]
    Bytes,
    /// [`MAX_LINES`]
    Lines,
}

impl Excess {
    fn bound(self) -> String {
        match self {
            Excess::Bytes => format!("{MAX_SIZE} bytes, the most that a CS.cfg may have"),
            Excess::Lines => format!("{MAX_LINES} lines, the most that a CS.cfg may have"),
        }
    }
}

impl StoreError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        StoreErrorCode::from(self).into()
    }

    /// Whether the file had already been replaced when the error occurred: it, or what now stands in
    /// its place, is not as it was.
    pub fn is_replaced(&self) -> bool {
        matches!(
            self,
            StoreError::NotFlushed { .. }
                | StoreError::NotReadBack { .. }
                | StoreError::PathMoved { is_replaced: true, .. }
        )
    }

    /// Of a file that is to be opened or read.
    pub(super) fn reading(path: &Path, source: io::Error) -> StoreError {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => StoreError::NotFound { path },
            io::ErrorKind::PermissionDenied => StoreError::PermissionDenied { step: "reading", path, source },
            _ => StoreError::Unreadable { path, source },
        }
    }

    /// Of a step that writes.
    pub(super) fn writing(step: &'static str, path: &Path) -> impl Fn(io::Error) -> StoreError {
        move |source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::PermissionDenied => StoreError::PermissionDenied { step, path, source },
                _ => StoreError::Io { step, path, source },
            }
        }
    }
}

fn by(holder: Option<&LockHolder>) -> String {
    match holder {
        Some(LockHolder { pid, command: Some(command) }) => format!(" by process {pid} ({command})"),
        Some(LockHolder { pid, command: None }) => format!(" by process {pid}"),
        None => String::new(),
    }
}

fn led_elsewhere(is_replaced: bool) -> &'static str {
    match is_replaced {
        false => "no longer leads to the file that was opened",
        true => "does not lead to the bytes that were written: a directory, a link or the file was exchanged",
    }
}
