//! Rules as tables of a configuration file: `[[prefix_rules]]`. Reading TOML is the caller's business; here is what
//! the values must be.

use crate::diagnostic::{Diagnostic, Span, nearest, quoted};
use crate::execpolicy::{Report, Unchecked, read_cwd, read_date, read_placement};
use crate::host::HostTable;
use crate::rule::{Decision, Layer, Origin, PatternToken, PrefixPattern, Rule, Word};

/// One `[[prefix_rules]]` table, as its writer wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSource {
    /// The alternatives of each position. `"git"` and `{ token = "git" }` are one alternative, `["push", "pull"]` and
    /// `{ any_of = ["push", "pull"] }` are two.
    pub pattern: Vec<Vec<String>>,
    /// The decision: `action`, or `decision` as Codex calls it.
    pub action: Option<String>,
    /// Why.
    pub justification: Option<String>,
    /// `sandboxed` or `unsandboxed`.
    pub placement: Option<String>,
    /// Whether it allows even what is rated high.
    pub accept_high: bool,
    /// The last day on which it holds.
    pub expires: Option<String>,
    /// The directory in or below which it holds.
    pub cwd: Option<String>,
    /// Commands it must match, split into words.
    pub examples: Vec<Vec<String>>,
    /// Commands it must not match, split into words.
    pub counter_examples: Vec<Vec<String>>,
    /// Whose it is, and where it was written.
    pub origin: Origin,
    /// Where the table stands in the text of the file.
    pub span: Span,
}

impl RuleSource {
    /// A table of which only the pattern and the action are given.
    #[must_use]
    pub const fn new(pattern: Vec<Vec<String>>, action: Option<String>, origin: Origin, span: Span) -> Self {
        Self {
            pattern,
            action,
            justification: None,
            placement: None,
            accept_high: false,
            expires: None,
            cwd: None,
            examples: Vec::new(),
            counter_examples: Vec::new(),
            origin,
            span,
        }
    }

    /// The rule that the table means. `text` is the text of its file.
    ///
    /// A managed table must say `prompt` or `forbidden`: an administrator's requirements cannot loosen.
    ///
    /// # Errors
    /// Everything that is wrong with it. The caller makes the file fail closed.
    pub fn into_rule(self, text: &str, hosts: &HostTable) -> Result<Rule, Vec<Diagnostic>> {
        let file = std::sync::Arc::clone(&self.origin.file);
        let mut report = Report::new(&file, text);
        let rule = self.read(hosts, &mut report);
        match rule {
            Some(rule) if report.errors() == 0 => Ok(rule),
            _ => Err(report.finish()),
        }
    }

    fn read(mut self, hosts: &HostTable, report: &mut Report<'_>) -> Option<Rule> {
        let span = self.span;
        let decision = self.decision(report);
        let placement = self.placement.as_deref().and_then(|word| read_placement(word, span, report));
        let expires = self.expires.as_deref().and_then(|text| read_date(text, span, report));
        let cwd = self.cwd.as_deref().and_then(|text| read_cwd(text, span, report));
        if self.justification.as_ref().is_some_and(|text| text.trim().is_empty()) {
            report.error("empty-justification", span, "`justification` is empty");
        }
        if self.examples.iter().chain(&self.counter_examples).any(Vec::is_empty) {
            report.error("bad-example", span, "an example is empty");
            self.examples.retain(|words| !words.is_empty());
            self.counter_examples.retain(|words| !words.is_empty());
        }
        if self.accept_high && decision.is_some_and(Decision::restricts) {
            report.error("useless-argument", span, "`accept_high` has no meaning in a rule that does not allow");
        }
        let pattern = pattern(self.pattern, span, report)?;
        let rule = Rule {
            pattern,
            decision: decision?,
            justification: self.justification,
            placement,
            accept_high: self.accept_high,
            exact: false,
            expires,
            cwd,
            examples: self.examples.into_iter().map(words).collect(),
            counter_examples: self.counter_examples.into_iter().map(words).collect(),
            origin: self.origin,
        };
        let spans = vec![span; rule.examples.len() + rule.counter_examples.len()];
        Unchecked::SOUND.check(&rule, &spans, hosts, report).then_some(rule)
    }

    fn decision(&self, report: &mut Report<'_>) -> Option<Decision> {
        let managed = self.origin.layer == Layer::Managed;
        let Some(word) = self.action.as_deref() else {
            if managed {
                report.error("missing-argument", self.span, "this rule does not say `prompt` or `forbidden`");
                return None;
            }
            return Some(Decision::Allow);
        };
        match Decision::from_word(word) {
            Some(Decision::Allow) if managed => {
                let help = "write `prompt` or `forbidden`";
                report.helpful_error("bad-decision", self.span, "a managed rule cannot allow", help);
                None
            }
            Some(decision) => Some(decision),
            None => {
                let words = Decision::ALL.map(Decision::as_str);
                let help = nearest(word, &words).map_or_else(
                    || "the decisions are `allow`, `prompt` and `forbidden`".to_owned(),
                    |word| format!("did you mean `{word}`?"),
                );
                report.helpful_error("bad-decision", self.span, format!("{} is no decision", quoted(word)), help);
                None
            }
        }
    }
}

fn words(texts: Vec<String>) -> Vec<Word> {
    texts.into_iter().map(Word::from).collect()
}

fn pattern(pattern: Vec<Vec<String>>, span: Span, report: &mut Report<'_>) -> Option<PrefixPattern> {
    if pattern.is_empty() {
        report.error("empty-pattern", span, "`pattern` is empty");
    }
    let mut tokens = Vec::with_capacity(pattern.len());
    for alternatives in pattern {
        if alternatives.iter().any(|word| word.trim().is_empty()) {
            report.error("blank-word", span, "a word of `pattern` is blank");
        }
        let token = PatternToken::from_alternatives(words(alternatives));
        if token.is_none() {
            report.error("empty-alternatives", span, "a list of alternatives is empty");
        }
        tokens.extend(token);
    }
    PrefixPattern::new(tokens)
}
