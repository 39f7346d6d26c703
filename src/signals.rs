//! SIGINT, SIGTERM and SIGHUP are noted, not obeyed at once: a conversion looks at them between its
//! steps, so that no signal leaves a server stopped or a file half way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

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
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            signal_hook::flag::register_usize(signal, Arc::clone(&signals.0), number)?;
        }
        Ok(signals)
    }

    /// The number of the last signal that arrived.
    pub fn received(&self) -> Option<u8> {
        u8::try_from(self.0.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }
}
