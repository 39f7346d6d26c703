//! The CA: its role, and the book's steps between master and clone.

use std::borrow::Cow;
use std::collections::HashSet;

use indexmap::IndexSet;

use super::block::{self, Block};
use super::effective::{Effective, setting};
use super::keys::{
    CONNECTOR_PREFIX, CRL_PREFIX, INTERVAL, LISTENER, POINT_ENABLE, POINT_KEYS, PUBLISH_PREFIX, REDIRECT, RoleKey,
};
use super::recorder::{Edited, Recorder, text};
use super::report::{Evidence, IssuingPoint, Role, RoleReport, Says};
use super::{File, HostPort, Refusal, Subsystem, Warning};
use crate::cs_cfg::{Assignment, CsCfg, Key, Value};

/// The class of every issuing point that Dogtag knows; a point without one stops the CA.
const CLASS: &str = "class";

const COPIED: &str = "copied from the former master";
const COPIED_PUBLISHING: &str = "publishing settings, copied from the former master";

/// The role's setting of an issuing point that a key is, if it is one.
fn point_setting(key: &[u8]) -> Option<&'static RoleKey> {
    let role_key = POINT_KEYS.iter().find(|role_key| key.ends_with(role_key.name.as_bytes()))?;
    let rest = key.strip_prefix(CRL_PREFIX.as_bytes())?;
    let name = rest.get(memchr::memchr(b'.', rest)? + 1..)?;
    (name == role_key.name.as_bytes()).then_some(role_key)
}

fn point_key(point: &str, name: &str) -> String {
    format!("{CRL_PREFIX}{point}.{name}")
}

/// The role of a CA.
pub fn role(cfg: &CsCfg<'_>) -> RoleReport {
    let mut evidence = vec![
        Evidence::of(cfg, INTERVAL.name, &INTERVAL, |interval| match interval {
            Effective::Integer(0) => Says::Clone,
            _ => Says::Master,
        }),
        // A fresh master has no such line, so that `false` does not speak against a master.
        Evidence::of(cfg, LISTENER.name, &LISTENER, |listens| match listens {
            Effective::Boolean(true) => Says::Master,
            _ => Says::Either,
        }),
    ];
    let mut points = Vec::new();
    let mut told = HashSet::new();
    // Names that are not UTF-8 may look alike.
    for point in cfg.names_below(CRL_PREFIX.as_bytes()).map(text).filter(|point| told.insert(point.clone())) {
        let enable = Evidence::of(cfg, &point_key(&point, POINT_ENABLE.name), &POINT_ENABLE, |_| Says::Either);
        let enabled = enable.effective != "false";
        evidence.push(enable);
        for role_key in &POINT_KEYS {
            evidence.push(Evidence::of(cfg, &point_key(&point, role_key.name), role_key, |on| match on {
                _ if !enabled => Says::Either,
                Effective::Boolean(false) => Says::Clone,
                _ => Says::Master,
            }));
        }
        let has_class = cfg.get(point_key(&point, CLASS).as_bytes()).is_some_and(|class| !class.is_empty());
        points.push(IssuingPoint { id: point, enabled, has_class });
    }
    let filled = |role_key: &RoleKey| matches!(setting(cfg, role_key.name.as_bytes(), role_key).effective, Effective::Text(text) if !text.is_empty());
    let complete = REDIRECT.iter().all(filled);
    for role_key in &REDIRECT {
        evidence.push(Evidence::of(cfg, role_key.name, role_key, |_| match (complete, filled(role_key)) {
            (true, _) => Says::Clone,
            (false, true) => Says::Either,
            (false, false) => Says::Master,
        }));
    }
    let report = RoleReport::judge(Subsystem::Ca, evidence);
    // Without any issuing point nothing generates a CRL: that is no master.
    let role = if points.is_empty() && report.role == Role::Master { Role::Mixed } else { report.role };
    RoleReport { role, issuing_points: points, ..report }
}

