//! The explanation that goes with a row, so that it can be told later why: the verdict as `check --json` prints it, the
//! box, and what was asked of the world. Of what could be a secret only a keyed hash is kept, which still tells whether
//! it has changed.

use crate::grant::mac;
use crate::memory::journal::Journal;
use crate::render::evidence::permits;
use crate::render::wire::VerdictLine;
use crate::setup::Judged;
use guardian_engine::cache::{Answer, Question};
use guardian_engine::redact::Redactor;
use guardian_engine::{Facts, FileKind, Tracking};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is kept beside a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The verdict.
    pub verdict: Value,
    /// What the box permits, as names and words.
    #[serde(rename = "box")]
    pub permits: Vec<(String, String)>,
    /// What was asked of the world.
    pub inputs: Vec<Input>,
}

/// A question to the world, and the answer it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// `variable`, `program`, `resolved`, `kind`, `content` or `tracking`.
    pub ask: String,
    /// About what.
    pub of: String,
    /// Up to how many bytes were read of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The answer, or a hash of it; nothing where there was none.
    pub answer: Option<String>,
}

impl Input {
    fn new(question: &Question, answer: &Answer, journal: &Journal) -> Self {
        let (ask, of, limit) = match question {
            Question::Variable(name) => ("variable", name, None),
            Question::Program(name) => ("program", name, None),
            Question::Resolved(path) => ("resolved", path, None),
            Question::Kind(path) => ("kind", path, None),
            Question::Content(path, limit) => ("content", path, Some(*limit)),
            Question::Tracking(path) => ("tracking", path, None),
        };
        Self { ask: ask.to_owned(), of: of.clone(), limit, answer: told(question, answer, journal) }
    }

    /// What the world answers now; nothing where the question is not one we know.
    pub fn now(&self, facts: &dyn Facts, journal: &Journal) -> Option<Option<String>> {
        let question = match (self.ask.as_str(), self.limit) {
            ("variable", _) => Question::Variable(self.of.clone()),
            ("program", _) => Question::Program(self.of.clone()),
            ("resolved", _) => Question::Resolved(self.of.clone()),
            ("kind", _) => Question::Kind(self.of.clone()),
            ("content", Some(limit)) => Question::Content(self.of.clone(), limit),
            ("tracking", _) => Question::Tracking(self.of.clone()),
            _ => return None,
        };
        Some(told(&question, &question.ask(facts), journal))
    }
}

/// An answer in words. Values of variables and contents of files may be secrets.
fn told(question: &Question, answer: &Answer, journal: &Journal) -> Option<String> {
    let hashed = |bytes: &[u8]| {
        let mut code = journal.seal(&format!("input {}", mac::hex(bytes))).to_string();
        code.truncate(16);
        format!("#{code}")
    };
    match answer {
        Answer::Text(Some(text)) if matches!(question, Question::Variable(_)) => Some(hashed(text.as_bytes())),
        Answer::Text(text) => text.clone(),
        Answer::Bytes(bytes) => bytes.as_deref().map(hashed),
        Answer::Kind(kind) => kind.map(|kind| kind_word(kind).to_owned()),
        Answer::Tracking(tracking) => Some(tracking_word(*tracking).to_owned()),
    }
}

const fn kind_word(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Missing => "missing",
        FileKind::File => "file",
        FileKind::Directory => "directory",
        FileKind::Link => "link",
        FileKind::Other => "other",
    }
}

const fn tracking_word(tracking: Tracking) -> &'static str {
    match tracking {
        Tracking::Unknown => "unknown",
        Tracking::Tracked => "tracked",
        Tracking::Untracked => "untracked",
        Tracking::Ignored => "ignored",
    }
}

/// The evidence of a verdict as JSON.
pub fn of(judged: &Judged, warnings: &[String], journal: &Journal, redactor: Option<&mut Redactor>) -> Option<String> {
    let line = VerdictLine::new(None, judged, warnings);
    let mut verdict = serde_json::to_value(line).ok()?;
    if let Some(fields) = verdict.as_object_mut() {
        // These are of this proposal, not of the evidence, which others may share.
        for own in ["approval_id", "cached", "elapsed_us"] {
            fields.remove(own);
        }
    }
    let permits = permits(&judged.verdict.confinement, str::to_owned);
    let evidence = Evidence {
        verdict,
        permits: permits.into_iter().map(|(name, words)| (name.to_owned(), words)).collect(),
        inputs: judged.verdict.read.iter().map(|(ask, answer)| Input::new(ask, answer, journal)).collect(),
    };
    let mut value = serde_json::to_value(evidence).ok()?;
    if let Some(redactor) = redactor {
        conceal(&mut value, redactor);
    }
    serde_json::to_string(&value).ok()
}

/// Takes secrets out of every text.
fn conceal(value: &mut Value, redactor: &mut Redactor) {
    match value {
        Value::String(text) => {
            let shown = redactor.redact(&redactor.conceal(text));
            if shown != *text {
                *text = shown;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| conceal(item, redactor)),
        Value::Object(fields) => fields.values_mut().for_each(|field| conceal(field, redactor)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
