//! What is known beyond one review: of each endpoint whether it fails and how strictly it can be held to a form, of each
//! session what was denied. Where it is kept is the host's to say; in memory, unless it says otherwise.

use crate::breaker::{Denials, Outage};
use crate::settings::Structure;
use lru::LruCache;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

/// Sessions and endpoints that are known at a time.
const MOST: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);

/// What is known of an endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Endpoint {
    /// Whether it fails.
    pub outage: Outage,
    /// How strictly it can be held to a form, where that is less than was hoped.
    pub structure: Option<Structure>,
}

/// Where it is kept. What `change` does to something is done before anybody else sees it.
pub trait Keeper: fmt::Debug + Send + Sync {
    /// Changes what is known of a session.
    fn session(&self, id: &str, change: &mut dyn FnMut(&mut Denials));
    /// Changes what is known of an endpoint.
    fn endpoint(&self, name: &str, change: &mut dyn FnMut(&mut Endpoint));
    /// All sessions of which something is known.
    fn sessions(&self) -> Vec<(String, Denials)>;
}

/// In memory, for as long as the process lives.
#[derive(Debug)]
pub struct InMemory {
    sessions: Mutex<LruCache<String, Denials>>,
    endpoints: Mutex<LruCache<String, Endpoint>>,
}

impl Default for InMemory {
    fn default() -> Self {
        Self { sessions: Mutex::new(LruCache::new(MOST)), endpoints: Mutex::new(LruCache::new(MOST)) }
    }
}

impl Keeper for InMemory {
    fn session(&self, id: &str, change: &mut dyn FnMut(&mut Denials)) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        change(sessions.get_or_insert_mut(id.to_owned(), Denials::default));
    }

    fn endpoint(&self, name: &str, change: &mut dyn FnMut(&mut Endpoint)) {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        change(endpoints.get_or_insert_mut(name.to_owned(), Endpoint::default));
    }

    fn sessions(&self) -> Vec<(String, Denials)> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.iter().map(|(id, denials)| (id.clone(), denials.clone())).collect()
    }
}
