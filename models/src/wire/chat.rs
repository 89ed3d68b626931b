//! Chat completions, as OpenAI and those who imitate it have them.

use super::{NoAnswer, Reply, Usage, count, user_text};
use crate::opinion;
use crate::prompt::Prompt;
use crate::settings::{Provider, Structure};
use serde_json::{Value, json};

pub(super) fn body(provider: &Provider, structure: Structure, prompt: &Prompt) -> Value {
    // OpenAI wants the newer name, most others know the older one only.
    let limit = if provider.base_url.contains("api.openai.com") { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({
        "model": provider.model,
        "messages": [
            { "role": "system", "content": prompt.system },
            { "role": "user", "content": user_text(prompt) },
        ],
        "stream": false,
        limit: provider.max_tokens,
    });
    let format = match structure {
        Structure::Schema => Some(
            json!({ "type": "json_schema", "json_schema": { "name": "opinion", "strict": true, "schema": opinion::schema() } }),
        ),
        Structure::Object => Some(json!({ "type": "json_object" })),
        Structure::Prompt => None,
    };
    if let Some(fields) = body.as_object_mut() {
        if let Some(format) = format {
            fields.insert("response_format".to_owned(), format);
        }
        if let Some(effort) = &provider.effort {
            fields.insert("reasoning_effort".to_owned(), json!(effort));
        }
    }
    body
}

pub(super) fn reply(body: &Value) -> Result<Reply, NoAnswer> {
    let choices = body.get("choices").and_then(Value::as_array);
    let [choice] = choices.map(Vec::as_slice).unwrap_or_default() else {
        return Err(NoAnswer::Malformed("the reply has not exactly one choice"));
    };
    match choice.get("finish_reason").and_then(Value::as_str) {
        Some("stop") => {}
        Some("length") => return Err(NoAnswer::CutShort),
        Some("content_filter") => return Err(NoAnswer::Refused),
        _ => return Err(NoAnswer::Malformed("the reply has no known end")),
    }
    let message = choice.get("message").unwrap_or(&Value::Null);
    if message.get("refusal").is_some_and(|refusal| !refusal.is_null()) {
        return Err(NoAnswer::Refused);
    }
    let text = match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .filter(|part| part.get("type").and_then(Value::as_str) == Some("text"))
            .filter_map(|part| part.get("text")?.as_str())
            .collect(),
        _ => String::new(),
    };
    Ok(Reply {
        text,
        usage: Usage {
            input: count(body, "/usage/prompt_tokens"),
            cached: count(body, "/usage/prompt_tokens_details/cached_tokens"),
            output: count(body, "/usage/completion_tokens"),
        },
    })
}
