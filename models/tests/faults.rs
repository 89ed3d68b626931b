//! Everything an endpoint can do wrong, over real sockets, in every protocol. None of it approves, each has its code,
//! and only what may pass is tried again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "these are tests"
)]

mod support;

use guardian_models::Protocol;
use serde_json::{Value, json};
use std::time::Duration;
use support::{ALL, Act, Server, answer, asked, clear, code, envelope, header, quick, reply};

/// A server that does this every time, and how often it was asked.
fn tried(protocol: Protocol, act: Act) -> (&'static str, usize) {
    let server = Server::start(vec![act]);
    let code = code(&server, protocol);
    (code, server.count())
}

/// A server that does this once, and then answers well.
fn recovers(protocol: Protocol, act: Act) -> (&'static str, usize) {
    let server = Server::start(vec![act, answer(protocol, &clear())]);
    let code = code(&server, protocol);
    (code, server.count())
}

#[test]
fn answers_that_are_no_opinion_are_invalid_after_one_more_try() {
    let good = clear();
    let cases: Vec<(&str, String)> = vec![
        ("blank", "  ".into()),
        ("prose around it", format!("Sure! {good} Hope that helps.")),
        ("fenced", format!("```json\n{good}\n```")),
        ("two objects", format!("{good}{good}")),
        ("a list", format!("[{good}]")),
        ("a list of what belongs into it", "[\"low\",\"exact\",[0],false,false,[],\"high\",\"r\"]".into()),
        ("a double key", good.replace("\"risk\":\"low\"", "\"risk\":\"high\",\"risk\":\"low\"")),
        ("an extra key", good.replace("\"risk\"", "\"outcome\":\"allow\",\"risk\"")),
        ("a missing key", good.replace(",\"scope_exceeds\":false", "")),
        ("null", good.replace("\"scope_exceeds\":false", "\"scope_exceeds\":null")),
        ("a wrong word", good.replace("\"low\"", "\"minimal\"")),
        ("a wrong case", good.replace("\"low\"", "\"LOW\"")),
        ("a wrong type", good.replace("[0]", "\"0\"")),
        ("a huge number", good.replace("[0]", "[99999999999999999999]")),
        ("a negative number", good.replace("[0]", "[-1]")),
        ("NaN", good.replace("[0]", "[NaN]")),
        ("deep nesting", format!("{}{}", "[".repeat(5000), "]".repeat(5000))),
        ("a lone surrogate", good.replace("the user", "\\ud800")),
        ("a byte order mark", format!("\u{feff}{good}")),
        ("an unknown category", good.replace("\"network\"", "\"weather\"")),
        ("a contradiction", good.replace("\"network\"", "\"exfiltration\"")),
        ("a trailing comma", good.replace('}', ",}")),
    ];
    for protocol in ALL {
        for (name, text) in &cases {
            assert_eq!(tried(protocol, answer(protocol, text)), ("judge_invalid", 2), "{protocol:?} {name}");
        }
        assert_eq!(recovers(protocol, answer(protocol, "no")), ("cleared", 2));
    }
}

/// A good envelope with one change.
fn changed(protocol: Protocol, pointer: &str, value: Value) -> Act {
    let mut body = envelope(protocol, &clear());
    *body.pointer_mut(pointer).unwrap() = value;
    reply(200, body.to_string())
}

