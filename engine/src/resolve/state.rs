//! What the shell knows while the script runs: variables, the working directory, functions.

use super::value::{Knowledge, Value, Why};
use crate::shell::NodeId;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::shell::Script;

/// A working directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directory {
    /// This absolute path.
    Known(String),
    /// Somewhere.
    Unknown,
}

/// A function's definition.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) script: Rc<Script>,
    pub(super) body: NodeId,
}

/// The state of one shell process. A subshell works on a copy.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) directory: Directory,
    pub(super) variables: HashMap<String, Value>,
    pub(super) functions: HashMap<String, Function>,
    /// Names that an alias may replace.
    pub(super) aliases: HashSet<String>,
    /// Arguments of the script or function; nothing where they are not known.
    pub(super) positional: Option<Vec<Value>>,
    /// Whether `PATH` was changed, so that a name may mean another program.
    pub(super) path_changed: bool,
    /// Whether `IFS` was changed, so that splitting is not known.
    pub(super) ifs_changed: bool,
    /// Whether every assignment is exported (`set -a`).
    pub(super) exports_all: bool,
}

impl State {
    pub(super) fn new(directory: &str) -> Self {
        Self {
            directory: Directory::Known(directory.to_owned()),
            variables: HashMap::new(),
            functions: HashMap::new(),
            aliases: HashSet::new(),
            positional: None,
            path_changed: false,
            ifs_changed: false,
            exports_all: false,
        }
    }

    /// What is true on either way: the state after a branch that may or may not have been taken.
    pub(super) fn join(&mut self, other: Self) {
        if self.directory != other.directory {
            self.directory = Directory::Unknown;
        }
        let names: Vec<String> = self
            .variables
            .keys()
            .chain(other.variables.keys())
            .cloned()
            .collect();
        for name in names {
            let (mine, theirs) = (self.variables.get(&name), other.variables.get(&name));
            if mine != theirs {
                let number = |v: Option<&Value>| {
                    v.is_some_and(|v| {
                        v.knowledge == Knowledge::Number
                            || (v.knowledge == Knowledge::Exact && v.text.parse::<i64>().is_ok())
                    })
                };
                let span = mine.or(theirs).map(|v| v.span).unwrap_or_default();
                let mut joined = Value::unknown(Why::Paths, span);
                if number(mine) && number(theirs) {
                    joined.knowledge = Knowledge::Number;
                }
                for value in [mine, theirs].into_iter().flatten() {
                    joined.from.extend(value.from.iter().copied());
                }
                self.variables.insert(name, joined);
            }
        }
        self.functions.extend(other.functions);
        self.aliases.extend(other.aliases);
        if self.positional != other.positional {
            self.positional = None;
        }
        self.path_changed |= other.path_changed;
        self.ifs_changed |= other.ifs_changed;
        self.exports_all |= other.exports_all;
    }

    /// Forgets what is known of variables that something assigns.
    pub(super) fn forget(&mut self, names: impl IntoIterator<Item = String>) {
        for name in names {
            let known = self.variables.get(&name).map(|v| (v.span, v.from.clone()));
            let (span, from) = known.unwrap_or_default();
            let mut value = Value::unknown(Why::Paths, span);
            value.from = from;
            self.variables.insert(name, value);
        }
    }
}

impl Directory {
    /// An absolute, normalised path from one that may be relative; nothing where the base is not known.
    #[must_use]
    pub fn join(&self, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(normalise(path));
        }
        match self {
            Self::Known(base) => Some(normalise(&format!("{base}/{path}"))),
            Self::Unknown => None,
        }
    }
}

/// Removes `.`, `..` and repeated slashes from an absolute path, as text.
#[must_use]
pub(crate) fn normalise(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut text = String::with_capacity(path.len());
    for part in &parts {
        text.push('/');
        text.push_str(part);
    }
    if text.is_empty() { "/".into() } else { text }
}
