//! The port to a reviewer: what it is shown, and what it may say. What follows from that is for the matrix to say.

use crate::assessment::{Answer, CommandId, Question};
use crate::level::RiskLevel;
use crate::placement::Placement;
use crate::request::Request;
use crate::trace::Trace;

/// Who wrote a record of the session. The host says so, never the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Author {
    /// The person. The only words that can authorise anything.
    User,
    /// The agent's prose.
    Assistant,
    /// An earlier tool call of the agent: name and arguments.
    Call,
    /// What a tool answered.
    Result,
    /// A file of instructions in the repository.
    Project,
}

impl Author {
    /// The label in prompts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Call => "tool_call",
            Self::Result => "tool_result",
            Self::Project => "project_file",
        }
    }
}

/// One record of the session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// Whose words these are.
    pub author: Author,
    /// The words.
    pub text: String,
}

/// What happened before the proposal, oldest first. Records are only ever added, so that their numbers stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Session {
    /// The host's name for the session.
    pub id: String,
    /// The records.
    pub records: Vec<Record>,
}

/// Everything a reviewer sees.
#[derive(Clone, Copy, Debug)]
pub struct Dossier<'a> {
    /// The proposal and its place.
    pub request: &'a Request,
    /// Hash of what was judged, of the policy and of what the world answered.
    pub command_id: CommandId,
    /// How bad it was found to be.
    pub risk: RiskLevel,
    /// In which kind of box it would run.
    pub placement: Placement,
    /// What it needs beyond the box.
    pub needs: &'a [String],
    /// The evidence so far.
    pub trace: &'a Trace,
    /// What was asked of the world, and its answers.
    pub facts: &'a [(Question, Answer)],
    /// What happened before.
    pub session: &'a Session,
}

/// How far the user's words carry the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authorization {
    /// Not at all, or by nobody who could.
    None,
    /// Loosely.
    Weak,
    /// The substance was asked for.
    Substantial,
    /// Exactly this was asked for.
    Exact,
}

/// How sure the reviewer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Guessing.
    Low,
    /// Fairly.
    Medium,
    /// Sure.
    High,
}

/// What kind of harm is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Data leaves.
    Exfiltration,
    /// Secrets are looked for or read.
    Credentials,
    /// A protection is lowered for good.
    Weakening,
    /// Something is lost.
    Destruction,
    /// Something comes back after the session.
    Persistence,
    /// Rights are gained.
    Privilege,
    /// Hosts are contacted.
    Network,
    /// Fetched code is run.
    FetchedCode,
    /// Anything else.
    Other,
}

impl Category {
    /// All, with their names in answers.
    pub const ALL: [(&'static str, Self); 9] = [
        ("exfiltration", Self::Exfiltration),
        ("credentials", Self::Credentials),
        ("weakening", Self::Weakening),
        ("destruction", Self::Destruction),
        ("persistence", Self::Persistence),
        ("privilege", Self::Privilege),
        ("network", Self::Network),
        ("fetched_code", Self::FetchedCode),
        ("other", Self::Other),
    ];

    /// Whether a person has to look at harm of this kind, whatever else is said.
    #[must_use]
    pub const fn hard(self) -> bool {
        !matches!(self, Self::Network | Self::Other)
    }
}

/// What a reviewer says. There is no outcome in it: what follows is for the matrix to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// How bad it would be.
    pub risk: RiskLevel,
    /// How far the user's words carry it.
    pub authorization: Authorization,
    /// Numbers of the session's records that authorise it.
    pub cited: Vec<usize>,
    /// Whether it does more than was asked.
    pub scope_exceeds: bool,
    /// Whether something other than the user seems to want it.
    pub injection_suspected: bool,
    /// Possible harm.
    pub categories: Vec<Category>,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why. For people only; nothing acts on it.
    pub rationale: String,
}

/// Why there is no opinion. None of these says anything about the action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewFailure {
    /// Nobody could be asked.
    Unavailable(String),
    /// The answer did not come in time.
    Timeout(String),
    /// The answer was none that is accepted.
    Invalid(String),
    /// Too much was denied in this session: a person decides from here on.
    Halted(String),
}

impl ReviewFailure {
    /// What went wrong, in words for people.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Unavailable(words) | Self::Timeout(words) | Self::Invalid(words) | Self::Halted(words) => words,
        }
    }
}

/// Someone who reviews what would be a prompt.
pub trait Reviewer: Send + Sync {
    /// Reviews.
    ///
    /// # Errors
    /// Where there is no opinion, why.
    fn review(&self, dossier: &Dossier<'_>) -> Result<Opinion, ReviewFailure>;

    /// Whether the session still is what the dossier said. An approval of words that changed meanwhile is dropped.
    fn still_current(&self, _dossier: &Dossier<'_>) -> bool {
        true
    }
}

impl<T: Reviewer + ?Sized> Reviewer for std::sync::Arc<T> {
    fn review(&self, dossier: &Dossier<'_>) -> Result<Opinion, ReviewFailure> {
        (**self).review(dossier)
    }

    fn still_current(&self, dossier: &Dossier<'_>) -> bool {
        (**self).still_current(dossier)
    }
}

mod matrix;

pub use matrix::{ACTION, Code, Review, Route, Standing, Weight, route, standing, weigh, worth_asking};

#[cfg(test)]
mod tests;
