//! A host to convert on: a root with an instance in it, the `systemctl` that serves it, and runs of the
//! program there.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::fake_systemctl::{FakeSystemctl, UNIT};
use super::folder::{names, write};
use super::status_server::StatusServer;
use super::test::{Ran, fixture, small};

/// What stops and starts the unit of a [`Host`].
pub const STOP: &str = "stop pki-tomcatd@pki-tomcat.service";
pub const START: &str = "start pki-tomcatd@pki-tomcat.service";

/// A root with `/etc/pki/pki-tomcat/<subsystem>/CS.cfg`, and the `systemctl` that serves it.
pub struct Host {
    pub root: TempDir,
    pub systemctl: FakeSystemctl,
    pub file: PathBuf,
    /// What the file was at first.
    pub before: Vec<u8>,
    /// The former master's CS.cfg, outside the instance.
    pub master: PathBuf,
    /// The server of the instance, where it can be asked.
    pub server: Option<StatusServer>,
}

impl Host {
    /// A part of the fixture as the instance's CS.cfg, with no port at which readiness could be asked.
    pub fn new(subsystem: &str, fixture_name: &str, active: bool) -> Host {
        Host::with(subsystem, &without_ports(&small(fixture_name)), active)
    }

    pub fn with(subsystem: &str, text: &str, active: bool) -> Host {
        // In memory, where there is such a place: flushes cost nothing there.
        let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let folder = root.path().join("etc/pki/pki-tomcat").join(subsystem);
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir(root.path().join("run")).unwrap();
        let file = folder.join("CS.cfg");
        write(&file, text.as_bytes(), 0o660);
        let master = root.path().join("old-master.CS.cfg");
        write(&master, small("ca-master").as_bytes(), 0o600);
        let systemctl = FakeSystemctl::new();
        systemctl.set(UNIT, if active { "active" } else { "inactive" });
        Host { root, systemctl, file, before: text.into(), master, server: None }
    }

    /// The same with a server that answers while the unit is active.
    pub fn answering(subsystem: &str, fixture_name: &str, active: bool) -> Host {
        let mut host = Host::new(subsystem, fixture_name, active);
        let server = StatusServer::new(&host.systemctl, if subsystem == "ca" { "CA" } else { "OCSP" });
        host.before = with_port(&small(fixture_name), server.port).into_bytes();
        write(&host.file, &host.before, 0o660);
        host.server = Some(server);
        host
    }

    /// A host with Dogtag 11.10: a file without ports, and a `server.xml` with the plain port of a server
    /// that answers while the unit is active.
    pub fn dogtag_11(name: &str, active: bool) -> Host {
        let subsystem = if name.starts_with("ca") { "ca" } else { "ocsp" };
        let text = String::from_utf8(fixture(&format!("dogtag-11/{name}"))).unwrap();
        let mut host = Host::with(subsystem, &text, active);
        write(&host.master, &fixture("dogtag-11/ca-master"), 0o600);
        let server = StatusServer::new(&host.systemctl, if subsystem == "ca" { "CA" } else { "OCSP" });
        host.connector(&format!("port=\"{}\"", server.port));
        host.server = Some(server);
        host
    }

    /// Writes a `server.xml` with one connector, beside one in a comment.
    pub fn connector(&self, attributes: &str) {
        let xml = format!(
            "<Server port=\"8005\">\n <Service name=\"Catalina\">\n  <!-- <Connector port=\"1\"/> -->\n  \
             <Connector {attributes} protocol=\"HTTP/1.1\"/>\n </Service>\n</Server>\n"
        );
        fs::write(self.path("etc/pki/pki-tomcat/server.xml"), xml).unwrap();
    }

    /// What its server answers from now on.
    pub fn answer(&self, answer: &str) {
        fs::write(self.systemctl.file("answer"), answer).unwrap();
    }

    /// A CA clone, to be promoted.
    pub fn clone(active: bool) -> Host {
        Host::new("ca", "ca-clone", active)
    }

    /// A CA master, to be demoted.
    pub fn master(active: bool) -> Host {
        Host::new("ca", "ca-master", active)
    }

    /// The same files, with the CS.cfg at another place below the root.
    pub fn moved(mut self, place: &str) -> Host {
        fs::remove_dir_all(self.root.path().join("etc")).unwrap();
        self.file = self.root.path().join(place);
        fs::create_dir_all(self.file.parent().unwrap()).unwrap();
        write(&self.file, &self.before, 0o660);
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(&self.file).unwrap()
    }

