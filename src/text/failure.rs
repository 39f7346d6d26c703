//! A failure in three parts, in this order: what failed, what state things are in, what to type.

use super::ipa_proxy::{ipa_proxy, rule_seen, web_way_out};
use super::issue::{agent, issued_state, not_issued};
use super::obstacle::{journal, not_found, obstacle, service, store, systemctl};
use super::refusal::refusal;
use super::{Advice, Invocation, one_line};
use crate::convert::{Cause, Ending, Failure, FileSeen, UnitSeen};
use crate::host::services::Active;

/// A failure, explained.
pub struct Explained {
    /// What failed.
    pub what: String,
    /// What state things are in.
    pub state: String,
    /// What to do, in a sentence; may be empty.
    pub fix: String,
    /// What to type, line by line.
    pub commands: Vec<String>,
}

/// Explains a cause alone.
pub fn advice(cause: &Cause, invocation: &Invocation) -> Advice {
    match cause {
        Cause::Refusal(cause) => refusal(cause, invocation),
        Cause::Obstacle(cause) => obstacle(cause, invocation),
        Cause::Store(cause) => store(cause, invocation),
        Cause::Service(cause) => service(cause, invocation),
        Cause::NotFound(cause) => not_found(cause, invocation),
        Cause::IpaProxy(cause) => ipa_proxy(cause, invocation),
        Cause::Agent(cause) => agent(cause, invocation),
        Cause::Crls(issue) => not_issued(issue, invocation),
    }
}

/// Explains a failure.
pub fn explain_failure(failure: &Failure, invocation: &Invocation) -> Explained {
    let Advice { mut what, mut fix, mut commands } = advice(&failure.cause, invocation);
    if let (Some(path), Cause::Refusal(_)) = (&failure.about, &failure.cause) {
        // Every other cause names its file itself.
        what = format!("{}: {what}", one_line(&path.display().to_string()));
    }
    let state = state(failure, invocation);
    if matches!(failure.cause, Cause::Crls(_)) {
        // The change itself is done; what is missing is a CRL.
    } else if failure.ending == Ending::Changed {
        (fix, commands) = way_out(failure, invocation, commands);
    } else if failure.ending == Ending::Restored && commands.is_empty() {
        commands = look_into(failure.seen.unit.as_ref(), invocation)
            .into_iter()
            .chain([invocation.again().to_string()])
            .collect();
    }
    Explained { what, state, fix, commands }
}

/// What state things are in, from what was seen.
fn state(failure: &Failure, invocation: &Invocation) -> String {
    let config = one_line(&invocation.config.display().to_string()).into_owned();
    let seen = &failure.seen;
    let mut parts = vec![match seen.file {
        FileSeen::Untouched if matches!(failure.cause, Cause::Crls(_)) => "CS.cfg was not touched".to_owned(),
        FileSeen::Untouched => "nothing was touched".to_owned(),
        FileSeen::AsItWas => format!("{config} is as it was"),
        FileSeen::LeftByOthers => {
            format!("{config} was not replaced; the server or another program has written it meanwhile")
        }
        FileSeen::Converted => format!("{config} is converted"),
        FileSeen::PutBack => format!("the role's parameters in {config} were put back"),
        FileSeen::ChangedBack => {
            format!("{config} was converted, and something has given the role's parameters their former values")
        }
        FileSeen::Other => format!("{config} does not hold what was written"),
        FileSeen::Unreadable => format!("{config} cannot be read"),
    }];
    parts.extend(seen.unit.as_ref().map(unit));
    parts.extend(seen.backup.as_ref().map(|backup| format!("backup: {}", one_line(&backup.display().to_string()))));
    parts.extend(seen.rule.as_deref().map(rule_seen));
    if let Cause::Crls(issue) = &failure.cause {
        parts.push(issued_state(issue));
    }
    for cause in &failure.on_the_way_back {
        parts.push(format!("on the way back: {}", advice(cause, invocation).what));
    }
    parts.join("; ")
}

