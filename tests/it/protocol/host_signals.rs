//! The table of signals, each tried on a process of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ};
use nix::sys::signal::raise;
use pki_role::host::signals::Signals;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{child, needs};

const CATCHING: &str = "protocol::host_signals::catching";

/// Catches signals and says which; ends at an end of its input.
#[test]
#[ignore = "a child process of the other tests here"]
fn catching() {
    let signals = Signals::catch().unwrap();
    // To this thread; the test program has another one, which knows nothing of the table.
    for signal in [SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ, SIGPIPE] {
        raise(signal).unwrap();
    }
    println!("\nready");
    let (mut seen, started) = (None, Instant::now());
    while !child::argument().join("end").exists() && started.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
        if signals.received() != seen {
            seen = signals.received();
            println!("\nreceived {}", seen.unwrap());
        }
    }
    println!("\nended");
}

struct Caught {
    process: Child,
    lines: BufReader<ChildStdout>,
    /// Dropped with the rest: then nobody waits any more.
    _started: mpsc::Sender<()>,
}

impl Caught {
    fn start(mut command: Command) -> Caught {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        // One that is stopped would be waited for without end.
        let pid = Pid::from_child(&process);
        let (started, is_ready) = mpsc::channel();
        std::thread::spawn(move || {
            if is_ready.recv_timeout(Duration::from_secs(60)) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        let mut caught = Caught { process, lines, _started: started };
        assert_eq!(caught.next(), "ready");
        caught
    }

    /// The next line of ours among those of the test program.
    fn next(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "{:?}", self.process.wait());
            if ["ready", "received", "ended"].iter().any(|begin| line.starts_with(begin)) {
                return line.trim_end().to_owned();
            }
        }
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    fn end(mut self, folder: &Path) {
        fs::write(folder.join("end"), "").unwrap();
        assert_eq!(self.next(), "ended");
        assert!(self.process.wait().unwrap().success());
        fs::remove_file(folder.join("end")).unwrap();
    }
}

impl Drop for Caught {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn those_that_end_a_run_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let mut caught = Caught::start(child::command(CATCHING, folder.path()));
    // Under nohup the tests themselves ignore HUP, and with them their children.
    for signal in
        [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM].into_iter().filter(|signal| !is_ignored(*signal))
    {
        caught.send(signal);
        assert_eq!(caught.next(), format!("received {}", signal.as_raw()));
    }
    caught.end(folder.path());
}

fn is_ignored(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    u64::from_str_radix(mask, 16).unwrap() & (1 << (signal.as_raw() - 1)) != 0
}

/// Each process here has sent itself those of them that would.
#[test]
fn those_that_would_stop_it_do_nothing() {
    let folder = tempfile::tempdir().unwrap();
    Caught::start(child::command(CATCHING, folder.path())).end(folder.path());
}

#[test]
fn others_do_what_they_always_do() {
    use std::os::unix::process::ExitStatusExt;
    let folder = tempfile::tempdir().unwrap();
    for signal in [Signal::ALARM, Signal::USR1, Signal::KILL] {
        let mut caught = Caught::start(child::command(CATCHING, folder.path()));
        caught.send(signal);
        assert_eq!(caught.process.wait().unwrap().signal(), Some(signal.as_raw()));
    }
}

/// `nohup pki-role ...`: who closes the terminal does not end it.
#[test]
fn what_is_ignored_stays_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let mut caught = Caught::start(child::command_after("trap '' HUP", CATCHING, folder.path()));
    caught.send(Signal::HUP);
    caught.send(Signal::TERM);
    assert_eq!(caught.next(), "received 15");
    caught.end(folder.path());
}

const WRITING: &str = "protocol::host_signals::writing";

/// Writes to its terminal from the background, reads from it, and says how that went.
#[test]
#[ignore = "a child process of a_terminal_of_somebody_else"]
fn writing() {
    Signals::catch().unwrap();
    let mut terminal = fs::OpenOptions::new().read(true).write(true).open("/dev/tty").unwrap();
    let wrote = terminal.write_all(b"from the background\n");
    let read = std::io::Read::read(&mut terminal, &mut [0]);
    fs::write(child::argument(), format!("{wrote:?} {:?}", read.map_err(|error| error.raw_os_error()))).unwrap();
}

/// In the background of a terminal with `stty tostop`: a write neither stops the process nor is it
/// repeated for ever, and a read fails (EIO).
#[test]
fn a_terminal_of_somebody_else() {
    if !needs::tool("script") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("result");
    let child = child::command(WRITING, &result);
    let arguments: Vec<_> = child.get_args().map(|argument| argument.to_str().unwrap()).collect();
    let program = child.get_program().to_str().unwrap();
    // A shell with job control gives a background process a group of its own.
    let shell = format!("set -m; stty tostop; '{program}' {} >/dev/null & wait", arguments.join(" "));
    let mut command = Command::new("script");
    command.args(["-qec", &format!("bash -c \"{shell}\""), "/dev/null"]).env("PKI_ROLE_CHILD", &result);
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    for _ in 0..3000 {
        if process.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(fs::read_to_string(result).unwrap(), "Ok(()) Err(Some(5))");
}
