//! The service of an instance: is it active, stop it, start it, wait until it answers.
//!
//! [`Services`] is all that a conversion knows of systemd, so that a test can script it;
//! [`Systemctl`] is the real one.
#![allow(clippy::disallowed_methods, reason = "this module runs systemctl and asks the server")]

use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;

use crate::signals::Signals;

/// Where a subsystem tells whether it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The port without TLS, on this host.
    pub port: u16,
    /// The subsystem's path on the server: `ca` or `ocsp`.
    pub subsystem: &'static str,
}

/// What can go wrong with a service.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "each variant's message tells what its fields are")]
pub enum ServiceError {
    #[error("{program} cannot be run", program = program.display())]
    NoSystemctl { program: PathBuf, source: std::io::Error },
    #[error("systemctl {verb} {unit} failed ({status}){}", last_words(stderr))]
    Failed { verb: &'static str, unit: String, status: String, stderr: String },
    #[error("systemctl {verb} {unit} did not end within {seconds} s")]
    TimedOut { verb: &'static str, unit: String, seconds: u64 },
    #[error("{unit} stayed {state} for {seconds} s")]
    Unsettled { unit: String, state: String, seconds: u64 },
    #[error(
        "{unit} is active, but its {subsystem} subsystem did not answer \"running\" on port {port} within {seconds} s ({answer})"
    )]
    NotReady { unit: String, subsystem: &'static str, port: u16, seconds: u64, answer: String },
    #[error("{unit} is {state} after its start")]
    NotActive { unit: String, state: String },
    #[error("interrupted by signal {0}")]
    Interrupted(u8),
}

fn last_words(stderr: &str) -> String {
    if stderr.is_empty() { String::new() } else { format!(": {stderr}") }
}

impl ServiceError {
    /// The error's stable name.
    pub fn code(&self) -> &'static str {
        match self {
            ServiceError::NoSystemctl { .. } => "no-systemctl",
            ServiceError::Failed { verb: "stop", .. } => "stop-failed",
            ServiceError::Failed { verb: "start", .. } => "start-failed",
            ServiceError::TimedOut { verb: "stop", .. } => "stop-timed-out",
            ServiceError::TimedOut { verb: "start", .. } => "start-timed-out",
            ServiceError::Failed { .. } | ServiceError::TimedOut { .. } => "systemctl-failed",
            ServiceError::Unsettled { .. } => "unit-unsettled",
            ServiceError::NotReady { .. } => "not-ready",
            ServiceError::NotActive { .. } => "not-active",
            ServiceError::Interrupted(_) => "interrupted",
        }
    }
}

/// What a wait is for, and for how long it has lasted.
pub type Watch<'w> = &'w dyn Fn(&str, Duration);

/// The effects on services.
pub trait Services {
    /// Whether a unit is active; one that is just starting or stopping is waited for. Ends early at a
    /// signal.
    ///
    /// # Errors
    /// [`ServiceError`] when systemd cannot be asked.
    fn is_active(&mut self, unit: &str) -> Result<bool, ServiceError>;

    /// Stops a unit. Ends early at a signal.
    ///
    /// # Errors
    /// [`ServiceError`]; the unit may then be in any state.
    fn stop(&mut self, unit: &str) -> Result<(), ServiceError>;

    /// Stops a unit, whatever signals arrive.
    ///
    /// # Errors
    /// [`ServiceError`]; the unit may then be in any state.
    fn stop_for_good(&mut self, unit: &str) -> Result<(), ServiceError>;

    /// Starts a unit.
    ///
    /// # Errors
    /// [`ServiceError`]; the unit may then be in any state.
    fn start(&mut self, unit: &str) -> Result<(), ServiceError>;

    /// Waits until the subsystem says that it runs or, without an endpoint, until its unit is active.
    ///
    /// # Errors
    /// [`ServiceError`] when it does not say so in time.
    fn wait_ready(&mut self, unit: &str, endpoint: Option<&Endpoint>) -> Result<(), ServiceError>;

    /// Waits until `state`, which reads the file, gives the same for as long as a starting server
    /// may take between two rewrites of its CS.cfg.
    fn wait_settled(&mut self, state: &mut dyn FnMut() -> Option<Vec<u8>>);

