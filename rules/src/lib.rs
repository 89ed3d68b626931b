//! What guardian knows about commands (specs) and what its users want (execpolicy rules). Pure.
//!
//! ```
//! use guardian_rules::execpolicy;
//! use guardian_rules::host::HostTable;
//! use guardian_rules::rule::Layer;
//!
//! let text = r#"prefix_rule(pattern = ["git", "push", "--force"], decision = "forbidden")"#;
//! let outcome = execpolicy::load(Layer::User, "team.rules", text, &HostTable::default());
//! assert!(!outcome.broken);
//! assert_eq!(outcome.rules[0].to_string(), r#"prefix_rule(pattern=["git", "push", "--force"], decision="forbidden")"#);
//!
//! // What is known of a program, from rules/commands.
//! assert!(guardian_rules::built_in().program("git").is_some());
//! ```
#![forbid(unsafe_code)]

pub mod addresses;
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
pub mod library;
pub mod names;
pub mod network;
pub mod own;
pub mod packages;
pub mod paths;
pub mod pattern;
pub mod places;
pub mod reaching;
pub mod revealing;
mod roles;
pub mod rule;
pub mod ruleset;
pub mod stages;
pub mod suggest;
pub mod table;
pub mod variables;
pub mod vocabulary;
pub mod words;

pub use image::{
    Applies, CommandSpec, EffectSpec, EffectTarget, Form, OperandSpec, OptionSpec, Specs, Stdin, Takes, built_in,
};
pub use own::{Knowledge, SpecFile};
pub use rule::Decision;
pub use ruleset::RuleSet;
pub use vocabulary::{Arity, Config, Direct, EffectKind, Output, Project, Property, Role, Style};
