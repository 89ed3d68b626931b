//! The three protocols: a prompt to a request's body, and a reply's body to the text of the answer. Pure: bytes in,
//! bytes out.

use crate::prompt::Prompt;
use crate::settings::{Protocol, Provider, Structure};
use serde_json::{Value, json};

mod chat;
mod messages;
mod responses;

/// What was used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input: u64,
    /// Those of them that the endpoint had read before.
    pub cached: u64,
    /// Tokens of the answer, thoughts included.
    pub output: u64,
}

/// What a reply holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The final text.
    pub text: String,
    /// What was used up.
    pub usage: Usage,
}

/// Why a reply holds no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// It is not what the protocol says.
    Malformed(&'static str),
    /// It was cut short.
    CutShort,
    /// The model refused.
    Refused,
    /// The endpoint reported an error in a reply that looked like success.
    Failed,
}

impl NoAnswer {
    /// In words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Malformed(words) => words,
            Self::CutShort => "the answer was cut short",
            Self::Refused => "the model refused to answer",
            Self::Failed => "the endpoint reported a failure",
        }
    }
}

/// The body of a request.
#[must_use]
pub fn body(provider: &Provider, structure: Structure, prompt: &Prompt, session: &str) -> Value {
    match provider.protocol {
        Protocol::Responses => responses::body(provider, structure, prompt, session),
        Protocol::Chat => chat::body(provider, structure, prompt),
        Protocol::Messages => messages::body(provider, structure, prompt),
    }
}

/// The answer in a reply's body.
///
/// # Errors
/// Why there is none.
pub fn reply(provider: &Provider, bytes: &[u8]) -> Result<Reply, NoAnswer> {
    let body: Value = serde_json::from_slice(bytes).map_err(|_| NoAnswer::Malformed("the reply is not JSON"))?;
    if body.get("error").is_some_and(|error| !error.is_null()) {
        return Err(NoAnswer::Failed);
    }
    let mut reply = match provider.protocol {
        Protocol::Responses => responses::reply(&body),
        Protocol::Chat => chat::reply(&body),
        Protocol::Messages => messages::reply(&body),
    }?;
    if provider.thinks_aloud {
        reply.text = after_thoughts(reply.text);
    }
    if reply.text.trim().is_empty() {
        return Err(NoAnswer::Malformed("the answer is empty"));
    }
    Ok(reply)
}

/// Headers that the protocol itself wants, and the one that carries the key.
#[must_use]
pub const fn headers(protocol: Protocol) -> (&'static str, &'static str, &'static [(&'static str, &'static str)]) {
    match protocol {
        Protocol::Responses | Protocol::Chat => ("authorization", "Bearer ", &[]),
        Protocol::Messages => ("x-api-key", "", &[("anthropic-version", "2023-06-01")]),
    }
}

/// The names of the parameters that hold the answer to its form, as endpoints name them when they refuse one.
#[must_use]
pub fn refuses_structure(protocol: Protocol, structure: Structure, body: &str) -> bool {
    let names: &[&str] = match protocol {
        Protocol::Responses => &["text.format", "json_schema", "json_object"],
        Protocol::Chat => &["response_format", "json_schema", "json_object"],
        Protocol::Messages => &["output_config", "output_format", "json_schema"],
    };
    structure != Structure::Prompt && names.iter().any(|name| body.contains(name))
}

/// One block of thoughts in front of the answer, taken off.
fn after_thoughts(text: String) -> String {
    let rest = text.trim_start().strip_prefix("<think>").and_then(|rest| rest.split_once("</think>"));
    match rest {
        Some((_, answer)) => answer.trim().to_owned(),
        None => text,
    }
}

fn count(value: &Value, path: &str) -> u64 {
    value.pointer(path).and_then(Value::as_u64).unwrap_or(0)
}

fn user_text(prompt: &Prompt) -> Value {
    json!(prompt.document())
}

#[cfg(test)]
mod tests;
