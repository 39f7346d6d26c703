//! A CS.cfg on disk: open, lock, read, back up, replace.
//!
//! The path is resolved once; from then on everything is relative to the handle of the directory,
//! which an unprivileged account (the server's) can write: no link is followed at any name that is
//! read or created there. [`Locked`], the lock's guard, alone can write, and it writes nothing but
//! [`Proven`] bytes (and copies of what was there).

mod attributes;
pub mod disk;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::role::Proven;
use disk::{Disk, FileType, Identity};

/// A CS.cfg larger than this, in bytes, is not read: real ones have some 100 KB.
pub const MAX_SIZE: u64 = 256 * 1024 * 1024;

/// A CS.cfg with more lines than this is not parsed: real ones have some 1,300, and each takes some
/// memory beside its bytes.
pub const MAX_LINES: usize = 4_000_000;

/// What is put behind the file's name for the one that is to replace it.
const TEMPORARY: &str = ".pki-role.tmp";

/// What can go wrong with a file.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant's message tells what its fields are")]
pub enum StoreError {
    #[error("{path} cannot be read", path = path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{path} is not a regular file", path = path.display())]
    NotAFile { path: PathBuf },
    #[error("{path} has {size} bytes: no CS.cfg is larger than {MAX_SIZE}", path = path.display())]
    TooLarge { path: PathBuf, size: u64 },
    #[error("{path} has {lines} lines: no CS.cfg has more than {MAX_LINES}", path = path.display())]
    TooManyLines { path: PathBuf, lines: usize },
    #[error("{path} is locked: another pki-role is working in that directory", path = path.display())]
    Locked { path: PathBuf },
    #[error("{path} was moved while it was being opened", path = path.display())]
    Moved { path: PathBuf },
    #[error("{path} was changed by somebody else in the meantime", path = path.display())]
    ChangedMeanwhile { path: PathBuf },
    #[error("{path} is in the way and is no regular file", path = path.display())]
    InTheWay { path: PathBuf },
    #[error("{step} {path} failed", path = path.display())]
    Io { step: &'static str, path: PathBuf, source: io::Error },
    #[error("{path} was replaced, but the directory could not be flushed to disk", path = path.display())]
    NotFlushed { path: PathBuf, source: io::Error },
}

impl StoreError {
    /// The error's stable name.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Open { source, .. } if source.kind() == io::ErrorKind::NotFound => "not-found",
            StoreError::Open { .. } => "unreadable",
            StoreError::NotAFile { .. } => "not-a-file",
            StoreError::TooLarge { .. } | StoreError::TooManyLines { .. } => "too-large",
            StoreError::Locked { .. } => "locked",
            StoreError::Moved { .. } | StoreError::ChangedMeanwhile { .. } => "changed-meanwhile",
            StoreError::InTheWay { .. } => "in-the-way",
            StoreError::Io { .. } | StoreError::NotFlushed { .. } => "io",
        }
    }
}

/// A resolved CS.cfg: a directory's handle and a name in it.
pub struct Target<'d> {
    disk: &'d dyn Disk,
    directory: OwnedFd,
    path: PathBuf,
    name: OsString,
}

/// The bytes of a file and which file they were read from.
pub struct Snapshot {
    /// The bytes.
    pub bytes: Vec<u8>,
    identity: Identity,
    /// Kept open: what is copied of the file is copied from this one, whatever has its name by then.
    file: OwnedFd,
}

/// The guard of the directory's lock: only this writes.
pub struct Locked<'d> {
    target: Target<'d>,
}

