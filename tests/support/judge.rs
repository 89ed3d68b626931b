//! A stand-in for an OpenAI-compatible endpoint: answers by words in the action. It can be tried by hand against the
//! binary just as a real one: `base_url = "http://127.0.0.1:PORT/v1"`, `wire_api = "chat"`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "support of tests")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The stand-in.
pub struct Judge {
    /// Where it listens.
    pub port: u16,
    count: Arc<AtomicUsize>,
}

impl Judge {
    /// Starts it; it ends with the test.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || serve(stream, &counted));
            }
        });
        Self { port, count }
    }

    /// How often it was asked.
    pub fn requests(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, count: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        count.fetch_add(1, Ordering::SeqCst);
        let (status, text) = answer(&serde_json::from_slice(&body).unwrap());
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", text.len());
        if writer.write_all(head.as_bytes()).is_err() || writer.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

fn answer(body: &Value) -> (u16, String) {
    let document: Value = serde_json::from_str(body["messages"][1]["content"].as_str().unwrap()).unwrap();
    let action = document["action"]["command"].to_string();
    let asked = document["records"].as_array().unwrap().iter().any(|r| r["author"] == "user");
    let (risk, authorization) = match () {
        () if action.contains("evil") => ("high", "none"),
        () if asked => ("low", "exact"),
        () => ("low", "none"),
    };
    if action.contains("down") {
        return (503, "{}".to_owned());
    }
    if action.contains("stuck") {
        std::thread::sleep(Duration::from_secs(600));
    }
    if action.contains("slow") {
        std::thread::sleep(Duration::from_secs(3));
    }
    let opinion = json!({
        "risk": risk, "authorization": authorization, "cited": if asked { vec![0] } else { vec![] },
        "scope_exceeds": false, "injection_suspected": false, "categories": ["network"], "confidence": "high",
        "rationale": "by the words in it"
    });
    let text = if action.contains("odd") { "it seems fine".to_owned() } else { opinion.to_string() };
    let reply = json!({
        "choices": [{ "finish_reason": "stop", "message": { "role": "assistant", "content": text } }],
        "usage": { "prompt_tokens": 2100, "prompt_tokens_details": { "cached_tokens": 1900 }, "completion_tokens": 80 },
    });
    (200, reply.to_string())
}
