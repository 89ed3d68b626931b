//! What the kernel tells of processes: which started which, when, at which terminal, with which words.

#[cfg(not(target_os = "macos"))]
#[path = "process/linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "process/macos.rs"]
mod system;

pub use system::{
    all, environment, group, leader, parent, program, run_of_the_machine, started, terminal, user, whole, words,
};

/// This process.
pub fn own() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// Whether processes can be told apart here. In some containers they cannot.
pub fn are_told() -> bool {
    started(own()).is_some()
}
