//! A CS.cfg that may be written: backed up, replaced.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Identity, Protection};
use super::error::StoreError;
use super::scratch::{self, Scratch};
use super::target::{Snapshot, Target};

/// What may be written to a CS.cfg.
pub trait Replacement {
    /// Its bytes.
    fn bytes(&self) -> &[u8];
}

impl Replacement for crate::cs_cfg::Verified {
    fn bytes(&self) -> &[u8] {
        self.bytes()
    }
}

/// The guard of the directory's lock: only this writes.
pub struct Locked<'d> {
    pub(super) target: Target<'d>,
}

impl<'d> Target<'d> {
    /// Locks the directory, for as long as the guard lives. The file itself is replaced, so that a
    /// lock on it would not last.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process holds it.
    pub fn lock(self) -> Result<Locked<'d>, StoreError> {
        match self.disk.lock(&self.directory) {
            Ok(()) => Ok(Locked { target: self }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let holder = self.disk.lock_holder(&self.directory).ok().flatten();
                Err(StoreError::Locked { path: self.directory().to_owned(), holder })
            }
            Err(source) => Err(StoreError::writing("locking", self.directory())(source)),
        }
    }
}

/// A backup that was made, for as long as it may turn out to be of no use.
#[derive(Debug)]
pub struct BackupFile {
    path: PathBuf,
    name: OsString,
    /// Nothing where it is beside the file.
    directory: Option<OwnedFd>,
    identity: Identity,
}

impl BackupFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// More backups than this have no names within one second.
const MOST_BACKUPS: usize = 10_000;

/// A directory that new files go into.
enum Folder<'l> {
    Own(&'l OwnedFd, &'l Path),
    Other(OwnedFd, PathBuf),
}

impl Folder<'_> {
    fn handle(&self) -> &OwnedFd {
        match self {
            Folder::Own(handle, _) => handle,
            Folder::Other(handle, _) => handle,
        }
    }

    fn path(&self) -> &Path {
        match self {
            Folder::Own(_, path) => path,
            Folder::Other(_, path) => path,
        }
    }
}

