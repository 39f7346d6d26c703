//! The command line, as clap derives it. Nothing is decided here; the man page and the completions
//! are made of the same text.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::instance::is_unit_name;
use crate::role::HostPort;

/// Converts Dogtag PKI (RHCS, FreeIPA) CAs and OCSP responders between master and clone.
///
/// Exactly one CA of a topology may generate CRLs, and exactly one OCSP responder may receive
/// them. When the master is lost, serviced or moved, demote the old one first, then promote a
/// clone:
///
///   pki-role demote-ca --instance pki-tomcat --new-master HOST:PORT
///   pki-role promote-ca --instance pki-tomcat --from old-master.CS.cfg
#[derive(Debug, Parser)]
#[command(name = "pki-role", version, max_term_width = 100, disable_help_subcommand = true, verbatim_doc_comment)]
#[command(
    after_help = "Exit codes: 0 done or already so; 1 --check: would change, check: the topology is wrong; 2 usage;
3 refused, nothing touched; 4 failed, everything as it was; 5 failed, something is changed or down; 128+n signal n, after tidying up."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Where this host's /etc/pki and /var/lib/pki are, for an image that is not running
    #[arg(long, global = true, value_name = "DIR", default_value = "/")]
    pub root: PathBuf,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A command that changes a file.
    #[command(flatten)]
    Change(ChangeCommand),
    /// Tell the role of each CS.cfg, key by key; without an argument of every instance on this host
    Status(StatusArgs),
    /// Judge a whole topology: exactly one CA master, one OCSP master, redirects that agree
    Check(CheckArgs),
    /// Print the man page, or a shell's completions
    Generate(GenerateArgs),
}

/// A command that changes a file.
#[derive(Debug, Subcommand)]
pub enum ChangeCommand {
    /// Make a CA master a clone: it stops generating CRLs and sends CRL requests to the new master
    DemoteCa(DemoteCa),
    /// Make a CA clone the master: it takes over the former master's CRL settings
    PromoteCa(PromoteCa),
    /// Make an OCSP master a clone: it reads the replicated store anew at an interval
    DemoteOcsp(DemoteOcsp),
    /// Make an OCSP clone the master: it receives the CRLs itself
    PromoteOcsp(PromoteOcsp),
    /// Send a clone's CRL requests to another master; refused on anything but a clone
    RedirectCa(RedirectCa),
    /// Put the role's keys back as they are in a backup; everything else in the file stays
    Restore(Restore),
}

/// `demote-ca`.
#[derive(Debug, Args)]
pub struct DemoteCa {
    /// The new master's host and agent port
    #[arg(long, value_name = "HOST:PORT")]
    pub new_master: HostPort,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub change: Change,
}

/// `promote-ca`.
#[derive(Debug, Args)]
pub struct PromoteCa {
    /// The former master's CS.cfg, or a backup of it; it is only read
    #[arg(long, value_name = "OLD.cfg")]
    pub from: PathBuf,
    /// Seconds between two runs of the certificate status update task
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=2_147_483_647))]
    pub cert_status_update_interval: u32,
    /// Copy the former master's ca.publish.* settings too, in place of this CA's
    #[arg(long)]
    pub with_publishing: bool,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub change: Change,
}

/// `demote-ocsp`.
#[derive(Debug, Args)]
pub struct DemoteOcsp {
    /// Refresh interval of the clone: 21600 (the book) or 14400 (the installer)
    #[arg(long, value_name = "SECONDS", default_value_t = 21600, allow_negative_numbers = true)]
    pub refresh_in_sec: i32,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub change: Change,
}

/// `promote-ocsp`.
#[derive(Debug, Args)]
pub struct PromoteOcsp {
    /// Refresh interval to set; without it the key is deleted. 0 and the numbers that mark a clone are refused
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub refresh_in_sec: Option<i32>,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub change: Change,
}

/// `redirect-ca`.
#[derive(Debug, Args)]
pub struct RedirectCa {
    /// The new master's host and agent port
    #[arg(long, value_name = "HOST:PORT")]
    pub new_master: HostPort,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub change: Change,
}

/// `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup: a CS.cfg of the same subsystem
    #[arg(long, value_name = "BACKUP")]
    pub from: PathBuf,
    /// Put the ca.publish.* settings back too, as after a promotion with the same option
    #[arg(long)]
    pub with_publishing: bool,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub change: Change,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// CS.cfg files to look at
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// An instance on this host, with all its subsystems
    #[arg(long, value_name = "NAME")]
    pub instance: Vec<String>,
    /// How to report
    #[arg(long, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    pub output: Output,
    /// The systemctl to call, `systemctl` by default; below another --root services are touched only with it
    #[arg(long, value_name = "PATH")]
    pub systemctl: Option<PathBuf>,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// CS.cfg files of one topology, copied from their hosts, or outputs of `status --output json`
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    pub output: Output,
    /// Only the exit code
    #[arg(short, long)]
    pub quiet: bool,
}

