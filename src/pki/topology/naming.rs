//! Whether a host and a port in one server's file name another server.

use std::net::IpAddr;

use crate::pki::{Ports, Server, same_host};

/// How a host names a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By its full name; or the server's own name is not known.
    Exact,
    /// By the first part of its name.
    Short,
    /// By an address, of which no file says whose it is.
    Address,
    /// It names another one.
    Other,
}

/// How a host names a server.
pub fn naming_of(host: &str, server: &Server) -> Naming {
    match server.host.as_deref() {
        None => Naming::Exact,
        Some(own) if same_host(own, host) => Naming::Exact,
        Some(own) if is_short_for(host, own) || is_short_for(own, host) => Naming::Short,
        Some(own) if address(host).is_some_and(|address| !address.is_loopback()) && address(own).is_none() => {
            Naming::Address
        }
        Some(_) => Naming::Other,
    }
}

/// Whether a host names a server whose own name is known, by its full name or the first part of it.
pub fn is_name_of(host: &str, server: &Server) -> bool {
    server.host.is_some() && matches!(naming_of(host, server), Naming::Exact | Naming::Short)
}

/// Whether a host name is the first part of another.
pub fn is_short_for(short: &str, full: &str) -> bool {
    let short = short.trim_end_matches('.');
    address(short).is_none()
        && !short.contains('.')
        && full.split_once('.').is_some_and(|(first, _)| first.eq_ignore_ascii_case(short))
}

/// Whether a host means the very host on which it is written.
pub fn is_loopback(host: &str) -> bool {
    same_host(host, "localhost") || address(host).is_some_and(|address| address.is_loopback())
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether a port is the agent port of a server or its proxy's, as far as they are known. A port that
/// may be stale contradicts nothing.
pub fn is_port_of(port: &str, ports: &Ports) -> bool {
    let Some(port) = port.parse::<u16>().ok().filter(|port| *port > 0) else { return false };
    match ports.agent {
        Some(agent) if !ports.unsure => port == agent || ports.proxy == Some(port),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::subsystem::Subsystem;

    fn server(host: &str) -> Server {
        let text = format!("cs.type=CA\nmachineName={host}\n");
        let cfg = crate::cs_cfg::CsCfg::parse(text.as_bytes());
        Server::of_subsystem(&cfg, &crate::pki::Surroundings::default(), Subsystem::Ca)
    }

    #[test]
    fn hosts() {
        for (host, own, naming) in [
            ("ca1.example.com", "CA1.example.com.", Naming::Exact),
            ("ca1", "ca1.example.com", Naming::Short),
            ("ca1.example.com", "ca1", Naming::Short),
            ("ca1.example", "ca1.example.com", Naming::Other),
            ("10.0.0.1", "ca1.example.com", Naming::Address),
            ("[2001:db8::1]", "ca1.example.com", Naming::Address),
            ("10.0.0.1", "10.0.0.2", Naming::Other),
            ("127.0.0.1", "ca1.example.com", Naming::Other),
            ("localhost", "ca1.example.com", Naming::Other),
            ("anything", "", Naming::Exact),
        ] {
            assert_eq!(naming_of(host, &server(own)), naming, "{host} {own}");
        }
    }

    #[test]
    fn ports() {
        let ports = Ports { agent: Some(8443), unsure: false, plain: Some(8080), proxy: Some(443) };
        let agree = |ports: &Ports| ["8443", "443", "8080", "-1", "None", "0"].map(|port| is_port_of(port, ports));
        assert_eq!(agree(&ports), [true, true, false, false, false, false]);
        assert_eq!(agree(&Ports { unsure: true, ..ports.clone() }), [true, true, true, false, false, false]);
        assert_eq!(agree(&Ports { agent: None, ..ports }), [true, true, true, false, false, false]);
    }
}