/// Demotes a CA: the book's steps 2 to 6 on the old master, for every issuing point. `before` is its
/// role.
///
/// # Errors
/// [`Refusal`]; the document may then hold some of the edits and must not be written.
pub fn demote_ca<'a>(cfg: &mut CsCfg<'a>, before: &RoleReport, new_master: &HostPort) -> Result<Edited, Refusal> {
    let mut edit = Recorder::new(cfg);
    warn_of_state(&mut edit, before, Role::Clone);
    if before.role == Role::Master
        && !before.evidence.iter().any(|evidence| evidence.key == LISTENER.name && evidence.effective == "true")
    {
        edit.warn(Warning::MasterNotListening);
    }
    for role_key in [&INTERVAL, &LISTENER] {
        edit.set(&Key::literal(role_key.name), &Value::literal(role_key.clone), role_key.demote)?;
    }
    for point in &before.issuing_points {
        lacks_class(point).into_iter().for_each(|warning| edit.warn(warning));
        for role_key in &POINT_KEYS {
            let key = writable_key(point_key(&point.id, role_key.name), edit.cfg, File::Target)?;
            edit.set(&key, &Value::literal(role_key.clone), role_key.demote)?;
        }
    }
    redirect(&mut edit, new_master)?;
    Ok(edit.edited)
}

/// Sends a clone's CRL requests to another master. `before` is its role.
///
/// # Errors
/// [`Refusal::NotAClone`] on anything else than a clone.
pub fn redirect_ca<'a>(cfg: &mut CsCfg<'a>, before: &RoleReport, new_master: &HostPort) -> Result<Edited, Refusal> {
    if before.role != Role::Clone {
        return Err(Refusal::NotAClone { role: before.role });
    }
    let mut edit = Recorder::new(cfg);
    redirect(&mut edit, new_master)?;
    Ok(edit.edited)
}

fn redirect<'a>(edit: &mut Recorder<'_, 'a>, new_master: &HostPort) -> Result<(), Refusal> {
    let own_port = agent_port(edit.cfg).is_none_or(|port| port == new_master.port().to_string());
    if own_port && host_name(edit.cfg).is_some_and(|host| host.eq_ignore_ascii_case(new_master.host())) {
        edit.warn(Warning::NewMasterIsThisCa { host: new_master.to_string() });
    }
    let [host, port] = &REDIRECT;
    let host_value = new_master.host_value().ok_or(Refusal::Unproven { what: "a host name that cannot be written" })?;
    edit.set(&Key::literal(host.name), &host_value, host.demote)?;
    edit.set(&Key::literal(port.name), &Value::from(u32::from(new_master.port())), port.demote)
}

/// Promotes a CA: the book's steps 2 to 8 on the clone.
///
/// `before` is its role, `theirs` the former master's. `interval` is in seconds and must not be 0. A
/// server's own file (`is_live`) gets no issuing point with which the CA would not start.
/// The role's keys are forced on after the copy, since the former master's lines usually say false
/// by then.
///
/// # Errors
/// [`Refusal`]; the document may then hold some of the edits and must not be written.
pub fn promote_ca<'a>(
    cfg: &mut CsCfg<'a>,
    before: &RoleReport,
    former: &'a CsCfg<'a>,
    theirs: &RoleReport,
    interval: u32,
    with_publishing: bool,
    is_live: bool,
) -> Result<Edited, Refusal> {
    let mut edit = Recorder::new(cfg);
    warn_of_state(&mut edit, before, Role::Master);
    warn_of_former_master(&mut edit, former, theirs, with_publishing);
    let wanted = wanted_block(&mut edit, former, theirs, is_live)?;
    let reason = |key: &[u8]| point_setting(key).map_or(COPIED, |role_key| role_key.promote);
    block::put(&mut edit, CRL_PREFIX, wanted, former, reason)?;
    if with_publishing {
        let publishing = block::read(&mut edit, former, PUBLISH_PREFIX)?;
        block::put(&mut edit, PUBLISH_PREFIX, publishing, former, |_| COPIED_PUBLISHING)?;
    }
    edit.set(&Key::literal(INTERVAL.name), &Value::from(interval), INTERVAL.promote)?;
    edit.set(&Key::literal(LISTENER.name), &Value::literal(LISTENER.master), LISTENER.promote)?;
    for role_key in &REDIRECT {
        edit.remove(role_key.name, role_key.promote)?;
    }
    // The issuing points are the former master's now.
    let kept: IndexSet<&String> = theirs.issuing_points.iter().map(|point| &point.id).collect();
    for point in &before.issuing_points {
        if !kept.contains(&point.id) {
            edit.warn(Warning::IssuingPointRemoved { point: point.id.clone() });
        }
    }
    let is_enabled = |point: &&String| {
        let key = point_key(point, POINT_ENABLE.name);
        setting(edit.cfg, key.as_bytes(), &POINT_ENABLE).effective != Effective::Boolean(false)
    };
    if !kept.iter().any(is_enabled) {
        edit.warn(Warning::NoActiveIssuingPoint);
    }
    Ok(edit.edited)
}

