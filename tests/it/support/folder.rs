//! Folders, what is in them, and what stands in the way there.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{getxattr, listxattr};

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Writes a file with a mode, over one that may be read-only; its other attributes stay.
pub fn write(path: &Path, bytes: &[u8], mode: u32) {
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs a tool on a path; whether it succeeded.
pub fn run(tool: &str, arguments: &[&str], path: &Path) -> bool {
    let output = Command::new(tool).args(arguments).arg(path).stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

/// Changes a file's attributes.
pub fn chattr(flag: &str, path: &Path) -> bool {
    run("chattr", &[flag], path)
}

/// A file or folder with such an attribute, until it is dropped.
pub struct Protected<'p>(&'p Path, &'static str);

impl<'p> Protected<'p> {
    pub fn new(path: &'p Path, flag: char) -> Protected<'p> {
        let (set, clear) = if flag == 'i' { ("+i", "-i") } else { ("+a", "-a") };
        assert!(chattr(set, path));
        Protected(path, clear)
    }
}

impl Drop for Protected<'_> {
    fn drop(&mut self) {
        chattr(self.1, self.0);
    }
}

/// A mounted file system, until it is dropped.
pub struct Mount(PathBuf);

impl Mount {
    fn new(options: &[&str], at: &Path) -> Option<Mount> {
        run("mount", options, at).then(|| Mount(at.to_owned()))
    }

    /// A file system in memory.
    pub fn tmpfs(at: &Path, options: &str) -> Option<Mount> {
        Mount::new(&["-t", "tmpfs", "-o", options, "tmpfs"], at)
    }

    /// A file system that knows neither attributes nor sizes.
    pub fn ramfs(at: &Path) -> Option<Mount> {
        Mount::new(&["-t", "ramfs", "ramfs"], at)
    }

    /// The same file or folder at a second place.
    pub fn bind(from: &Path, at: &Path) -> Option<Mount> {
        Mount::new(&["--bind", from.to_str().unwrap()], at)
    }

    pub fn remount(&self, options: &str) {
        assert!(run("mount", &["-o", &format!("remount,{options}")], &self.0));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a program that another test just starts has for a moment a copy of each handle.
        run("umount", &["--lazy"], &self.0);
    }
}

/// All that a file has beside its bytes.
#[derive(Debug, PartialEq)]
pub struct Attributes {
    pub owner: u32,
    pub group: u32,
    pub mode: u32,
    pub extended: BTreeMap<CString, Vec<u8>>,
}

impl Attributes {
    pub fn of(path: &Path) -> Attributes {
        let about = fs::symlink_metadata(path).unwrap();
        let mut list = vec![0u8; 65536];
        let length = listxattr(path, &mut list).unwrap_or_default();
        let names = list[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
        let value = |name: &CString| {
            let mut value = vec![0u8; 65536];
            let length = getxattr(path, name, &mut value).unwrap();
            value[..length].to_vec()
        };
        let names = names.map(|name| CString::new(name).unwrap());
        let extended = names.map(|name| (name.clone(), value(&name))).collect();
        Attributes { owner: about.uid(), group: about.gid(), mode: about.mode() & 0o7777, extended }
    }

    pub fn has(&self, name: &str) -> bool {
        self.extended.contains_key(&CString::new(name).unwrap())
    }
}