    /// The signal that asked this program to end, if any did.
    fn signal(&self) -> Option<u8>;
}

/// systemd, through `systemctl`.
pub struct Systemctl<'s> {
    /// The program.
    pub program: PathBuf,
    /// How long each stop, start or wait may last.
    pub timeout: Duration,
    /// How long a CS.cfg must have been left alone after a start.
    pub settle: Duration,
    /// Signals to look at while waiting.
    pub signals: &'s Signals,
    /// Told about waits.
    pub watch: Watch<'s>,
}

/// How often a wait looks again.
const TICK: Duration = Duration::from_millis(50);
/// How much of a child's output is kept, in bytes.
const OUTPUT: usize = 16 * 1024;

impl Systemctl<'_> {
    /// Runs systemctl with a verb: its exit status, and what it printed.
    fn run(&self, verb: &'static str, unit: &str, interruptible: bool) -> Result<Ran, ServiceError> {
        let no_systemctl = |source| ServiceError::NoSystemctl { program: self.program.clone(), source };
        let mut child = Command::new(&self.program)
            .args([verb, unit])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its own group: a Ctrl-C on the terminal is ours to handle.
            .process_group(0)
            .spawn()
            .map_err(no_systemctl)?;
        let mut stdout = Tail::new(child.stdout.take());
        let mut stderr = Tail::new(child.stderr.take());
        let started = Instant::now();
        loop {
            let status = child.try_wait().map_err(no_systemctl)?;
            stdout.read();
            stderr.read();
            if let Some(status) = status {
                let status_text = status.to_string();
                return Ok(Ran {
                    success: status.success(),
                    status: status_text,
                    stdout: stdout.text(),
                    stderr: stderr.text(),
                });
            }
            if let Some(signal) = self.signals.received().filter(|_| interruptible) {
                end(&mut child);
                return Err(ServiceError::Interrupted(signal));
            }
            if started.elapsed() >= self.timeout {
                end(&mut child);
                return Err(ServiceError::TimedOut { verb, unit: unit.to_owned(), seconds: self.timeout.as_secs() });
            }
            (self.watch)(&format!("systemctl {verb} {unit}"), started.elapsed());
            std::thread::sleep(TICK);
        }
    }

    fn change(&self, verb: &'static str, unit: &str, interruptible: bool) -> Result<(), ServiceError> {
        let ran = self.run(verb, unit, interruptible)?;
        if ran.success {
            return Ok(());
        }
        Err(ServiceError::Failed { verb, unit: unit.to_owned(), status: ran.status, stderr: ran.stderr })
    }

    /// The state that `is-active` prints, when it is none of those that pass.
    fn state(&self, unit: &str, interruptible: bool) -> Result<String, ServiceError> {
        let started = Instant::now();
        loop {
            let ran = self.run("is-active", unit, interruptible)?;
            let state = ran.stdout.trim().to_owned();
            match state.as_str() {
                "activating" | "deactivating" | "reloading" | "refreshing" if started.elapsed() < self.timeout => {
                    (self.watch)(&format!("{unit} ({state})"), started.elapsed());
                    std::thread::sleep(TICK);
                }
                "activating" | "deactivating" | "reloading" | "refreshing" => {
                    return Err(ServiceError::Unsettled {
                        unit: unit.to_owned(),
                        state,
                        seconds: self.timeout.as_secs(),
                    });
                }
                "" | "unknown" if !ran.success => {
                    return Err(ServiceError::Failed {
                        verb: "is-active",
                        unit: unit.to_owned(),
                        status: ran.status,
                        stderr: ran.stderr,
                    });
                }
                _ => return Ok(state),
            }
        }
    }

    /// Whether systemd would start the unit at boot; any doubt is a no.
    pub fn is_enabled(&self, unit: &str) -> bool {
        self.run("is-enabled", unit, false).is_ok_and(|ran| ran.stdout.trim() == "enabled")
    }
}

