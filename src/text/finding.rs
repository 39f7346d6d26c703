//! The sentences of findings: what it is, why it matters, what to do.

use super::escape::one_line;
use super::explanation::{Explanation, address, explained, state, store_of};
use super::finding_conversion::of_conversion;
use super::finding_ipa::rule_finding;
use super::finding_topology::of_topology;
use super::list::{list, settings};
use crate::cs_cfg::StopsStart;
use crate::pki::parameters::Part;
use crate::pki::{Completeness, Finding, Observation, Role, Setting};

/// Explains a finding; `servers` are those that it may name.
pub fn explain(finding: &Finding, servers: &[Observation]) -> Explanation {
    of_file(finding)
        .or_else(|| of_host(finding))
        .or_else(|| of_conversion(finding))
        .or_else(|| rule_finding(finding))
        .or_else(|| of_topology(finding, servers))
        .unwrap_or_else(|| explained(finding.code().to_string(), "", ""))
}

fn of_file(finding: &Finding) -> Option<Explanation> {
    Some(match finding {
        Finding::MixedRole { contradicting } => explained(
            format!("neither master nor clone: {}", settings(contradicting)),
            match contradicting.iter().all(|setting| setting.row.is_of_ca()) {
                false => "it may re-read CRLs without need, or not re-read those that it should",
                true if contradicting.iter().any(Setting::is_unreadable) => {
                    "after its next start the unit is active, but the CA does not answer"
                }
                true => "it may generate CRLs that it should not generate, or none that it should",
            },
            correct_or_convert(contradicting),
        ),
        Finding::UnknownRole { store } => explained(
            format!("the role cannot be known from the refresh interval: {}", store_of(store)),
            "this responder is never counted as the OCSP master",
            "",
        ),
        Finding::NoIssuingPoint => {
            explained("the file has no issuing point (no ca.crl.<id>. parameter)", "this CA cannot generate CRLs", "")
        }
        Finding::IssuingPointWithoutClass { point, lacks, .. } => explained(
            format!("issuing point `{}` has no {}", one_line(point), lacks.join(" and no ")),
            "a CA does not start with it",
            format!(
                "add {}, or delete every line of that issuing point",
                list(&lacks.iter().map(|part| format!("ca.crl.{point}.{part}")).collect::<Vec<_>>())
            ),
        ),
        Finding::IssuingPointDisabled { points } => explained(
            format!("disabled (enable=false), without CRLs even on a master: {}", list(points)),
            "",
            "if CRLs are wanted there, promote with --enable-issuing-point ID",
        ),
        Finding::NoStatusUpdateTask => explained(
            "the CA generates CRLs and does not run the status update task (ca.certStatusUpdateInterval=0)",
            "it cannot build a CRL from the database, nor listen to changes made on clones",
            "promote it once more with --keep-settings, which completes the role",
        ),
        Finding::MasterNotListening => explained(
            "this master does not listen to changes made on clones",
            "certificates revoked on a clone may be missing from its CRLs",
            "promote it once more with --keep-settings, which completes the role",
        ),
        Finding::NoRedirect => explained(
            "this clone has no redirect (master.ca.agent.host and .port)",
            "agents who ask it to update the CRL are not sent to the master",
            "redirect it with redirect-ca",
        ),
        Finding::LeftOverRedirect { host, port } => explained(
            format!("this master still has a redirect, to {}", address(host.as_deref(), port.as_deref())),
            "agents who ask it to update the CRL are sent away, although it generates CRLs itself",
            "promote it once more with --keep-settings, which completes the role",
        ),
        Finding::IncompleteRedirect { host, port } => explained(
            format!("half of a redirect: {}", address(host.as_deref(), port.as_deref())),
            "agents who ask it to update the CRL are not sent to the master",
            "redirect it with redirect-ca",
        ),
        Finding::NeedlessRefresh { seconds } => explained(
            format!("this OCSP master has a refresh interval of {seconds} seconds"),
            "it re-reads its CRLs without need, since it receives them from the CA",
            "promote-ocsp without --refresh-in-sec removes it",
        ),
        Finding::GuideKeyNotRead { value, read } => {
            let value = value.as_ref().map(|value| format!("={}", one_line(value))).unwrap_or_default();
            let read = read.as_ref().map(|key| format!("; it reads {}", one_line(key))).unwrap_or_default();
            explained(
                format!("OCSP.Responder.store.defStore.refreshInSec{value} is the guide's parameter"),
                &format!("no Dogtag since version 9 reads it{read}"),
                "",
            )
        }
        Finding::StopsStart { line, why } => explained(
            format!("line {line} {}", stops(*why)),
            "pki-server refuses the file, and the service will not start with it",
            format!("with the service stopped rewrite line {line} as key=value in UTF-8"),
        ),
        Finding::BranchReference { key, line } => explained(
            format!("line {line}: {} has the name of a branch", one_line(key)),
            "the server reads that branch somewhere else, so that changes to its parameters have no effect",
            format!("with the service stopped remove line {line}, unless it is meant"),
        ),
        Finding::Incomplete { why } => explained(
            format!("the file is incomplete: {}", incomplete(*why)),
            "it was probably truncated, by a full disk for instance",
            "put together the whole file first: the newest archives/CS.cfg.bak.* beside it is Dogtag's own copy; compare its dbs.* ranges with the directory before you start with it",
        ),
        _ => return None,
    })
}

