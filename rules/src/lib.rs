//! What guardian knows about commands (specs) and what its users want (execpolicy rules). Pure.
#![forbid(unsafe_code)]

pub mod check;
pub mod date;
pub mod diagnostic;
pub mod execpolicy;
pub mod fingerprint;
pub mod host;
pub mod lexer;
pub mod network;
pub mod pattern;
pub mod rule;
pub mod ruleset;
pub mod suggest;
pub mod table;
pub mod words;
