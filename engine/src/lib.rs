//! guardian's engine: a pure function from a proposal, a policy and facts to a verdict that carries its reasons.
#![forbid(unsafe_code)]

pub mod placement;
pub mod shell;
