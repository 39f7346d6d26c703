//! A small file in a folder that another account can write.
use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use thiserror::Error;

/// Why a small file could not be read.
#[derive(Debug, Error)]
pub enum SmallFileError {
    /// There is none.
    #[error("there is no such file")]
    NotFound,
    /// This account may not read it.
    #[error("permission denied")]
    PermissionDenied,
    /// It is a folder, a pipe, a device.
    #[error("it is not a regular file")]
    NotRegular,
    /// It has more bytes than the bound.
    #[error("it has more than {0} bytes")]
    TooLong(usize),
    /// The system's error.
    #[error(transparent)]
    Unreadable(std::io::Error),
}

impl From<std::io::Error> for SmallFileError {
    fn from(error: std::io::Error) -> SmallFileError {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => SmallFileError::NotFound,
            std::io::ErrorKind::PermissionDenied => SmallFileError::PermissionDenied,
            _ => SmallFileError::Unreadable(error),
        }
    }
}

impl From<Errno> for SmallFileError {
    fn from(error: Errno) -> SmallFileError {
        std::io::Error::from(error).into()
    }
}

/// Reads a file of at most `limit` bytes. Its type is looked at before it is opened, since opening
/// a device can do something.
pub fn read_small(path: &Path, limit: usize) -> Result<Vec<u8>, SmallFileError> {
    let handle = openat(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let stat = fstat(&handle)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(SmallFileError::NotRegular);
    }
    // Files of the kernel's own say 0, and some of them do something when they are read.
    if stat.st_size == 0 {
        return Ok(Vec::new());
    }
    if usize::try_from(stat.st_size).is_ok_and(|size| size > limit) {
        return Err(SmallFileError::TooLong(limit));
    }
    // The very file that was looked at, whatever its name leads to by now.
    let same = format!("/proc/self/fd/{}", handle.as_raw_fd());
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, same, flags, Mode::empty())?);
    let mut bytes = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(bound).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(SmallFileError::TooLong(limit));
    }
    Ok(bytes)
}

/// Whether a path leads to a directory.
#[allow(clippy::disallowed_methods, reason = "this module looks at files")]
pub fn is_directory(path: &Path) -> bool {
    path.is_dir()
}
