//! The `guardian` command: reads what was asked, hands it to the front end that answers, and maps the outcome to an
//! exit status. Everything else is in a module with one job:
//!
//! - [`args`], [`options`] and [`config`] turn words and files into plain values and do nothing else;
//! - [`setup`] is the only place where an engine is put together, [`facts`] the only reader of the host for it;
//! - [`check`], [`explain`], [`run`], [`status`], [`hook`] are front ends; they all ask [`setup::Setup::decide`], and
//!   what counts as an [`answer`] is written down by it;
//! - [`render`] words verdicts, [`sanitize`] makes foreign text safe to show, [`output`] is the only writer.
#![forbid(unsafe_code)]

mod answer;
mod args;
mod check;
mod config;
mod configure;
mod consent;
mod docs;
mod doctor;
mod execpolicy;
mod explain;
mod facts;
mod failure;
mod grant;
mod hook;
mod input;
mod install;
mod judged;
mod known;
mod launch;
mod look;
mod mac;
mod manual;
#[cfg(feature = "mcp")]
mod mcp;
mod memory;
mod options;
mod output;
mod private;
mod process;
mod render;
mod review;
mod rules;
mod run;
mod sandbox;
mod sandbox_report;
mod sanitize;
mod schema;
mod serve;
mod session;
mod setup;
mod signals;
mod status;
mod tty;
#[cfg(feature = "tui")]
mod tui;

use args::{Cli, Command};
use failure::{Exit, Failure};
use std::process::ExitCode;

/// musl's own gives each page back to the kernel as soon as it can, and asks for it again a moment later. Of a process
/// that lives for half a millisecond that would be a third of all system calls and page faults.
#[cfg(target_env = "musl")]
#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage(&error).into(),
    };
    // A bug in a front end must end in a status that no caller takes for an answer.
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dispatch(&cli)));
    match outcome {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => report(&failure).into(),
        // For an agent only 2 is a no.
        Err(_) if matches!(cli.command, Command::Hook(_)) => Exit::Usage.into(),
        Err(_) => Exit::Internal.into(),
    }
}

fn dispatch(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Check(args) => check::check(args),
        Command::Hook(args) => hook::hook(args),
        _ => dispatch_others(cli),
    }
}

/// Those that nobody waits for again and again. Apart, so that the room they need on the stack is not touched by the
/// others: each page of it would cost a page fault.
#[inline(never)]
fn dispatch_others(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Check(_) | Command::Hook(_) => dispatch(cli),
        Command::Explain(args) => explain::explain(args),
        Command::Run(args) => run::run(args),
        Command::Sandbox(args) => sandbox::sandbox(args),
        Command::Review(args) => review::review(args),
        Command::Status(args) => status::status(args),
        Command::Config(args) => configure::config(args),
        Command::Trust(args) => configure::trust(args),
        Command::Schema(args) => schema::schema(args),
        Command::Rules(args) => rules::rules(args),
        Command::Docs(args) => docs::docs(args),
        Command::Execpolicy(args) => execpolicy::execpolicy(args),
        Command::Install(args) => install::install(args),
        Command::Uninstall(args) => install::uninstall(args),
        Command::Doctor(args) => doctor::doctor(args),
        Command::Serve(args) => serve::serve(args),
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => mcp::mcp(args),
        Command::Approvals(args) => memory::approvals::approvals(args),
        #[cfg(feature = "tui")]
        Command::Tui(args) => tui::tui(args),
        #[cfg(feature = "audit")]
        Command::Log(args) => memory::log::log(args),
        #[cfg(feature = "audit")]
        Command::Why(args) => memory::why::why(args),
        #[cfg(feature = "audit")]
        Command::Stats(args) => memory::stats::stats(args),
        #[cfg(feature = "audit")]
        Command::Replay(args) => memory::replay::replay(args),
        #[cfg(feature = "audit")]
        Command::Learn(args) => memory::learn::learn(args),
        Command::Completions(args) => manual::completions(args),
        Command::Man(args) => manual::man(args),
    }
}

/// Usage errors are 2, but for `run`: there 2 could be the command's own.
fn usage(error: &clap::Error) -> Exit {
    let run = std::env::args_os().nth(1).is_some_and(|word| word == "run");
    match output::usage(error) {
        Exit::Usage if run => Exit::RunFailed,
        exit => exit,
    }
}

/// Shows why nothing was answered.
fn report(failure: &Failure) -> Exit {
    output::diagnostics(&failure.diagnostics);
    output::talk(&failure.to_string());
    failure.exit
}
