//! What a change may do to the service of its file, and where its backup goes, from the arguments.

use super::context::Context;
use super::place::Place;
use crate::cli::ChangeArgs;
use crate::convert::{BackupPlace, Failure, Obstacle, Readiness, ServiceMode, UnitJob};
use crate::cs_cfg::CsCfg;
use crate::host::services::{Services, asks_for_passwords, is_unit_name};
use crate::host::small_file::is_directory;
use crate::host::store::Snapshot;
use crate::host::systemctl::Systemctl;
use crate::pki::Server;

/// The unit that uses the file, if any: the named one; else that of the instance it lies in.
pub fn unit_job(
    args: &ChangeArgs,
    context: &Context<'_>,
    place: &Place,
    snapshot: &Snapshot,
    server: Option<&Server>,
    systemctl: &mut Systemctl<'_>,
) -> Result<Option<UnitJob>, Failure> {
    let options = &args.service;
    let is_reachable = context.reaches_services(options.systemctl.as_ref());
    if options.service.is_some() && !is_reachable {
        return Err(Failure::refused(Obstacle::WhichSystemctl));
    }
    let name = match (&options.service, &place.instance) {
        _ if !is_reachable => return Ok(None),
        (Some(named), Some(instance)) => {
            // The unit that serves the file must not run beside another one that was named.
            let others = instance.units().into_iter().filter(|unit| !same_unit(unit, named));
            for serving in others {
                if systemctl.unit_now(&serving).is_ok_and(|state| !state.active.is_down()) {
                    return Err(Failure::refused(Obstacle::OtherService { named: named.clone(), serving }));
                }
            }
            named.clone()
        }
        (Some(named), None) => named.clone(),
        (None, Some(instance)) => instance.serving_unit(systemctl),
        // Dogtag 9's layout: the file alone knows the unit.
        (None, None) => {
            let Some(instance) = &args.target.instance else { return Ok(None) };
            let which_unit = || Failure::refused(Obstacle::WhichUnit { instance: instance.clone() });
            unit_named_by(snapshot).ok_or_else(which_unit)?
        }
    };
    Ok(Some(UnitJob {
        cannot_ask_for_passwords: asks_for_passwords(&name) && systemctl.terminal.is_none(),
        mode: match (options.no_service, options.allow_running) {
            (false, _) => ServiceMode::Manage,
            (true, false) => ServiceMode::LeaveStopped,
            (true, true) => ServiceMode::LeaveRunning,
        },
        systemctl_was_named: options.systemctl.is_some(),
        readiness: match server {
            Some(server) => place.readiness(server),
            None => Readiness::Unknown("the file does not say which subsystem it is".to_owned()),
        },
        name,
    }))
}

/// Where the backup goes.
pub fn backup_place(args: &ChangeArgs) -> Result<BackupPlace, Failure> {
    match &args.backup_dir {
        Some(directory) if !is_directory(directory) => {
            Err(Failure::refused(Obstacle::BackupDir { path: directory.clone() }))
        }
        Some(directory) => Ok(BackupPlace::Into(directory.clone())),
        None if args.no_backup => Ok(BackupPlace::None),
        None => Ok(BackupPlace::Beside),
    }
}

fn same_unit(one: &str, other: &str) -> bool {
    one.trim_end_matches(".service") == other.trim_end_matches(".service")
}

/// The unit that a file of Dogtag 9 names. The server's account can write the file: it must not name
/// root just any unit.
fn unit_named_by(snapshot: &Snapshot) -> Option<String> {
    let named = CsCfg::parse(&snapshot.bytes).get(b"pkicreate.systemd.servicename")?.into_owned();
    let named = String::from_utf8_lossy(&named).trim().to_owned();
    Some(named).filter(|named| is_unit_name(named) && named.starts_with("pki-"))
}
