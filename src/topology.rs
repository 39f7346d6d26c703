//! Several servers side by side: exactly one CA master, exactly one OCSP master, redirects that agree.

use indexmap::IndexSet;
use serde::Serialize;

use crate::quote::quoted;
use crate::status::{Note, Status};

/// The verdict on a topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct Verdict {
    pub ok: bool,
    pub problems: Vec<Problem>,
    pub warnings: Vec<Note>,
    pub files: Vec<Status>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct Problem {
    pub code: &'static str,
    pub config: Option<String>,
    pub host: Option<String>,
    pub line: Option<usize>,
    pub message: String,
    pub remedy: String,
}

/// The stable codes of all problems, for the documentation's test.
pub const PROBLEMS: [&str; 9] = [
    "no-ca-master",
    "several-ca-masters",
    "no-status-update-task",
    "several-status-update-tasks",
    "no-ocsp-master",
    "several-ocsp-masters",
    "mixed-role",
    "stale-redirect",
    "stops-start",
];

/// The stable codes of the warnings that only a comparison gives.
pub const COMPARISONS: [&str; 5] = [
    "issuing-point-only-on-master",
    "publishing-only-on-clone",
    "not-one-topology",
    "nothing-to-check",
    "same-server-twice",
];

const INTERVAL: &str = "ca.certStatusUpdateInterval";

/// Judges the servers of one topology.
pub fn check(files: Vec<Status>) -> Verdict {
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    let all = files;
    let files = distinct(&all, &mut warnings);
    let of = |subsystem: &str| -> Vec<&Status> {
        files.iter().copied().filter(|file| file.subsystem == subsystem).collect()
    };
    let (cas, ocsps) = (of("CA"), of("OCSP"));
    if cas.is_empty() && ocsps.is_empty() {
        warnings.push(note(
            "nothing-to-check",
            "no CA and no OCSP responder among the files: nothing can be wrong with their roles",
        ));
    }
    for file in files.iter().copied() {
        problems.extend(own_problems(file));
        let titled =
            |note: &Note| Note { code: note.code.clone(), message: format!("{}: {}", title(file), note.message) };
        warnings.extend(file.warnings.iter().map(titled));
    }
    if !cas.is_empty() {
        check_cas(&cas, &mut problems, &mut warnings);
    }
    if !ocsps.is_empty() {
        let masters: Vec<_> = ocsps.iter().copied().filter(|ocsp| ocsp.role == "master").collect();
        one_of(
            &masters,
            &ocsps,
            ["no-ocsp-master", "several-ocsp-masters"],
            "OCSP responder is the master",
            "receives the CRLs",
            &mut problems,
        );
    }
    for group in [&cas, &ocsps] {
        warnings.extend(strangers(group));
    }
    Verdict { ok: problems.is_empty(), problems, warnings, files: all }
}

/// The files without those that tell of a server that an earlier one told of.
fn distinct<'f>(files: &'f [Status], warnings: &mut Vec<Note>) -> Vec<&'f Status> {
    let mut known = IndexSet::new();
    let mut distinct = Vec::new();
    for file in files {
        let config = if file.host.is_none() { Some(&file.config) } else { None };
        let server = (&file.subsystem, &file.host, &file.agent_port, &file.instance, config);
        if known.insert(server) {
            distinct.push(file);
        } else {
            warnings.push(note(
                "same-server-twice",
                &format!("{} tells of a server that another file told of: left out", title(file)),
            ));
        }
    }
    distinct
}

fn check_cas(cas: &[&Status], problems: &mut Vec<Problem>, warnings: &mut Vec<Note>) {
    let mut generating: Vec<_> = cas.iter().copied().filter(|ca| ca.generates()).collect();
    // The whole master before a half one: the advice is to demote the others.
    generating.sort_by_key(|ca| ca.role != "master");
    one_of(&generating, cas, ["no-ca-master", "several-ca-masters"], "CA generates CRLs", "generates CRLs", problems);
    let says_master = |ca: &&Status| ca.evidence.iter().any(|key| key.key == INTERVAL && key.says == "master");
    let tasks: Vec<_> = cas.iter().copied().filter(says_master).collect();
    // Where it is the very CAs that generate, that has been said.
    // Two hosts have their files under one path: a file is told from another by its place in memory.
    if !(tasks.len() == generating.len()
        && tasks.iter().all(|task| generating.iter().any(|ca| std::ptr::eq(*ca, *task))))
    {
        one_of(
            &tasks,
            cas,
            ["no-status-update-task", "several-status-update-tasks"],
            "CA runs the certificate status update task",
            "runs the certificate status update task",
            problems,
        );
    }
    let [master] = generating.as_slice() else { return };
    for ca in cas.iter().filter(|ca| !std::ptr::eq(**ca, *master)) {
        let Some(redirect) = &ca.redirect else { continue };
        let is_master = master.host.as_ref().is_none_or(|host| host.eq_ignore_ascii_case(&redirect.host))
            && master.agent_port.as_ref().is_none_or(|port| *port == redirect.port);
        if !is_master {
            let line = ca.evidence.iter().find(|key| key.key == "master.ca.agent.host").and_then(|key| key.line);
            problems.push(Problem {
                line,
                ..problem(
                    "stale-redirect",
                    Some(ca),
                    format!(
                        "{} sends CRL requests to {}:{}, but the master is {}",
                        title(ca),
                        redirect.host,
                        redirect.port,
                        master.address()
                    ),
                    format!(
                        "pki-role redirect-ca --to {} --new-master {}",
                        quoted(&ca.config),
                        quoted(&master.address())
                    ),
                )
            });
        }
        let here: IndexSet<&String> = ca.issuing_points.iter().map(|point| &point.id).collect();
        let missing: Vec<&str> = master
            .issuing_points
            .iter()
            .filter(|point| !here.contains(&point.id))
            .map(|point| point.id.as_str())
            .collect();
        if !missing.is_empty() {
            warnings.push(note(
                "issuing-point-only-on-master",
                &format!("{} lacks issuing points of the master: {}", title(ca), missing.join(", ")),
            ));
        }
        let extra: Vec<&str> =
            ca.publishing.iter().filter(|name| !master.publishing.contains(name)).map(String::as_str).collect();
        if !extra.is_empty() {
            warnings.push(note(
                "publishing-only-on-clone",
                &format!("{} publishes and the master does not: {}", title(ca), extra.join(", ")),
            ));
        }
    }
}

