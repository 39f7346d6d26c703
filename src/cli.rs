//! The command line, as clap derives it. Nothing is decided here; the man pages and the completions
//! are made of the same text.
#![allow(missing_docs, reason = "a comment on arguments that are flattened would become help")]

mod asking;
mod change;
mod common;
mod deferred;
mod exit_codes;
mod looking;
pub mod manual;

use std::path::Path;

pub use asking::{AgentArgs, AskingArgs, IssueCrl, MonitorArgs};
pub use change::{
    ChangeArgs, ChangeCommand, DemoteCa, DemoteOcsp, PromoteCa, PromoteOcsp, RedirectCa, RedirectPublisher, Restore,
    ServiceArgs, SubsystemArg,
};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
pub use common::{Output, RootArgs, TargetArgs};
pub use deferred::Deferred;
pub use exit_codes::{ExitCode, exit_codes};
pub use looking::{CheckArgs, CheckOutput, GenerateArgs, Generated, PlanArgs, StatusArgs};

/// Convert Dogtag PKI (RHCS, FreeIPA) CAs and OCSP responders between master and clone.
///
/// Exactly one CA of a topology may generate CRLs, and exactly one OCSP responder may receive them.
/// When the master is lost, serviced or moved, demote the old one first, then promote a clone:
///
///   pki-role demote-ca -i pki-tomcat --new-master ca2.example.com:8443
///   pki-role promote-ca -i pki-tomcat --from ca1.export
#[derive(Debug, Parser)]
#[command(name = "pki-role", version, max_term_width = 100, verbatim_doc_comment)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub root: RootArgs,
}

impl Cli {
    /// Reads the arguments. The help is put together only where somebody asks for it: it would be a tenth
    /// of what a conversion costs.
    ///
    /// # Errors
    /// What clap has to say, help and version among it.
    pub fn parse_arguments() -> Result<Cli, clap::Error> {
        Cli::try_parse().map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp => Cli::with_help().try_get_matches().err().unwrap_or(error),
            _ => error,
        })
    }

    /// The command line with the arguments of every command, `help` among them.
    pub fn built() -> clap::Command {
        let mut cli = Cli::command();
        cli.build();
        cli
    }

    /// The command line with all that `--help` says.
    pub fn with_help() -> clap::Command {
        Cli::command().mut_subcommands(manual::document).after_long_help(manual::after_help("pki-role"))
    }

    /// Where this host's files are: as the command says, else as it is said before the command.
    pub fn root(&self) -> &Path {
        let own = match &self.command {
            Command::Change(command) => Some(&command.args().service.root),
            Command::ExportCa(args) => Some(&args.asking.root),
            Command::IssueCrl(args) => Some(&args.asking.root),
            Command::Status(args) => Some(&args.asking.root),
            Command::Check(args) => Some(&args.root),
            Command::Plan(args) => Some(&args.root),
            Command::Monitor(args) => Some(&args.asking.root),
            Command::Generate(_) => None,
        };
        let root = own.and_then(|own| own.root.as_deref()).or(self.root.root.as_deref());
        root.unwrap_or(Path::new("/"))
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A command that changes a file.
    #[command(flatten)]
    Change(ChangeCommand),
    /// Print what promote-ca --from needs, for another host
    ExportCa(Deferred<ExportCa>),
    /// Have CRLs issued now, and verify them by their numbers
    IssueCrl(Deferred<IssueCrl>),
    /// Show the role of each server on this host, or of files
    Status(Deferred<StatusArgs>),
    /// Judge a topology: exactly one master of each kind
    Check(Deferred<CheckArgs>),
    /// Print the ordered steps of a move or a repair
    Plan(Deferred<PlanArgs>),
    /// Print one line for Nagios, Icinga or Checkmk
    Monitor(Deferred<MonitorArgs>),
    /// Print man pages, shell completions or the JSON Schema
    Generate(Deferred<GenerateArgs>),
}

/// `export-ca`.
#[derive(Debug, Args)]
pub struct ExportCa {
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub asking: AskingArgs,
}
