//! Remembered assessments. Evidence is remembered, never permission: what follows from it is kept beside it only as long
//! as the engine that settled it lives, with the policy and the rules it was made with, and an approval is made anew.

use crate::facts::{Facts, FileKind, Links, Names, Tracking};
use crate::guardian::identity::Place;
use crate::placement::{Confinement, Placement};
use crate::request::{Command, Request, RequestedPermissions};
use crate::trace::Trace;
use crate::verdict::{CommandId, Decision, RiskLevel};
use compact_str::CompactString;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock};

/// Questions to the world with its answers: few for most commands, and then without a list of their own on the heap.
pub type Read = SmallVec<[(Question, Answer); 10]>;

/// What was found out about a proposal, what the world answered, and what followed under the engine's policy.
#[derive(Debug)]
pub struct Assessment {
    /// What is proposed.
    pub command: Command,
    /// Where.
    pub cwd: Arc<str>,
    /// With what permissions.
    pub permissions: RequestedPermissions,
    /// In what surroundings.
    pub(crate) place: Arc<Place>,
    /// The steps of reading, resolving, inferring, rating and settling.
    pub trace: Trace,
    /// Programs by name and the absolute path they resolved to.
    pub programs: Vec<(String, String)>,
    /// Every question that was asked of the world, with its answer.
    pub read: Read,
    /// What followed.
    pub outcome: Outcome,
    /// What it is known by, once somebody has asked: the hash costs as much as a good part of the rest.
    pub(crate) id: OnceLock<CommandId>,
}

/// What follows from an assessment under one policy and one set of rules.
#[derive(Debug)]
pub struct Outcome {
    /// What happens.
    pub decision: Decision,
    /// How bad it would be.
    pub risk: RiskLevel,
    /// In which kind of box.
    pub placement: Placement,
    /// That box.
    pub confinement: Arc<Confinement>,
    /// What is needed beyond the mode's box.
    pub needs: Arc<[String]>,
}

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
    fn is_answered_so(&self, facts: &dyn Facts, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Program(name), Answer::Text(known)) => facts.program(name) == *known,
            (Self::Resolved(path), Answer::Text(known)) => facts.resolved(path) == *known,
            (Self::Kind(path), Answer::Kind(known)) => facts.kind(path) == *known,
            _ => self.ask(facts) == *answer,
        }
    }
}

impl Assessment {
    /// Whether it is about this request. Why the agent says it wants it is nothing that is looked at.
    #[must_use]
    pub fn is_about(&self, request: &Request) -> bool {
        let proposal = &request.proposal;
        self.command == proposal.command
            && *self.cwd == *proposal.cwd
            && self.permissions == proposal.permissions
            && self.place.workspace == request.workspace
    }

    /// The hash of all it depends on.
    #[must_use]
    pub fn command_id(&self) -> CommandId {
        *self.id.get_or_init(|| self.place.identity.command(self))
    }

    /// Whether the world still answers as it did.
    #[must_use]
    pub fn still_holds(&self, facts: &dyn Facts) -> bool {
        self.read.iter().all(|(question, answer)| question.is_answered_so(facts, answer))
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
    /// So many are looked through one by one.
    const FEW: usize = 32;

    fn answer(&mut self, same: impl Fn(&Question) -> bool, question: impl FnOnce() -> Question) -> Found {
        if self.read.len() <= Self::FEW {
            let known = self.read.iter().find(|(known, _)| same(known));
            return known.map_or_else(|| Found::New(question()), |(_, answer)| Found::Known(answer.clone()));
        }
        let index = self.index.get_or_insert_default();
        let new = self.read.iter().enumerate().skip(index.len());
        index.extend(new.map(|(at, (question, _))| (question.clone(), at)));
        let question = question();
        let known = index.get(&question).and_then(|at| self.read.get(*at));
        known.map_or_else(|| Found::New(question), |(_, answer)| Found::Known(answer.clone()))
    }
}

/// Whether something was asked before.
enum Found {
    Known(Answer),
    New(Question),
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

    /// The answer to a question that was asked before, or else now, which is written down.
    fn ask(&self, same: impl Fn(&Question) -> bool, question: impl FnOnce() -> Question) -> Answer {
        let found = self.asked.borrow_mut().answer(same, question);
        let question = match found {
            Found::Known(answer) => return answer,
            Found::New(question) => question,
        };
        let answer = question.ask(self.facts);
        self.asked.borrow_mut().read.push((question, answer.clone()));
        answer
    }

