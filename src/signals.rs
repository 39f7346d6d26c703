//! SIGINT, SIGTERM, SIGHUP and SIGQUIT are noted, not obeyed at once: a conversion looks at them between its
//! steps, so that no signal leaves a server stopped or a file half way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};

/// The signal that arrived, if any.
#[derive(Clone, Default)]
pub struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// From now on signals are noted.
    ///
    /// # Errors
    /// The system's, when a handler cannot be installed.
    pub fn catch() -> std::io::Result<Signals> {
        let signals = Signals::default();
        let ignored = ignored();
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            // Who started us under nohup wants no hang-up to end us.
            if ignored & (1 << (signal - 1)) != 0 {
                continue;
            }
            let number = usize::try_from(signal).unwrap_or_default();
            signal_hook::flag::register_usize(signal, Arc::clone(&signals.0), number)?;
        }
        // A run that is suspended half way would leave the server stopped.
        signal_hook::flag::register(SIGTSTP, Arc::new(AtomicBool::new(false)))?;
        Ok(signals)
    }

    /// The number of the last signal that arrived.
    pub fn received(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }
}

/// The set of the signals that are ignored, as the kernel tells it: signal n is bit n - 1.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