/// The block as the new master must have it.
fn wanted_block<'a>(
    edit: &mut Recorder<'_, '_>,
    former: &'a CsCfg<'a>,
    theirs: &RoleReport,
    is_live: bool,
) -> Result<Block<'a>, Refusal> {
    let mut wanted = block::read(edit, former, CRL_PREFIX)?;
    if wanted.is_empty() {
        return Err(Refusal::NothingToCopy);
    }
    if let Some(host) = host_name(former) {
        let naming = wanted.iter().filter(|setting| names_host(setting.value(), host.as_bytes()));
        let keys: Vec<_> = naming.map(|setting| text(setting.as_bytes())).collect();
        if !keys.is_empty() {
            edit.warn(Warning::NamesFormerMaster { keys, host });
        }
    }
    for setting in &mut wanted {
        if let Some(role_key) = point_setting(setting.key()) {
            setting.set_value(&Value::literal(role_key.master));
        }
    }
    theirs.issuing_points.iter().filter_map(lacks_class).for_each(|warning| edit.warn(warning));
    if let Some(point) = theirs.issuing_points.iter().find(|point| is_live && !point.has_class) {
        let (point, key) = (point.id.clone(), point_key(&point.id, CLASS));
        return Err(Refusal::PointWithoutClass { line: first_line(former, &point_key(&point, "")), point, key });
    }
    let absent = theirs.evidence.iter().filter(|evidence| evidence.value.is_none()).map(|evidence| &evidence.key);
    let copied = wanted.len();
    for (key, role_key) in absent.filter_map(|key| Some((key, point_setting(key.as_bytes())?))) {
        let key = writable_key(key.clone(), former, File::From)?;
        wanted.push(Assignment::new(&key, &Value::literal(role_key.master)));
    }
    if wanted.len() > copied {
        wanted.sort_by(|one, other| one.key().cmp(other.key()));
    }
    Ok(wanted)
}

/// No host name is longer, in bytes.
const LONGEST_NAME: usize = 255;

/// Whether a text holds the host's whole name, not a part of a longer one.
fn names_host(text: &[u8], host: &[u8]) -> bool {
    let Some(first) = host.first().filter(|_| host.len() <= text.len().min(LONGEST_NAME)) else { return false };
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|at| {
        let (before, rest) = text.split_at_checked(at).unwrap_or_default();
        let (found, behind) = rest.split_at_checked(host.len()).unwrap_or_default();
        !before.last().is_some_and(is_part) && !behind.first().is_some_and(is_part) && found.eq_ignore_ascii_case(host)
    })
}

fn warn_of_state(edit: &mut Recorder<'_, '_>, before: &RoleReport, wanted: Role) {
    if before.role == Role::Mixed {
        let odd: Vec<String> = before.odd(wanted).map(ToString::to_string).collect();
        if !odd.is_empty() {
            edit.warn(Warning::RepairedMixed { odd });
        }
    }
}

fn warn_of_former_master(edit: &mut Recorder<'_, '_>, former: &CsCfg<'_>, report: &RoleReport, with_publishing: bool) {
    if report.role != Role::Clone {
        edit.warn(Warning::FormerMasterStillMaster {
            host: host_name(former).unwrap_or_else(|| "host unknown".to_owned()),
        });
    }
    if let (Some(ours), Some(theirs)) = (host_name(edit.cfg), host_name(former))
        && ours.eq_ignore_ascii_case(&theirs)
        && agent_port(edit.cfg) == agent_port(former)
    {
        edit.warn(Warning::FormerMasterIsThisCa { host: ours });
    }
    let certificate =
        |cfg: &CsCfg<'_>| cfg.get(b"ca.signing.cert").map(Cow::into_owned).filter(|cert| !cert.is_empty());
    if let (Some(ours), Some(theirs)) = (certificate(edit.cfg), certificate(former))
        && ours != theirs
    {
        edit.warn(Warning::OtherCa);
    }
    let missing = |prefix: &str| -> Vec<String> {
        let keys = former.keys_with_prefix(prefix.as_bytes()).filter(|key| edit.cfg.get(key).is_none());
        keys.map(text).collect()
    };
    let publishing = missing(PUBLISH_PREFIX);
    let connectors = names_below(&missing(CONNECTOR_PREFIX), CONNECTOR_PREFIX);
    let publishes =
        |cfg: &CsCfg<'_>| cfg.get(b"ca.publish.enable").is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
    let switched_off = publishes(former) && !publishes(edit.cfg);
    if !with_publishing && (!publishing.is_empty() || switched_off) {
        edit.warn(Warning::PublishingStaysBehind {
            publishers: names_below(&publishing, "ca.publish.publisher.instance."),
            rules: names_below(&publishing, "ca.publish.rule.instance."),
            keys: publishing.len(),
            switched_off,
        });
    }
    if !connectors.is_empty() {
        edit.warn(Warning::ConnectorStaysBehind { connectors });
    }
}