/// What is said, by which protocol, where in the reply, and how often it is then asked.
#[rustfmt::skip]
fn said_wrong() -> Vec<(&'static str, Protocol, &'static str, Value, usize)> {
    use Protocol::{Chat, Messages, Responses};
    let refusal = json!([{ "type": "refusal", "refusal": "no" }]);
    vec![
        ("cut short", Responses, "/status", json!("incomplete"), 2),
        ("failed", Responses, "/status", json!("failed"), 3),
        ("still going", Responses, "/status", json!("in_progress"), 3),
        ("refusal", Responses, "/output/0/content", refusal, 1),
        ("reasoning only", Responses, "/output/0/type", json!("reasoning"), 2),
        ("unknown part", Responses, "/output/0/content/0/type", json!("poem"), 2),
        ("no output", Responses, "/output", Value::Null, 2),
        ("cut short", Chat, "/choices/0/finish_reason", json!("length"), 2),
        ("filtered", Chat, "/choices/0/finish_reason", json!("content_filter"), 1),
        ("no end", Chat, "/choices/0/finish_reason", Value::Null, 2),
        ("a tool call", Chat, "/choices/0/finish_reason", json!("tool_calls"), 2),
        ("null content", Chat, "/choices/0/message/content", Value::Null, 2),
        ("no choice", Chat, "/choices", json!([]), 2),
        ("cut short", Messages, "/stop_reason", json!("max_tokens"), 2),
        ("refusal", Messages, "/stop_reason", json!("refusal"), 1),
        ("no end", Messages, "/stop_reason", Value::Null, 2),
        ("thinking only", Messages, "/content/0/type", json!("thinking"), 2),
        ("no content", Messages, "/content", Value::Null, 2),
    ]
}

#[test]
fn what_a_protocol_says_went_wrong_is_believed() {
    use Protocol::Chat;
    let cases = said_wrong();
    for (name, protocol, pointer, value, requests) in cases {
        let (code, count) = tried(protocol, changed(protocol, pointer, value));
        assert_eq!(count, requests, "{protocol:?} {name}");
        let expected = if requests == 3 { "judge_unavailable" } else { "judge_invalid" };
        assert_eq!(code, expected, "{protocol:?} {name}");
    }
    let mut body = envelope(Chat, &clear());
    body["choices"][0]["message"]["refusal"] = json!("no");
    assert_eq!(tried(Chat, reply(200, body.to_string())), ("judge_invalid", 1));
    for protocol in ALL {
        let error = json!({ "type": "error", "error": { "type": "overloaded_error" } }).to_string();
        assert_eq!(tried(protocol, reply(200, error)), ("judge_unavailable", 3));
    }
}

#[test]
fn replies_that_are_not_the_protocols_are_invalid() {
    for protocol in ALL {
        let good = envelope(protocol, &clear()).to_string();
        let mut bytes = good.clone().into_bytes();
        let at = good.find("the user").unwrap();
        bytes[at] = 0xff;
        let cases = [
            ("an empty body", reply(200, "")),
            ("invalid UTF-8", reply(200, bytes)),
            ("html", header("content-type", "text/html", reply(200, good.clone()))),
            ("events", header("content-type", "text/event-stream", reply(200, "data: [DONE]\n\n"))),
            ("zipped", header("content-encoding", "gzip", reply(200, vec![0x1f, 0x8b, 8, 0]))),
            ("a huge body", reply(200, format!("{good}{}", " ".repeat(100_000)))),
            ("a list", reply(200, "[]")),
        ];
        for (name, act) in cases {
            assert_eq!(tried(protocol, act), ("judge_invalid", 2), "{protocol:?} {name}");
        }
    }
}

#[test]
fn every_status_has_its_own_meaning() {
    let expected: [(u16, usize); 14] = [
        (400, 1),
        (401, 1),
        (403, 1),
        (404, 1),
        (408, 3),
        (409, 3),
        (413, 1),
        (422, 1),
        (425, 3),
        (429, 3),
        (500, 3),
        (502, 3),
        (503, 3),
        (529, 3),
    ];
    for protocol in ALL {
        for (status, requests) in expected {
            let act = reply(status, "{\"error\":{\"message\":\"no\"}}");
            assert_eq!(tried(protocol, act.clone()), ("judge_unavailable", requests), "{protocol:?} {status}");
            let again = if requests == 3 { ("cleared", 2) } else { ("judge_unavailable", 1) };
            assert_eq!(recovers(protocol, act), again, "{protocol:?} {status}");
        }
        let html = header("content-type", "text/html", reply(502, "<html>bad gateway</html>"));
        assert_eq!(recovers(protocol, html), ("cleared", 2));
    }
}

