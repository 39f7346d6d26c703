//! The report of a change: a few lines, whatever the number of parameters.

use std::fmt::Write;

use indexmap::IndexMap;

use super::change_report::reason;
use super::failed::state_and_next;
use super::ipa_proxy::{rule_lines, rule_turn};
use super::issue::issued_lines;
use super::json::ChangeJson;
use super::list::{count, list, shorten};
use super::live::deadline_lines;
use super::next::next_steps;
use super::refusal::refusal;
use super::{ChangeReport, Console, Mode, duration, explain, explain_failure, one_line};
use crate::convert::{Failure, Outcome, Progress, ServiceOutcome};
use crate::cs_cfg::Change;
use crate::pki::Role;

/// How many parameters of one group are named.
const SHOWN: usize = 3;

impl ChangeReport<'_> {
    /// Reports a step as it begins.
    pub fn progress(&self, progress: &Progress, console: &Console) {
        console.message(&match progress {
            Progress::Stopping(unit) => format!("stopping {} ...\n{}", one_line(unit), self.also_down()),
            Progress::Starting(unit) => format!("starting {} ...\n", one_line(unit)),
            Progress::Issuing => "having CRLs issued ...\n".to_owned(),
            Progress::RollingBack => {
                "the service does not come up: putting the role's parameters back ...\n".to_owned()
            }
        });
    }

    /// Reports what was done, or would be. With an exit code other than 0 nothing is left out.
    pub fn done(&self, outcome: &Outcome, exit_code: u8, console: &Console) {
        if console.manner().json {
            return console.json(&ChangeJson::of(self, Some(outcome), None));
        }
        let message = |text: &str| if exit_code == 0 { console.message(text) } else { console.error(text) };
        match self.mode {
            Mode::Check if console.manner().quiet && exit_code == 0 => {}
            Mode::Check => console.data(&self.check_line(outcome)),
            Mode::DryRun | Mode::Apply { diff: true } => console.diff(&self.diff_of(outcome)),
            Mode::Apply { diff: false } => {}
        }
        if self.mode != Mode::Check {
            message(&self.changes(outcome, console.manner().verbose));
            message(&self.service(outcome));
            message(&self.rule(outcome));
            message(&self.last_crls(outcome));
        }
        message(&self.findings(outcome));
        if self.mode != Mode::Check {
            message(&next_steps(self, outcome));
            message(&issued_lines(&outcome.issued, self.invocation));
        }
    }

    /// Reports that a signal came when nothing could be undone any more.
    pub fn finished_in_spite_of(&self, signal: u8, console: &Console) {
        if !console.manner().json {
            console.error(&format!("signal {signal} came too late to stop the change: it is finished\n"));
        }
    }

    /// Reports a failure.
    pub fn failed(&self, failure: &Failure, console: &Console) {
        if console.manner().json {
            return console.json(&ChangeJson::of(self, failure.done.as_deref(), Some(failure)));
        }
        let explained = explain_failure(failure, self.invocation);
        if let Some(done) = &failure.done {
            if !failure.seen.file.has_former_role() {
                console.error(&self.changes(done, console.manner().verbose));
            }
            console.error(&self.rule(done));
            console.error(&self.findings(done));
            console.error(&issued_lines(&done.issued, self.invocation));
        }
        console.error(&format!("pki-role: {}\n", explained.what));
        console.error(&state_and_next(&explained));
    }

    fn config(&self) -> String {
        one_line(&self.invocation.config.display().to_string()).into_owned()
    }

    fn check_line(&self, outcome: &Outcome) -> String {
        let (config, before) = (self.config(), &outcome.prepared.before);
        let (subsystem, role) = (before.subsystem(), before.role());
        let rule = outcome.rule.as_ref().and_then(rule_turn);
        if outcome.changes_file() {
            let turn = turn(role, outcome.prepared.after.role());
            let parameters = count(outcome.prepared.changes.len(), "parameter");
            let rule = rule.map(|rule| format!("; {rule}")).unwrap_or_default();
            return format!("{config}: would change: {subsystem} {turn} ({parameters}){rule}\n");
        }
        if let Some(rule) = rule {
            return format!("{config}: as asked ({subsystem} {role}); would change: {rule}\n");
        }
        match outcome.service.as_ref().filter(|service| service.needs_start) {
            Some(service) => {
                let verb = if service.needs_stop { "restart" } else { "start" };
                format!("{config}: as asked ({subsystem} {role}); would {verb} {}\n", one_line(&service.unit))
            }
            None => format!("{config}: nothing to do: already as asked ({subsystem} {role})\n"),
        }
    }

    /// The web server's rule, on a FreeIPA host.
    fn rule(&self, outcome: &Outcome) -> String {
        outcome.rule.as_ref().map(|rule| rule_lines(rule, self.mode == Mode::DryRun)).unwrap_or_default()
    }

    /// What was changed or would be, and why.
    fn changes(&self, outcome: &Outcome, verbose: bool) -> String {
        let prepared = &outcome.prepared;
        let (config, subsystem) = (self.config(), prepared.before.subsystem());
        if prepared.bytes.is_none() {
            let as_asked = format!("already as asked ({subsystem} {})", prepared.before.role());
            let service = outcome.service.as_ref().filter(|_| !outcome.changes_rule());
            return match service {
                Some(service) if service.needs_stop => {
                    format!("{config}: {as_asked}, but the running server has another role\n")
                }
                _ if outcome.changes_anything() => format!("{config}: {as_asked}\n"),
                _ => format!("{config}: nothing to do: {as_asked}\n"),
            };
        }
        let would = if self.mode == Mode::DryRun { "would be: " } else { "" };
        let mut text =
            format!("{config}: {would}{subsystem} {}\n", turn(prepared.before.role(), prepared.after.role()));
        let mut groups: IndexMap<&str, Vec<&Change>> = IndexMap::new();
        for (change, why) in &prepared.changes {
            groups.entry(reason(*why)).or_default().push(change);
        }
        for (reason, changes) in groups {
            let shown = if verbose { changes.len() } else { SHOWN };
            let number = if changes.len() > shown { format!(" ({} parameters)", changes.len()) } else { String::new() };
            // Writing into a String cannot fail.
            let _ = writeln!(text, "  {reason}{number}:");
            for change in changes.iter().take(shown) {
                let _ = writeln!(text, "    {}", change_line(change));
            }
            if changes.len() > shown {
                let _ = writeln!(text, "    and {} more (-v shows all)", changes.len() - shown);
            }
        }
        if let Some(backup) = &outcome.backup {
            let _ = writeln!(text, "backup: {}", one_line(&backup.display().to_string()));
        }
        text
    }

    /// What was done to the service, or would be.
    fn service(&self, outcome: &Outcome) -> String {
        let Some(service) = &outcome.service else {
            return match (self.mode, outcome.changes_file()) {
                (Mode::DryRun, true) => format!("steps: {}replace; no service is touched\n", self.back_up()),
                _ => String::new(),
            };
        };
        if self.mode == Mode::DryRun {
            return self.would_do(outcome, service);
        }
        // Where only the web server's rule changes the unit is left alone.
        if !outcome.changes_file() && !service.needs_start && !service.stopped && !service.started {
            return String::new();
        }
        let end = match (service.started, service.ready) {
            (true, Some(true)) => {
                "started; its subsystem says that it runs, and the role in the file was verified after the start"
            }
            (true, _) => "started; it is active",
            (false, _) if service.stopped => "stopped, and not started again, as asked",
            (false, _) if service.was_active => "was stopped by an earlier run, and was not started, as asked",
            (false, _) => "did not run, and was not started",
        };
        let down = service.down_for.map(|down| format!("; it was down for {}", duration(down.as_secs().max(1))));
        format!("service: {}: {end}{}\n", one_line(&service.unit), down.unwrap_or_default())
    }

    /// How long the last CRLs are valid, where nobody generates the next ones.
    fn last_crls(&self, outcome: &Outcome) -> String {
        let before = outcome.prepared.before.generating_points();
        let after = outcome.prepared.after.generating_points();
        let stops: Vec<String> = before.into_iter().filter(|point| !after.contains(point)).collect();
        match self.live.latest().filter(|_| !stops.is_empty()) {
            Some(live) => deadline_lines(live, &stops, self.mode == Mode::DryRun),
            None => String::new(),
        }
    }

    fn would_do(&self, outcome: &Outcome, service: &ServiceOutcome) -> String {
        let unit = one_line(&service.unit);
        if !outcome.changes_file() {
            let stop = if service.needs_stop { format!("stop {unit}, ") } else { String::new() };
            let steps = format!("steps: {stop}start {unit}, wait until it answers\n");
            return if service.needs_start { steps } else { String::new() };
        }
        let start = if self.starts { ", start, wait until it answers, verify" } else { "" };
        let start = if self.issues { format!("{start}, have CRLs issued") } else { start.to_owned() };
        let stop = format!("stop {unit} (if it runs), read the file again, ");
        format!("steps: {stop}{}replace{start}\n{}", self.back_up(), self.also_down())
    }

    fn back_up(&self) -> &'static str {
        if self.backs_up { "back up, " } else { "" }
    }

    fn also_down(&self) -> String {
        match self.also_down.is_empty() {
            true => String::new(),
            false => format!(
                "note: the same service runs other subsystems, which are down with it: {}\n",
                list(&self.also_down)
            ),
        }
    }

    /// What should be known: for each finding what it is, why it matters, what to do.
    fn findings(&self, outcome: &Outcome) -> String {
        let mut text = String::new();
        for refused in &outcome.prepared.accepted {
            let what = refusal(refused, self.invocation).what;
            let _ = writeln!(text, "accepted: {what} [{}]", refused.code());
        }
        for finding in outcome.all_findings() {
            text += &explain(finding, &[]).lines("", "warning", finding.code());
        }
        text
    }
}

/// From one role to another.
pub fn turn(before: Role, after: Role) -> String {
    if before == after { format!("{before}, stays {after}") } else { format!("{before} -> {after}") }
}

fn change_line(change: &Change) -> String {
    let value = |value: &Option<String>, absent: &str| match value {
        Some(value) if value.is_empty() => "(empty)".to_owned(),
        Some(value) => shorten(value),
        None => absent.to_owned(),
    };
    format!("{}: {} -> {}", one_line(&change.key), value(&change.before, "(absent)"), value(&change.after, "(removed)"))
}
