//! The program: parse the arguments, run, exit.

use std::process::ExitCode;

use clap::Parser;
use pki_role::cli::Cli;
use pki_role::{command, report::Console};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (output, quiet) = cli.command.reporting();
    ExitCode::from(command::run(&cli, &Console::new(output, quiet)))
}
