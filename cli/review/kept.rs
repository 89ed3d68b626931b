//! What reviewers know of endpoints and sessions, in the state directory: a hook is a process of its own each time, and
//! would otherwise ask an endpoint that is down again and again, and never see that too much was denied in a session.

use crate::config::place::Places;
use crate::memory::journal::now;
use crate::memory::sealed::Sealed;
use guardian_models::breaker::Denials;
use guardian_models::kept::{Endpoint, Keeper};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;

/// The folder.
const FOLDER: &str = "reviews";
/// How long something is known.
const LIFETIME: u64 = 12 * 3_600_000;

/// Keeps it there.
#[derive(Debug)]
pub struct OnDisk {
    sealed: Sealed,
    lock: File,
}

/// What stands in a file.
#[derive(Debug, Serialize, Deserialize)]
struct Kept<T> {
    name: String,
    time: u64,
    value: T,
}

impl<T> Kept<T> {
    fn holds(&self) -> bool {
        (self.time..self.time.saturating_add(LIFETIME)).contains(&now())
    }
}

impl OnDisk {
    /// The folder in the state directory, made if there is none.
    pub fn open(places: &Places) -> std::io::Result<Self> {
        let sealed = Sealed::open(places, FOLDER)?;
        let path = places.state.join(FOLDER).join("lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        Ok(Self { sealed, lock })
    }

    /// The same if there is one already.
    pub fn existing(places: &Places) -> std::io::Result<Self> {
        Sealed::existing(places, FOLDER)?;
        Self::open(places)
    }

    fn change<T: Default + Serialize + DeserializeOwned>(&self, kind: &str, name: &str, with: &mut dyn FnMut(&mut T)) {
        // Held for some microseconds; whoever cannot have it for a moment goes on without it rather than not at all.
        let held = crate::memory::journal::lock(&self.lock).is_ok();
        let file = self.sealed.name(&[kind, name]);
        let known = self.sealed.get::<Kept<T>>(&file).ok().filter(|kept| kept.holds() && kept.name == name);
        let mut value = known.map(|kept| kept.value).unwrap_or_default();
        let before = serde_json::to_string(&value).ok();
        with(&mut value);
        if serde_json::to_string(&value).ok() != before {
            // Where it cannot be written, this process goes on as if it were the first.
            let _ = self.sealed.put(&file, &Kept { name: name.to_owned(), time: now(), value });
        }
        if held {
            let _ = rustix::fs::flock(&self.lock, rustix::fs::FlockOperation::Unlock);
        }
    }
}

impl Keeper for OnDisk {
    fn session(&self, id: &str, change: &mut dyn FnMut(&mut Denials)) {
        if id.is_empty() {
            // Whoever names no session has none beyond this review.
            return change(&mut Denials::default());
        }
        self.change("session", id, change);
    }

    fn endpoint(&self, name: &str, change: &mut dyn FnMut(&mut Endpoint)) {
        self.change("endpoint", name, change);
    }

    fn sessions(&self) -> Vec<(String, Denials)> {
        let all = self.sealed.all::<Kept<Denials>>();
        let mut found = Vec::new();
        for (file, kept) in all {
            if kept.holds() {
                found.push((kept.name, kept.value));
            } else {
                self.sealed.take(&file);
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found
    }
}
