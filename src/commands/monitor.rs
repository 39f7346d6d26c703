//! `monitor`: one line and an exit code for Nagios, Icinga, Checkmk.

use std::time::Duration;

use super::context::{Context, systemctl_of};
use super::look::{Looking, observe};
use super::status::paths_of;
use crate::cli::MonitorArgs;
use crate::host::deadline::Deadline;
use crate::host::roots::Roots;
use crate::host::run_note::RunNotes;
use crate::host::systemctl::Systemctl;
use crate::pki::{Thresholds, alarms};
use crate::text::{Console, Monitored, monitored, not_monitored};

/// Exit code 0 OK, 1 warning, 2 critical, 3 unknown, as monitoring plugins have it.
pub fn run(args: &MonitorArgs, context: &Context<'_>, console: &Console) -> u8 {
    let invocation = context.invocation("monitor");
    let mut subsystems: Vec<_> = args.expect.iter().map(|expected| expected.subsystem).collect();
    subsystems.sort();
    subsystems.dedup();
    if subsystems.len() < args.expect.len() {
        return not_monitored("--expect names a subsystem twice", console);
    }
    let roots = Roots::below(context.root);
    let (paths, mut failures) = match paths_of(&[], &args.instance, &roots) {
        Ok(paths) => (paths, Vec::new()),
        Err(failure) => (Vec::new(), vec![failure]),
    };
    let received = || None;
    let mut systemctl = Systemctl::new(&systemctl_of(args.asking.systemctl.as_ref()), &received);
    let patience = Duration::from_secs(args.timeout);
    systemctl.questions = Deadline::after(patience);
    systemctl.timeout = patience;
    let notes = RunNotes::below(context.root);
    let is_reachable = context.reaches_services(args.asking.systemctl.as_ref());
    let systemctl = is_reachable.then_some(&mut systemctl);
    let mut looking = Looking { roots: &roots, notes: &notes, systemctl, patience: Some(patience) };
    let thresholds = Thresholds { warning: args.crl_warning, critical: args.crl_critical };
    let mut servers = Vec::new();
    for path in paths {
        let observation = match observe(&path, &mut looking) {
            Ok(observation) => observation,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        let subsystem = observation.server.subsystem();
        let Some(expected) = args.expect.iter().find(|expected| expected.subsystem == subsystem) else { continue };
        let alarms = alarms(&observation, expected.role, thresholds, context.now);
        servers.push((observation, alarms));
    }
    let all = Monitored { expected: args.expect.clone(), thresholds, servers, failures, now: context.now };
    monitored(&all, &invocation, console)
}
