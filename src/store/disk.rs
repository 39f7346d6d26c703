//! The system calls that a CS.cfg needs, one method each, so that a test can make any of them fail.
#![allow(clippy::disallowed_methods, reason = "this module is where files are touched")]

use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FlockOperation, Gid, Mode, OFlags, Stat, Uid, XattrFlags};

/// What kind of file a name holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A regular file.
    Regular,
    /// Anything else: a directory, a link, a pipe.
    Other,
}

/// Which file it is, whose, and in what state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    changed: (i64, i64),
    /// Its kind.
    pub file_type: FileType,
    /// Its length in bytes.
    pub size: u64,
    /// Its owner's number.
    pub owner: u32,
    /// Its group's number.
    pub group: u32,
    /// Its permission bits.
    pub mode: u32,
}

impl Identity {
    /// Whether both are the same file, whatever was written to it.
    pub fn is_same_file(&self, other: &Identity) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }
}

/// The effects on files. [`Os`] is the real one.
#[allow(missing_docs, reason = "each method is the system call it is named for")]
pub trait Disk {
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;
    fn open_directory(&self, path: &Path) -> io::Result<OwnedFd>;
    fn path_of(&self, directory: &OwnedFd) -> io::Result<PathBuf>;
    fn lock(&self, directory: &OwnedFd) -> io::Result<()>;
    fn file_type(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<FileType>;
    fn open_file(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd>;
    fn create(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd>;
    fn rename(&self, directory: &OwnedFd, from: &OsStr, to: &OsStr) -> io::Result<()>;
    fn remove(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<()>;
    fn identity(&self, file: &OwnedFd) -> io::Result<Identity>;
    fn read(&self, file: &OwnedFd, size: u64) -> io::Result<Vec<u8>>;
    /// Whether the file holds these bytes and no others.
    fn holds(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<bool>;
    fn write(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<()>;
    fn sync(&self, file: &OwnedFd) -> io::Result<()>;
    fn set_owner(&self, file: &OwnedFd, owner: u32, group: u32) -> io::Result<()>;
    fn set_mode(&self, file: &OwnedFd, mode: u32) -> io::Result<()>;
    fn attribute_names(&self, file: &OwnedFd) -> io::Result<Vec<CString>>;
    fn attribute(&self, file: &OwnedFd, name: &CString) -> io::Result<Vec<u8>>;
    fn set_attribute(&self, file: &OwnedFd, name: &CString, value: &[u8]) -> io::Result<()>;
    fn remove_attribute(&self, file: &OwnedFd, name: &CString) -> io::Result<()>;
}

/// The operating system.
pub struct Os;

/// How many bytes of a file are compared at once.
const COMPARED: usize = 64 * 1024;

/// The largest list of names, or value, that Linux keeps for one file.
const ATTRIBUTE_SIZE: usize = 64 * 1024;

impl Disk for Os {
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }

    fn open_directory(&self, path: &Path) -> io::Result<OwnedFd> {
        Ok(rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
    }

    fn path_of(&self, directory: &OwnedFd) -> io::Result<PathBuf> {
        use std::os::fd::AsRawFd;
        Path::new(&format!("/proc/self/fd/{}", directory.as_raw_fd())).read_link()
    }

    fn lock(&self, directory: &OwnedFd) -> io::Result<()> {
        Ok(rustix::fs::flock(directory, FlockOperation::NonBlockingLockExclusive)?)
    }

    fn file_type(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<FileType> {
        Ok(identity(&rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?).file_type)
    }

    fn open_file(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
        // Not blocking: a pipe must not make us wait for its other end.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(directory, name, flags, Mode::empty())?)
    }

    fn create(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?)
    }

    fn rename(&self, directory: &OwnedFd, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(directory, from, directory, to)?)
    }

    fn remove(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(directory, name, AtFlags::empty())?)
    }

    fn identity(&self, file: &OwnedFd) -> io::Result<Identity> {
        Ok(identity(&rustix::fs::fstat(file)?))
    }

    fn read(&self, file: &OwnedFd, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
        io::Read::read_to_end(&mut std::fs::File::from(file.try_clone()?), &mut bytes)?;
        Ok(bytes)
    }

    fn holds(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<bool> {
        let mut file = io::BufReader::with_capacity(COMPARED, std::fs::File::from(file.try_clone()?));
        let mut rest = bytes;
        loop {
            let there = match io::BufRead::fill_buf(&mut file) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                there => there?,
            };
            if there.is_empty() {
                return Ok(rest.is_empty());
            }
            let Some(behind) = rest.strip_prefix(there) else { return Ok(false) };
            rest = behind;
            let length = there.len();
            io::BufRead::consume(&mut file, length);
        }
    }

    fn write(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(&mut std::fs::File::from(file.try_clone()?), bytes)
    }

    fn sync(&self, file: &OwnedFd) -> io::Result<()> {
        Ok(rustix::fs::fsync(file)?)
    }

    fn set_owner(&self, file: &OwnedFd, owner: u32, group: u32) -> io::Result<()> {
        Ok(rustix::fs::fchown(file, Some(Uid::from_raw(owner)), Some(Gid::from_raw(group)))?)
    }

    fn set_mode(&self, file: &OwnedFd, mode: u32) -> io::Result<()> {
        Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?)
    }

    fn attribute_names(&self, file: &OwnedFd) -> io::Result<Vec<CString>> {
        let mut list = Vec::with_capacity(ATTRIBUTE_SIZE);
        rustix::fs::flistxattr(file, rustix::buffer::spare_capacity(&mut list))?;
        let names = list.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        Ok(names.filter_map(|name| CString::new(name).ok()).collect())
    }

    fn attribute(&self, file: &OwnedFd, name: &CString) -> io::Result<Vec<u8>> {
        let mut value = Vec::with_capacity(ATTRIBUTE_SIZE);
        rustix::fs::fgetxattr(file, name, rustix::buffer::spare_capacity(&mut value))?;
        Ok(value)
    }

    fn set_attribute(&self, file: &OwnedFd, name: &CString, value: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::fsetxattr(file, name, value, XattrFlags::empty())?)
    }

    fn remove_attribute(&self, file: &OwnedFd, name: &CString) -> io::Result<()> {
        Ok(rustix::fs::fremovexattr(file, name)?)
    }
}

#[allow(clippy::unnecessary_cast, reason = "the fields' types differ between architectures")]
fn identity(stat: &Stat) -> Identity {
    let file_type = match rustix::fs::FileType::from_raw_mode(stat.st_mode) {
        rustix::fs::FileType::RegularFile => FileType::Regular,
        _ => FileType::Other,
    };
    Identity {
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
        changed: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        file_type,
        size: u64::try_from(stat.st_size).unwrap_or_default(),
        owner: stat.st_uid,
        group: stat.st_gid,
        mode: stat.st_mode & 0o7777,
    }
}
