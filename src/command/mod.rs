//! What each command does: validated arguments in, an exit code out.

mod change;
mod generate;
mod inspect;

use std::path::{Path, PathBuf};

use crate::cli::{Cli, Command};
use crate::report::Console;

/// Runs a command, tells what came of it, and gives the exit code.
pub fn run(cli: &Cli, console: &Console) -> u8 {
    let (code, only_tells) = match &cli.command {
        Command::Status(args) => (inspect::status(cli, args, console), true),
        Command::Check(args) => (inspect::check(args, console), true),
        Command::Generate(args) => (generate::run(args.what, console), true),
        Command::Change(command) => {
            let (_, change) = command.common();
            (change::run(&cli.root, command, console), change.dry_run || change.check)
        }
    };
    console.exit_code(code, only_tells)
}

/// The systemctl to call.
fn systemctl_of(named: Option<&PathBuf>) -> PathBuf {
    named.cloned().unwrap_or_else(|| PathBuf::from("systemctl"))
}

/// Below another root this host's own systemctl would stop this host's own server: there only a
/// named one is called.
fn reaches_services(root: &Path, named: Option<&PathBuf>) -> bool {
    named.is_some() || root == Path::new("/")
}
