//! Questions through the server: an agent asks on one connection, a person answers on another.

use crate::machine::Machine;
use crate::{Server, ask};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// One end of a connection.
struct Line {
    out: UnixStream,
    lines: BufReader<UnixStream>,
}

impl Line {
    fn new(server: &Server) -> Self {
        let out = UnixStream::connect(&server.path).unwrap();
        out.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self { lines: BufReader::new(out.try_clone().unwrap()), out }
    }

    /// A connection that may answer questions.
    fn of_person(server: &Server, machine: &Machine) -> Self {
        let mut line = Self::new(server);
        let key = fs::read(machine.path("home/.local/state/guardian/serve/key")).unwrap();
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let met = line.ask(1, "initialize", json!({ "client": "test", "key": key }));
        assert_eq!(met["result"]["approves"], true, "{met}");
        line
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.out, "{message}").unwrap();
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn ask(&mut self, id: u32, method: &str, params: Value) -> Value {
        self.send(&ask(id, method, params));
        loop {
            let answer = self.next();
            if answer["id"] == id {
                return answer;
            }
        }
    }

    /// The next notification of this name.
    fn told(&mut self, method: &str) -> Value {
        loop {
            let line = self.next();
            if line["method"] == method {
                return line["params"].clone();
            }
        }
    }
}

#[test]
fn a_question_is_answered_by_a_person_and_launched() {
    let machine = Machine::new();
    if !machine.confines() {
        return;
    }
    let server = Server::with(&machine, &["-a", "untrusted"]);
    let (mut agent, mut person) = (Line::new(&server), Line::of_person(&server, &machine));
    assert_eq!(person.ask(2, "approvals/watch", Value::Null)["result"]["pending"], json!([]));
    let repo = machine.path("home/repo");
    let run = |command: &str| json!({ "command": command, "cwd": repo, "ask": true, "session": { "id": "s" } });
    agent.send(&ask(1, "run", run("touch made.txt && echo made")));
    let asked = person.told("approvals/pending");
    assert_eq!((&asked["command"], &asked["session"]), (&json!("touch made.txt && echo made"), &json!("s")));
    assert!(asked["page"].as_str().unwrap().contains("touch made.txt"), "{asked}");
    assert!(!machine.path("home/repo/made.txt").exists());
    let said = person.ask(3, "approvals/answer", json!({ "id": asked["id"], "answer": "once" }));
    assert_eq!(said["result"]["outcome"], "approved", "{said}");
    let ran = agent.next();
    assert_eq!(
        (&ran["result"]["by"], &ran["result"]["status"], &ran["result"]["stdout"]),
        (&json!("person"), &json!(0), &json!("made\n")),
        "{ran}"
    );
    // Answered once is answered.
    let again = person.ask(4, "approvals/answer", json!({ "id": asked["id"], "answer": "once" }));
    assert_eq!(again["error"]["code"], -32602);
    // A denial says why, can be overruled for exactly the same proposal, and only once.
    agent.send(&ask(2, "run", run("touch other.txt")));
    let asked = person.told("approvals/pending");
    person.ask(5, "approvals/answer", json!({ "id": asked["id"], "answer": "deny", "feedback": "not now" }));
    let denied = agent.next();
    assert_eq!(denied["result"]["approved"], false);
    assert!(denied["result"]["feedback"].as_str().unwrap().contains("not now"), "{denied}");
    let overruled = person.ask(6, "approvals/answer", json!({ "id": asked["id"], "answer": "once" }));
    assert_eq!(overruled["result"]["outcome"], "overruled", "{overruled}");
    assert_eq!(agent.ask(3, "run", run("touch other.txt"))["result"]["by"], "person");
    assert!(machine.path("home/repo/other.txt").exists());
    agent.send(&ask(4, "run", run("touch other.txt")));
    let asked = person.told("approvals/pending");
    assert_eq!(asked["command"], "touch other.txt");
}

