//! Where values come from: the layers, and the texts of each.

use super::value::{Entry, Scope, Value};
use std::fmt;

/// Who says so, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Nobody: what is built in.
    Default,
    /// The machine.
    System,
    /// The user.
    User,
    /// The project, which may only tighten.
    Project,
    /// The profile that was chosen.
    Profile,
    /// The command line.
    CommandLine,
    /// The administrator, finally.
    Required,
}

impl Layer {
    /// The word in messages and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::System => "system",
            Self::User => "user",
            Self::Project => "project",
            Self::Profile => "profile",
            Self::CommandLine => "command line",
            Self::Required => "required",
        }
    }
}

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// By whom.
    pub layer: Layer,
    /// `FILE:LINE`, a flag, or why it is the default.
    pub place: String,
}

impl Origin {
    /// An origin.
    pub fn new(layer: Layer, place: impl Into<String>) -> Self {
        Self { layer, place: place.into() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            return f.write_str(self.layer.as_str());
        }
        write!(f, "{}: {}", self.layer.as_str(), self.place)
    }
}

/// What became of a file that could have been there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was read.
    Read,
    /// There is none.
    Absent,
    /// It is there and was not read, for this reason.
    LeftOut(&'static str),
}

/// One text of entries.
#[derive(Clone, Debug)]
pub struct Source {
    /// Whose it is.
    pub layer: Layer,
    /// How messages call it.
    pub name: String,
    /// What it sets.
    pub entries: Vec<Entry>,
    /// What became of it.
    pub state: State,
}

impl Source {
    /// A source with nothing in it.
    pub fn empty(layer: Layer, name: String, state: State) -> Self {
        Self { layer, name, entries: Vec::new(), state }
    }

    /// Where one of its entries stands.
    pub fn origin(&self, entry: &Entry) -> Origin {
        let place = match self.layer {
            Layer::CommandLine => self.name.clone(),
            _ => format!("{}:{}", self.name, entry.line),
        };
        Origin::new(self.layer, place)
    }

    /// What it says for that scope.
    pub fn of(&self, scope: &Scope) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.scope == *scope)
    }

    /// The value of a setting that has no scope.
    pub fn get(&self, setting: &str) -> Option<(&Value, Origin)> {
        let entry = self.of(&Scope::Base).find(|entry| entry.setting == setting)?;
        Some((&entry.value, self.origin(entry)))
    }
}
