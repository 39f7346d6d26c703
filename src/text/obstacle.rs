//! The sentences of obstacles, and of what can go wrong with files and services, with what to do.

use super::finding::stops;
use super::list::list;
use super::{Advice, Invocation, ShellCommand, one_line};
use crate::convert::Obstacle;
use crate::host::roots::NotFoundError;
use crate::host::services::ServiceError;
use crate::host::store::StoreError;

/// A command for systemd.
pub fn systemctl(verb: &str, unit: &str) -> String {
    ShellCommand::of(["systemctl", verb, unit]).to_string()
}

/// The end of a unit's journal.
pub fn journal(unit: &str) -> String {
    ShellCommand::of(["journalctl", "-n", "50", "-u", unit]).to_string()
}

/// Explains an obstacle.
pub fn obstacle(obstacle: &Obstacle, invocation: &Invocation) -> Advice {
    let again = || invocation.again().to_string();
    let with = |option: &str| invocation.again_with(option).to_string();
    match obstacle {
        Obstacle::SameFile => {
            Advice::say("--from is the very file to convert", "name a copy of the other server's CS.cfg, or a backup")
        }
        Obstacle::WhichSubsystem { instance } => Advice::typed(
            format!("the command does not say which subsystem of instance {} is meant", one_line(instance)),
            "",
            ["ca", "ocsp"].map(|name| invocation.again().option("--subsystem", name).to_string()),
        ),
        Obstacle::BackupDir { path } => Advice::typed(
            format!("the directory for the backup does not exist: {}", one_line(&path.display().to_string())),
            "create it, closed to other accounts, since a CS.cfg is not for everybody:",
            [ShellCommand::of(["install", "-d", "-m", "0700"]).file(path).to_string(), again()],
        ),
        Obstacle::WhichSystemctl => Advice::say(
            "--service below another --root would stop a service of this host",
            "name with --systemctl PATH the systemctl that serves that root",
        ),
        Obstacle::OtherService { named, serving } => Advice::say(
            format!("the file belongs to {}, which runs; --service names {}", one_line(serving), one_line(named)),
            "leave --service out",
        ),
        Obstacle::WhichUnit { instance } => Advice::say(
            format!("nothing says which unit serves instance {}", one_line(instance)),
            "name it with --service UNIT; or stop the server yourself and add --no-service",
        ),
        Obstacle::Running { unit } => Advice::typed(
            format!("{} runs: the server would overwrite the edit, or be overwritten by it", one_line(unit)),
            "leave --no-service out; or stop the service first:",
            [systemctl("stop", unit), again()],
        ),
        Obstacle::RunningWithoutUnit { unit, endpoint } => Advice::typed(
            format!("systemd says that {} does not run, but the subsystem answers at {endpoint}", one_line(unit)),
            "a server that was started by hand, or by another unit, uses the file: stop it, then",
            [again()],
        ),
        Obstacle::StillActive { unit, state } => Advice::typed(
            format!("{} was stopped, but systemd says that it is {state}", one_line(unit)),
            "find out what keeps it up, or starts it again, then",
            [systemctl("status", unit), again()],
        ),
        Obstacle::StartedByOthers { unit, state } => Advice::typed(
            format!(
                "{} was to be down, and is {state}: it was started by something else, and may run with what the file said before",
                one_line(unit)
            ),
            "",
            [systemctl("restart", unit)],
        ),
        Obstacle::CameDown { unit, state, answer } => Advice::say(
            match (state.filter(|state| !state.runs()), answer) {
                (Some(state), _) => format!("{} came up, but did not stay: it is {state}", one_line(unit)),
                (None, Some(answer)) => {
                    let (unit, answer) = (one_line(unit), answer.to_string());
                    format!(
                        "{unit} came up, but its subsystem does not say that it runs any more: {}",
                        one_line(&answer)
                    )
                }
                (None, None) => format!("{} came up, but did not stay", one_line(unit)),
            },
            "",
        ),
        Obstacle::OtherRun { unit, pid, command } => Advice::typed(
            format!(
                "another run has stopped {} and is not done yet (process {pid}: {})",
                one_line(unit),
                one_line(command)
            ),
            "wait until that is done, then",
            [again()],
        ),
        Obstacle::StillRunning { unit, endpoint } => Advice::typed(
            format!("{} was stopped, but the subsystem still answers at {endpoint}", one_line(unit)),
            "another process, or another unit, runs the server: stop it, then",
            [again()],
        ),
        Obstacle::ServiceUnknown { why, leaves: true, .. } => Advice::typed(
            format!("nobody can be asked whether the server runs: {}", one_line(why)),
            "if the server is stopped for certain:",
            [with("--allow-running")],
        ),
        Obstacle::ServiceUnknown { why, leaves: false, .. } => Advice::typed(
            format!("systemd cannot be asked about the service: {}", one_line(why)),
            "name the systemctl to call with --systemctl PATH; or, where there is no systemd, stop the server yourself, then",
            [with("--no-service")],
        ),
        Obstacle::AsksForPasswords { unit } => Advice::typed(
            format!("{} asks for passwords when it starts, and there is no terminal here", one_line(unit)),
            "run the command in a terminal; or convert now and start the service in a terminal later:",
            [with("--no-start")],
        ),
        Obstacle::RollbackWithoutAnswer { why } => Advice::say(
            format!(
                "--rollback cannot act here, since nobody can be asked whether the subsystem runs ({})",
                one_line(why)
            ),
            "leave --rollback out, and look at the server yourself after the start",
        ),
        Obstacle::WouldNotStart { unit, line, why } => Advice::say(
            format!(
                "line {line} {}: pki-server refuses the file, and {} would not start again",
                stops(*why),
                one_line(unit)
            ),
            format!(
                "rewrite line {line} as key=value in UTF-8, then run the command again; the server still runs with what it read at its last start"
            ),
        ),
        Obstacle::NotAsPlanned { keys, found, wanted } => Advice::say(
            match (keys.is_empty(), found) {
                (false, _) => format!("after the start the file does not say what was written: {}", list(keys)),
                (true, Some(found)) => format!("after the start the role in the file is {found}, not {wanted}"),
                (true, None) => "after the start the file is not a CS.cfg".to_owned(),
            },
            "something else wrote the file: the server itself, or configuration management",
        ),
        Obstacle::RunsWithAnotherRole { points, role } => Advice::say(
            format!(
                "after the start the running server disagrees with its file, which says {role}, at issuing points {}",
                list(points)
            ),
            "another process than the unit's answers at its port, or the server reads another file",
        ),
        Obstacle::NotLive => Advice::say(
            "no server of this host reads this file, so that there is nobody to ask",
            "run the command on the CA's own host: name the instance with -i",
        ),
        Obstacle::NotRunning { answer } => Advice::typed(
            format!("the CA does not say that it runs: {}", one_line(&answer.to_string())),
            "start it, and look into its debug log; then",
            [again()],
        ),
        Obstacle::NoAgentPort { why } => Advice::say(
            format!("it is not known where this CA takes agents' requests: {}", one_line(why)),
            "see to the connector with TLS in the instance's server.xml, and to machineName in CS.cfg",
        ),
        Obstacle::GeneratesNothing { role } => {
            Advice::say(format!("this CA generates no CRLs (its role is {role})"), "run the command on the master")
        }
        Obstacle::NoBackupNamed { backups } => {
            let commands =
                backups.iter().rev().take(3).map(|backup| invocation.again().path("--from", backup).to_string());
            match backups.is_empty() {
                true => Advice::say(
                    "the command does not say from which backup, and there is none beside the file",
                    "name one with --from",
                ),
                false => {
                    Advice::typed("the command does not say from which backup", "name one; the newest first:", commands)
                }
            }
        }
        Obstacle::Signals { why } => {
            Advice::typed(format!("signals cannot be handled: {}", one_line(why)), "", [again()])
        }
        Obstacle::Interrupted { signal } => {
            Advice::typed(format!("interrupted by signal {signal}"), "to do it after all:", [again()])
        }
        Obstacle::NoInstanceHere { looked_in } => Advice::say(
            format!("no instance on this host: there is no CS.cfg below {}", list(looked_in)),
            "name a file: pki-role status FILE",
        ),
        Obstacle::NoStatus { path, why } => Advice::say(
            format!("{} is neither a CS.cfg nor a saved status: {}", one_line(path), one_line(why)),
            "collect it again: pki-role status --output json > FILE",
        ),
        Obstacle::NoIpaProxy => Advice::say(
            "--with-ipa-proxy changes the ipa-pki-proxy.conf of a FreeIPA host's web server: this is not the live CA of such a host, or it has no such file",
            "leave --with-ipa-proxy out",
        ),
    }
}

