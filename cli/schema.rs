//! `guardian schema`: the JSON Schema of what goes in and what comes out.

use crate::args::{SchemaArgs, SchemaOf};
use crate::failure::{Exit, Failure};
use crate::input::ProposalLine;
use crate::output;
use crate::render::wire::{self, VerdictLine};

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
