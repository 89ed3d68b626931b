//! What was made of a remembered assessment before: it would be made the same each time, but for what is a proposal's own.

use crate::judged::Judged;
use crate::memory::id::ApprovalId;
use guardian_engine::CommandId;
use guardian_engine::assessment::Assessment;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What was made, by what it was made of.
#[derive(Debug)]
pub struct Known<T>(Mutex<HashMap<CommandId, Made<T>>>);

/// An assessment, and what was made of it.
type Made<T> = (Arc<Assessment>, Arc<T>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Known<T> {
    /// How much of it is kept.
    const MOST: usize = 256;

    /// What was made of a verdict before, where that holds, or else is made now. Nothing where it is of this proposal alone.
    pub fn of(
        &self,
        judged: &Judged,
        holds: impl FnOnce(&T) -> bool,
        make: impl FnOnce() -> Option<T>,
    ) -> Option<Arc<T>> {
        let verdict = &judged.verdict;
        // What is asked for the first time may be for the last.
        if !verdict.cached || !verdict.is_of_assessment_alone() || judged.recalled.is_some() {
            return None;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((assessment, made)) = known.get(&verdict.command_id())
            && Arc::ptr_eq(assessment, verdict.assessment())
            && holds(made)
        {
            return Some(Arc::clone(made));
        }
        let made = Arc::new(make()?);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(verdict.command_id(), (Arc::clone(verdict.assessment()), Arc::clone(&made)));
        Some(made)
    }
}

/// JSON about a verdict with room for what is a proposal's own: its id, and how long deciding took.
#[derive(Debug)]
pub struct Stencil([Box<str>; 3]);

impl Stencil {
    /// The stencil of what was written about this proposal.
    pub fn of(json: &str, id: ApprovalId, judged: &Judged) -> Option<Self> {
        // Nobody else has said an id that was only just given, and in no text a quotation mark stands for itself.
        let (before, rest) = json.split_once(&id.to_string())?;
        let (between, after) = rest.rsplit_once(&elapsed(judged))?;
        Some(Self([before, between, after].map(Into::into)))
    }

    /// The same about another proposal.
    pub fn filled(&self, id: ApprovalId, judged: &Judged) -> String {
        let [before, between, after] = &self.0;
        [before, &*id.to_string(), between, &*elapsed(judged), after].concat()
    }
}

/// The field, as both the record and answers have it.
fn elapsed(judged: &Judged) -> String {
    format!("\"elapsed_us\":{}", judged.elapsed_us())
}