/// `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// What to print
    #[arg(value_enum, value_name = "WHAT")]
    pub what: Generated,
}

/// What can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    /// The man page pki-role(8).
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for zsh.
    Zsh,
    /// Completions for fish.
    Fish,
}

/// The options of every command that changes a file.
#[derive(Debug, Args)]
pub struct Change {
    #[allow(missing_docs)]
    #[command(flatten)]
    pub target: TargetArgs,
    /// Its subsystem, where the command does not say it
    #[arg(
        long,
        value_enum,
        requires = "instance",
        conflicts_with = "to",
        value_name = "NAME",
        help_heading = "Target"
    )]
    pub subsystem: Option<SubsystemArg>,
    /// Show the diff and the steps that would be taken; touch nothing
    #[arg(long, conflicts_with = "check", help_heading = "Changes")]
    pub dry_run: bool,
    /// Only tell, in one line, whether something would change: exit code 1 if so
    #[arg(long, help_heading = "Changes")]
    pub check: bool,
    /// Show the diff while applying it
    #[arg(long, help_heading = "Changes")]
    pub diff: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t = Output::Text, value_name = "FORMAT", help_heading = "Changes")]
    pub output: Output,
    /// No words but errors; data (diffs, JSON) is still printed
    #[arg(short, long, help_heading = "Changes")]
    pub quiet: bool,
    #[allow(missing_docs)]
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Put the backup into this directory, not beside the file
    #[arg(long, value_name = "DIR", conflicts_with = "no_backup", help_heading = "Backup")]
    pub backup_dir: Option<PathBuf>,
    /// Make no backup
    #[arg(long, help_heading = "Backup")]
    pub no_backup: bool,
}

/// The file to convert.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct TargetArgs {
    /// The CS.cfg to convert
    #[arg(long, visible_alias = "config", value_name = "FILE", help_heading = "Target")]
    pub to: Option<PathBuf>,
    /// The instance on this host whose CS.cfg to convert
    #[arg(long, value_name = "NAME", help_heading = "Target")]
    pub instance: Option<String>,
}

/// What to do with the service.
#[derive(Debug, Args)]
#[command(next_help_heading = "Service")]
pub struct ServiceArgs {
    /// The unit to stop and start; by default the one of the instance that the file belongs to
    #[arg(long, value_name = "UNIT", conflicts_with = "no_service", value_parser = unit_name)]
    pub service: Option<String>,
    /// Touch no service; refused where the file's unit is active
    #[arg(long)]
    pub no_service: bool,
    /// Do not start the service afterwards
    #[arg(long)]
    pub no_start: bool,
    /// With --no-service: edit although the unit is active
    #[arg(long, requires = "no_service")]
    pub allow_running: bool,
    /// How long a stop, a start, or the wait for an answer may last
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// How long CS.cfg must have been left alone after a start before the role is looked at once more
    #[arg(long, value_name = "SECONDS", default_value_t = 4, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub settle: u64,
    /// Put the role's keys back when the service does not come up with the new ones
    #[arg(long)]
    pub rollback: bool,
    /// The systemctl to call, `systemctl` by default; below another --root services are touched only with it
    #[arg(long, value_name = "PATH")]
    pub systemctl: Option<PathBuf>,
}

fn unit_name(name: &str) -> Result<String, &'static str> {
    if is_unit_name(name) { Ok(name.to_owned()) } else { Err("it is no unit's name") }
}

/// A subsystem that has roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SubsystemArg {
    /// Certificate authority.
    Ca,
    /// OCSP responder.
    Ocsp,
}

/// How to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Words, tables, diffs.
    Text,
    /// One JSON object.
    Json,
}

impl ChangeCommand {
    /// The command's name and the options that every change has.
    pub fn common(&self) -> (&'static str, &Change) {
        match self {
            ChangeCommand::DemoteCa(args) => ("demote-ca", &args.change),
            ChangeCommand::PromoteCa(args) => ("promote-ca", &args.change),
            ChangeCommand::DemoteOcsp(args) => ("demote-ocsp", &args.change),
            ChangeCommand::PromoteOcsp(args) => ("promote-ocsp", &args.change),
            ChangeCommand::RedirectCa(args) => ("redirect-ca", &args.change),
            ChangeCommand::Restore(args) => ("restore", &args.change),
        }
    }
}

impl Command {
    /// How the command reports, and whether it is to be quiet.
    pub fn reporting(&self) -> (Output, bool) {
        match self {
            Command::Change(change) => (change.common().1.output, change.common().1.quiet),
            Command::Status(args) => (args.output, false),
            Command::Check(args) => (args.output, args.quiet),
            Command::Generate(_) => (Output::Text, false),
        }
    }
}
