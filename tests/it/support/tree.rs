//! A host's tree of files below a folder of the test.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use pki_role::host::roots::{FileId, Roots};
use tempfile::TempDir;

/// A tree of a host.
pub struct Tree {
    pub root: TempDir,
}

impl Tree {
    /// With empty files at these places.
    pub fn with(files: &[&str]) -> Tree {
        let tree = Tree { root: tempfile::tempdir().unwrap() };
        files.iter().for_each(|file| drop(tree.file(file)));
        tree
    }

    /// As Dogtag 10 and 11 install it, with its links.
    pub fn installed(instance: &str, subsystems: &[&str]) -> Tree {
        let tree = Tree::with(&[]);
        tree.install(instance, subsystems);
        tree
    }

    pub fn install(&self, instance: &str, subsystems: &[&str]) {
        for subsystem in subsystems {
            self.file(&format!("etc/pki/{instance}/{subsystem}/CS.cfg"));
            let conf = format!("var/lib/pki/{instance}/{subsystem}/conf");
            self.link(&conf, &format!("etc/pki/{instance}/{subsystem}"));
        }
        self.link(&format!("var/lib/pki/{instance}/conf"), &format!("etc/pki/{instance}"));
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(path)
    }

    pub fn file(&self, path: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
        path
    }

    pub fn link(&self, path: &str, to: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(self.path(to), &path).unwrap();
        path
    }

    pub fn roots(&self) -> Roots {
        Roots::below(self.root.path())
    }

    /// The name of the instance whose file a path leads to.
    pub fn live(&self, path: &Path) -> Option<String> {
        let live = self.roots().live_instance_of(path, FileId::of(path).unwrap()).unwrap();
        live.map(|instance| instance.name)
    }

    /// What came of the look at where a path leads.
    pub fn containment(&self, given: &Path, instance: &str) -> Result<(), &'static str> {
        let resolved = given.canonicalize().unwrap();
        let instance = self.roots().instance(instance).unwrap();
        self.roots().check_containment(given, &resolved, &instance).map_err(|error| error.code())
    }
}
