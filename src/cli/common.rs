//! Arguments of commands of several kinds.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The file to work on.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct TargetArgs {
    /// The CS.cfg
    #[arg(long, visible_alias = "config", value_name = "FILE", help_heading = "Target")]
    pub to: Option<PathBuf>,
    /// The instance on this host whose CS.cfg it is
    #[arg(short, long, value_name = "NAME", help_heading = "Target")]
    pub instance: Option<String>,
}

/// Where the host's files are.
#[derive(Debug, Args)]
pub struct RootArgs {
    /// Where this host's /etc/pki, /var/lib/pki and /run are, for an image that is not running
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub root: Option<PathBuf>,
}

/// How to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Sentences, tables, diffs.
    Text,
    /// One JSON object.
    Json,
}