#[test]
fn retry_after_is_honoured_where_it_fits() {
    let busy = |when: &str| header("retry-after", when, reply(429, "{}"));
    let start = std::time::Instant::now();
    assert_eq!(recovers(Protocol::Chat, busy("1")), ("cleared", 2));
    assert!(start.elapsed() >= Duration::from_secs(1));
    for absurd in ["86400", "Fri, 01 Jan 2100 00:00:00 GMT"] {
        let start = std::time::Instant::now();
        assert_eq!(recovers(Protocol::Chat, busy(absurd)), ("judge_unavailable", 1));
        assert!(start.elapsed() < Duration::from_millis(1500), "it does not wait for what does not fit");
    }
    assert_eq!(recovers(Protocol::Chat, busy("Sun, 06 Nov 1994 08:49:37 GMT")), ("cleared", 2));
    assert_eq!(recovers(Protocol::Chat, busy("soon")), ("cleared", 2));
}

/// A reply in pieces.
fn raw(head: &str, parts: Vec<Vec<u8>>, pause: u64, hold: bool) -> Act {
    let mut all = vec![(head.as_bytes().to_vec(), Duration::from_millis(pause))];
    all.extend(parts.into_iter().map(|part| (part, Duration::from_millis(pause))));
    Act::Raw(all, hold)
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", bytes.len()).into_bytes();
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
    out
}

#[test]
fn broken_connections_are_tried_again() {
    for protocol in ALL {
        let good = envelope(protocol, &clear()).to_string();
        let short =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", good.len() + 50);
        let cases = [
            ("closed without an answer", Act::Close),
            ("closed after the head", raw(CHUNKED, vec![], 0, false)),
            ("closed in the body", raw(CHUNKED, vec![chunk(&good.as_bytes()[..20])], 0, false)),
            ("a false length", raw(&short, vec![good.clone().into_bytes()], 0, false)),
            ("not HTTP", raw("hello\r\n\r\n", vec![], 0, false)),
            ("silent in the body", raw(CHUNKED, vec![chunk(&good.as_bytes()[..20])], 0, true)),
        ];
        for (name, act) in cases {
            assert_eq!(recovers(protocol, act), ("cleared", 2), "{protocol:?} {name}");
        }
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let provider = guardian_models::Provider::new(Protocol::Chat, format!("http://127.0.0.1:{port}/v1"), "m");
    assert_eq!(asked(quick(vec![provider])).code.as_str(), "judge_unavailable");
}

#[test]
fn slow_pieces_are_put_together() {
    for protocol in ALL {
        let good = envelope(protocol, &clear().replace("user asked", "üser asked")).to_string().into_bytes();
        let middle = good.windows(2).position(|two| two == "ü".as_bytes()).unwrap() + 1;
        let mut parts = vec![chunk(&good[..middle]), chunk(&good[middle..])];
        parts.push(b"0\r\n\r\n".to_vec());
        assert_eq!(tried(protocol, raw(CHUNKED, parts, 100, false)), ("cleared", 1), "{protocol:?}");
    }
}

#[test]
fn silence_is_a_timeout_and_says_nothing_about_the_command() {
    for protocol in ALL {
        let server = Server::start(vec![Act::Hang]);
        let mut settings = quick(vec![server.provider(protocol)]);
        settings.deadline = Duration::from_millis(300);
        let start = std::time::Instant::now();
        let review = asked(settings);
        assert_eq!(review.code.as_str(), "judge_timeout");
        assert!(start.elapsed() < Duration::from_millis(1500));
        assert!(review.words().contains("says nothing about the command"));
        assert_eq!(review.raises_to().as_str(), "low");
    }
}
