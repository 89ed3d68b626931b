//! `prefix_rule`: from arguments to a rule, and the check of its examples.

use super::Lost;
use super::arguments::{Arguments, MOST, Signature, words as word_list};
use super::report::Report;
use super::value::{Call, Value, ValueKind};
use crate::date::Date;
use crate::diagnostic::{Span, nearest, quoted};
use crate::host::HostTable;
use crate::rule::{Decision, Origin, PatternToken, PrefixPattern, Rule, RulePlacement, Word};
use crate::words;

/// Those after `justification` are ours; Codex knows the order of the others, so they may be positional.
const PREFIX_RULE: Signature = Signature {
    names: &[
        "pattern",
        "decision",
        "match",
        "not_match",
        "justification",
        "placement",
        "accept_high",
        "expires",
        "cwd",
        "exact",
    ],
    required: 1,
    positional: 5,
};
const _: () = assert!(PREFIX_RULE.names.len() <= MOST, "what has no room would be lost unseen");

/// What is to be done about a rule that was read: its examples have not been checked yet.
pub(crate) struct Unchecked {
    /// Whether anything about it was wrong.
    faulty: bool,
    /// The position of the first of its spans: one for each example, then one for each counter-example. Those of a
    /// whole file are in one list.
    spans: usize,
}

/// Reads one call. Nothing comes back if no pattern could be read, or no decision that might restrict.
pub(super) fn prefix_rule(
    call: &Call<'_>,
    origin: Origin,
    report: &mut Report<'_>,
    lost: &mut Vec<Lost>,
    spans: &mut Vec<Span>,
) -> Option<(Rule, Unchecked)> {
    let before = report.errors();
    let arguments = Arguments::bind(call, &PREFIX_RULE, report);
    let pattern = arguments.list("pattern", report).and_then(|items| pattern(&arguments, items, report));
    let decision = decision(&arguments, report);
    let first = spans.len();
    let examples = read_examples(&arguments, "match", spans, report);
    let counter_examples = read_examples(&arguments, "not_match", spans, report);
    let justification = arguments.justification(report);
    let expires = arguments.string("expires", report).and_then(|(text, span)| read_date(text, span, report));
    let cwd = arguments.string("cwd", report).and_then(|(text, span)| read_cwd(text, span, report));
    let placement = arguments.string("placement", report).and_then(|(word, span)| read_placement(word, span, report));
    let accept_high = truth(&arguments, "accept_high", report);
    let exact = truth(&arguments, "exact", report);
    let (Some(pattern), Some(decision)) = (pattern, decision) else {
        let mut statement = Lost::of_call(call, report);
        statement.restricts |= decision.is_none_or(Decision::restricts);
        lost.push(statement);
        return None;
    };
    let (placement, accept_high) = grants(&arguments, decision, (placement, accept_high), report);
    let exact = exact && may_be_exact(&arguments, decision, report);
    let rule = Rule {
        pattern,
        decision,
        justification,
        placement,
        accept_high,
        exact,
        expires,
        cwd,
        examples,
        counter_examples,
        origin,
    };
    Some((rule, Unchecked { faulty: report.errors() > before, spans: first }))
}

impl Unchecked {
    /// Of a rule nothing else of which was wrong, and whose spans are a list of their own.
    pub(crate) const SOUND: Self = Self { faulty: false, spans: 0 };

    /// Checks the examples against this rule alone. Whether the rule holds: one that restricts always does.
    pub(crate) fn check(&self, rule: &Rule, spans: &[Span], hosts: &HostTable, report: &mut Report<'_>) -> bool {
        let before = report.errors();
        let spans = spans.get(self.spans..).unwrap_or_default();
        let counter_spans = spans.get(rule.examples.len()..).unwrap_or_default();
        let is_match =
            |words: &[Word]| rule.has_room_for(words.len()) && hosts.codex_match(&rule.pattern, words).is_some();
        for (example, span) in rule.counter_examples.iter().zip(counter_spans) {
            if is_match(example) {
                let message = "this example must not match the rule, and it does";
                report.error("counter-example-matches", *span, message);
            }
        }
        for (example, span) in rule.examples.iter().zip(spans) {
            if !is_match(example) {
                let exactly = if rule.exact { ", with nothing behind it" } else { "" };
                let help = format!("the pattern is {}{exactly}", rule.pattern);
                let message = "this example must match the rule, and it does not";
                report.helpful_error("example-does-not-match", *span, message, help);
            }
        }
        let faulty = self.faulty || report.errors() > before;
        !faulty || rule.decision.restricts()
    }
}

