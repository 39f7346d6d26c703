//! A CA clone to the master: the guide's steps 2 to 8 on the clone.

use std::collections::BTreeSet;

use super::demote::repaired;
use super::edit::{Edit, key_of};
use super::names::{names_below, parameter_of};
use super::parameters::{CONNECTOR_PREFIX, CRL_PREFIX, ENABLE, INTERVAL, PUBLISH_PREFIX, Part, Scope, row_of, rows};
use super::topology::naming::{Naming, is_loopback, naming_of};
use super::{Ca, File, Finding, Promotion, Refusal, Role, Server};
use crate::cs_cfg::{CsCfg, Key, Patch, Value};

/// The former master: its document, and what it says.
pub struct Former<'f> {
    /// Its document.
    pub document: &'f CsCfg<'f>,
    /// What it says about its server.
    pub server: &'f Server,
    /// What it says about its CA.
    pub ca: &'f Ca,
}

/// A parameter to be written, and where it is in the former master's file.
type Copied<'f> = (Key<'f>, Value<'f>, Option<usize>);

/// Makes a clone the master. The switches are forced on after the copy, since the former master's
/// usually say false by then.
///
/// # Errors
/// [`Refusal`] where there is nothing to copy, or something that cannot be written.
pub fn promote_ca<'f>(
    document: &CsCfg<'_>,
    server: &Server,
    ca: &Ca,
    former: Option<&Former<'f>>,
    promotion: &Promotion<'_>,
) -> Result<Edit<'f>, Refusal> {
    let mut patch = Patch::new();
    let mut findings = repaired(ca, Role::Master);
    let points = &former.map_or(ca, |former| former.ca).issuing_points;
    let known = |id: &String| points.iter().any(|point| point.id == *id);
    if let Some(id) = promotion.enable.iter().find(|id| !known(id)) {
        let known = points.iter().map(|point| point.id.clone()).collect();
        return Err(Refusal::NoSuchIssuingPoint { id: id.clone(), known });
    }
    match former {
        Some(former) => {
            findings.extend(about_former(document, server, former, promotion.with_publishing));
            let block = wanted_block(former, promotion, &mut findings)?;
            findings.extend(removed(document, ca, former));
            patch.replace_prefix(Key::literal(CRL_PREFIX), block);
            if promotion.with_publishing {
                let publishing = copied(former.document, PUBLISH_PREFIX, &mut findings)?;
                patch.replace_prefix(Key::literal(PUBLISH_PREFIX), in_order(publishing));
            }
        }
        None if points.is_empty() => return Err(Refusal::NothingToCopy { file: File::Target }),
        None => {
            for (key, value) in switches(ca, promotion, File::Target)? {
                patch.set(key, value);
            }
        }
    }
    let own =
        ca.setting(&INTERVAL).number().and_then(|seconds| u32::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
    let interval = promotion.interval.map(Value::from).or(own.filter(|_| former.is_none()).map(Value::from));
    for row in rows(Scope::Ca) {
        match row.master {
            "" => patch.remove(row.name.as_bytes()),
            master => {
                let value = interval.clone().filter(|_| *row == INTERVAL).unwrap_or(Value::literal(master));
                patch.set(Key::literal(row.name), value);
            }
        }
    }
    let disabled = points.iter().filter(|point| !point.is_enabled() && !promotion.enable.contains(&point.id));
    let disabled: Vec<String> = disabled.map(|point| point.id.clone()).collect();
    if !disabled.is_empty() {
        findings.push(Finding::IssuingPointDisabled { points: disabled });
    }
    Ok(Edit::patch(patch, findings))
}

/// The switches of every issuing point, on.
fn switches(ca: &Ca, promotion: &Promotion<'_>, file: File) -> Result<Vec<(Key<'static>, Value<'static>)>, Refusal> {
    let mut switches = Vec::new();
    for point in &ca.issuing_points {
        for row in rows(Scope::IssuingPoint).filter(|row| row.part == Part::Decides) {
            switches.push((key_of(row.key(&point.id), file, point.line)?, Value::literal(row.master)));
        }
        if promotion.enable.contains(&point.id) {
            switches.push((key_of(ENABLE.key(&point.id), file, point.line)?, Value::literal(ENABLE.master)));
        }
    }
    Ok(switches)
}

/// The block as the new master must have it.
fn wanted_block<'f>(
    former: &Former<'f>,
    promotion: &Promotion<'_>,
    findings: &mut Vec<Finding>,
) -> Result<Vec<(Key<'f>, Value<'f>)>, Refusal> {
    let mut block = copied(former.document, CRL_PREFIX, findings)?;
    if block.is_empty() {
        return Err(Refusal::NothingToCopy { file: File::From });
    }
    if let Some(host) = &former.server.host {
        let naming = block.iter().filter(|(_, value, _)| names_host(value.as_bytes(), host));
        let keys: Vec<String> = naming.map(|(key, value, _)| format!("{key}={value}")).collect();
        if !keys.is_empty() {
            findings.push(Finding::NamesFormerMaster { keys, host: host.clone() });
        }
    }
    let mut missing = Vec::new();
    for (key, value) in switches(former.ca, promotion, File::From)? {
        let there = block.binary_search_by(|(own, ..)| own.cmp(&key)).ok();
        match there.and_then(|at| block.get_mut(at)) {
            Some((_, own, _)) => *own = value,
            None => missing.push((key, value, None)),
        }
    }
    missing.sort();
    block.extend(missing);
    Ok(in_order(block))
}

