//! What Codex does with a command that its hook says nothing about. The event does not tell: how its user wants to be
//! asked, which box holds its commands and whether this one is to run outside of it stand in the session that it names.

use crate::hook::call::Call;
use crate::hook::host::{Event, Silence};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// How much of a session's end is read: a turn that is longer is not known.
const MOST: u64 = 32 << 20;

/// What silence leads to in the turn that the call is part of; nothing where the session does not say.
pub fn silence(call: &Call) -> Option<Silence> {
    let turn = Turn::of(&tail(call.transcript.as_deref()?).ok()?, call)?;
    let asks = match call.event {
        // It is about to: its user, or a reviewer of its own.
        Event::Permission => true,
        _ => turn.policy == "untrusted" || (turn.policy == "on-request" && turn.boxed && turn.escalated),
    };
    // A reviewer has its say only where the model may ask.
    let a_person = turn.by_a_person || turn.policy == "untrusted";
    Some(match asks {
        true if a_person => Silence::Asks,
        true => Silence::Holds,
        false if turn.boxed && !turn.wider => Silence::Holds,
        false => Silence::Runs,
    })
}

/// A turn, and the call in it.
#[derive(Debug, PartialEq, Eq)]
struct Turn {
    policy: String,
    /// Whether a box of Codex's holds its commands.
    boxed: bool,
    /// Whether that lets through more than the plain one.
    wider: bool,
    /// Whether its user is who answers its questions.
    by_a_person: bool,
    /// Whether the model wants this call to run outside the box.
    escalated: bool,
}

impl Turn {
    /// The turn of the call, from the end of a session; nothing if it is not there.
    fn of(session: &[u8], call: &Call) -> Option<Self> {
        let (turn, id) =
            (call.turn.as_deref().filter(|turn| !turn.is_empty())?, call.id.as_deref().unwrap_or_default());
        let mut escalated = false;
        for line in session.rsplit(|byte| *byte == b'\n') {
            let Some((kind, payload)) = entry(line) else { continue };
            let said = |key: &str| word(payload.get(key));
            if kind == "response_item" && !id.is_empty() && said("call_id") == id {
                // Only Codex's own word for it: the model may put in any other, which Codex does not look at.
                let arguments: Map<String, Value> = serde_json::from_str(said("arguments")).unwrap_or_default();
                escalated |= word(arguments.get("sandbox_permissions")) == "require_escalated";
            }
            if kind == "turn_context" && said("turn_id") == turn {
                let sandbox = payload.get("sandbox_policy").unwrap_or(&Value::Null);
                return Some(Self {
                    policy: said("approval_policy").to_owned(),
                    boxed: matches!(word(sandbox.get("type")), "read-only" | "workspace-write"),
                    wider: wider(sandbox),
                    by_a_person: matches!(said("approvals_reviewer"), "" | "user"),
                    escalated,
                });
            }
        }
        None
    }
}

/// Whether a box lets through the network, or writing to places of its own.
fn wider(sandbox: &Value) -> bool {
    let roots = sandbox.get("writable_roots").and_then(Value::as_array).is_some_and(|roots| !roots.is_empty());
    let online = sandbox.get("network_access").is_some_and(|online| *online != Value::Bool(false));
    roots || online
}

fn word(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

/// What a line is, and what it says, if it is one of the two that matter.
fn entry(line: &[u8]) -> Option<(String, Map<String, Value>)> {
    // Most lines are neither, and some are long.
    let head = line.get(..line.len().min(256))?;
    let begins = |kind: &str| head.windows(kind.len()).any(|part| part == kind.as_bytes());
    if !begins("\"turn_context\"") && !begins("\"response_item\"") {
        return None;
    }
    let Value::Object(mut line) = serde_json::from_slice(line).ok()? else { return None };
    let kind = line.get("type")?.as_str()?.to_owned();
    match line.remove("payload")? {
        Value::Object(payload) => Some((kind, payload)),
        _ => None,
    }
}

/// The end of a file.
fn tail(file: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
