//! One line in the system's journal for each change, so that a later reader knows who moved what.
//!
//! It goes to the syslog socket, which the systemd journal and every syslog daemon read. Where there
//! is none, nothing is recorded, and nothing fails.
#![allow(clippy::disallowed_methods, reason = "this module asks who invoked sudo")]

use std::os::unix::net::UnixDatagram;
use std::path::Path;

use syslog::{Facility, Formatter3164, Logger, LoggerBackend};

use crate::report::escape;
use crate::role::Plan;

/// The socket.
pub const SOCKET: &str = "/dev/log";
/// How many keys are named.
const KEYS: usize = 20;

/// What is recorded of a change.
pub struct Entry<'e> {
    /// The command.
    pub command: &'e str,
    /// The file.
    pub config: &'e Path,
    /// The instance, if the file lies in one.
    pub instance: Option<&'e str>,
    /// What was done.
    pub what: What,
    /// The backup.
    pub backup: Option<&'e Path>,
    /// How it ended.
    pub result: &'e str,
}

/// Roles and keys of a change.
pub struct What {
    text: String,
}

impl What {
    /// Of a plan.
    pub fn of(plan: &Plan) -> What {
        let changes = plan.changes.iter().take(KEYS).map(|change| change.key.as_str());
        let keys = changes.collect::<Vec<_>>().join(",");
        let more = plan.changes.len().saturating_sub(KEYS);
        let more = if more > 0 { format!(",+{more}") } else { String::new() };
        let (subsystem, before, after) = (plan.before.subsystem, plan.before.role, plan.role_after);
        What { text: format!("subsystem={subsystem} role={before}->{after} keys={keys}{more}") }
    }
}

/// Records a change.
pub fn record(socket: &Path, entry: &Entry<'_>) {
    let formatter = Formatter3164 {
        facility: Facility::LOG_AUTHPRIV,
        hostname: None,
        process: "pki-role".to_owned(),
        pid: std::process::id(),
    };
    let Some(stream) = connect(socket) else { return };
    let mut logger = Logger { formatter, backend: LoggerBackend::Unix(stream) };
    let _ = logger.notice(escape(&entry.text()).replace(['\n', '\t'], " "));
}

/// A journal that takes nothing must not hold up a conversion.
fn connect(socket: &Path) -> Option<UnixDatagram> {
    let stream = UnixDatagram::unbound().ok()?;
    stream.connect(socket).ok()?;
    stream.set_nonblocking(true).ok()?;
    Some(stream)
}

impl Entry<'_> {
    fn text(&self) -> String {
        let Entry { command, config, instance, what, backup, result } = self;
        format!(
            "{command} {result}: config={} instance={} {} backup={} user={}",
            config.display(),
            instance.unwrap_or("-"),
            what.text,
            backup.map_or_else(|| "-".to_owned(), |backup| backup.display().to_string()),
            invoking_user(),
        )
    }
}

/// The account that called sudo; without sudo, the number of our own.
fn invoking_user() -> String {
    let sudo = std::env::var("SUDO_USER").ok().filter(|user| !user.is_empty());
    sudo.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}
