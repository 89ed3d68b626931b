//! The failure table: whatever goes wrong, in the eyes of every agent nothing runs unless a person says so.

use crate::machine::{Machine, Ran, piped};
use crate::simulator::{Outcome, outcome};
use crate::{HOSTS, cases, machine};
use serde_json::Value;

/// The first event of each kind that has a command.
fn events(host: &str, machine: &Machine) -> Vec<(String, Vec<String>, Value)> {
    let mut found: Vec<(String, Vec<String>, Value)> = Vec::new();
    for case in cases(host, machine) {
        let event = &case["event"];
        let text = event.to_string();
        let name = ["hook_event_name", "hookEventName", "hookName", "agent_action_name"]
            .iter()
            .find_map(|key| event[*key].as_str())
            .unwrap_or_default()
            .to_owned();
        let args: Vec<String> = match case["args"].as_array() {
            Some(args) if args[0] == "--event" => args.iter().map(|word| word.as_str().unwrap().to_owned()).collect(),
            Some(_) => continue,
            None => Vec::new(),
        };
        let name = args.get(1).cloned().unwrap_or(name);
        let about_a_command = text.contains("cat README.md && ls") && name != "PostToolUse";
        if about_a_command && !found.iter().any(|(known, words, _)| *known == name && *words == args) {
            found.push((name, args, event.clone()));
        }
    }
    assert!(!found.is_empty(), "{host} has no event to fail with");
    found
}

fn ends_well(host: &str, event: &str, what: &str, ran: &Ran) {
    assert!(outcome(host, event, ran).holds(), "{host} {event} fails open on {what}: {ran:?}");
}

fn fire(machine: &Machine, host: &str, more: &[String], input: &[u8]) -> Ran {
    let mut words = vec!["hook", host];
    words.extend(more.iter().map(String::as_str));
    machine.feed(&words, input)
}

#[test]
fn what_cannot_be_read_blocks() {
    let machine = machine();
    for host in HOSTS {
        for input in ["", "{", "[]", "null", "\u{0}", "{\"hook_event_name\": 7}"] {
            ends_well(host, "", input, &fire(&machine, host, &[], input.as_bytes()));
        }
        ends_well(host, "", "bytes", &fire(&machine, host, &[], b"\xff\xfe"));
    }
}

#[test]
fn a_shell_without_a_command_is_no_other_tool() {
    let machine = machine();
    for host in HOSTS {
        for (name, args, event) in events(host, &machine) {
            let text = event.to_string();
            let spoilt = text.replace("\"command", "\"kommand").replace("\\\"command", "\\\"kommand");
            assert_ne!(spoilt, text);
            let ran = fire(&machine, host, &args, spoilt.as_bytes());
            ends_well(host, &name, "no command", &ran);
        }
    }
}

