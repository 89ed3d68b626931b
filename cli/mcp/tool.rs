//! The tools: what they take, and what `check` and `explain` answer.

use super::{Judged, Server};
use crate::explain::{self, Detail};
use crate::input::ProposalLine;
use crate::look::Look;
use crate::memory::ledger::Asker;
use crate::render::reason;
use crate::render::wire::VerdictLine;
use guardian_engine::Proposal;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;

/// What Claude Code sends to its permission prompt tool.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct PermissionPrompt {
    /// The tool that wants to run.
    pub tool_name: String,
    /// What it wants to run with.
    pub input: Value,
}

/// The tools.
pub fn list() -> Vec<Tool> {
    let reads = || ToolAnnotations::new().read_only(true).open_world(false);
    vec![
        Tool::new(
            "check",
            "Judges a shell command before it is run: decision (allow, prompt, forbidden), risk, placement, reasons, effects. \
             Give `command` for a script or `argv` for a program without a shell.",
            object(schema_for!(ProposalLine)),
        )
        .with_annotations(reads()),
        Tool::new(
            "explain",
            "Explains in words what a shell command would do, what is decided about it, why, and what would change that.",
            object(schema_for!(ProposalLine)),
        )
        .with_annotations(reads()),
        Tool::new(
            "permission_prompt",
            "For the client, not for the model: decides whether a tool call may run, asking the user where it has to.",
            object(schema_for!(PermissionPrompt)),
        ),
    ]
}

fn object(schema: schemars::Schema) -> JsonObject {
    match schema.to_value() {
        Value::Object(object) => object,
        _ => JsonObject::new(),
    }
}

/// `check` and `explain`.
pub fn judged(server: &Server, arguments: Value, explains: bool) -> Result<Judged, String> {
    let mut line: ProposalLine = serde_json::from_value(arguments).map_err(|error| error.to_string())?;
    let (command, permissions) = (line.take_command()?, line.take_permissions()?);
    if let Some(cwd) = line.cwd.as_deref().filter(|cwd| !cwd.starts_with('/')) {
        return Err(format!("cwd {cwd} is not an absolute path"));
    }
    let setup = server.setup(line.cwd.as_deref())?;
    let request = setup.request_for(Proposal {
        command,
        cwd: setup.cwd.clone(),
        permissions,
        justification: line.justification.take(),
    });
    let judged = setup.answer(request, &Asker::at("mcp"));
    if explains {
        let look = Look { color: false, width: 100, unicode: true };
        return Ok(Judged { text: explain::page(&setup, &judged, look, Detail::Full), value: None });
    }
    let verdict = &judged.verdict;
    let text = format!("{} ({} risk): {}", verdict.decision.as_str(), verdict.risk.as_str(), reason::of(verdict));
    let value = serde_json::to_value(VerdictLine::new(line.id.take(), &judged, &setup.config.warnings));
    Ok(Judged { text, value: Some(value.map_err(|error| error.to_string())?) })
}
