//! The rows of the audit trail. Their JSON is what is chained, so what is written once is never written otherwise.

use serde::{Deserialize, Serialize};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its number; the first is 1.
    pub seq: u64,
    /// When it was written, in milliseconds since 1970.
    pub time: u64,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Event {
    /// A command was judged.
    Verdict(Box<Verdict>),
    /// Someone answered a question.
    Answer(Answer),
    /// A command ran.
    Run(Run),
    /// A command could not be judged, and what was said instead.
    Failed(Failed),
    /// Someone tried to approve who may not.
    Refused(Refused),
    /// The trail was found damaged, and goes on from here.
    Mended(Mended),
}

/// A verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The proposal.
    pub id: String,
    /// What was judged.
    pub command_id: String,
    /// Which front end was asked.
    pub front: String,
    /// The agent, where it said who it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agent: String,
    /// The session: the agent's, or the terminal's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub session: String,
    /// Where it would run.
    pub cwd: String,
    /// The command, as far as it may be kept.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub command: String,
    /// Whether that is only its beginning.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cut: bool,
    /// Whether the command is an argument vector, quoted as a shell would need it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub argv: bool,
    /// Whether the agent asked to leave the box.
    #[serde(default, skip_serializing_if = "is_false")]
    pub escalated: bool,
    /// Programs that it would run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<String>,
    /// Those of them that ask.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asking: Vec<String>,
    /// `allow`, `prompt` or `forbidden`.
    pub decision: String,
    /// `low`, `med` or `high`.
    pub risk: String,
    /// `sandboxed`, `widened` or `unsandboxed`.
    pub placement: String,
    /// Who decided: `rule`, `risk`, `configuration`, `reviewer`, `human` or `cache`; `box` for what was run in one without
    /// being judged.
    pub who: String,
    /// Why, in a sentence.
    pub reason: String,
    /// What it needs beyond the box.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The approval policy then.
    pub policy: String,
    /// The sandbox mode then.
    pub mode: String,
    /// Hash of policy, rules and workspace.
    pub policy_id: String,
    /// The version of guardian.
    pub version: String,
    /// Where its question went by the reviewer's routes, and what asking a model took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// Whether the assessment was remembered.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cached: bool,
    /// How long deciding took, in microseconds.
    pub elapsed_us: u64,
    /// Hash of the evidence, which is kept beside the row.
    pub evidence: String,
}

/// What came of reviewing what would have been a prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Why it went where it did, as `check --json` has it.
    pub code: String,
    /// The model that answered; empty where none did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// Requests that were made.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub requests: u64,
    /// Tokens of the prompts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tokens: u64,
    /// Those of them that the endpoint had read before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cached_tokens: u64,
    /// Tokens of the answers.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub output_tokens: u64,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub elapsed_ms: u64,
}

/// The answer to a question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The proposal.
    pub id: String,
    /// `once`, `session`, `always`, `denied`, `left` or `revoked`.
    pub answer: String,
    /// Who: `human`, or `cache` for an answer that was given before.
    pub who: String,
    /// What was said to the agent with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feedback: String,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The proposal.
    pub id: String,
    /// How the command ended, as a shell would say it; nothing where it did not start.
    pub exit: Option<u8>,
    /// Why it did not start.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub failure: String,
    /// What held the box.
    pub tier: String,
    /// The kind of box.
    pub placement: String,
    /// What the box refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<String>,
    /// Whether nobody watched, so that this is what the command names, held against the box.
    #[serde(default, skip_serializing_if = "is_false")]
    pub named: bool,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// What was said instead of a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Which front end was asked.
    pub front: String,
    /// The agent.
    pub agent: String,
    /// Why there is no verdict.
    pub reason: String,
}

/// An attempt to approve by someone who may not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The proposal.
    pub id: String,
    /// Why it was refused.
    pub reason: String,
}

/// Damage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mended {
    /// What was found.
    pub found: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
const fn is_false(value: &bool) -> bool {
    !*value
}
