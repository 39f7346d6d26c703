//! The commands that change a file: from arguments to a conversion, and from its end to a report.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use super::context::{Context, systemctl_of};
use super::conversion::{conversion, new_master_of};
use super::ipa_side::proxy_of;
use super::live_side::Issuing;
use super::place::{Place, find_target};
use super::service_side::{backup_place, unit_job};
use super::{live_side, restore_list};
use crate::cli::{ChangeArgs, ChangeCommand};
use crate::convert::{
    Ending, Failure, FileSeen, HasIssued, Job, LiveFacts, LookedAt, Obstacle, Outcome, RuleJob, Until, convert,
};
use crate::host::agent::agent_is_known;
use crate::host::child::terminal;
use crate::host::ipa_proxy::{Apache, host_name};
use crate::host::issue_crl::Issuer;
use crate::host::journal::{self, JournalEntry};
use crate::host::own_address::is_own_address;
use crate::host::roots::Roots;
use crate::host::run_note::RunNotes;
use crate::host::services::Services;
use crate::host::signals::Signals;
use crate::host::store::{Os, Patience, Snapshot, StoreError, Stream, Target, is_stream, read_stream};
use crate::host::systemctl::Systemctl;
use crate::host::update_crl::CrlSource;
use crate::pki::{Circumstances, Described, Finding, HostPort, Prepared, Server};
use crate::text::{ChangeReport, Console, Invocation, Mode};

/// Runs a command, reports what was done, and gives the exit code.
pub fn run(command: &ChangeCommand, context: &Context<'_>, console: &Console) -> u8 {
    let args = command.args();
    let mut invocation = context.invocation(command.name());
    invocation.named_instance.clone_from(&args.target.instance);
    invocation.named_unit.clone_from(&args.service.service);
    invocation.systemctl.clone_from(&args.service.systemctl);
    invocation.config = args.target.to.clone().unwrap_or_default();
    if let ChangeCommand::Restore(restore) = command
        && restore.from.is_none()
    {
        return restore_list::run(restore, context, invocation, console);
    }
    let mode = match (args.dry_run, args.check) {
        (true, _) => Mode::DryRun,
        (_, true) => Mode::Check,
        _ => Mode::Apply { diff: args.diff },
    };
    let mut change = ChangeRun {
        command,
        args,
        context,
        console,
        mode,
        invocation,
        also_down: Vec::new(),
        live: LiveFacts::default(),
        agent_is_known: false,
    };
    let result = change.run();
    console.end_waiting();
    let report = change.report();
    match result {
        Ok((outcome, signal)) => {
            let exit_code = match (signal, mode) {
                (Some(signal), _) => Ending::Signal(signal).exit_code(),
                (None, Mode::Check) => u8::from(outcome.changes_anything()),
                _ => 0,
            };
            report.done(&outcome, exit_code, console);
            if let Some(signal) = signal {
                report.finished_in_spite_of(signal, console);
            }
            exit_code
        }
        Err(failure) => {
            report.failed(&failure, console);
            failure.ending.exit_code()
        }
    }
}

struct ChangeRun<'c> {
    command: &'c ChangeCommand,
    args: &'c ChangeArgs,
    context: &'c Context<'c>,
    console: &'c Console,
    mode: Mode,
    invocation: Invocation,
    also_down: Vec<crate::pki::Subsystem>,
    live: LiveFacts,
    agent_is_known: bool,
}

