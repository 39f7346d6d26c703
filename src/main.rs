//! The program: parse the arguments, run, exit.

use std::process::ExitCode;

use pki_role::cli::Cli;
use pki_role::commands;

fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    ExitCode::from(match Cli::parse_arguments() {
        Ok(cli) => commands::run(&cli, typed),
        Err(error) => commands::usage(error, &typed),
    })
}
