//! What the methods take, and the schema of all of it. Strict: a field that is not known is an error.

use super::message::{PROTOCOL, Refusal};
use crate::input::ProposalLine;
use crate::render::wire::VerdictLine;
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The methods, each with what it is for.
pub const METHODS: &[(&str, &str)] = &[
    ("initialize", "who is there; with `key`, a person's client, which may answer questions"),
    ("check", "judges a proposal"),
    ("explain", "the same, with the page that explains it"),
    (
        "approvals/request",
        "judges a proposal, and answers when it is approved or not; a person is asked where it has to be",
    ),
    ("approvals/list", "questions that are open, and what was denied lately"),
    ("approvals/watch", "the same, and a notification `approvals/pending` or `approvals/settled` from then on"),
    ("approvals/answer", "a person's answer to a question"),
    ("run", "launches what is allowed in its box, and with `ask` what a person approves"),
    ("rules/list", "the rules in force"),
    ("rules/suggest", "rules that would answer for a proposal, and what else each would admit"),
    ("status", "policy, box, reviewers, and what is going on"),
    ("schema", "this"),
    ("shutdown", "ends the server when what it has taken in is done"),
];

/// `initialize`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InitializeParams {
    /// The client's name, for people.
    pub client: Option<String>,
    /// The content of `serve/key` in guardian's state directory, in hexadecimal digits: whoever can read it is the user,
    /// and may answer questions. On the standard streams nobody else is there, so it is not needed.
    pub key: Option<String>,
}

/// What a proposal can say besides, where the method takes it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Besides {
    /// The session, for reviewers, and for answers that hold for a session.
    pub session: Option<SessionParams>,
    /// `run`: ask a person where it has to be.
    pub ask: bool,
    /// How long a person may take, in milliseconds; ten minutes if it is not said.
    pub timeout_ms: Option<u64>,
}

/// What happened before. Each proposal brings all of it: an approval rests on the user's words as they were said last.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionParams {
    /// The client's name for it.
    pub id: String,
    /// `{"role": …, "text": …}`, oldest first. Roles: user, assistant, tool_call, tool_result, project.
    #[serde(default)]
    pub messages: Vec<Value>,
}

/// `approvals/answer`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerParams {
    /// The question, or a denial of the last while.
    pub id: String,
    /// What is said.
    pub answer: PersonsAnswer,
    /// What the agent is told with a denial.
    #[serde(default)]
    pub feedback: Option<String>,
}

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PersonsAnswer {
    /// Yes, this once.
    Once,
    /// Yes, and for the session's rest.
    Session,
    /// Yes, and always.
    Always,
    /// No.
    Deny,
}

impl PersonsAnswer {
    /// The word for it in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Session => "session",
            Self::Always => "always",
            Self::Deny => "denied",
        }
    }
}

/// Parameters of this form.
pub fn read<T: for<'a> Deserialize<'a> + Default>(params: Value) -> Result<T, Refusal> {
    if params.is_null() {
        return Ok(T::default());
    }
    required(params)
}

/// Parameters of this form, which have to be there.
pub fn required<T: for<'a> Deserialize<'a>>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal::params(error.to_string()))
}

/// A proposal, and what is said besides.
pub fn proposal(params: Value, may: &[&str]) -> Result<(ProposalLine, Besides), Refusal> {
    let Value::Object(mut params) = params else {
        return Err(Refusal::params("the parameters are an object with `command` or `argv`"));
    };
    let besides: Map<String, Value> =
        may.iter().filter_map(|name| Some(((*name).to_owned(), params.remove(*name)?))).collect();
    Ok((required(Value::Object(params))?, required(Value::Object(besides))?))
}

/// The schema of the protocol.
pub fn schema() -> Value {
    let methods: Map<String, Value> =
        METHODS.iter().map(|(name, what)| ((*name).to_owned(), json!({ "description": what }))).collect();
    json!({
        "protocol": PROTOCOL,
        "framing": "JSON-RPC 2.0, one message a line",
        "methods": methods,
        "check": { "params": schema_for!(ProposalLine), "result": schema_for!(VerdictLine) },
        "initialize": { "params": schema_for!(InitializeParams) },
        "besides": schema_for!(Besides),
        "approvals/answer": { "params": schema_for!(AnswerParams) },
        "approvals/request": { "result": {
            "type": "object",
            "properties": {
                "verdict": { "description": "as of `check`" },
                "approved": { "type": "boolean" },
                "by": { "enum": ["policy", "reviewer", "session", "person", "nobody"] },
                "launch": { "type": "array", "items": { "type": "string" },
                    "description": "the words that run what was approved, once, in its box" },
                "feedback": { "type": "string", "description": "what to tell the agent where it is not approved" },
            },
            "required": ["verdict", "approved", "by"],
        } },
        "run": { "result": {
            "type": "object",
            "description": "as of `approvals/request`, without `launch`; where it ran, with its outcome",
            "properties": {
                "status": { "type": "integer" },
                "stdout": { "type": "string" },
                "stderr": { "type": "string" },
                "truncated": { "type": "boolean" },
            },
        } },
        "errors": {
            "-32001": "the server is ending", "-32002": "too much at once", "-32003": "what was asked about changed",
            "-32004": "only for a person's client", "-32800": "cancelled",
        },
    })
}
