//! What a test needs of the machine that it runs on. Where it is missing the test returns, and what
//! it did not show is counted: a line goes to standard error and into the file that the environment
//! variable `PKI_ROLE_SKIPS` names.
//!
//! ```ignore
//! if !needs::root() {
//!     return;
//! }
//! ```

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::account::{GROUP, OWNER};

/// The rights of root, over all accounts.
pub fn root() -> bool {
    present(is_root(), "not run as root")
}

fn is_root() -> bool {
    // In a user's namespace there is a root without other accounts.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::os::unix::fs::chown(file.path(), Some(OWNER), Some(GROUP)).is_ok()
}

/// A program that can be started.
pub fn tool(name: &str) -> bool {
    let started = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    present(started.is_ok(), &format!("{name} is not installed"))
}

/// The right to mount.
pub fn mount() -> bool {
    if !is_root() {
        return root();
    }
    let folder = tempfile::tempdir().unwrap();
    present(super::folder::Mount::tmpfs(folder.path(), "size=64k").is_some(), "file systems cannot be mounted")
}

/// Files that can be made immutable or append-only there (and by whom).
pub fn chattr(folder: &Path) -> bool {
    let probe = folder.join("chattr-probe");
    std::fs::write(&probe, "").unwrap();
    let can = super::folder::chattr("+i", &probe) && super::folder::chattr("-i", &probe);
    std::fs::remove_file(&probe).unwrap();
    present(can, "chattr +i does not work here")
}

/// Anything else: whether it is there, and what to say if it is not.
pub fn present(is_present: bool, reason: &str) -> bool {
    if !is_present {
        let thread = std::thread::current();
        let line = format!("SKIPPED: {}: {reason}\n", thread.name().unwrap_or("a test"));
        eprint!("{line}");
        if let Some(path) = std::env::var_os("PKI_ROLE_SKIPS") {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.and_then(|mut file| file.write_all(line.as_bytes())).unwrap();
        }
    }
    is_present
}
