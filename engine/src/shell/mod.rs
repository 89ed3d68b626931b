//! What was *written*: source text to a syntax tree with spans. Knows nothing of what commands mean.

mod ast;
mod keyword;
mod parse;
mod plain;
mod print;
mod read;
mod script;
mod second;
mod span;

pub use ast::{
    AssignedValue, Assignment, Clause, ClauseEnd, Descriptor, Node, NodeKind, Operator, Part, PartKind, Prefix,
    Redirect, RedirectOperator, RedirectTarget, Word,
};
pub(crate) use parse::{Buffers, parse_in};
pub use parse::{MAX_SOURCE, doubts, parse};
pub use print::print;
pub(crate) use read::declares;
pub use script::{Problem, ProblemKind, Script};
pub use span::{NodeId, Run, Span, Text, WordId};

#[cfg(test)]
mod tests;
