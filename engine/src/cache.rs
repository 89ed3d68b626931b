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
/// Places that an assessment may be kept at.
const WAYS: usize = 8;
/// What nobody used since a part was filled so many times is stale.
const STALE: usize = 4;

/// A bounded cache of assessments, by what they are about.
#[derive(Debug)]
pub struct Cache {
    hasher: RandomState,
    /// Sets of each part.
    sets: usize,
    parts: [Part; PARTS],
}

/// On memory of its own, so that no lock slows down who takes another: processors fetch lines of 64 bytes in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Part(Mutex<Sets>);

#[derive(Debug, Default)]
struct Sets {
    /// Made with the first entry: an engine that judges one command needs none.
    sets: Box<[Set]>,
    /// How many assessments were put there.
    now: u32,
}

/// Assessments whose keys lead to the same place, the last used first.
type Set = [Option<Entry>; WAYS];

/// An assessment that is kept.
#[derive(Debug)]
struct Entry {
    /// When it was put there, or used last.
    used: u32,
    /// What tells its key from the others that lead there.
    tag: u32,
    /// The number of the thread that put it there.
    owner: u32,
    assessment: Arc<Assessment>,
}

thread_local! {
    /// Lies elsewhere for each thread.
    static HERE: u8 = const { 0 };
}

/// A number that hardly any other thread has while this one lives.
fn this_thread() -> u32 {
    // At the end of a thread it may be anybody.
    HERE.try_with(|here| std::ptr::from_ref(here).addr()).map_or(0, |at| (at >> 4) as u32)
}

/// Where a request's assessment is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Cache {
    /// A cache of about so many assessments at most.
    #[must_use]
    pub fn new(most: NonZeroUsize) -> Self {
        let sets = most.get().div_ceil(PARTS * WAYS);
        Self { hasher: RandomState::new(), sets, parts: Default::default() }
    }

    /// The remembered assessment of this request, if the world still answers as it did then.
    #[must_use]
    pub fn get(&self, key: Key, request: &Request, facts: &dyn Facts) -> Option<Arc<Assessment>> {
        // A poisoned lock means a panic elsewhere: then nothing is remembered.
        let mut part = self.part(key)?.0.lock().ok()?;
        let Sets { sets, now } = &mut *part;
        let set = sets.get_mut(self.set(key))?;
        let at = held(set, key)?;
        set.get_mut(..=at)?.rotate_right(1);
        let entry = set.first_mut()?.as_mut()?;
        entry.used = *now;
        let found = Arc::clone(&entry.assessment);
        drop(part);
        (found.is_about(request) && found.still_holds(facts)).then_some(found)
    }

    /// Remembers the assessment of the request with this key.
    pub fn put(&self, key: Key, assessment: Arc<Assessment>) {
        let Some(Ok(mut part)) = self.part(key).map(|part| part.0.lock()) else { return };
        let Sets { sets, now } = &mut *part;
        if sets.is_empty() {
            *sets = (0..self.sets).map(|_| Set::default()).collect();
        }
        let stale = sets.len().saturating_mul(WAYS * STALE);
        let Some(set) = sets.get_mut(self.set(key)) else { return };
        *now = now.wrapping_add(1);
        let (used, owner) = (*now, this_thread());
        let is_stale = |entry: &Entry| used.wrapping_sub(entry.used) as usize > stale;
        let at = held(set, key).unwrap_or_else(|| room(set, owner, is_stale));
        if let Some(room) = set.get_mut(..=at) {
            room.rotate_right(1);
        }
        let Some(first) = set.first_mut() else { return };
        let old = first.replace(Entry { used, tag: key.tag(), owner, assessment });
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

impl Key {
    const fn tag(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// Where a set has the assessment with this key.
fn held(set: &Set, key: Key) -> Option<usize> {
    set.iter().position(|entry| entry.as_ref().is_some_and(|entry| entry.tag == key.tag()))
}

/// The place of a set that makes room: the last, or one behind the first few that this thread has put there, as memory goes
/// back faster to who took it. What is stale goes whoever put it there: its thread may be gone.
fn room(set: &Set, owner: u32, is_stale: impl Fn(&Entry) -> bool) -> usize {
    let last = WAYS - 1;
    let goes = |at: &usize| {
        let entry = set.get(*at).and_then(Option::as_ref);
        entry.is_none_or(|entry| entry.owner == owner || *at == last && is_stale(entry))
    };
    (WAYS / 4..WAYS).rev().find(goes).unwrap_or(last)
}
