//! The words of `guardian install` and `guardian uninstall`.

use crate::hook::host::Host;
use crate::install::plan::Scope;
use crate::options::OutputArgs;
use clap::Args;

/// What `guardian install --help` ends with.
pub const HELP: &str = "\
The change is shown, and the file as it was is kept. Twice is once; `guardian uninstall` takes exactly that out again.
  guardian install claude-code --dry-run
  guardian install codex --enforce
  guardian doctor";

/// `guardian install`.
#[derive(Debug, Args)]
pub struct InstallArgs {
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
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `guardian uninstall`.
#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// The agent
    #[arg(value_enum, value_name = "AGENT")]
    pub host: Host,
    /// From where
    #[arg(long, value_enum, value_name = "SCOPE", default_value = "user")]
    pub scope: Scope,
    /// Show the change and do not make it
    #[arg(long)]
    pub dry_run: bool,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}
