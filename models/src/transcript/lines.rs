//! guardian's own form: `{"role": "user", "text": "…"}`, one a line. Roles: `user`, `assistant`, `tool_call`,
//! `tool_result`, `project`; `{"session": "…"}` names the session.

use super::{push, string, texts};
use guardian_engine::review::{Author, Session};
use serde_json::Value;

pub(super) fn line(line: &Value, session: &mut Session) -> bool {
    if let Some(id) = line.get("session").and_then(Value::as_str) {
        id.clone_into(&mut session.id);
        return true;
    }
    let author = match string(line, "role") {
        "user" => Author::User,
        "assistant" => Author::Assistant,
        "tool_call" => Author::Call,
        "tool_result" | "tool" => Author::Result,
        "project" => Author::Project,
        _ => return false,
    };
    let Some(content) = line.get("text").or_else(|| line.get("content")) else {
        return false;
    };
    push(session, author, texts(content));
    true
}
