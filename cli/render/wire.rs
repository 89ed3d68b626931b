//! A verdict as JSON: the wire types, stable by name, and how they are written.

use crate::input::Id;
use crate::judged::Judged;
use crate::render::reason;
use crate::render::review::ReviewLine;
use crate::sanitize;
use guardian_engine::{Cause, Effect, Finding, Relaxation, Source, Step, Unit, Verdict};
use schemars::JsonSchema;
use serde::Serialize;
use std::io;

/// What happens to a proposal.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It runs unasked.
    Allow,
    /// A person is asked.
    Prompt,
    /// It does not run.
    Forbidden,
}

impl From<guardian_engine::Decision> for Decision {
    fn from(decision: guardian_engine::Decision) -> Self {
        match decision {
            guardian_engine::Decision::Allow => Self::Allow,
            guardian_engine::Decision::Prompt => Self::Prompt,
            guardian_engine::Decision::Forbidden => Self::Forbidden,
        }
    }
}

/// How bad it would be.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Routine and reversible.
    Low,
    /// Outside the workspace, on the network, or unknown.
    Med,
    /// Destructive, secret, privileged, persistent, or code from the network.
    High,
}

impl From<guardian_engine::RiskLevel> for Risk {
    fn from(risk: guardian_engine::RiskLevel) -> Self {
        match risk {
            guardian_engine::RiskLevel::Low => Self::Low,
            guardian_engine::RiskLevel::Med => Self::Med,
            guardian_engine::RiskLevel::High => Self::High,
        }
    }
}

/// In which kind of box it runs, or would run if approved.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// The sandbox mode's box, or a narrower one.
    Sandboxed,
    /// That box plus exactly what `needs` names.
    Widened,
    /// No box.
    Unsandboxed,
}

impl From<guardian_engine::Placement> for Placement {
    fn from(placement: guardian_engine::Placement) -> Self {
        match placement {
            guardian_engine::Placement::Sandboxed => Self::Sandboxed,
            guardian_engine::Placement::Widened => Self::Widened,
            guardian_engine::Placement::Unsandboxed => Self::Unsandboxed,
        }
    }
}

/// One verdict, as `guardian check` prints it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerdictLine {
    /// The proposal's id, if it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// This proposal's own id, ordered by time: what `guardian why` and `guardian log` call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// What was judged: a hash of everything the assessment read. Empty where the line was not a proposal.
    pub command_id: String,
    /// What happens.
    pub decision: Decision,
    /// How bad it would be.
    pub risk: Risk,
    /// In which kind of box.
    pub placement: Placement,
    /// The evidence that decided, in a sentence.
    pub reason: String,
    /// All evidence.
    pub findings: Vec<FindingLine>,
    /// What the commands would do.
    pub effects: Vec<EffectLine>,
    /// The rules that matched.
    pub rules: Vec<RuleLine>,
    /// What it needs beyond the box, in words a person can grant.
    pub needs: Vec<String>,
    /// The commands that were found.
    pub commands: Vec<CommandLine>,
    /// Configuration that could not be honoured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What came of reviewing, where this would have been a prompt and reviewing is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewLine>,
    /// Whether the assessment was remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(required)]
    pub cached: Option<bool>,
    /// How long deciding took, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(required)]
    pub elapsed_us: Option<u64>,
    /// Why the line was not a proposal; the decision is then `prompt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A stretch of the command, in bytes.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

impl From<guardian_engine::shell::Span> for Span {
    fn from(span: guardian_engine::shell::Span) -> Self {
        Self { start: span.start, end: span.end }
    }
}

/// One piece of evidence.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FindingLine {
    /// The command it is about; 0 is the script as a whole.
    pub unit: Unit,
    /// What says so: `reading`, `limit`, `risk`, `matrix`, `rule`, `configuration`, `reviewer`.
    pub source: &'static str,
    /// The row of the table, or the rule.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// How bad.
    pub risk: Risk,
    /// What follows, where this evidence decides something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The part of the command it is about.
    pub span: Span,
    /// Why.
    pub justification: String,
}

/// One thing that a command does.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EffectLine {
    /// The command that does it; 0 is the script as a whole.
    pub unit: Unit,
    /// What: `read`, `write`, `delete`, `execute`, `connect`, …
    pub kind: &'static str,
    /// To what: a path, a host, a name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Where a path lies: `workspace`, `temporary`, `home`, `system`, `secret`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'static str>,
    /// How it is known: `spec`, `redirection`, `shell`, `dialect`, `environment`, `flow`, `program`.
    pub cause: &'static str,
    /// The spec's or the dialect's words.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub by: &'static str,
    /// The part of the command that says so.
    pub span: Span,
}

/// A rule that matched.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RuleLine {
    /// The rule, as it prints itself.
    pub rule: String,
    /// Where it was read: layer, file and line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub origin: String,
    /// The command it matched.
    pub unit: Unit,
    /// What it decides.
    pub decision: Decision,
}

/// A command that was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CommandLine {
    /// Its number.
    pub unit: Unit,
    /// The program, as written without quotes; empty where it is not known.
    pub program: String,
    /// The command that runs it, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Unit>,
    /// The spec it was read by, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec: Option<&'static str>,
    /// Where it stands.
    pub span: Span,
}