/// What a reader of the report should know beside the role.
pub fn notes(report: &RoleReport) -> Vec<Warning> {
    let mut notes = Vec::new();
    let listens = report.evidence.iter().any(|evidence| evidence.key == LISTENER.name && evidence.effective == "true");
    if report.role == Role::Master && !listens {
        notes.push(Warning::MasterNotListening);
    }
    if !report.issuing_points.iter().any(|point| point.enabled) {
        notes.push(Warning::NoActiveIssuingPoint);
    }
    notes.extend(report.issuing_points.iter().filter_map(lacks_class));
    notes
}

/// An issuing point without a class stops the CA at its start.
fn lacks_class(point: &IssuingPoint) -> Option<Warning> {
    (!point.has_class).then(|| Warning::PointWithoutClass { point: point.id.clone() })
}

/// The publishers of the enabled publishing rules, where publishing is on.
pub fn active_publishers(cfg: &CsCfg<'_>) -> Vec<String> {
    const RULES: &str = "ca.publish.rule.instance.";
    let is_on = |key: &str| cfg.get(key.as_bytes()).is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
    if !is_on("ca.publish.enable") {
        return Vec::new();
    }
    let keys: Vec<String> = cfg.keys_with_prefix(RULES.as_bytes()).map(text).collect();
    let rules = names_below(&keys, RULES).into_iter().filter(|rule| is_on(&format!("{RULES}{rule}.enable")));
    let publishers = rules.filter_map(|rule| cfg.get(format!("{RULES}{rule}.publisher").as_bytes()));
    publishers.map(|name| text(&name)).collect::<IndexSet<_>>().into_iter().collect()
}

/// The distinct names that follow `prefix` in `keys`, up to the next dot.
fn names_below(keys: &[String], prefix: &str) -> Vec<String> {
    let names = keys.iter().filter_map(|key| key.strip_prefix(prefix)?.split('.').next());
    names.map(str::to_owned).collect::<IndexSet<_>>().into_iter().collect()
}

/// The host that a CS.cfg belongs to, as it says itself.
pub fn host_name(cfg: &CsCfg<'_>) -> Option<String> {
    first_filled(cfg, [b"machineName", b"service.machineName"])
}

/// The port of its agent interface; Dogtag 9 has it under another name.
pub fn agent_port(cfg: &CsCfg<'_>) -> Option<String> {
    first_filled(cfg, [b"service.securePort", b"pkicreate.agent_secure_port"])
}

fn first_filled(cfg: &CsCfg<'_>, keys: [&[u8]; 2]) -> Option<String> {
    let mut values = keys.into_iter().filter_map(|key| cfg.get(key)).map(|value| text(&value).trim().to_owned());
    values.find(|value| !value.is_empty())
}

/// A key that is put together from an issuing point's name in a file.
fn writable_key(key: String, cfg: &CsCfg<'_>, file: File) -> Result<Key<'static>, Refusal> {
    Key::new(key.clone().into_bytes()).map_err(|why| {
        let group = key.rsplit_once('.').map_or(key.as_str(), |(group, _)| group);
        Refusal::Unwritable { file, line: first_line(cfg, group), key: key.clone(), why }
    })
}

fn first_line(cfg: &CsCfg<'_>, prefix: &str) -> usize {
    cfg.keys_with_prefix(prefix.as_bytes()).filter_map(|key| cfg.line_number(key)).min().unwrap_or_default()
}
