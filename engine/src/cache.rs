//! Remembered assessments. Evidence is remembered, never permission: what follows from it is kept beside it only as long
//! as the engine that settled it lives, with the policy and the rules it was made with, and an approval is made anew.

use crate::assessment::Assessment;
use crate::facts::Facts;
use crate::request::{Command, Request};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

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
