//! The `guardian` command: reads what was asked, hands it to the front end that answers, and maps the outcome to an
//! exit status. Everything else is in a module with one job:
//!
//! - [`args`] and [`config`] turn words and files into plain values and do nothing else;
//! - [`setup`] is the only place where an engine is put together, [`facts`] the only reader of the host for it;
//! - [`check`], [`explain`], [`run`], [`status`] are front ends; they all ask [`setup::Setup::decide`];
//! - [`render`] words verdicts, [`sanitize`] makes foreign text safe to show, [`output`] is the only writer.
#![forbid(unsafe_code)]

mod args;
mod check;
mod config;
mod explain;
mod facts;
mod failure;
mod input;
mod output;
mod render;
mod sanitize;
mod setup;

use args::{Cli, Command};
use clap::Parser;
use failure::{Exit, Failure};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error).into(),
    };
    // A bug in a front end must end in a status that no caller takes for an answer.
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dispatch(&cli)));
    match outcome {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => report(&failure).into(),
        Err(_) => Exit::Internal.into(),
    }
}

fn dispatch(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Explain(args) => explain::explain(args),
        Command::Check(args) => check::check(args),
    }
}

/// Shows why nothing was answered.
fn report(failure: &Failure) -> Exit {
    output::diagnostics(&failure.diagnostics);
    output::talk(&failure.to_string());
    failure.exit
}