impl<'d> Target<'d> {
    /// Resolves a path, through all its links, to a regular file.
    ///
    /// # Errors
    /// [`StoreError`] where there is none, or where the path changes meanwhile.
    pub fn open(disk: &'d dyn Disk, path: &Path) -> Result<Target<'d>, StoreError> {
        let open_error = |source| StoreError::Open { path: path.to_owned(), source };
        let resolved = disk.resolve(path).map_err(open_error)?;
        let (Some(parent), Some(name)) = (resolved.parent(), resolved.file_name()) else {
            return Err(StoreError::NotAFile { path: path.to_owned() });
        };
        let directory = disk.open_directory(parent).map_err(open_error)?;
        let no_path = |source| StoreError::Io { step: "asking /proc for the folder of", path: path.to_owned(), source };
        if disk.path_of(&directory).map_err(no_path)? != parent {
            return Err(StoreError::Moved { path: path.to_owned() });
        }
        let name = name.to_owned();
        Ok(Target { disk, directory, path: resolved, name })
    }

    /// The resolved path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file as it is now.
    ///
    /// # Errors
    /// [`StoreError`] when it is no regular file, too large or unreadable.
    pub fn read(&self) -> Result<Snapshot, StoreError> {
        let open_error = |source| StoreError::Open { path: self.path.clone(), source };
        let (file, identity) = self.open_file()?;
        if identity.file_type != FileType::Regular {
            return Err(StoreError::NotAFile { path: self.path.clone() });
        }
        if identity.size > MAX_SIZE {
            return Err(StoreError::TooLarge { path: self.path.clone(), size: identity.size });
        }
        let bytes = self.disk.read(&file, identity.size).map_err(open_error)?;
        let lines = line_ends(&bytes);
        if lines > MAX_LINES {
            return Err(StoreError::TooManyLines { path: self.path.clone(), lines });
        }
        Ok(Snapshot { bytes, identity, file })
    }

    /// Whether nothing was written to the file since it was read.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read any more.
    pub fn is_still(&self, seen: &Snapshot) -> Result<bool, StoreError> {
        let (file, identity) = self.open_file()?;
        // Writes within one tick of the clock leave the times as they were.
        let same = |source| StoreError::Open { path: self.path.clone(), source };
        Ok(identity == seen.identity && self.disk.holds(&file, &seen.bytes).map_err(same)?)
    }

    fn open_file(&self) -> Result<(OwnedFd, Identity), StoreError> {
        let open_error = |source| StoreError::Open { path: self.path.clone(), source };
        let file = self.disk.open_file(&self.directory, &self.name).map_err(open_error)?;
        let identity = self.disk.identity(&file).map_err(open_error)?;
        Ok((file, identity))
    }

    /// Locks the directory, for as long as the guard lives. The file itself is replaced, so that a
    /// lock on it would not last.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process holds it.
    pub fn lock(self) -> Result<Locked<'d>, StoreError> {
        match self.disk.lock(&self.directory) {
            Ok(()) => Ok(Locked { target: self }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(StoreError::Locked { path: self.directory_path() })
            }
            Err(source) => Err(StoreError::Io { step: "locking", path: self.directory_path(), source }),
        }
    }

    fn directory_path(&self) -> PathBuf {
        self.path.parent().map(Path::to_owned).unwrap_or_default()
    }
}

impl Snapshot {
    /// Whether both are the same file (not: the same bytes).
    pub fn is_same_file(&self, other: &Snapshot) -> bool {
        self.identity.is_same_file(&other.identity)
    }
}

