//! The program: parse the arguments, run, exit.

use std::process::ExitCode;

use clap::Parser;
use pki_role::cli::Cli;
use pki_role::{command, report::Console};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (_, change) = cli.command.change();
    ExitCode::from(command::run(&cli, &Console::new(change.output, change.quiet)))
}
