//! What each agent makes of a hook's answer, as its documentation and sources have it: the other side of the contract.
//! Strict where the agent is strict: a key it does not know fails the answer, and then the agent goes on.

use crate::machine::Ran;
use serde_json::Value;

/// What happens to the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The agent goes on as if there was no hook: it may run the command.
    Open,
    /// It runs without the agent's own question.
    Approved,
    /// The user is asked.
    Asked,
    /// It does not run.
    Denied,
}

impl Outcome {
    /// Whether nothing runs unless a person says so.
    pub fn holds(self) -> bool {
        matches!(self, Self::Asked | Self::Denied)
    }
}

/// What the agent does.
pub fn outcome(host: &str, event: &str, ran: &Ran) -> Outcome {
    // Called when the agent is about to ask its user, it goes on to do so.
    let asks_already = matches!(
        (host, event),
        ("claude-code", "PermissionRequest") | ("copilot-cli", "permissionRequest" | "PermissionRequest")
    );
    if ran.status == Some(2) && !asks_already && !matches!(host, "cline") {
        return Outcome::Denied;
    }
    if host == "opencode" && ran.status != Some(0) {
        return Outcome::Denied;
    }
    let fallback = if asks_already { Outcome::Asked } else { Outcome::Open };
    if ran.status != Some(0) {
        return fallback;
    }
    let Ok(value) = serde_json::from_str::<Value>(&ran.out) else {
        return fallback;
    };
    let allowed: &[&str] = match host {
        "codex" => &["hookSpecificOutput", "systemMessage"],
        "cline" => &["cancel", "errorMessage", "contextModification"],
        _ => return read(host, &value).unwrap_or(fallback),
    };
    let unknown = value.as_object().unwrap().keys().any(|key| !allowed.contains(&key.as_str()));
    if unknown {
        return fallback;
    }
    read(host, &value).unwrap_or(fallback)
}

fn read(host: &str, value: &Value) -> Option<Outcome> {
    if host == "cline" {
        return Some(if value["cancel"] == true { Outcome::Denied } else { Outcome::Open });
    }
    let hook = &value["hookSpecificOutput"];
    let words = [
        &hook["permissionDecision"],
        &hook["decision"]["behavior"],
        &value["permissionDecision"],
        &value["behavior"],
        &value["permission"],
        &value["decision"],
    ];
    let word = words.into_iter().find_map(Value::as_str)?;
    match word {
        "allow" => Some(match host {
            // Codex asks all the same, Gemini's policy decides, the plugin cannot approve.
            "codex" if hook["permissionDecision"].is_string() => {
                assert!(hook["updatedInput"].is_object(), "Codex takes no bare approval");
                Outcome::Open
            }
            "gemini-cli" | "opencode" => Outcome::Open,
            _ => Outcome::Approved,
        }),
        "ask" => Some(if matches!(host, "codex" | "opencode") { Outcome::Open } else { Outcome::Asked }),
        "deny" => {
            let reason = value.to_string();
            assert!(reason.len() > 30, "a denial without reason: {reason}");
            Some(Outcome::Denied)
        }
        _ => None,
    }
}
