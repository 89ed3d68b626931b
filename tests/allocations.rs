//! What a decision takes from the heap: nothing for what is remembered, and a bound for what is new. Counts do not
//! depend on the machine, so they are a test.

mod world;

use guardian_engine::ApprovalPolicy;
use world::{engine, request};

/// Plain commands. What is new takes what its verdict keeps: the assessment, its steps, the command as rules see it, and
/// the text of the proposal.
const COLD: [&str; 9] = [
    "pwd",
    "cargo build --release",
    "ls -la",
    "git status",
    "git diff --stat",
    "cat README.md",
    "rg -n foo src",
    "head -20 Cargo.toml",
    "grep -rn TODO src tests",
];
/// What each may take from the heap.
const MOST: u64 = 4;

#[test]
fn what_is_remembered_takes_nothing_from_the_heap() {
    for command in ["ls -la", "git status", "rg -n 'fn main' src | head -20"] {
        let guardian = engine(ApprovalPolicy::OnRequest);
        let request = request(command);
        drop(guardian.decide(&request));
        let count = allocation_counter::measure(|| assert!(guardian.decide(&request).cached)).count_total;
        assert_eq!(count, 0, "{command}");
    }
}

#[test]
fn what_is_new_takes_little() {
    let guardian = engine(ApprovalPolicy::OnRequest);
    // Until the cache has its places, and the thread its room.
    for number in 0..40 {
        COLD.iter().for_each(|command| drop(guardian.decide(&request(&format!("{command} # {number}")))));
    }
    for command in COLD {
        let request = request(command);
        let count = allocation_counter::measure(|| assert!(!guardian.decide(&request).cached)).count_total;
        assert!(count <= MOST, "{command} takes {count}");
    }
}
