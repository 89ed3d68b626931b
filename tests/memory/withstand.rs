//! What the record withstands: kills, many writers, and somebody who changes it.

use crate::machine::Machine;
use rusqlite::Connection;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

fn verify(machine: &Machine) -> Value {
    machine.run(&["log", "verify", "--json"]).json()
}

fn stream(machine: &Machine) -> Child {
    machine
        .guardian()
        .args(["check", "--jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a writer at moments that it does not choose. Whoever has heard a verdict finds it in the record afterwards.
#[test]
fn a_kill_loses_no_verdict_that_was_heard() {
    let machine = Machine::new();
    let rounds: usize = std::env::var("GUARDIAN_KILLS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(25);
    let mut heard = Vec::new();
    for round in 0..rounds {
        let mut child = stream(&machine);
        let mut input = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            // Until the reader is gone.
            while input.write_all(b"{\"command\":\"git status && ls src\"}\n").is_ok() {}
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..=(round * 7) % 60 {
            let verdict: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            heard.push(verdict["approval_id"].as_str().unwrap().to_owned());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        writer.join().unwrap();
    }
    let verified = verify(&machine);
    assert_eq!(verified["sound"], true, "{verified}");
    let kept: std::collections::HashSet<String> =
        machine.run(&["log", "--json"]).lines().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert!(heard.iter().all(|id| kept.contains(id)), "a verdict that was heard is not in the record");
    assert_eq!(kept.len() as u64, verified["rows"].as_u64().unwrap());
}

/// How often the disk is waited for until the verdict is there.
fn waits(machine: &Machine, words: &[&str]) -> Option<usize> {
    let trace = machine.path("trace");
    let mut command = machine.program("strace");
    command
        .args(["-f", "-e", "trace=fdatasync,fsync", "-o"])
        .arg(&trace)
        .arg(Machine::binary())
        .arg("check")
        .args(words);
    // Not everywhere is there a tracer, and leave to trace.
    let ran = command.output().ok().filter(|output| output.status.success())?;
    assert!(!ran.stdout.is_empty());
    Some(std::fs::read_to_string(trace).unwrap().lines().filter(|line| line.contains("sync(")).count())
}

#[test]
fn the_disk_is_waited_for_where_that_is_wanted() {
    let machine = Machine::new();
    // The first of all makes the key, which the disk has to have.
    machine.run(&["check", "ls"]);
    let Some(ordinary) = waits(&machine, &["ls"]) else {
        return;
    };
    assert_eq!(ordinary, 0);
    machine.configure("[audit]\nsync = \"full\"\n");
    assert_eq!(waits(&machine, &["ls"]), Some(1), "a row");
    machine.run(&["log"]);
    assert_eq!(waits(&machine, &["ls"]), Some(2), "a row, and the name of a new file");
}

#[test]
fn thirty_two_writers_and_a_reader_get_along() {
    let machine = Machine::new();
    let mut children: Vec<Child> = (0..32).map(|_| stream(&machine)).collect();
    for child in &mut children {
        child.stdin.as_mut().unwrap().write_all(b"{\"command\":\"git status\"}\n{\"command\":\"ls\"}\n").unwrap();
    }
    machine.run(&["log"]);
    for child in children {
        // Dropping the input ends it.
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
    let verified = verify(&machine);
    assert_eq!((&verified["sound"], &verified["rows"]), (&Value::from(true), &Value::from(64)), "{verified}");
}

#[test]
fn whoever_reads_before_anything_is_there_does_no_harm() {
    let machine = Machine::new();
    machine.run(&["log"]);
    machine.run(&["check", "ls"]);
    assert_eq!(verify(&machine)["sound"], true);
    // What was there and is gone is another matter, and is said once.
    let folder = machine.path("home/.local/state/guardian/audit");
    std::fs::remove_file(folder.join("head")).unwrap();
    machine.run(&["log"]);
    let verified = verify(&machine);
    assert_eq!((&verified["count"], &verified["rows"]), (&Value::from(1), &Value::from(2)), "{verified}");
    // So is the end of a record of which everything was let go.
    machine.run(&["check", "ls"]);
    machine.configure("[audit]\nkeep_days = 0\n");
    machine.run(&["log"]);
    std::fs::remove_file(folder.join("head")).unwrap();
    machine.run(&["check", "ls"]);
    let verified = verify(&machine);
    assert_eq!((&verified["count"], &verified["first"]), (&Value::from(1), &Value::from(4)), "{verified}");
}

/// A record of ten rows, and its database.
fn ten(machine: &Machine) -> Connection {
    for number in 0..10 {
        machine.run(&["check", &format!("echo {number}")]);
    }
    assert_eq!(verify(machine)["sound"], true);
    Connection::open(machine.path("home/.local/state/guardian/audit/audit.db")).unwrap()
}

#[test]
fn whoever_changes_a_row_is_found_out() {
    for (change, found) in [
        ("UPDATE row SET body = replace(body, 'echo 4', 'echo 9') WHERE seq = 5", "row 5 is not what was written"),
        ("DELETE FROM row WHERE seq = 5", "row 5 is missing"),
        ("DELETE FROM row WHERE seq = 1", "row 1 is missing"),
        ("DELETE FROM row WHERE seq = 10", "missing at the end"),
        (
            "UPDATE row SET seq = 99 WHERE seq = 5; UPDATE row SET seq = 5 WHERE seq = 6; UPDATE row SET seq = 6 WHERE seq = 99",
            "row 5 is not what was written",
        ),
        ("INSERT INTO row SELECT 11, code, replace(body, ':10,', ':11,') FROM row WHERE seq = 10", "row 11 is not"),
        ("UPDATE verdict SET decision = 0, risk = 2 WHERE seq = 3", "does not say what row 3 says"),
        ("DELETE FROM verdict WHERE seq = 3", "does not say what row 3 says"),
        ("DELETE FROM program WHERE seq = 3", "programs of row 3"),
        ("UPDATE program SET asks = 1 WHERE seq = 3", "programs of row 3"),
        ("INSERT INTO program VALUES ('ls', 3, 0)", "entries that no row names"),
        ("INSERT INTO program VALUES ('ls', 99, 0)", "of the table `program` belong to no row"),
        (
            "INSERT INTO verdict SELECT 99, time, id, decision, risk, front, agent, session, who, mode, policy, placement, elapsed, command, proposal, evidence FROM verdict LIMIT 1",
            "of the table `verdict` belong to no row",
        ),
        ("INSERT INTO event VALUES (3, 0, 'answer', 'x', 'once')", "does not say what row 3 says"),
        (
            "UPDATE evidence SET body = CAST(replace(CAST(body AS TEXT), 'low', 'med') AS BLOB)",
            "evidence of row 1 was changed",
        ),
        ("DELETE FROM evidence", "evidence of row 1 is missing"),
        (
            "INSERT INTO start VALUES (1, 3, zeroblob(32), zeroblob(32)); DELETE FROM row WHERE seq <= 3",
            "starts was changed",
        ),
    ] {
        let machine = Machine::new();
        ten(&machine).execute_batch(change).unwrap();
        let verified = verify(&machine);
        assert_eq!(verified["sound"], false, "{change}");
        assert!(verified["problems"].to_string().contains(found), "{change}: {verified}");
    }
}

#[test]
fn an_end_that_was_written_down_is_found_again() {
    let machine = Machine::new();
    let db = ten(&machine);
    let end = verify(&machine)["end"].as_str().unwrap().to_owned();
    machine.run(&["check", "echo more"]);
    assert_eq!(machine.run(&["log", "verify", "--end", &end]).status, Some(0));
    let other = end.replace("10:", "9:");
    assert_eq!(machine.run(&["log", "verify", "--end", &other]).status, Some(1));
    drop(db);
    // Whoever begins anew leaves no trace in the files, but not this row either.
    std::fs::remove_dir_all(machine.path("home/.local/state/guardian/audit")).unwrap();
    machine.run(&["check", "echo anew"]);
    assert_eq!(machine.run(&["log", "verify"]).status, Some(0));
    assert_eq!(machine.run(&["log", "verify", "--end", &end]).status, Some(1));
}