fn of_host(finding: &Finding) -> Option<Explanation> {
    Some(match finding {
        Finding::HardLinked { links } => explained(
            format!("the file has {links} names (hard links)"),
            "a change replaces the file under this name; the other names keep the old bytes",
            "",
        ),
        Finding::InterruptedRun { command, up_as: Some(role), .. } => explained(
            format!("an earlier run did not come to its end: {}", one_line(command)),
            &match role {
                Role::None => "it had stopped the service, which is up again now".to_owned(),
                role => format!("it had stopped the service, which is up again now; the role in the file is {role}"),
            },
            format!(
                "{}this warning ends with the next change here, or at the next boot",
                match role {
                    Role::None => "",
                    _ => "if that is not the role that was meant, run that command again; ",
                }
            ),
        ),
        Finding::InterruptedRun { command, unit, up_as: None } => explained(
            format!("an earlier run did not come to its end: {}", one_line(command)),
            "it had stopped the service",
            format!("run that command again, or start the service: systemctl start {}", one_line(unit)),
        ),
        Finding::ServiceDown { unit, state } => explained(
            format!("the service is down: {} is {state}", one_line(unit)),
            "",
            format!("systemctl start {}", one_line(unit)),
        ),
        Finding::ServiceNotEnabled { unit } => explained(
            format!("{} is not enabled", one_line(unit)),
            "this CA generates the CRLs, and would not start at the next boot",
            format!("systemctl enable {}", one_line(unit)),
        ),
        Finding::NotAnswering { answer, status } => explained(
            format!("the unit is active, but {}", state(*answer, *status)),
            "",
            "look into the debug log of the subsystem, usually below /var/log/pki",
        ),
        Finding::RunsWithAnotherRole { points, file } => explained(
            format!(
                "the running server disagrees with its file, which says {file}, at issuing points {}",
                list(points)
            ),
            "the file was edited and the server was not restarted",
            "restart the service",
        ),
        Finding::CrlExpired { point, number, next_update } => explained(
            format!("the last CRL{} of {} expired at {next_update}", numbered(*number), one_line(point)),
            "clients that check revocation reject certificates, or accept revoked ones",
            "have one issued, on its host: pki-role issue-crl -i INSTANCE",
        ),
        Finding::CrlExpiresSoon { point, number, next_update } => explained(
            format!("the last CRL{} of {} expires at {next_update}", numbered(*number), one_line(point)),
            "less than a quarter of its period is left",
            "have one issued, on its host: pki-role issue-crl -i INSTANCE",
        ),
        _ => return None,
    })
}

/// No conversion corrects a value that the server cannot read and that it does not set.
fn correct_or_convert(contradicting: &[Setting]) -> String {
    let by_hand = |setting: &&Setting| setting.is_unreadable() && setting.row.part == Part::Enables;
    let lines: Vec<String> = contradicting.iter().filter(by_hand).filter_map(corrected).collect();
    match lines.is_empty() {
        true => "demote it or promote it, as it is meant".to_owned(),
        false => format!("with the service stopped {}", list(&lines)),
    }
}

/// The line that replaces one whose value the server cannot read.
fn corrected(setting: &Setting) -> Option<String> {
    let value = setting.readable_value().unwrap_or_else(|| setting.row.default.to_owned());
    Some(format!("change line {} to {}={value}", setting.line?, setting.key))
}

/// Why a file is not whole.
pub fn incomplete(why: Completeness) -> &'static str {
    match why {
        Completeness::LacksEnd => "it has a server's first parameters and lacks the last ones (usrgrp.)",
        Completeness::EndsInsideLine => "the text behind its last line break is not a parameter",
        Completeness::ExportLacksEnd => "it is an export without its last line",
        Completeness::Plain | Completeness::Whole => "it has no issuing point, and the file to restore has some",
    }
}

/// Why `pki-server` refuses a line.
pub fn stops(why: StopsStart) -> &'static str {
    match why {
        StopsStart::MissingDelimiter => "has no `=`",
        StopsStart::NotUtf8 => "is not UTF-8",
    }
}

fn numbered(number: Option<u64>) -> String {
    number.map(|number| format!(" (number {number})")).unwrap_or_default()
}
