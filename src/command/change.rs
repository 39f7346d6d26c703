//! The commands that change a file: from arguments to a conversion, and from its end to a report.

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::cli::{Change, ChangeCommand, SubsystemArg};
use crate::convert::{Backup, Job, Outcome, Unit, convert, read_only, refused_by_role, refused_by_store};
use crate::cs_cfg::CsCfg;
use crate::error::{Ending, Failure};
use crate::instance::{Instance, Roots, is_unit_name};
use crate::journal;
use crate::report::{About, Console, Mode, Report};
use crate::role::{Conversion, Subsystem, plan_document};
use crate::service::{Services, Systemctl};
use crate::signals::Signals;
use crate::store::disk::Os;
use crate::store::{Snapshot, Target};

/// What is wrong with the arguments, seen only where they meet the host.
#[derive(Debug, Error)]
enum Misfit {
    #[error("--from and the file to convert are the same file")]
    SameFile,
    #[error("this command does not say which subsystem of the instance is meant")]
    WhichSubsystem,
    #[error("--backup-dir {} is no directory", .0.display())]
    BackupDirectory(PathBuf),
    #[error("--service below another --root would stop this host's own service")]
    WhoseService,
    #[error("the file belongs to {other}, which is active; --service names {named}")]
    OtherService { other: String, named: String },
    #[error("the file does not say which unit serves it")]
    WhichUnit,
}

/// Runs a command, tells what came of it, and gives the exit code.
pub fn run(root: &Path, command: &ChangeCommand, console: &Console) -> u8 {
    let (name, change) = command.common();
    let mode = match (change.dry_run, change.check) {
        (true, _) => Mode::DryRun,
        (_, true) => Mode::Check,
        _ => Mode::Apply { diff: change.diff },
    };
    let mut report = Report::new(name, mode);
    report.starts = !change.service.no_start;
    report.backs_up = !change.no_backup;
    let result = change_file(root, command, &mut report, console);
    console.end_waiting();
    match result {
        Ok((outcome, signal)) => report.done(&outcome, signal, console),
        Err(failure) => report.failed(&failure, console),
    }
}

