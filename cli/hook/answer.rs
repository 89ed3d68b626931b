//! What is said to an agent, before and after it is put into the agent's own words.

use crate::hook::call::Call;
use crate::hook::host::{Event, Host};
use crate::render::wire;
use guardian_engine::Command;
use serde_json::{Map, Value, json};

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: the agent goes on as if there was no hook.
    Silent,
    /// Run it, perhaps in another wording.
    Allow {
        /// What to run instead.
        instead: Option<Command>,
        /// Why.
        reason: String,
    },
    /// Ask the user.
    Ask {
        /// What to run instead if the user agrees.
        instead: Option<Command>,
        /// Why.
        reason: String,
    },
    /// Do not run it.
    Deny {
        /// Why, for the model.
        reason: String,
    },
}

/// What the process says and how it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// For the standard output.
    pub out: String,
    /// For the standard error.
    pub err: String,
    /// The exit status: 0, or 2 where only that blocks.
    pub blocks: bool,
}

impl Reply {
    fn of(value: &Value) -> Self {
        let mut out = wire::compact(value);
        // What cannot be written must not pass for silence.
        if out.is_empty() {
            return Self::block("the answer could not be written");
        }
        out.push('\n');
        Self { out, ..Self::default() }
    }

    /// Exit status 2 with the reason on the standard error, which blocks on every host that looks at exit statuses.
    pub fn block(reason: &str) -> Self {
        Self { err: format!("guardian: {reason}\n"), blocks: true, ..Self::default() }
    }
}

/// The answer in the agent's words.
pub fn reply(host: Host, event: Event, event_name: &str, call: Option<&Call>, answer: &Answer) -> Reply {
    match host {
        Host::ClaudeCode | Host::VsCode => claude(event, event_name, call, answer),
        Host::Codex => codex(event, event_name, call, answer),
        Host::GeminiCli => gemini(call, answer),
        Host::Cursor => cursor(answer),
        Host::CopilotCli => copilot(event, call, answer),
        Host::Opencode => opencode(call, answer),
        Host::Cline => cline(answer),
        Host::Droid | Host::Kiro | Host::Windsurf => status(answer),
    }
}

/// The tool's arguments with the command replaced.
fn arguments(call: Option<&Call>, instead: Option<&Command>) -> Option<Map<String, Value>> {
    let (call, instead) = (call?, instead?);
    let mut arguments = call.arguments.clone();
    let command = match instead {
        Command::Script(script) => Value::from(script.clone()),
        Command::Argv(words) => Value::from(words.clone()),
    };
    arguments.insert(call.command_key.clone(), command);
    Some(arguments)
}

fn claude(event: Event, event_name: &str, call: Option<&Call>, answer: &Answer) -> Reply {
    if event == Event::Permission {
        return permission(event_name, call, answer, true);
    }
    let (word, reason, instead) = match answer {
        Answer::Silent => return Reply::default(),
        Answer::Allow { instead, reason } => ("allow", reason, instead.as_ref()),
        Answer::Ask { instead, reason } => ("ask", reason, instead.as_ref()),
        Answer::Deny { reason } => ("deny", reason, None),
    };
    let mut output = json!({
        "hookEventName": event_name,
        "permissionDecision": word,
        "permissionDecisionReason": reason,
    });
    if let (Some(arguments), Some(output)) = (arguments(call, instead), output.as_object_mut()) {
        output.insert("updatedInput".to_owned(), Value::Object(arguments));
    }
    Reply::of(&json!({ "hookSpecificOutput": output }))
}

/// Claude's and Codex's `PermissionRequest`, of which Codex takes no replacement.
fn permission(event_name: &str, call: Option<&Call>, answer: &Answer, replaces: bool) -> Reply {
    let decision = match answer {
        Answer::Silent | Answer::Ask { .. } => return Reply::default(),
        Answer::Allow { instead, .. } => {
            let mut decision = json!({ "behavior": "allow" });
            if let (Some(arguments), Some(decision)) = (arguments(call, instead.as_ref()), decision.as_object_mut()) {
                if !replaces {
                    return Reply::default();
                }
                decision.insert("updatedInput".to_owned(), Value::Object(arguments));
            }
            decision
        }
        Answer::Deny { reason } => json!({ "behavior": "deny", "message": reason }),
    };
    Reply::of(&json!({
        "hookSpecificOutput": { "hookEventName": event_name, "decision": decision }
    }))
}

