//! Rollouts of Codex: `{"type": …, "payload": …}`, one a line.

use super::{call, is_tagged, push, string, texts};
use guardian_engine::review::{Author, Session};
use serde_json::Value;

pub(super) fn line(line: &Value, session: &mut Session) -> bool {
    let Some(payload) = line.get("payload") else {
        return false;
    };
    match string(line, "type") {
        "session_meta" => {
            let meta = payload.get("meta").unwrap_or(payload);
            string(meta, "id").clone_into(&mut session.id);
        }
        "response_item" => item(payload, session),
        // Events repeat what the items say.
        "event_msg" | "turn_context" | "compacted" => {}
        _ => return false,
    }
    true
}

fn item(item: &Value, session: &mut Session) {
    let field = |key: &str| item.get(key).unwrap_or(&Value::Null);
    match string(item, "type") {
        "message" => {
            let text = texts(field("content"));
            let author = match string(item, "role") {
                "user" => match user(&text) {
                    Some(author) => author,
                    None => return,
                },
                "assistant" => Author::Assistant,
                _ => return,
            };
            push(session, author, text);
        }
        "function_call" => push(session, Author::Call, call(string(item, "name"), field("arguments"))),
        "custom_tool_call" => push(session, Author::Call, call(string(item, "name"), field("input"))),
        "local_shell_call" => push(session, Author::Call, call("shell", field("action"))),
        "web_search_call" => push(session, Author::Call, call("web_search", field("action"))),
        "function_call_output" | "custom_tool_call_output" => {
            let output = field("output");
            let text = texts(output.get("content").unwrap_or(output));
            push(session, Author::Result, text);
        }
        _ => {}
    }
}

/// Who wrote a message with the role `user`: Codex also puts the repository's instructions and its own notes there.
fn user(text: &str) -> Option<Author> {
    let start = text.trim_start();
    if start.starts_with("<user_instructions>")
        || start.starts_with("# AGENTS.md")
        || start.starts_with("<INSTRUCTIONS>")
    {
        return Some(Author::Project);
    }
    let note =
        ["<environment_context>", "<turn_aborted>", "<user_shell_command>", "<skill>", "<subagent_notification>"];
    let author = if is_tagged(start) { Author::Result } else { Author::User };
    (!note.iter().any(|tag| start.starts_with(tag))).then_some(author)
}