    fn text(&self, same: impl Fn(&Question) -> bool, question: impl FnOnce() -> Question) -> Option<String> {
        match self.ask(same, question) {
            Answer::Text(text) => text,
            _ => None,
        }
    }

    fn names(&self, same: impl Fn(&Question) -> bool, question: impl FnOnce() -> Question) -> Option<Names> {
        match self.ask(same, question) {
            Answer::Names(names) => names,
            _ => None,
        }
    }

    fn file_kind(&self, same: impl Fn(&Question) -> bool, question: impl FnOnce() -> Question) -> Option<FileKind> {
        match self.ask(same, question) {
            Answer::Kind(kind) => kind,
            _ => None,
        }
    }
}

impl Facts for Recorder<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        let same = |known: &Question| matches!(known, Question::Variable(other) if other == name);
        self.text(same, || Question::Variable(name.into()))
    }
    fn program(&self, name: &str) -> Option<String> {
        let same = |known: &Question| matches!(known, Question::Program(other) if other == name);
        self.text(same, || Question::Program(name.into()))
    }
    fn resolved(&self, path: &str) -> Option<String> {
        let same = |known: &Question| matches!(known, Question::Resolved(other) if other == path);
        self.text(same, || Question::Resolved(path.into()))
    }
    fn kind(&self, path: &str) -> Option<FileKind> {
        let same = |known: &Question| matches!(known, Question::Kind(other) if other == path);
        self.file_kind(same, || Question::Kind(path.into()))
    }
    fn content(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
        let same =
            |known: &Question| matches!(known, Question::Content(other, most) if other == path && *most == limit);
        match self.ask(same, || Question::Content(path.into(), limit)) {
            Answer::Bytes(bytes) => bytes,
            _ => None,
        }
    }
    fn tracking(&self, path: &str) -> Tracking {
        let same = |known: &Question| matches!(known, Question::Tracking(other) if other == path);
        match self.ask(same, || Question::Tracking(path.into())) {
            Answer::Tracking(tracking) => tracking,
            _ => Tracking::Unknown,
        }
    }
    fn shadowing(&self, folder: &str) -> Option<FileKind> {
        let same = |known: &Question| matches!(known, Question::Shadowing(other) if other == folder);
        self.file_kind(same, || Question::Shadowing(folder.into()))
    }
    fn dashed_ref(&self, folder: &str) -> Option<FileKind> {
        let same = |known: &Question| matches!(known, Question::DashedRef(other) if other == folder);
        self.file_kind(same, || Question::DashedRef(folder.into()))
    }
    fn guarded(&self, process: &str) -> Option<String> {
        let same = |known: &Question| matches!(known, Question::Guarded(other) if other == process);
        self.text(same, || Question::Guarded(process.into()))
    }
    fn links(&self, pattern: &str) -> Option<Links> {
        let same = |known: &Question| matches!(known, Question::Links(other) if other == pattern);
        match self.ask(same, || Question::Links(pattern.into())) {
            Answer::Links(links) => links,
            _ => None,
        }
    }
    fn parted(&self, folder: &str) -> Option<Names> {
        let same = |known: &Question| matches!(known, Question::Parted(other) if other == folder);
        self.names(same, || Question::Parted(folder.into()))
    }
    fn files(&self, folder: &str) -> Option<Names> {
        let same = |known: &Question| matches!(known, Question::Files(other) if other == folder);
        self.names(same, || Question::Files(folder.into()))
    }
    fn forget(&self) {
        self.facts.forget();
    }
}

/// Parts of the cache, each with a lock of its own.
const PARTS: usize = 8;
/// Places that an assessment may be kept at: the one that was used longest ago makes room.
const WAYS: usize = 8;

/// A bounded cache of assessments, by what they are about.
#[derive(Debug)]
pub struct Cache {
    hasher: RandomState,
    /// Sets of each part.
    sets: usize,
    parts: [Part; PARTS],
}

/// Made with the first entry: an engine that judges one command needs no more.
type Part = Mutex<Box<[Set]>>;

/// Assessments whose keys lead to the same place, the last used first.
type Set = [Option<(Key, Arc<Assessment>)>; WAYS];

