//! `HOST:PORT` of a CA's agent interface.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

use crate::cs_cfg::Value;

/// Host and agent port of a CA. Holds only what can be written into a CS.cfg: a host name, an
/// IPv4 address, or an IPv6 address in brackets; a port from 1 to 65535.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    host: String,
    port: u16,
}

/// Why a text is not `HOST:PORT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HostPortError {
    /// There is no colon, or nothing before it.
    #[error("it must be HOST:PORT, e.g. ca2.example.com:8443 or [2001:db8::2]:8443")]
    Shape,
    /// The host is no host name, IPv4 address or bracketed IPv6 address.
    #[error("the host must be a host name, an IPv4 address, or an IPv6 address in brackets")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("the port must be a number from 1 to 65535")]
    Port,
}

impl HostPort {
    /// The host, an IPv6 address in its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host where it is an address and not a name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host as it is written into a CS.cfg.
    #[allow(clippy::expect_used, reason = "a host of this type is letters, digits and punctuation of ASCII")]
    pub(super) fn host_value(&self) -> Value<'static> {
        Value::new(self.host.as_bytes()).expect("a host that can be written")
    }
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<HostPort, HostPortError> {
        let (host, port) = text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).ok_or(HostPortError::Shape)?;
        // An IPv6 address without brackets would lose its last group to the port.
        let known = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => host.parse::<Ipv4Addr>().is_ok() || is_host_name(host),
        };
        if !known {
            return Err(HostPortError::Host);
        }
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        match port.parse() {
            Ok(port) if digits && port > 0 => Ok(HostPort { host: host.to_owned(), port }),
            _ => Err(HostPortError::Port),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Labels of letters, digits and inner hyphens, the last one not a number (that would be a
/// mistyped IPv4 address).
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    host.len() <= 253 && host.split('.').all(is_label) && !host.rsplit('.').next().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken() {
        for text in ["ca2.example.com:8443", "localhost:1", "10.0.0.1:65535", "[2001:db8::2]:8443", "3com.example:443"]
        {
            assert_eq!(text.parse::<HostPort>().map(|taken| taken.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn not_taken() {
        for (text, why) in [
            ("", HostPortError::Shape),
            ("ca2.example.com", HostPortError::Shape),
            (":8443", HostPortError::Shape),
            ("ca2.example.com:0", HostPortError::Port),
            ("ca2.example.com:65536", HostPortError::Port),
            ("ca2.example.com:+80", HostPortError::Port),
            ("ca2.example.com:", HostPortError::Port),
            ("2001:db8::2:8443", HostPortError::Host),
            ("[::g]:80", HostPortError::Host),
            ("256.1.1.1:80", HostPortError::Host),
            ("a b:80", HostPortError::Host),
            ("a\rca.crl.x=y:80", HostPortError::Host),
            ("-a.example:80", HostPortError::Host),
            ("a..b:80", HostPortError::Host),
            ("https://a.example:80", HostPortError::Host),
        ] {
            assert_eq!(text.parse::<HostPort>(), Err(why), "{text}");
        }
    }
}