impl Services for Systemctl<'_> {
    fn is_active(&mut self, unit: &str) -> Result<bool, ServiceError> {
        Ok(self.state(unit, true)? == "active")
    }

    fn stop(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.change("stop", unit, true)
    }

    fn stop_for_good(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.change("stop", unit, false)
    }

    fn start(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.change("start", unit, false)
    }

    fn wait_ready(&mut self, unit: &str, endpoint: Option<&Endpoint>) -> Result<(), ServiceError> {
        let started = Instant::now();
        loop {
            let state = self.state(unit, false)?;
            if state != "active" {
                return Err(ServiceError::NotActive { unit: unit.to_owned(), state });
            }
            let Some(endpoint) = endpoint else { return Ok(()) };
            let left = self.timeout.saturating_sub(started.elapsed());
            let answer = match endpoint.ask(left) {
                Ok(()) => return Ok(()),
                Err(answer) => answer,
            };
            if started.elapsed() >= self.timeout {
                let Endpoint { port, subsystem } = *endpoint;
                return Err(ServiceError::NotReady {
                    unit: unit.to_owned(),
                    subsystem,
                    port,
                    seconds: self.timeout.as_secs(),
                    answer,
                });
            }
            (self.watch)(&format!("{} subsystem to say that it runs", endpoint.subsystem), started.elapsed());
            std::thread::sleep(4 * TICK);
        }
    }

    fn wait_settled(&mut self, state: &mut dyn FnMut() -> Option<Vec<u8>>) {
        let started = Instant::now();
        let mut last = state();
        let mut since = Instant::now();
        while since.elapsed() < self.settle && started.elapsed() < self.timeout {
            (self.watch)("the server to leave CS.cfg alone", started.elapsed());
            std::thread::sleep(TICK.min(self.settle));
            let now = state();
            if now != last {
                last = now;
                since = Instant::now();
            }
        }
    }

    fn signal(&self) -> Option<u8> {
        self.signals.received()
    }
}

impl Endpoint {
    /// Asks once, for a few seconds at most; what was answered instead where it is not "running".
    fn ask(&self, left: Duration) -> Result<(), String> {
        let Endpoint { port, subsystem } = self;
        let url = format!("http://localhost:{port}/{subsystem}/admin/{subsystem}/getStatus");
        let response = minreq::get(url)
            .with_timeout(left.as_secs().clamp(1, 5))
            .with_follow_redirects(false)
            .send()
            .map_err(|error| error.to_string())?;
        let body = response.as_str().unwrap_or_default();
        match response.status_code {
            200 if body.contains("running") => Ok(()),
            200 => Err("it answered, but not that it runs".to_owned()),
            status => Err(format!("HTTP status {status}")),
        }
    }
}

struct Ran {
    success: bool,
    status: String,
    stdout: String,
    stderr: String,
}

/// The last bytes of a pipe, read without ever waiting: a grandchild may hold it open for ever.
struct Tail<R> {
    pipe: Option<R>,
    bytes: Vec<u8>,
}

impl<R: Read + AsFd> Tail<R> {
    fn new(pipe: Option<R>) -> Tail<R> {
        let pipe = pipe.filter(|pipe| {
            rustix::fs::fcntl_getfl(pipe)
                .and_then(|flags| rustix::fs::fcntl_setfl(pipe, flags | rustix::fs::OFlags::NONBLOCK))
                .is_ok()
        });
        Tail { pipe, bytes: Vec::new() }
    }

    fn read(&mut self) {
        let mut buffer = [0; 4096];
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(length) => {
                    self.bytes.extend_from_slice(buffer.get(..length).unwrap_or_default());
                    let surplus = self.bytes.len().saturating_sub(OUTPUT);
                    self.bytes.drain(..surplus);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => self.pipe = None,
            }
        }
    }

    /// The last lines, joined into one.
    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let skip = lines.len().saturating_sub(5);
        lines.into_iter().skip(skip).collect::<Vec<_>>().join("; ")
    }
}

/// Ends a child and its group, first kindly.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    for signal in [Signal::TERM, Signal::KILL] {
        if let Some(group) = group {
            let _ = kill_process_group(group, signal);
        }
        let sent = Instant::now();
        while sent.elapsed() < Duration::from_secs(1) {
            if child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            std::thread::sleep(TICK);
        }
    }
}
