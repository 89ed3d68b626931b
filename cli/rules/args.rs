//! The words of `guardian rules` and `guardian execpolicy`.

use crate::options::{AskArgs, OutputArgs, PolicyArgs};
use clap::{Args, Subcommand, ValueEnum};
use guardian_rules::Decision;
use guardian_rules::rule::RulePlacement;
use std::path::PathBuf;

/// `guardian rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RulesCommand,
}

const ADD_HELP: &str = "\
Examples:
  guardian rules add --decision allow cargo test
  guardian rules add --decision forbidden --justification 'by the pipeline alone' npm publish
  guardian rules add --decision prompt --below ~/work --expires 2027-01-31 git push";

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules in force, with their layers and places
    List(ListArgs),
    /// Find mistakes in files of rules: in those given, else in all that are in force
    Check(CheckArgs),
    /// Show which rules match which command of a script
    Test(AskArgs),
    /// Add a rule for commands that begin with these words
    #[command(after_help = ADD_HELP)]
    Add(AddArgs),
    /// Show rules that would spare the question a command asks, the most useful first
    Suggest(SuggestArgs),
    /// Remove a rule that `add` has written
    Remove(RemoveArgs),
}

/// `guardian rules list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `guardian rules check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The files
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `guardian rules suggest`.
#[derive(Debug, Args)]
pub struct SuggestArgs {
    /// Show what else each rule would have let through of the proposals in FILE, one a line as `check --jsonl` reads them, instead of those in the record
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// What is asked about.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// `guardian rules add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// What follows for the commands
    #[arg(long, value_enum, value_name = "DECISION")]
    pub decision: DecisionWord,
    /// Why; shown with every verdict that the rule decides
    #[arg(long, value_name = "TEXT")]
    pub justification: Option<String>,
    /// Where what the rule allows is to run
    #[arg(long, value_enum, value_name = "WHERE")]
    pub placement: Option<PlacementWord>,
    /// Allow even what is rated high
    #[arg(long)]
    pub accept_high: bool,
    /// Allow these words alone, and nothing with more behind them
    #[arg(long)]
    pub exact: bool,
    /// The last day on which the rule holds, as in 2026-12-31
    #[arg(long, value_name = "DATE")]
    pub expires: Option<String>,
    /// The directory in or below which the rule holds
    #[arg(long, value_name = "DIR")]
    pub below: Option<String>,
    /// Write an allow rule that opens more than it seems to
    #[arg(long)]
    pub force: bool,
    /// The first words of the commands; guardian's own options come before them
    #[arg(value_name = "WORD", required = true, trailing_var_arg = true)]
    pub pattern: Vec<String>,
}

/// `guardian rules remove`.
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The rule's id, as `list` shows it
    #[arg(value_name = "ID")]
    pub id: String,
}

/// A decision as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DecisionWord {
    /// It may run without asking
    Allow,
    /// A person has to be asked
    Prompt,
    /// It may not run
    #[value(alias = "deny")]
    Forbidden,
}

impl From<DecisionWord> for Decision {
    fn from(word: DecisionWord) -> Self {
        match word {
            DecisionWord::Allow => Self::Allow,
            DecisionWord::Prompt => Self::Prompt,
            DecisionWord::Forbidden => Self::Forbidden,
        }
    }
}

/// A placement as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlacementWord {
    /// In the box of the sandbox mode
    Sandboxed,
    /// Outside it
    Unsandboxed,
}

impl From<PlacementWord> for RulePlacement {
    fn from(word: PlacementWord) -> Self {
        match word {
            PlacementWord::Sandboxed => Self::Sandboxed,
            PlacementWord::Unsandboxed => Self::Unsandboxed,
        }
    }
}

/// `guardian execpolicy`.
#[derive(Debug, Args)]
pub struct ExecpolicyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ExecpolicyCommand,
}

/// What Codex's tools ask for.
#[derive(Debug, Subcommand)]
pub enum ExecpolicyCommand {
    /// Answer as `codex execpolicy check` does, to the letter
    Check(ExecpolicyCheckArgs),
}

/// `guardian execpolicy check`.
#[derive(Debug, Args)]
pub struct ExecpolicyCheckArgs {
    /// A file of rules; may be given several times
    #[arg(short, long = "rules", value_name = "PATH", required = true)]
    pub rules: Vec<PathBuf>,
    /// Print the JSON on several lines
    #[arg(long)]
    pub pretty: bool,
    /// Let a path match the rules for its last component
    #[arg(long)]
    pub resolve_host_executables: bool,
    /// The command
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub command: Vec<String>,
}