impl ChangeRun<'_> {
    fn report(&self) -> ChangeReport<'_> {
        ChangeReport {
            invocation: &self.invocation,
            mode: self.mode,
            also_down: self.also_down.clone(),
            starts: !self.args.service.no_start,
            backs_up: !self.args.no_backup,
            live: self.live.clone(),
            issues: matches!(self.command, ChangeCommand::PromoteCa(args) if args.issue_crl),
            agent_is_known: self.agent_is_known,
        }
    }

    fn run(&mut self) -> Result<(Outcome, Option<u8>), Failure> {
        let (command, args, context) = (self.command, self.args, self.context);
        // What touches nothing may be ended at any moment.
        let applies = matches!(self.mode, Mode::Apply { .. });
        let signals = if applies { Signals::catch() } else { Ok(Signals::default()) };
        let signals = signals.map_err(|error| Failure::refused(Obstacle::Signals { why: error.to_string() }))?;
        let received = || signals.received();
        let roots = Roots::below(context.root);
        let path = find_target(&args.target, command.subsystem(), &roots)?;
        self.invocation.config.clone_from(&path);
        let target = Target::open(&Os, &path).map_err(Failure::refused)?;
        let (snapshot, place) = Place::find(&roots, &path, args.target.instance.as_deref(), &target)?;
        let snapshot = Rc::new(snapshot);
        let from = self.read_from(&snapshot, &received)?;
        let conversion = conversion(command, from.as_deref());
        let is_live = place.is_live() || args.service.service.is_some();
        let mut around = Circumstances {
            is_live,
            file_name: target.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            surroundings: place.surroundings(),
            new_master_is_this_host: is_live
                && new_master_of(command).and_then(HostPort::ip).is_some_and(is_own_address),
            crl_numbers: Vec::new(),
            accept: args.accept.iter().copied().collect(),
        };
        let described = Described::of(&snapshot.bytes, &around.surroundings);
        let server = described.server.as_ref().ok();
        self.note(server, &place);
        let watch = |what: &str, elapsed: Duration| self.console.waiting(what, elapsed, received());
        let mut systemctl = Systemctl::new(&systemctl_of(args.service.systemctl.as_ref()), &received);
        systemctl.timeout = Duration::from_secs(args.service.timeout);
        systemctl.settle = Duration::from_secs(args.service.settle);
        systemctl.watch = &watch;
        systemctl.terminal = terminal();
        let unit = unit_job(self.args, self.context, &place, &snapshot, server, &mut systemctl)?;
        self.invocation.unit = unit.as_ref().map(|unit| unit.name.clone());
        let issuing = Issuing::of_change(command, &place, server, unit.as_ref(), &roots)?;
        self.agent_is_known = agent_is_known(&roots);
        let mut contradicted = Vec::new();
        if let Some((server, unit)) = server.zip(unit.as_ref()) {
            self.live.before = live_side::ask_about_crls(command, server, &unit.readiness, &systemctl);
            if let (Some(ca), Some(live)) = (server.ca(), &self.live.before) {
                contradicted = ca.contradicted_by(&live.caches);
                around.crl_numbers = live_side::crl_numbers(live);
            }
        }
        let issuer = issuing.map(|Issuing { agent, port, endpoint }| Issuer {
            agent,
            port,
            // A promotion turns the status update task on.
            source: CrlSource::Database,
            endpoint,
            curl: live_side::curl(),
            timeout: Duration::from_secs(args.service.timeout),
            signal: &received,
            watch: &watch,
        });
        let issue = issuer.as_ref().map(|issuer| move |points: &[String]| issuer.issue(points));
        let readiness = unit.as_ref().map(|unit| unit.readiness.clone());
        let backup = backup_place(self.args)?;
        let proxy = proxy_of(command, &place, server, &roots)?;
        let reaches_web = !args.service.no_service && context.reaches_services(args.service.systemctl.as_ref());
        let web_systemctl = || Systemctl::new(&systemctl_of(args.service.systemctl.as_ref()), &received);
        let apache = proxy.as_ref().map(|file| Apache::new(file, &roots, reaches_web.then(web_systemctl)));
        let host = host_name(&roots).or_else(|| server?.host.clone());
        let rule = proxy.zip(apache.as_ref()).map(|(file, web)| {
            let changes = command.with_ipa_proxy();
            RuleJob { disk: &Os, file: file.path, host, changes, web, roots: &roots, now: context.now }
        });
        let notes = RunNotes::below(context.root);
        let typed = format!("pki-role {}", context.typed.join(" "));
        let job = Job {
            conversion,
            around,
            looked_at: Some(LookedAt { snapshot: &snapshot, described: &described }),
            until: if applies { Until::Done } else { Until::Prepared },
            unit,
            rule,
            backup,
            stamp: context.now.stamp(),
            start: !args.service.no_start,
            is_contradicted: !contradicted.is_empty(),
            rollback: args.service.rollback,
            issue: issue.as_ref().map(|issue| issue as HasIssued<'_>),
            command: &typed,
            notes: &notes,
        };
        let report_step = |step: &crate::convert::Progress| self.report().progress(step, self.console);
        let mut result = convert(target, &job, &mut systemctl, &report_step);
        if let Ok(outcome) = &mut result
            && !contradicted.is_empty()
            && !outcome.changes_file()
            && !outcome.service.as_ref().is_some_and(|service| service.started)
        {
            let file = outcome.prepared.after.role();
            outcome.findings.push(Finding::RunsWithAnotherRole { points: contradicted, file });
        }
        if applies {
            self.record(&roots, &result);
        }
        if let (Ok(outcome), Some(readiness), Some(_)) = (&result, &readiness, &self.live.before)
            && outcome.service.as_ref().is_some_and(|service| service.started)
        {
            self.live.after = live_side::ask_about_crls(command, &outcome.prepared.after, readiness, &systemctl);
        }
        let signal = systemctl.signal();
        Ok((result?, signal))
    }

    /// Reads the file of `--from`, which must not be the one to convert, under whatever name.
    fn read_from(&self, target: &Snapshot, signal: &dyn Fn() -> Option<u8>) -> Result<Option<Vec<u8>>, Failure> {
        let Some(path) = self.command.from() else { return Ok(None) };
        let is_interrupted = || signal().is_some();
        let read = |stream| {
            read_stream(&Os, stream, Patience::default(), &is_interrupted).map_err(|error| match (error, signal()) {
                (StoreError::Interrupted { .. }, Some(signal)) => Failure::interrupted(signal),
                (error, _) => Failure::refused(error),
            })
        };
        if path == Path::new("-") {
            return Ok(Some(read(Stream::StandardInput)?));
        }
        if is_stream(&Os, path) {
            return Ok(Some(read(Stream::Pipe(path))?));
        }
        let from = Target::open(&Os, path).and_then(|from| from.read()).map_err(Failure::refused)?;
        match from.is_same_file(target) {
            true => Err(Failure::refused(Obstacle::SameFile)),
            false => Ok(Some(from.bytes)),
        }
    }

    /// Notes what the file says about its server, for the report.
    fn note(&mut self, server: Option<&Server>, place: &Place) {
        let Some(server) = server else { return };
        self.invocation.instance = place.surroundings().instance;
        self.invocation.subsystem = Some(server.subsystem());
        self.invocation.address = server.host.clone().zip(server.ports.agent);
        if let Some(instance) = &place.instance {
            self.also_down = instance.others(server.subsystem());
            self.invocation.debug_log = Some(instance.debug_log(server.subsystem()).display().to_string());
        }
    }

    /// Records in the journal what was touched. What was refused, or was as asked already, is not.
    fn record(&self, roots: &Roots, result: &Result<Outcome, Failure>) {
        let (outcome, backup, end) = match result {
            Ok(outcome) if !outcome.touched_anything() => return,
            Err(failure) if failure.seen.file == FileSeen::Untouched => return,
            Ok(outcome) => (Some(outcome), outcome.backup.as_deref(), "done"),
            Err(failure) => {
                let end = match failure.ending {
                    Ending::Changed => "failed, something is changed or down",
                    _ => "failed, everything is as it was",
                };
                (failure.done.as_deref(), failure.seen.backup.as_deref(), end)
            }
        };
        let keys: Vec<&str> = outcome
            .into_iter()
            .flat_map(|outcome| &outcome.prepared.changes)
            .map(|(change, _)| change.key.as_str())
            .collect();
        let role = |server: fn(&Prepared) -> &Server| match outcome {
            Some(outcome) => server(&outcome.prepared).role().into(),
            None => "-",
        };
        let user = journal::invoking_user();
        journal::record(
            &roots.path(journal::SOCKET),
            &JournalEntry {
                command: self.command.name(),
                config: &self.invocation.config.display().to_string(),
                instance: self.invocation.instance.as_deref(),
                subsystem: self.invocation.subsystem.map_or("-", Into::into),
                role_before: role(|prepared| &prepared.before),
                role_after: role(|prepared| &prepared.after),
                keys: &keys,
                backup: backup.map(|backup| backup.display().to_string()).as_deref(),
                user: &user,
                result: end,
            },
        );
    }
}