    pub fn is_untouched(&self) -> bool {
        self.bytes() == self.before
    }

    pub fn is_up(&self) -> bool {
        self.systemctl.state(UNIT) == "active"
    }

    /// A line of shell with the host's CS.cfg in place of CFG.
    pub fn shell(&self, line: &str) -> String {
        line.replace("CFG", &self.file.display().to_string())
    }

    /// What the systemctl does before a verb, with the host's CS.cfg in place of CFG.
    pub fn on(&self, verb: &str, line: &str) {
        self.systemctl.on(verb, &self.shell(line));
    }

    /// The program with this host's root and systemctl, and nothing to wait for after a start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).arg("--root").arg(self.root.path());
        let only_looks = matches!(arguments.first(), Some(&("status" | "check" | "plan" | "export-ca" | "monitor")));
        if !matches!(arguments.first(), Some(&("check" | "plan" | "export-ca"))) {
            command.arg("--systemctl").arg(self.systemctl.program());
        }
        if !only_looks && !arguments.contains(&"--settle") {
            command.args(["--settle", "0"]);
        }
        if !only_looks && !arguments.contains(&"--timeout") {
            command.args(["--timeout", "60"]);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().unwrap())
    }

    /// The arguments of a promotion.
    pub fn promotion<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        [&["promote-ca", "-i", "pki-tomcat", "--from", self.master.to_str().unwrap()], more].concat()
    }

    pub fn promote(&self, more: &[&str]) -> Ran {
        self.run(&self.promotion(more))
    }

    pub fn demote(&self, more: &[&str]) -> Ran {
        self.run(&[&["demote-ca", "-i", "pki-tomcat", "--new-master", "ca2.example.com:8443"], more].concat())
    }

    /// The names in the file's folder.
    pub fn names(&self) -> Vec<String> {
        names(self.file.parent().unwrap())
    }

    /// The backups beside the file.
    pub fn backups(&self) -> Vec<PathBuf> {
        let names = self.names().into_iter().filter(|name| name.starts_with("CS.cfg.pki-role.2"));
        names.map(|name| self.file.with_file_name(name)).collect()
    }

    /// The one backup beside the file.
    #[track_caller]
    pub fn backup(&self) -> PathBuf {
        let backups = self.backups();
        assert_eq!(backups.len(), 1, "{:?}", self.names());
        backups[0].clone()
    }

    /// Whether the note of an interrupted run is there.
    pub fn has_note(&self) -> bool {
        self.path(&format!("run/pki-role/{UNIT}.json")).exists()
    }

    /// Nothing was done: not to the file, not beside it, not to a service.
    #[track_caller]
    pub fn assert_untouched(&self) {
        assert!(self.is_untouched(), "the file");
        assert_eq!(self.names(), ["CS.cfg"]);
        assert_eq!(self.systemctl.changes(), [""; 0]);
    }
}

/// The program under test.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pki-role"));
    command.stdin(Stdio::null());
    command
}

/// Starts a program that a signal is sent to.
pub fn start(mut command: Command) -> Child {
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    // Tests that were started under `nohup`, or in the background of a script, would hand on what they
    // ignore.
    let mut plain = Command::new("env");
    plain.args(["--default-signal=HUP,INT,QUIT,TERM"]).arg(command.get_program()).args(arguments);
    plain.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(folder) = command.get_current_dir() {
        plain.current_dir(folder);
    }
    match plain.spawn() {
        Ok(child) => child,
        Err(_) => command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap(),
    }
}

pub fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

pub fn ended(child: Child) -> Ran {
    Ran::of(&child.wait_with_output().unwrap())
}

/// A CS.cfg that names no port at which its server could be asked.
pub fn without_ports(text: &str) -> String {
    let is_port = |line: &&str| ["service.", "pkicreate."].iter().any(|part| line.starts_with(part));
    text.lines().filter(|line| !(is_port(line) && line.to_lowercase().contains("port="))).fold(
        String::new(),
        |mut all, line| {
            all += line;
            all += "\n";
            all
        },
    )
}

/// A CS.cfg that names this port without TLS, and no other one.
pub fn with_port(text: &str, port: u16) -> String {
    let line = format!("service.unsecurePort={port}\n");
    let text = without_ports(text);
    // Where the key belongs: in the order of the file.
    let at = text.find("usrgrp.").unwrap();
    format!("{}{line}{}", &text[..at], &text[at..])
}
