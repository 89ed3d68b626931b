//! Enforcing mode from the agent's side: the rewritten command runs once, as it would have run, and never for others.

use crate::machine::{Machine, Ran};
use serde_json::{Value, json};
use std::fs;

/// A hook's answer to a command of Claude's, whose session is this test.
fn approve(machine: &Machine, script: &str) -> Value {
    let event = json!({
        "session_id": "s", "cwd": machine.path("home/repo"), "hook_event_name": "PreToolUse",
        "tool_name": "Bash", "tool_input": { "command": script },
    });
    let ran = machine.feed(&["hook", "claude-code", "--enforce"], event.to_string().as_bytes());
    ran.json()["hookSpecificOutput"].clone()
}

fn rewritten(machine: &Machine, script: &str) -> String {
    approve(machine, script)["updatedInput"]["command"].as_str().unwrap().to_owned()
}

fn shell(machine: &Machine, script: &str) -> Ran {
    Ran::of(machine.program("bash").args(["-c", script]).output().unwrap())
}

#[test]
fn the_agent_sees_what_it_would_have_seen() {
    let machine = Machine::new();
    if !machine.confines() {
        return;
    }
    let scripts = [
        "echo out; echo err >&2; exit 7",
        "printf '%s|' \"it's\" 'a\"b' '$HOME' \"$HOME\" '\\n' `echo x`",
        "cat <<'EOF' | tr a-z A-Z\nthe 'text' of \"it\" $HOME\nEOF",
        "true && false",
        "ls nowhere",
        "echo hi > made.txt; cat made.txt; rm made.txt",
        "kill -TERM $$",
    ];
    for script in scripts {
        let (plain, boxed) = (shell(&machine, script), shell(&machine, &rewritten(&machine, script)));
        let expected = plain.status.unwrap_or(128 + 15);
        assert_eq!(boxed.status, Some(expected), "{script}: {boxed:?}");
        assert_eq!(
            (&boxed.out, boxed.err.replace("/bin/bash: line 1", "bash: line 1")),
            (&plain.out, plain.err),
            "{script}"
        );
    }
}

#[test]
fn an_approval_is_for_one_run() {
    let machine = Machine::new();
    if !machine.confines() {
        return;
    }
    let command = rewritten(&machine, "echo ran >> log.txt");
    // Two that race for it: one of them runs.
    let both = shell(&machine, &format!("{command} & {command} & wait"));
    assert_eq!(both.err.matches("used up").count(), 1, "{both:?}");
    assert_eq!(fs::read_to_string(machine.path("home/repo/log.txt")).unwrap(), "ran\n");
    assert_eq!(shell(&machine, &command).status, Some(126));
}

#[test]
fn an_approval_is_for_one_command_place_and_policy() {
    let machine = Machine::new();
    let refused = |script: &str| {
        let ran = shell(&machine, script);
        assert_eq!(ran.status, Some(126), "{script}: {ran:?}");
        assert_eq!(ran.out, "", "{script}");
    };
    let command = rewritten(&machine, "echo one");
    refused(&command.replace("echo one", "echo two"));
    refused(&format!("cd src; {}", rewritten(&machine, "echo one")));
    refused(&rewritten(&machine, "echo one").replace(" run ", " run -s read-only "));
    let command = rewritten(&machine, "echo one");
    machine
        .write("home/.config/guardian/rules/x.rules", "prefix_rule(pattern = [\"curl\"], decision = \"forbidden\")\n");
    refused(&command);
}

#[test]
fn an_approval_is_for_the_agent_that_asked() {
    let machine = Machine::new();
    let event = json!({
        "session_id": "s", "cwd": machine.path("home/repo"), "hook_event_name": "PreToolUse",
        "tool_name": "Bash", "tool_input": { "command": "echo one" },
    });
    // Agents of their own, four processes away from this test.
    let hook = format!("printf %s '{event}' | {} hook claude-code --enforce", Machine::binary().display());
    let far = "bash -c 'bash -c \"bash -c \\\"bash \\$PWD/hook.sh; true\\\"; true\"; true'";
    machine.write("home/repo/hook.sh", &format!("{hook}; true\n"));
    let answer = shell(&machine, &format!("{far}; true")).json();
    let command = answer["hookSpecificOutput"]["updatedInput"]["command"].as_str().unwrap();
    let ran = shell(&machine, command);
    assert_eq!(ran.status, Some(126), "{ran:?}");
    assert!(ran.err.contains("another session"), "{ran:?}");
}

#[test]
fn a_grant_is_guardians_or_none() {
    let machine = Machine::new();
    let command = rewritten(&machine, "echo one");
    let folder = machine.path("home/.local/state/guardian/grants");
    for entry in fs::read_dir(&folder).unwrap().flatten().filter(|entry| entry.file_name() != "key") {
        let text = fs::read_to_string(entry.path()).unwrap();
        fs::write(entry.path(), text.replace("echo one", "echo two")).unwrap();
    }
    let ran = shell(&machine, &command.replace("echo one", "echo two"));
    assert_eq!(ran.status, Some(126));
    assert!(ran.err.contains("not guardian's"), "{ran:?}");
}

#[test]
fn what_a_hook_rewrote_is_known_again() {
    let machine = Machine::new();
    let allowed = rewritten(&machine, "echo one");
    assert_eq!(approve(&machine, &allowed)["permissionDecision"], "allow");
    assert_eq!(approve(&machine, &allowed)["updatedInput"], Value::Null);
    let asked = rewritten(&machine, "git push");
    assert_eq!(approve(&machine, &asked)["permissionDecision"], "ask");
    assert_eq!(approve(&machine, &format!("{allowed}; git push"))["permissionDecision"], "deny");
}
