//! Standard output and standard error, and what may be written to each.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use serde::Serialize;

use super::escape::escape;
use crate::cli::Output;

/// Where a command speaks.
pub struct Console {
    json: bool,
    quiet: bool,
    out_is_terminal: bool,
    error_is_terminal: bool,
    colour: bool,
    waiting: Cell<bool>,
}

/// A wait shorter than this is not worth a word.
const PATIENCE: Duration = Duration::from_secs(1);

impl Console {
    /// The process's own streams. Colour goes to a terminal only, and never against `NO_COLOR`.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks for NO_COLOR and TERM")]
    pub fn new(output: Output, quiet: bool) -> Console {
        let out_is_terminal = std::io::stdout().is_terminal();
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Console {
            json: output == Output::Json,
            quiet,
            out_is_terminal,
            error_is_terminal: std::io::stderr().is_terminal(),
            colour: out_is_terminal && !forbidden && !dumb,
            waiting: Cell::new(false),
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

    /// Words that are never left out.
    pub fn error(&self, words: &str) {
        self.end_waiting();
        write_to(&mut std::io::stderr().lock(), escape(words).as_bytes());
    }

    /// One line of data.
    pub fn data(&self, line: &str) {
        if !self.quiet {
            write_to(&mut std::io::stdout().lock(), escape(line).as_bytes());
        }
    }

    /// Bytes of our own, as they are.
    pub fn raw(&self, bytes: &[u8]) {
        write_to(&mut std::io::stdout().lock(), bytes);
    }

    /// One JSON object.
    pub fn json(&self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"));
        write_to(&mut std::io::stdout().lock(), format!("{text}\n").as_bytes());
    }

    /// A diff: its very bytes into a pipe or a file, escaped and coloured on a terminal.
    pub fn diff(&self, diff: &[u8]) {
        let mut out = std::io::stdout().lock();
        if !self.out_is_terminal {
            return write_to(&mut out, diff);
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
            write_to(&mut out, shown.as_bytes());
        }
    }

    /// Shows on a terminal what is waited for and for how long.
    pub fn waiting(&self, what: &str, elapsed: Duration) {
        if self.error_is_terminal && !self.quiet && !self.json && elapsed >= PATIENCE {
            self.waiting.set(true);
            let line = format!("\r  waiting for {} ... {} s\x1b[K", escape(what), elapsed.as_secs());
            write_to(&mut std::io::stderr().lock(), line.as_bytes());
        }
    }

    /// Takes the line of a wait away.
    pub fn end_waiting(&self) {
        if self.waiting.replace(false) {
            write_to(&mut std::io::stderr().lock(), b"\r\x1b[K");
        }
    }
}

/// A reader that has gone away has seen enough; it is no failure of the conversion.
fn write_to(stream: &mut impl Write, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}
