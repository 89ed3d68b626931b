//! What guardian knows about commands (specs) and what its users want (execpolicy rules). Pure.
#![forbid(unsafe_code)]

mod format;
pub mod image;
pub mod places;
pub mod vocabulary;

pub use image::{
    CommandSpec, EffectSpec, EffectTarget, Form, OperandSpec, OptionSpec, Specs, Stdin, Takes,
    built_in,
};
pub use vocabulary::{Arity, Config, EffectKind, Output, Property, Role, Style};
