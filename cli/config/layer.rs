//! Where values come from: the layers, and reading the text of each.

use super::disk::Disk;
use super::key::{self, Field};
use super::place::Places;
use super::read::{self, Entry, Read, Scope, Value};
use guardian_rules::diagnostic::{Diagnostic, Span};
use std::fmt;
use std::path::Path;

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

/// Reads files and texts, and keeps everything that is wrong with them.
#[derive(Debug)]
pub struct Loader<'a> {
    /// Where things are.
    pub places: &'a Places,
    /// What is looked at.
    pub disk: &'a Disk,
    /// Errors and warnings of everything read so far.
    pub diagnostics: Vec<Diagnostic>,
}

/// Keys of the user's and the machine's file.
pub const USER_KEYS: &[&[Field]] = &[key::PROFILE, key::USER];
/// Keys of a project's file, and of a profile's. The others are known, to say that they do not belong there.
pub const PROJECT_KEYS: &[&[Field]] = &[key::PROFILE];
/// Keys of the requirements.
pub const REQUIRED_KEYS: &[&[Field]] = &[key::REQUIREMENTS];

/// A larger file is no configuration.
const MOST_BYTES: u64 = 1 << 20;

impl Loader<'_> {
    /// Reads a file, if it is there.
    pub fn file(&mut self, layer: Layer, path: &Path, keys: &[&'static [Field]]) -> Source {
        let name = self.places.shown(path);
        // Without a home there is no user's file; a relative path would be the project's.
        if !path.is_absolute() {
            return Source::empty(layer, name, State::Absent);
        }
        let meta = match self.disk.file(path) {
            Ok(meta) => meta,
            Err(error) if absent(&error) => return Source::empty(layer, name, State::Absent),
            Err(error) => return self.unreadable(layer, name, &error.to_string()),
        };
        if !meta.is_file() {
            return self.unreadable(layer, name, "it is not a file");
        }
        if meta.len() > MOST_BYTES {
            return self.unreadable(layer, name, "it is larger than 1 MiB");
        }
        match std::fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => self.text(layer, name, &text, keys),
            Ok(Err(_)) => self.unreadable(layer, name, "it is not UTF-8"),
            Err(error) => self.unreadable(layer, name, &error.to_string()),
        }
    }

    fn unreadable(&mut self, layer: Layer, name: String, why: &str) -> Source {
        let message = format!("this file cannot be read: {why}");
        self.diagnostics.push(Diagnostic::error("unreadable", &name, "", Span::default(), message));
        Source::empty(layer, name, State::LeftOut("it cannot be read"))
    }

    /// Reads a text.
    pub fn text(&mut self, layer: Layer, name: String, text: &str, keys: &[&'static [Field]]) -> Source {
        let Read { entries, diagnostics } = read::read(&name, text, keys, &self.places.home);
        self.diagnostics.extend(diagnostics);
        Source { layer, name, entries, state: State::Read }
    }

    /// Reads `-c KEY=VALUE`. As in Codex, a value that is not TOML is a string.
    pub fn assignment(&mut self, assignment: &str) -> Source {
        let name = "-c".to_owned();
        let Some((key, value)) = assignment.split_once('=') else {
            let span = Span::new(0, assignment.len());
            let problem = Diagnostic::error("assignment", &name, assignment, span, "this is not KEY=VALUE");
            self.diagnostics.push(problem.with_help("as in `-c sandbox_mode=read-only`"));
            return Source::empty(Layer::CommandLine, name, State::Read);
        };
        let plain = toml::de::DeValue::parse(value.trim()).is_err();
        let value = if plain { quoted(value.trim()) } else { value.to_owned() };
        self.text(Layer::CommandLine, name, &format!("{}={value}", key.trim()), USER_KEYS)
    }
}

/// The text as a basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether the error says that nothing is there.
pub fn absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}
