//! The past judged anew, and what is learnt from it.

use crate::machine::Machine;
use serde_json::{Value, json};

fn session(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Session files as Claude Code and Codex write them, with five commands.
fn transcripts(machine: &Machine) -> String {
    let repo = machine.path("home/repo");
    let claude = |command: &str| {
        json!({ "type": "assistant", "cwd": repo, "sessionId": "c", "message": { "role": "assistant", "content": [
            { "type": "text", "text": "rm -rf / is only mentioned" },
            { "type": "tool_use", "name": "Bash", "input": { "command": command } },
            { "type": "tool_use", "name": "Read", "input": { "file_path": "x" } } ] } })
    };
    machine.write(
        "home/past/claude/a.jsonl",
        &session(&[claude("git status"), claude("npm install"), claude("npm install")]),
    );
    let call = json!({ "type": "function_call", "name": "shell", "arguments":
        json!({ "command": ["bash", "-lc", "rm -rf ~/work"], "workdir": "/gone" }).to_string() });
    let exec =
        json!({ "type": "function_call", "name": "exec_command", "arguments": json!({ "cmd": "ls src" }).to_string() });
    machine.write(
        "home/past/codex/b.jsonl",
        &session(&[
            json!({ "type": "session_meta", "payload": { "id": "x", "cwd": repo } }),
            json!({ "type": "response_item", "payload": call }),
            json!({ "type": "response_item", "payload": exec }),
        ]),
    );
    machine.path("home/past").to_str().unwrap().to_owned()
}

#[test]
fn a_newcomer_gets_figures_from_session_files() {
    let machine = Machine::new();
    let folder = transcripts(&machine);
    let report = machine.run(&["replay", "--transcripts", &folder, "--json"]).json();
    assert_eq!((&report["proposals"], &report["commands"], &report["files"]), (&json!(5), &json!(4), &json!(2)));
    assert_eq!(report["now"], json!({ "allow": 2, "prompt": 3 }), "{report}");
    assert_eq!((&report["risks"]["high"]["prompt"], &report["moved"]), (&json!(1), &json!(1)));
    assert_eq!(report["stopped"][0]["command"], "bash -lc 'rm -rf ~/work'");
    let page = machine.run(&["replay", "--transcripts", &folder]).out;
    assert!(page.contains("5 proposals of 4 commands in 2 files"), "{page}");
    let learnt = machine.run(&["learn", "--transcripts", &folder, "--json"]).json();
    assert_eq!((learnt.as_array().unwrap().len(), &learnt[0]["saves"]), (1, &json!(2)), "{learnt}");
}

#[test]
fn other_rules_and_policies_change_what_they_say() {
    let machine = Machine::new();
    for command in ["npm install", "npm install", "git status", "rm -rf ~"] {
        machine.run(&["check", command]);
    }
    let moves = |words: &[&str]| machine.run(&[&["replay", "--json"], words].concat()).json()["moves"].clone();
    assert_eq!(moves(&[]), json!({}));
    machine.write("home/more.rules", "prefix_rule(pattern = [\"npm\"], decision = \"allow\")\n");
    let more = machine.path("home/more.rules");
    assert_eq!(moves(&["--rules", more.to_str().unwrap()]), json!({ "prompt -> allow": { "med": 2 } }));
    assert_eq!(moves(&["-a", "never", "--program", "rm"]), json!({ "prompt -> forbidden": { "high": 1 } }));
    assert_eq!(moves(&["--until", "2020-01-01"]), json!({}));
}

#[test]
fn what_is_learnt_holds_where_it_is_put() {
    let machine = Machine::new();
    for command in ["npm install", "npm install", "npm run x", "npm install && ls", "npm install left-pad"] {
        machine.run(&["check", command]);
    }
    let learnt = machine.run(&["learn"]);
    assert!(learnt.out.contains("# spares 3 questions") && learnt.out.contains("# allows "), "{learnt:?}");
    machine.write("home/learnt.rules", &learnt.out);
    let file = machine.path("home/learnt.rules");
    let file = file.to_str().unwrap();
    assert_eq!(machine.run(&["rules", "check", file]).status, Some(0));
    // What nobody was asked about so often is not in it.
    let after = machine.run(&["replay", "--rules", file, "--json"]).json();
    assert_eq!(after["moves"], json!({ "prompt -> allow": { "med": 3 } }), "{after}");
}

#[test]
fn numbers_and_report_say_the_same() {
    let machine = Machine::new();
    for command in ["npm install", "npm install", "git status", "<script>alert(1)</script>"] {
        machine.run(&["check", command]);
    }
    let stats = machine.run(&["stats", "--json"]).json();
    assert_eq!((&stats["numbers"]["verdicts"], &stats["numbers"]["asking"][0]["name"]), (&json!(4), &json!("npm")));
    assert_eq!(stats["rules"][0]["saves"], 2);
    let file = machine.path("home/report.html");
    assert_eq!(machine.run(&["log", "--html", file.to_str().unwrap()]).status, Some(0));
    let page = std::fs::read_to_string(file).unwrap();
    assert!(page.contains("<code>npm install</code>") && page.contains("default-src 'none'"));
    assert!(!page.contains("<script"));
}
