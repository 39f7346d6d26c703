//! What a promotion on another host needs of a CA, as a small CS.cfg with a last line by which a
//! truncated copy is recognised.

use super::Completeness;
use super::parameters::{CONNECTOR_PREFIX, CRL_PREFIX, PUBLISH_PREFIX};
use crate::cs_cfg::CsCfg;

/// Single keys that say whose CA it is.
const IDENTITY: [&str; 12] = [
    "ca.certStatusUpdateInterval",
    "ca.listenToCloneModifications",
    "cs.type",
    "instanceId",
    "internaldb.basedn",
    "machineName",
    "master.ca.agent.host",
    "master.ca.agent.port",
    "pkicreate.agent_secure_port",
    "securitydomain.name",
    "service.machineName",
    "service.securePort",
];

/// The prefix under which an export carries the last CRL number of each issuing point.
const NUMBER_PREFIX: &str = "_pki-role.crlNumber.";

/// The export of a CA: whole lines as they are read, in key order. `numbers` are the last CRL numbers
/// that the running server gave; `identity` adds what only the host knows, where the file is silent.
pub fn export_ca(cfg: &CsCfg<'_>, numbers: &[(String, u64)], identity: &[(&str, String)]) -> Vec<u8> {
    let mut parameters: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut push = |key: &[u8], value: &[u8]| parameters.push((key.to_vec(), value.to_vec()));
    for (point, number) in numbers {
        push(format!("{NUMBER_PREFIX}{point}").as_bytes(), number.to_string().as_bytes());
    }
    for prefix in [CONNECTOR_PREFIX, CRL_PREFIX, PUBLISH_PREFIX] {
        cfg.below(prefix.as_bytes()).for_each(|parameter| push(parameter.key(), &parameter.value()));
    }
    for key in IDENTITY {
        if let Some(value) = cfg.get(key.as_bytes()) {
            push(key.as_bytes(), &value);
        }
    }
    for (key, value) in identity.iter().filter(|(key, _)| cfg.get(key.as_bytes()).is_none()) {
        push(key.as_bytes(), value.as_bytes());
    }
    parameters.sort();
    let count = parameters.len();
    let first = format!("{} of a CA: for promote-ca --from\n", Completeness::EXPORT_FIRST);
    let last = format!("{}{count} parameters\n", Completeness::EXPORT_LAST);
    let lines = parameters.into_iter().map(|(key, value)| [&key[..], b"=", &value, b"\n"].concat());
    [first.into_bytes()].into_iter().chain(lines).chain([last.into_bytes()]).flatten().collect()
}

/// The CRL numbers that an export carries.
pub fn exported_numbers(cfg: &CsCfg<'_>) -> Vec<(String, u64)> {
    let number = |key: &[u8], value: &[u8]| {
        let point = std::str::from_utf8(key.strip_prefix(NUMBER_PREFIX.as_bytes())?).ok()?;
        Some((point.to_owned(), std::str::from_utf8(value).ok()?.trim().parse().ok()?))
    };
    let found = cfg.below(NUMBER_PREFIX.as_bytes());
    found.filter_map(|parameter| number(parameter.key(), &parameter.value())).collect()
}
