//! A test of the program: a scratch folder with files in it, and runs of the program there.
//!
//! With [`Test::run`] standard output and standard error must be empty and the exit code 0 unless the
//! test says otherwise, so that nothing is printed that no test expects.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub use super::files::{differences, fixture};

/// A fixture as text.
pub fn fixture_text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap()
}

/// A fixture without the hundreds of lines that no conversion and no judgement looks at.
pub fn small(name: &str) -> String {
    let prefixes = [
        "accessEvaluator.impl.group.",
        "auths.instance.CMCAuth.",
        "authz.instance.",
        "ca.cert",
        "ca.connector.",
        "ca.crl.",
        "ca.listen",
        "ca.publish.",
        "ca.signing.cert=",
        "cs.",
        "instanceId=",
        "internaldb.basedn=",
        "machineName=",
        "master.",
        "ocsp.",
        "OCSP.",
        "securitydomain.",
        "service.",
        "usrgrp.",
    ];
    let text = fixture_text(name);
    let lines = text.lines().filter(|line| prefixes.iter().any(|prefix| line.starts_with(prefix)));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The codes in a list of findings.
pub fn codes(list: &Value) -> Vec<String> {
    let mut codes: Vec<String> =
        list.as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// A scratch folder and the run that is to be made in it.
pub struct Test {
    dir: TempDir,
    args: Vec<OsString>,
    stdout: String,
    stderr: String,
    status: i32,
}

/// All that is below a folder, and what shows that a file was replaced or touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(BTreeMap<PathBuf, (fs::FileType, u64, u32, std::time::SystemTime, Vec<u8>)>);

/// What a run printed, and its exit code.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub error: String,
}

impl Ran {
    pub fn of(output: &Output) -> Ran {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code(), out: text(&output.stdout), error: text(&output.stderr) }
    }

    /// Expects an exit code, and each of the phrases on standard error.
    #[track_caller]
    pub fn expect(&self, code: i32, phrases: &[&str]) -> &Ran {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.error);
        for phrase in phrases {
            assert!(self.error.contains(phrase), "no `{phrase}` in: {}", self.error);
        }
        self
    }
}

impl Ran {
    /// What a run printed as JSON, which is as the schema says.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value = serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        super::schema::assert_valid(&value);
        value
    }

    /// The code of a failure, of a run that printed JSON.
    #[track_caller]
    pub fn error_code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }
}

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

    /// Writes a file; its folders are made.
    pub fn file(self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Test {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
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

    /// Everything in the folder and below.
    pub fn state(&self) -> State {
        let mut files = BTreeMap::new();
        collect(self.dir.path(), &mut files);
        State(files)
    }

    /// The names of the files in the folder, with each backup's stamp left out.
    pub fn names(&self) -> Vec<String> {
        let names = super::folder::names(self.dir.path());
        names.iter().map(|name| without_stamps(name)).collect()
    }

    /// The program with its arguments, to be run in the folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pki-role"));
        command.current_dir(self.dir.path()).args(&self.args).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env_remove("COLUMNS").env("TERM", "xterm");
        command
    }

    /// Runs, and compares what was printed with what was expected. The arguments and the expectations
    /// are forgotten; the folder stays for another run.
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

    /// A run with these arguments, behind those that were given before, without expectations.
    pub fn ran(&self, args: &str) -> Ran {
        Ran::of(&self.command().args(args.split_whitespace()).output().unwrap())
    }

    /// The object that a run prints, with the exit code that is expected of it.
    #[track_caller]
    pub fn json(&self, args: &str, code: i32) -> Value {
        let ran = self.ran(&format!("{args} --output json"));
        let shown = || format!("{args}: {ran:?}");
        assert_eq!(ran.code, Some(code), "{}", shown());
        assert!(ran.error.is_empty(), "{}", shown());
        let value = ran.json();
        assert_eq!(value["schema_version"], 2, "{}", shown());
        value
    }

    /// The code of a refusal (exit code 3), by which nothing may be touched.
    #[track_caller]
    pub fn refused(&self, args: &str) -> String {
        let before = self.state();
        let error = self.json(args, 3)["error"].take();
        assert_eq!(self.state(), before, "{args}: something was touched");
        assert_eq!((&error["exit_code"], &error["state"]), (&Value::from(3), &Value::from("nothing was touched")));
        error["code"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub fn assert_holds(&self, name: &str, wanted: &[u8], what: &str) {
        let got = self.read(name);
        assert!(got == wanted, "{what}\n{}", differences(&got, wanted));
    }

    #[track_caller]
    fn compare(&self, what: &str, got: &[u8], wanted: &str) {
        let folder = self.dir.path().canonicalize().unwrap();
        let got = String::from_utf8_lossy(got).replace(&*folder.to_string_lossy(), "[DIR]");
        let got = without_stamps(&got);
        assert!(got == wanted, "{what}: wanted\n{wanted}\n-- got\n{got}\n-- ({got:?})");
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, (fs::FileType, u64, u32, std::time::SystemTime, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let about = path.symlink_metadata().unwrap();
        let bytes = if about.is_file() { fs::read(&path).unwrap_or_default() } else { Vec::new() };
        if about.is_dir() {
            collect(&path, files);
        }
        files.insert(path, (about.file_type(), about.ino(), about.mode(), about.modified().unwrap(), bytes));
    }
}

/// Each `.pki-role.20260101T000000Z`, and the number behind it, as `.pki-role.[STAMP]`.
pub fn without_stamps(text: &str) -> String {
    let mut parts = text.split(".pki-role.");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += ".pki-role.";
        let stamp: String = part.chars().take(16).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        match part.get(16..) {
            Some(rest) if stamp == "00000000T000000Z" => {
                out += "[STAMP]";
                out += rest.strip_prefix("-2").unwrap_or(rest);
            }
            _ => out += part,
        }
    }
    out
}
