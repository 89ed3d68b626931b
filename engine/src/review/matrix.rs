//! What an answer may change: THE route matrix. A reviewer's opinion may raise a route freely; it lowers one cell only,
//! med to approval, and only with the user's own words behind it.

use super::{Author, Authorization, Confidence, Opinion, ReviewFailure, Session};
use crate::effects::EffectKind;
use crate::level::{Decision, RiskLevel};
use crate::placement::Placement;
use crate::request::{Command, Request, RequestedPermissions};
use crate::trace::{Source, Trace};

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
    row.and_then(|row| row.get(column)).copied().unwrap_or(Route::Human)
}

/// What the engine's evidence amounts to for the matrix.
#[must_use]
pub fn standing(request: &Request, placement: Placement, risk: RiskLevel, trace: &Trace) -> Standing {
    let asks = |wanted: fn(&Source) -> bool| {
        trace.findings().any(|f| f.decision == Some(Decision::Prompt) && wanted(&f.source))
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
    let runs_code = trace
        .effects()
        .any(|(_, effect)| matches!(effect.kind, EffectKind::Execute | EffectKind::Unknown | EffectKind::Install));
    let wider = placement != Placement::Sandboxed
        && (runs_code || request.proposal.permissions != RequestedPermissions::Default);
    if risk == RiskLevel::Med || wider { Standing::Med } else { Standing::Low }
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
    let by_user = |at: &usize| session.records.get(*at).is_some_and(|record| record.author == Author::User);
    let cited = !opinion.cited.is_empty() && opinion.cited.iter().all(by_user);
    let clears = opinion.risk == RiskLevel::Low
        && cited
        && opinion.authorization >= Authorization::Substantial
        && !opinion.scope_exceeds
        && opinion.confidence > Confidence::Low;
    if clears { Weight::Clears } else { Weight::Unsure }
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
        Self { standing, route, code, answer }
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
            (Code::JudgeUnavailable, _) => "no reviewer could be asked; this says nothing about the command",
            (Code::JudgeTimeout, _) => "the reviewer was too slow; this says nothing about the command",
            (Code::JudgeInvalid, _) => "the reviewer's answer was no answer; this says nothing about the command",
            (Code::JudgeHalted, _) => "too much was denied in this session",
            (Code::Stale, _) => "something changed while it was reviewed",
        };
        format!("{words}{said}")
    }
}
