//! The command line: what can be asked, in clap's words. Parsing only validates text; nothing here acts.

use crate::config::key;
use crate::doctor::DoctorArgs;
use crate::hook::args as hook;
use crate::install::args::{InstallArgs, UninstallArgs};
use crate::manual::{CompletionsArgs, ManArgs};
use crate::serve::args as serve;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

mod direct;

/// guardian judges the shell commands that coding agents propose: allow, prompt or forbidden, with reasons, and in
/// which box they may run.
#[derive(Debug, Parser)]
#[command(name = "guardian", version, about, after_help = HELP, max_term_width = 100)]
#[command(propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The front ends.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a command would do, what is decided about it, why, and what would change that
    #[command(after_help = EXPLAIN_HELP)]
    Explain(ExplainArgs),
    /// Judge a command, or a stream of them, for scripts
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Judge a command, ask where it has to be asked, and run it in its box
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Run a command in the box of the sandbox mode, without judging it, and say what the box refused
    #[command(after_help = crate::sandbox::HELP)]
    Sandbox(Box<crate::sandbox::SandboxArgs>),
    /// Show who would be asked about a command, and what a model would be sent; or ask
    Review(crate::review::args::ReviewArgs),
    /// Show which policy, box, workspace and rules are in force here, and who says so
    Status(StatusArgs),
    /// Show the configuration, or the schema of its files
    Config(ConfigArgs),
    /// Say that a folder's own configuration may be read, or that it may not
    Trust(TrustArgs),
    /// Print the JSON Schema of what `check --jsonl` and `serve` read and write
    Schema(SchemaArgs),
    /// List, check, test, add, suggest and remove rules
    Rules(crate::rules::args::RulesArgs),
    /// Show what is known of commands
    Docs(crate::docs::DocsArgs),
    /// Answer about rules as Codex does
    Execpolicy(crate::rules::args::ExecpolicyArgs),
    /// Answer one event of an agent's hooks, on the standard input, in the agent's own format
    #[command(after_help = hook::HELP)]
    Hook(hook::HookArgs),
    /// Put guardian's hooks into an agent's settings
    #[command(after_help = crate::install::args::HELP)]
    Install(InstallArgs),
    /// Take guardian's hooks out of an agent's settings
    Uninstall(UninstallArgs),
    /// Prove that installed hooks answer and block, that the box holds, and that the rules are read
    Doctor(DoctorArgs),
    /// Answer many clients in JSON-RPC 2.0, on the standard streams or a Unix socket
    #[command(after_help = serve::HELP)]
    Serve(serve::ServeArgs),
    /// Answer a client of the Model Context Protocol, on the standard streams
    #[cfg(feature = "mcp")]
    #[command(after_help = crate::mcp::HELP)]
    Mcp(crate::mcp::McpArgs),
    /// Answer what an agent could not ask, and see which answers hold
    #[command(after_help = crate::memory::approvals::HELP)]
    Approvals(crate::memory::approvals::ApprovalsArgs),
    /// Browse what waits for an answer, what was decided, and the rules
    #[cfg(feature = "tui")]
    #[command(after_help = crate::tui::HELP)]
    Tui(crate::tui::TuiArgs),
    /// Show what was decided, or check that the record of it is whole
    #[cfg(feature = "audit")]
    #[command(after_help = crate::memory::log::HELP)]
    Log(Box<crate::memory::log::LogArgs>),
    /// Tell why a command was decided as it was, from the record, and what has changed since
    #[cfg(feature = "audit")]
    Why(crate::memory::why::WhyArgs),
    /// Show how much was asked, what asked, and which rules would have spared it
    #[cfg(feature = "audit")]
    Stats(crate::memory::stats::StatsArgs),
    /// Judge the past by other rules, another policy or this version, and show what would change
    #[cfg(feature = "audit")]
    #[command(after_help = crate::memory::replay::HELP)]
    Replay(Box<crate::memory::replay::ReplayArgs>),
    /// Propose rules that the past suggests, with what they would spare and admit
    #[cfg(feature = "audit")]
    Learn(Box<crate::memory::learn::LearnArgs>),
    /// Print a shell's completions
    #[command(after_help = crate::manual::HELP)]
    Completions(CompletionsArgs),
    /// Write a manual page for each command into a folder
    Man(ManArgs),
}

const HELP: &str = "\
First steps:
  guardian explain 'git push'     what would it do, and what is decided about it
  guardian install claude-code    put guardian between an agent and the shell
  guardian doctor                 prove that it holds
  guardian tui                    see what was asked and decided";

const EXPLAIN_HELP: &str = "\
Nothing is run. One argument is a script, several are a program and its arguments:
  guardian explain 'curl -s https://x.example | sh'
  guardian explain rm -r build
  guardian explain -a never -s read-only 'make test'";

const RUN_HELP: &str = "\
Examples:
  guardian run cargo test
  guardian run 'make && ./deploy --dry-run'

Exit status: the command's own; 128 + n if a signal ended it; 126 if it may not run; 127 if there is no such \
program; 125 if guardian failed. Answers are only taken from the terminal, never from the standard input.";

const CHECK_HELP: &str = "\
Examples:
  guardian check 'git push' || echo 'not by itself'
  guardian check --jsonl - < proposals.jsonl

Exit status: 0 allow, 10 prompt, 20 forbidden, 2 usage or configuration error, 1 internal error. With --jsonl: 0 \
when every line was a proposal, 2 when some were not (their verdicts have an `error`).

Do not wire this command into an agent as a hook: many hosts take every status but 2 for consent.";

/// `guardian explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
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

/// `guardian check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Judge the proposals in FILE (or on the standard input, `-`), one JSON object a line, and answer each with one line
    #[arg(long, value_name = "FILE", conflicts_with = "words")]
    pub jsonl: Option<PathBuf>,
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

/// `guardian run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Run what `guardian hook --enforce` approved, once; for commands that it rewrote
    #[arg(id = "grant", long = "approval", value_name = "TOKEN", hide = true)]
    pub grant: Option<String>,
    /// Judge and run a script as guardian read it, written out anew, instead of as it was written
    #[arg(long, conflicts_with = "grant")]
    pub canonical: bool,
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

/// `guardian status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `guardian config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to show.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What `guardian config` shows.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its value
    Show(Box<ConfigShowArgs>),
    /// Print the JSON Schema of config.toml
    Schema(ConfigSchemaArgs),
}

/// `guardian config show`.
#[derive(Debug, Args)]
pub struct ConfigShowArgs {
    /// Also print which layer set each value, and what it overrules
    #[arg(long)]
    pub origin: bool,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `guardian config schema`.
#[derive(Debug, Args)]
pub struct ConfigSchemaArgs {
    /// Of requirements.toml, the administrator's file
    #[arg(long)]
    pub requirements: bool,
}

/// `guardian trust`.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// The folder [default: the current one]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Do not trust it, and ask before whatever is not a plain read
    #[arg(long)]
    pub untrusted: bool,
}

/// `guardian schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// One of them only; without it, the lines that `check --jsonl` reads and writes
    #[arg(value_enum)]
    pub of: Option<SchemaOf>,
}

/// What there are schemas of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// A line that is read
    Proposal,
    /// A line that is written
    Verdict,
    /// What `guardian serve` speaks
    Serve,
}

/// The command that is asked about.
#[derive(Debug, Args)]
pub struct ProposalArgs {
    /// The command: one argument is a script for a shell; several are a program and its arguments, run without one. `-`
    /// reads a script from the standard input. guardian's own options come before it
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    pub words: Vec<String>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_table_of_arguments_is_sound() {
        Cli::command().debug_assert();
    }
}
