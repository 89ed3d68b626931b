//! The command line: what can be asked, in clap's words. Parsing only validates text; nothing here acts.

use crate::doctor::DoctorArgs;
use crate::hook::args as hook;
use crate::install::args::{InstallArgs, UninstallArgs};
use crate::manual::args::{self as manual, CompletionsArgs, ManArgs};
use crate::serve::args as serve;
use clap::{Parser, Subcommand};

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
    #[command(after_help = crate::explain::HELP)]
    Explain(crate::options::AskArgs),
    /// Judge a command, or a stream of them, for scripts
    #[command(after_help = crate::check::HELP)]
    Check(crate::check::CheckArgs),
    /// Judge a command, ask where it has to be asked, and run it in its box
    #[command(after_help = crate::run::HELP)]
    Run(crate::run::RunArgs),
    /// Run a command in the box of the sandbox mode, without judging it, and say what the box refused
    #[command(after_help = crate::sandbox::HELP)]
    Sandbox(Box<crate::sandbox::SandboxArgs>),
    /// Show who would be asked about a command, and what a model would be sent; or ask
    Review(crate::review::args::ReviewArgs),
    /// Show which policy, box, workspace and rules are in force here, and who says so
    Status(crate::status::StatusArgs),
    /// Show the configuration, or the schema of its files
    Config(crate::configure::ConfigArgs),
    /// Say that a folder's own configuration may be read, or that it may not
    Trust(crate::configure::TrustArgs),
    /// Print the JSON Schema of what `check --jsonl` and `serve` read and write
    Schema(crate::schema::SchemaArgs),
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
    #[command(after_help = manual::HELP)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_table_of_arguments_is_sound() {
        Cli::command().debug_assert();
    }
}