#[test]
fn what_would_not_run_as_it_is_judged_blocks() {
    let machine = machine();
    let besides = [
        ("two folders", r#""workdir":"/tmp","dirPath":"/","#),
        ("a folder that is none", r#""workdir":["/tmp"],"#),
        ("variables", r#""env":{"LD_PRELOAD":"./x.so"},"#),
        ("a shell of its own", r#""shell":"./sh","#),
    ];
    for host in HOSTS {
        for (name, args, event) in events(host, &machine) {
            let text = event.to_string();
            // Their events are for commands alone: what else is in them is the agent's.
            let bare = *host == "windsurf" || name == "beforeShellExecution";
            for (what, more) in besides.into_iter().filter(|(_, more)| !bare || more.contains("workdir")) {
                let escaped = more.replace('"', "\\\"");
                let (key, more) =
                    if text.contains("\\\"command") { ("\\\"command", &*escaped) } else { ("\"command", more) };
                let spoilt = text.replace(key, &format!("{more}{key}"));
                assert_ne!(spoilt, text);
                ends_well(host, &name, what, &fire(&machine, host, &args, spoilt.as_bytes()));
            }
        }
    }
    let usual = r#"{"command": "ls", "cwd": "", "workdir": "src", "shell": "/bin/bash", "env": {}}"#;
    let event = format!(r#"{{"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {usual}}}"#);
    let ran = fire(&machine, "claude-code", &[], event.as_bytes());
    assert_eq!(outcome("claude-code", "PreToolUse", &ran), Outcome::Approved, "{ran:?}");
}

#[test]
fn what_has_no_name_is_no_other_event_and_no_other_tool() {
    let machine = machine();
    for host in HOSTS {
        for (name, args, event) in events(host, &machine) {
            for key in ["tool_name", "toolName", "tool"] {
                let mut spoilt = event.clone();
                let nested = spoilt.get("preToolUse").map(|_| "/preToolUse").unwrap_or_default();
                let place = spoilt.pointer_mut(nested).and_then(Value::as_object_mut).unwrap();
                if let Some(tool) = place.get_mut(key) {
                    *tool = "".into();
                    ends_well(host, &name, "no tool", &fire(&machine, host, &args, spoilt.to_string().as_bytes()));
                }
            }
        }
    }
    let unnamed = br#"{"hook_event_name": "", "tool_name": "Bash", "tool_input": {"command": "rm -rf /"}}"#;
    assert_eq!(fire(&machine, "claude-code", &[], unnamed).status, Some(2));
}

#[test]
fn an_agent_that_leaves_its_end_open_is_answered() {
    use std::io::{Read, Write};
    let machine = machine();
    let (_, _, event) = events("claude-code", &machine).remove(0);
    let mut child = piped(machine.guardian().args(["hook", "claude-code"]));
    let mut open = child.stdin.take().unwrap();
    // In pieces, as a pipe may give it.
    for piece in event.to_string().as_bytes().chunks(40) {
        open.write_all(piece).unwrap();
    }
    let mut answer = String::new();
    child.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{answer}");
    assert!(answer.contains("permissionDecision"), "{answer}");
    drop(open);
}

#[test]
fn bugs_and_silence_block() {
    let machine = machine();
    for host in HOSTS {
        for (name, args, event) in events(host, &machine) {
            for how in ["panic", "hang"] {
                let mut words = args.clone();
                words.extend(["--fail".to_owned(), how.to_owned()]);
                let ran = fire(&machine, host, &words, event.to_string().as_bytes());
                ends_well(host, &name, how, &ran);
            }
        }
    }
}

#[test]
fn an_agent_that_says_nothing_is_not_waited_for() {
    let machine = machine();
    for host in HOSTS {
        let mut child = piped(machine.guardian().args(["hook", host, "--fail", "hang"]));
        // Held open to the end.
        let silent = child.stdin.take();
        let ran = Ran::of(child.wait_with_output().unwrap());
        drop(silent);
        ends_well(host, "", "silence", &ran);
        assert!(ran.err.contains("took too long") || ran.out.contains("took too long"), "{host}: {ran:?}");
    }
}

#[test]
fn a_small_stack_changes_nothing() {
    let machine = machine();
    for host in HOSTS {
        let (name, args, event) = events(host, &machine).remove(0);
        for more in [&[][..], &["--fail", "hang"], &["--fail", "panic"]] {
            let mut command = machine.program("sh");
            command.args(["-c", "ulimit -s 256; exec \"$0\" \"$@\""]).arg(Machine::binary()).args(["hook", host]);
            let ran = Ran::fed(command.args(&args).args(more), event.to_string().as_bytes());
            let mut words = args.clone();
            words.extend(more.iter().map(|word| (*word).to_owned()));
            let usual = fire(&machine, host, &words, event.to_string().as_bytes());
            assert_eq!((&ran.status, &ran.out), (&usual.status, &usual.out), "{host} {name} {more:?}");
        }
    }
}

#[test]
fn a_policy_that_cannot_be_read_blocks() {
    let machine = machine();
    machine.configure("approval_policy = \"whatever\"\n");
    for host in HOSTS {
        for (name, args, event) in events(host, &machine) {
            let ran = fire(&machine, host, &args, event.to_string().as_bytes());
            ends_well(host, &name, "a broken configuration", &ran);
            assert!(ran.err.contains("config.toml"), "{host} does not say what is broken: {ran:?}");
        }
    }
}

#[test]
fn a_wrong_word_on_the_command_line_blocks() {
    let machine = machine();
    for words in [&["hook", "clod"][..], &["hook"], &["hook", "codex", "--nonsense"]] {
        assert_eq!(machine.feed(words, b"{}").status, Some(2));
    }
}

#[test]
fn an_answer_that_nobody_can_read_blocks() {
    let machine = machine();
    let event = events("claude-code", &machine).remove(0).2.to_string();
    let mut command = machine.program("bash");
    let script = format!("printf %s '{event}' | {} hook claude-code > /dev/full", Machine::binary().display());
    let status = command.args(["-o", "pipefail", "-c", &script]).output().unwrap().status;
    assert_eq!(status.code(), Some(2));
}

#[test]
fn agents_read_the_answers_as_meant() {
    let machine = machine();
    for host in HOSTS {
        for case in cases(host, &machine) {
            let name = case["event"]["hook_event_name"].as_str().unwrap_or_default();
            let mut words = Vec::new();
            words.extend(case["args"].as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()));
            let ran = fire(&machine, host, &words, case["event"].to_string().as_bytes());
            let outcome = outcome(host, name, &ran);
            let text = case["event"].to_string();
            if text.contains("npm publish") {
                assert_eq!(outcome, Outcome::Denied, "{host} {}", case["name"]);
            }
            if text.contains("git push") {
                assert_ne!(outcome, Outcome::Approved, "{host} {}", case["name"]);
            }
        }
    }
}
