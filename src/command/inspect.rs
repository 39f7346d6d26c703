//! `status` and `check`: they look and tell, and touch nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use crate::cli::{CheckArgs, Cli, StatusArgs};
use crate::convert::{read_only, refused_by_role};
use crate::cs_cfg::CsCfg;
use crate::error::Failure;
use crate::freeipa;
use crate::instance::Roots;
use crate::report::Console;
use crate::role::{File, Refusal, Subsystem, unknown};
use crate::service::{Services, Systemctl};
use crate::signals::Signals;
use crate::status::{ServiceState, Status};
use crate::store::disk::Os;
use crate::topology;

/// Why there is nothing to tell.
#[derive(Debug, Error)]
enum Nothing {
    #[error("no instance on this host: no CS.cfg below {0}")]
    NoInstance(String),
    #[error("{path} is neither a CS.cfg nor a whole output of `pki-role status --output json`: {why}", path = path.display())]
    NoStatus { path: PathBuf, why: String },
}

/// Tells the role of each file: exit code 0, or 3 when one of them is no CS.cfg.
pub fn status(cli: &Cli, args: &StatusArgs, console: &Console) -> u8 {
    let roots = Roots::below(&cli.root);
    let paths = match paths_of(args, &roots) {
        Ok(paths) => paths,
        Err(failure) => return console.failure(&failure),
    };
    let is_reachable = super::reaches_services(&cli.root, args.systemctl.as_ref());
    let signals = Signals::default();
    let mut systemctl = Systemctl {
        program: super::systemctl_of(args.systemctl.as_ref()),
        timeout: Duration::from_secs(10),
        settle: Duration::ZERO,
        signals: &signals,
        watch: &|_, _| {},
    };
    let told: Vec<Result<Status, Failure>> =
        paths.iter().map(|path| status_of(path, &roots, is_reachable.then_some(&mut systemctl))).collect();
    console.statuses(&told)
}

/// Judges a topology: exit code 0 or 1, or 3 when a file is neither a CS.cfg nor a saved status.
pub fn check(args: &CheckArgs, console: &Console) -> u8 {
    let mut files = Vec::new();
    for path in &args.files {
        match saved_or_read(path) {
            Ok(told) => files.extend(told),
            Err(failure) => return console.failure(&failure),
        }
    }
    console.verdict(&topology::check(files))
}

fn paths_of(args: &StatusArgs, roots: &Roots) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = args.files.clone();
    for name in &args.instance {
        let found =
            roots.all_of(name).map_err(|error| Failure::refused(error, "no-instance", "name the file itself"))?;
        paths.extend(found);
    }
    if args.files.is_empty() && args.instance.is_empty() {
        paths = roots.all();
        if paths.is_empty() {
            let nothing = Nothing::NoInstance(roots.path("/etc/pki").display().to_string());
            return Err(Failure::refused(nothing, "no-instance", "name a file: pki-role status FILE"));
        }
    }
    Ok(paths)
}

fn status_of(path: &Path, roots: &Roots, systemctl: Option<&mut Systemctl<'_>>) -> Result<Status, Failure> {
    let snapshot = read_only(&Os, path)?;
    let cfg = CsCfg::parse(&snapshot.bytes);
    let mut status = describe(&cfg, path)?;
    let resolved = roots.resolve(path);
    if let Some(instance) = roots.instance_of(path, &resolved) {
        status.instance = Some(instance.name.clone());
        status.service = systemctl.map(|systemctl| {
            let unit = super::change::serving_unit(&instance, systemctl);
            let active = systemctl.is_active(&unit).ok();
            ServiceState { unit, active }
        });
        if Subsystem::of(&cfg) == Some(Subsystem::Ca) {
            status.freeipa = freeipa::look(&roots.path(freeipa::PROXY), &status);
        }
    }
    status.backups = roots.backups_of(&resolved);
    Ok(status)
}

fn describe(cfg: &CsCfg<'_>, path: &Path) -> Result<Status, Failure> {
    if cfg.is_empty() {
        return Err(in_file(path, refused_by_role(Refusal::NotACsCfg { file: File::Target })));
    }
    let status = Status::of(cfg, &path.display().to_string());
    status.ok_or_else(|| in_file(path, refused_by_role(unknown(cfg, File::Target))))
}

fn in_file(path: &Path, failure: Failure) -> Failure {
    Failure { what: failure.what.context(path.display().to_string()), ..failure }
}

/// What `status --output json` prints.
#[derive(Deserialize)]
struct Saved {
    files: Vec<Status>,
    /// Files of which nothing could be told.
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

/// A saved status begins with a brace, which no CS.cfg does.
fn saved_or_read(path: &Path) -> Result<Vec<Status>, Failure> {
    let snapshot = read_only(&Os, path)?;
    if snapshot.bytes.trim_ascii_start().starts_with(b"{") {
        let saved: Result<Saved, _> = serde_json::from_slice(&snapshot.bytes);
        let whole = saved.map_err(|error| error.to_string()).and_then(|saved| match saved.errors.first() {
            Some(error) => Err(format!("it could not tell of every file: {}", error["message"])),
            None => Ok(saved.files),
        });
        return whole.map_err(|why| {
            let nothing = Nothing::NoStatus { path: path.to_owned(), why };
            Failure::refused(nothing, "no-status", "save it again: pki-role status --output json > FILE")
        });
    }
    Ok(vec![describe(&CsCfg::parse(&snapshot.bytes), path)?])
}
