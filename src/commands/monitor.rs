//! `monitor`: one line and an exit code for Nagios, Icinga, Checkmk.

use std::time::Duration;

use super::context::Context;
use super::look::{Looking, observe};
use super::status::paths_of;
use crate::cli::MonitorArgs;
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
    let patience = Duration::from_secs(args.timeout);
    let mut looking = Looking::asking(context, args.asking.systemctl.as_ref(), patience);
    let (paths, mut failures) = match paths_of(&[], &args.instance, &looking.roots) {
        Ok(paths) => (paths, Vec::new()),
        Err(failure) => (Vec::new(), vec![failure]),
    };
    let thresholds = Thresholds { warning: args.crl_warning, critical: args.crl_critical };
    let mut servers = Vec::new();
    for path in paths {
        let observation = match observe(&path, &mut looking) {
            Ok(observation) => observation,
            Err(failure) => {
                failures.push(failure.about(&path));
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
