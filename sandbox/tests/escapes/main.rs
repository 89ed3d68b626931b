//! Tries to escape, for real: every attempt in a process of its own, as root and as nobody, in every tier that the machine
//! can hold. `-- --table` makes them without a box as well, so that a refusal is known to be the box's doing, and prints the
//! conformance table.
//!
//! The same program plays three parts: the harness; the runner, which becomes the user, builds a world and launches;
//! and the prisoner, which makes one attempt.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::macro_metavars_in_unsafe,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test that fails should stop, and tables are long"
)]
#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "there is no launcher to escape from"))]

#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod harness;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "linux")]
mod lines;
#[cfg(target_os = "linux")]
#[path = "../support/machine.rs"]
mod machine;
#[cfg(target_os = "linux")]
mod more;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod processes;
#[cfg(target_os = "linux")]
mod runner;
#[cfg(target_os = "linux")]
mod world;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: no launcher on this platform");
}

#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--attempt") => harness::prisoner(&arguments[2]),
        Some("--can") => runner::can(&arguments[2]),
        Some("--run") => runner::run(&arguments[2], &arguments[3]),
        Some("--victim") => runner::victim(),
        Some("--table") => harness::all(None, true),
        filter => harness::all(filter.filter(|argument| !argument.starts_with('-')), false),
    }
}
