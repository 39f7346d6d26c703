//! A disk and a service that count their effects together and fail at one of them.

use std::cell::{Cell, RefCell};
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::OwnedFd;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use pki_role::service::{Endpoint, ServiceError, Services};
use pki_role::store::disk::{Disk, FileType, Identity, Os};

pub const EIO: i32 = 5;
pub const ENOSPC: i32 = 28;
pub const ENOTSUP: i32 = 95;
/// What somebody else writes.
pub const MEDDLING: &[u8] = b"zz.meddling=1\n";
const SIGTERM: u8 = 15;

/// What happens at the effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// It fails.
    Error(i32),
    /// It fails, and so does everything after it.
    Lasting(i32),
    /// The program has a bug there.
    Panic,
    /// It succeeds, and a signal arrives.
    Signal,
    /// It succeeds, and somebody else had appended a line to the file before.
    Meddling,
}

/// What the disk and the service have in common.
pub struct World {
    fault: Fault,
    at: usize,
    /// The first start fails too, whatever else does.
    first_start_fails: Cell<bool>,
    count: Cell<usize>,
    pub hit: RefCell<Vec<String>>,
    /// The file that somebody else may write.
    pub file: RefCell<PathBuf>,
    pub active: Cell<bool>,
    signal: Cell<Option<u8>>,
    /// The last that was tried on the service.
    pub last_verb: Cell<&'static str>,
    pub replaced: Cell<bool>,
    /// What would have removed a file could not.
    pub remove_failed: Cell<bool>,
}

impl World {
    pub fn new(fault: Fault, at: usize, active: bool, first_start_fails: bool) -> World {
        World {
            fault,
            at,
            first_start_fails: Cell::new(first_start_fails),
            count: Cell::new(0),
            hit: RefCell::default(),
            file: RefCell::default(),
            active: Cell::new(active),
            signal: Cell::default(),
            last_verb: Cell::default(),
            replaced: Cell::default(),
            remove_failed: Cell::default(),
        }
    }

    /// Counts an effect; an error where it has to fail.
    fn effect(&self, name: &str) -> io::Result<()> {
        let number = self.count.replace(self.count.get() + 1);
        if number != self.at && !(number > self.at && matches!(self.fault, Fault::Lasting(_))) {
            return Ok(());
        }
        self.hit.borrow_mut().push(name.to_owned());
        match self.fault {
            Fault::Error(errno) | Fault::Lasting(errno) => {
                self.remove_failed.set(self.remove_failed.get() || matches!(name, "remove" | "open_directory"));
                Err(io::Error::from_raw_os_error(errno))
            }
            Fault::Panic => {
                // The start on the way out is not the one that fails.
                self.first_start_fails.set(false);
                resume_unwind(Box::new("a bug"))
            }
            Fault::Meddling => {
                let mut file = std::fs::OpenOptions::new().append(true).open(&*self.file.borrow())?;
                io::Write::write_all(&mut file, MEDDLING)
            }
            Fault::Signal => {
                self.signal.set(Some(SIGTERM));
                Ok(())
            }
        }
    }
}

pub struct FaultyDisk<'w>(pub &'w World);

macro_rules! faulty {
    ($($name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        impl Disk for FaultyDisk<'_> {
            $(fn $name(&self, $($arg: $type),*) -> io::Result<$out> {
                self.0.effect(stringify!($name))?;
                Os.$name($($arg),*)
            })*

            fn write(&self, file: &OwnedFd, bytes: &[u8]) -> io::Result<()> {
                let fault = self.0.effect("write");
                // The worst that a write can do: fail half way.
                Os.write(file, if fault.is_ok() { bytes } else { &bytes[..bytes.len() / 2] })?;
                fault
            }

            fn lock(&self, directory: &OwnedFd) -> io::Result<()> {
                self.0.effect("lock")?;
                // Another test may just be starting a program: until that runs, it has a copy of the handle
                // of the run before, and with it its lock.
                loop {
                    match Os.lock(directory) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
                        locked => return locked,
                    }
                }
            }

            fn rename(&self, directory: &OwnedFd, from: &OsStr, to: &OsStr) -> io::Result<()> {
                self.0.effect("rename")?;
                self.0.replaced.set(true);
                Os.rename(directory, from, to)
            }
        }
    };
}

faulty! {
    resolve(path: &Path) -> PathBuf;
    open_directory(path: &Path) -> OwnedFd;
    path_of(directory: &OwnedFd) -> PathBuf;
    file_type(directory: &OwnedFd, name: &OsStr) -> FileType;
    open_file(directory: &OwnedFd, name: &OsStr) -> OwnedFd;
    create(directory: &OwnedFd, name: &OsStr) -> OwnedFd;
    remove(directory: &OwnedFd, name: &OsStr) -> ();
    identity(file: &OwnedFd) -> Identity;
    read(file: &OwnedFd, size: u64) -> Vec<u8>;
    holds(file: &OwnedFd, bytes: &[u8]) -> bool;
    sync(file: &OwnedFd) -> ();
    set_owner(file: &OwnedFd, owner: u32, group: u32) -> ();
    set_mode(file: &OwnedFd, mode: u32) -> ();
    attribute_names(file: &OwnedFd) -> Vec<CString>;
    attribute(file: &OwnedFd, name: &CString) -> Vec<u8>;
    set_attribute(file: &OwnedFd, name: &CString, value: &[u8]) -> ();
    remove_attribute(file: &OwnedFd, name: &CString) -> ();
}

pub struct FaultyServices<'w>(pub &'w World);

impl FaultyServices<'_> {
    fn effect(&self, verb: &'static str) -> Result<(), ServiceError> {
        self.0.effect(verb).map_err(|error| ServiceError::Failed {
            verb,
            unit: "unit".to_owned(),
            status: error.to_string(),
            stderr: String::new(),
        })
    }
}

/// A stop and a start that fail leave the unit down: the worst that they can do.
impl Services for FaultyServices<'_> {
    fn is_active(&mut self, _: &str) -> Result<bool, ServiceError> {
        self.effect("is-active")?;
        Ok(self.0.active.get())
    }

    fn stop(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.stop_for_good(unit)?;
        self.0.signal.get().map_or(Ok(()), |signal| Err(ServiceError::Interrupted(signal)))
    }

    fn stop_for_good(&mut self, _: &str) -> Result<(), ServiceError> {
        self.0.last_verb.set("stop");
        self.0.active.set(false);
        self.effect("stop")
    }

    fn start(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.0.last_verb.set("start");
        self.effect("start")?;
        if self.0.first_start_fails.replace(false) {
            let unit = unit.to_owned();
            return Err(ServiceError::NotActive { unit, state: "failed".to_owned() });
        }
        self.0.active.set(true);
        Ok(())
    }

    fn wait_ready(&mut self, _: &str, _: Option<&Endpoint>) -> Result<(), ServiceError> {
        self.effect("wait-ready")?;
        match self.0.active.get() {
            true => Ok(()),
            false => Err(ServiceError::NotActive { unit: "unit".to_owned(), state: "failed".to_owned() }),
        }
    }

    fn wait_settled(&mut self, state: &mut dyn FnMut() -> Option<Vec<u8>>) {
        state();
    }

    fn signal(&self) -> Option<u8> {
        self.0.signal.get()
    }
}
