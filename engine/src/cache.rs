//! Remembered assessments. Evidence is remembered, never permission: a verdict is settled afresh each time.

use crate::assess::Judged;
use crate::facts::{Facts, FileKind, Tracking};
use crate::trace::Trace;
use lru::LruCache;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

/// What was found out about a proposal before any policy was looked at, and what the world answered.
#[derive(Debug)]
pub struct Assessment {
    /// The steps of reading, resolving, inferring and rating.
    pub trace: Trace,
    /// The commands, ready to be settled.
    pub judged: Vec<Judged>,
    /// Programs by name and the absolute path they resolved to.
    pub programs: Vec<(String, String)>,
    /// Every question that was asked of the world, with its answer.
    pub read: Arc<Vec<(Question, Answer)>>,
}

/// A question to [`Facts`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// The value of a variable.
    Variable(String),
    /// Where a program is.
    Program(String),
    /// What a path leads to.
    Resolved(String),
    /// What a path is.
    Kind(String),
    /// What a file holds, up to so many bytes.
    Content(String, usize),
    /// What version control knows.
    Tracking(String),
}

/// An answer of [`Facts`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Text, or nothing.
    Text(Option<String>),
    /// A kind of file, or nothing.
    Kind(Option<FileKind>),
    /// Bytes, or nothing.
    Bytes(Option<Vec<u8>>),
    /// What version control said.
    Tracking(Tracking),
}

impl Question {
    /// Asks it.
    #[must_use]
    pub fn ask(&self, facts: &dyn Facts) -> Answer {
        match self {
            Self::Variable(name) => Answer::Text(facts.variable(name)),
            Self::Program(name) => Answer::Text(facts.program(name)),
            Self::Resolved(path) => Answer::Text(facts.resolved(path)),
            Self::Kind(path) => Answer::Kind(facts.kind(path)),
            Self::Content(path, limit) => Answer::Bytes(facts.content(path, *limit)),
            Self::Tracking(path) => Answer::Tracking(facts.tracking(path)),
        }
    }
}

impl Assessment {
    /// Whether the world still answers as it did.
    #[must_use]
    pub fn still_holds(&self, facts: &dyn Facts) -> bool {
        self.read.iter().all(|(question, answer)| question.ask(facts) == *answer)
    }
}

/// Facts that write down what was asked and answered: this record is what an assessment depends on.
pub struct Recorder<'a> {
    facts: &'a dyn Facts,
    read: RefCell<Vec<(Question, Answer)>>,
}

impl<'a> Recorder<'a> {
    /// A record of what is asked of these facts.
    #[must_use]
    pub const fn new(facts: &'a dyn Facts) -> Self {
        Self { facts, read: RefCell::new(Vec::new()) }
    }

    /// The record.
    #[must_use]
    pub fn into_read(self) -> Vec<(Question, Answer)> {
        self.read.into_inner()
    }

    fn ask(&self, question: Question) -> Answer {
        if let Some((_, answer)) = self.read.borrow().iter().find(|(known, _)| *known == question) {
            return answer.clone();
        }
        let answer = question.ask(self.facts);
        self.read.borrow_mut().push((question, answer.clone()));
        answer
    }

    fn text(&self, question: Question) -> Option<String> {
        match self.ask(question) {
            Answer::Text(text) => text,
            _ => None,
        }
    }
}

impl Facts for Recorder<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.text(Question::Variable(name.to_owned()))
    }
    fn program(&self, name: &str) -> Option<String> {
        self.text(Question::Program(name.to_owned()))
    }
    fn resolved(&self, path: &str) -> Option<String> {
        self.text(Question::Resolved(path.to_owned()))
    }
    fn kind(&self, path: &str) -> Option<FileKind> {
        match self.ask(Question::Kind(path.to_owned())) {
            Answer::Kind(kind) => kind,
            _ => None,
        }
    }
    fn content(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
        match self.ask(Question::Content(path.to_owned(), limit)) {
            Answer::Bytes(bytes) => bytes,
            _ => None,
        }
    }
    fn tracking(&self, path: &str) -> Tracking {
        match self.ask(Question::Tracking(path.to_owned())) {
            Answer::Tracking(tracking) => tracking,
            _ => Tracking::Unknown,
        }
    }
}

/// A bounded cache of assessments, by a hash of everything else they depend on.
#[derive(Debug)]
pub struct Cache {
    entries: Mutex<LruCache<[u8; 32], Arc<Assessment>>>,
}

impl Cache {
    /// A cache of at most so many assessments.
    #[must_use]
    pub fn new(most: NonZeroUsize) -> Self {
        Self { entries: Mutex::new(LruCache::new(most)) }
    }

    /// The remembered assessment, if the world still answers as it did then.
    #[must_use]
    pub fn get(&self, key: &[u8; 32], facts: &dyn Facts) -> Option<Arc<Assessment>> {
        // A poisoned lock means a panic elsewhere: then nothing is remembered.
        let found = self.entries.lock().ok()?.get(key).cloned()?;
        found.still_holds(facts).then_some(found)
    }

    /// Remembers an assessment.
    pub fn put(&self, key: [u8; 32], assessment: Arc<Assessment>) {
        if let Ok(mut entries) = self.entries.lock() {
            entries.put(key, assessment);
        }
    }
}
