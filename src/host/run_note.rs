//! The note of a run that has stopped a unit, for the run after one that was killed: it says that the
//! unit ran before, and so has to be started.
//!
//! A note is of use until the next boot only, hence its place: `/run/pki-role/<unit>.json`, below
//! another root there. Where it cannot be kept (no `/run`, no right to write there) there is none, and
//! nobody complains. A directory or file that another account owns or can write is not believed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use serde::{Deserialize, Serialize};

/// The directory's name below `run`.
const DIRECTORY: &str = "pki-role";
/// A note of this size or a larger one is none.
const MAX_SIZE: u64 = 64 * 1024;

/// What a run notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunNote {
    /// The unit that it stopped.
    pub unit: String,
    /// The boot that it ran in.
    pub boot_id: String,
    /// Its process.
    pub pid: u32,
    /// When that process was started, in the kernel's ticks since the boot: numbers of processes are
    /// used again.
    pub pid_start_time: u64,
    /// The command that was typed.
    pub command: String,
    /// The CS.cfg.
    pub config: String,
}

impl RunNote {
    /// Whether the run that wrote this is still under way.
    pub fn is_running(&self) -> bool {
        start_time(self.pid) == Some(self.pid_start_time)
    }
}

/// The place where the notes of a host are.
#[derive(Clone, Debug)]
pub struct RunNotes {
    root: PathBuf,
}

impl RunNotes {
    /// Below a root.
    pub fn below(root: &Path) -> RunNotes {
        RunNotes { root: root.to_owned() }
    }

    /// Notes that this process is about to stop a unit; whether that could be noted.
    pub fn write(&self, unit: &str, command: &str, config: &str) -> bool {
        let note = || {
            let pid = std::process::id();
            Some(RunNote {
                unit: unit.to_owned(),
                boot_id: boot_id()?,
                pid,
                pid_start_time: start_time(pid)?,
                command: command.to_owned(),
                config: config.to_owned(),
            })
        };
        note().is_some_and(|note| self.put(&note).is_ok())
    }

    /// The note about a unit, if there is one of this boot.
    pub fn read(&self, unit: &str) -> Option<RunNote> {
        let directory = self.open().ok()?;
        read(&directory, &file_name(unit)?).filter(|note| note.unit == unit)
    }

    /// Removes the note about a unit.
    pub fn remove(&self, unit: &str) {
        if let (Some(name), Ok(directory)) = (file_name(unit), self.open()) {
            let _ = rustix::fs::unlinkat(directory, name, AtFlags::empty());
        }
    }

    fn put(&self, note: &RunNote) -> io::Result<()> {
        let name = file_name(&note.unit).ok_or(io::ErrorKind::InvalidInput)?;
        let directory = self.open().or_else(|_| self.make())?;
        let temporary = format!(".{name}.tmp");
        // Left by a run that was killed; of two at once, which the lock of the CS.cfg prevents, one fails.
        let _ = rustix::fs::unlinkat(&directory, &temporary, AtFlags::empty());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&directory, &temporary, flags, Mode::RUSR | Mode::WUSR)?;
        let written = serde_json::to_vec(note).map_err(io::Error::other);
        let written = written.and_then(|bytes| File::from(file).write_all(&bytes));
        let placed = written.and_then(|()| Ok(rustix::fs::renameat(&directory, &temporary, &directory, &name)?));
        if placed.is_err() {
            let _ = rustix::fs::unlinkat(&directory, &temporary, AtFlags::empty());
        }
        placed
    }

    fn run(&self) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(&self.root, flags, Mode::empty())?;
        Ok(rustix::fs::openat(&root, "run", flags | OFlags::NOFOLLOW, Mode::empty())?)
    }

    fn open(&self) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = rustix::fs::openat(self.run()?, DIRECTORY, flags, Mode::empty())?;
        if is_ours(&directory, FileType::Directory)? {
            Ok(directory)
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }

    fn make(&self) -> io::Result<OwnedFd> {
        rustix::fs::mkdirat(self.run()?, DIRECTORY, Mode::RWXU)?;
        self.open()
    }
}

/// A note of this boot. What cannot be read as one is none.
fn read(directory: &OwnedFd, name: &str) -> Option<RunNote> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, name, flags, Mode::empty()).ok()?;
    if !is_ours(&file, FileType::RegularFile).ok()? {
        return None;
    }
    let mut bytes = Vec::new();
    File::from(file).take(MAX_SIZE).read_to_end(&mut bytes).ok()?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size == MAX_SIZE) {
        return None;
    }
    let note: RunNote = serde_json::from_slice(&bytes).ok()?;
    (Some(&note.boot_id) == boot_id().as_ref()).then_some(note)
}

/// Whether a file is of this account, and writable for no other.
fn is_ours(file: &OwnedFd, wanted: FileType) -> io::Result<bool> {
    let about = rustix::fs::fstat(file)?;
    let is_private = about.st_mode & 0o022 == 0 && about.st_uid == rustix::process::geteuid().as_raw();
    Ok(is_private && FileType::from_raw_mode(about.st_mode) == wanted)
}

/// The name of a unit's note; none for what cannot be a file's name.
fn file_name(unit: &str) -> Option<String> {
    let is_name = !unit.is_empty() && !unit.starts_with('.') && !unit.contains(['/', '\0']) && unit.len() < 240;
    is_name.then(|| format!("{unit}.json"))
}

/// The number of this boot.
fn boot_id() -> Option<String> {
    let id = proc("/proc/sys/kernel/random/boot_id")?.trim().to_owned();
    (!id.is_empty()).then_some(id)
}

/// When a process was started: field 22 of its `stat`. Its name, field 2, may hold any character.
fn start_time(pid: u32) -> Option<u64> {
    let stat = proc(&format!("/proc/{pid}/stat"))?;
    let (_, behind) = stat.rsplit_once(')')?;
    behind.split_whitespace().nth(22 - 3)?.parse().ok()
}

fn proc(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_SIZE).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