/// Explains an error of a file.
pub fn store(error: &StoreError, invocation: &Invocation) -> Advice {
    let what = one_line(&chain(error)).into_owned();
    let again = [invocation.again().to_string()];
    match error {
        StoreError::NotFound { .. } | StoreError::DanglingLink { .. } => Advice::say(what, "check the path"),
        StoreError::NotAFile { .. } | StoreError::ContainsNul { .. } | StoreError::TooLarge { .. } => {
            Advice::say(what, "name the CS.cfg of the subsystem")
        }
        StoreError::PermissionDenied { .. } => as_root(what, invocation),
        StoreError::Locked { .. } => Advice::typed(what, "wait until that is done, then", again),
        StoreError::ChangedMeanwhile { .. } | StoreError::PathMoved { .. } => {
            Advice::typed(what, "look who changes it (configuration management?), then", again)
        }
        StoreError::BindMounted { .. } => Advice::say(
            what,
            "a mount point cannot be replaced: convert the file on the host that mounts it, or mount its directory instead",
        ),
        StoreError::Immutable { path } | StoreError::AppendOnly { path } => {
            let flag = if matches!(error, StoreError::Immutable { .. }) { "-i" } else { "-a" };
            let chattr = ShellCommand::of(["chattr", flag]).file(path).to_string();
            Advice::typed(what, "make it changeable, then run the command again:", [chattr].into_iter().chain(again))
        }
        StoreError::InTheWay { path } => {
            Advice::typed(what, "look who put files there:", [ShellCommand::of(["ls", "-la"]).file(path).to_string()])
        }
        StoreError::NotFlushed { .. } => Advice::typed(what, "", ["sync".to_owned()]),
        StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            Advice::typed(what, "make room on that file system, then", again)
        }
        _ => Advice::typed(what, "put right what the message names, then", again),
    }
}