impl<'d> Locked<'d> {
    /// The file.
    pub fn target(&self) -> &Target<'d> {
        &self.target
    }

    /// Removes temporary files that killed runs left beside the file and in a directory for backups,
    /// and says which.
    pub fn sweep(&self, folder: Option<&Path>) -> Vec<PathBuf> {
        let Target { disk, directory, name, .. } = &self.target;
        let mut left = scratch::sweep(*disk, directory, self.target.directory(), name);
        if let Ok(Folder::Other(handle, path)) = self.folder(folder) {
            left.extend(scratch::sweep(*disk, &handle, &path, name));
        }
        left
    }

    /// Writes a copy of a snapshot, with the file's attributes, beside the file or into another
    /// directory, under a name that was free: `CS.cfg.pki-role.<stamp>`, or with `-2` and so on behind
    /// it. That name never holds a part of the copy only.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is left behind.
    pub fn back_up(&self, snapshot: &Snapshot, folder: Option<&Path>, stamp: &str) -> Result<BackupFile, StoreError> {
        let disk = self.target.disk;
        let folder = self.folder(folder)?;
        check_protection(disk, folder.handle(), folder.path())?;
        let scratch = Scratch::make(disk, folder.handle(), folder.path(), &self.target.name)?;
        let file = scratch.write("writing the backup in", &snapshot.bytes, snapshot)?;
        let failed = |source| StoreError::writing("making the backup in", folder.path())(source);
        let identity = disk.identity(&file).map_err(failed)?;
        let name = self.name_backup(&scratch, &file, &folder, stamp)?;
        if let Err(source) = disk.sync(folder.handle()) {
            let _ = disk.remove(folder.handle(), &name);
            return Err(failed(source));
        }
        drop(scratch);
        let path = folder.path().join(&name);
        let directory = match folder {
            Folder::Own(..) => None,
            Folder::Other(handle, _) => Some(handle),
        };
        Ok(BackupFile { path, name, directory, identity })
    }

    fn name_backup(
        &self,
        scratch: &Scratch<'_>,
        written: &OwnedFd,
        folder: &Folder<'_>,
        stamp: &str,
    ) -> Result<OsString, StoreError> {
        let mut first = self.target.name.clone();
        first.push(format!(".pki-role.{stamp}"));
        for nth in 1..MOST_BACKUPS {
            let mut name = first.clone();
            if nth > 1 {
                name.push(format!("-{nth}"));
            }
            match scratch.place_at_free_name(&name) {
                Ok(()) => return Ok(name),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_) if self.has_name(written, folder.handle(), &name) => return Ok(name),
                Err(source) => return Err(StoreError::writing("naming the backup in", folder.path())(source)),
            }
        }
        Err(StoreError::InTheWay { path: folder.path().join(first) })
    }

    /// Removes a backup that turned out to be of no use, unless its name is another file's by now.
    ///
    /// # Errors
    /// [`StoreError`]; then it is still there.
    pub fn remove_backup(&self, backup: &BackupFile) -> Result<(), StoreError> {
        let disk = self.target.disk;
        let directory = backup.directory.as_ref().unwrap_or(&self.target.directory);
        let remove = || {
            let found = disk.identity(&disk.find(directory, &backup.name)?)?;
            if !found.is_same_file(&backup.identity) {
                return Ok(false);
            }
            disk.remove(directory, &backup.name)?;
            Ok(true)
        };
        match remove() {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::ChangedMeanwhile { path: backup.path.clone() }),
            Err(source) => Err(StoreError::writing("removing the backup", &backup.path)(source)),
        }
    }

    /// Whether a backup is still the file at its name; yes also where that cannot be known.
    pub fn has_backup(&self, backup: &BackupFile) -> bool {
        let disk = self.target.disk;
        let directory = backup.directory.as_ref().unwrap_or(&self.target.directory);
        match disk.find(directory, &backup.name).and_then(|found| disk.identity(&found)) {
            Ok(found) => found.is_same_file(&backup.identity),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    /// Does all of a backup and a replacement but the last rename, and removes it again: what would
    /// fail (a full disk, a protected file, a directory that cannot be written) fails here, before a
    /// server is stopped for it. `backup` is where the backup goes, if one is made: into a directory,
    /// or beside the file.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is left behind.
    pub fn rehearse(
        &self,
        snapshot: &Snapshot,
        new: &dyn Replacement,
        backup: Option<Option<&Path>>,
    ) -> Result<(), StoreError> {
        let Target { disk, directory, name, .. } = &self.target;
        self.check_replaceable(snapshot)?;
        let folder = backup.map(|folder| self.folder(folder)).transpose()?;
        // Both at once, since both must have room.
        let backup = match &folder {
            Some(folder) => {
                check_protection(*disk, folder.handle(), folder.path())?;
                let scratch = Scratch::make(*disk, folder.handle(), folder.path(), name)?;
                scratch.write("writing the backup in", &snapshot.bytes, snapshot)?;
                Some(scratch)
            }
            None => None,
        };
        let scratch = Scratch::make(*disk, directory, self.target.directory(), name)?;
        scratch.write("writing a new file in", new.bytes(), snapshot)?;
        for scratch in backup.iter().chain([&scratch]) {
            scratch.remove().map_err(StoreError::writing("removing the trial in", self.target.directory()))?;
        }
        Ok(())
    }

    /// Replaces the file, which must still be as in the snapshot, with all its attributes, at once: at
    /// every moment the name holds the old bytes or the new ones.
    ///
    /// # Errors
    /// [`StoreError`]. The file is as it was and nothing is left behind, unless
    /// [`StoreError::is_replaced`].
    pub fn replace(&self, snapshot: &Snapshot, new: &dyn Replacement) -> Result<(), StoreError> {
        let Target { disk, directory, name, .. } = &self.target;
        let path = || self.target.path().to_owned();
        self.check_replaceable(snapshot)?;
        let scratch = Scratch::make(*disk, directory, self.target.directory(), name)?;
        let written = scratch.write("writing a new file in", new.bytes(), snapshot)?;
        if !self.target.is_in_place()? {
            return Err(StoreError::PathMoved { path: path(), is_replaced: false });
        }
        if !self.target.is_still(snapshot)? {
            return Err(StoreError::ChangedMeanwhile { path: path() });
        }
        if let Err(source) = scratch.place_over(name)
            && !self.has_name(&written, directory, name)
        {
            return Err(StoreError::writing("replacing", self.target.path())(source));
        }
        let flushed = disk.sync(directory);
        match self.target.leads_to(&written, new.bytes()) {
            Ok(true) => flushed.map_err(|source| StoreError::NotFlushed { path: path(), source }),
            Ok(false) => Err(StoreError::PathMoved { path: path(), is_replaced: true }),
            Err(source) => Err(StoreError::NotReadBack { path: path(), source }),
        }
    }

    /// Whether a name is the written file's: it may have been renamed in spite of an error, as over a
    /// network.
    fn has_name(&self, written: &OwnedFd, directory: &OwnedFd, name: &OsStr) -> bool {
        let disk = self.target.disk;
        let identities = || Ok::<_, io::Error>((disk.identity(&disk.find(directory, name)?)?, disk.identity(written)?));
        identities().is_ok_and(|(found, written)| found.is_same_file(&written))
    }

    /// Whether the last rename can go through, as far as that can be known without it.
    fn check_replaceable(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let Target { disk, directory, .. } = &self.target;
        let path = self.target.path();
        let around = check_protection(*disk, directory, self.target.directory())?;
        let own = check_protection(*disk, &snapshot.file, path)?;
        if let (Some(around), Some(own)) = (around.mount, own.mount)
            && around != own
        {
            return Err(StoreError::BindMounted { path: path.to_owned() });
        }
        let around = disk.identity(directory).map_err(StoreError::writing("looking at", path))?;
        let account = rustix::process::geteuid();
        let is_sticky = around.mode & rustix::fs::Mode::SVTX.as_raw_mode() != 0;
        if is_sticky && !account.is_root() && ![around.owner, snapshot.identity.owner].contains(&account.as_raw()) {
            let source = rustix::io::Errno::PERM.into();
            return Err(StoreError::writing("replacing", path)(source));
        }
        Ok(())
    }

    fn folder(&self, folder: Option<&Path>) -> Result<Folder<'_>, StoreError> {
        let Target { disk, directory, .. } = &self.target;
        let Some(path) = folder else { return Ok(Folder::Own(directory, self.target.directory())) };
        let reading = |source| StoreError::reading(path, source);
        let resolved = disk.resolve(path).map_err(reading)?;
        let handle = disk.open_directory(&resolved).map_err(reading)?;
        Ok(Folder::Other(handle, resolved))
    }
}

/// Whether new files can be made, renamed and removed in a directory, or a file replaced, as far as
/// its attributes say.
fn check_protection(disk: &dyn Disk, file: &OwnedFd, path: &Path) -> Result<Protection, StoreError> {
    let protection = disk.protection(file).map_err(StoreError::writing("looking at", path))?;
    let path = || path.to_owned();
    match () {
        () if protection.is_immutable => Err(StoreError::Immutable { path: path() }),
        () if protection.is_append_only => Err(StoreError::AppendOnly { path: path() }),
        () => Ok(protection),
    }
}
