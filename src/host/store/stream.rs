//! Bytes that come through a pipe: `--from -`, a named pipe, a process substitution of the shell.
//!
//! Who waits at the other end of a pipe may wait for ever, and one who writes may write for ever.

use std::io::{self, stdin};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::cs_cfg::MAX_SIZE;

use super::bounds;
use super::disk::{Disk, FileType};
use super::error::{Excess, StoreError};

/// Where such bytes come from.
#[derive(Clone, Copy, Debug)]
pub enum Stream<'p> {
    /// Standard input, whatever it is.
    StandardInput,
    /// A path for which [`is_stream`] holds.
    Pipe(&'p Path),
}

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the next byte.
    pub silence: Duration,
    /// For the last one.
    pub total: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { silence: Duration::from_secs(30), total: Duration::from_secs(600) }
    }
}

/// How long a signal is overlooked at most.
const GLANCE: Duration = Duration::from_millis(100);

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// Whether a path leads, by whatever links, to a pipe. What cannot be looked at is none.
pub fn is_stream(disk: &dyn Disk, path: &Path) -> bool {
    let identity = disk.find_path(path).and_then(|found| disk.identity(&found));
    identity.is_ok_and(|identity| identity.file_type == FileType::Pipe)
}

/// Reads such bytes to their end. `is_interrupted` is asked again and again.
///
/// # Errors
/// [`StoreError`], the same ones as for a file, and where the bytes do not come in time.
pub fn read_stream(
    disk: &dyn Disk,
    stream: Stream<'_>,
    patience: Patience,
    is_interrupted: &dyn Fn() -> bool,
) -> Result<Vec<u8>, StoreError> {
    let path = match stream {
        Stream::StandardInput => PathBuf::from("standard input"),
        Stream::Pipe(path) => path.to_owned(),
    };
    let bytes = match stream {
        Stream::StandardInput => read_in_time(stdin().as_fd(), &path, patience, is_interrupted)?,
        Stream::Pipe(_) => {
            let open = || {
                let found = disk.find_path(&path)?;
                let identity = disk.identity(&found)?;
                match identity.file_type {
                    FileType::Pipe => disk.open_found(&found).map(Ok),
                    kind => Ok(Err(StoreError::NotAFile { path: path.clone(), kind })),
                }
            };
            let pipe = open().map_err(|source| StoreError::reading(&path, source))??;
            read_in_time(pipe.as_fd(), &path, patience, is_interrupted)?
        }
    };
    bounds::check(&bytes, &path)?;
    Ok(bytes)
}

fn read_in_time(
    file: BorrowedFd<'_>,
    path: &Path,
    patience: Patience,
    is_interrupted: &dyn Fn() -> bool,
) -> Result<Vec<u8>, StoreError> {
    let reading = |error: Errno| StoreError::reading(path, io::Error::from(error));
    let path = || path.to_owned();
    let (mut bytes, mut piece) = (Vec::new(), vec![0; PIECE]);
    let started = Instant::now();
    let mut last = started;
    loop {
        if is_interrupted() {
            return Err(StoreError::Interrupted { path: path() });
        }
        let left =
            patience.silence.saturating_sub(last.elapsed()).min(patience.total.saturating_sub(started.elapsed()));
        if left.is_zero() {
            return Err(StoreError::NoData { path: path(), seconds: last.elapsed().as_secs() });
        }
        match wait_for_data(file, left.min(GLANCE)) {
            Ok(false) | Err(Errno::INTR) => continue,
            ready => ready.map_err(reading)?,
        };
        match rustix::io::read(file, &mut piece[..]) {
            Ok(0) => return Ok(bytes),
            Ok(length) => bytes.extend(piece.iter().take(length)),
            Err(Errno::INTR | Errno::AGAIN) => continue,
            Err(error) => return Err(reading(error)),
        }
        last = Instant::now();
        if u64::try_from(bytes.len()).is_ok_and(|size| size > MAX_SIZE) {
            return Err(StoreError::TooLarge { path: path(), excess: Excess::Bytes });
        }
    }
}

fn wait_for_data(file: BorrowedFd<'_>, at_most: Duration) -> Result<bool, Errno> {
    // A wait that the system's type cannot hold has long been cut to a glance.
    let timeout = Timespec::try_from(at_most).map_err(|_| Errno::INVAL)?;
    Ok(poll(&mut [PollFd::from_borrowed_fd(file, PollFlags::IN)], Some(&timeout))? > 0)
}
