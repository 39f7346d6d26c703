//! The program as it runs in a container: with a root of its own, and no systemd.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::folder::Mount;
use super::host::program;
use super::needs;
use super::test::Ran;

/// A host's root that the program runs in.
pub struct Container {
    root: PathBuf,
    _mounts: Vec<Mount>,
}

impl Container {
    /// None where this machine lacks what it takes; that is counted.
    pub fn new(root: &std::path::Path) -> Option<Container> {
        if !(needs::mount() && needs::tool("chroot")) {
            return None;
        }
        let mut mounts = Vec::new();
        // What the program is linked with, and what it asks the kernel.
        for place in ["usr", "lib", "lib64", "proc"] {
            let from = PathBuf::from("/").join(place);
            if from.exists() {
                let at = root.join(place);
                fs::create_dir_all(&at).unwrap();
                mounts.push(Mount::bind(&from, &at)?);
            }
        }
        // Not by this process: a program that it had written could be busy when it is to be run.
        let copied = Command::new("cp").arg(program().get_program()).arg(root.join("pki-role")).status().unwrap();
        assert!(copied.success());
        Some(Container { root: root.to_owned(), _mounts: mounts })
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new("chroot");
        // Where no program is, there is no systemctl, and no curl either.
        command.arg(&self.root).args(["/usr/bin/env", "PATH=/nowhere", "/pki-role"]).args(arguments);
        Ran::of(&command.stdin(Stdio::null()).output().unwrap())
    }
}