#[test]
fn answers_hold_for_a_session_or_for_good() {
    let machine = Machine::new();
    let server = Server::with(&machine, &["-a", "untrusted"]);
    let (mut agent, mut person) = (Line::new(&server), Line::of_person(&server, &machine));
    person.ask(2, "approvals/watch", Value::Null);
    let repo = machine.path("home/repo");
    let request =
        |command: &str, session: &str| json!({ "command": command, "cwd": repo, "session": { "id": session } });
    agent.send(&ask(1, "approvals/request", request("touch a.txt", "one")));
    let asked = person.told("approvals/pending");
    person.ask(3, "approvals/answer", json!({ "id": asked["id"], "answer": "session" }));
    assert_eq!(agent.next()["result"]["by"], "person");
    assert_eq!(agent.ask(2, "approvals/request", request("touch a.txt", "one"))["result"]["by"], "session");
    agent.send(&ask(3, "approvals/request", request("touch a.txt", "two")));
    let asked = person.told("approvals/pending");
    assert_eq!(asked["session"], "two", "a session's answer is that session's");
    person.ask(4, "approvals/answer", json!({ "id": asked["id"], "answer": "deny" }));
    agent.next();
    // Nor is it for a word more, or for the same words in another folder.
    fs::create_dir_all(machine.path("home/other/.git")).unwrap();
    let elsewhere = json!({ "command": "touch a.txt", "cwd": machine.path("home/other"), "session": { "id": "one" } });
    for (id, other) in [(11, request("touch a.txt b.txt", "one")), (12, elsewhere)] {
        agent.send(&ask(id, "approvals/request", other));
        let asked = person.told("approvals/pending");
        person.ask(id, "approvals/answer", json!({ "id": asked["id"], "answer": "deny" }));
        assert_eq!(agent.next()["result"]["by"], "person");
    }
    agent.send(&ask(4, "approvals/request", request("npm install left-pad", "one")));
    let asked = person.told("approvals/pending");
    let offered = asked["offers"]["always"][0].as_str().unwrap().to_owned();
    let said = person.ask(5, "approvals/answer", json!({ "id": asked["id"], "answer": "always" }));
    assert_eq!(said["result"]["warning"], Value::Null, "{said}");
    let rules = fs::read_to_string(machine.path("home/.config/guardian/rules/default.rules")).unwrap();
    assert!(rules.contains(offered.split("decision").next().unwrap()), "{rules} lacks {offered}");
}

#[test]
fn an_approval_is_launched_by_who_asked_for_it() {
    let machine = Machine::new();
    if !machine.confines() {
        return;
    }
    let server = Server::with(&machine, &["-a", "untrusted"]);
    let (mut agent, mut person) = (Line::new(&server), Line::of_person(&server, &machine));
    person.ask(2, "approvals/watch", Value::Null);
    agent.send(&ask(
        1,
        "approvals/request",
        json!({ "command": "touch x; echo $?", "cwd": machine.path("home/repo") }),
    ));
    let asked = person.told("approvals/pending");
    person.ask(3, "approvals/answer", json!({ "id": asked["id"], "answer": "once" }));
    let answer = agent.next();
    let words: Vec<&str> =
        answer["result"]["launch"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let run = || machine.program(words[0]).args(&words[1..]).output().unwrap();
    let ran = run();
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(0), b"0\n".as_slice()), "{ran:?}");
    assert_eq!(run().status.code(), Some(126), "once");
}

#[test]
fn only_a_person_answers() {
    let machine = Machine::new();
    let server = Server::with(&machine, &["-a", "untrusted"]);
    let mut agent = Line::new(&server);
    for method in ["approvals/list", "approvals/watch", "approvals/answer"] {
        assert_eq!(agent.ask(1, method, json!({ "id": "x", "answer": "once" }))["error"]["code"], -32004);
    }
    let wrong = agent.ask(2, "initialize", json!({ "key": "00".repeat(32) }));
    assert_eq!(wrong["error"]["code"], -32004);
    assert_eq!(agent.ask(3, "approvals/list", Value::Null)["error"]["code"], -32004);
}

