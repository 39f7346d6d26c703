//! A host to convert on: a root with an instance in it, and a `systemctl` that is a shell script.
//!
//! The script logs each call, keeps each unit's state in a file, and does before a verb whatever
//! the test has written for it: fail, hang, wait for a file, rewrite CS.cfg.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The unit of the instance that [`Host`] has.
pub const UNIT: &str = "pki-tomcatd@pki-tomcat.service";
/// Longer than anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A `systemctl` in a folder of its own.
pub struct Systemctl {
    folder: TempDir,
}

impl Systemctl {
    pub fn new() -> Systemctl {
        let folder = tempfile::tempdir().unwrap();
        // A link: a script that this process had written could be busy when it is to be run.
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fake-systemctl.sh");
        symlink(script, folder.path().join("systemctl")).unwrap();
        Systemctl { folder }
    }

    pub fn program(&self) -> PathBuf {
        self.folder.path().join("systemctl")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the script does before a verb; `$dir`, `$unit` and `block` are there for it.
    pub fn on(&self, verb: &str, shell: &str) {
        fs::write(self.file(&format!("on-{verb}")), shell).unwrap();
    }

    pub fn set(&self, unit: &str, state: &str) {
        fs::write(self.file(&format!("state-{unit}")), format!("{state}\n")).unwrap();
    }

    pub fn enable(&self, unit: &str) {
        fs::write(self.file(&format!("enabled-{unit}")), "").unwrap();
    }

    pub fn state(&self, unit: &str) -> String {
        fs::read_to_string(self.file(&format!("state-{unit}"))).unwrap_or_default().trim().to_owned()
    }

    pub fn is_up(&self) -> bool {
        self.state(UNIT) == "active"
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
        self.log().into_iter().filter(|call| !call.starts_with("is-")).collect()
    }

    /// Waits until the script blocks.
    pub fn wait_until_reached(&self) {
        wait_until("systemctl to block", || self.file("reached").exists());
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

/// A root with `/etc/pki/pki-tomcat/<subsystem>/CS.cfg`, and the `systemctl` that serves it.
pub struct Host {
    pub root: TempDir,
    pub systemctl: Systemctl,
    pub file: PathBuf,
    /// What the file was at first.
    pub before: Vec<u8>,
    /// The former master's CS.cfg, outside the instance.
    pub master: PathBuf,
}

impl Host {
    /// The fixture as the instance's CS.cfg, with no port at which readiness could be asked.
    pub fn new(subsystem: &str, fixture_name: &str, active: bool) -> Host {
        Host::with(subsystem, &without_port(&fixture(fixture_name)), active)
    }

    pub fn with(subsystem: &str, bytes: &[u8], active: bool) -> Host {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("etc/pki/pki-tomcat").join(subsystem);
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("CS.cfg");
        write(&file, bytes, 0o660);
        let master = root.path().join("old-master.CS.cfg");
        write(&master, &fixture("ca-master.CS.cfg"), 0o600);
        let systemctl = Systemctl::new();
        systemctl.set(UNIT, if active { "active" } else { "inactive" });
        Host { root, systemctl, file, before: bytes.to_vec(), master }
    }

    /// A CA clone, to be promoted.
    pub fn clone(active: bool) -> Host {
        Host::new("ca", "ca-clone.CS.cfg", active)
    }

    /// A CA master, to be demoted.
    pub fn master(active: bool) -> Host {
        Host::new("ca", "ca-master.CS.cfg", active)
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.file).unwrap()
    }

    pub fn is_untouched(&self) -> bool {
        self.bytes() == self.before
    }

    /// The program with this host's root and systemctl, and nothing to wait for after a start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).arg("--root").arg(self.root.path());
        command.arg("--systemctl").arg(self.systemctl.program());
        command.args(["--settle", "0"]);
        if !arguments.contains(&"--timeout") {
            command.args(["--timeout", "60"]);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    pub fn promote(&self, more: &[&str]) -> Ran {
        let from = self.master.display().to_string();
        self.run(&[&["promote-ca", "--instance", "pki-tomcat", "--from", &from], more].concat())
    }

    pub fn demote(&self, more: &[&str]) -> Ran {
        self.run(&[&["demote-ca", "--instance", "pki-tomcat", "--new-master", "ca2.example.com:8443"], more].concat())
    }

    /// The names in the file's folder.
    pub fn names(&self) -> Vec<String> {
        names(self.file.parent().unwrap())
    }

    /// The one backup beside the file.
    pub fn backup(&self) -> PathBuf {
        let names = self.names();
        let backups: Vec<_> = names.iter().filter(|name| name.starts_with("CS.cfg.pki-role.")).collect();
        let [backup] = backups.as_slice() else { panic!("{names:?}") };
        self.file.with_file_name(backup)
    }
}

/// What a run of the program gave.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub error: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // A death by signal is told as a shell tells it, but never taken for an orderly exit.
        let code = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap_or_default());
        Ran { code, out: text(&output.stdout), error: text(&output.stderr) }
    }

    /// Expects an exit code, and each of the words on standard error.
    #[track_caller]
    pub fn expect(&self, code: i32, words: &[&str]) -> &Ran {
        assert_eq!(self.code, code, "{}{}", self.out, self.error);
        for word in words {
            assert!(self.error.contains(word), "no `{word}` in: {}", self.error);
        }
        self
    }
}

/// The program under test, in its own words whatever the environment.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pki-role"));
    command.stdin(Stdio::null());
    command
}

pub fn start(mut command: Command) -> Child {
    heed_signals();
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Tests that were started under `nohup`, or in the background of a script, would hand on what they
/// ignore. What they catch a program begins without.
fn heed_signals() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
        let ignored = u64::from_str_radix(mask.trim(), 16).unwrap();
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            if ignored & (1 << (number - 1)) != 0 {
                signal_hook::flag::register(number, std::sync::Arc::default()).unwrap();
            }
        }
    });
}

pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
}

pub fn without_port(cfg: &[u8]) -> Vec<u8> {
    cfg.split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(b"service.unsecurePort="))
        .collect::<Vec<_>>()
        .concat()
}

pub fn write(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Whether the test runs as root; tells what is skipped where it does not.
pub fn is_root(what: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("SKIPPED (not root): {what}");
    }
    root
}
