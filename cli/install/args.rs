//! The words of `guardian install` and `guardian uninstall`.

use crate::args::OutputArgs;
use crate::hook::host::Host;
use crate::install::plan::Scope;
use clap::Args;

/// `guardian install`.
#[derive(Debug, Args)]
pub struct InstallArgs {
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The agent
    #[arg(value_enum, value_name = "AGENT")]
    pub host: Host,
    /// For whom
    #[arg(long, value_enum, value_name = "SCOPE", default_value = "user")]
    pub scope: Scope,
    /// Run approved commands in guardian's box
    #[arg(long)]
    pub enforce: bool,
    /// Show the change and do not make it
    #[arg(long)]
    pub dry_run: bool,
}

/// `guardian uninstall`.
#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
    /// The agent
    #[arg(value_enum, value_name = "AGENT")]
    pub host: Host,
    /// From where
    #[arg(long, value_enum, value_name = "SCOPE", default_value = "user")]
    pub scope: Scope,
    /// Show the change and do not make it
    #[arg(long)]
    pub dry_run: bool,
}