#[test]
fn what_is_taken_back_or_not_answered_ends() {
    let machine = Machine::new();
    let server = Server::with(&machine, &["-a", "untrusted"]);
    let (mut agent, mut person) = (Line::new(&server), Line::of_person(&server, &machine));
    person.ask(2, "approvals/watch", Value::Null);
    let cwd = machine.path("home/repo");
    agent.send(&ask(1, "approvals/request", json!({ "command": "touch a", "cwd": cwd })));
    person.told("approvals/pending");
    agent.send(&ask(1, "check", json!({ "command": "ls" })));
    assert_eq!(agent.next()["error"]["code"], -32600, "one open request a name");
    agent.send(&json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": 1 } }));
    assert_eq!(agent.next()["error"]["code"], -32800);
    assert_eq!(person.told("approvals/settled")["outcome"], "cancelled");
    let late = agent.ask(2, "approvals/request", json!({ "command": "touch b", "cwd": cwd, "timeout_ms": 1 }));
    assert_eq!((&late["result"]["approved"], &late["result"]["by"]), (&json!(false), &json!("nobody")));
    assert_eq!(person.told("approvals/settled")["outcome"], "expired");
    // Whoever leaves takes their questions along.
    agent.send(&ask(3, "approvals/request", json!({ "command": "touch c", "cwd": cwd })));
    person.told("approvals/pending");
    drop(agent);
    person.told("approvals/settled");
    assert_eq!(person.ask(9, "approvals/list", Value::Null)["result"]["pending"], json!([]));
}

#[test]
fn a_running_command_is_ended_when_it_is_taken_back() {
    let machine = Machine::new();
    if !machine.confines() {
        return;
    }
    let server = Server::with(&machine, &[]);
    let mut agent = Line::new(&server);
    let run = json!({ "command": "echo ready > src/started; sleep 600", "cwd": machine.path("home/repo") });
    agent.send(&ask(1, "run", run));
    let start = Instant::now();
    while !machine.path("home/repo/src/started").exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "it does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Nobody waits for it.
    assert_eq!(agent.ask(2, "check", json!({ "command": "ls" }))["result"]["decision"], "allow");
    agent.send(&json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": 1 } }));
    let ended = agent.next();
    assert!(ended["result"]["status"].as_i64().unwrap() > 128, "{ended}");
}

#[test]
fn a_question_about_a_world_that_moved_is_asked_again() {
    let machine = Machine::new();
    let server = Server::with(&machine, &["-a", "untrusted"]);
    let (mut agent, mut person) = (Line::new(&server), Line::of_person(&server, &machine));
    person.ask(2, "approvals/watch", Value::Null);
    let request = json!({ "command": "git push", "cwd": machine.path("home/repo") });
    agent.send(&ask(1, "approvals/request", request));
    let asked = person.told("approvals/pending");
    let rule = "prefix_rule(pattern = [\"git\", \"push\"], decision = \"forbidden\")\n";
    machine.write("home/.config/guardian/rules/x.rules", rule);
    // Engines are used for a second.
    std::thread::sleep(Duration::from_millis(1500));
    let said = person.ask(3, "approvals/answer", json!({ "id": asked["id"], "answer": "once" }));
    assert_eq!(said["result"]["outcome"], "changed", "{said}");
    assert_eq!(agent.next()["error"]["code"], -32003);
}

#[test]
fn a_signal_ends_the_server_when_what_is_open_is_answered() {
    let machine = Machine::new();
    let mut server = Server::with(&machine, &["-a", "untrusted"]);
    let (mut agent, mut person) = (Line::new(&server), Line::of_person(&server, &machine));
    person.ask(2, "approvals/watch", Value::Null);
    agent.send(&ask(1, "approvals/request", json!({ "command": "touch a", "cwd": machine.path("home/repo") })));
    person.told("approvals/pending");
    let kill = machine.program("kill").arg(server.child.id().to_string()).stdin(Stdio::null()).status().unwrap();
    assert!(kill.success());
    assert_eq!(agent.next()["error"]["code"], -32001);
    let start = Instant::now();
    while server.child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "the server goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!server.path.exists());
}

#[test]
fn rules_are_listed_and_suggested() {
    let machine = Machine::new();
    machine.write("home/.config/guardian/rules/x.rules", "prefix_rule(pattern = [\"make\"], decision = \"allow\")\n");
    let server = Server::with(&machine, &[]);
    let mut agent = Line::new(&server);
    let listed = agent.ask(1, "rules/list", Value::Null);
    assert!(listed["result"][0]["rule"].as_str().unwrap().contains("make"), "{listed}");
    let advice = agent.ask(2, "rules/suggest", json!({ "command": "npm install left-pad" }));
    assert!(advice["result"][0]["rules"][0]["rule"].is_string(), "{advice}");
    let schema = agent.ask(3, "schema", Value::Null)["result"].clone();
    let printed = machine.run(&["schema", "serve"]).json();
    assert_eq!(schema, printed, "the published schema is the server's own");
}