/// Where a request's assessment is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Cache {
    /// A cache of about so many assessments at most.
    #[must_use]
    pub fn new(most: NonZeroUsize) -> Self {
        let sets = most.get().div_ceil(PARTS * WAYS);
        Self { hasher: RandomState::new(), sets, parts: std::array::from_fn(|_| Mutex::default()) }
    }

    /// The remembered assessment of this request, if the world still answers as it did then.
    #[must_use]
    pub fn get(&self, key: Key, request: &Request, facts: &dyn Facts) -> Option<Arc<Assessment>> {
        // A poisoned lock means a panic elsewhere: then nothing is remembered.
        let mut part = self.part(key)?.lock().ok()?;
        let set = part.get_mut(self.set(key))?;
        let at = set.iter().position(|entry| entry.as_ref().is_some_and(|(known, _)| *known == key))?;
        set.get_mut(..=at)?.rotate_right(1);
        let found = set.first()?.as_ref().map(|(_, found)| Arc::clone(found))?;
        drop(part);
        (found.is_about(request) && found.still_holds(facts)).then_some(found)
    }

    /// Remembers the assessment of the request with this key.
    pub fn put(&self, key: Key, assessment: Arc<Assessment>) {
        let Some(Ok(mut part)) = self.part(key).map(Mutex::lock) else { return };
        if part.is_empty() {
            *part = (0..self.sets).map(|_| Set::default()).collect();
        }
        let Some(set) = part.get_mut(self.set(key)) else { return };
        let same = set.iter().position(|entry| entry.as_ref().is_some_and(|(known, _)| *known == key));
        if let Some(room) = set.get_mut(..=same.unwrap_or(WAYS - 1)) {
            room.rotate_right(1);
        }
        let Some(first) = set.first_mut() else { return };
        let old = first.replace((key, assessment));
        // Whatever it holds is let go of when the others need not wait for that.
        drop(part);
        drop(old);
    }

    fn part(&self, Key(key): Key) -> Option<&Part> {
        self.parts.get(key as usize % PARTS)
    }

    fn set(&self, Key(key): Key) -> usize {
        key as usize / PARTS % self.sets
    }

    /// Where to look. Requests that come to the same place are told apart there.
    #[must_use]
    pub fn key(&self, request: &Request) -> Key {
        let mut hasher = self.hasher.build_hasher();
        match &request.proposal.command {
            Command::Script(script) => hasher.write(script.as_bytes()),
            Command::Argv(argv) => argv.hash(&mut hasher),
        }
        hasher.write(request.proposal.cwd.as_bytes());
        Key(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A world that counts how often it is asked what is at a path.
    #[derive(Default)]
    struct Counted(Cell<usize>);

    impl Facts for Counted {
        fn variable(&self, _: &str) -> Option<String> {
            None
        }
        fn program(&self, _: &str) -> Option<String> {
            None
        }
        fn resolved(&self, path: &str) -> Option<String> {
            Some(path.to_owned())
        }
        fn kind(&self, path: &str) -> Option<FileKind> {
            self.0.set(self.0.get() + 1);
            Some(if path.ends_with('7') { FileKind::Link } else { FileKind::File })
        }
        fn content(&self, _: &str, _: usize) -> Option<Vec<u8>> {
            None
        }
        fn tracking(&self, _: &str) -> Tracking {
            Tracking::Unknown
        }
        fn shadowing(&self, _: &str) -> Option<FileKind> {
            None
        }
        fn dashed_ref(&self, _: &str) -> Option<FileKind> {
            None
        }
        fn guarded(&self, _: &str) -> Option<String> {
            None
        }
        fn links(&self, _: &str) -> Option<Links> {
            None
        }
        fn parted(&self, _: &str) -> Option<Names> {
            None
        }
        fn files(&self, _: &str) -> Option<Names> {
            None
        }
        fn forget(&self) {}
    }

    /// So many that to look through all of them for each, some 10^11 comparisons, would not end.
    #[test]
    fn many_questions_are_each_asked_once() {
        const MANY: usize = 300_000;
        let world = Counted::default();
        let recorder = Recorder::new(&world);
        for _ in 0..2 {
            for number in 0..MANY {
                let path = format!("/{number}");
                let link = recorder.kind(&path) == Some(FileKind::Link);
                assert_eq!(link, path.ends_with('7'), "{path}");
            }
        }
        // Another question about the same is one of its own.
        assert_eq!(recorder.resolved("/7").as_deref(), Some("/7"));
        assert_eq!(world.0.get(), MANY);
        assert_eq!(recorder.into_read().len(), MANY + 1);
    }
}