impl VerdictLine {
    /// A verdict.
    pub fn new(id: Option<Id>, judged: &Judged, warnings: &[String]) -> Self {
        let verdict = &judged.verdict;
        Self {
            id,
            approval_id: judged.id.map(|id| id.to_string()),
            command_id: verdict.command_id().to_string(),
            decision: verdict.decision.into(),
            risk: verdict.risk.into(),
            placement: verdict.placement.into(),
            reason: reason::of(verdict),
            findings: verdict.trace.findings().map(finding).collect(),
            effects: verdict.trace.effects().map(effect).collect(),
            rules: rules(verdict),
            needs: verdict.needs.to_vec(),
            commands: commands(verdict),
            warnings: warnings.to_vec(),
            review: verdict.review.as_ref().map(ReviewLine::of),
            cached: Some(verdict.cached),
            elapsed_us: Some(judged.elapsed_us()),
            error: None,
        }
    }

    /// The answer to a line that was not a proposal: someone has to look.
    pub fn unreadable(id: Option<Id>, error: String) -> Self {
        Self {
            id,
            approval_id: None,
            command_id: String::new(),
            decision: Decision::Prompt,
            risk: Risk::Med,
            placement: Placement::Sandboxed,
            reason: error.clone(),
            findings: Vec::new(),
            effects: Vec::new(),
            rules: Vec::new(),
            needs: Vec::new(),
            commands: Vec::new(),
            warnings: Vec::new(),
            review: None,
            cached: Some(false),
            elapsed_us: Some(0),
            error: Some(error),
        }
    }
}

fn finding(finding: &Finding) -> FindingLine {
    let (source, name) = match &finding.source {
        Source::Reading => ("reading", ""),
        Source::Limit => ("limit", ""),
        Source::Risk(row) => ("risk", *row),
        Source::Matrix(row) => ("matrix", *row),
        Source::Rule { rule, .. } => ("rule", &**rule),
        Source::Configuration => ("configuration", ""),
        Source::Reviewer => ("reviewer", ""),
    };
    FindingLine {
        unit: finding.unit,
        source,
        name: name.to_owned(),
        risk: finding.risk.into(),
        decision: finding.decision.map(Into::into),
        span: finding.span.into(),
        justification: finding.justification.clone().into_owned(),
    }
}

fn effect((unit, effect): (Unit, &Effect)) -> EffectLine {
    let (cause, by) = match effect.cause {
        Cause::Spec(words) | Cause::Used(words) | Cause::Empty(words) => ("spec", words),
        Cause::Redirection => ("redirection", ""),
        Cause::Shell => ("shell", ""),
        Cause::Dialect(name) => ("dialect", name),
        Cause::Environment => ("environment", ""),
        Cause::Flow => ("flow", ""),
        Cause::Repository => ("repository", ""),
        Cause::Program => ("program", ""),
    };
    EffectLine {
        unit,
        kind: effect.kind.word(),
        target: effect.target_text().to_owned(),
        class: effect.class().map(guardian_engine::PathClass::as_str),
        cause,
        by,
        span: effect.span.into(),
    }
}

/// Rules that decided something, and rules that lifted a prompt.
fn rules(verdict: &Verdict) -> Vec<RuleLine> {
    let line = |step: &Step| match step {
        Step::Found(Finding { unit, source: Source::Rule { rule, origin }, decision: Some(decision), .. }) => {
            Some(RuleLine {
                rule: rule.to_string(),
                origin: origin.to_string(),
                unit: *unit,
                decision: (*decision).into(),
            })
        }
        Step::Relaxed { unit, by: Relaxation::Rule(rule) } => {
            Some(RuleLine { rule: rule.to_string(), origin: String::new(), unit: *unit, decision: Decision::Allow })
        }
        _ => None,
    };
    verdict.trace.steps().iter().filter_map(line).collect()
}

fn commands(verdict: &Verdict) -> Vec<CommandLine> {
    let line = |invoked: &guardian_engine::Invoked| CommandLine {
        unit: invoked.unit,
        program: invoked.program.to_string(),
        via: invoked.via,
        spec: invoked.spec.map(|(name, _)| name),
        span: invoked.span.into(),
    };
    verdict.trace.invocations().map(line).collect()
}

/// JSON as `serde_json` writes it, but what would be invisible or steer a terminal is escaped: the output is the same
/// to a machine and harmless to a person who looks at it.
struct Visible<F>(F);

impl<F: serde_json::ser::Formatter> serde_json::ser::Formatter for Visible<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return out.write_all(text.as_bytes());
        }
        let mut plain = 0;
        for (at, character) in text.char_indices() {
            if character != '\u{7f}' && !sanitize::hidden(character) {
                continue;
            }
            out.write_all(text.get(plain..at).unwrap_or_default().as_bytes())?;
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            plain = at + character.len_utf8();
        }
        out.write_all(text.get(plain..).unwrap_or_default().as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }
    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }
    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

/// The value on one line, without a line break.
pub fn compact(value: &impl Serialize) -> String {
    write(value, Visible(serde_json::ser::CompactFormatter))
}

/// The value over several lines, with a line break at the end.
pub fn pretty(value: &impl Serialize) -> String {
    let mut text = write(value, Visible(serde_json::ser::PrettyFormatter::new()));
    text.push('\n');
    text
}

fn write(value: &impl Serialize, formatter: impl serde_json::ser::Formatter) -> String {
    let mut bytes = Vec::with_capacity(2048);
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Neither writing to memory nor these types can fail; if they did, an empty answer is no consent.
    if value.serialize(&mut serializer).is_err() {
        return String::new();
    }
    String::from_utf8(bytes).unwrap_or_default()
}
