//! `status`: what each server is. It looks and reports, and touches nothing.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexSet;

use super::context::Context;
use super::look::{Looking, observe};
use crate::cli::StatusArgs;
use crate::convert::{Failure, Obstacle};
use crate::host::roots::{NotFoundError, Roots};
use crate::text::{Console, failed, statuses};

/// How long all questions to systemd and to the servers may take together.
const QUESTIONS: Duration = Duration::from_secs(20);

/// Reports each file: exit code 0, or 3 where one of them could not be looked at.
pub fn run(args: &StatusArgs, context: &Context<'_>, console: &Console) -> u8 {
    let invocation = context.invocation("status");
    let mut looking = Looking::asking(context, args.asking.systemctl.as_ref(), QUESTIONS);
    looking.patience = looking.patience.filter(|_| !args.no_live);
    let paths = match paths_of(&args.files, &args.instance, &looking.roots) {
        Ok(paths) => paths,
        Err(failure) => return failed(&failure, &invocation, console),
    };
    let looked_at: Vec<_> =
        paths.iter().map(|path| observe(path, &mut looking).map_err(|failure| failure.about(path))).collect();
    statuses(&looked_at, context.now, &invocation, console);
    looked_at
        .iter()
        .filter_map(|result| result.as_ref().err())
        .map(|failure| failure.ending.exit_code())
        .max()
        .unwrap_or(0)
}

/// The files that are named, those of the instances that are named; without a name all of this host.
///
/// # Errors
/// [`Failure`] where there is none, or it may not be looked at.
pub fn paths_of(files: &[PathBuf], instances: &[String], roots: &Roots) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = files.to_vec();
    for name in instances.iter().collect::<IndexSet<_>>() {
        paths.extend(roots.all_of(name).map_err(Failure::refused)?);
    }
    if files.is_empty() && instances.is_empty() {
        let all = roots.all();
        if let Some(path) = all.denied.first().filter(|_| all.files.is_empty()) {
            return Err(Failure::refused(NotFoundError::PermissionDenied { path: path.clone() }));
        }
        if all.files.is_empty() {
            let looked_in = ["/etc/pki", "/var/lib/pki"].map(|top| roots.path(top).display().to_string());
            return Err(Failure::refused(Obstacle::NoInstanceHere { looked_in: looked_in.to_vec() }));
        }
        paths = all.files;
    }
    Ok(paths)
}
