//! The options that many commands share: what is asked about, what is allowed where, and how the answer looks.

use crate::config::key;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The command that is asked about.
#[derive(Debug, Args)]
pub struct ProposalArgs {
    /// The command: one argument is a script for a shell; several are a program and its arguments, run without one. `-`
    /// reads a script from the standard input. guardian's own options come before it
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    pub words: Vec<String>,
}

/// What every question about one command is made of.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// What is proposed.
    #[command(flatten)]
    pub proposal: ProposalArgs,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Options that decide what is allowed where.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Policy and place")]
pub struct PolicyArgs {
    /// When a person is asked
    #[arg(short = 'a', long = "ask-for-approval", value_name = "POLICY", value_parser = PossibleValuesParser::new(key::APPROVALS), hide_possible_values = true)]
    #[arg(help = "When a person is asked: untrusted, on-request or never")]
    pub approval: Option<String>,
    /// The box commands run in
    #[arg(short, long, value_name = "MODE", value_parser = PossibleValuesParser::new(key::MODES), hide_possible_values = true)]
    #[arg(help = "The box commands run in: read-only, workspace-write or danger-full-access")]
    pub sandbox: Option<String>,
    /// The same as -a on-request -s workspace-write
    #[arg(long, conflicts_with_all = ["approval", "sandbox", "yolo"])]
    pub full_auto: bool,
    /// The same as -a never -s danger-full-access: nobody is asked, nothing is confined, high risk is refused
    #[arg(long, alias = "dangerously-bypass-approvals-and-sandbox", conflicts_with_all = ["approval", "sandbox"])]
    pub yolo: bool,
    /// Judge as if run in DIR
    #[arg(short = 'C', long = "cd", value_name = "DIR")]
    pub cd: Option<PathBuf>,
    /// A folder the agent works in; may be given several times [default: the repository around the working directory]
    #[arg(long, value_name = "DIR")]
    pub workspace: Vec<PathBuf>,
    /// Use the configuration's [profiles.NAME]
    #[arg(short, long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Set a configuration key, as in -c sandbox_workspace_write.network_access=true
    #[arg(short = 'c', long = "config", value_name = "KEY=VALUE")]
    pub config: Vec<String>,
    /// What happened in the session before, for reviewers: FILE has one {"role": …, "text": …} a line, or is a transcript
    /// of Claude Code or Codex
    #[arg(long, value_name = "FILE")]
    pub context: Option<PathBuf>,
    /// Read an additional file of execpolicy rules
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// The transcript that an agent's event names, read where a model is to be asked.
    #[arg(skip)]
    pub transcript: Option<PathBuf>,
    /// The longest that a review may take here, whatever is configured.
    #[arg(skip)]
    pub patience: Option<std::time::Duration>,
    /// Whether one question is asked, for which large files of rules need not be read.
    #[arg(skip)]
    pub once: bool,
}

/// Options that decide how the answer looks.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
    /// Colour the answer: auto, always or never
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, hide_possible_values = true)]
    pub color: ColorChoice,
    /// Answer with the exit status alone, and no notes
    #[arg(short, long)]
    pub quiet: bool,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