fn change_file(
    root: &Path,
    command: &ChangeCommand,
    report: &mut Report,
    console: &Console,
) -> Result<(Outcome, Option<u8>), Failure> {
    let (_, change) = command.common();
    let roots = Roots::below(root);
    let path = find_target(command, change, &roots)?;
    report.config.clone_from(&path);
    let target = Target::open(&Os, &path).map_err(refused_by_store)?;
    let snapshot = target.read().map_err(refused_by_store)?;
    let from = match command {
        ChangeCommand::PromoteCa(args) => Some(read_from(&args.from, &snapshot)?),
        ChangeCommand::Restore(args) => Some(read_from(&args.from, &snapshot)?),
        _ => None,
    };
    let from = from.as_ref().map(|from| from.bytes.as_slice()).unwrap_or_default();
    let conversion = match command {
        ChangeCommand::DemoteCa(args) => Conversion::DemoteCa { new_master: args.new_master.clone() },
        ChangeCommand::PromoteCa(args) => Conversion::PromoteCa {
            former: from,
            interval: args.cert_status_update_interval,
            with_publishing: args.with_publishing,
        },
        ChangeCommand::DemoteOcsp(args) => Conversion::DemoteOcsp { seconds: args.refresh_in_sec },
        ChangeCommand::PromoteOcsp(args) => Conversion::PromoteOcsp { seconds: args.refresh_in_sec },
        ChangeCommand::RedirectCa(args) => Conversion::RedirectCa { new_master: args.new_master.clone() },
        ChangeCommand::Restore(args) => Conversion::Restore { backup: from, with_publishing: args.with_publishing },
    };
    let cfg = CsCfg::parse(&snapshot.bytes);
    let about = About::of(&cfg);
    let hint = cfg.get(b"pkicreate.systemd.servicename");
    let hint = hint.map(|unit| String::from_utf8_lossy(&unit).trim().to_owned());
    let instance = roots.instance_of(&path, target.path());
    let is_live = instance.is_some() || change.target.instance.is_some() || change.service.service.is_some();
    let planned = plan_document(cfg, &conversion, is_live).map_err(refused_by_role)?;
    report.describe(about, &planned);

    let applies = matches!(report.mode, Mode::Apply { .. });
    // What touches nothing may be ended at any moment.
    let signals = if applies { Signals::catch() } else { Ok(Signals::default()) };
    let signals = signals.map_err(|error| Failure::refused(error, "signals", "try again"))?;
    let watch = |what: &str, elapsed: Duration| console.waiting(what, elapsed);
    let mut systemctl = Systemctl {
        program: super::systemctl_of(change.service.systemctl.as_ref()),
        timeout: Duration::from_secs(change.service.timeout),
        settle: Duration::from_secs(change.service.settle),
        signals: &signals,
        watch: &watch,
    };
    let is_reachable = super::reaches_services(root, change.service.systemctl.as_ref());
    report.instance = instance.as_ref().map(|instance| instance.name.clone());
    if change.service.service.is_some() && !is_reachable {
        return Err(Failure::refused(
            Misfit::WhoseService,
            "which-systemctl",
            "say with --systemctl PATH which systemctl serves that root",
        ));
    }
    // Which of two units it is must be asked of systemd only where it matters.
    if planned.bytes.is_some() && is_reachable {
        report.unit = unit_of(change, instance.as_ref(), hint, report, &mut systemctl)?;
        report.also_down = instance.iter().flat_map(|instance| instance.others(planned.before.subsystem)).collect();
        report.hands_off = change.service.no_service;
    }
    if !applies {
        return Ok((Outcome { plan: planned, before: snapshot.bytes, backup: None, service: None }, None));
    }
    let what = journal::What::of(&planned);
    let job = Job {
        target,
        conversion,
        is_live,
        planned: Some((snapshot, planned)),
        unit: report.unit.clone().map(|name| Unit {
            name,
            hands_off: change.service.no_service,
            allow_running: change.service.allow_running,
        }),
        backup: backup_of(change)?,
        stamp: stamp(),
        start: !change.service.no_start,
        rollback: change.service.rollback,
    };
    let config = job.target.path().to_owned();
    let result = convert(job, &mut systemctl, &|step| report.step(step, console));
    record(&roots, report, &config, what, &result);
    Ok((result?, systemctl.signal()))
}

/// Records what was touched; what was refused, or was as asked already, is no change.
fn record(roots: &Roots, report: &Report, config: &Path, planned: journal::What, result: &Result<Outcome, Failure>) {
    let (what, backup, how) = match result {
        Ok(outcome) if outcome.plan.bytes.is_none() && outcome.service.is_none() => return,
        Ok(outcome) => (journal::What::of(&outcome.plan), outcome.backup.as_deref(), "done"),
        Err(failure) => match failure.ending {
            Ending::Refused => return,
            Ending::Restored | Ending::Signal(_) => (planned, None, "failed, everything as it was"),
            Ending::Changed => {
                let done = failure.done.as_deref();
                let what = done.map_or(planned, |done| journal::What::of(&done.plan));
                (what, done.and_then(|done| done.backup.as_deref()), "failed, something is changed or down")
            }
        },
    };
    let entry = journal::Entry {
        command: report.command,
        config,
        instance: report.instance.as_deref(),
        what,
        backup,
        result: how,
    };
    journal::record(&roots.path(journal::SOCKET), &entry);
}

fn find_target(command: &ChangeCommand, change: &Change, roots: &Roots) -> Result<PathBuf, Failure> {
    if let Some(path) = &change.target.to {
        return Ok(path.clone());
    }
    let subsystem = match (change.subsystem, command) {
        (Some(SubsystemArg::Ca), _) => Subsystem::Ca,
        (Some(SubsystemArg::Ocsp), _) => Subsystem::Ocsp,
        (None, ChangeCommand::DemoteOcsp(_) | ChangeCommand::PromoteOcsp(_)) => Subsystem::Ocsp,
        (None, ChangeCommand::Restore(_)) => {
            return Err(Failure::refused(
                Misfit::WhichSubsystem,
                "which-subsystem",
                "add --subsystem ca or --subsystem ocsp",
            ));
        }
        (None, _) => Subsystem::Ca,
    };
    let name = change.target.instance.as_deref().unwrap_or_default();
    roots.find(name, subsystem).map_err(|error| Failure::refused(error, "no-instance", "name the file with --to"))
}

