//! A real HTTP server on loopback, scripted per request, and an engine that asks through it. By hand on purpose: what
//! is tested is what real sockets do, including what no server library would send.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]
#![allow(missing_docs, clippy::missing_panics_doc, reason = "support of tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "support of tests"
)]

use guardian_engine::review::{Author, Record, Review, Session};
use guardian_engine::{
    ApprovalsReviewer, Command, Confinement, Guardian, NoFacts, Policy, Proposal, Request, RequestedPermissions,
    SandboxMode, Verdict, Workspace, WritableRoot, Writes,
};
use guardian_models::{Protocol, Provider, Service, Settings};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const ALL: [Protocol; 3] = [Protocol::Responses, Protocol::Chat, Protocol::Messages];

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
    pub connection: usize,
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What the server does with a request.
#[derive(Clone)]
pub enum Act {
    /// Answers.
    Reply(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Writes these bytes with pauses, then closes, or holds the connection.
    Raw(Vec<(Vec<u8>, Duration)>, bool),
    /// Closes without an answer.
    Close,
    /// Says nothing.
    Hang,
    /// Answers after a while.
    Late(Duration, Box<Act>),
    /// Answers by what was asked.
    By(Arc<dyn Fn(&Seen) -> Act + Send + Sync>),
}

pub fn reply(status: u16, body: impl Into<Vec<u8>>) -> Act {
    Act::Reply(status, vec![("content-type", "application/json".into())], body.into())
}

pub fn header(name: &'static str, value: &str, act: Act) -> Act {
    match act {
        Act::Reply(status, mut headers, body) => {
            headers.retain(|(known, _)| *known != name);
            headers.push((name, value.to_owned()));
            Act::Reply(status, headers, body)
        }
        other => other,
    }
}

pub struct Server {
    pub port: u16,
    pub host: &'static str,
    pub seen: Arc<Mutex<Vec<Seen>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Serves these acts in order; the last one from then on.
    pub fn start(script: Vec<Act>) -> Self {
        Self::on("127.0.0.1", script)
    }

    pub fn on(host: &'static str, script: Vec<Act>) -> Self {
        let listener = TcpListener::bind(format!("{host}:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (script, next) = (Arc::new(script), Arc::new(AtomicUsize::new(0)));
        let (all, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (script, next, all) = (Arc::clone(&script), Arc::clone(&next), Arc::clone(&all));
                std::thread::spawn(move || serve(stream.unwrap(), number, &script, &next, &all));
            }
        });
        Self { port, host, seen, stop }
    }

    pub fn provider(&self, protocol: Protocol) -> Provider {
        let mut provider = Provider::new(protocol, format!("http://{}:{}/v1", self.host, self.port), "judge-1");
        provider.idle = Duration::from_millis(400);
        provider
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((self.host.trim_matches(['[', ']']), self.port));
    }
}

fn serve(mut stream: TcpStream, connection: usize, script: &[Act], next: &AtomicUsize, all: &Mutex<Vec<Seen>>) {
    while let Some(seen) = request(&mut stream, connection) {
        all.lock().unwrap().push(seen.clone());
        let at = next.fetch_add(1, Ordering::SeqCst).min(script.len() - 1);
        if !act(&mut stream, script[at].clone(), &seen) {
            return;
        }
    }
}

/// Does it; whether the connection goes on.
fn act(stream: &mut TcpStream, act_: Act, seen: &Seen) -> bool {
    match act_ {
        Act::Reply(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            // One write: in pieces, the kernel would wait for acknowledgements in between.
            let mut bytes = head.into_bytes();
            bytes.extend_from_slice(b"\r\n");
            bytes.extend_from_slice(&body);
            stream.write_all(&bytes).is_ok()
        }
        Act::Raw(parts, hold) => {
            for (bytes, pause) in parts {
                if stream.write_all(&bytes).is_err() {
                    return false;
                }
                std::thread::sleep(pause);
            }
            if hold {
                std::thread::sleep(Duration::from_secs(20));
            }
            false
        }
        Act::Close => false,
        Act::Hang => {
            std::thread::sleep(Duration::from_secs(20));
            false
        }
        Act::Late(pause, then) => {
            std::thread::sleep(pause);
            act(stream, *then, seen)
        }
        Act::By(by) => act(stream, by(seen), seen),
    }
}

fn request(stream: &mut TcpStream, connection: usize) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length: usize = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse().unwrap()))
        .unwrap_or(0);
    while bytes.len() < end + length {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
    Some(Seen { head, body: bytes[end..].to_vec(), connection })
}

