//! JSON-RPC 2.0: what comes in and what goes out.

use crate::render::wire;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The version of the methods and their fields. It grows when one of them changes its meaning.
pub const PROTOCOL: u32 = 2;

/// A request or a notification.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Always `2.0`.
    pub jsonrpc: String,
    /// Missing in a notification.
    #[serde(default)]
    pub id: Option<Value>,
    /// What is asked.
    pub method: String,
    /// With what.
    #[serde(default)]
    pub params: Value,
}

/// Why there is no result.
#[derive(Debug)]
pub struct Refusal {
    code: i32,
    message: String,
}

impl Refusal {
    /// The line is not JSON.
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self { code: -32700, message: message.into() }
    }

    /// The JSON is not a request.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: -32600, message: message.into() }
    }

    /// There is no such method.
    pub fn unknown(method: &str) -> Self {
        Self { code: -32601, message: format!("there is no method `{method}`") }
    }

    /// The method cannot be asked that.
    pub fn params(message: impl Into<String>) -> Self {
        Self { code: -32602, message: message.into() }
    }

    /// Something failed here.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { code: -32603, message: message.into() }
    }

    /// There is too much of it already.
    pub fn busy(message: impl Into<String>) -> Self {
        Self { code: -32002, message: message.into() }
    }

    /// What was asked about is not what it was.
    pub fn changed() -> Self {
        Self { code: -32003, message: "something the question rests on changed meanwhile; propose it again".to_owned() }
    }

    /// Only somebody who speaks for a person may do that.
    pub fn not_a_person(method: &str) -> Self {
        Self {
            code: -32004,
            message: format!("`{method}` is for a person's own client: `initialize` with the key comes first"),
        }
    }

    /// The server ends.
    pub fn ending() -> Self {
        Self { code: -32001, message: "the server is ending".to_owned() }
    }

    /// The client took it back.
    pub fn cancelled() -> Self {
        Self { code: -32800, message: "cancelled".to_owned() }
    }
}

/// A line: a request, or why it is none.
pub fn parse(line: &[u8]) -> Result<Request, (Option<Value>, Refusal)> {
    // Nearly every line is a sound request, and is read once.
    match serde_json::from_slice(line) {
        Ok(request) if is_sound(&request) => return Ok(request),
        _ => {}
    }
    let value: Value = serde_json::from_slice(line).map_err(|error| (None, Refusal::unreadable(error.to_string())))?;
    let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
    let request: Request =
        serde_json::from_value(value).map_err(|error| (id.clone(), Refusal::invalid(error.to_string())))?;
    if !is_sound(&request) {
        return Err((id, Refusal::invalid("`jsonrpc` is \"2.0\", and `id` a text or a number")));
    }
    Ok(request)
}

fn is_sound(request: &Request) -> bool {
    request.jsonrpc == "2.0" && matches!(&request.id, None | Some(Value::String(_) | Value::Number(_)))
}

/// A line that nobody asked for.
pub fn notification(method: &str, params: &Value) -> String {
    let mut line = wire::compact(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    line.push('\n');
    line
}

/// An answer on a line.
pub fn answer(id: Option<&Value>, result: Result<impl Serialize, Refusal>) -> String {
    let mut line = match result {
        Ok(result) => wire::compact(&Answer { id, jsonrpc: "2.0", result }),
        Err(Refusal { code, message }) => wire::compact(&json!({
            "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": crate::sanitize::lines(&message) }
        })),
    };
    line.push('\n');
    line
}

/// The same with a result that is JSON already.
pub fn answer_of(id: &Value, result: &str) -> String {
    let id = match id {
        Value::Number(number) => number.to_string(),
        other => wire::compact(other),
    };
    ["{\"id\":", &*id, ",\"jsonrpc\":\"2.0\",\"result\":", result, "}\n"].concat()
}

/// The answer that there is none.
pub fn refusal(id: Option<&Value>, why: Refusal) -> String {
    answer(id, Err::<Value, _>(why))
}

#[derive(Serialize)]
struct Answer<'a, T> {
    id: Option<&'a Value>,
    jsonrpc: &'static str,
    result: T,
}
