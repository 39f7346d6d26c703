//! A test of the program: a scratch folder with copies of fixtures, one run in it, and what must
//! come of it. Standard output and standard error must be empty and the exit code 0 unless the
//! test says otherwise, so that no word is said that no test expects.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The bytes of `fixtures/<name>.CS.cfg`.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/{name}.CS.cfg"));
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines that only one of two files has, for a message that fits on a screen.
pub fn differences(got: &[u8], wanted: &[u8]) -> String {
    let lines = |bytes: &[u8]| -> Vec<String> {
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
        bytes.split_inclusive(ends).map(|line| line.escape_ascii().to_string()).collect()
    };
    let (got, wanted) = (lines(got), lines(wanted));
    let only = |mark: &str, here: &[String], there: &[String]| -> String {
        here.iter().filter(|line| !there.contains(line)).map(|line| format!("{mark}{line:.160}\n")).collect()
    };
    format!("{}{}", only("wanted: ", &wanted, &got), only("got:    ", &got, &wanted))
}

/// A scratch folder and the run that is to be made in it.
pub struct Test {
    dir: TempDir,
    args: Vec<OsString>,
    stdout: String,
    stderr: String,
    status: i32,
}

/// A folder's files, links among them, and what tells whether one was written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(BTreeMap<PathBuf, (fs::FileType, u64, u32, std::time::SystemTime, Vec<u8>)>);

impl Test {
    pub fn new() -> Test {
        let dir = TempDir::new().unwrap();
        Test { dir, args: Vec::new(), stdout: String::new(), stderr: String::new(), status: 0 }
    }

    /// Copies `fixtures/<name>.CS.cfg` into the folder, without the name's own folder.
    pub fn fixture(self, name: &str) -> Test {
        let base = name.rsplit('/').next().unwrap_or(name);
        self.file(format!("{base}.CS.cfg"), fixture(name))
    }

    pub fn file(self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Test {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    /// Arguments, separated by blanks.
    pub fn args(mut self, args: &str) -> Test {
        self.args.extend(args.split_whitespace().map(OsString::from));
        self
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Test {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub fn stdout(mut self, text: &str) -> Test {
        text.clone_into(&mut self.stdout);
        self
    }

    pub fn stderr(mut self, text: &str) -> Test {
        text.clone_into(&mut self.stderr);
        self
    }

    pub fn status(mut self, status: i32) -> Test {
        self.status = status;
        self
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Everything in the folder.
    pub fn state(&self) -> State {
        use std::os::unix::fs::MetadataExt;
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(self.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            let about = path.symlink_metadata().unwrap();
            let bytes = if about.is_file() { fs::read(&path).unwrap_or_default() } else { Vec::new() };
            files.insert(path, (about.file_type(), about.ino(), about.mode(), about.modified().unwrap(), bytes));
        }
        State(files)
    }

    /// The names of the files in the folder, with each backup's stamp left out.
    pub fn names(&self) -> Vec<String> {
        let names = self.state().0.into_keys().map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
        names.map(|name| without_stamps(&name)).collect()
    }

    /// The program with its arguments, to be run in the folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pki-role"));
        command.current_dir(self.dir.path()).args(&self.args).env_remove("NO_COLOR").env("TERM", "xterm");
        command
    }

    /// Runs, and holds what came of it against what was expected. The arguments and the
    /// expectations are forgotten; the folder stays for another run.
    #[track_caller]
    pub fn run(mut self) -> Test {
        let output = self.command().output().unwrap();
        self.compare("standard output", &output.stdout, &self.stdout);
        self.compare("standard error", &output.stderr, &self.stderr);
        assert_eq!(output.status.code(), Some(self.status), "exit code");
        self.args.clear();
        self.stdout.clear();
        self.stderr.clear();
        self.status = 0;
        self
    }

    /// The same, and the folder must be as it was, times of modification and all.
    #[track_caller]
    pub fn run_untouched(self) -> Test {
        let before = self.state();
        let test = self.run();
        assert_eq!(test.state(), before, "something was touched");
        test
    }

    /// Runs without expectations.
    pub fn output(&self) -> Output {
        self.command().output().unwrap()
    }

    #[track_caller]
    fn compare(&self, what: &str, got: &[u8], wanted: &str) {
        let folder = self.dir.path().canonicalize().unwrap();
        let got = String::from_utf8_lossy(got).replace(&*folder.to_string_lossy(), "[DIR]");
        let got = without_stamps(&got);
        assert!(got == wanted, "{what}: wanted\n{wanted}\n-- got\n{got}\n-- ({got:?})");
    }
}

/// Each `.pki-role.20260101T000000Z`, and the number behind it, as `.pki-role.[STAMP]`.
fn without_stamps(text: &str) -> String {
    let mut parts = text.split(".pki-role.");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += ".pki-role.";
        let stamp: String = part.chars().take(16).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        match part.get(16..) {
            Some(rest) if stamp == "00000000T000000Z" => {
                out += "[STAMP]";
                out += rest;
            }
            _ => out += part,
        }
    }
    out
}
