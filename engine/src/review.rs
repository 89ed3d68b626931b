//! The port to a reviewer, and what its answer may change: THE route matrix. A reviewer's opinion may raise a route
//! freely; it lowers one cell only, med to approval, and only with the user's own words behind it.

use crate::cache::{Answer, Question};
use crate::effects::EffectKind;
use crate::placement::Placement;
use crate::request::{Command, Request, RequestedPermissions};
use crate::trace::{Source, Trace};
use crate::verdict::{CommandId, Decision, RiskLevel};

/// Who answers what would be a prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApprovalsReviewer {
    /// A person, always.
    #[default]
    User,
    /// The routes of this module: low risk is approved, med is reviewed where there is a reviewer, high is for a person.
    Guardian,
}

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
            Self::Unavailable(words)
            | Self::Timeout(words)
            | Self::Invalid(words)
            | Self::Halted(words) => words,
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

/// Where a prompt goes, from the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// It is approved.
    Approve,
    /// A person sees it, with the assessment.
    Show,
    /// A person has to decide, and is told why.
    Human,
}

impl Route {
    /// The word in messages and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Show => "show",
            Self::Human => "human",
        }
    }
}

/// What the engine itself found, as the matrix sees it. From the mildest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Low risk in its box.
    Low,
    /// Med risk, or low risk that leaves its box with code that was not followed.
    Med,
    /// Not everything could be read.
    Unread,
    /// High risk.
    High,
    /// Somebody asked for this question: a rule, or configuration that is broken.
    Hard,
}

/// What the reviewer amounts to, as the matrix sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Low, authorised by the user's own words, within scope, and sure enough.
    Clears,
    /// Anything between.
    Unsure,
    /// High, harm of a kind that is for people, or signs of injection.
    Flags,
}

/// The longest command that a reviewer can clear: a longer one could not be shown whole.
pub const ACTION: usize = 8 << 10;

use Route::{Approve, Human, Show};

/// The matrix: rows in the order of [`Standing`], columns: nobody was asked, clears, unsure, flags, failed.
const ROUTES: [[Route; 5]; 5] = [
    [Approve, Approve, Show, Human, Show],
    [Show, Approve, Show, Human, Show],
    [Show, Show, Show, Human, Show],
    [Human, Human, Human, Human, Human],
    [Human, Human, Human, Human, Human],
];

/// Where a prompt goes. `weight` is nothing where nobody was asked, an error where asking failed.
#[must_use]
pub fn route(standing: Standing, weight: Option<Result<Weight, ()>>) -> Route {
    let column = match weight {
        None => 0,
        Some(Ok(Weight::Clears)) => 1,
        Some(Ok(Weight::Unsure)) => 2,
        Some(Ok(Weight::Flags)) => 3,
        Some(Err(())) => 4,
    };
    let row = ROUTES.get(standing as usize);
    row.and_then(|row| row.get(column))
        .copied()
        .unwrap_or(Route::Human)
}

/// What the engine's evidence amounts to for the matrix.
#[must_use]
pub fn standing(
    request: &Request,
    placement: Placement,
    risk: RiskLevel,
    trace: &Trace,
) -> Standing {
    let asks = |wanted: fn(&Source) -> bool| {
        trace
            .findings()
            .any(|f| f.decision == Some(Decision::Prompt) && wanted(&f.source))
    };
    if asks(|source| matches!(source, Source::Rule { .. } | Source::Configuration)) {
        return Standing::Hard;
    }
    if risk == RiskLevel::High {
        return Standing::High;
    }
    let length = match &request.proposal.command {
        Command::Script(script) => script.len(),
        Command::Argv(argv) => argv.iter().map(|word| word.len() + 1).sum(),
    };
    let dynamic = length > ACTION || trace.invocations().any(|i| i.program.is_empty());
    if dynamic || asks(|source| matches!(source, Source::Reading | Source::Limit)) {
        return Standing::Unread;
    }
    // What runs code was rated as if the box held it. Outside, or in a wider box, that rating says too little.
    let runs_code = trace.effects().any(|(_, effect)| {
        matches!(
            effect.kind,
            EffectKind::Execute | EffectKind::Unknown | EffectKind::Install
        )
    });
    let wider = placement != Placement::Sandboxed
        && (runs_code || request.proposal.permissions != RequestedPermissions::Default);
    if risk == RiskLevel::Med || wider {
        Standing::Med
    } else {
        Standing::Low
    }
}

/// What an opinion amounts to. Its claims are checked here: words that are not the user's authorise nothing.
#[must_use]
pub fn weigh(opinion: &Opinion, session: &Session) -> Weight {
    if opinion.risk == RiskLevel::High
        || opinion.injection_suspected
        || opinion.categories.iter().any(|category| category.hard())
    {
        return Weight::Flags;
    }
    let by_user = |at: &usize| {
        session
            .records
            .get(*at)
            .is_some_and(|record| record.author == Author::User)
    };
    let cited = !opinion.cited.is_empty() && opinion.cited.iter().all(by_user);
    let clears = opinion.risk == RiskLevel::Low
        && cited
        && opinion.authorization >= Authorization::Substantial
        && !opinion.scope_exceeds
        && opinion.confidence > Confidence::Low;
    if clears {
        Weight::Clears
    } else {
        Weight::Unsure
    }
}

