//! An explanation in three parts, and what several of them say in one way.

use std::num::NonZeroU16;

use super::escape::one_line;
use crate::pki::{FindingCode, Store, SubsystemState};

/// A finding in three parts. The last two may be empty.
pub struct Explanation {
    /// What it is.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
}

impl Explanation {
    /// The first two parts as one sentence.
    pub fn message(&self) -> String {
        if self.why.is_empty() { self.what.clone() } else { format!("{}: {}", self.what, self.why) }
    }

    /// What it is and why it matters on one line, and what to do, if anything, on another.
    pub(super) fn lines(&self, indent: &str, head: &str, code: FindingCode) -> String {
        let line = format!("{indent}{head}: {} [{code}]\n", self.message());
        if self.fix.is_empty() { line } else { format!("{line}{indent}  fix: {}\n", self.fix) }
    }
}

pub(super) fn explained(what: impl Into<String>, why: &str, fix: impl Into<String>) -> Explanation {
    Explanation { what: what.into(), why: why.to_owned(), fix: fix.into() }
}

/// `host:port`, as far as it is there. The installer writes `None` or -1 where it knew no port.
pub fn address(host: Option<&str>, port: Option<&str>) -> String {
    let host = one_line(host.unwrap_or("(no host)"));
    match port.map(str::parse::<NonZeroU16>) {
        None => format!("{host}:(no port)"),
        Some(Ok(port)) => format!("{host}:{port}"),
        Some(Err(_)) => format!("{host}, without a usable port ({})", one_line(port.unwrap_or_default())),
    }
}

/// Which store an OCSP responder reads.
pub(super) fn store_of(store: &Store) -> String {
    match store {
        Store::Other(id) => format!("ocsp.storeId={} has no such interval", one_line(id)),
        Store::Unset => "the file has no ocsp.storeId".to_owned(),
        Store::Refreshed(id) => format!("ocsp.storeId={}", one_line(id)),
        Store::Guide => "the file has the guide's parameters alone".to_owned(),
    }
}

/// What a subsystem said, or with which HTTP status it answered where it said nothing.
pub fn state(state: SubsystemState, status: Option<u16>) -> String {
    if let Some(status) = status {
        return format!("the subsystem answered {}", http_status(status));
    }
    let said = match state {
        SubsystemState::Running => "the subsystem said that it runs",
        SubsystemState::Starting => "the subsystem said that it was starting",
        SubsystemState::NotUp => "the subsystem had not come up",
        SubsystemState::Closed => "nothing listened at the port",
        SubsystemState::Other => "the subsystem gave no answer in time, or none that could be read",
        SubsystemState::NotAsked => "the subsystem could not be asked",
    };
    said.to_owned()
}

/// An HTTP status, with its usual name.
fn http_status(status: u16) -> String {
    let name = match status {
        301 => " Moved Permanently",
        302 => " Found",
        400 => " Bad Request",
        401 => " Unauthorized",
        429 => " Too Many Requests",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    };
    format!("HTTP {status}{name}")
}
