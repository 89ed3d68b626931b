//! The arguments of `guardian review`.

use crate::options::{OutputArgs, PolicyArgs};
use clap::Args;

/// `guardian review`.
#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// Show the prompt, its size by section and the route; ask nobody
    #[arg(long)]
    pub dry_run: bool,
    /// The command: one argument is a script for a shell; several are a program and its arguments, run without one. Put
    /// `--` before a program whose arguments begin with a dash
    #[arg(value_name = "CMD")]
    pub words: Vec<String>,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}
