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

/// This process's ancestors from near to far, each with the moment it started.
pub fn ancestors() -> Vec<(i32, u64)> {
    let mut found = Vec::new();
    let mut next = rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get());
    while let Some(number) = next {
        if found.len() >= 256 {
            break;
        }
        let Some(started) = started(number) else {
            break;
        };
        found.push((number, started));
        next = parent(number).filter(|parent| *parent > 0);
    }
    found
}
