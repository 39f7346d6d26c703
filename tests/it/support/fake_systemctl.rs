//! A `systemctl` that is a shell script.
//!
//! It logs each call, keeps each unit's state in a file, and does before a verb whatever the test
//! has written for it: fail, hang, wait for a file, rewrite CS.cfg.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The unit of the instance `pki-tomcat`.
pub const UNIT: &str = "pki-tomcatd@pki-tomcat.service";
/// The unit of that instance that asks for passwords.
pub const NUXWDOG: &str = "pki-tomcatd-nuxwdog@pki-tomcat.service";
/// Longer than anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A `systemctl` in a folder of its own.
pub struct FakeSystemctl {
    folder: TempDir,
}

impl FakeSystemctl {
    pub fn new() -> FakeSystemctl {
        let folder = tempfile::tempdir().unwrap();
        // A link: a script that this process had written could be busy when it is to be run.
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/fake-systemctl.sh");
        symlink(script, folder.path().join("systemctl")).unwrap();
        FakeSystemctl { folder }
    }

    pub fn program(&self) -> PathBuf {
        self.file("systemctl")
    }

    /// A file in the script's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), format!("{text}\n")).unwrap();
    }

    /// What the script does before a verb; `$dir`, `$unit` and `block` are there for it to use.
    pub fn on(&self, verb: &str, shell: &str) {
        self.write(&format!("on-{verb}"), shell);
    }

    /// What it says of a unit's state.
    pub fn set(&self, unit: &str, state: &str) {
        self.write(&format!("state-{unit}"), state);
    }

    /// What it says of a unit's file.
    pub fn set_load(&self, unit: &str, load: &str) {
        self.write(&format!("load-{unit}"), load);
    }

    /// What it says of a unit's sub-state.
    pub fn set_sub(&self, unit: &str, sub: &str) {
        self.write(&format!("sub-{unit}"), sub);
    }

    /// What it says of whether a unit is enabled.
    pub fn set_enabled(&self, unit: &str, enabled: &str) {
        self.write(&format!("enabled-{unit}"), enabled);
    }

    pub fn enable(&self, unit: &str) {
        self.set_enabled(unit, "enabled");
    }

    pub fn state(&self, unit: &str) -> String {
        fs::read_to_string(self.file(&format!("state-{unit}"))).unwrap_or_default().trim().to_owned()
    }

    /// Whether the script has left such a file.
    pub fn has(&self, name: &str) -> bool {
        self.file(name).exists()
    }

    /// All calls, each as its arguments.
    pub fn log(&self) -> Vec<String> {
        fs::read_to_string(self.file("log")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// The calls that change something.
    pub fn changes(&self) -> Vec<String> {
        self.log().into_iter().filter(|call| !call.starts_with("is-") && !call.starts_with("show ")).collect()
    }

    /// Waits until the script blocks.
    pub fn wait_until_reached(&self) {
        wait_until("systemctl to block", || self.has("reached"));
    }

    /// Lets the script go on.
    pub fn let_go(&self) {
        fs::write(self.file("go"), "").unwrap();
    }
}

/// Polls until it is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
