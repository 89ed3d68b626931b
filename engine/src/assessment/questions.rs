//! What was asked of the world while a proposal was judged, with the answers.

use crate::facts::{Facts, FileKind, Links, Names, Tracking};
use crate::index::FEW;
use compact_str::CompactString;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::collections::HashMap;

/// Questions to the world with its answers: few for most commands, and then without a list of their own on the heap.
pub type Read = SmallVec<[(Question, Answer); 10]>;

/// A question to [`Facts`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// The value of a variable.
    Variable(CompactString),
    /// Where a program is.
    Program(CompactString),
    /// What a path leads to.
    Resolved(CompactString),
    /// What a path is.
    Kind(CompactString),
    /// What a file holds, up to so many bytes.
    Content(CompactString, usize),
    /// What version control knows.
    Tracking(CompactString),
    /// What of guardian's a signal would meet.
    Guarded(CompactString),
    /// What in a folder would be taken for a module of Python's library.
    Shadowing(CompactString),
    /// What there is of a ref whose name begins with a dash.
    DashedRef(CompactString),
    /// Where links lead that a pattern meets.
    Links(CompactString),
    /// Which names below a folder are more than one word.
    Parted(CompactString),
    /// Which files lie below a folder.
    Files(CompactString),
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
    /// Where links lead, or nothing.
    Links(Option<Links>),
    /// Names of files, or nothing.
    Names(Option<Names>),
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
            Self::Guarded(process) => Answer::Text(facts.guarded(process)),
            Self::Shadowing(folder) => Answer::Kind(facts.shadowing(folder)),
            Self::DashedRef(folder) => Answer::Kind(facts.dashed_ref(folder)),
            Self::Links(pattern) => Answer::Links(facts.links(pattern)),
            Self::Parted(folder) => Answer::Names(facts.parted(folder)),
            Self::Files(folder) => Answer::Names(facts.files(folder)),
        }
    }

    /// Whether this is the answer still. Of those that nearly all are, none is made to be compared.
    pub(super) fn is_answered_so(&self, facts: &dyn Facts, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Program(name), Answer::Text(known)) => facts.program(name) == *known,
            (Self::Resolved(path), Answer::Text(known)) => facts.resolved(path) == *known,
            (Self::Kind(path), Answer::Kind(known)) => facts.kind(path) == *known,
            _ => self.ask(facts) == *answer,
        }
    }
}

/// Facts that write down what was asked and answered: this record is what an assessment depends on.
pub struct Recorder<'a> {
    facts: &'a dyn Facts,
    asked: RefCell<Asked>,
}

/// What was asked, with where each question stands once there are many.
#[derive(Default)]
struct Asked {
    read: Read,
    /// As far as it was needed: the first so many of them.
    index: Option<HashMap<Question, usize>>,
}

impl Asked {
    /// The answer to a question that was asked before, or else the question.
    fn answered(
        &mut self,
        same: impl Fn(&Question) -> bool,
        question: impl FnOnce() -> Question,
    ) -> Result<&Answer, Question> {
        if self.read.len() <= FEW {
            let known = self.read.iter().find(|(known, _)| same(known));
            return known.map(|(_, answer)| answer).ok_or_else(question);
        }
        let index = self.index.get_or_insert_default();
        let new = self.read.iter().enumerate().skip(index.len());
        index.extend(new.map(|(at, (question, _))| (question.clone(), at)));
        let question = question();
        let known = index.get(&question).and_then(|at| self.read.get(*at));
        known.map(|(_, answer)| answer).ok_or(question)
    }
}

impl<'a> Recorder<'a> {
    /// A record of what is asked of these facts.
    #[must_use]
    pub fn new(facts: &'a dyn Facts) -> Self {
        Self { facts, asked: RefCell::default() }
    }

    /// The record.
    #[must_use]
    pub fn into_read(self) -> Read {
        self.asked.into_inner().read
    }

