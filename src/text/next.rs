//! What to type next, on this host and on others.

use super::{ChangeReport, Invocation, Mode, ShellCommand, one_line};
use crate::convert::Outcome;
use crate::pki::{Role, Subsystem};

/// The next steps of a move; they are repeated where an interrupted run is brought to its end.
pub(super) fn next_steps(report: &ChangeReport<'_>, outcome: &Outcome) -> String {
    if !outcome.changes_file() && !outcome.service.as_ref().is_some_and(|service| service.started) {
        return String::new();
    }
    let invocation = report.invocation;
    let (before, after) = (&outcome.prepared.before, &outcome.prepared.after);
    match (invocation.command, after.subsystem(), after.role()) {
        ("restore", _, Role::Master) if before.role() != Role::Master => after_restore(invocation),
        ("redirect-ca" | "restore" | "redirect-publisher", ..) => String::new(),
        (_, Subsystem::Ca, Role::Clone) if outcome.changes_file() && before.role() == Role::Clone => {
            "note: this CA was a clone before: a move begins on the CA that generates CRLs\n".to_owned()
        }
        (_, Subsystem::Ca, Role::Clone) => after_demotion(invocation, outcome),
        (_, Subsystem::Ca, Role::Master) => after_promotion(report, outcome),
        (_, Subsystem::Ocsp, Role::Clone | Role::Unknown) if invocation.command == "demote-ocsp" => {
            let command = elsewhere(invocation, "promote-ocsp");
            format!("next: on the host of the new master:\n  {command}\n")
        }
        (_, Subsystem::Ocsp, Role::Master) => after_ocsp_promotion(invocation),
        _ => String::new(),
    }
}

/// Another server may be the master by now, which a look at this file alone does not show.
fn after_restore(invocation: &Invocation) -> String {
    let check = ShellCommand::pki_role("check").file(&invocation.config).arg("others.json");
    format!(
        "next: make sure that no other server is a master; others.json stands for a saved status of each of them:\n  {check}\n"
    )
}

/// A command for another host, where the instance probably has the same name.
fn elsewhere(invocation: &Invocation, name: &str) -> ShellCommand {
    match &invocation.instance {
        Some(instance) => ShellCommand::pki_role(name).option("-i", instance.clone()),
        None => ShellCommand::pki_role(name).option("--to", "CS.cfg"),
    }
}

/// The CA goes on sending its CRLs to the responder that its publisher names.
fn after_ocsp_promotion(invocation: &Invocation) -> String {
    let Some((host, port)) = &invocation.address else { return String::new() };
    let redirect = elsewhere(invocation, "redirect-publisher")
        .option("--old-responder", "old-responder:8443")
        .option("--new-responder", format!("{host}:{port}"));
    format!(
        "next: on the CA that generates CRLs, unless its publisher names this responder already; old-responder:8443 stands for the one that it names:\n  {redirect}\n"
    )
}

fn after_demotion(invocation: &Invocation, outcome: &Outcome) -> String {
    let redirect = outcome.prepared.after.ca().and_then(|ca| ca.redirect().0);
    let (unless, host) = match redirect {
        Some(host) => (format!(", unless {} is the master already", one_line(host)), "its host"),
        None => (String::new(), "the host of the new master"),
    };
    let promote = elsewhere(invocation, "promote-ca");
    // Where this host has the rule, the new master's probably has it too.
    let rule = |promote: ShellCommand| promote.flag("--with-ipa-proxy", outcome.rule.is_some());
    match &invocation.instance {
        Some(_) => {
            let export = invocation.looking("export-ca");
            let promote = rule(promote.option("--from", "old-master.export"));
            format!(
                "next{unless}: here, and copy the file to {host}:\n  {export} > old-master.export\nthen there:\n  {promote}\n"
            )
        }
        None => {
            let promote = rule(promote.path("--from", &invocation.config));
            format!("next{unless}: with this file, on the CS.cfg of the new master:\n  {promote}\n")
        }
    }
}

fn after_promotion(report: &ChangeReport<'_>, outcome: &Outcome) -> String {
    let invocation = report.invocation;
    let mut text = String::new();
    let Some((host, port)) = &invocation.address else { return text };
    let redirect = elsewhere(invocation, "redirect-ca").option("--new-master", format!("{host}:{port}"));
    text += &format!("next: on every other clone, so that it follows this master:\n  {redirect}\n");
    let generates = !outcome.prepared.after.generating_points().is_empty();
    if report.mode != Mode::DryRun && generates && outcome.issued.is_empty() {
        let issue = match &invocation.unit {
            Some(_) => invocation.looking("issue-crl"),
            None => elsewhere(invocation, "issue-crl"),
        };
        let issue = match report.agent_is_known {
            true => issue,
            false => issue.agent_files(),
        };
        text += &format!("to have a CRL issued now, as an agent of this CA:\n  {issue}\n");
    }
    text
}
