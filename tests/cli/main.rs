//! Black-box tests of the binary: each on a fresh machine of its own, with nothing of the tester's environment.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on the standard error what it leaves out"
)]

mod check;
mod explain;
#[cfg(feature = "llm")]
#[path = "../support/judge.rs"]
mod judge;
#[cfg(not(feature = "starlark"))]
mod large;
mod machine;
mod manual;
mod profiles;
mod readme;
mod repository;
mod rules;
mod run;
#[cfg(target_os = "linux")]
mod sandbox;
mod specs;
