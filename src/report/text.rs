//! The report in words: a few lines, whatever the number of keys.

use std::fmt::Write;

use indexmap::IndexMap;

use super::{Mode, Report};
use crate::convert::{Outcome, Step};
use crate::quote::quoted;
use crate::role::{Change, Role, Subsystem};

/// How many keys of one group are named.
const SHOWN: usize = 3;
/// How much of a value is shown, in characters.
const VALUE: usize = 60;

impl Report {
    /// What `--check` prints.
    pub(super) fn check_line(&self, outcome: &Outcome) -> String {
        let plan = &outcome.plan;
        let config = self.config.display();
        match &plan.bytes {
            Some(_) => format!(
                "{config}: would change: {} {} ({})\n",
                plan.before.subsystem,
                turn(plan.before.role, plan.role_after),
                count(plan.changes.len(), "key")
            ),
            None => {
                format!("{config}: nothing to do: already as asked ({} {})\n", plan.before.subsystem, plan.before.role)
            }
        }
    }

    /// What was changed or would be, and why.
    pub(super) fn changes(&self, outcome: &Outcome) -> String {
        let plan = &outcome.plan;
        let config = self.config.display();
        let mut text = String::new();
        if plan.bytes.is_none() {
            return format!(
                "{config}: nothing to do: already as asked ({} {})\n",
                plan.before.subsystem, plan.before.role
            );
        }
        let would = if self.mode == Mode::DryRun { "would be: " } else { "" };
        let _ =
            writeln!(text, "{config}: {would}{} {}", plan.before.subsystem, turn(plan.before.role, plan.role_after));
        let mut groups: IndexMap<&str, Vec<&Change>> = IndexMap::new();
        for change in &plan.changes {
            groups.entry(change.reason).or_default().push(change);
        }
        for (reason, changes) in groups {
            let _ = writeln!(
                text,
                "  {reason}{}:",
                if changes.len() > SHOWN { format!(" ({} keys)", changes.len()) } else { String::new() }
            );
            for change in changes.iter().take(SHOWN) {
                let _ = writeln!(text, "    {}", words(change));
            }
            if changes.len() > SHOWN {
                let _ = writeln!(text, "    and {} more (--diff shows all)", changes.len() - SHOWN);
            }
        }
        if let Some(backup) = &outcome.backup {
            let _ = writeln!(text, "backup: {}", backup.display());
        }
        text
    }

    /// What became of the service, or would; nothing where there is nothing to do.
    pub(super) fn service_words(&self, outcome: &Outcome) -> String {
        let mut text = String::new();
        if outcome.plan.bytes.is_none() && outcome.service.is_none() {
            return text;
        }
        match (&outcome.service, &self.unit) {
            (Some(service), _) => {
                let unit = &service.unit;
                let end = match (service.started, service.ready) {
                    (true, Some(true)) => "started; its subsystem says that it runs, and the role has lasted",
                    (true, _) => {
                        "started; it is active, but whether its subsystem runs could not be asked (no service.unsecurePort)"
                    }
                    (false, _) if service.was_active => "stopped, and not started again, as asked",
                    (false, _) => "was not running, and was left so",
                };
                let _ = writeln!(text, "service: {unit}: {end}");
            }
            (None, Some(unit)) if self.mode == Mode::DryRun && !self.hands_off => {
                let start = if self.starts { ", start, wait until it answers" } else { "" };
                let _ = writeln!(
                    text,
                    "steps: stop {unit} (if it is active), read the file again, {}replace{start}",
                    self.backup_words()
                );
                text += &self.also_down_words();
            }
            _ if self.mode == Mode::DryRun => {
                let _ = writeln!(text, "steps: {}replace; no service is touched", self.backup_words());
            }
            _ => {}
        }
        if let Some(other) = &self.other_unit_named {
            let _ = writeln!(text, "note: the file names another unit (pkicreate.systemd.servicename={other})");
        }
        text
    }

    fn backup_words(&self) -> &'static str {
        if self.backs_up { "back up, " } else { "" }
    }

    fn also_down_words(&self) -> String {
        if self.also_down.is_empty() {
            return String::new();
        }
        let names: Vec<String> = self.also_down.iter().map(ToString::to_string).collect();
        format!("note: the instance's other subsystems go down with it: {}\n", names.join(", "))
    }

    pub(super) fn step_words(&self, step: &Step) -> String {
        match step {
            Step::Stopping(unit) => format!("stopping {unit} ...\n{}", self.also_down_words()),
            Step::Starting(unit) => format!("starting {unit} ...\n"),
            Step::RollingBack => "the service does not come up: putting the role's keys back ...\n".to_owned(),
        }
    }

    pub(super) fn warnings(&self, outcome: &Outcome) -> String {
        let lines = outcome.plan.warnings.iter().map(|warning| format!("warning: {warning} [{}]\n", warning.code()));
        lines.collect()
    }

    /// What to type next, on this host and on others.
    pub(super) fn next_steps(&self, outcome: &Outcome) -> String {
        let Some(planned) = &self.planned else { return String::new() };
        let Some(proven) = &outcome.plan.bytes else { return String::new() };
        let there = match &self.instance {
            Some(instance) => format!("--instance {instance}"),
            None => "--to CLONE.cfg".to_owned(),
        };
        let config = quoted(&self.config.display().to_string());
        // A host name out of a file must not become a command.
        let address = quoted(&planned.address);
        match (self.command, planned.subsystem, planned.role_after) {
            ("restore", _, Role::Master) if planned.role_before != Role::Master => {
                format!("next: make sure that no other one is a master:\n  pki-role check {config} OTHER.cfg\n")
            }
            ("redirect-ca" | "restore", ..) => String::new(),
            (_, Subsystem::Ca, Role::Clone) => format!(
                "next: with a copy of {config} on the new master's host:\n  pki-role promote-ca {there} --from {}\n",
                if self.instance.is_some() { "OLD-MASTER.CS.cfg" } else { &config }
            ),
            (_, Subsystem::Ca, Role::Master) => {
                let mut text = format!(
                    "next: on every other clone, so that it follows this master:\n  pki-role redirect-ca {there} --new-master {address}\n"
                );
                if self.mode == Mode::DryRun || proven.issuing_points().is_empty() {
                    return text;
                }
                text += "to issue a CRL now, as an agent of this CA:\n";
                for point in proven.issuing_points().iter().take(SHOWN) {
                    let url = format!(
                        "https://{}/ca/agent/ca/updateCRL?crlIssuingPoint={point}&waitForUpdate=true&xml=true",
                        planned.address
                    );
                    let _ = writeln!(text, "  curl --cacert CA.pem --cert AGENT.pem {}", quoted(&url));
                }
                text
            }
            (_, Subsystem::Ocsp, Role::Clone) => {
                format!("next: on the new master's host:\n  pki-role promote-ocsp {there}\n")
            }
            _ => String::new(),
        }
    }
}

fn turn(before: Role, after: Role) -> String {
    if before == after { format!("{before}, stays {after}") } else { format!("{before} -> {after}") }
}

fn words(change: &Change) -> String {
    let value = |value: &Option<String>, absent: &str| match value {
        Some(value) if value.is_empty() => "(empty)".to_owned(),
        Some(value) if value.chars().count() > VALUE => format!("{}...", value.chars().take(VALUE).collect::<String>()),
        Some(value) => value.clone(),
        None => absent.to_owned(),
    };
    format!("{}: {} -> {}", change.key, value(&change.before, "(absent)"), value(&change.after, "(removed)"))
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
