//! From a name or a path to an instance: its CS.cfg, its unit, what goes down with it.
//!
//! Dogtag 10 and later keep a CS.cfg in `/etc/pki/<instance>/<subsystem>/`, with links to it below
//! `/var/lib/pki/<instance>/`; Dogtag 9 kept it in `/etc/<instance>/` or `/var/lib/<instance>/conf/`.
#![allow(clippy::disallowed_methods, reason = "this module looks for files")]

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::role::Subsystem;

/// Where the host keeps its files; a test, or an image that is not running, has another root.
#[derive(Clone, Debug)]
pub struct Roots {
    root: PathBuf,
}

/// An instance that a CS.cfg belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// The folder of its subsystems' folders.
    folder: PathBuf,
}

/// Why no CS.cfg was found.
#[derive(Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant's message tells what its fields are")]
pub enum NotFound {
    #[error("`{0}` is no instance's name")]
    Name(String),
    #[error("instance {instance} has no {subsystem} here; looked for {}", tried.join(", "))]
    Subsystem { instance: String, subsystem: Subsystem, tried: Vec<String> },
}

impl Roots {
    /// The roots below `root`, usually `/`.
    pub fn below(root: &Path) -> Roots {
        // As it will be met again when a path below it is resolved.
        Roots { root: root.canonicalize().unwrap_or_else(|_| root.to_owned()) }
    }

    /// A path of the host.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The CS.cfg of an instance's subsystem.
    ///
    /// # Errors
    /// [`NotFound`], with the places that were looked at.
    pub fn find(&self, instance: &str, subsystem: Subsystem) -> Result<PathBuf, NotFound> {
        if !is_name(instance) {
            return Err(NotFound::Name(instance.to_owned()));
        }
        let folder = subsystem.folder();
        let tried = [
            format!("/etc/pki/{instance}/{folder}/CS.cfg"),
            format!("/var/lib/pki/{instance}/conf/{folder}/CS.cfg"),
            format!("/var/lib/pki/{instance}/{folder}/conf/CS.cfg"),
            format!("/etc/{instance}/CS.cfg"),
            format!("/var/lib/{instance}/conf/CS.cfg"),
        ];
        let found = tried.iter().map(|path| self.path(path)).find(|path| path.is_file());
        found.ok_or_else(|| NotFound::Subsystem { instance: instance.to_owned(), subsystem, tried: tried.to_vec() })
    }

    /// Every CS.cfg of an instance.
    ///
    /// # Errors
    /// [`NotFound`], where there is none.
    pub fn all_of(&self, instance: &str) -> Result<Vec<PathBuf>, NotFound> {
        let found: Vec<PathBuf> =
            Subsystem::ALL.into_iter().filter_map(|subsystem| self.find(instance, subsystem).ok()).collect();
        match found.is_empty() {
            true => self.find(instance, Subsystem::Ca).map(|path| vec![path]),
            // Dogtag 9 has one file, whatever its subsystem.
            false => Ok(found.into_iter().collect::<indexmap::IndexSet<_>>().into_iter().collect()),
        }
    }

    /// Every CS.cfg on this host, in the order of the instances' names.
    pub fn all(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path("/etc/pki")).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names.iter().filter_map(|name| self.all_of(name).ok()).flatten().collect()
    }

    /// The path without links, as far as it can be resolved.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_owned())
    }

    /// Our backups beside a file, oldest first.
    pub fn backups_of(&self, path: &Path) -> Vec<String> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Vec::new() };
        let prefix = format!("{}.pki-role.", name.to_string_lossy());
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut backups: Vec<String> =
            names.filter(|name| name.starts_with(&prefix) && !name.contains(".tmp")).collect();
        backups.sort();
        backups
    }

    /// The instance that a file belongs to, if it belongs to one: by the path that was given for
    /// it, or by the one that this leads to. Folders of an instance may be links.
    pub fn instance_of(&self, given: &Path, resolved: &Path) -> Option<Instance> {
        let given = std::path::absolute(given).unwrap_or_else(|_| given.to_owned());
        self.instance_holding(resolved).or_else(|| self.instance_holding(&given))
    }

    fn instance_holding(&self, path: &Path) -> Option<Instance> {
        path.file_name().filter(|name| *name == "CS.cfg")?;
        let tops = ["/etc/pki", "/var/lib/pki"].map(|top| self.path(top));
        let resolved = tops.clone().map(|top| top.canonicalize().unwrap_or(top));
        tops.into_iter().chain(resolved).find_map(|top| {
            let mut inside = path.strip_prefix(&top).ok()?.components();
            let name = inside.next()?.as_os_str().to_str()?;
            let rest: Vec<_> = inside.map(|part| part.as_os_str().to_str().unwrap_or_default()).collect();
            // Only the very file that the server reads, not a copy or a backup beside it.
            let folder = match rest.as_slice() {
                [folder, "CS.cfg"] | ["conf", folder, "CS.cfg"] | [folder, "conf", "CS.cfg"] => *folder,
                _ => return None,
            };
            let is_live = Subsystem::ALL.into_iter().any(|subsystem| subsystem.folder() == folder);
            (is_live && is_name(name))
                .then(|| Instance { name: name.to_owned(), folder: self.path("/etc/pki").join(name) })
        })
    }
}

impl Instance {
    /// The units that may serve it: the usual one, and the one that asks for passwords at start.
    pub fn units(&self) -> [String; 2] {
        ["pki-tomcatd", "pki-tomcatd-nuxwdog"].map(|unit| format!("{unit}@{}.service", self.name))
    }

    /// The other subsystems of the instance, which its unit serves too.
    pub fn others(&self, subsystem: Subsystem) -> Vec<Subsystem> {
        let has = |other: &Subsystem| self.folder.join(other.folder()).join("CS.cfg").is_file();
        Subsystem::ALL.into_iter().filter(|other| *other != subsystem).filter(has).collect()
    }
}

/// Whether a text is a unit's name and nothing else: no option, no second word.
pub fn is_unit_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-:\\".contains(&byte);
    !name.is_empty() && !name.starts_with('-') && name.bytes().all(is_plain)
}

/// Letters, digits, `.`, `_`, `-`, no leading dot: nothing that leads out of a folder.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
