//! The JSON objects. Their fields are described in the documentation and stay; `schema_version` rises
//! when one is renamed or removed.

use schemars::JsonSchema;
use serde::Serialize;

use super::change_report::reason;
use super::ipa_proxy::IpaProxyJson;
use super::{ChangeReport, Invocation, Mode, explain, explain_failure};
use crate::convert::{Failure, Outcome};
use crate::host::issue_crl::{Issue, IssuedCrl};
use crate::pki::{Crl, Finding, FindingCode, Live, Observation, RefusalCode, Role, Severity, Subsystem, Timestamp};

/// The version of the JSON objects.
pub const SCHEMA_VERSION: u32 = 2;

/// A change that was made, or would be.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
pub(super) struct ChangeJson<'a> {
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: u32,
    changed: bool,
    dry_run: bool,
    command: &'a str,
    config: String,
    subsystem: Option<Subsystem>,
    role_before: Option<Role>,
    role_after: Option<Role>,
    changes: Vec<ParameterJson<'a>>,
    warnings: Vec<FindingJson>,
    accepted: Vec<RefusalCode>,
    diff: String,
    backup: Option<String>,
    service: Option<ServiceJson<'a>>,
    ipa_proxy: Option<IpaProxyJson>,
    live: Option<LiveJson<'a>>,
    issued: Vec<IssuedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FailureJson>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChangedParameter")]
struct ParameterJson<'a> {
    key: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
    line: Option<usize>,
    reason: &'static str,
}

/// What the running server answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LiveFacts")]
struct LiveJson<'a> {
    before: Option<&'a Live>,
    after: Option<&'a Live>,
}

/// A CRL that was issued.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "IssuedCrl")]
pub struct IssuedJson<'a> {
    issuing_point: &'a str,
    before: Option<&'a Crl>,
    crl: &'a Crl,
    publish_error: Option<&'a str>,
}

/// An issuing point at which no CRL was issued.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotIssued")]
pub struct NotIssuedJson {
    issuing_point: String,
    code: &'static str,
    message: String,
}

/// What `issue-crl` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Issue")]
pub struct IssueJson<'a> {
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: u32,
    command: &'static str,
    config: String,
    instance: Option<&'a str>,
    host: Option<&'a str>,
    agent_port: Option<u16>,
    issued: Vec<IssuedJson<'a>>,
    not_issued: Vec<NotIssuedJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FailureJson>,
}

impl<'a> IssueJson<'a> {
    /// The object for what was issued, and for a failure.
    pub fn of(issue: &'a Issue, failure: Option<&Failure>, invocation: &'a Invocation) -> IssueJson<'a> {
        let not_issued = issue.failed.iter().map(|(point, why)| NotIssuedJson {
            issuing_point: point.clone(),
            code: why.code(),
            message: super::issue::reason(point, why),
        });
        IssueJson {
            schema_version: SCHEMA_VERSION,
            command: invocation.command,
            config: invocation.config.display().to_string(),
            instance: invocation.instance.as_deref(),
            host: invocation.address.as_ref().map(|(host, _)| host.as_str()),
            agent_port: invocation.address.as_ref().map(|(_, port)| *port),
            issued: issue.issued.iter().map(IssuedJson::of).collect(),
            not_issued: not_issued.collect(),
            error: failure.map(|failure| FailureJson::of(failure, invocation)),
        }
    }
}

impl<'a> IssuedJson<'a> {
    fn of(issued: &'a IssuedCrl) -> IssuedJson<'a> {
        IssuedJson {
            issuing_point: &issued.crl.issuing_point,
            before: issued.before.as_ref(),
            crl: &issued.crl,
            publish_error: issued.publish_error.as_deref(),
        }
    }
}

/// A finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingJson {
    code: FindingCode,
    severity: Severity,
    message: String,
    fix: String,
    line: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ServiceChange")]
struct ServiceJson<'a> {
    unit: &'a str,
    was_active: bool,
    needs_start: bool,
    stopped: bool,
    started: bool,
    ready: Option<bool>,
    down_seconds: Option<u64>,
}

/// A failure.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub struct FailureJson {
    code: &'static str,
    exit_code: u8,
    /// The file that it is about, of a command that looks at several.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    message: String,
    state: String,
    fix: String,
    commands: Vec<String>,
}

impl FindingJson {
    /// A finding, which may name some of the servers.
    pub fn of(finding: &Finding, servers: &[Observation]) -> FindingJson {
        let explanation = explain(finding, servers);
        FindingJson {
            code: finding.code(),
            severity: finding.severity(),
            message: explanation.message(),
            fix: explanation.fix,
            line: finding.line(),
        }
    }
}

