//! What is sent over OTLP, to a collector of the test's own on the loopback.

use crate::machine::Machine;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// A request: its path, its headers, its body.
struct Got {
    path: String,
    headers: String,
    body: Vec<u8>,
}

impl Got {
    /// Texts stand in protobuf as they are.
    fn has(&self, text: &str) -> bool {
        self.body.windows(text.len()).any(|window| window == text.as_bytes())
    }
}

/// A collector that tells what it got. Where `gate` is given it answers nothing before something comes through it.
fn collector(gate: Option<Receiver<()>>) -> (u16, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, hear) = channel();
    std::thread::spawn(move || {
        if let Some(gate) = gate {
            let _ = gate.recv();
        }
        for stream in listener.incoming().flatten() {
            let tell = tell.clone();
            std::thread::spawn(move || answer(stream, &tell));
        }
    });
    (port, hear)
}

fn answer(stream: TcpStream, tell: &Sender<Got>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let (mut line, mut headers, mut length) = (String::new(), String::new(), 0);
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let path = line.split(' ').nth(1).unwrap().to_owned();
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 || header == "\r\n" {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            headers.push_str(&header);
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let _ =
            writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n");
        if tell.send(Got { path, headers, body }).is_err() {
            return;
        }
    }
}

fn configure(machine: &Machine, port: u16, more: &str) {
    let text = format!("[otel]\nendpoint = \"http://127.0.0.1:{port}\"\nenvironment = \"trial\"\n{more}");
    machine.configure(&text);
}

/// Everything that comes until all of these texts have come.
fn until(hear: &Receiver<Got>, texts: &[&str]) -> Vec<Got> {
    let end = Instant::now() + Duration::from_secs(60);
    let mut got: Vec<Got> = Vec::new();
    while !texts.iter().all(|text| got.iter().any(|got| got.has(text))) {
        let left = end.saturating_duration_since(Instant::now());
        match hear.recv_timeout(left) {
            Ok(one) => got.push(one),
            Err(_) => panic!("not all of {texts:?} came in {} requests", got.len()),
        }
    }
    got
}

#[test]
fn events_and_metrics_arrive_without_the_text_of_commands() {
    let machine = Machine::new();
    let (port, hear) = collector(None);
    configure(&machine, port, "headers = [\"X-Team: red\"]\n");
    machine.run(&["check", "echo nobodys-business"]);
    let got = until(&hear, &["guardian.decision", "guardian.decision.duration", "guardian.decisions"]);
    assert!(got.iter().any(|got| got.path == "/v1/logs") && got.iter().any(|got| got.path == "/v1/metrics"));
    assert!(got.iter().all(|got| got.has("trial") && got.headers.to_lowercase().contains("x-team: red")));
    assert!(got.iter().all(|got| !got.has("nobodys-business")) && got.iter().any(|got| got.has("[redacted]")));
    configure(&machine, port, "commands = true\n");
    machine.run(&["check", "echo everybodys-business; export TOKEN=hunter2hunter2"]);
    let got = until(&hear, &["everybodys-business"]);
    assert!(got.iter().all(|got| !got.has("hunter2hunter2")));
}

#[test]
fn a_collector_that_does_not_answer_delays_no_verdict_and_loses_nothing() {
    let machine = Machine::new();
    let (open, gate) = channel();
    let (port, hear) = collector(Some(gate));
    configure(&machine, port, "");
    // The collector answers nothing until all of these have been answered.
    for words in ["ls", "pwd", "git status"] {
        assert_eq!(machine.run(&["check", words]).status, Some(0));
    }
    open.send(()).unwrap();
    let rested = machine.path("home/.local/state/guardian/audit/otel.failed");
    let ids: Vec<String> =
        machine.run(&["log", "--json"]).lines().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    let end = Instant::now() + Duration::from_secs(60);
    let mut got: Vec<Got> = Vec::new();
    while !ids.iter().all(|id| got.iter().any(|got| got.has(id))) && Instant::now() < end {
        // A sender that gave up leaves a mark to be left alone for a while; here nobody wants to wait for that.
        let _ = std::fs::remove_file(&rested);
        machine.run(&["check", "-c", "audit.commands=\"omitted\"", "true"]);
        got.extend(hear.recv_timeout(Duration::from_secs(1)));
        got.extend(hear.try_iter());
    }
    assert!(ids.iter().all(|id| got.iter().any(|got| got.has(id))), "something never came");
}
