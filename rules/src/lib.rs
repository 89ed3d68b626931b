//! What guardian knows about commands (specs) and what its users want (execpolicy rules). Pure.
#![forbid(unsafe_code)]
