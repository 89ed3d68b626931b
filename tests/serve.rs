//! The server, from outside: over the standard streams and over its socket.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and a measurement is printed"
)]

#[path = "cli/machine.rs"]
#[expect(dead_code, clippy::expect_used, clippy::print_stderr, reason = "the machine serves other tests too")]
mod machine;

#[path = "serve/approvals.rs"]
mod approvals;

#[path = "serve/guards.rs"]
mod guards;

#[path = "serve/world.rs"]
mod world;

use machine::Machine;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

fn talk(machine: &Machine, messages: &[Value]) -> HashMap<String, Value> {
    let input: String = messages.iter().map(|message| format!("{message}\n")).collect();
    let ran = machine.feed(&["serve"], input.as_bytes());
    assert_eq!(ran.status, Some(0), "{ran:?}");
    ran.lines().into_iter().map(|answer| (answer["id"].to_string(), answer)).collect()
}

fn ask(id: u32, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

#[test]
fn everything_is_answered_under_its_id() {
    let machine = Machine::new();
    let repo = machine.path("home/repo");
    let answers = talk(
        &machine,
        &[
            ask(1, "initialize", Value::Null),
            ask(2, "check", json!({ "command": "cat README.md", "cwd": repo })),
            ask(3, "explain", json!({ "argv": ["git", "push"] })),
            ask(4, "nonsense", Value::Null),
            ask(5, "check", json!({ "command": "ls", "kommand": 1 })),
            ask(6, "check", json!({ "command": "ls", "cwd": "src" })),
            ask(7, "status", Value::Null),
            ask(8, "schema", Value::Null),
            json!({ "jsonrpc": "1.0", "id": 9, "method": "check" }),
            json!({ "jsonrpc": "2.0", "method": "check", "params": { "command": "ls" } }),
            json!([]),
        ],
    );
    assert_eq!(answers["1"]["result"]["protocol"], 2);
    assert_eq!(answers["2"]["result"]["decision"], "allow");
    assert_eq!(answers["3"]["result"]["verdict"]["decision"], "prompt");
    assert!(answers["3"]["result"]["page"].as_str().unwrap().contains("git push"));
    let code = |id: &str| answers[id]["error"]["code"].as_i64();
    assert_eq!((code("4"), code("5"), code("6"), code("9")), (Some(-32601), Some(-32602), Some(-32602), Some(-32600)));
    assert!(answers["7"]["result"]["enforcement"]["tier"].is_string());
    assert!(answers["8"]["result"]["check"]["params"].is_object());
    assert_eq!(code("null"), Some(-32600));
    assert_eq!(answers.len(), 10);
}

#[test]
fn only_what_is_allowed_is_launched() {
    let machine = Machine::new();
    if !machine.confines() {
        return;
    }
    let repo = machine.path("home/repo");
    let answers = talk(
        &machine,
        &[
            ask(1, "run", json!({ "command": "cat README.md; exit 3", "cwd": repo })),
            ask(2, "run", json!({ "command": "touch pushed; git push", "cwd": repo })),
        ],
    );
    assert_eq!((&answers["1"]["result"]["status"], &answers["1"]["result"]["stdout"]), (&json!(3), &json!("hello\n")));
    assert_eq!(answers["2"]["result"]["verdict"]["decision"], "prompt");
    assert_eq!(answers["2"]["result"]["status"], Value::Null);
    assert!(!repo.join("pushed").exists());
}

/// A server on a socket, ended with the test.
struct Server {
    child: Child,
    path: PathBuf,
}

impl Server {
    fn new(machine: &Machine) -> Self {
        Self::with(machine, &[])
    }

    fn with(machine: &Machine, words: &[&str]) -> Self {
        // Socket paths are short.
        let path = std::env::temp_dir().join(format!(
            "guardian-test-{}-{:?}.sock",
            std::process::id(),
            std::thread::current().id()
        ));
        let mut guardian = machine.guardian();
        // It leads a group: where tests run in a pid namespace, theirs may have no number.
        guardian.arg("serve").args(words).arg("--socket").arg(&path).process_group(0);
        let child = guardian.spawn().unwrap();
        let start = Instant::now();
        while UnixStream::connect(&path).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "the server does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, path }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.path);
    }
}

/// What a client saw: how long each answer took, and how many were not what they should be.
fn client(path: &Path, requests: u32) -> (Vec<Duration>, u32) {
    let (mut latencies, mut errors) = (Vec::new(), 0);
    let mut stream = UnixStream::connect(path).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    for id in 0..requests {
        let start = Instant::now();
        writeln!(stream, "{}", ask(id, "check", json!({ "command": "ls -la src | head" }))).unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        latencies.push(start.elapsed());
        let answer: Value = serde_json::from_str(&line).unwrap_or_default();
        let right = (answer["id"].as_u64(), answer["result"]["decision"].as_str()) == (Some(id.into()), Some("allow"));
        errors += u32::from(!right);
    }
    (latencies, errors)
}

/// Lets so many clients ask so often, all at once, and says in a line how that went.
fn load(clients: u32, requests: u32) -> (usize, u32, String) {
    let machine = Machine::new();
    let server = Server::new(&machine);
    assert_eq!(fs::metadata(&server.path).unwrap().permissions().mode() & 0o777, 0o600);
    let path = &server.path;
    let start = Instant::now();
    let saw: Vec<(Vec<Duration>, u32)> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(move || client(path, requests))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let took = start.elapsed();
    let errors = saw.iter().map(|(_, errors)| errors).sum();
    let mut latencies: Vec<Duration> = saw.into_iter().flat_map(|(latencies, _)| latencies).collect();
    latencies.sort();
    let memory = fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap_or_default();
    let memory = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().trim().to_owned();
    let count = latencies.len();
    let at = |percent: usize| latencies[(count * percent / 100).min(count - 1)];
    let report = format!(
        "{count} requests of {clients} clients: {errors} errors, {:.0}/s, p50 {:?}, p99 {:?}, slowest {:?}, {memory} at most",
        count as f64 / took.as_secs_f64(),
        at(50),
        at(99),
        at(100)
    );
    (count, errors, report)
}

#[test]
fn many_clients_are_served_at_once() {
    let (count, errors, report) = load(40, 10);
    assert_eq!((count, errors), (400, 0), "{report}");
}

#[test]
#[ignore = "a measurement: cargo test --release --test serve -- --ignored --nocapture full_load"]
fn full_load() {
    let number = |name: &str, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (clients, requests) = (number("GUARDIAN_LOAD_CLIENTS", 500), number("GUARDIAN_LOAD_REQUESTS", 200));
    let (count, errors, report) = load(clients, requests);
    println!("{report}");
    assert_eq!((count, errors), ((clients * requests) as usize, 0));
}

#[test]
fn what_was_just_written_holds_for_the_next_request() {
    let machine = Machine::new();
    let server = Server::new(&machine);
    let mut stream = UnixStream::connect(&server.path).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut decision = |cwd: &Path| {
        writeln!(stream, "{}", ask(1, "check", json!({ "command": "cat README.md", "cwd": cwd }))).unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        answer["result"]["decision"].as_str().unwrap_or("an error").to_owned()
    };
    let repo = machine.path("home/repo");
    let rules = "home/.config/guardian/rules/own.rules";
    let rule = |decision| format!("prefix_rule(pattern=[\"cat\"], decision={decision:<11})\n");
    for _ in 0..3 {
        assert_eq!(decision(&repo), "allow");
        // The same length, one right after the other.
        for (word, expected) in
            [("\"forbidden\"", "forbidden"), ("\"prompt\"", "prompt"), ("\"forbidden\"", "forbidden")]
        {
            machine.write(rules, &rule(word));
            assert_eq!(decision(&repo), expected);
        }
        fs::remove_file(machine.path(rules)).unwrap();
    }
    assert_eq!(decision(&repo), "allow");
    machine.configure("approval_policy = \"untrusted\"\n[projects.\"/none\"]\ntrust_level = \"trusted\"\n");
    assert_eq!(decision(&repo), "allow");
    machine.configure("approval_policy = \"sometimes\"\n");
    assert_eq!(decision(&repo), "an error");
    machine.configure("");
    // A folder that is another by now.
    let link = machine.path("home/link");
    std::os::unix::fs::symlink(&repo, &link).unwrap();
    assert_eq!(decision(&link), "allow");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("/nowhere", &link).unwrap();
    assert_eq!(decision(&link), "an error");
}

#[test]
fn who_does_not_read_keeps_nobody_else_waiting() {
    let machine = Machine::new();
    let server = Server::new(&machine);
    let mut deaf = UnixStream::connect(&server.path).unwrap();
    deaf.set_nonblocking(true).unwrap();
    let line = format!("{}\n", ask(1, "status", Value::Null)).replace("\"id\":1", "\"id\":null");
    let (mut sent, mut stuck) = (0, Instant::now());
    // Until it is not read from any more.
    while stuck.elapsed() < Duration::from_secs(2) && sent < 1 << 26 {
        match deaf.write(format!("{{\"jsonrpc\":\"2.0\",\"id\":{sent},\"method\":\"nonsense\"}}\n{line}").as_bytes()) {
            Ok(length) => (sent, stuck) = (sent + length, Instant::now()),
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    assert!(sent < 1 << 26, "it is read from for ever");
    let mut other = UnixStream::connect(&server.path).unwrap();
    other.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut lines = BufReader::new(other.try_clone().unwrap());
    for number in 0..20 {
        writeln!(other, "{}", ask(number, "check", json!({ "command": "ls" }))).unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert!(line.contains("\"decision\":\"allow\""), "{line}");
    }
    drop(deaf);
}

#[test]
fn a_server_ends_when_it_is_told_to() {
    let machine = Machine::new();
    let mut server = Server::new(&machine);
    let mut stream = UnixStream::connect(&server.path).unwrap();
    writeln!(stream, "{}", ask(1, "shutdown", Value::Null)).unwrap();
    let start = Instant::now();
    while server.child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(10), "the server goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!server.path.exists());
}

#[test]
fn two_servers_do_not_share_a_socket() {
    let machine = Machine::new();
    let server = Server::new(&machine);
    let ran = machine.run(&["serve", "--socket", server.path.to_str().unwrap()]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    // What is no socket was left by no server.
    let file = machine.path("home/repo/README.md");
    let ran = machine.run(&["serve", "--socket", file.to_str().unwrap()]);
    assert!(ran.status == Some(2) && file.exists(), "{ran:?}");
}
