//! The real disk.
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Dir, FlockOperation, Gid, Mode, OFlags, RenameFlags, Stat, StatxAttributes, StatxFlags, Uid, XattrFlags,
    major, minor,
};
use rustix::io::Errno;

use super::disk::{Disk, FileType, Identity, LockHolder, Protection};

/// The operating system.
pub struct Os;

/// How many bytes of a file are compared at once.
const COMPARED: usize = 16 * 1024;

/// The largest list of names, or value, that Linux keeps for one file.
const ATTRIBUTE_SIZE: usize = 64 * 1024;

/// More names than this are not listed: their directory belongs to another account.
const MOST_NAMES: usize = 1000;

/// More of a file below `/proc` than this is not read.
const PROC_SIZE: u64 = 4 * 1024 * 1024;

impl Disk for Os {
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }

    fn link_target(&self, path: &Path) -> io::Result<PathBuf> {
        path.read_link()
    }

    fn open_directory(&self, path: &Path) -> io::Result<OwnedFd> {
        Ok(rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
    }

    fn path_of(&self, directory: &OwnedFd) -> io::Result<PathBuf> {
        proc_path("fd", directory).read_link()
    }

    fn lock(&self, directory: &OwnedFd) -> io::Result<()> {
        Ok(rustix::fs::flock(directory, FlockOperation::NonBlockingLockExclusive)?)
    }

    fn lock_holder(&self, directory: &OwnedFd) -> io::Result<Option<LockHolder>> {
        let Identity { device, inode, .. } = self.identity(directory)?;
        let file = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
        // "1: FLOCK  ADVISORY  WRITE 1234 08:02:131074 0 EOF"; "1: -> FLOCK ..." waits.
        let pid = read_proc(Path::new("/proc/locks"))?.lines().find_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let is_flock = fields.next() == Some("FLOCK");
            let pid = fields.nth(2)?.parse().ok()?;
            (is_flock && fields.next() == Some(&file)).then_some(pid)
        });
        let holder = |pid: u32| {
            let command = read_proc(Path::new(&format!("/proc/{pid}/comm"))).ok();
            LockHolder { pid, command: command.map(|name| name.trim_end().to_owned()) }
        };
        // Zero stands for a process of another container.
        Ok(pid.filter(|pid| *pid > 0).map(holder))
    }

    fn names(&self, directory: &OwnedFd, prefix: &OsStr) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name.starts_with(prefix.as_bytes()) && names.len() < MOST_NAMES {
                names.push(OsString::from_vec(name.to_vec()));
            }
        }
        names.sort();
        Ok(names)
    }

    fn make_directory(&self, parent: &OwnedFd, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(parent, name, Mode::RWXU)?)
    }

    fn enter(&self, parent: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?)
    }

    fn remove_directory(&self, parent: &OwnedFd, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?)
    }

    fn find(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(directory, name, flags, Mode::empty())?)
    }

    fn find_path(&self, path: &Path) -> io::Result<OwnedFd> {
        Ok(rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?)
    }

    fn open_found(&self, found: &OwnedFd) -> io::Result<OwnedFd> {
        // Not blocking: a pipe must not make us wait for its other end, nor a file such as /proc/kmsg for data.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(rustix::fs::open(proc_path("fd", found), flags, Mode::empty())?)
    }

    fn create(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?)
    }

    fn rename(&self, from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> io::Result<()> {
        Ok(rustix::fs::renameat(from.0, from.1, to.0, to.1)?)
    }

    fn rename_to_free_name(&self, from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> io::Result<()> {
        match rustix::fs::renameat_with(from.0, from.1, to.0, to.1, RenameFlags::NOREPLACE) {
            // Such as NFS, which knows no such flag; and containers that refuse what they do not know.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM) => {
                rustix::fs::linkat(from.0, from.1, to.0, to.1, AtFlags::empty())?;
                let _ = rustix::fs::unlinkat(from.0, from.1, AtFlags::empty());
                Ok(())
            }
            renamed => Ok(renamed?),
        }
    }

    fn remove(&self, directory: &OwnedFd, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(directory, name, AtFlags::empty())?)
    }

    fn identity(&self, file: &OwnedFd) -> io::Result<Identity> {
        Ok(identity(&rustix::fs::fstat(file)?))
    }

    fn protection(&self, file: &OwnedFd) -> io::Result<Protection> {
        let about = match rustix::fs::statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID) {
            Ok(about) => about,
            // Old containers refuse what they do not know.
            Err(Errno::NOSYS | Errno::PERM) => {
                return Ok(Protection { mount: mount_in_proc(file)?, ..Protection::default() });
            }
            Err(error) => return Err(error.into()),
        };
        let knows_mount = StatxFlags::from_bits_retain(about.stx_mask).contains(StatxFlags::MNT_ID);
        Ok(Protection {
            is_immutable: about.stx_attributes.contains(StatxAttributes::IMMUTABLE),
            is_append_only: about.stx_attributes.contains(StatxAttributes::APPEND),
            // Only since Linux 5.8.
            mount: if knows_mount { Some(about.stx_mnt_id) } else { mount_in_proc(file)? },
        })
    }

    fn read(&self, file: &OwnedFd, size: u64, limit: u64) -> io::Result<Vec<u8>> {
        let expected = usize::try_from(size.min(limit)).map_or(0, |size| size + 1);
        let mut bytes = Vec::with_capacity(expected);
        File::from(file.try_clone()?).take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn holds(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<bool> {
        let mut file = io::BufReader::with_capacity(COMPARED, File::from(file.try_clone()?));
        let mut rest = bytes;
        loop {
            let there = match file.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                there => there?,
            };
            if there.is_empty() {
                return Ok(rest.is_empty());
            }
            let Some(behind) = rest.strip_prefix(there) else { return Ok(false) };
            rest = behind;
            let length = there.len();
            file.consume(length);
        }
    }

    fn write(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
        File::from(file.try_clone()?).write_all(bytes)
    }

    fn sync(&self, file: &OwnedFd) -> io::Result<()> {
        match rustix::fs::fsync(file) {
            // A file system that cannot flush this kind of file, such as a shared folder its directories.
            Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
            flushed => Ok(flushed?),
        }
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

/// What the kernel says about an open file of ours.
fn proc_path(folder: &str, file: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/{folder}/{}", file.as_raw_fd()))
}

fn mount_in_proc(file: &OwnedFd) -> io::Result<Option<u64>> {
    let about = read_proc(&proc_path("fdinfo", file))?;
    Ok(about.lines().find_map(|line| line.strip_prefix("mnt_id:")?.trim().parse().ok()))
}

fn read_proc(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(PROC_SIZE).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[allow(clippy::unnecessary_cast, reason = "the fields' types differ between architectures")]
fn identity(stat: &Stat) -> Identity {
    let file_type = match rustix::fs::FileType::from_raw_mode(stat.st_mode) {
        rustix::fs::FileType::RegularFile => FileType::Regular,
        rustix::fs::FileType::Directory => FileType::Directory,
        rustix::fs::FileType::Symlink => FileType::Link,
        rustix::fs::FileType::Fifo => FileType::Pipe,
        rustix::fs::FileType::Socket => FileType::Socket,
        _ => FileType::Device,
    };
    Identity {
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
        modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        links: stat.st_nlink as u64,
        file_type,
        // A size below zero, which no file has, is as good as none: reading is bounded anyway.
        size: u64::try_from(stat.st_size).unwrap_or(0),
        owner: stat.st_uid,
        group: stat.st_gid,
        mode: stat.st_mode & 0o7777,
    }
}