/// What is wrong with one file, whatever the others are.
fn own_problems(file: &Status) -> Vec<Problem> {
    let mut problems = Vec::new();
    if file.role == "mixed" {
        let odd: Vec<&str> = file.evidence.iter().filter(|key| key.odd).map(|key| key.key.as_str()).collect();
        let line = file.evidence.iter().filter(|key| key.odd).find_map(|key| key.line);
        let odd = if odd.is_empty() { "it has no issuing point".to_owned() } else { odd.join(", ") };
        let message = format!("{} is neither master nor clone: {odd}", title(file));
        problems.push(Problem { line, ..problem("mixed-role", Some(file), message, file.mend().join("; ")) });
    }
    for dispute in &file.disputes {
        if let Some(why) = &dispute.stops_start {
            let message = format!("{}: line {} ({why}) stops the next start of the service", title(file), dispute.line);
            problems.push(Problem {
                line: Some(dispute.line),
                ..problem("stops-start", Some(file), message, dispute.mend.clone())
            });
        }
    }
    problems
}

/// Exactly one of `all` must be among `those`.
fn one_of(
    those: &[&Status],
    all: &[&Status],
    [none, several]: [&'static str; 2],
    what: &str,
    does: &str,
    problems: &mut Vec<Problem>,
) {
    let names = |files: &[&Status]| files.iter().map(|file| title(file)).collect::<Vec<_>>().join(", ");
    let command = |role: &str, file: &Status| {
        format!("pki-role {role}-{} --to {}", file.subsystem.to_lowercase(), quoted(&file.config))
    };
    match (those, all) {
        ([_], _) | (_, []) => {}
        ([], [first, ..]) => {
            let from = if first.subsystem == "CA" { " --from FORMER-MASTER.CS.cfg" } else { "" };
            let remedy = format!("make one of them the master, e.g. {}{from}", command("promote", first));
            problems.push(problem(none, None, format!("no {what}: {}", names(all)), remedy));
        }
        ([first, rest @ ..], _) => {
            for file in rest {
                let master = if file.subsystem == "CA" {
                    format!(" --new-master {}", quoted(&first.address()))
                } else {
                    String::new()
                };
                let message = format!("{} {does} beside {}: more than one {what}", title(file), title(first));
                let remedy = format!("demote all but one, e.g. {}{master}", command("demote", file));
                problems.push(problem(several, Some(file), message, remedy));
            }
        }
    }
}

/// Files that do not seem to belong to one topology.
fn strangers(files: &[&Status]) -> Vec<Note> {
    let differ = |what: &str, value: fn(&Status) -> &Option<String>| {
        let values: IndexSet<&String> = files.iter().filter_map(|file| value(file).as_ref()).collect();
        let subsystem = files.first().map_or("", |file| file.subsystem.as_str());
        (values.len() > 1).then(|| {
            note("not-one-topology", &format!("the {subsystem} files have different {what}: are they of one topology?"))
        })
    };
    [
        differ("security domains", |file| &file.topology.security_domain),
        differ("database base DNs", |file| &file.topology.base_dn),
        differ("CA certificates", |file| &file.topology.ca_certificate),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn title(file: &Status) -> String {
    match &file.host {
        Some(host) => format!("{host} ({})", file.config),
        None => file.config.clone(),
    }
}

fn note(code: &str, message: &str) -> Note {
    Note { code: code.to_owned(), message: message.to_owned() }
}

fn problem(code: &'static str, file: Option<&Status>, message: String, remedy: String) -> Problem {
    Problem {
        code,
        config: file.map(|file| file.config.clone()),
        host: file.and_then(|file| file.host.clone()),
        line: None,
        message,
        remedy,
    }
}