impl<'d> Locked<'d> {
    /// The file.
    pub fn target(&self) -> &Target<'d> {
        &self.target
    }

    /// Writes a copy of a snapshot, with the file's attributes, beside the file or into another
    /// directory, under a name that was free: `CS.cfg.pki-role.<stamp>`.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is left behind.
    pub fn back_up(&self, snapshot: &Snapshot, directory: Option<&Path>, stamp: &str) -> Result<PathBuf, StoreError> {
        let disk = self.target.disk;
        let (handle, place);
        let (directory, path) = match directory {
            Some(path) => {
                place = disk.resolve(path).map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
                handle =
                    disk.open_directory(&place).map_err(|source| StoreError::Open { path: place.clone(), source })?;
                (&handle, place)
            }
            None => (&self.target.directory, self.target.directory_path()),
        };
        for nth in 1.. {
            let mut name = self.target.name.clone();
            name.push(format!(".pki-role.{stamp}"));
            if nth > 1 {
                name.push(format!("-{nth}"));
            }
            match disk.create(directory, &name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && nth < 10_000 => {}
                Err(source) => {
                    return Err(StoreError::Io { step: "creating the backup", path: path.join(&name), source });
                }
                Ok(file) => {
                    let io = |source| StoreError::Io { step: "writing the backup", path: path.join(&name), source };
                    let written = self.fill(&file, snapshot, &snapshot.bytes).and_then(|()| disk.sync(directory));
                    return match written {
                        Ok(()) => Ok(path.join(&name)),
                        Err(error) => {
                            let _ = disk.remove(directory, &name);
                            Err(io(error))
                        }
                    };
                }
            }
        }
        Err(StoreError::InTheWay { path })
    }

    /// Removes a backup that turned out to be of no use.
    pub fn remove_backup(&self, backup: &Path) {
        let disk = self.target.disk;
        let Some((parent, name)) = backup.parent().zip(backup.file_name()) else { return };
        if let Ok(directory) = disk.open_directory(parent) {
            let _ = disk.remove(&directory, name);
        }
    }

    /// Does all of a backup and a replacement but the replacement, and takes it away again: what
    /// would fail (a full disk, a folder that cannot be written, a link in the way) fails here,
    /// before a server is stopped for it. `backup` is where the backup goes, if one is made: into a
    /// directory, or beside the file.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is left behind.
    pub fn rehearse(
        &self,
        snapshot: &Snapshot,
        proven: &Proven,
        backup: Option<Option<&Path>>,
    ) -> Result<(), StoreError> {
        let backup = backup.map(|folder| self.back_up(snapshot, folder, "trial.tmp")).transpose()?;
        let tried = self.write_temporary(snapshot, proven).and_then(|temporary| {
            let Target { disk, directory, path, .. } = &self.target;
            let io = |source| StoreError::Io { step: "taking away the trial beside", path: path.clone(), source };
            disk.remove(directory, &temporary).map_err(io)
        });
        if let Some(backup) = &backup {
            self.remove_backup(backup);
        }
        tried
    }

    /// Replaces the file, which must still be as in the snapshot, by proven bytes, with all its
    /// attributes, at once: at every moment the name holds the old bytes or the new ones.
    ///
    /// # Errors
    /// [`StoreError`]. The file is as it was and nothing is left behind, except after
    /// [`StoreError::NotFlushed`]: then it is the new one.
    pub fn replace(&self, snapshot: &Snapshot, proven: &Proven) -> Result<(), StoreError> {
        let temporary = self.write_temporary(snapshot, proven)?;
        let Target { disk, directory, path, name } = &self.target;
        let replaced = match self.target.is_still(snapshot) {
            Ok(true) => disk.rename(directory, &temporary, name).map_err(|source| StoreError::Io {
                step: "replacing",
                path: path.clone(),
                source,
            }),
            Ok(false) => Err(StoreError::ChangedMeanwhile { path: path.clone() }),
            Err(error) => Err(error),
        };
        if replaced.is_err() {
            let _ = disk.remove(directory, &temporary);
            return replaced;
        }
        disk.sync(directory).map_err(|source| StoreError::NotFlushed { path: path.clone(), source })
    }

    /// Writes the bytes, with the original's attributes, under a name beside the file, and gives the
    /// name. On failure nothing is left.
    fn write_temporary(&self, snapshot: &Snapshot, proven: &Proven) -> Result<OsString, StoreError> {
        let Target { disk, directory, path, name } = &self.target;
        let mut temporary = name.clone();
        temporary.push(TEMPORARY);
        let file = self.create_temporary(&temporary)?;
        self.fill(&file, snapshot, proven.bytes()).map_err(|source| {
            let _ = disk.remove(directory, &temporary);
            StoreError::Io { step: "writing beside", path: path.clone(), source }
        })?;
        Ok(temporary)
    }

    /// Under the lock a regular file of this name can only be left over from a killed run.
    fn create_temporary(&self, name: &OsStr) -> Result<OwnedFd, StoreError> {
        let Target { disk, directory, path, .. } = &self.target;
        let io = |source| StoreError::Io { step: "creating a temporary file beside", path: path.clone(), source };
        match disk.create(directory, name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if disk.file_type(directory, name).map_err(io)? != FileType::Regular {
                    return Err(StoreError::InTheWay { path: path.with_file_name(name) });
                }
                disk.remove(directory, name).map_err(io)?;
                disk.create(directory, name).map_err(io)
            }
            created => created.map_err(io),
        }
    }

    /// Fills a new file, still closed to everybody else, and gives it the original's attributes.
    fn fill(&self, file: &OwnedFd, original: &Snapshot, bytes: &[u8]) -> io::Result<()> {
        let disk = self.target.disk;
        disk.write(file, bytes)?;
        attributes::copy(disk, &original.file, file)?;
        disk.sync(file)
    }
}

/// How many lines a text has at most: CR LF counts twice. Not counted where too many have no room.
fn line_ends(bytes: &[u8]) -> usize {
    let count = |end: u8| memchr::memchr_iter(end, bytes).count();
    if bytes.len() > MAX_LINES { count(b'\n') + count(b'\r') } else { 0 }
}
