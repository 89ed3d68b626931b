//! Anthropic Messages. It has no form between the schema and words, so the middle rung is words too.

use super::{NoAnswer, Reply, Usage, count};
use crate::opinion;
use crate::prompt::Prompt;
use crate::settings::{Provider, Structure};
use serde_json::{Value, json};

pub(super) fn body(provider: &Provider, structure: Structure, prompt: &Prompt) -> Value {
    let mark = json!({ "type": "ephemeral" });
    let mut body = json!({
        "model": provider.model,
        "max_tokens": provider.max_tokens,
        "stream": false,
        "system": [{ "type": "text", "text": prompt.system, "cache_control": mark }],
        "messages": [{ "role": "user", "content": [
            { "type": "text", "text": prompt.records, "cache_control": mark },
            { "type": "text", "text": prompt.rest },
        ] }],
    });
    if structure == Structure::Schema
        && let Some(fields) = body.as_object_mut()
    {
        let format = json!({ "format": { "type": "json_schema", "schema": opinion::schema() } });
        fields.insert("output_config".to_owned(), format);
    }
    body
}

pub(super) fn reply(body: &Value) -> Result<Reply, NoAnswer> {
    match body.get("stop_reason").and_then(Value::as_str) {
        Some("end_turn" | "stop_sequence") => {}
        Some("max_tokens" | "model_context_window_exceeded") => return Err(NoAnswer::CutShort),
        Some("refusal") => return Err(NoAnswer::Refused),
        _ => return Err(NoAnswer::Malformed("the reply has no known end")),
    }
    let blocks =
        body.get("content").and_then(Value::as_array).ok_or(NoAnswer::Malformed("the reply has no content"))?;
    let text = blocks
        .iter()
        .filter(|block| block.get("type").and_then(Value::as_str) == Some("text"))
        .filter_map(|block| block.get("text")?.as_str())
        .collect();
    let (read, written) =
        (count(body, "/usage/cache_read_input_tokens"), count(body, "/usage/cache_creation_input_tokens"));
    Ok(Reply {
        text,
        usage: Usage {
            input: count(body, "/usage/input_tokens") + read + written,
            cached: read,
            output: count(body, "/usage/output_tokens"),
        },
    })
}
