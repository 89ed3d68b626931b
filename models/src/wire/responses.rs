//! OpenAI Responses.

use super::{NoAnswer, Reply, Usage, count, user_text};
use crate::opinion;
use crate::prompt::Prompt;
use crate::settings::{Provider, Structure};
use serde_json::{Value, json};

pub(super) fn body(provider: &Provider, structure: Structure, prompt: &Prompt, session: &str) -> Value {
    let mut body = json!({
        "model": provider.model,
        "instructions": prompt.system,
        "input": [{ "role": "user", "content": [{ "type": "input_text", "text": user_text(prompt) }] }],
        "max_output_tokens": provider.max_tokens,
        "store": false,
        "stream": false,
        "prompt_cache_key": format!("guardian:{session}"),
    });
    let format = match structure {
        Structure::Schema => {
            Some(json!({ "type": "json_schema", "name": "opinion", "strict": true, "schema": opinion::schema() }))
        }
        Structure::Object => Some(json!({ "type": "json_object" })),
        Structure::Prompt => None,
    };
    if let Some(fields) = body.as_object_mut() {
        if let Some(format) = format {
            fields.insert("text".to_owned(), json!({ "format": format }));
        }
        if let Some(effort) = &provider.effort {
            fields.insert("reasoning".to_owned(), json!({ "effort": effort }));
        }
    }
    body
}

pub(super) fn reply(body: &Value) -> Result<Reply, NoAnswer> {
    match body.get("status").and_then(Value::as_str) {
        Some("completed") | None => {}
        Some("incomplete")
            if body.pointer("/incomplete_details/reason").and_then(Value::as_str) == Some("content_filter") =>
        {
            return Err(NoAnswer::Refused);
        }
        Some("incomplete") => return Err(NoAnswer::CutShort),
        Some(_) => return Err(NoAnswer::Failed),
    }
    let items = body.get("output").and_then(Value::as_array).ok_or(NoAnswer::Malformed("the reply has no output"))?;
    let is = |value: &Value, kind: &str| value.get("type").and_then(Value::as_str) == Some(kind);
    let mut texts = Vec::new();
    for part in
        items.iter().filter(|item| is(item, "message")).filter_map(|item| item.get("content")?.as_array()).flatten()
    {
        if is(part, "refusal") {
            return Err(NoAnswer::Refused);
        }
        if is(part, "output_text") {
            texts.extend(part.get("text").and_then(Value::as_str));
        }
    }
    Ok(Reply {
        text: texts.concat(),
        usage: Usage {
            input: count(body, "/usage/input_tokens"),
            cached: count(body, "/usage/input_tokens_details/cached_tokens"),
            output: count(body, "/usage/output_tokens"),
        },
    })
}
