//! What one CS.cfg tells about its server: the data behind `status`, and what `check` compares.
//!
//! It is written as JSON and read back, so that a topology can be checked from what each host
//! reported of itself. Pure: what only the host knows (is the unit active, which backups are
//! there) is filled in by the caller.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::cs_cfg::{CsCfg, Dispute, StopsStart, line::Property};
use crate::role::{Evidence, Role, RoleReport, Says, Subsystem, Warning, ca, ocsp, role};

/// What is told of one CS.cfg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct Status {
    pub config: String,
    pub subsystem: String,
    pub instance: Option<String>,
    pub host: Option<String>,
    pub agent_port: Option<String>,
    pub role: String,
    pub summary: String,
    pub evidence: Vec<Key>,
    pub issuing_points: Vec<IssuingPoint>,
    pub redirect: Option<Redirect>,
    pub publishing: Vec<String>,
    pub topology: Identity,
    pub disputes: Vec<Disputed>,
    pub warnings: Vec<Note>,
    pub service: Option<ServiceState>,
    pub backups: Vec<String>,
    pub freeipa: Option<FreeIpa>,
}

/// One key of the role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct Key {
    pub key: String,
    pub line: Option<usize>,
    pub value: Option<String>,
    pub effective: String,
    pub is_default: bool,
    pub master: String,
    pub clone: String,
    pub says: String,
    /// It stands against the role that the file has or leans to.
    pub odd: bool,
}

/// One issuing point of a CA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct IssuingPoint {
    pub id: String,
    pub enabled: bool,
    pub generates: bool,
}

/// Where a CA clone sends CRL requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct Redirect {
    pub host: String,
    pub port: String,
}

/// What members of one topology have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct Identity {
    pub security_domain: Option<String>,
    pub base_dn: Option<String>,
    pub ca_certificate: Option<String>,
}

/// A stretch that the two readers read differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct Disputed {
    pub line: usize,
    pub server: Vec<String>,
    pub pki_server: Vec<String>,
    pub stops_start: Option<String>,
    pub mend: String,
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct Note {
    pub code: String,
    pub message: String,
}

/// The service of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct ServiceState {
    pub unit: String,
    pub active: Option<bool>,
}

/// The CRL redirect of a FreeIPA host's web server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the README describes the fields of the JSON")]
pub struct FreeIpa {
    pub file: String,
    pub rewrite_rule: String,
    pub agrees: bool,
    pub message: String,
}

impl Status {
    /// What a document tells; nothing where it is no CS.cfg of a known subsystem.
    pub fn of(cfg: &CsCfg<'_>, config: &str) -> Option<Status> {
        let report = role(cfg)?;
        let text = |key: &str| {
            let value = cfg.get(key.as_bytes()).map(|value| String::from_utf8_lossy(&value).trim().to_owned());
            value.filter(|value| !value.is_empty())
        };
        let redirect = text("master.ca.agent.host").zip(text("master.ca.agent.port"));
        let redirect = redirect.map(|(host, port)| Redirect { host, port });
        let leaning = report.leaning();
        let odd: HashSet<&str> = match report.role {
            Role::Mixed => report.odd(leaning).map(|evidence| evidence.key.as_str()).collect(),
            _ => HashSet::new(),
        };
        let generating: HashSet<&str> = report
            .evidence
            .iter()
            .filter(|evidence| evidence.says == Says::Master)
            .filter_map(|evidence| evidence.key.strip_prefix("ca.crl.")?.strip_suffix(".enableCRLUpdates"))
            .collect();
        let points = report.issuing_points.iter();
        let issuing_points = points
            .map(|point| IssuingPoint {
                id: point.id.clone(),
                enabled: point.enabled,
                generates: point.enabled && generating.contains(point.id.as_str()),
            })
            .collect();
        Some(Status {
            config: config.to_owned(),
            subsystem: report.subsystem.name().to_owned(),
            instance: text("instanceId"),
            host: ca::host_name(cfg),
            agent_port: ca::agent_port(cfg),
            role: report.role.name().to_owned(),
            summary: summary(&report, redirect.as_ref()),
            evidence: report
                .evidence
                .iter()
                .map(|evidence| key(evidence, odd.contains(evidence.key.as_str())))
                .collect(),
            issuing_points,
            publishing: if report.subsystem == Subsystem::Ca { ca::active_publishers(cfg) } else { Vec::new() },
            topology: Identity {
                security_domain: text("securitydomain.name"),
                base_dn: text("internaldb.basedn"),
                ca_certificate: text("ca.signing.cert"),
            },
            disputes: cfg.disputes().iter().map(disputed).collect(),
            warnings: warnings(cfg, &report)
                .iter()
                .map(|warning| Note { code: warning.code().to_owned(), message: warning.to_string() })
                .collect(),
            service: None,
            backups: Vec::new(),
            freeipa: None,
            redirect,
        })
    }