impl FailureJson {
    /// A failure of a command.
    pub fn of(failure: &Failure, invocation: &Invocation) -> FailureJson {
        let explained = explain_failure(failure, invocation);
        FailureJson {
            code: failure.cause.code(),
            exit_code: failure.ending.exit_code(),
            config: failure.about.as_ref().map(|path| path.display().to_string()),
            message: explained.what,
            state: explained.state,
            fix: explained.fix,
            commands: explained.commands,
        }
    }
}

impl<'a> ChangeJson<'a> {
    /// The object for what was done, or for a failure.
    pub(super) fn of(
        report: &'a ChangeReport<'a>,
        outcome: Option<&'a Outcome>,
        failure: Option<&Failure>,
    ) -> ChangeJson<'a> {
        let prepared = outcome.map(|outcome| &outcome.prepared);
        // What was put back is no change.
        let changed = prepared.filter(|_| failure.is_none_or(|failure| !failure.seen.file.has_former_role()));
        let changes = changed.into_iter().flat_map(|prepared| &prepared.changes);
        ChangeJson {
            schema_version: SCHEMA_VERSION,
            changed: outcome.is_some_and(Outcome::changes_anything),
            dry_run: !matches!(report.mode, Mode::Apply { .. }),
            command: report.invocation.command,
            config: report.invocation.config.display().to_string(),
            subsystem: report.invocation.subsystem,
            role_before: prepared.map(|prepared| prepared.before.role()),
            role_after: changed.map(|prepared| prepared.after.role()),
            changes: changes
                .map(|(change, why)| ParameterJson {
                    key: &change.key,
                    before: change.before.as_deref(),
                    after: change.after.as_deref(),
                    line: change.line,
                    reason: reason(*why),
                })
                .collect(),
            warnings: outcome
                .into_iter()
                .flat_map(Outcome::all_findings)
                .map(|finding| FindingJson::of(finding, &[]))
                .collect(),
            accepted: prepared
                .into_iter()
                .flat_map(|prepared| &prepared.accepted)
                .map(|refusal| refusal.code())
                .collect(),
            diff: outcome
                .filter(|_| changed.is_some())
                .map(|outcome| String::from_utf8_lossy(&report.diff_of(outcome)).into_owned())
                .unwrap_or_default(),
            backup: outcome
                .and_then(|outcome| outcome.backup.as_ref())
                .or(failure.and_then(|failure| failure.seen.backup.as_ref()))
                .map(|backup| backup.display().to_string()),
            service: outcome.and_then(|outcome| outcome.service.as_ref()).map(|service| ServiceJson {
                unit: &service.unit,
                was_active: service.was_active,
                needs_start: service.needs_start,
                stopped: service.stopped,
                started: service.started,
                ready: service.ready,
                down_seconds: service.down_for.map(|down| down.as_secs()),
            }),
            ipa_proxy: outcome.and_then(|outcome| outcome.rule.as_ref()).map(IpaProxyJson::of),
            live: report
                .live
                .latest()
                .map(|_| LiveJson { before: report.live.before.as_ref(), after: report.live.after.as_ref() }),
            issued: outcome.into_iter().flat_map(|outcome| &outcome.issued).map(IssuedJson::of).collect(),
            error: failure.map(|failure| FailureJson::of(failure, report.invocation)),
        }
    }
}

/// One server in `status`: what was observed, and what it gives to report.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ServerReport")]
pub struct ServerReportJson<'a> {
    #[serde(flatten)]
    observation: &'a Observation,
    summary: String,
    warnings: Vec<FindingJson>,
}

impl<'a> ServerReportJson<'a> {
    /// Reports an observation.
    pub fn of(observation: &'a Observation, now: Timestamp) -> ServerReportJson<'a> {
        ServerReportJson {
            observation,
            summary: super::summary::summary(&observation.server),
            warnings: observation.findings(now).iter().map(|finding| FindingJson::of(finding, &[])).collect(),
        }
    }
}

/// What `status` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Status")]
pub struct StatusJson<'a> {
    /// The version of the object.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// One for each file.
    pub files: Vec<ServerReportJson<'a>>,
    /// Files that could not be looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FailureJson>,
}

/// A command that failed as a whole.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub struct ErrorJson {
    /// The version of the object.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    pub schema_version: u32,
    /// What failed.
    pub error: FailureJson,
}
