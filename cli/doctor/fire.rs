//! Fires installed hooks: the very command lines that stand in the agents' settings, through a shell, as the agents do.

use super::{Check, State};
use crate::config::place::Places;
use crate::hook::host::{Event, Host, Silence};
use crate::install::plan::{self, Content, Scope};
use crate::install::{self, entries, jsonc};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// The checks of an agent's hooks in one scope; none where none are installed.
pub fn hooks(host: Host, scope: Scope, places: &Places) -> Vec<Check> {
    let word = if scope == Scope::User { "user" } else { "project" };
    let about = format!("hook {} ({word})", host.name());
    let Ok(plans) = install::plans(host, scope, places, "guardian") else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    for plan in plans {
        let text = match install::read(&plan.path) {
            Ok(Some(text)) => text,
            Ok(None) => continue,
            Err(problem) => {
                checks.push(Check::new(&about, "settings", State::Bad, problem.message));
                continue;
            }
        };
        match installed(&text, host, &plan.content) {
            Ok(commands) => {
                let mut commands = commands;
                commands.dedup();
                for command in commands {
                    for (name, event) in wired(host, &text, &command) {
                        checks.extend(fired(&about, host, &command, name, event));
                    }
                }
            }
            Err(error) => checks.push(Check::new(&about, "settings", State::Bad, error)),
        }
    }
    if checks.iter().any(|check| check.what == "answers") {
        checks.push(dead(&about, host));
    }
    checks
}

/// Our command lines in a file.
fn installed(text: &str, host: Host, content: &Content) -> Result<Vec<String>, String> {
    match (host, content) {
        (Host::Opencode | Host::Cline, _) if !text.contains(plan::MARK) => Ok(Vec::new()),
        (Host::Opencode, _) => {
            let line = text.lines().find_map(|line| line.strip_prefix("const COMMAND = "));
            let command = line.and_then(|line| serde_json::from_str(line.trim_end_matches(';')).ok());
            Ok(vec![command.ok_or("the plugin's command cannot be read")?])
        }
        (Host::Cline, _) => {
            let line = text.lines().nth(2).and_then(|line| line.split_once(" || "));
            Ok(vec![line.ok_or("the script's command cannot be read")?.0.to_owned()])
        }
        _ => Ok(entries::commands(&jsonc::parse(text)?, host)),
    }
}

/// The events that a command line is called for.
fn wired(host: Host, text: &str, command: &str) -> Vec<(&'static str, Event)> {
    let events = host.events();
    if let Some(event) = events.iter().find(|(name, _)| command.ends_with(&format!("--event {name}"))) {
        return vec![*event];
    }
    let named = |(name, _): &&(&str, Event)| text.contains(&format!("\"{name}\": ["));
    let found: Vec<_> = match host {
        // One command line a file, or one an event.
        Host::Opencode | Host::Cline | Host::Kiro | Host::CopilotCli => Vec::new(),
        _ => events.iter().filter(named).copied().collect(),
    };
    if found.is_empty() { events.iter().take(1).copied().collect() } else { found }
}

/// What a command line does at an event.
fn fired(about: &str, host: Host, command: &str, name: &'static str, event: Event) -> Vec<Check> {
    let about = &format!("{about}{}{name}", if name.is_empty() { "" } else { ", " });
    let harmless = probe(host, name, "true");
    let mut checks = Vec::new();
    let start = Instant::now();
    match shell(command, &harmless) {
        Ok(out) if out.status.success() => {
            let seen = format!("in {} ms: {command}", start.elapsed().as_millis());
            checks.push(Check::new(about, "answers", State::Good, seen));
        }
        Ok(out) => {
            let seen = format!("{}: {}", out.status, String::from_utf8_lossy(&out.stderr).trim());
            checks.push(Check::new(about, "answers", State::Bad, seen));
            return checks;
        }
        Err(error) => {
            checks.push(Check::new(about, "answers", State::Bad, error.to_string()));
            return checks;
        }
    }
    // Of a wipe, a box is no reason to keep silent.
    let silence_asks = host.honours(event).silence == Silence::Asks;
    let tries = [
        ("stops a wipe", "", probe(host, name, "rm -rf /")),
        ("stops on a crash", " --fail panic", harmless.clone()),
        ("stops on a hang", " --fail hang", harmless),
    ];
    for (what, more, event) in tries {
        let check = match shell(&format!("{command}{more}"), &event) {
            Ok(out) => match stops(&out) {
                Some(how) => Check::new(about, what, State::Good, how),
                None if silence_asks => Check::new(about, what, State::Good, "silence: the agent asks by itself"),
                None => {
                    Check::new(about, what, State::Bad, format!("fails open: {}", String::from_utf8_lossy(&out.stdout)))
                }
            },
            Err(error) => Check::new(about, what, State::Bad, error.to_string()),
        };
        checks.push(check);
    }
    checks
}