fn pattern(arguments: &Arguments<'_, '_>, items: &[Value<'_>], report: &mut Report<'_>) -> Option<PrefixPattern> {
    let before = report.errors();
    let mut tokens = Vec::with_capacity(items.len());
    for item in items {
        match &item.kind {
            ValueKind::Str(word) => tokens.push(PatternToken::One(Word::from(&**word))),
            ValueKind::List(words) => {
                if words.is_empty() {
                    report.error("empty-alternatives", item.span, "a list of alternatives is empty");
                }
                tokens.extend(word_list(words, "an alternative", report).and_then(PatternToken::from_alternatives));
            }
            _ => {
                let message = format!("a word of `pattern` must be a string or a list of strings, not {}", item.noun());
                report.error("wrong-type", item.span, message);
            }
        }
    }
    if items.is_empty() {
        let span = arguments.get("pattern").map_or(arguments.span(), |value| value.span);
        report.error("empty-pattern", span, "`pattern` is empty");
    }
    if report.errors() > before {
        return None;
    }
    PrefixPattern::new(tokens)
}

/// The decision; without one it is `allow`. A word that is no decision but looks like forbidding is taken as that,
/// because the file is broken by it anyway, and what its writer wanted to keep out stays out.
fn decision(arguments: &Arguments<'_, '_>, report: &mut Report<'_>) -> Option<Decision> {
    if arguments.get("decision").is_none() {
        return Some(Decision::Allow);
    }
    let (word, span) = arguments.string("decision", report)?;
    if let Some(decision) = Decision::from_word(word) {
        return Some(decision);
    }
    let meant = match word.to_ascii_lowercase().as_str() {
        "deny" | "denied" | "block" | "forbid" | "reject" | "never" => Some(Decision::Forbidden),
        "ask" => Some(Decision::Prompt),
        lower => nearest(lower, &Decision::ALL.map(Decision::as_str)).and_then(Decision::from_word),
    };
    let message = format!("{} is no decision", quoted(word));
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "the decisions are `allow`, `prompt` and `forbidden`".to_owned(),
    };
    report.helpful_error("bad-decision", span, message, help);
    meant.filter(|meant| meant.restricts())
}

fn read_examples(
    arguments: &Arguments<'_, '_>,
    name: &str,
    spans: &mut Vec<Span>,
    report: &mut Report<'_>,
) -> Vec<Vec<Word>> {
    let items = arguments.list(name, report).unwrap_or_default();
    let mut examples = Vec::with_capacity(items.len());
    for item in items {
        let words = match &item.kind {
            ValueKind::Str(text) => {
                let words = words::split(text);
                if words.is_none() {
                    report.error("bad-example", item.span, "this example has a quotation that is not closed");
                }
                words
            }
            ValueKind::List(words) => word_list(words, "a word of an example", report),
            _ => {
                let message = format!("an example must be a string or a list of strings, not {}", item.noun());
                report.error("wrong-type", item.span, message);
                None
            }
        };
        let Some(words) = words else { continue };
        if words.is_empty() {
            report.error("bad-example", item.span, "this example is empty");
            continue;
        }
        examples.push(words);
        spans.push(item.span);
    }
    examples
}

fn truth(arguments: &Arguments<'_, '_>, name: &str, report: &mut Report<'_>) -> bool {
    match arguments.get(name).map(|value| (&value.kind, value)) {
        None => false,
        Some((ValueKind::Bool(truth), _)) => *truth,
        Some((_, value)) => {
            let message = format!("`{name}` must be `True` or `False`, not {}", value.noun());
            report.error("wrong-type", value.span, message);
            false
        }
    }
}

/// What the rule may grant: what loosens an allow rule has no meaning elsewhere, and whoever wrote it there expects
/// something else.
fn grants(
    arguments: &Arguments<'_, '_>,
    decision: Decision,
    (mut placement, mut accept_high): (Option<RulePlacement>, bool),
    report: &mut Report<'_>,
) -> (Option<RulePlacement>, bool) {
    if let Some(value) = arguments.get("accept_high").filter(|_| decision.restricts()) {
        let message = format!("`accept_high` has no meaning in a rule whose decision is `{decision}`");
        report.error("useless-argument", value.span, message);
        accept_high = false;
    }
    if let Some(value) = arguments.get("placement").filter(|_| decision == Decision::Forbidden) {
        let message = "`placement` has no meaning in a rule whose decision is `forbidden`";
        report.error("useless-argument", value.span, message);
        placement = None;
    }
    (placement, accept_high)
}

/// Whether a rule may be about its pattern alone. What restricts would be got round by a word more.
fn may_be_exact(arguments: &Arguments<'_, '_>, decision: Decision, report: &mut Report<'_>) -> bool {
    if let Some(value) = arguments.get("exact").filter(|_| decision.restricts()) {
        let message = format!("`exact` has no meaning in a rule whose decision is `{decision}`");
        report.error("useless-argument", value.span, message);
    }
    !decision.restricts()
}

/// The placement that the word stands for.
pub(crate) fn read_placement(word: &str, span: Span, report: &mut Report<'_>) -> Option<RulePlacement> {
    let placement = RulePlacement::from_word(word);
    if placement.is_none() {
        let message = format!("{} is no placement", quoted(word));
        report.helpful_error("bad-placement", span, message, "the placements are `sandboxed` and `unsandboxed`");
    }
    placement
}

/// The day that the text names.
pub(crate) fn read_date(text: &str, span: Span, report: &mut Report<'_>) -> Option<Date> {
    let date = Date::parse(text);
    if date.is_none() {
        let message = format!("{} is no date", quoted(text));
        report.helpful_error("bad-date", span, message, "write it as `2026-12-31`");
    }
    date
}

/// The directory that the text names.
pub(crate) fn read_cwd(text: &str, span: Span, report: &mut Report<'_>) -> Option<String> {
    let prefix = cwd_prefix(text);
    if prefix.is_none() {
        let message = format!("{} is no absolute path", quoted(text));
        report.helpful_error("bad-cwd", span, message, "start with `/` and leave out `.`, `..` and `~`");
    }
    prefix
}

/// The directory as it is compared: absolute, without empty or dot components and without a slash at its end.
fn cwd_prefix(text: &str) -> Option<String> {
    let components: Vec<&str> = text.strip_prefix('/')?.split('/').filter(|part| !part.is_empty()).collect();
    if components.iter().any(|part| matches!(*part, "." | "..")) {
        return None;
    }
    Some(format!("/{}", components.join("/")))
}