/// Explains an error of a service; what to type depends on the state, which follows.
pub fn service(error: &ServiceError, invocation: &Invocation) -> Advice {
    let what = one_line(&chain(error)).into_owned();
    let again = [invocation.again().to_string()];
    match error {
        ServiceError::UnitNotFound { .. } => {
            Advice::say(what, "name the unit that serves the file with --service UNIT (systemctl list-units 'pki-*')")
        }
        ServiceError::UnitMasked { unit } => {
            Advice::typed(what, "if it is to run again:", [systemctl("unmask", unit)].into_iter().chain(again))
        }
        ServiceError::UnitBroken { unit } => Advice::typed(what, "", [systemctl("status", unit)]),
        ServiceError::UnitUnsettled { unit, .. } => {
            Advice::typed(what, "stop it, then", [systemctl("stop", unit)].into_iter().chain(again))
        }
        ServiceError::PermissionDenied { .. } => as_root(what, invocation),
        ServiceError::Interrupted { .. } => Advice::typed(what, "to do it after all:", again),
        _ => Advice::say(what, ""),
    }
}

/// Explains why there is no such instance, or none that a file is of.
pub fn not_found(error: &NotFoundError, invocation: &Invocation) -> Advice {
    let what = one_line(&chain(error)).into_owned();
    match error {
        NotFoundError::PermissionDenied { .. } => as_root(what, invocation),
        NotFoundError::NoInstance { .. } => Advice::typed(
            what,
            "see which instances are here; or name the file itself:",
            [invocation.on_this_host("status").to_string()],
        ),
        NotFoundError::LinkLeavesInstance { .. } | NotFoundError::SharedByInstances { .. } => {
            Advice::say(what, "look who made the link; name the file by its own path if it is meant")
        }
        _ => Advice::say(what, "name the file itself"),
    }
}

fn as_root(what: String, invocation: &Invocation) -> Advice {
    Advice::typed(what, "run it as root:", [format!("sudo {}", invocation.again())])
}

/// An error with its causes, as one text.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
