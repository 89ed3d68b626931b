//! What a file says, typed: values, the keys they are set for, and what they hold for.

use super::access::{Files, Net};
use guardian_engine::ApprovalPolicy;
use guardian_rules::diagnostic::Span;
use guardian_rules::rule::Rule;

/// A value, typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(u64),
    /// One of the key's words.
    Word(&'static str),
    /// An approval policy.
    Approval(ApprovalPolicy),
    /// Some of the key's words.
    Words(Vec<&'static str>),
    /// Texts or paths.
    Texts(Vec<String>),
    /// A text.
    Text(String),
    /// Rules.
    Rules(Vec<Rule>),
    /// Places.
    Files(Files),
    /// Hosts and sockets.
    Net(Net),
}

/// What an entry holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Always.
    Base,
    /// In this profile.
    Profile(String),
    /// For this folder.
    Project(String),
    /// For this endpoint of a model.
    Provider(String),
    /// In this permission profile.
    Permission(String),
}

/// A key that is set.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The setting's name.
    pub setting: &'static str,
    /// What it holds for.
    pub scope: Scope,
    /// Its value.
    pub value: Value,
    /// The line it stands on, from 1.
    pub line: u32,
    /// The bytes of its value.
    pub span: Span,
}