/// An answer that clears, as text.
pub fn clear() -> String {
    json!({
        "risk": "low", "authorization": "exact", "cited": [0], "scope_exceeds": false, "injection_suspected": false,
        "categories": ["network"], "confidence": "high", "rationale": "the user asked for it"
    })
    .to_string()
}

/// An answer that flags.
pub fn flag() -> String {
    clear().replace("\"low\"", "\"high\"").replace("\"exact\"", "\"none\"")
}

/// A whole reply with this text as its answer.
pub fn envelope(protocol: Protocol, text: &str) -> Value {
    match protocol {
        Protocol::Responses => json!({
            "status": "completed", "output": [{ "type": "message", "content": [{ "type": "output_text", "text": text }] }],
            "usage": { "input_tokens": 100, "input_tokens_details": { "cached_tokens": 60 }, "output_tokens": 9 }
        }),
        Protocol::Chat => json!({
            "choices": [{ "finish_reason": "stop", "message": { "role": "assistant", "content": text } }],
            "usage": { "prompt_tokens": 100, "prompt_tokens_details": { "cached_tokens": 60 }, "completion_tokens": 9 }
        }),
        Protocol::Messages => json!({
            "stop_reason": "end_turn", "content": [{ "type": "text", "text": text }],
            "usage": { "input_tokens": 30, "cache_read_input_tokens": 60, "cache_creation_input_tokens": 10, "output_tokens": 9 }
        }),
    }
}

pub fn answer(protocol: Protocol, text: &str) -> Act {
    reply(200, envelope(protocol, text).to_string())
}

/// The document that the judge was sent.
pub fn document(seen: &Seen, protocol: Protocol) -> String {
    let body = seen.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match protocol {
        Protocol::Responses => text(&body["input"][0]["content"][0]["text"]),
        Protocol::Chat => text(&body["messages"][1]["content"]),
        Protocol::Messages => {
            let blocks = body["messages"][0]["content"].as_array().unwrap();
            blocks.iter().map(|block| text(&block["text"])).collect()
        }
    }
}

pub fn session(words: &str) -> Session {
    Session { id: "s".into(), records: vec![record(Author::User, words)] }
}

pub fn record(author: Author, text: &str) -> Record {
    Record { author, text: text.into() }
}

pub fn request_for(script: &str) -> Request {
    Request {
        proposal: Proposal {
            command: Command::Script(script.to_owned()),
            cwd: "/repo".into(),
            permissions: RequestedPermissions::Default,
            justification: None,
        },
        workspace: Workspace {
            roots: vec!["/repo".into()],
            home: "/home/dev".into(),
            temporary: vec!["/tmp".into()],
            own: vec![],
            trusted: true,
        },
    }
}

pub fn engine() -> Guardian {
    let root = |path: &str| WritableRoot { path: path.into(), protected: [].into() };
    let policy = Policy {
        sandbox: SandboxMode::WorkspaceWrite,
        confinement: Confinement { writes: Writes::Below(vec![root("/repo"), root("/tmp")]), ..Confinement::default() },
        reviewer: ApprovalsReviewer::Guardian,
        ..Policy::default()
    };
    Guardian::new(policy, guardian_rules::RuleSet::new(), Box::new(NoFacts))
}

pub fn quick(providers: Vec<Provider>) -> Settings {
    Settings { providers, deadline: Duration::from_secs(2), backoff: Duration::from_millis(10), ..Settings::default() }
}

/// A command that is med, and asked about: it needs the network.
pub const MED: &str = "npm install left-pad";

pub fn judged(settings: Settings) -> Verdict {
    let guardian = engine().reviewed_by(Box::new(Service::new(settings)));
    guardian.decide_in(&request_for(MED), &session("please install left-pad"))
}

/// What came of asking this provider about an ordinary med command.
pub fn asked(settings: Settings) -> Review {
    let verdict = judged(settings);
    assert_eq!(verdict.trace.fold(), (verdict.risk, verdict.decision), "the trace is a proof");
    verdict.review.expect("it was reviewed")
}

/// The code of what came of asking one server.
pub fn code(server: &Server, protocol: Protocol) -> &'static str {
    asked(quick(vec![server.provider(protocol)])).code.as_str()
}
