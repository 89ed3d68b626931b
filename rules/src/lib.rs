//! What guardian knows about commands (specs) and what its users want (execpolicy rules). Pure.
#![forbid(unsafe_code)]

mod authored;
pub mod check;
mod compile;
pub mod date;
pub mod diagnostic;
pub mod execpolicy;
pub mod fingerprint;
mod format;
pub mod host;
pub mod image;
pub mod lexer;
pub mod network;
pub mod own;
pub mod pattern;
pub mod places;
pub mod rule;
pub mod ruleset;
pub mod suggest;
pub mod table;
pub mod vocabulary;
pub mod words;

pub use image::{
    Applies, CommandSpec, EffectSpec, EffectTarget, Form, OperandSpec, OptionSpec, Specs, Stdin, Takes, built_in,
};
pub use own::{Knowledge, SpecFile};
pub use rule::Decision;
pub use ruleset::RuleSet;
pub use vocabulary::{Arity, Config, EffectKind, Output, Project, Property, Role, Style};
