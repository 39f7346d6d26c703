//! The commands that change a file, and the options that they share.

use std::path::PathBuf;

use clap::{Arg, ArgGroup, Args, Subcommand, ValueEnum};
use strum::{IntoEnumIterator, IntoStaticStr};

use super::asking::AgentArgs;
use super::common::{Output, RootArgs, TargetArgs};
use super::deferred::Deferred;
use crate::host::services::is_unit_name;
use crate::pki::{HostPort, RefusalCode, Subsystem};

/// A command that changes a file.
#[derive(Debug, Subcommand, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ChangeCommand {
    /// Make a CA master a clone: it stops generating CRLs
    DemoteCa(Deferred<DemoteCa>),
    /// Make a CA clone the master: it starts generating CRLs
    PromoteCa(Deferred<PromoteCa>),
    /// Make an OCSP master a clone: it re-reads replicated CRLs
    DemoteOcsp(Deferred<DemoteOcsp>),
    /// Make an OCSP clone the master: it receives the CRLs itself
    PromoteOcsp(Deferred<PromoteOcsp>),
    /// Redirect a CA clone to another master
    RedirectCa(Deferred<RedirectCa>),
    /// Put a role's parameters back from a backup; list backups
    Restore(Deferred<Restore>),
    /// Have a CA's OCSP publisher name another OCSP responder
    RedirectPublisher(Deferred<RedirectPublisher>),
}

/// `demote-ca`.
#[derive(Debug, Args)]
pub struct DemoteCa {
    /// The new master's host and agent port
    #[arg(long, value_name = "HOST:PORT")]
    pub new_master: HostPort,
    /// On a FreeIPA host change the web server's rule for the CRL too, so that it agrees with the role
    #[arg(long)]
    pub with_ipa_proxy: bool,
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `promote-ca`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("settings").required(true).args(["from", "keep_settings"]))]
#[command(mut_args(without_agent))]
pub struct PromoteCa {
    /// The former master's CS.cfg, a backup or an export of it; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Keep this CA's own issuing point settings, where the former master's are lost
    #[arg(long)]
    pub keep_settings: bool,
    /// Seconds between two runs of the status update task
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=2_147_483_647), hide_short_help = true)]
    pub cert_status_update_interval: Option<u32>,
    /// Copy the former master's ca.publish.* parameters too, in place of this CA's
    #[arg(long, conflicts_with = "keep_settings")]
    pub with_publishing: bool,
    /// Enable a disabled issuing point, which a promotion alone does not (repeatable)
    #[arg(long, value_name = "ID", hide_short_help = true)]
    pub enable_issuing_point: Vec<String>,
    /// On a FreeIPA host change the web server's rule for the CRL too, so that it agrees with the role
    #[arg(long)]
    pub with_ipa_proxy: bool,
    /// Have a CRL issued at each issuing point afterwards, and verify it by its number
    #[arg(long, conflicts_with_all = ["no_start", "no_service"])]
    pub issue_crl: bool,
    #[command(flatten)]
    pub change: ChangeArgs,
    #[command(flatten)]
    pub agent: AgentArgs,
}

/// The agent's options are those of `issue-crl`; the short help of a promotion leaves them out.
fn without_agent(argument: Arg) -> Arg {
    let is_agents = matches!(argument.get_id().as_str(), "agent_cert" | "agent_key" | "cacert");
    if is_agents { argument.hide_short_help(true) } else { argument }
}

/// `demote-ocsp`.
#[derive(Debug, Args)]
pub struct DemoteOcsp {
    /// Refresh interval of the clone: 21600 (the guide) or 14400 (the installer) [default: 21600]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub refresh_in_sec: Option<i32>,
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `promote-ocsp`.
#[derive(Debug, Args)]
pub struct PromoteOcsp {
    /// Refresh interval to set; without it the parameter is removed. 0, 14400 and 21600 are refused
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub refresh_in_sec: Option<i32>,
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `redirect-ca`.
#[derive(Debug, Args)]
pub struct RedirectCa {
    /// The new master's host and agent port
    #[arg(long, value_name = "HOST:PORT")]
    pub new_master: HostPort,
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `restore`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("backup").args(["from", "list"]))]
pub struct Restore {
    /// The backup: a CS.cfg of the same server
    #[arg(long, value_name = "BACKUP")]
    pub from: Option<PathBuf>,
    /// List the backups beside the file
    #[arg(long)]
    pub list: bool,
    /// Put the ca.publish.* parameters back too, as after a promotion with the same option
    #[arg(long)]
    pub with_publishing: bool,
    /// The subsystem of the instance, where it has both
    #[arg(long, value_name = "NAME", requires = "instance", conflicts_with = "to", help_heading = "Target")]
    pub subsystem: Option<SubsystemArg>,
    /// On a FreeIPA host change the web server's rule for the CRL too, so that it agrees with the role
    #[arg(long)]
    pub with_ipa_proxy: bool,
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// `redirect-publisher`.
#[derive(Debug, Args)]
pub struct RedirectPublisher {
    /// The OCSP responder that the publisher names today
    #[arg(long, value_name = "HOST:PORT")]
    pub old_responder: HostPort,
    /// The OCSP responder to name
    #[arg(long, value_name = "HOST:PORT")]
    pub new_responder: HostPort,
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// A subsystem that has roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SubsystemArg {
    /// Certificate authority.
    Ca,
    /// OCSP responder.
    Ocsp,
}

impl From<SubsystemArg> for Subsystem {
    fn from(arg: SubsystemArg) -> Subsystem {
        match arg {
            SubsystemArg::Ca => Subsystem::Ca,
            SubsystemArg::Ocsp => Subsystem::Ocsp,
        }
    }
}

/// The options of every command that changes a file.
#[derive(Debug, Args)]
pub struct ChangeArgs {
    #[command(flatten)]
    pub target: TargetArgs,
    /// Show the diff and the steps that would be taken; touch nothing
    #[arg(long, conflicts_with = "check", help_heading = "Changes")]
    pub dry_run: bool,
    /// Only report, in one line, whether something would change: exit code 1 if so
    #[arg(long, help_heading = "Changes")]
    pub check: bool,
    /// Show the diff while applying it
    #[arg(long, help_heading = "Changes")]
    pub diff: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t = Output::Text, value_name = "FORMAT", help_heading = "Changes")]
    pub output: Output,
    /// Go on in spite of a refusal (repeatable)
    #[arg(long, value_name = "CODE", value_parser = refusal_code, help_heading = "Changes")]
    pub accept: Vec<RefusalCode>,
    /// No messages where the exit code is 0; data (diffs, JSON) is still printed
    #[arg(short, long, help_heading = "Changes")]
    pub quiet: bool,
    /// Show every parameter that changes
    #[arg(short, long, conflicts_with = "quiet", help_heading = "Changes")]
    pub verbose: bool,
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Put the backup into this directory, not beside the file
    #[arg(long, value_name = "DIR", conflicts_with = "no_backup", help_heading = "Backup", hide_short_help = true)]
    pub backup_dir: Option<PathBuf>,
    /// Make no backup
    #[arg(long, help_heading = "Backup", hide_short_help = true)]
    pub no_backup: bool,
}

