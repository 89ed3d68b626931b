//! macOS: the kernel's table of processes.

use guardian_sandbox::macos::processes::{self, process};
use std::path::PathBuf;

/// The leader of this process's session.
pub fn leader() -> Option<i32> {
    rustix::process::getsid(None).ok().map(|leader| leader.as_raw_nonzero().get())
}

/// When a process started, in microseconds.
pub fn started(number: i32) -> Option<u64> {
    process(number).map(|process| process.started)
}

/// The terminal that controls a process, by its number.
pub fn terminal(number: i32) -> Option<u64> {
    process(number)?.terminal
}

/// The group of a process.
pub fn group(number: i32) -> Option<i32> {
    process(number).map(|process| process.group)
}

/// The parent of a process.
pub fn parent(number: i32) -> Option<i32> {
    process(number).map(|process| process.parent)
}

/// The user that a process belongs to.
pub fn user(number: i32) -> Option<u32> {
    process(number).map(|process| process.user)
}

/// All processes.
pub fn all() -> Vec<i32> {
    processes::all().into_iter().map(|process| process.number).collect()
}

/// Threads have no numbers here that a signal could be sent to.
pub const fn whole(number: i32) -> i32 {
    number
}

/// The words that a process was started with.
pub fn words(number: i32) -> Option<Vec<Vec<u8>>> {
    processes::started_with(number).map(|words| words.arguments)
}

/// The environment that a process was started with, as far as it is told: `NAME=value`.
pub fn environment(number: i32) -> Vec<Vec<u8>> {
    processes::started_with(number).map(|words| words.environment).unwrap_or_default()
}

/// The program that a process runs.
pub fn program(number: i32) -> Option<PathBuf> {
    processes::program(number)
}

/// A text that is another one in each run of the machine; empty where the machine does not say.
pub fn run_of_the_machine() -> String {
    processes::run_of_the_machine().unwrap_or_default()
}