fn unit(seen: &UnitSeen) -> String {
    let name = one_line(&seen.name);
    let Some(state) = seen.state else { return format!("systemd could not be asked what {name} does") };
    let before = if seen.was_active { "" } else { ", and did not run before" };
    match (state, seen.answers) {
        (Active::Active, Some(true)) => format!("{name} runs"),
        (Active::Active, Some(false)) if seen.is_silent() => {
            format!("{name} is active, but its subsystem does not say that it runs")
        }
        (Active::Active, Some(false)) => {
            format!("{name} is active; its subsystem does not say that it runs, and did not before")
        }
        (Active::Active, None) => format!("{name} is active{before}"),
        (Active::Restarting, _) => format!("{name} fails, and systemd starts it again and again{before}"),
        (state, _) if state.is_down() && seen.was_active => format!("{name} is down ({state})"),
        (state, _) => format!("{name} is {state}{before}"),
    }
}

/// What to type where something is changed or down.
fn way_out(failure: &Failure, invocation: &Invocation, own: Vec<String>) -> (String, Vec<String>) {
    let seen = &failure.seen;
    let is_up =
        seen.unit.as_ref().is_none_or(|unit| unit.state.is_some_and(Active::runs) && unit.answers != Some(false));
    let web = seen.rule.as_deref().map(web_way_out).unwrap_or_default();
    if is_up && seen.file.is_as_it_was() && !web.is_empty() {
        return ("find out why; then".to_owned(), web.into_iter().chain([invocation.again().to_string()]).collect());
    }
    let mut commands = look_into(seen.unit.as_ref(), invocation);
    commands.extend(web);
    // A unit that systemd starts again and again would come between.
    let is_restarting = |unit: &&UnitSeen| matches!(unit.state, Some(Active::Activating | Active::Restarting));
    commands.extend(seen.unit.as_ref().filter(is_restarting).map(|unit| systemctl("stop", &unit.name)));
    match (seen.file, &seen.unit, &seen.backup) {
        (FileSeen::LeftByOthers, ..) if failure.cause.is_content() => {
            let list = invocation.restore().flag("--list", true);
            commands.extend([list.to_string(), invocation.again().to_string()]);
            let fix = "find out what wrote it while the service was down, and put the file right from a backup or from \
                       Dogtag's own copies, archives/CS.cfg.bak.* beside it; then";
            (fix.to_owned(), commands)
        }
        // The file is as asked, and what is left to do is known.
        (FileSeen::Converted, ..) if is_up && !own.is_empty() => (String::new(), own),
        (FileSeen::Converted | FileSeen::Other, Some(unit), Some(backup)) => {
            let restore = invocation.restore().path("--from", backup);
            let restore =
                restore.flag("--with-publishing", invocation.typed.iter().any(|arg| arg == "--with-publishing"));
            let has_rule = seen.rule.as_ref().is_some_and(|rule| !rule.file.is_as_it_was());
            let restore = restore.flag("--with-ipa-proxy", has_rule);
            commands.push(restore.to_string());
            commands.push(systemctl("start", &unit.name));
            ("find out why; then go back, or correct it and run the same command again:".to_owned(), commands)
        }
        (_, Some(unit), _) if !is_up => {
            commands.push(systemctl("restart", &unit.name));
            commands.push(invocation.again().to_string());
            ("find out why; then".to_owned(), commands)
        }
        _ => {
            let again = [invocation.again().to_string()];
            commands.extend(if own.is_empty() || seen.file == FileSeen::ChangedBack { again.to_vec() } else { own });
            ("find out why; then".to_owned(), commands)
        }
    }
}

/// Where to look for the reason: the journal, and the debug log of the subsystem.
fn look_into(unit: Option<&UnitSeen>, invocation: &Invocation) -> Vec<String> {
    let Some(unit) = unit else { return Vec::new() };
    std::iter::once(journal(&unit.name)).chain(invocation.tail_debug_log()).collect()
}
