//! Each protocol against a real server: what is sent, what is read, and the ladder of forms.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "these are tests"
)]

mod support;

use guardian_engine::Decision;
use guardian_models::{Protocol, Secret, Service, Structure};
use serde_json::Value;
use std::sync::Arc;
use support::{
    ALL, Act, Server, answer, asked, clear, code, engine, flag, header, judged, quick, reply, request_for, session,
};

#[test]
fn an_answer_that_clears_approves_in_every_protocol_and_form() {
    for protocol in ALL {
        for structure in [Structure::Schema, Structure::Object, Structure::Prompt] {
            let server = Server::start(vec![answer(protocol, &clear())]);
            let mut provider = server.provider(protocol);
            provider.structure = structure;
            let mut verdict = judged(quick(vec![provider]));
            assert_eq!(verdict.decision, Decision::Allow, "{protocol:?} {structure:?} {:?}", verdict.review);
            assert!(verdict.take_approval().is_some());
            let sent = String::from_utf8(server.requests()[0].body.clone()).unwrap();
            let held = sent.contains("json_schema");
            assert_eq!(held, structure == Structure::Schema, "{protocol:?}");
        }
    }
}

#[test]
fn an_answer_that_flags_is_for_a_person() {
    for protocol in ALL {
        let server = Server::start(vec![answer(protocol, &flag())]);
        let verdict = judged(quick(vec![server.provider(protocol)]));
        assert_eq!((verdict.decision, verdict.risk.as_str()), (Decision::Prompt, "high"));
        assert_eq!(verdict.review.unwrap().code.as_str(), "judged_high");
    }
}

#[test]
fn each_protocol_is_spoken_as_it_is() {
    for (protocol, path, key) in [
        (Protocol::Responses, "POST /v1/responses ", "authorization: bearer k-1"),
        (Protocol::Chat, "POST /v1/chat/completions ", "authorization: bearer k-1"),
        (Protocol::Messages, "POST /v1/messages ", "x-api-key: k-1"),
    ] {
        let server = Server::start(vec![answer(protocol, &clear())]);
        let mut provider = server.provider(protocol);
        provider.key = Some(Secret::new("k-1"));
        provider.headers = vec![("x-team".into(), Secret::new("blue"))];
        assert_eq!(asked(quick(vec![provider])).code.as_str(), "cleared");
        let seen = server.requests().remove(0);
        assert!(seen.head.starts_with(path), "{}", seen.head);
        assert!(seen.head.to_lowercase().contains(key), "{}", seen.head);
        assert!(seen.head.contains("x-team: blue"));
        let body = seen.json();
        assert_eq!((&body["model"], &body["stream"]), (&Value::from("judge-1"), &Value::from(false)));
        match protocol {
            Protocol::Responses => assert_eq!(body["store"], false),
            Protocol::Chat => assert_eq!(body["messages"][0]["role"], "system"),
            Protocol::Messages => {
                assert!(seen.head.contains("anthropic-version: 2023-06-01"));
                assert_eq!(body["system"][0]["cache_control"]["type"], "ephemeral");
            }
        }
    }
}

#[test]
fn usage_is_accounted_and_connections_are_kept() {
    for protocol in ALL {
        let server = Server::start(vec![answer(protocol, &clear())]);
        let service = Arc::new(Service::new(quick(vec![server.provider(protocol)])));
        let guardian = engine().reviewed_by(Box::new(Arc::clone(&service)));
        for package in ["a", "b", "c"] {
            let verdict = guardian.decide_in(&request_for(&format!("npm install {package}")), &session("install them"));
            assert_eq!(verdict.decision, Decision::Allow);
        }
        let id = guardian.decide_in(&request_for("npm install c"), &session("install them")).command_id();
        let last = service.spent_on(id).unwrap();
        assert_eq!((last.requests, last.usage.input, last.provider.is_some()), (1, 100, true));
        assert_eq!(service.spent_on(id), None, "the second time it was remembered, and it is told once");
        let spent = service.account().spent;
        assert_eq!((spent.requests, spent.usage.input, spent.usage.cached, spent.usage.output), (3, 300, 180, 27));
        assert!(server.requests().iter().all(|seen| seen.connection == 0), "{protocol:?}");
    }
}

#[test]
fn the_ladder_goes_down_once_a_step_and_is_remembered() {
    for (protocol, name) in [
        (Protocol::Responses, "text.format"),
        (Protocol::Chat, "response_format"),
        (Protocol::Messages, "output_config"),
    ] {
        let refuse = Act::By(Arc::new(move |seen| {
            let held = String::from_utf8_lossy(&seen.body).contains("json_schema");
            if held {
                reply(400, format!("{{\"error\":{{\"message\":\"unknown parameter: {name}\"}}}}"))
            } else {
                answer(protocol, &clear())
            }
        }));
        let server = Server::start(vec![refuse]);
        let service = Arc::new(Service::new(quick(vec![server.provider(protocol)])));
        let guardian = engine().reviewed_by(Box::new(Arc::clone(&service)));
        for package in ["a", "b"] {
            let verdict = guardian.decide_in(&request_for(&format!("npm install {package}")), &session("install"));
            assert_eq!(verdict.decision, Decision::Allow, "{protocol:?}");
        }
        assert_eq!(server.count(), 3, "one refusal, two answers");
    }
}

#[test]
fn a_fence_is_only_accepted_where_a_form_was_only_asked_for_in_words() {
    let fenced = format!("```json\n{}\n```", clear());
    for protocol in ALL {
        for (structure, expected) in [(Structure::Schema, "judge_invalid"), (Structure::Prompt, "cleared")] {
            let server = Server::start(vec![answer(protocol, &fenced)]);
            let mut provider = server.provider(protocol);
            provider.structure = structure;
            assert_eq!(asked(quick(vec![provider])).code.as_str(), expected);
        }
    }
}

#[test]
fn ipv6_loopback_is_loopback() {
    let server = Server::on("[::1]", vec![answer(Protocol::Chat, &clear())]);
    assert_eq!(code(&server, Protocol::Chat), "cleared");
}

#[test]
fn evidence_does_not_leave_unencrypted_and_redirects_are_not_followed() {
    let mut provider = guardian_models::Provider::new(Protocol::Chat, "http://192.0.2.1/v1", "m");
    provider.key = Some(Secret::new("k-secret"));
    let review = asked(quick(vec![provider]));
    assert_eq!(review.code.as_str(), "judge_unavailable");
    assert!(review.words().contains("not encrypted") && !review.words().contains("k-secret"));
    let target = Server::start(vec![answer(Protocol::Chat, &clear())]);
    let to = format!("http://127.0.0.1:{}/v1/chat/completions", target.port);
    let server = Server::start(vec![header("location", &to, reply(307, ""))]);
    assert_eq!(code(&server, Protocol::Chat), "judge_unavailable");
    assert_eq!(target.count(), 0);
}
