//! The `guardian` command.
#![forbid(unsafe_code)]
fn main() {}
