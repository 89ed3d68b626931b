//! Claude Code's transcripts: one object a line. Lines of type `user` hold what the person wrote, but also what tools
//! answered and what the program itself put there.

use super::{call, is_tagged, push, string, texts};
use guardian_engine::review::{Author, Session};
use serde_json::Value;

/// Beginnings of texts in user lines that the program wrote, besides tags.
const SYNTHETIC: &[&str] = &["Caveat: The messages below", "[Request interrupted", "This session is being continued"];

pub(super) fn line(line: &Value, session: &mut Session) -> bool {
    if let Some(id) = line.get("sessionId").and_then(Value::as_str)
        && session.id.is_empty()
    {
        id.clone_into(&mut session.id);
    }
    let Some(message) = line.get("message") else {
        // Titles, summaries, snapshots of files: nothing that was said.
        return line.get("type").is_some();
    };
    let is = |key: &str| line.get(key).and_then(Value::as_bool) == Some(true);
    let content = message.get("content").unwrap_or(&Value::Null);
    match string(line, "type") {
        // A side chain is the agent talking to another agent; a summary is the agent's words.
        "user" => user(content, is("isMeta") || is("isSidechain") || is("isCompactSummary"), session),
        "assistant" => assistant(content, session),
        _ => return false,
    }
    true
}

fn user(content: &Value, foreign: bool, session: &mut Session) {
    let spoken = |text: &str| {
        let text = text.trim_start();
        let synthetic = is_tagged(text) || SYNTHETIC.iter().any(|start| text.starts_with(start));
        if foreign || synthetic { Author::Result } else { Author::User }
    };
    match content {
        Value::String(text) => push(session, spoken(text), without_reminders(text)),
        Value::Array(blocks) => {
            // Text that comes with a tool's answer comes from the host as well.
            let answers = blocks.iter().any(|block| string(block, "type") == "tool_result");
            for block in blocks {
                match string(block, "type") {
                    "text" if answers => push(session, Author::Result, string(block, "text")),
                    "text" => push(session, spoken(string(block, "text")), without_reminders(string(block, "text"))),
                    "tool_result" => push(session, Author::Result, texts(block.get("content").unwrap_or(&Value::Null))),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The user's words without what the program wove into them.
fn without_reminders(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, from)) = rest.find("<system-reminder>").and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        match from.split_once("</system-reminder>") {
            Some((_, after)) => rest = after,
            None => return out,
        }
    }
    out.push_str(rest);
    out
}

fn assistant(content: &Value, session: &mut Session) {
    match content {
        Value::String(text) => push(session, Author::Assistant, text.as_str()),
        Value::Array(blocks) => {
            for block in blocks {
                match string(block, "type") {
                    "text" => push(session, Author::Assistant, string(block, "text")),
                    "tool_use" => {
                        let input = block.get("input").unwrap_or(&Value::Null);
                        push(session, Author::Call, call(string(block, "name"), input));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}
