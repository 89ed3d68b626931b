//! What guardian remembers, from outside: the record of verdicts, what is asked of it, and what it withstands.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "cli/machine.rs"]
#[expect(dead_code, clippy::expect_used, clippy::print_stderr, reason = "the machine serves other tests too")]
mod machine;

#[path = "memory/approvals.rs"]
mod approvals;
#[cfg(feature = "otel")]
#[path = "memory/otel.rs"]
mod otel;
#[path = "memory/past.rs"]
mod past;
#[path = "memory/record.rs"]
mod record;
#[path = "memory/withstand.rs"]
mod withstand;
