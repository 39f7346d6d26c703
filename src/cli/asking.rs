//! The arguments of commands that ask running servers.

use std::path::PathBuf;

use clap::Args;

use super::common::{Output, RootArgs, TargetArgs};
use crate::pki::Expectation;

/// `issue-crl`.
#[derive(Debug, Args)]
pub struct IssueCrl {
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub agent: AgentArgs,
    /// How long all CRLs together may take
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: u64,
    /// How to report
    #[arg(long, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    pub output: Output,
    #[command(flatten)]
    pub asking: AskingArgs,
}

/// `monitor`.
#[derive(Debug, Args)]
pub struct MonitorArgs {
    /// An instance on this host [default: all of them] (repeatable)
    #[arg(short, long, value_name = "NAME")]
    pub instance: Vec<String>,
    /// The role that each subsystem is to have: ca=master, ca=clone, ocsp=master, ocsp=clone
    #[arg(long, value_name = "SUBSYSTEM=ROLE", required = true, value_delimiter = ',')]
    pub expect: Vec<Expectation>,
    /// Warn where less of a CRL's period is left than this
    #[arg(long, value_name = "PERCENT", default_value_t = 25, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub crl_warning: u8,
    /// Critical where less of a CRL's period is left than this
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub crl_critical: u8,
    /// How long all questions together may take
    #[arg(long, value_name = "SECONDS", default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
    #[command(flatten)]
    pub asking: AskingArgs,
}

/// As whom a CA is asked for a CRL.
#[derive(Debug, Args)]
#[command(next_help_heading = "Agent")]
pub struct AgentArgs {
    /// The certificate of an agent of the CA, in PEM [default: FreeIPA's RA agent, where there is one]
    #[arg(long, value_name = "FILE")]
    pub agent_cert: Option<PathBuf>,
    /// Its key, in PEM, without a password [default: in the file of the certificate]
    #[arg(long, value_name = "FILE", requires = "agent_cert")]
    pub agent_key: Option<PathBuf>,
    /// The CA's own certificate, in PEM [default: FreeIPA's, else what the host trusts]
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
}

/// Whom a command asks that only looks.
#[derive(Debug, Args)]
pub struct AskingArgs {
    #[command(flatten)]
    pub root: RootArgs,
    /// The systemctl to call [default: systemctl]; below another --root nobody is asked without it
    #[arg(long, value_name = "PATH", hide_short_help = true)]
    pub systemctl: Option<PathBuf>,
}
