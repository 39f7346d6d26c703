//! The commands that look at servers, and what is printed of the program itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::asking::AskingArgs;
use super::common::{Output, RootArgs};
use crate::pki::FindingCode;

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// CS.cfg files to look at
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// An instance on this host, with all its subsystems (repeatable)
    #[arg(short, long, value_name = "NAME")]
    pub instance: Vec<String>,
    /// How to report
    #[arg(long, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    pub output: Output,
    /// Show every parameter of the role
    #[arg(short, long)]
    pub verbose: bool,
    /// Do not ask running servers for their CRLs, caches and security domain
    #[arg(long)]
    pub no_live: bool,
    #[command(flatten)]
    pub asking: AskingArgs,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// CS.cfg files of one topology, or saved outputs of `status --output json`; - reads standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t = CheckOutput::Text, value_name = "FORMAT")]
    pub output: CheckOutput,
    /// Count a problem as a warning (repeatable)
    #[arg(long, value_name = "CODE", value_parser = finding_code)]
    pub accept: Vec<FindingCode>,
    /// Print nothing where the topology is right
    #[arg(short, long)]
    pub quiet: bool,
    #[command(flatten)]
    pub root: RootArgs,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// CS.cfg files of one topology, or saved outputs of `status --output json`; - reads standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The server that is to be the master: a host, or INSTANCE@HOST where the host has several
    #[arg(long, value_name = "HOST")]
    pub new_master: Option<String>,
    /// Plan for the OCSP responders, not for the CAs
    #[arg(long)]
    pub ocsp: bool,
    /// A host that is dead: nothing is to be typed on it now (repeatable)
    #[arg(long, value_name = "HOST")]
    pub dead: Vec<String>,
    /// The publishing settings move with the CA's role
    #[arg(long, conflicts_with = "without_publishing")]
    pub with_publishing: bool,
    /// The publishing settings stay where they are
    #[arg(long)]
    pub without_publishing: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    pub output: Output,
    #[command(flatten)]
    pub root: RootArgs,
}

/// `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// What to print
    #[arg(value_enum, value_name = "WHAT")]
    pub what: Generated,
    /// With man: write every page into this directory, each to a file of its name
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// What can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    /// The man page pki-role(8); with --out all of them.
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for zsh.
    Zsh,
    /// Completions for fish.
    Fish,
    /// The JSON Schema of what is printed as JSON.
    Schema,
    /// The reference of the documentation, in Markdown.
    #[value(hide = true)]
    Reference,
}

/// How to report on a topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckOutput {
    /// Sentences and tables.
    Text,
    /// One JSON object.
    Json,
    /// The topology as a picture, in the language of mermaid.
    Mermaid,
}

fn finding_code(code: &str) -> Result<FindingCode, String> {
    code.parse().map_err(|_| "not the code of a finding".to_owned())
}
