//! Where a subsystem of this host answers, what it is asked, and what may come of that.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use strum::{Display, IntoStaticStr};
use thiserror::Error;

use super::deadline::Deadline;
use crate::pki::Subsystem;

/// With TLS or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[allow(missing_docs, reason = "the names are those of URLs")]
pub enum Scheme {
    Http,
    Https,
}

/// Where a subsystem can be asked, always on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// With TLS or without.
    pub scheme: Scheme,
    /// One of this host's own addresses; without it loopback.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// The subsystem that is asked.
    pub subsystem: Subsystem,
}

/// Where a server of this host is asked: at the address that is known, else at loopback.
pub(super) fn addresses(known: Option<IpAddr>) -> Vec<IpAddr> {
    match known {
        Some(address) => vec![address],
        None => vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
    }
}

/// A question: a path on the server, and how much may be answered.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The path and the query, from the first slash on. What a file says is in it only as [`escaped`]
    /// text.
    pub path: &'q str,
    /// What kind of answer is accepted.
    pub accept: &'q str,
    /// How many bytes the body may have.
    pub most: usize,
}

/// How a question is asked.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The curl that asks with TLS.
    pub curl: &'a Path,
    /// When an answer comes too late.
    pub deadline: Deadline,
    /// The signal that ends the question early, if one has arrived.
    pub signal: &'a dyn Fn() -> Option<u8>,
}

impl Asking<'_> {
    /// The same with less time, at most.
    #[must_use]
    pub fn within(&self, most: Duration) -> Self {
        Asking { deadline: Deadline::after(most).earlier(self.deadline), ..*self }
    }
}

/// A text as a value in a query, whatever it holds.
pub fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// An answer by HTTP. Redirects are not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// Why there is no answer by HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FetchError {
    /// Nobody listens at the port.
    #[error("nothing listens at the port")]
    Closed,
    /// The answer was not complete in time.
    #[error("no complete answer in time")]
    TimedOut,
    /// The answer is longer than the bound.
    #[error("the answer is too long")]
    TooLong,
    /// What was answered is no HTTP, or ends too early.
    #[error("the answer is not HTTP, or incomplete")]
    Broken,
    /// There is no curl to ask with TLS.
    #[error("the port speaks TLS, and curl cannot be run")]
    NoCurl,
    /// A signal arrived.
    #[error("interrupted by signal {0}")]
    Interrupted(u8),
    /// Another error of the connection, or of curl.
    #[error("{0}")]
    Failed(String),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoint { scheme, port, .. } = self;
        match self.address {
            Some(IpAddr::V6(address)) => write!(f, "{scheme}://[{address}]:{port}"),
            Some(IpAddr::V4(address)) => write!(f, "{scheme}://{address}:{port}"),
            None => write!(f, "{scheme}://localhost:{port}"),
        }
    }
}
