//! What each command does: validated arguments in, an exit code out.

mod change;
mod generate;
mod inspect;

use crate::cli::{Cli, Command};
use crate::report::Console;

/// Runs a command, tells what came of it, and gives the exit code.
pub fn run(cli: &Cli, console: &Console) -> u8 {
    match &cli.command {
        Command::Status(args) => inspect::status(cli, args, console),
        Command::Check(args) => inspect::check(args, console),
        Command::Generate(args) => generate::run(args.what, console),
        Command::Change(command) => change::run(&cli.root, command, console),
    }
}
