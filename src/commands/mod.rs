//! What each command does: parsed arguments in, an exit code out.

mod change;
mod check;
mod completion;
mod context;
mod conversion;
mod export;
mod generate;
mod ipa_side;
mod issue_crl;
mod live_side;
mod look;
mod man;
mod monitor;
mod option;
mod place;
mod plan;
mod reference;
mod restore_list;
mod service_side;
mod status;
mod usage;

use clap::CommandFactory;
use clap::error::ErrorKind;

use self::context::Context;
pub use self::usage::usage;
use crate::cli::{Cli, Command};
use crate::convert::Ending;
use crate::host::clock;
use crate::text::{Console, Manner};

/// Runs a command, and gives the exit code.
pub fn run(cli: &Cli, typed: Vec<String>) -> u8 {
    let console = Console::new(manner(&cli.command));
    let context = Context { root: cli.root(), typed, now: clock::now() };
    let (code, only_reports) = match &cli.command {
        Command::Status(args) => (status::run(args, &context, &console), true),
        Command::Check(args) => (check::run(args, &context, &console), true),
        Command::Plan(args) => (plan::run(args, &context, &console), true),
        Command::ExportCa(args) => (export::run(args, &context, &console), true),
        Command::IssueCrl(args) => (issue_crl::run(args, &context, &console), false),
        Command::Monitor(args) => return monitor::run(args, &context, &console),
        Command::Generate(_) if cli.root.root.is_some() => {
            let text = "the argument '--root <DIR>' cannot be used with 'generate'";
            return usage(Cli::command().error(ErrorKind::ArgumentConflict, text), &context.typed);
        }
        Command::Generate(args) => (generate::run(args, &context, &console), true),
        Command::Change(command) => {
            let args = command.args();
            (change::run(command, &context, &console), args.dry_run || args.check)
        }
    };
    // A change is as it is: its code says the state. A command that only had to report has failed.
    match console.lost() {
        Some(error) => {
            console.error(&format!("pki-role: standard output cannot be written: {error}\n"));
            if only_reports && code == 0 { Ending::Restored.exit_code() } else { code }
        }
        None => code,
    }
}

fn manner(command: &Command) -> Manner {
    use crate::cli::{CheckOutput, Output};
    match command {
        Command::Change(change) => {
            let args = change.args();
            Manner { json: args.output == Output::Json, quiet: args.quiet, verbose: args.verbose }
        }
        Command::Status(args) => Manner { json: args.output == Output::Json, quiet: false, verbose: args.verbose },
        Command::Check(args) => Manner { json: args.output == CheckOutput::Json, quiet: args.quiet, verbose: false },
        Command::IssueCrl(args) => Manner { json: args.output == Output::Json, quiet: false, verbose: false },
        Command::Plan(args) => Manner { json: args.output == Output::Json, ..Manner::default() },
        Command::ExportCa(_) | Command::Monitor(_) | Command::Generate(_) => Manner::default(),
    }
}
