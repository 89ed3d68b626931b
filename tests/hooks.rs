//! Hooks, driven through the real binary with the events that agents send, and read as the agents read them.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "hooks/codex.rs"]
mod codex_turns;
#[path = "hooks/enforcing.rs"]
mod enforcing;
#[path = "hooks/failures.rs"]
mod failures;
#[path = "cli/machine.rs"]
#[expect(dead_code, clippy::expect_used, clippy::print_stderr, reason = "the machine serves other tests too")]
mod machine;
#[path = "hooks/simulator.rs"]
mod simulator;

use machine::Machine;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Every agent with fixtures.
pub const HOSTS: &[&str] = &[
    "claude-code",
    "codex",
    "gemini-cli",
    "cursor",
    "copilot-cli",
    "vs-code",
    "opencode",
    "cline",
    "droid",
    "kiro",
    "windsurf",
];

/// A machine with a rule that forbids something.
fn machine() -> Machine {
    let machine = Machine::new();
    machine.write(
        "home/.config/guardian/rules/default.rules",
        "prefix_rule(pattern = [\"npm\", \"publish\"], decision = \"forbidden\")\n",
    );
    machine
}

/// The cases of an agent.
fn cases(host: &str, machine: &Machine) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/hooks/{host}.json"));
    let text = fs::read_to_string(path)
        .unwrap()
        .replace("@REPO", machine.path("home/repo").to_str().unwrap())
        .replace("@GUARDIAN", Machine::binary().to_str().unwrap());
    serde_json::from_str(&text).unwrap()
}

/// Whether the answer is the expected one: no key more, no key less; `*` is any text, `@RUN x` is `x` through the launcher.
fn same(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::String(any), Value::String(text)) if any == "*" => !text.is_empty(),
        (Value::String(run), Value::String(text)) if run.starts_with("@RUN ") => {
            let words = shlex::split(text).unwrap();
            words[0] == Machine::binary().to_str().unwrap()
                && words[1] == "run"
                && words.last().unwrap() == run.strip_prefix("@RUN ").unwrap()
        }
        (Value::Object(expected), Value::Object(found)) => {
            expected.len() == found.len()
                && expected.iter().all(|(key, value)| found.get(key).is_some_and(|found| same(value, found)))
        }
        _ => expected == found,
    }
}

fn check(host: &str) {
    let machine = machine();
    let mut wrong = Vec::new();
    for case in cases(host, &machine) {
        let mut words = vec!["hook", host];
        words.extend(case["args"].as_array().into_iter().flatten().map(|word| word.as_str().unwrap()));
        let ran = machine.feed(&words, case["event"].to_string().as_bytes());
        let right = match &case["out"] {
            Value::String(_) => ran.out.is_empty(),
            expected => serde_json::from_str(&ran.out).is_ok_and(|found| same(expected, &found)),
        };
        if !right || i64::from(ran.status.unwrap_or(-1)) != case["exit"].as_i64().unwrap() {
            wrong.push(format!("{}: {ran:?}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{host}:\n{}", wrong.join("\n"));
}

#[test]
fn claude_code() {
    check("claude-code");
}

#[test]
fn codex() {
    check("codex");
}

#[test]
fn gemini_cli() {
    check("gemini-cli");
}

#[test]
fn cursor() {
    check("cursor");
}

#[test]
fn copilot_cli() {
    check("copilot-cli");
}

#[test]
fn vs_code() {
    check("vs-code");
}

#[test]
fn hosts_that_only_block() {
    for host in ["opencode", "cline", "droid", "kiro", "windsurf"] {
        check(host);
    }
}

/// A key as others spell it.
fn respelt(key: &str, camel: bool) -> String {
    let mut text = String::new();
    let mut raise = false;
    for character in key.chars() {
        match character {
            '_' if camel => raise = true,
            upper if !camel && upper.is_ascii_uppercase() => {
                text.push('_');
                text.push(upper.to_ascii_lowercase());
            }
            other => {
                text.push(if raise { other.to_ascii_uppercase() } else { other });
                raise = false;
            }
        }
    }
    text
}

/// The event with its keys in one spelling, and the arguments of its tool as a string of JSON.
fn spelt(value: &Value, camel: bool, in_a_string: bool) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let arguments = ["tool_input", "toolInput", "toolArgs", "args", "parameters"];
    let field = |(key, value): (&String, &Value)| {
        let inner = spelt(value, camel, in_a_string);
        let text = in_a_string && inner.is_object() && arguments.contains(&key.as_str());
        (respelt(key, camel), if text { Value::String(inner.to_string()) } else { inner })
    };
    Value::Object(fields.iter().map(field).collect())
}

/// What of an answer is a decision: its words may name what the agent wrote.
fn decided(out: &str) -> String {
    let value: Value = serde_json::from_str(out).unwrap_or_default();
    let places = ["", "/hookSpecificOutput"];
    let keys = ["permissionDecision", "permission", "decision", "behavior", "cancel"];
    let found = places.iter().flat_map(|place| keys.iter().map(move |key| format!("{place}/{key}")));
    found.filter_map(|pointer| Some(format!("{pointer} {}", value.pointer(&pointer)?))).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_spelling_says_the_same() {
    let machine = machine();
    let mut wrong = Vec::new();
    for host in HOSTS {
        for case in cases(host, &machine) {
            let mut words = vec!["hook", host];
            words.extend(case["args"].as_array().into_iter().flatten().map(|word| word.as_str().unwrap()));
            let ask = |event: &Value| {
                let ran = machine.feed(&words, event.to_string().as_bytes());
                (ran.status, decided(&ran.out))
            };
            let plain = ask(&case["event"]);
            for (camel, string) in [(true, false), (false, true)] {
                let other = ask(&spelt(&case["event"], camel, string));
                if other != plain {
                    wrong.push(format!("{host}, {}: {plain:?}, {other:?}", case["name"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
