//! Someone who asks: their line out, what they have asked and not been answered yet, and whether they speak for a person.

use super::message::{self, Refusal};
use super::outbox::{Outbox, Way};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Names are shown beside questions.
const LONGEST_NAME: usize = 40;

/// How far a request has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for a worker.
    Queued,
    /// It was taken back before anything came of it.
    Cancelled,
    /// A worker has it.
    Working,
    /// It waits for a person, under this name.
    Waiting(String),
    /// It runs as this process.
    Running(u32),
}

/// A client.
pub struct Client {
    /// What it is told.
    pub out: Arc<Outbox>,
    asked: Mutex<HashMap<String, Stage>>,
    approves: AtomicBool,
    name: OnceLock<String>,
    /// The process at the other end, where it is known.
    pub process: Option<i32>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    /// A client who is written to there.
    pub fn new(way: Way, process: Option<i32>, approves: bool) -> Self {
        Self {
            out: Outbox::new(way),
            asked: Mutex::default(),
            approves: AtomicBool::new(approves),
            name: OnceLock::new(),
            process,
        }
    }

    /// What it calls itself, once.
    pub fn call(&self, name: &str) {
        let _ = self.name.set(crate::sanitize::line(name).chars().take(LONGEST_NAME).collect());
    }

    /// What it calls itself; nothing where it has not said so.
    pub fn name(&self) -> &str {
        self.name.get().map_or("", String::as_str)
    }

    /// Whether it may answer for a person.
    pub fn approves(&self) -> bool {
        self.approves.load(Ordering::SeqCst)
    }

    /// It has shown that it may.
    pub fn may_approve(&self) {
        self.approves.store(true, Ordering::SeqCst);
    }

    /// Sends a line.
    pub fn send(&self, line: &str) {
        self.out.send(line);
    }

    /// Takes a request in, unless one of that name is still open.
    pub fn begin(&self, id: Option<&Value>) -> bool {
        let Some(id) = id else { return true };
        let mut asked = lock(&self.asked);
        match asked.entry(id.to_string()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(Stage::Queued);
                true
            }
        }
    }

    /// Moves a request on. Not if it was taken back.
    pub fn advance(&self, id: Option<&Value>, stage: Stage) -> bool {
        let Some(id) = id else { return true };
        match lock(&self.asked).get_mut(&id.to_string()) {
            Some(Stage::Cancelled) | None => false,
            Some(known) => {
                *known = stage;
                true
            }
        }
    }

    /// A request that a worker has waits for a person. Not if it was taken back, or answered already.
    pub fn waits(&self, id: Option<&Value>, question: &str) -> bool {
        let Some(id) = id else { return true };
        match lock(&self.asked).get_mut(&id.to_string()) {
            Some(stage @ Stage::Working) => {
                *stage = Stage::Waiting(question.to_owned());
                true
            }
            _ => false,
        }
    }

    /// Takes a request back, and says how far it had come.
    pub fn cancel(&self, id: &Value) -> Option<Stage> {
        let mut asked = lock(&self.asked);
        let known = asked.get_mut(&id.to_string())?;
        Some(match known {
            Stage::Queued | Stage::Working => std::mem::replace(known, Stage::Cancelled),
            other => other.clone(),
        })
    }

    /// Answers a request, and is done with it.
    pub fn answer(&self, id: Option<&Value>, result: Result<impl Serialize, Refusal>) {
        let Some(id) = id else { return };
        lock(&self.asked).remove(&id.to_string());
        self.send(&message::answer(Some(id), result));
    }

    /// The same with a result that is JSON already.
    pub fn answer_text(&self, id: Option<&Value>, result: Result<String, Refusal>) {
        match (id, result) {
            (None, _) => {}
            (Some(id), Ok(text)) => {
                lock(&self.asked).remove(&id.to_string());
                self.send(&message::answer_of(id, &text));
            }
            (id, Err(why)) => self.refuse(id, why),
        }
    }

    /// Answers a request with why there is no answer.
    pub fn refuse(&self, id: Option<&Value>, why: Refusal) {
        self.answer(id, Err::<Value, _>(why));
    }

    /// The processes that run for it.
    pub fn running(&self) -> Vec<u32> {
        let pid = |stage: &Stage| if let Stage::Running(pid) = stage { Some(*pid) } else { None };
        lock(&self.asked).values().filter_map(pid).collect()
    }
}
