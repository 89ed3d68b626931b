//! Words verdicts, for people and for machines. The only place that does.

pub mod reason;
pub mod wire;