/// Why a prompt went where it did: one code each, so that failures never read as judgements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Low risk.
    LowRisk,
    /// The reviewer finds it authorised and harmless.
    Cleared,
    /// It is for a person, whoever else is asked: a rule, high risk, or not all of it was read.
    NeedsHuman,
    /// The reviewer was not convinced.
    NotCleared,
    /// The reviewer finds it dangerous.
    JudgedHigh,
    /// The reviewer could not be asked.
    JudgeUnavailable,
    /// The reviewer did not answer in time.
    JudgeTimeout,
    /// The reviewer's answer was none.
    JudgeInvalid,
    /// Too many denials in this session.
    JudgeHalted,
    /// The reviewer approved, but what that rested on had changed by then.
    Stale,
}

impl Code {
    /// The word in JSON and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LowRisk => "low_risk",
            Self::Cleared => "cleared",
            Self::NeedsHuman => "needs_human",
            Self::NotCleared => "not_cleared",
            Self::JudgedHigh => "judged_high",
            Self::JudgeUnavailable => "judge_unavailable",
            Self::JudgeTimeout => "judge_timeout",
            Self::JudgeInvalid => "judge_invalid",
            Self::JudgeHalted => "judge_halted",
            Self::Stale => "stale",
        }
    }
}

/// What came of reviewing a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// What the engine's own evidence amounted to.
    pub standing: Standing,
    /// Where the prompt went.
    pub route: Route,
    /// Why.
    pub code: Code,
    /// What the reviewer said, where one was asked.
    pub answer: Option<Result<Opinion, ReviewFailure>>,
}

/// Whether a reviewer's answer could change where a prompt goes. Only then anything leaves the machine.
#[must_use]
pub const fn worth_asking(standing: Standing) -> bool {
    matches!(standing, Standing::Med)
}

impl Review {
    /// Settles where a prompt goes, by the answer there is.
    #[must_use]
    pub fn new(
        standing: Standing,
        answer: Option<Result<Opinion, ReviewFailure>>,
        session: &Session,
        current: impl FnOnce() -> bool,
    ) -> Self {
        let weight = answer.as_ref().map(|answer| match answer {
            Ok(opinion) => Ok(weigh(opinion, session)),
            Err(_) => Err(()),
        });
        let mut route = route(standing, weight);
        let mut code = match (&answer, weight) {
            (None, _) if route == Route::Approve => Code::LowRisk,
            (None, _) => Code::NeedsHuman,
            (Some(Err(failure)), _) => match failure {
                ReviewFailure::Unavailable(_) => Code::JudgeUnavailable,
                ReviewFailure::Timeout(_) => Code::JudgeTimeout,
                ReviewFailure::Invalid(_) => Code::JudgeInvalid,
                ReviewFailure::Halted(_) => Code::JudgeHalted,
            },
            (_, Some(Ok(Weight::Flags))) => Code::JudgedHigh,
            (_, Some(Ok(Weight::Clears))) if route == Route::Approve => Code::Cleared,
            _ if standing >= Standing::Unread => Code::NeedsHuman,
            _ => Code::NotCleared,
        };
        if code == Code::Cleared && !current() {
            (route, code) = (Route::Show, Code::Stale);
        }
        Self {
            standing,
            route,
            code,
            answer,
        }
    }

    /// The reviewer's rating, where it adds to the engine's.
    #[must_use]
    pub fn raises_to(&self) -> RiskLevel {
        match &self.answer {
            Some(Ok(opinion)) if self.code == Code::JudgedHigh => opinion.risk.max(RiskLevel::High),
            Some(Ok(opinion)) => opinion.risk,
            _ => RiskLevel::Low,
        }
    }

    /// Why, in a sentence for people.
    #[must_use]
    pub fn words(&self) -> String {
        let said = match &self.answer {
            Some(Ok(opinion)) if !opinion.rationale.is_empty() => {
                format!(": {}", opinion.rationale)
            }
            Some(Err(failure)) => format!(": {}", failure.words()),
            _ => String::new(),
        };
        let words = match (self.code, self.standing) {
            (Code::LowRisk, _) => "low risk needs nobody",
            (Code::Cleared, _) => "the reviewer finds it authorised and harmless",
            (Code::NeedsHuman, Standing::Hard) => "somebody asked to be asked",
            (Code::NeedsHuman, Standing::High) => "high risk is for a person",
            (Code::NeedsHuman, Standing::Unread) => "not all of it could be read",
            (Code::NeedsHuman, _) => "med risk is shown to a person",
            (Code::NotCleared, _) => "the reviewer is not convinced",
            (Code::JudgedHigh, _) => "the reviewer finds it dangerous",
            (Code::JudgeUnavailable, _) => {
                "no reviewer could be asked; this says nothing about the command"
            }
            (Code::JudgeTimeout, _) => {
                "the reviewer was too slow; this says nothing about the command"
            }
            (Code::JudgeInvalid, _) => {
                "the reviewer's answer was no answer; this says nothing about the command"
            }
            (Code::JudgeHalted, _) => "too much was denied in this session",
            (Code::Stale, _) => "something changed while it was reviewed",
        };
        format!("{words}{said}")
    }
}

#[cfg(test)]
mod tests;