fn codex(event: Event, event_name: &str, call: Option<&Call>, answer: &Answer) -> Reply {
    if event == Event::Permission {
        return permission(event_name, call, answer, false);
    }
    let output = match answer {
        Answer::Silent | Answer::Ask { .. } => return Reply::default(),
        Answer::Allow { instead, .. } => match arguments(call, instead.as_ref()) {
            // An approval without a rewrite is a mistake to Codex.
            None => return Reply::default(),
            Some(arguments) => json!({
                "hookEventName": event_name,
                "permissionDecision": "allow",
                "updatedInput": arguments,
            }),
        },
        Answer::Deny { reason } => json!({
            "hookEventName": event_name,
            "permissionDecision": "deny",
            "permissionDecisionReason": reason,
        }),
    };
    Reply::of(&json!({ "hookSpecificOutput": output }))
}

fn gemini(call: Option<&Call>, answer: &Answer) -> Reply {
    let (mut value, instead) = match answer {
        Answer::Silent => return Reply::default(),
        Answer::Allow { instead, .. } => (json!({ "decision": "allow" }), instead.as_ref()),
        Answer::Ask { instead, reason } => (json!({ "decision": "ask", "reason": reason }), instead.as_ref()),
        Answer::Deny { reason } => (json!({ "decision": "deny", "reason": reason }), None),
    };
    if let (Some(arguments), Some(value)) = (arguments(call, instead), value.as_object_mut()) {
        value.insert("hookSpecificOutput".to_owned(), json!({ "tool_input": arguments }));
    }
    Reply::of(&value)
}

fn cursor(answer: &Answer) -> Reply {
    let (word, reason) = match answer {
        Answer::Silent => return Reply::default(),
        Answer::Allow { .. } => return Reply::of(&json!({ "permission": "allow" })),
        Answer::Ask { reason, .. } => ("ask", reason),
        Answer::Deny { reason } => ("deny", reason),
    };
    // Versions differ in the spelling they read.
    Reply::of(&json!({
        "permission": word,
        "user_message": reason,
        "agent_message": reason,
        "userMessage": reason,
        "agentMessage": reason,
    }))
}

fn copilot(event: Event, call: Option<&Call>, answer: &Answer) -> Reply {
    if event == Event::Permission {
        return match answer {
            Answer::Silent | Answer::Ask { .. } => Reply::default(),
            Answer::Allow { .. } => Reply::of(&json!({ "behavior": "allow" })),
            Answer::Deny { reason } => Reply::of(&json!({ "behavior": "deny", "message": reason })),
        };
    }
    let (word, reason, instead) = match answer {
        Answer::Silent => return Reply::default(),
        Answer::Allow { instead, reason } => ("allow", reason, instead.as_ref()),
        Answer::Ask { instead, reason } => ("ask", reason, instead.as_ref()),
        Answer::Deny { reason } => ("deny", reason, None),
    };
    let mut value = json!({ "permissionDecision": word, "permissionDecisionReason": reason });
    if let (Some(arguments), Some(value)) = (arguments(call, instead), value.as_object_mut()) {
        value.insert("modifiedArgs".to_owned(), Value::Object(arguments));
    }
    Reply::of(&value)
}

/// The protocol of our own plugin: it throws on `deny`, and puts `args` in the place of the arguments.
fn opencode(call: Option<&Call>, answer: &Answer) -> Reply {
    match answer {
        Answer::Silent => Reply::default(),
        Answer::Allow { instead, .. } => match arguments(call, instead.as_ref()) {
            None => Reply::default(),
            Some(arguments) => Reply::of(&json!({ "decision": "allow", "args": arguments })),
        },
        Answer::Ask { reason, .. } | Answer::Deny { reason } => {
            Reply::of(&json!({ "decision": "deny", "reason": reason }))
        }
    }
}

/// Cline wants to be told in any case.
fn cline(answer: &Answer) -> Reply {
    match answer {
        Answer::Deny { reason } | Answer::Ask { reason, .. } => {
            Reply::of(&json!({ "cancel": true, "errorMessage": reason }))
        }
        Answer::Silent | Answer::Allow { .. } => Reply::of(&json!({ "cancel": false })),
    }
}

/// Hosts that look at the exit status alone.
fn status(answer: &Answer) -> Reply {
    match answer {
        Answer::Deny { reason } | Answer::Ask { reason, .. } => Reply::block(reason),
        Answer::Silent | Answer::Allow { .. } => Reply::default(),
    }
}
