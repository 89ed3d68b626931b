//! Hooks, driven through the real binary with the events that agents send, and read as the agents read them.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

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
