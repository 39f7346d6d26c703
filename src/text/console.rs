//! Standard output and standard error, and what may be written to each.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use serde::Serialize;

use super::escape;

/// How a command reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// One JSON object on standard output.
    pub json: bool,
    /// No messages where all went well.
    pub quiet: bool,
    /// Everything, not only the first few.
    pub verbose: bool,
}

/// The streams of the process.
pub struct Console {
    manner: Manner,
    out_is_terminal: bool,
    error_is_terminal: bool,
    colour: bool,
    /// The second of a wait that was shown last.
    waiting: Cell<Option<u64>>,
    /// Data that could not be written to standard output, and why.
    lost: RefCell<Option<io::Error>>,
}

impl Console {
    /// The process's own streams. Colour is for terminals only, and never against `NO_COLOR`.
    pub fn new(manner: Manner) -> Console {
        let out_is_terminal = io::stdout().is_terminal();
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Console {
            manner,
            out_is_terminal,
            error_is_terminal: io::stderr().is_terminal(),
            colour: out_is_terminal && !forbidden && !dumb,
            waiting: Cell::new(None),
            lost: RefCell::new(None),
        }
    }

    /// How to report.
    pub fn manner(&self) -> Manner {
        self.manner
    }

    /// The columns that a table on standard output may have.
    pub fn columns(&self) -> usize {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = || self.out_is_terminal.then(terminal_columns).flatten();
        columns.or_else(terminal).unwrap_or(if self.out_is_terminal { 80 } else { 120 }).clamp(40, 400)
    }

    /// Messages for the reader, unless there must be none.
    pub fn message(&self, text: &str) {
        if !self.manner.quiet && !self.manner.json {
            self.error(text);
        }
    }

    /// Messages that are never left out.
    pub fn error(&self, text: &str) {
        self.end_waiting();
        to_stderr(escape::lines(text).as_bytes());
    }

    /// Lines of data.
    pub fn data(&self, text: &str) {
        self.raw(escape::lines(text).as_bytes());
    }

    /// One JSON object.
    pub fn json(&self, value: &impl Serialize) {
        // Only a map whose keys are not text cannot be written, and there is none.
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.raw(format!("{}\n", escape::json(&text)).as_bytes()),
            Err(error) => drop(self.lost.replace(Some(error.into()))),
        }
    }

    /// A diff: its very bytes into a pipe or a file, escaped and coloured on a terminal.
    pub fn diff(&self, diff: &[u8]) {
        if !self.out_is_terminal {
            return self.raw(diff);
        }
        for line in diff.split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            let text = escape::one_line(text.trim_end_matches('\n')).into_owned();
            let colour = match line.first() {
                Some(b'+') => "32",
                Some(b'-') => "31",
                Some(b'@') => "36",
                _ => "",
            };
            let shown = match self.colour && !colour.is_empty() {
                true => format!("\x1b[{colour}m{text}\x1b[0m\n"),
                false => format!("{text}\n"),
            };
            self.raw(shown.as_bytes());
        }
    }

    /// Shows on a terminal what is waited for and for how long, drawn again once a second, and that a
    /// signal was received.
    pub fn waiting(&self, what: &str, elapsed: Duration, signal: Option<u8>) {
        let seconds = elapsed.as_secs();
        let is_shown = self.error_is_terminal && !self.manner.quiet && !self.manner.json;
        if is_shown && seconds >= 1 && self.waiting.replace(Some(seconds)) != Some(seconds) {
            let signal = signal.map(|signal| format!(" (signal {signal}: ending as soon as that is safe)"));
            let what = escape::one_line(what);
            to_stderr(format!("\r  waiting for {what} ... {seconds} s{}\x1b[K", signal.unwrap_or_default()).as_bytes());
        }
    }

    /// Removes the line of a wait.
    pub fn end_waiting(&self) {
        if self.waiting.take().is_some() {
            to_stderr(b"\r\x1b[K");
        }
    }

    /// Why data was not written to standard output, if it was not.
    pub fn lost(&self) -> Option<io::Error> {
        self.lost.take()
    }

    /// Bytes as they are. A reader that closed the pipe has seen enough; that is not a failure.
    pub fn raw(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => drop(self.lost.replace(Some(error))),
            _ => {}
        }
    }
}

fn terminal_columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Where nobody can read them, messages can only be left out.
fn to_stderr(bytes: &[u8]) {
    let _ = io::stderr().write_all(bytes);
}
