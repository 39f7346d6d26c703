//! A CS.cfg that is looked at: where it is, and what it holds.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::cs_cfg::MAX_SIZE;

use super::bounds;
use super::disk::{Disk, FileType, Identity};
use super::error::{Excess, StoreError};

/// A resolved CS.cfg: a directory's handle and a name in it.
pub struct Target<'d> {
    pub(super) disk: &'d dyn Disk,
    pub(super) directory: OwnedFd,
    pub(super) name: OsString,
    requested: PathBuf,
    path: PathBuf,
}

/// The bytes of a file and which file they were read from.
#[derive(Debug)]
pub struct Snapshot {
    /// The bytes.
    pub bytes: Vec<u8>,
    pub(super) identity: Identity,
    /// Kept open: what is copied of the file is copied from this one, whatever has its name by then.
    pub(super) file: OwnedFd,
}

impl<'d> Target<'d> {
    /// Resolves a path through all its links. The file itself is not looked at yet.
    ///
    /// # Errors
    /// [`StoreError`] where there is none, or where the path changes meanwhile.
    pub fn open(disk: &'d dyn Disk, path: &Path) -> Result<Target<'d>, StoreError> {
        let reading = |source| StoreError::reading(path, source);
        let resolved = disk.resolve(path).map_err(|source| not_resolved(disk, path, source))?;
        let (Some(parent), Some(name)) = (resolved.parent(), resolved.file_name()) else {
            return Err(StoreError::NotAFile { path: path.to_owned(), kind: FileType::Directory });
        };
        let directory = disk.open_directory(parent).map_err(reading)?;
        let asking = StoreError::writing("asking /proc for the directory of", path);
        if disk.path_of(&directory).map_err(asking)? != parent {
            return Err(StoreError::PathMoved { path: path.to_owned(), is_replaced: false });
        }
        let name = name.to_owned();
        Ok(Target { disk, directory, name, requested: path.to_owned(), path: resolved })
    }

    /// The resolved path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The resolved path of its directory.
    pub fn directory(&self) -> &Path {
        // It had a parent when it was opened.
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// Reads the file as it is now.
    ///
    /// # Errors
    /// [`StoreError`] when it is not a regular file, cannot be read, or cannot be a CS.cfg.
    pub fn read(&self) -> Result<Snapshot, StoreError> {
        let path = || self.path.clone();
        let reading = |source| StoreError::reading(&self.path, source);
        let (found, identity) = self.find().map_err(reading)?;
        match identity.file_type {
            FileType::Regular => {}
            kind => return Err(StoreError::NotAFile { path: path(), kind }),
        }
        if identity.size > MAX_SIZE {
            return Err(StoreError::TooLarge { path: path(), excess: Excess::Bytes });
        }
        let file = self.disk.open_found(&found).map_err(reading)?;
        let bytes = self.disk.read(&file, identity.size, MAX_SIZE + 1).map_err(reading)?;
        bounds::check(&bytes, &self.path)?;
        Ok(Snapshot { bytes, identity, file })
    }

    /// Reads what the path that was asked for leads to by now.
    ///
    /// # Errors
    /// [`StoreError`], the same ones as when it was opened and read.
    pub fn read_again(&self) -> Result<Snapshot, StoreError> {
        Target::open(self.disk, &self.requested)?.read()
    }

    /// Whether the name is still that of the file that was read, whatever was written to it since.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be known.
    pub fn is_same_file(&self, seen: &Snapshot) -> Result<bool, StoreError> {
        self.finds_such(|_, identity| Ok(identity.is_same_file(&seen.identity)))
    }

    /// Whether this is still the file that was read, and nothing was written to it since.
    ///
    /// # Errors
    /// [`StoreError`] when that cannot be known.
    pub fn is_still(&self, seen: &Snapshot) -> Result<bool, StoreError> {
        self.finds_such(|found, identity| {
            // Writes within one tick of the clock leave the times as they were.
            Ok(identity.is_unchanged(&seen.identity) && self.disk.holds(&self.disk.open_found(found)?, &seen.bytes)?)
        })
    }

    /// Whether there is a file of the name, and it is such a one.
    fn finds_such(&self, is_such: impl FnOnce(&OwnedFd, &Identity) -> io::Result<bool>) -> Result<bool, StoreError> {
        let answer = match self.find() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            found => found.and_then(|(found, identity)| is_such(&found, &identity)),
        };
        answer.map_err(|source| StoreError::reading(&self.path, source))
    }

    fn find(&self) -> io::Result<(OwnedFd, Identity)> {
        let found = self.disk.find(&self.directory, &self.name)?;
        let identity = self.disk.identity(&found)?;
        Ok((found, identity))
    }

    /// Whether the path that was asked for, resolved again, leads into the directory that was opened,
    /// to the same name.
    pub(super) fn is_in_place(&self) -> Result<bool, StoreError> {
        match self.resolve_again() {
            Ok(directory) => Ok(directory.is_some()),
            Err(error) if leads_nowhere(&error) => Ok(false),
            Err(source) => Err(StoreError::reading(&self.requested, source)),
        }
    }

    /// Whether the path, resolved again, leads to this very file, and it holds these bytes.
    pub(super) fn leads_to(&self, written: &OwnedFd, bytes: &[u8]) -> io::Result<bool> {
        let leads_there = || {
            let Some(directory) = self.resolve_again()? else { return Ok(false) };
            let found = self.disk.find(&directory, &self.name)?;
            Ok(self.disk.identity(&found)?.is_same_file(&self.disk.identity(written)?)
                && self.disk.holds(&self.disk.open_found(&found)?, bytes)?)
        };
        match leads_there() {
            Err(error) if leads_nowhere(&error) => Ok(false),
            answer => answer,
        }
    }

    fn resolve_again(&self) -> io::Result<Option<OwnedFd>> {
        let resolved = self.disk.resolve(&self.requested)?;
        let (Some(parent), Some(name)) = (resolved.parent(), resolved.file_name()) else { return Ok(None) };
        let directory = self.disk.open_directory(parent)?;
        let is_same = self.disk.identity(&directory)?.is_same_file(&self.disk.identity(&self.directory)?);
        Ok((is_same && name == self.name).then_some(directory))
    }
}

impl Snapshot {
    /// Whether both are the same file (not: the same bytes).
    pub fn is_same_file(&self, other: &Snapshot) -> bool {
        self.identity.is_same_file(&other.identity)
    }

    /// The numbers of its device and of the file on it: two paths with the same numbers are one file.
    pub fn device_and_inode(&self) -> (u64, u64) {
        (self.identity.device, self.identity.inode)
    }

    /// How many names the file has. A replacement is seen under one of them only: the others keep the
    /// old bytes.
    pub fn hard_links(&self) -> u64 {
        self.identity.links
    }
}

/// A path that cannot be resolved at all; why, as precisely as can be.
fn not_resolved(disk: &dyn Disk, path: &Path, source: io::Error) -> StoreError {
    match disk.link_target(path) {
        Ok(target) if source.kind() == io::ErrorKind::NotFound => {
            StoreError::DanglingLink { path: path.to_owned(), target }
        }
        _ => StoreError::reading(path, source),
    }
}

/// A path that leads to no file, which is an answer.
pub(super) fn leads_nowhere(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}
