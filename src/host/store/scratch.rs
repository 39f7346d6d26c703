//! A directory for one new file, which nobody else can enter.
//!
//! The directory around it belongs to another account. That account can rename this one or remove it
//! when it is empty, but cannot reach into it: what is renamed from here, through its handle, is what
//! was written here.

use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::attributes;
use super::disk::{Disk, FileType};
use super::error::StoreError;
use super::target::{Snapshot, leads_nowhere};

/// What is put behind the file's name for such a directory, with a random number behind it.
const TEMPORARY: &str = ".pki-role.tmp";
/// What version 0.1 tried a backup with.
const TRIAL: &str = ".pki-role.trial.tmp";
/// The new file's name in it.
const NEW: &str = "new";
/// How many names are tried for it.
const TRIES: usize = 16;

/// The directory. It is removed, with what is left in it, when it is dropped.
pub(super) struct Scratch<'d> {
    disk: &'d dyn Disk,
    parent: &'d OwnedFd,
    place: &'d Path,
    name: OsString,
    directory: OwnedFd,
}

impl<'d> Scratch<'d> {
    /// Makes one in a directory, for a file of this name there.
    pub fn make(
        disk: &'d dyn Disk,
        parent: &'d OwnedFd,
        place: &'d Path,
        file_name: &OsStr,
    ) -> Result<Scratch<'d>, StoreError> {
        let making = StoreError::writing("making a temporary directory in", place);
        for _ in 0..TRIES {
            let mut name = file_name.to_owned();
            name.push(format!("{TEMPORARY}.{:016x}", RandomState::new().build_hasher().finish()));
            match disk.make_directory(parent, &name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.map_err(&making)?,
            }
            let entered = disk.enter(parent, &name).and_then(|directory| {
                let identity = disk.identity(&directory)?;
                Ok((directory, identity))
            });
            // Until it is known to be this account's, nothing is removed but an empty directory.
            let give_up = |error| {
                let _ = disk.remove_directory(parent, &name);
                Err(error)
            };
            let (directory, identity) = match entered {
                // Somebody was quicker; a link is not followed.
                Err(error) if leads_nowhere(&error) => continue,
                Err(error) => return give_up(making(error)),
                Ok(entered) => entered,
            };
            if identity.owner != rustix::process::geteuid().as_raw() || identity.mode & 0o022 != 0 {
                return give_up(StoreError::NotPrivate { path: place.to_owned() });
            }
            match disk.lock(&directory) {
                // Just being swept by another run.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                // Where there are no locks, nothing is swept.
                _ => return Ok(Scratch { disk, parent, place, name, directory }),
            }
        }
        Err(StoreError::InTheWay { path: place.join(file_name) })
    }

    /// Writes the new file: the bytes, the attributes of the original, flushed to disk.
    pub fn write(&self, step: &'static str, bytes: &[u8], original: &Snapshot) -> Result<OwnedFd, StoreError> {
        let write = || {
            let file = self.disk.create(&self.directory, OsStr::new(NEW))?;
            self.disk.write(&file, bytes)?;
            attributes::copy(self.disk, &original.file, &file)?;
            self.disk.sync(&file)?;
            Ok(file)
        };
        write().map_err(StoreError::writing(step, self.place))
    }

    /// Renames the new file over one beside this directory.
    pub fn place_over(&self, name: &OsStr) -> io::Result<()> {
        self.disk.rename((&self.directory, OsStr::new(NEW)), (self.parent, name))
    }

    /// Renames the new file to a name beside this directory that is free.
    pub fn place_at_free_name(&self, name: &OsStr) -> io::Result<()> {
        self.disk.rename_to_free_name((&self.directory, OsStr::new(NEW)), (self.parent, name))
    }

    /// Removes it, with what is left in it.
    pub fn remove(&self) -> io::Result<()> {
        match self.disk.remove(&self.directory, OsStr::new(NEW)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        match self.disk.remove_directory(self.parent, &self.name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        let _ = self.remove();
    }
}

/// Removes what killed runs left in a directory beside a file of this name, and says what. What is in
/// use is locked, and stays.
pub(super) fn sweep(disk: &dyn Disk, parent: &OwnedFd, place: &Path, file_name: &OsStr) -> Vec<PathBuf> {
    let mut prefix = file_name.to_owned();
    prefix.push(".pki-role.");
    let names = disk.names(parent, &prefix).unwrap_or_else(|_| Vec::new());
    let is_ours = |name: &&OsString| {
        let behind = name.as_encoded_bytes().strip_prefix(file_name.as_encoded_bytes());
        behind.and_then(|behind| std::str::from_utf8(behind).ok()).is_some_and(is_temporary)
    };
    let left = names.iter().filter(is_ours).filter(|name| remove_left(disk, parent, name).is_ok());
    left.map(|name| place.join(name)).collect()
}

/// Whether a name, behind the file's own, is one that this program gives or gave.
fn is_temporary(behind: &str) -> bool {
    let is_numbered = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has = |begin: &str, mark| match behind.strip_prefix(begin) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(mark).is_some_and(is_numbered),
        None => false,
    };
    has(TEMPORARY, '.') || has(TRIAL, '-')
}

/// Removes one: a regular file, as version 0.1 left it, or a directory of this account.
fn remove_left(disk: &dyn Disk, parent: &OwnedFd, name: &OsStr) -> io::Result<()> {
    let identity = disk.identity(&disk.find(parent, name)?)?;
    match identity.file_type {
        FileType::Regular => disk.remove(parent, name),
        FileType::Directory if identity.owner == rustix::process::geteuid().as_raw() => {
            let directory = disk.enter(parent, name)?;
            disk.lock(&directory)?;
            match disk.remove(&directory, OsStr::new(NEW)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            disk.remove_directory(parent, name)
        }
        _ => Err(io::ErrorKind::Other.into()),
    }
}
