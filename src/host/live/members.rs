//! The members of a security domain, in the spelling of Dogtag 10 and in that of Dogtag 11.

use serde_json::Value;
use strum::IntoEnumIterator;

use crate::pki::{HostPort, Member, Subsystem};

/// How many members are read. Real domains have a few dozen at most.
const MOST: usize = 1000;

/// The members, and whether every one of them could be read; none where it is another answer. Kinds
/// of subsystems that are not known are left out.
pub(super) fn read(body: &[u8]) -> Option<(Vec<Member>, bool)> {
    let domain: Value = serde_json::from_slice(body).ok()?;
    let subsystems = domain.get("subsystems")?.as_object()?;
    let mut members: Vec<Member> = Vec::new();
    let mut are_all = true;
    for (kind, value) in subsystems {
        let Some(subsystem) = Subsystem::iter().find(|known| kind.eq_ignore_ascii_case(known.into())) else { continue };
        for host in hosts(value) {
            match member(subsystem, host).filter(|_| members.len() < MOST) {
                Some(member) if members.contains(&member) => {}
                Some(member) => members.push(member),
                None => are_all = false,
            }
        }
    }
    Some((members, are_all))
}

/// Dogtag 10 has them in a list `Host` (which may be a single object), Dogtag 11 in an object `hosts`.
fn hosts(value: &Value) -> Vec<&Value> {
    match (value.get("Host"), value.get("hosts"), value.get("hostArray")) {
        (Some(Value::Array(hosts)), ..) | (None, None, Some(Value::Array(hosts))) => hosts.iter().collect(),
        (Some(host @ Value::Object(_)), ..) => vec![host],
        (None, Some(Value::Object(hosts)), _) => hosts.values().collect(),
        _ => Vec::new(),
    }
}

fn member(subsystem: Subsystem, value: &Value) -> Option<Member> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::trim);
    let port = |name: &str| text(name).and_then(|port| port.parse().ok()).filter(|port| *port != 0);
    let (host, port, agent_port) = (text("Hostname")?, port("SecurePort")?, port("SecureAgentPort"));
    // It comes from the directory: nothing but a host's name is one.
    let host = format!("{host}:{port}").parse::<HostPort>().ok()?.host().to_owned();
    let clone = text("Clone").and_then(|clone| clone.to_ascii_lowercase().parse().ok());
    Some(Member { subsystem, host, port, agent_port, clone })
}