/// Reads the file of `--from`, which must not be the one to convert, under whatever name.
fn read_from(path: &Path, target: &Snapshot) -> Result<Snapshot, Failure> {
    let from = read_only(&Os, path)?;
    if from.is_same_file(target) {
        return Err(Failure::refused(
            Misfit::SameFile,
            "same-file",
            "give --from a copy of the other server's CS.cfg, or a backup",
        ));
    }
    Ok(from)
}

/// The unit that uses the file, if any: the named one; else that of the instance it lies in.
fn unit_of(
    change: &Change,
    instance: Option<&Instance>,
    hint: Option<String>,
    report: &mut Report,
    systemctl: &mut Systemctl<'_>,
) -> Result<Option<String>, Failure> {
    // The server's account can write the file: it must not name root just any unit.
    let trusted = hint.clone().filter(|hint| is_unit_name(hint) && hint.starts_with("pki-"));
    let unit = match (&change.service.service, instance) {
        (Some(named), Some(instance)) => {
            // systemd calls any name inactive: the unit that serves the file must not be running
            // beside a mistyped one.
            let other =
                instance.units().into_iter().filter(|unit| unit != named && unit.trim_end_matches(".service") != named);
            if let Some(other) = other.into_iter().find(|unit| systemctl.is_active(unit).unwrap_or(false)) {
                let remedy = format!("leave --service out, or stop it first: systemctl stop {other}");
                return Err(Failure::refused(Misfit::OtherService { other, named: named.clone() }, "running", remedy));
            }
            Some(named.clone())
        }
        (Some(named), None) => Some(named.clone()),
        (None, Some(instance)) => Some(serving_unit(instance, systemctl)),
        // Dogtag 9's layout: the file alone knows the unit.
        (None, None) if change.target.instance.is_some() => Some(trusted.ok_or_else(|| {
            Failure::refused(
                Misfit::WhichUnit,
                "which-unit",
                "name it with --service UNIT, or stop the server and use --no-service",
            )
        })?),
        (None, None) => None,
    };
    if let (Some(unit), Some(hint)) = (&unit, hint) {
        report.other_unit_named = Some(hint)
            .filter(|hint| !hint.is_empty() && hint.trim_end_matches(".service") != unit.trim_end_matches(".service"));
    }
    Ok(unit)
}

/// Which of the two units serves an instance. A template unit is known to systemd under any name,
/// so that only what it does tells.
pub(super) fn serving_unit(instance: &Instance, systemctl: &mut Systemctl<'_>) -> String {
    let [usual, asking] = instance.units();
    let is_asking = !systemctl.is_active(&usual).unwrap_or(false)
        && (systemctl.is_active(&asking).unwrap_or(false)
            || systemctl.is_enabled(&asking) && !systemctl.is_enabled(&usual));
    if is_asking { asking } else { usual }
}

fn backup_of(change: &Change) -> Result<Backup, Failure> {
    match &change.backup_dir {
        Some(directory) if !directory.is_dir() => {
            let misfit = Misfit::BackupDirectory(directory.clone());
            Err(Failure::refused(
                misfit,
                "backup-dir",
                "create it first, closed to other accounts: a CS.cfg is not for everybody",
            ))
        }
        Some(directory) => Ok(Backup::Into(directory.clone())),
        None if change.no_backup => Ok(Backup::None),
        None => Ok(Backup::Beside),
    }
}

/// Now, in UTC, as it is written into a backup's name.
#[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn stamp() -> String {
    let now = time::OffsetDateTime::now_utc();
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    )
}
