//! What reviewing costs beside the model's own time: prompt, request, reply and settling over loopback, where the
//! endpoint answers at once. `cargo test -p guardian-models --test overhead -- --nocapture` prints it (add `--release`
//! for the figures of a released binary).
#![allow(clippy::indexing_slicing, clippy::print_stdout, reason = "these are tests")]

mod support;

use guardian_engine::Decision;
use guardian_models::{Protocol, Service};
use std::time::{Duration, Instant};
use support::{Server, answer, clear, engine, quick, request_for, session};

#[test]
fn reviewing_costs_little_beside_the_model() {
    let server = Server::start(vec![answer(Protocol::Chat, &clear())]);
    let mut settings = quick(vec![server.provider(Protocol::Chat)]);
    settings.deadline = Duration::from_secs(20);
    let session = session("install what the tests need");
    let mut times = Vec::new();
    // The brake on fast approvals is per engine's life: a fresh one every 25.
    for round in 0..8 {
        let guardian = engine().reviewed_by(Box::new(Service::new(settings.clone())));
        for n in 0..25 {
            let request = request_for(&format!("npm install p{round}-{n}"));
            let start = Instant::now();
            let verdict = guardian.decide_in(&request, &session);
            let time = start.elapsed();
            assert_eq!(verdict.decision, Decision::Allow);
            // The first makes the thread and the connection.
            if n > 0 {
                times.push(time);
            }
        }
    }
    times.sort();
    let (p50, p95) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    println!("review without the model's time: p50 {p50:?}, p95 {p95:?}, {} reviews", times.len());
    assert!(p50 < Duration::from_millis(100), "{p50:?}");
}