/// In the order of the former master's file, what is not in it last.
fn in_order<'f>(mut block: Vec<Copied<'f>>) -> Vec<(Key<'f>, Value<'f>)> {
    block.sort_by_key(|(_, _, start)| start.unwrap_or(usize::MAX));
    block.into_iter().map(|(key, value, _)| (key, value)).collect()
}

/// The parameters below a prefix, as they can be written, in key order.
fn copied<'f>(from: &'f CsCfg<'f>, prefix: &str, findings: &mut Vec<Finding>) -> Result<Vec<Copied<'f>>, Refusal> {
    let mut copied = Vec::new();
    for found in from.below(prefix.as_bytes()) {
        let name = || String::from_utf8_lossy(found.key()).into_owned();
        let refused = |why| Refusal::UnwritableValue { file: File::From, key: name(), line: Some(found.line()), why };
        let (key, value, trimmed) = parameter_of(found.key(), found.value()).map_err(refused)?;
        if trimmed {
            findings.push(Finding::ValueTrimmed { key: name() });
        }
        copied.push((key, value, Some(found.start())));
    }
    Ok(copied)
}

/// Issuing points, and parameters of issuing points that stay, which the former master does not have.
fn removed(document: &CsCfg<'_>, ca: &Ca, former: &Former<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let kept: BTreeSet<&str> = former.ca.issuing_points.iter().map(|point| &*point.id).collect();
    for point in &ca.issuing_points {
        let id = &point.id;
        if !kept.contains(&**id) {
            findings.push(Finding::IssuingPointRemoved { point: id.clone() });
            continue;
        }
        let prefix = format!("{CRL_PREFIX}{id}.");
        // Both in key order.
        let mut theirs = former.document.below(prefix.as_bytes()).map(|their| their.key()).peekable();
        let lost = document.below(prefix.as_bytes()).map(|own| own.key()).filter(|own| {
            while theirs.next_if(|their| their < own).is_some() {}
            theirs.peek() != Some(own)
        });
        // The switches are written in any case.
        let is_written = |own: &&[u8]| row_of(own).is_some_and(|row| row.part == Part::Decides);
        let lost = lost.filter(|own| !is_written(own));
        let keys: Vec<String> = lost.map(|own| String::from_utf8_lossy(own).into_owned()).collect();
        if !keys.is_empty() {
            findings.push(Finding::ParametersRemoved { point: id.clone(), keys });
        }
    }
    findings
}

/// What the former master's file gives to think about.
fn about_former(document: &CsCfg<'_>, server: &Server, former: &Former<'_>, with_publishing: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if former.ca.generates() {
        findings.push(Finding::FormerMasterStillMaster { host: former.server.host.clone() });
    }
    if let Some(host) = server.host.as_ref().filter(|host| former.server.is_host(host))
        && server.ports.agent == former.server.ports.agent
        && (server.instance.is_none() || former.server.instance.is_none() || server.instance == former.server.instance)
    {
        findings.push(Finding::FormerMasterIsThisCa { host: host.clone() });
    } else if let Some(master) = former.ca.redirect().0.filter(|master| is_of_clone(former, master, server)) {
        findings.push(Finding::SettingsFromClone { host: former.server.host.clone(), master: master.to_owned() });
    }
    let is_missing = |key: &&[u8]| document.get(key).is_none();
    let missing = former.document.below(PUBLISH_PREFIX.as_bytes()).map(|own| own.key()).filter(is_missing).count();
    let names = |part: &str| {
        let prefix = format!("{PUBLISH_PREFIX}{part}.instance.");
        let here = names_below(document, &prefix);
        names_below(former.document, &prefix).into_iter().filter(|name| !here.contains(name)).collect::<Vec<_>>()
    };
    let switched_off = former.ca.publishing.on && server.ca().is_some_and(|ca| !ca.publishing.on);
    if !with_publishing && (missing > 0 || switched_off) {
        let (publishers, rules) = (names("publisher"), names("rule"));
        findings.push(Finding::PublishingStaysBehind { publishers, rules, keys: missing, switched_off });
    }
    let here = names_below(document, CONNECTOR_PREFIX);
    let connectors: Vec<String> = former.ca.connectors.iter().filter(|name| !here.contains(name)).cloned().collect();
    if !connectors.is_empty() {
        findings.push(Finding::ConnectorStaysBehind { connectors });
    }
    findings
}

/// Whether the file given by `--from` looks like a clone's. A master that was demoted for this promotion
/// redirects to the CA that is promoted, if to any.
fn is_of_clone(former: &Former<'_>, master: &str, server: &Server) -> bool {
    former.ca.role() == Role::Clone
        && naming_of(master, server) == Naming::Other
        && !former.server.is_host(master)
        && !is_loopback(master)
}

/// Whether a text holds the host's whole name, not a part of a longer one.
fn names_host(text: &[u8], host: &str) -> bool {
    /// No host name is longer, in bytes.
    const LONGEST: usize = 255;
    if host.len() > LONGEST || text.len() < host.len() {
        return false;
    }
    let host = host.as_bytes();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let Some(first) = host.first() else { return false };
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|at| {
        let found = text.get(at..at + host.len());
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        found.is_some_and(|found| found.eq_ignore_ascii_case(host))
            && !before.is_some_and(is_part)
            && !text.get(at + host.len()).is_some_and(is_part)
    })
}
