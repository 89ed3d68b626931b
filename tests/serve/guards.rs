//! What would end the server, or whom it answers to, is told from other processes.

use crate::machine::Machine;
use crate::{Server, ask};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;

#[test]
fn a_signal_to_guardian_or_its_caller_is_no_signal_like_others() {
    let machine = Machine::new();
    let server = Server::with(&machine, &["-s", "danger-full-access"]);
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    let mut out = UnixStream::connect(&server.path).unwrap();
    let mut lines = BufReader::new(out.try_clone().unwrap());
    let mut risk = |command: &str| {
        writeln!(out, "{}", ask(1, "check", json!({ "command": command }))).unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let verdict: Value = serde_json::from_str(&line).unwrap();
        verdict["result"]["risk"].as_str().unwrap_or_default().to_owned()
    };
    let (own, caller, other_id) = (server.child.id(), std::process::id(), other.id());
    // A thread of it is as good as itself; one or another may have ended since.
    let threads = std::fs::read_dir(format!("/proc/{own}/task")).unwrap();
    let threads: Vec<String> = threads.filter_map(|entry| entry.unwrap().file_name().into_string().ok()).collect();
    let mut others = threads.iter().filter(|thread| **thread != own.to_string());
    assert!(others.any(|thread| risk(&format!("kill -STOP {thread}")) == "high"), "{threads:?}");
    for command in [
        format!("kill {own}"),
        format!("kill -9 {other_id} {own}"),
        format!("kill -- -{own}"),
        format!("kill {caller}"),
        format!("gdb -p {own}"),
        format!("P={own}; kill $P"),
    ] {
        assert_eq!(risk(&command), "high", "{command}");
    }
    assert_eq!(risk(&format!("kill {other_id}")), "med");
    // By its words another one finds it, and what only this proposal says does not count.
    let full = ["check", "--json", "-s", "danger-full-access"];
    let seen = |command: &str| machine.run(&[&full[..], &[command]].concat()).json()["risk"].clone();
    assert_eq!(seen("pkill -f serve"), "high");
    assert_eq!(seen("pkill -f vite"), "med");
    other.kill().unwrap();
    other.wait().unwrap();
}
