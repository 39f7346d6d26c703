//! A place where a file is replaced again and again, with something in the way at each effect.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use pki_role::host::store::StoreError;
use tempfile::TempDir;

use super::faulty_disk::{Effects, Fault, FaultyDisk};
use super::folder::{names, run};
use super::store::{OLD, replace};

pub type Replaced = Result<Option<PathBuf>, StoreError>;

/// A folder with a file that has an owner, an ACL to inherit and an attribute, and one for backups.
pub struct Place {
    pub folder: TempDir,
    pub file: PathBuf,
    pub backups: PathBuf,
}

impl Place {
    pub fn new() -> Place {
        // In memory, where there is such a place: flushes cost nothing there.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let (own, backups) = (folder.path().join("own"), folder.path().join("backups"));
        for path in [&own, &backups] {
            fs::create_dir(path).unwrap();
        }
        let place = Place { file: own.join("CS.cfg"), folder, backups };
        place.reset();
        place
    }

    /// All as at the beginning.
    pub fn reset(&self) {
        for folder in [self.own(), &self.backups] {
            fs::remove_dir_all(folder).unwrap();
            fs::create_dir(folder).unwrap();
        }
        fs::write(&self.file, OLD).unwrap();
        // Where one of these is not to be had, the system calls for it do not occur.
        let _ = chown(&self.file, Some(1234), Some(1234));
        let _ = rustix::fs::setxattr(&self.file, "user.note", b"kept", rustix::fs::XattrFlags::empty());
        run("setfacl", &["-d", "-m", "u:1235:rw"], self.own());
    }

    pub fn own(&self) -> &Path {
        self.file.parent().unwrap()
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.file).unwrap()
    }

    pub fn all_names(&self) -> Vec<String> {
        [names(self.own()), names(&self.backups)].concat()
    }

    /// Where the backup goes: nowhere, beside, elsewhere.
    pub fn ways(&self) -> [Option<Option<&Path>>; 3] {
        [None, Some(None), Some(Some(&self.backups))]
    }
}

/// Runs with the fault at each effect, until one does not meet it; how many there were.
pub fn at_every_effect(
    place: &Place,
    way: Option<Option<&Path>>,
    fault: Fault<'_>,
    look: &mut dyn FnMut(&Effects<'_>, &Replaced),
) {
    for at in 0.. {
        place.reset();
        let effects = Effects::new(fault, at);
        let replaced = replace(&FaultyDisk(&effects), &place.file, way);
        if effects.hits().is_empty() {
            assert!(at > 40, "only {at} effects");
            replaced.unwrap();
            return;
        }
        look(&effects, &replaced);
    }
}