    /// What is taken of the answer to a question that was asked before, or else now, which is written down.
    fn ask<T>(
        &self,
        same: impl Fn(&Question) -> bool,
        question: impl FnOnce() -> Question,
        take: impl Fn(&Answer) -> T,
    ) -> T {
        let question = match self.asked.borrow_mut().answered(same, question) {
            Ok(answer) => return take(answer),
            Err(question) => question,
        };
        let answer = question.ask(self.facts);
        let taken = take(&answer);
        self.asked.borrow_mut().read.push((question, answer));
        taken
    }
}

fn text(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Text(text) => text.clone(),
        _ => None,
    }
}

fn names(answer: &Answer) -> Option<Names> {
    match answer {
        Answer::Names(names) => names.clone(),
        _ => None,
    }
}

const fn kind(answer: &Answer) -> Option<FileKind> {
    match answer {
        Answer::Kind(kind) => *kind,
        _ => None,
    }
}

impl Facts for Recorder<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        let same = |known: &Question| matches!(known, Question::Variable(other) if other == name);
        self.ask(same, || Question::Variable(name.into()), text)
    }
    fn program(&self, name: &str) -> Option<String> {
        let same = |known: &Question| matches!(known, Question::Program(other) if other == name);
        self.ask(same, || Question::Program(name.into()), text)
    }
    fn resolved(&self, path: &str) -> Option<String> {
        let same = |known: &Question| matches!(known, Question::Resolved(other) if other == path);
        self.ask(same, || Question::Resolved(path.into()), text)
    }
    fn kind(&self, path: &str) -> Option<FileKind> {
        let same = |known: &Question| matches!(known, Question::Kind(other) if other == path);
        self.ask(same, || Question::Kind(path.into()), kind)
    }
    fn content(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
        let same =
            |known: &Question| matches!(known, Question::Content(other, most) if other == path && *most == limit);
        let bytes = |answer: &Answer| match answer {
            Answer::Bytes(bytes) => bytes.clone(),
            _ => None,
        };
        self.ask(same, || Question::Content(path.into(), limit), bytes)
    }
    fn tracking(&self, path: &str) -> Tracking {
        let same = |known: &Question| matches!(known, Question::Tracking(other) if other == path);
        let tracking = |answer: &Answer| match answer {
            Answer::Tracking(tracking) => *tracking,
            _ => Tracking::Unknown,
        };
        self.ask(same, || Question::Tracking(path.into()), tracking)
    }
    fn shadowing(&self, folder: &str) -> Option<FileKind> {
        let same = |known: &Question| matches!(known, Question::Shadowing(other) if other == folder);
        self.ask(same, || Question::Shadowing(folder.into()), kind)
    }
    fn dashed_ref(&self, folder: &str) -> Option<FileKind> {
        let same = |known: &Question| matches!(known, Question::DashedRef(other) if other == folder);
        self.ask(same, || Question::DashedRef(folder.into()), kind)
    }
    fn guarded(&self, process: &str) -> Option<String> {
        let same = |known: &Question| matches!(known, Question::Guarded(other) if other == process);
        self.ask(same, || Question::Guarded(process.into()), text)
    }
    fn links(&self, pattern: &str) -> Option<Links> {
        let same = |known: &Question| matches!(known, Question::Links(other) if other == pattern);
        let links = |answer: &Answer| match answer {
            Answer::Links(links) => links.clone(),
            _ => None,
        };
        self.ask(same, || Question::Links(pattern.into()), links)
    }
    fn parted(&self, folder: &str) -> Option<Names> {
        let same = |known: &Question| matches!(known, Question::Parted(other) if other == folder);
        self.ask(same, || Question::Parted(folder.into()), names)
    }
    fn files(&self, folder: &str) -> Option<Names> {
        let same = |known: &Question| matches!(known, Question::Files(other) if other == folder);
        self.ask(same, || Question::Files(folder.into()), names)
    }
    fn forget(&self) {
        self.facts.forget();
    }
}
