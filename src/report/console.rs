//! Standard output and standard error, and what may be written to each.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use serde::Serialize;

use super::escape::escape;
use crate::cli::Output;
use crate::error::Ending;

/// Where a command speaks.
pub struct Console {
    json: bool,
    quiet: bool,
    out_is_terminal: bool,
    error_is_terminal: bool,
    colour: bool,
    waiting: Cell<bool>,
    /// Data that could not be written to standard output, and why.
    lost: RefCell<Option<io::Error>>,
}

/// A wait shorter than this is not worth a word.
const PATIENCE: Duration = Duration::from_secs(1);

impl Console {
    /// The process's own streams. Colour goes to a terminal only, and never against `NO_COLOR`.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks for NO_COLOR and TERM")]
    pub fn new(output: Output, quiet: bool) -> Console {
        let out_is_terminal = io::stdout().is_terminal();
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Console {
            json: output == Output::Json,
            quiet,
            out_is_terminal,
            error_is_terminal: io::stderr().is_terminal(),
            colour: out_is_terminal && !forbidden && !dumb,
            waiting: Cell::new(false),
            lost: RefCell::new(None),
        }
    }

    /// Whether the report is one JSON object.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Words for the reader, unless there must be none.
    pub fn words(&self, words: &str) {
        if !self.quiet && !self.json {
            self.error(words);
        }
    }

    /// The exit code of a command that ended with `code`. Where data could not be written this says
    /// so; a command that only had to tell something has failed then. A change is as it is: its
    /// code tells the state.
    pub fn exit_code(&self, code: u8, only_tells: bool) -> u8 {
        let Some(error) = self.lost.take() else { return code };
        self.error(&format!("pki-role: standard output cannot be written: {error}\n"));
        if only_tells && code == 0 { Ending::Restored.exit_code() } else { code }
    }

    /// A reader that has gone away has seen enough; that is no failure.
    fn out(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => drop(self.lost.replace(Some(error))),
            _ => {}
        }
    }

    /// Words that are never left out.
    pub fn error(&self, words: &str) {
        self.end_waiting();
        to_stderr(escape(words).as_bytes());
    }

    /// One line of data.
    pub fn data(&self, line: &str) {
        if !self.quiet {
            self.out(escape(line).as_bytes());
        }
    }

    /// Bytes of our own, as they are.
    pub fn raw(&self, bytes: &[u8]) {
        self.out(bytes);
    }

    /// One JSON object.
    pub fn json(&self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"));
        self.out(format!("{text}\n").as_bytes());
    }

    /// A diff: its very bytes into a pipe or a file, escaped and coloured on a terminal.
    pub fn diff(&self, diff: &[u8]) {
        if !self.out_is_terminal {
            return self.out(diff);
        }
        for line in diff.split_inclusive(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            let text = escape(text.trim_end_matches('\n')).into_owned();
            let colour = match line.first() {
                Some(b'+') => "32",
                Some(b'-') => "31",
                Some(b'@') => "36",
                _ => "",
            };
            let shown = if self.colour && !colour.is_empty() {
                format!("\x1b[{colour}m{text}\x1b[0m\n")
            } else {
                format!("{text}\n")
            };
            self.out(shown.as_bytes());
        }
    }

    /// Shows on a terminal what is waited for and for how long.
    pub fn waiting(&self, what: &str, elapsed: Duration) {
        if self.error_is_terminal && !self.quiet && !self.json && elapsed >= PATIENCE {
            self.waiting.set(true);
            let line = format!("\r  waiting for {} ... {} s\x1b[K", escape(what), elapsed.as_secs());
            to_stderr(line.as_bytes());
        }
    }

    /// Takes the line of a wait away.
    pub fn end_waiting(&self) {
        if self.waiting.replace(false) {
            to_stderr(b"\r\x1b[K");
        }
    }
}

/// Where nobody can read them, words can only be left out.
fn to_stderr(bytes: &[u8]) {
    let _ = io::stderr().write_all(bytes);
}
