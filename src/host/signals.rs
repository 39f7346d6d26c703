//! What a signal does to a run: the one table.
//!
//! | signal | what happens |
//! |---|---|
//! | INT, TERM, HUP, QUIT | noted, and looked at between the steps of a change, so that none leaves a server stopped or a file half written; the exit code is 128 + n. One that was ignored when the program was started, as HUP under nohup, stays ignored |
//! | TSTP, TTIN, TTOU | blocked: a run that is suspended half way would leave the server stopped. A write to the terminal from the background goes through, a read fails |
//! | XFSZ | blocked: a file beyond `ulimit -f` is an error of the write like any other (EFBIG) |
//! | PIPE | ignored, as Rust has it: a reader that ended is an error of the write |
//! | all others | left alone: their usual effect. KILL and STOP cannot be caught |
//!
//! Blocked rather than caught, because a handler does not do: the kernel repeats the system call that
//! SIGTTOU or SIGTTIN stopped, and with it the signal, for ever. Programs that are started inherit what is
//! blocked, and none of those above is of use to them.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::sys::signal::{SigSet, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// Those that end a run tidily.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Those that must not happen to a run.
const BLOCKED: [Signal; 4] = [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU, Signal::SIGXFSZ];

/// The signal that arrived, if any.
#[derive(Clone, Debug, Default)]
pub struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// From now on the table holds. Call it before other threads are started: each has signals of its
    /// own that are blocked, and gets those of the thread that starts it.
    ///
    /// # Errors
    /// The system's, when a handler cannot be installed.
    pub fn catch() -> io::Result<Signals> {
        BLOCKED.into_iter().collect::<SigSet>().thread_block()?;
        let signals = Signals::default();
        let ignored = ignored();
        for signal in ENDING.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0) {
            let number = usize::try_from(signal).map_err(io::Error::other)?;
            signal_hook::flag::register_usize(signal, Arc::clone(&signals.0), number)?;
        }
        Ok(signals)
    }

    /// The number of the last signal that arrived.
    pub fn received(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }
}

/// The set of the signals that are ignored, as the kernel reports it: signal n is bit n - 1. Without
/// `/proc` none is.
fn ignored() -> u64 {
    // Read at once: it has some 1.5 KB.
    let mut status = String::with_capacity(4 * 1024);
    let read =
        std::fs::File::open("/proc/self/status").and_then(|file| file.take(64 * 1024).read_to_string(&mut status));
    let mask = read.ok().and_then(|_| status.lines().find_map(|line| line.strip_prefix("SigIgn:")));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
