//! A review as JSON.

use crate::review::feedback;
use guardian_engine::review::{Authorization, Category, Confidence, Opinion, Review, Route};
use schemars::JsonSchema;
use serde::Serialize;

/// What came of reviewing what would have been a prompt.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReviewLine {
    /// Where the question went: `approve`, `show` or `human`.
    pub route: &'static str,
    /// Why: `low_risk`, `cleared`, `needs_human`, `not_cleared`, `judged_high`, `judge_unavailable`, `judge_timeout`,
    /// `judge_invalid`, `judge_halted`, `stale`.
    pub code: &'static str,
    /// The same in words for people.
    pub words: String,
    /// What to tell the agent if nobody can be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
    /// What the model said, where one was asked and answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<OpinionLine>,
}

/// What a model said. Nothing acts on it but the table of routes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OpinionLine {
    /// `low`, `med` or `high`.
    pub risk: &'static str,
    /// `none`, `weak`, `substantial` or `exact`.
    pub authorization: &'static str,
    /// Numbers of the session's records that it relies on.
    pub cited: Vec<usize>,
    /// Whether the action does more than was asked.
    pub scope_exceeds: bool,
    /// Whether something other than the user seems to want it.
    pub injection_suspected: bool,
    /// Kinds of harm.
    pub categories: Vec<&'static str>,
    /// `low`, `medium` or `high`.
    pub confidence: &'static str,
    /// Why, in its words.
    pub rationale: String,
}

impl ReviewLine {
    /// A review.
    pub fn of(review: &Review) -> Self {
        let opinion = match &review.answer {
            Some(Ok(opinion)) => Some(opinion_line(opinion)),
            _ => None,
        };
        Self {
            route: review.route.as_str(),
            code: review.code.as_str(),
            words: review.words(),
            feedback: (review.route != Route::Approve).then(|| feedback::denial(review)),
            opinion,
        }
    }
}

fn opinion_line(opinion: &Opinion) -> OpinionLine {
    let name = |category: &Category| {
        let known = Category::ALL.iter().find(|(_, known)| known == category);
        known.map_or("other", |(name, _)| *name)
    };
    OpinionLine {
        risk: opinion.risk.as_str(),
        authorization: match opinion.authorization {
            Authorization::None => "none",
            Authorization::Weak => "weak",
            Authorization::Substantial => "substantial",
            Authorization::Exact => "exact",
        },
        cited: opinion.cited.clone(),
        scope_exceeds: opinion.scope_exceeds,
        injection_suspected: opinion.injection_suspected,
        categories: opinion.categories.iter().map(name).collect(),
        confidence: match opinion.confidence {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        },
        rationale: opinion.rationale.clone(),
    }
}

/// `guardian review --json`.
#[derive(Debug, Serialize)]
pub struct ReviewJson {
    /// What the engine's own evidence amounts to.
    pub standing: &'static str,
    /// Whether a model's answer could change where the question goes.
    pub asks: bool,
    /// The decision, where one was made.
    pub decision: Option<&'static str>,
    /// The review.
    pub review: Option<ReviewLine>,
    /// What asking took, where somebody was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent: Option<crate::memory::row::Review>,
    /// What is or would be sent.
    pub prompt: Option<PromptJson>,
}

/// A prompt.
#[derive(Debug, Serialize)]
pub struct PromptJson {
    /// The system's words.
    pub system: String,
    /// The document.
    pub user: String,
    /// Sizes by section, in bytes.
    pub sections: Vec<(String, usize)>,
    /// Its tokens, estimated high.
    pub tokens: usize,
    /// Whether the action is shown whole.
    pub complete: bool,
    /// Secrets taken out.
    pub redacted: usize,
    /// Characters made visible.
    pub made_visible: usize,
}
