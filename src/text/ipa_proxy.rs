//! The web server's rule for the CRL, on a FreeIPA host, in sentences and in JSON.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

use super::finding_ipa::{CRL, rule_state};
use super::obstacle::{store, systemctl};
use super::{Advice, Invocation, ShellCommand, chain, one_line, unified_diff};
use crate::convert::{FileSeen, RuleOutcome, RuleSeen};
use crate::host::ipa_proxy::IpaProxyError;
use crate::pki::{IpaProxy, IpaRule, RuleEdit, RuleState, VerifiedRule};

/// What to do where the web server's files stand in the way.
const LATER: &str = "correct the web server's configuration; or leave --with-ipa-proxy out and change the rule later:";

/// The rule of a host, for `status`.
pub fn rule_line(proxy: &IpaProxy) -> String {
    let host = match (&proxy.host, proxy.rule) {
        (Some(host), RuleState::InForce) => format!("; it redirects to {}", one_line(host)),
        _ => String::new(),
    };
    format!("the rule for {CRL} is {}{host} ({})", rule_state(proxy.rule), one_line(&proxy.file))
}

/// What was done to the rule, or would be.
pub fn rule_lines(rule: &RuleOutcome, is_dry_run: bool) -> String {
    let file = one_line(&rule.file.display().to_string()).into_owned();
    let before = rule_state(rule.rule);
    let Some(after) = after(rule) else {
        let needs = match rule.role {
            _ if rule.rule.agrees_with(rule.role) != Some(true) => String::new(),
            role => format!(", as a {role} needs it"),
        };
        return format!("web server: {file}: the rule for {CRL} is {before}{needs}\n");
    };
    let would = if is_dry_run { "would be: " } else { "" };
    let mut text = format!("web server: {file}: the rule for {CRL}: {would}{before} -> {}\n", rule_state(after));
    let unit = one_line(&rule.unit);
    // Writing into a String cannot fail.
    if is_dry_run {
        let when = if after == RuleState::InForce { "before the edit" } else { "at the end" };
        let _ = writeln!(text, "steps: {when} back it up, replace it, test the configuration, reload {unit}");
        return text;
    }
    if let Some(backup) = &rule.backup {
        let _ = writeln!(text, "backup: {}", one_line(&backup.display().to_string()));
    }
    text += &match (rule.reloaded, rule.web) {
        (true, _) => format!("service: {unit}: reloaded\n"),
        (false, Some(state)) => format!("service: {unit}: is {state}, and reads the rule at its next start\n"),
        (false, None) => {
            format!("service: {unit}: was not touched; it reads the rule after: {}\n", systemctl("reload", &unit))
        }
    };
    text
}

/// The state of the rule afterwards, where it is changed.
fn after(rule: &RuleOutcome) -> Option<RuleState> {
    rule.change.as_ref().map(|change| IpaRule::of(change.bytes()).state)
}

/// The diff of the web server's file.
pub fn rule_diff(rule: &RuleOutcome) -> Vec<u8> {
    match &rule.change {
        Some(change) => unified_diff(&rule.before, change.bytes(), &rule.file),
        None => Vec::new(),
    }
}

/// What would be done, for the line of `--check`.
pub fn rule_turn(rule: &RuleOutcome) -> Option<String> {
    let after = after(rule)?;
    Some(format!("the web server's rule {} -> {}", rule_state(rule.rule), rule_state(after)))
}

/// What state the rule is in after a failure.
pub fn rule_seen(seen: &RuleSeen) -> String {
    let path = one_line(&seen.path.display().to_string()).into_owned();
    let mut text = match seen.file {
        FileSeen::Converted => format!("{path} is changed"),
        FileSeen::LeftByOthers => format!("{path} was not replaced; another program has changed it meanwhile"),
        FileSeen::Unreadable => format!("{path} cannot be read"),
        file if file.is_as_it_was() => format!("{path} is as it was"),
        _ => format!("{path} does not hold what was written"),
    };
    if let Some(web) = &seen.web {
        let name = one_line(&web.name);
        text += &match web.state {
            None => format!("; systemd could not be asked what {name} does"),
            Some(state) => format!("; {name} is {state}"),
        };
        if seen.is_stale {
            text += ", and has not read that file again";
        }
    }
    if let Some(backup) = &seen.backup {
        text += &format!("; backup: {}", one_line(&backup.display().to_string()));
    }
    text
}

/// What to type where the web server is down, or runs with another text than its file has.
pub fn web_way_out(seen: &RuleSeen) -> Vec<String> {
    let Some(web) = &seen.web else { return Vec::new() };
    match web.is_as_it_was() {
        false => vec![super::obstacle::journal(&web.name), systemctl("restart", &web.name)],
        true if seen.is_stale => vec![super::obstacle::journal(&web.name), systemctl("reload", &web.name)],
        true => Vec::new(),
    }
}

/// Explains an error of the rule.
pub fn ipa_proxy(error: &IpaProxyError, invocation: &Invocation) -> Advice {
    let what = one_line(&chain(error)).into_owned();
    let again = invocation.again().to_string();
    match error {
        IpaProxyError::IpaProxyFile { source } => {
            let advice = store(source, invocation);
            let what = format!("the web server's rule cannot be changed: {}", advice.what);
            match advice.commands.as_slice() {
                // What is said of a CS.cfg there does not help with this file.
                [] => Advice::typed(what, LATER, [again]),
                _ => Advice { what, ..advice },
            }
        }
        IpaProxyError::WebServerConfigBroken { .. } => Advice::typed(what, LATER, [again]),
        IpaProxyError::WebServerNotReloaded { unit, .. } | IpaProxyError::WebServerDown { unit, .. } => {
            Advice::typed(what, "find out why, then", [super::obstacle::journal(unit), again])
        }
        IpaProxyError::HostNameUnknown { .. } => {
            Advice::say(what, "add FreeIPA's rule to the file by hand, or host=NAME to /etc/ipa/default.conf")
        }
        IpaProxyError::RuleNotVerified { path } => Advice::typed(
            what,
            "look at the file, and change the rule by hand:",
            [ShellCommand::of(["cat"]).file(path).to_string()],
        ),
    }
}

/// The rule in the JSON of a change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChangedIpaProxy")]
pub struct IpaProxyJson {
    file: String,
    host: Option<String>,
    rule_before: RuleState,
    rule_after: RuleState,
    agrees: Option<bool>,
    edit: Option<&'static str>,
    lines: Vec<usize>,
    backup: Option<String>,
    unit: String,
    reloaded: bool,
}

impl IpaProxyJson {
    /// What was done to the rule, or would be.
    pub fn of(rule: &RuleOutcome) -> IpaProxyJson {
        let rule_after = after(rule).unwrap_or(rule.rule);
        let (edit, lines) = match rule.change.as_ref().map(VerifiedRule::edit) {
            None => (None, Vec::new()),
            Some(RuleEdit::PutInForce { line }) => (Some("put-in-force"), vec![*line]),
            Some(RuleEdit::CommentOut { lines }) => (Some("comment-out"), lines.clone()),
            Some(RuleEdit::Append { .. }) => (Some("append"), Vec::new()),
            Some(RuleEdit::PutBack) => (Some("put-back"), Vec::new()),
        };
        IpaProxyJson {
            file: rule.file.display().to_string(),
            host: rule.host.clone(),
            rule_before: rule.rule,
            rule_after,
            agrees: rule_after.agrees_with(rule.role),
            edit,
            lines,
            backup: rule.backup.as_ref().map(|backup| backup.display().to_string()),
            unit: rule.unit.clone(),
            reloaded: rule.reloaded,
        }
    }
}
