//! What happened in a session, from the files that agents keep of it. The author of a record follows from the place
//! where it stands in the file, never from its words. What a host put into the user's mouth is not the user's.

use guardian_engine::review::{Author, Record, Session};
use serde_json::Value;

mod claude;
mod codex;
mod lines;

/// A file of a session, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The session.
    pub session: Session,
    /// How many lines were not understood.
    pub skipped: usize,
}

/// The forms of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// guardian's own: one `{"role": …, "text": …}` a line.
    Lines,
    /// Claude Code's transcript.
    Claude,
    /// A rollout of Codex.
    Codex,
}

/// The form of a file, by its first line that is an object.
#[must_use]
pub fn form(text: &str) -> Form {
    let first = text.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
    match first {
        Some(line) if line.get("payload").is_some() => Form::Codex,
        Some(line) if line.get("role").is_none() && line.get("type").is_some() => Form::Claude,
        _ => Form::Lines,
    }
}

/// Reads a session. A last line without an end is still being written, so it is left for the next time.
#[must_use]
pub fn read(text: &str, form: Form) -> Read {
    let mut read = Read::default();
    let finished = match text.rfind('\n') {
        Some(end)
            if !text.ends_with('\n')
                && serde_json::from_str::<Value>(text.get(end + 1..).unwrap_or_default()).is_err() =>
        {
            text.get(..end).unwrap_or_default()
        }
        _ => text,
    };
    for line in finished.lines().filter(|line| !line.trim().is_empty()) {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            read.skipped += 1;
            continue;
        };
        let understood = match form {
            Form::Lines => lines::line(&value, &mut read.session),
            Form::Claude => claude::line(&value, &mut read.session),
            Form::Codex => codex::line(&value, &mut read.session),
        };
        read.skipped += usize::from(!understood);
    }
    read
}

/// Whether a text begins as what hosts put among the user's words does: with a tag. New ones come with each version of an
/// agent, and few people begin so.
fn is_tagged(text: &str) -> bool {
    let name = text.trim_start().strip_prefix('<').and_then(|rest| rest.split_once(['>', ' ', '\n']));
    name.is_some_and(|(name, _)| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte))
    })
}

/// Adds a record, unless it is empty.
fn push(session: &mut Session, author: Author, text: impl Into<String>) {
    let text = text.into();
    if !text.trim().is_empty() {
        session.records.push(Record { author, text });
    }
}

/// A text, or the texts of a list of blocks.
fn texts(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts: Vec<&str> = blocks.iter().filter_map(|block| block.get("text")?.as_str()).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A call as one line: its name and its arguments.
fn call(name: &str, arguments: &Value) -> String {
    match arguments {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    }
}

#[cfg(test)]
mod tests;
