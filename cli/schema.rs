//! `guardian schema`: the JSON Schema of what goes in and what comes out.

use crate::failure::{Exit, Failure};
use crate::input::ProposalLine;
use crate::output;
use crate::render::wire::{self, VerdictLine};
use clap::{Args, ValueEnum};

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

/// Prints it.
pub fn schema(args: &SchemaArgs) -> Result<Exit, Failure> {
    let proposal = schemars::schema_for!(ProposalLine).to_value();
    let verdict = schemars::schema_for!(VerdictLine).to_value();
    let schema = match args.of {
        Some(SchemaOf::Proposal) => proposal,
        Some(SchemaOf::Verdict) => verdict,
        Some(SchemaOf::Serve) => crate::serve::params::schema(),
        None => serde_json::json!({ "proposal": proposal, "verdict": verdict }),
    };
    output::data(&wire::pretty(&schema))?;
    Ok(Exit::Done)
}
