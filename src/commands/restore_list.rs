//! `restore --list`, and a restore that names no backup: the backups beside the file.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::context::Context;
use super::place::find_target;
use crate::cli::Restore;
use crate::convert::{Failure, Obstacle};
use crate::cs_cfg::CsCfg;
use crate::host::roots::{NotFoundError, Roots};
use crate::host::store::{Os, StoreError, Target};
use crate::pki::{Server, Surroundings};
use crate::text::backups::{self, Backup};
use crate::text::{Console, Invocation, failed};

/// Lists the backups: exit code 0 where the list was asked for, else 2.
pub fn run(args: &Restore, context: &Context<'_>, mut invocation: Invocation, console: &Console) -> u8 {
    match look(args, context, &mut invocation) {
        Ok((folder, names)) if args.list => {
            let backups: Vec<Backup> = names.iter().map(|name| backup(folder.join(name))).collect();
            backups::listed(&backups, console);
            0
        }
        Ok((folder, names)) => {
            let paths = names.iter().map(|name| folder.join(name)).collect();
            failed(&Failure::refused(Obstacle::NoBackupNamed { backups: paths }), &invocation, console);
            2
        }
        Err(failure) => failed(&failure, &invocation, console),
    }
}

/// A backup, with the role that it would give back.
fn backup(path: PathBuf) -> Backup {
    let snapshot = Target::open(&Os, &path).and_then(|target| target.read()).ok();
    let server = snapshot.and_then(|file| Server::of(&CsCfg::parse(&file.bytes), &Surroundings::default()).ok());
    let whole = server.filter(|server| !server.completeness.is_incomplete());
    Backup { role: whole.map(|server| server.role()), path }
}

/// The folder of the file, and the backups in it. The file itself may be lost.
fn look(args: &Restore, context: &Context<'_>, invocation: &mut Invocation) -> Result<(PathBuf, Vec<String>), Failure> {
    let roots = Roots::below(context.root);
    let subsystem = args.subsystem.map(Into::into);
    let path = find_target(&args.change.target, subsystem, &roots)?;
    invocation.config.clone_from(&path);
    invocation.subsystem = subsystem;
    let resolved = roots.resolve(&path);
    let folder = resolved.parent().unwrap_or(&resolved).to_owned();
    let names = roots.backups_of(&resolved).map_err(|source| {
        let path = folder.clone();
        match source.kind() {
            ErrorKind::PermissionDenied => Failure::refused(NotFoundError::PermissionDenied { path }),
            ErrorKind::NotFound => Failure::refused(StoreError::NotFound { path }),
            _ => Failure::refused(StoreError::Unreadable { path, source }),
        }
    })?;
    Ok((folder, names))
}
