//! What a front end has in hand when the engine has answered.

use crate::memory::decisions::Decision as Answered;
use crate::memory::id::ApprovalId;
use guardian_engine::{Request, Verdict};
use std::time::Duration;

/// A request with its answer.
pub struct Judged {
    /// The proposal's id, where it is one and not a question about one.
    pub id: Option<ApprovalId>,
    /// An answer to the same question that was given before.
    pub recalled: Option<Answered>,
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub verdict: Verdict,
    /// How long that took.
    pub elapsed: Duration,
}

impl Judged {
    /// How long that took, in microseconds.
    pub fn elapsed_us(&self) -> u64 {
        u64::try_from(self.elapsed.as_micros()).unwrap_or(u64::MAX)
    }
}
