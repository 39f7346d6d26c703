//! The system calls that a CS.cfg needs, one method each, so that a test can make any of them fail.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use strum::Display;

/// What kind of file a name holds, in words that follow "is a".
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq)]
#[strum(serialize_all = "lowercase")]
pub enum FileType {
    /// A regular file.
    #[strum(serialize = "regular file")]
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    #[strum(serialize = "symbolic link")]
    Link,
    /// A named pipe, or one without a name.
    Pipe,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
}

/// Which file it is, whose, and in what state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The number of its device.
    pub device: u64,
    /// Its number on that device.
    pub inode: u64,
    /// When it was last written: seconds and nanoseconds.
    pub modified: (i64, i64),
    /// How many names it has.
    pub links: u64,
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

    /// Whether both are the same file and show no sign of a change in between. A further name is none.
    pub fn is_unchanged(&self, other: &Identity) -> bool {
        Identity { links: 0, ..*self } == Identity { links: 0, ..*other }
    }
}

/// What keeps even root from replacing a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// `chattr +i`
    pub is_immutable: bool,
    /// `chattr +a`
    pub is_append_only: bool,
    /// The number of the mount that the file was reached through, where the kernel says it.
    pub mount: Option<u64>,
}

/// The process that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockHolder {
    /// Its number.
    pub pid: u32,
    /// Its name as the kernel keeps it, unless it has ended: a process can choose it.
    pub command: Option<String>,
}

/// The effects on files. [`Os`](super::Os) is the real one.
#[allow(missing_docs, reason = "a method without a comment is the system call that it is named for")]
pub trait Disk {
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;
    fn link_target(&self, path: &Path) -> io::Result<PathBuf>;
    fn open_directory(&self, path: &Path) -> io::Result<OwnedFd>;
    /// The path of an open directory.
    fn path_of(&self, directory: &OwnedFd) -> io::Result<PathBuf>;
    /// Locks a directory, or fails at once with `WouldBlock`.
    fn lock(&self, directory: &OwnedFd) -> io::Result<()>;
    fn lock_holder(&self, directory: &OwnedFd) -> io::Result<Option<LockHolder>>;
    /// The names in a directory that begin so; of very many not all.
    fn names(&self, directory: &OwnedFd, prefix: &OsStr) -> io::Result<Vec<OsString>>;
    /// Makes a directory that is open to nobody else.
    fn make_directory(&self, parent: &OwnedFd, name: &OsStr) -> io::Result<()>;
    /// Opens a directory; no link is followed.
    fn enter(&self, parent: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd>;
    fn remove_directory(&self, parent: &OwnedFd, name: &OsStr) -> io::Result<()>;
    /// A handle that only names the file: nothing is opened, so that a device or a pipe does not notice.
    /// No link is followed.
    fn find(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd>;
    /// The same for a path, whose links are followed.
    fn find_path(&self, path: &Path) -> io::Result<OwnedFd>;
    /// Opens for reading what a handle of [`find`](Disk::find) names.
    fn open_found(&self, found: &OwnedFd) -> io::Result<OwnedFd>;
    /// Makes a new file that is open to nobody else.
    fn create(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd>;
    fn rename(&self, from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> io::Result<()>;
    /// The same, but fails with `AlreadyExists` where the name is taken.
    fn rename_to_free_name(&self, from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> io::Result<()>;
    fn remove(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<()>;
    fn identity(&self, file: &OwnedFd) -> io::Result<Identity>;
    fn protection(&self, file: &OwnedFd) -> io::Result<Protection>;
    /// Reads to the end, or until there are `limit` bytes, whatever size the file claims to have.
    fn read(&self, file: &OwnedFd, size: u64, limit: u64) -> io::Result<Vec<u8>>;
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
