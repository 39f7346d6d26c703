//! The program: parse the arguments, run, exit.

use std::process::ExitCode;

use clap::Parser;
use pki_role::cli::Cli;
use pki_role::commands;

fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    ExitCode::from(match Cli::try_parse() {
        Ok(cli) => commands::run(&cli, typed),
        Err(error) => commands::usage(error, &typed),
    })
}