/// What to do with the service.
#[derive(Debug, Args)]
#[command(next_help_heading = "Service")]
pub struct ServiceArgs {
    /// The unit to stop and start [default: that of the instance that the file belongs to]
    #[arg(long, value_name = "UNIT", conflicts_with = "no_service", value_parser = unit_name, hide_short_help = true)]
    pub service: Option<String>,
    /// Do not touch any service; refused where the server runs
    #[arg(long)]
    pub no_service: bool,
    /// Do not start the service afterwards
    #[arg(long)]
    pub no_start: bool,
    /// With --no-service: edit although the server runs, or may run
    #[arg(long, requires = "no_service", hide_short_help = true)]
    pub allow_running: bool,
    /// How long a stop, a start, or the wait for an answer may last
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86_400), hide_short_help = true)]
    pub timeout: u64,
    /// How long CS.cfg must have been left alone after the answer before it is verified
    #[arg(long, value_name = "SECONDS", default_value_t = 4, value_parser = clap::value_parser!(u64).range(0..=600), hide_short_help = true)]
    pub settle: u64,
    /// Put the role's parameters back when the service does not come up with the new ones
    #[arg(long)]
    pub rollback: bool,
    /// The systemctl to call [default: systemctl]; below another --root services are touched only with it
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub systemctl: Option<PathBuf>,
    #[command(flatten)]
    pub root: RootArgs,
}

fn unit_name(name: &str) -> Result<String, &'static str> {
    if is_unit_name(name) { Ok(name.to_owned()) } else { Err("not the name of a unit") }
}

fn refusal_code(code: &str) -> Result<RefusalCode, String> {
    let known = || RefusalCode::iter().filter(|code| code.is_acceptable());
    let names = || known().map(|code| code.to_string()).collect::<Vec<_>>().join(", ");
    known().find(|known| known.to_string() == code).ok_or_else(|| format!("it must be one of: {}", names()))
}

impl ChangeCommand {
    /// The command's name.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// The options that every change has.
    pub fn args(&self) -> &ChangeArgs {
        match self {
            ChangeCommand::DemoteCa(args) => &args.change,
            ChangeCommand::PromoteCa(args) => &args.change,
            ChangeCommand::DemoteOcsp(args) => &args.change,
            ChangeCommand::PromoteOcsp(args) => &args.change,
            ChangeCommand::RedirectCa(args) => &args.change,
            ChangeCommand::Restore(args) => &args.change,
            ChangeCommand::RedirectPublisher(args) => &args.change,
        }
    }

    /// The file given by `--from`.
    pub fn from(&self) -> Option<&PathBuf> {
        match self {
            ChangeCommand::PromoteCa(args) => args.from.as_ref(),
            ChangeCommand::Restore(args) => args.from.as_ref(),
            _ => None,
        }
    }

    /// Whether the web server's rule is changed too.
    pub fn with_ipa_proxy(&self) -> bool {
        match self {
            ChangeCommand::DemoteCa(args) => args.with_ipa_proxy,
            ChangeCommand::PromoteCa(args) => args.with_ipa_proxy,
            ChangeCommand::Restore(args) => args.with_ipa_proxy,
            _ => false,
        }
    }

    /// The subsystem that it is for, where the command or an option says it.
    pub fn subsystem(&self) -> Option<Subsystem> {
        match self {
            ChangeCommand::DemoteOcsp(_) | ChangeCommand::PromoteOcsp(_) => Some(Subsystem::Ocsp),
            ChangeCommand::Restore(args) => args.subsystem.map(Subsystem::from),
            _ => Some(Subsystem::Ca),
        }
    }
}