    /// Host and agent port, as far as they are known.
    pub fn address(&self) -> String {
        let part = |part: &Option<String>, unknown: &str| part.clone().unwrap_or_else(|| unknown.to_owned());
        format!("{}:{}", part(&self.host, "HOST"), part(&self.agent_port, "PORT"))
    }

    /// Whether any issuing point of this CA generates CRLs.
    pub fn generates(&self) -> bool {
        self.issuing_points.iter().any(|point| point.generates)
    }

    /// The command that makes this file what it leans to, or could be.
    pub fn mend(&self) -> Vec<String> {
        let to = format!("--to {}", crate::quote::quoted(&self.config));
        match (self.subsystem.as_str(), &self.redirect) {
            ("CA", redirect) => {
                let master = redirect.as_ref().map_or_else(
                    || "HOST:PORT".to_owned(),
                    |redirect| crate::quote::quoted(&format!("{}:{}", redirect.host, redirect.port)),
                );
                vec![
                    format!("as a clone:  pki-role demote-ca {to} --new-master {master}"),
                    format!("as a master: pki-role promote-ca {to} --from FORMER-MASTER.CS.cfg"),
                ]
            }
            ("OCSP", _) => vec![
                format!("as a clone:  pki-role demote-ocsp {to}"),
                format!("as a master: pki-role promote-ocsp {to}"),
            ],
            _ => Vec::new(),
        }
    }
}

/// The role in words.
fn summary(report: &RoleReport, redirect: Option<&Redirect>) -> String {
    let to =
        redirect.map_or_else(String::new, |redirect| format!("; requests go to {}:{}", redirect.host, redirect.port));
    match (report.subsystem, report.role) {
        (Subsystem::Ca, Role::Master) if report.issuing_points.iter().all(|point| !point.enabled) => {
            "this CA is set as master, but no issuing point is enabled: it generates no CRL".to_owned()
        }
        (Subsystem::Ca, Role::Master) => "this CA generates CRLs".to_owned(),
        (Subsystem::Ca, Role::Clone) => format!("this CA does not generate CRLs{to}"),
        (Subsystem::Ocsp, Role::Master) => "this OCSP responder receives the CRLs".to_owned(),
        (Subsystem::Ocsp, Role::Clone) => {
            "this OCSP responder reads the replicated store anew at an interval".to_owned()
        }
        (_, Role::Mixed) => "neither master nor clone: the keys marked with ! stand against the others".to_owned(),
        _ => "masters and clones have the same configuration: nothing to convert".to_owned(),
    }
}

fn key(evidence: &Evidence, odd: bool) -> Key {
    Key {
        key: evidence.key.clone(),
        line: evidence.line,
        value: evidence.value.clone(),
        effective: evidence.effective.clone().into_owned(),
        is_default: evidence.is_default,
        master: evidence.master.to_owned(),
        clone: evidence.clone.to_owned(),
        says: match evidence.says {
            Says::Master => "master",
            Says::Clone => "clone",
            Says::Either => "either",
            Says::Unreadable => "unreadable",
        }
        .to_owned(),
        odd,
    }
}

fn disputed(dispute: &Dispute<'_>) -> Disputed {
    let texts = |properties: &[Property<'_>]| -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        properties.iter().map(|property| format!("{}={}", text(&property.key), text(&property.value))).collect()
    };
    let (stops_start, mend) = match dispute.stops_start {
        Some(StopsStart::MissingDelimiter) => (Some("no `=`"), "write it as key=value, or begin it with #"),
        Some(StopsStart::NotUtf8) => (Some("not UTF-8"), "write its characters in UTF-8, better in ASCII"),
        None => (None, "write it as plain key=value: printable ASCII, no blank or backslash at its end"),
    };
    Disputed {
        line: dispute.line,
        server: texts(&dispute.java),
        pki_server: texts(&dispute.python),
        stops_start: stops_start.map(str::to_owned),
        mend: format!("with the service stopped, {mend}"),
    }
}

fn warnings(cfg: &CsCfg<'_>, report: &RoleReport) -> Vec<Warning> {
    match report.subsystem {
        Subsystem::Ca => ca::notes(report),
        Subsystem::Ocsp => ocsp::notes(cfg),
        _ => Vec::new(),
    }
}
