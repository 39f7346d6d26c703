//! A program that is run: bounded in time and in output, ended together with what it started.
use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use thiserror::Error;

use super::deadline::Deadline;

/// How often a wait looks again, at most.
pub(super) const TICK: Duration = Duration::from_millis(50);
/// How much of what a program says on standard error is kept, in bytes.
const STDERR: usize = 16 * 1024;

/// How a program is run.
pub struct Run<'r> {
    /// When it is ended.
    pub deadline: Deadline,
    /// The signal that ends it early, if one has arrived.
    pub signal: &'r dyn Fn() -> Option<u8>,
    /// Called while it runs, with the time that has passed.
    pub watch: &'r dyn Fn(Duration),
    /// How much of its standard output is kept.
    pub keep: Keep,
    /// The terminal that it may ask at; without one it has no standard input.
    pub terminal: Option<&'r File>,
}

/// Which part of a long output is kept.
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// All of it; a program that prints more bytes than this is ended.
    AllUpTo(usize),
    /// The last bytes.
    Last(usize),
}

/// How a program ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it printed on standard output, as far as it was kept.
    pub stdout: Vec<u8>,
    /// The last lines on standard error, joined into one.
    pub stderr: String,
}

/// Why nobody knows how a program ended.
#[derive(Debug, Error)]
pub enum RunError {
    /// It could not be started.
    #[error("cannot be run")]
    CannotRun(#[source] std::io::Error),
    /// It was started, but its end could not be seen.
    #[error("cannot be waited for")]
    CannotWait(#[source] std::io::Error),
    /// It was ended because it took too long.
    #[error("did not end in time")]
    TimedOut,
    /// It was ended because a signal arrived.
    #[error("interrupted by signal {0}")]
    Interrupted(u8),
    /// It was ended because it printed too much.
    #[error("printed too much")]
    TooLong,
}

impl Run<'_> {
    /// Runs the program until it ends, or has to be ended.
    ///
    /// # Errors
    /// [`RunError`]; nothing of the program runs any more then, unless it has left its process group.
    pub fn run(&self, mut command: Command) -> Result<Ran, RunError> {
        match self.terminal {
            // It stays in this program's process group: another one may not read from the terminal.
            Some(terminal) => command.stdin(terminal.try_clone().map_err(RunError::CannotRun)?),
            // Its own group: a Ctrl-C on the terminal is for this program to handle.
            None => command.stdin(Stdio::null()).process_group(0),
        };
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(RunError::CannotRun)?;
        let mut stdout = Pipe::new(child.stdout.take(), self.keep);
        let mut stderr = Pipe::new(child.stderr.take(), Keep::Last(STDERR));
        let started = Instant::now();
        let mut pause = TICK / 32;
        let why = loop {
            let status = match child.try_wait() {
                Ok(status) => status,
                Err(error) => break RunError::CannotWait(error),
            };
            let has_printed = stdout.read();
            stderr.read();
            if stdout.is_too_long {
                break RunError::TooLong;
            }
            if let Some(status) = status {
                let stderr = last_lines(&stderr.bytes);
                return Ok(Ran { status, stdout: stdout.bytes, stderr });
            }
            if let Some(signal) = (self.signal)() {
                break RunError::Interrupted(signal);
            }
            let left = self.deadline.left();
            if left.is_zero() {
                break RunError::TimedOut;
            }
            (self.watch)(started.elapsed());
            // Who prints waits for a reader: a pipe holds 64 KiB.
            pause = if has_printed { TICK / 32 } else { (pause * 2).min(TICK) };
            std::thread::sleep(pause.min(left));
        };
        self.end(&mut child);
        Err(why)
    }

    /// Ends a child and its group: first by a request, then by force.
    fn end(&self, child: &mut Child) {
        let leader = Pid::from_child(child);
        for signal in [Signal::TERM, Signal::KILL] {
            // With the terminal the group is this program's own.
            let _ = match self.terminal {
                Some(_) => kill_process(leader, signal),
                None => kill_process_group(leader, signal),
            };
            let sent = Instant::now();
            while !has_ended(leader) && sent.elapsed() < Duration::from_secs(1) {
                std::thread::sleep(TICK / 8);
            }
        }
        // Only now: until then nobody else can have got its number.
        let _ = child.try_wait();
    }
}

/// Whether a child has ended; it keeps its number.
fn has_ended(child: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::Pid(child), options), Ok(None))
}

/// What comes through a pipe, read without ever waiting: a grandchild may hold it open for ever.
struct Pipe<R> {
    pipe: Option<R>,
    keep: Keep,
    bytes: Vec<u8>,
    is_too_long: bool,
}

impl<R: Read + AsFd> Pipe<R> {
    fn new(pipe: Option<R>, keep: Keep) -> Pipe<R> {
        let pipe = pipe.filter(|pipe| {
            rustix::fs::fcntl_getfl(pipe)
                .and_then(|flags| rustix::fs::fcntl_setfl(pipe, flags | rustix::fs::OFlags::NONBLOCK))
                .is_ok()
        });
        Pipe { pipe, keep, bytes: Vec::new(), is_too_long: false }
    }

    /// Takes what is there, at most some rounds of it: a program that prints without end is not
    /// followed for ever. Says whether there was anything.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        let mut has_printed = false;
        for _ in 0..16 {
            let Some(pipe) = &mut self.pipe else { break };
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(length) => {
                    has_printed = true;
                    self.take(buffer.get(..length).unwrap_or(&buffer));
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => self.pipe = None,
            }
        }
        has_printed
    }

    fn take(&mut self, bytes: &[u8]) {
        match self.keep {
            Keep::AllUpTo(limit) if bytes.len() > limit.saturating_sub(self.bytes.len()) => {
                self.is_too_long = true;
                self.pipe = None;
            }
            Keep::AllUpTo(_) => self.bytes.extend_from_slice(bytes),
            Keep::Last(limit) => {
                self.bytes.extend_from_slice(bytes);
                let surplus = self.bytes.len().saturating_sub(limit);
                self.bytes.drain(..surplus);
            }
        }
    }
}

/// The last lines of a text, joined into one.
pub(super) fn last_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let skip = lines.len().saturating_sub(5);
    lines.into_iter().skip(skip).collect::<Vec<_>>().join("; ")
}

/// The terminal that this program was started at, where it may read from it: not for one that runs
/// in the background.
pub fn terminal() -> Option<File> {
    let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
    let foreground = rustix::termios::tcgetpgrp(&terminal).ok()?;
    (foreground == rustix::process::getpgrp()).then_some(terminal)
}
