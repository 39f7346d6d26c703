//! A disk that counts its effects, and at one of them something happens.

use std::cell::{Cell, RefCell};
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use pki_role::host::store::{Disk, Identity, LockHolder, Os, Protection};

use super::store::patiently;

pub const EIO: i32 = 5;
pub const ENOSPC: i32 = 28;
pub const ENOTSUP: i32 = 95;

/// What happens at an effect.
#[derive(Clone, Copy)]
pub enum Fault<'f> {
    /// It fails.
    Error(i32),
    /// It succeeds, and says that it failed.
    Late(i32),
    /// It fails, and so does everything after it, as if the program had been killed.
    Lasting(i32),
    /// The program has a bug there.
    Panic,
    /// Somebody else does something right before it.
    Act(&'f dyn Fn()),
    /// Somebody looks right before it, and before every other one.
    Watch(&'f dyn Fn(&str)),
}

impl std::fmt::Debug for Fault<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Error(errno) => write!(f, "error {errno}"),
            Fault::Late(errno) => write!(f, "late error {errno}"),
            Fault::Lasting(errno) => write!(f, "lasting error {errno}"),
            Fault::Panic => write!(f, "panic"),
            Fault::Act(_) => write!(f, "somebody else's act"),
            Fault::Watch(_) => write!(f, "a look"),
        }
    }
}

/// The effects of a run, of the disk and of whatever else counts them here.
pub struct Effects<'f> {
    fault: Fault<'f>,
    at: usize,
    count: Cell<usize>,
    hits: RefCell<Vec<String>>,
    late: Cell<Option<i32>>,
}

impl<'f> Effects<'f> {
    /// The fault is at effect number `at`, from 0 on.
    pub fn new(fault: Fault<'f>, at: usize) -> Effects<'f> {
        Effects { fault, at, count: Cell::default(), hits: RefCell::default(), late: Cell::default() }
    }

    /// Where the fault was met, in order; nothing where the run was over before it.
    pub fn hits(&self) -> Vec<String> {
        self.hits.borrow().clone()
    }

    /// How many effects there were.
    pub fn count(&self) -> usize {
        self.count.get()
    }

    /// Counts an effect; an error where it has to fail.
    pub fn effect(&self, name: &str) -> io::Result<()> {
        let number = self.count.replace(self.count.get() + 1);
        let is_hit = match self.fault {
            Fault::Lasting(_) => number >= self.at,
            Fault::Watch(_) => true,
            _ => number == self.at,
        };
        if !is_hit {
            return Ok(());
        }
        self.hits.borrow_mut().push(name.to_owned());
        match self.fault {
            Fault::Error(errno) | Fault::Lasting(errno) => return Err(io::Error::from_raw_os_error(errno)),
            Fault::Late(errno) => self.late.set(Some(errno)),
            Fault::Panic => resume_unwind(Box::new("a bug")),
            Fault::Act(act) => act(),
            Fault::Watch(look) => look(name),
        }
        Ok(())
    }
}

impl Effects<'_> {
    /// What became of an effect.
    fn after<T>(&self, done: io::Result<T>) -> io::Result<T> {
        match self.late.take() {
            Some(errno) => Err(io::Error::from_raw_os_error(errno)),
            None => done,
        }
    }
}

/// The real disk, with its effects counted.
pub struct FaultyDisk<'e>(pub &'e Effects<'e>);

macro_rules! faulty {
    ($($name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        impl Disk for FaultyDisk<'_> {
            $(fn $name(&self, $($arg: $type),*) -> io::Result<$out> {
                self.0.effect(stringify!($name))?;
                self.0.after(Os.$name($($arg),*))
            })*

            fn write(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
                let fault = self.0.effect("write");
                // The worst that a write can do: fail half way.
                Os.write(file, if fault.is_ok() { bytes } else { &bytes[..bytes.len() / 2] })?;
                self.0.after(fault)
            }

            fn lock(&self, directory: &OwnedFd) -> io::Result<()> {
                self.0.effect("lock")?;
                let is_locked = |locked: &io::Result<()>| matches!(locked, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
                self.0.after(patiently(|| Os.lock(directory), is_locked))
            }
        }
    };
}

faulty! {
    resolve(path: &Path) -> PathBuf;
    link_target(path: &Path) -> PathBuf;
    open_directory(path: &Path) -> OwnedFd;
    path_of(directory: &OwnedFd) -> PathBuf;
    lock_holder(directory: &OwnedFd) -> Option<LockHolder>;
    names(directory: &OwnedFd, prefix: &OsStr) -> Vec<OsString>;
    make_directory(parent: &OwnedFd, name: &OsStr) -> ();
    enter(parent: &OwnedFd, name: &OsStr) -> OwnedFd;
    remove_directory(parent: &OwnedFd, name: &OsStr) -> ();
    find(directory: &OwnedFd, name: &OsStr) -> OwnedFd;
    find_path(path: &Path) -> OwnedFd;
    open_found(found: &OwnedFd) -> OwnedFd;
    create(directory: &OwnedFd, name: &OsStr) -> OwnedFd;
    rename(from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> ();
    rename_to_free_name(from: (&OwnedFd, &OsStr), to: (&OwnedFd, &OsStr)) -> ();
    remove(directory: &OwnedFd, name: &OsStr) -> ();
    identity(file: &OwnedFd) -> Identity;
    protection(file: &OwnedFd) -> Protection;
    read(file: &OwnedFd, size: u64, limit: u64) -> Vec<u8>;
    holds(file: &OwnedFd, bytes: &[u8]) -> bool;
    sync(file: &OwnedFd) -> ();
    set_owner(file: &OwnedFd, owner: u32, group: u32) -> ();
    set_mode(file: &OwnedFd, mode: u32) -> ();
    attribute_names(file: &OwnedFd) -> Vec<CString>;
    attribute(file: &OwnedFd, name: &CString) -> Vec<u8>;
    set_attribute(file: &OwnedFd, name: &CString, value: &[u8]) -> ();
    remove_attribute(file: &OwnedFd, name: &CString) -> ();
}