/// How an answer stops the agent, if it does.
fn stops(out: &Output) -> Option<&'static str> {
    if out.status.code() == Some(2) {
        return Some("exit status 2");
    }
    let text = String::from_utf8_lossy(&out.stdout);
    let value: Value = serde_json::from_str(&text).ok()?;
    let hook = value.get("hookSpecificOutput").unwrap_or(&value);
    let word = [hook.get("permissionDecision"), hook.pointer("/decision/behavior"), value.get("behavior")]
        .into_iter()
        .chain([value.get("permission"), value.get("decision")])
        .flatten()
        .find_map(Value::as_str);
    match word {
        Some("deny") => Some("denied"),
        Some("ask") => Some("asked"),
        _ if value.get("cancel") == Some(&Value::Bool(true)) => Some("denied"),
        _ => None,
    }
}

/// What the agent does when there is no answer at all, which no hook can change.
fn dead(about: &str, host: Host) -> Check {
    let (state, seen) = match host {
        Host::ClaudeCode => (State::Note, "closed from 2.1.295 on, which knows onFailure; open before"),
        Host::Cursor => (State::Good, "closed, by failClosed"),
        Host::CopilotCli => (State::Note, "closed, but open on a timeout of the agent's"),
        Host::GeminiCli => {
            (State::Note, "closed, but open on a timeout of the agent's; with nobody there a question makes it wait")
        }
        Host::Opencode => (State::Good, "closed: the plugin throws"),
        Host::Cline => (State::Good, "closed while the script can start"),
        Host::VsCode => (State::Note, "not documented; take it for open"),
        _ => (State::Note, "open: do not move or remove guardian while the hook is installed"),
    };
    Check::new(about, "if it cannot start", state, seen)
}

/// An event in the agent's format, about a command that is never run: of no session, so that no person is asked about it.
fn probe(host: Host, name: &str, script: &str) -> Value {
    let cwd = std::env::current_dir().unwrap_or_default();
    let tool = host.shells().first().copied().unwrap_or_default();
    match (host, name) {
        (Host::Cursor, "beforeShellExecution") => {
            json!({ "hook_event_name": name, "command": script, "cwd": cwd })
        }
        (Host::Windsurf, _) => {
            json!({ "agent_action_name": name, "tool_info": { "command_line": script, "cwd": cwd } })
        }
        (Host::Cline, _) => json!({
            "hookName": name, "workspaceRoots": [cwd],
            "preToolUse": { "tool": tool, "parameters": { "command": script } },
        }),
        (Host::CopilotCli, _) => json!({
            "cwd": cwd, "toolName": tool,
            "toolArgs": json!({ "command": script }).to_string(),
        }),
        (Host::Opencode, _) => {
            json!({ "tool": tool, "cwd": cwd, "args": { "command": script } })
        }
        _ => json!({
            "cwd": cwd, "hook_event_name": name,
            "tool_name": tool, "tool_input": { "command": script },
        }),
    }
}

fn shell(command: &str, event: &Value) -> std::io::Result<Output> {
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A hook that does not read has its say in its status.
        let _ = stdin.write_all(event.to_string().as_bytes());
    }
    child.wait_with_output()
}
