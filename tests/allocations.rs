//! What a decision takes from the heap: nothing for what is remembered, and a bound for what is new. Counts do not
//! depend on the machine, so they are a test.

mod world;

use guardian_engine::ApprovalPolicy;
use world::{engine, request};

/// Plain commands with the allocations that each may take where it is new: git's look for its repository besides.
const COLD: [(&str, u64); 2] = [("ls -la", 28), ("git status", 44)];

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
    for (command, most) in COLD {
        let guardian = engine(ApprovalPolicy::OnRequest);
        drop(guardian.decide(&request("pwd")));
        let request = request(command);
        let count = allocation_counter::measure(|| drop(guardian.decide(&request))).count_total;
        assert!(count <= most, "{command} takes {count}");
    }
}
