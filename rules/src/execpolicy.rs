//! The rules language: `.rules` text to rules, and to everything that is wrong with the text.
//!
//! A file that Codex reads means here what it means there. The language is Starlark, of which this reader takes the
//! declarative part that people write: calls of [`FUNCTIONS`] at the top level with positional or keyword
//! arguments; string literals of every form, lists, tuples, trailing commas, comments, `+` between strings and
//! between lists, `True`, `False`, `None`, numbers, and names given such values further up. Anything else is an
//! error that names the construct and the `starlark` feature, which evaluates it.
//!
//! Ours on top, as keywords of `prefix_rule`: `placement`, `accept_high`, `expires`, `cwd` and `exact`; and patterns such as
//! `*.example.com` as the host of a `network_rule`.
//!
//! **A broken file fails closed.** [`load`] returns what could be read next to the diagnostics. If there is any
//! error the file is [`broken`](LoadOutcome::broken), and then:
//!
//! - every verdict is at least `prompt` until the file is mended ([`RuleSet`](crate::ruleset::RuleSet) sees to it):
//!   a rule that could not be read might have said so;
//! - every prompting or forbidding rule that could be read holds, even one with a mistake elsewhere in it, such as an
//!   example that does not match; a condition that cannot be read does not limit it;
//! - a rule that allows is dropped if anything about it is wrong;
//! - what was lost is listed, with whether its text speaks of forbidding ([`LoadOutcome::lost`]).

use crate::diagnostic::Diagnostic;
use crate::host::{HostExecutable, HostTable};
use crate::network::NetworkRule;
use crate::rule::{Layer, Origin, Rule};

mod arguments;
mod evaluated;
mod expression;
mod prefix;
mod reader;
mod report;
mod tables;
mod value;

pub use evaluated::{Evaluate, Given, GivenCall, Unevaluated, load_evaluated};
pub(crate) use prefix::{Unchecked, read_cwd, read_date, read_placement};
pub(crate) use report::Report;

/// The functions that a `.rules` file may call.
pub const FUNCTIONS: [&str; 3] = ["prefix_rule", "network_rule", "host_executable"];

/// A larger file is not read: rules are written by people.
pub const MOST_BYTES: usize = 16 << 20;
/// Brackets may be nested this deep. A rule needs three.
const MOST_NESTED: usize = 32;
/// How much may be copied out of names, in values: names must not make a small file a large one.
const MOST_COPIED: usize = 1 << 20;

/// A statement that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Its first line, from 1.
    pub line: u32,
    /// That line as written, made safe to print.
    pub text: String,
    /// Whether its text speaks of forbidding or prompting, so that a restriction may have been lost.
    pub restricts: bool,
}

impl Lost {
    fn of_call(call: &value::Call<'_>, report: &report::Report<'_>) -> Self {
        let text = report.text().get(call.span.start..call.span.end);
        Self::new(text.unwrap_or_default(), call.line)
    }

    fn new(text: &str, line: u32) -> Self {
        let first = text.lines().next().unwrap_or_default();
        let lower = text.to_ascii_lowercase();
        Self {
            line,
            text: crate::diagnostic::printable(&first.chars().take(120).collect::<String>()),
            restricts: ["forbid", "deny", "prompt", "block"].iter().any(|word| lower.contains(word)),
        }
    }
}

/// What came of reading one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadOutcome {
    /// Whose file it is.
    pub layer: Layer,
    /// The file, as the caller named it.
    pub file: String,
    /// Its prefix rules, in order.
    pub rules: Vec<Rule>,
    /// Its network rules, in order.
    pub network: Vec<NetworkRule>,
    /// What it says about where programs may live, in order.
    pub hosts: Vec<HostExecutable>,
    /// Everything that is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// Statements that could not be read at all.
    pub lost: Vec<Lost>,
    /// Whether there was any error, so that the file fails closed as the module documentation describes.
    pub broken: bool,
}

impl LoadOutcome {
    /// The outcome of a file that could not even be opened: broken, and nothing in it.
    #[must_use]
    pub fn unreadable(layer: Layer, file: &str, why: &str) -> Self {
        let message = format!("this file could not be read: {why}");
        let span = crate::diagnostic::Span::default();
        let diagnostic = Diagnostic::error("unreadable", file, "", span, message);
        Self {
            layer,
            file: file.to_owned(),
            rules: Vec::new(),
            network: Vec::new(),
            hosts: Vec::new(),
            diagnostics: vec![diagnostic],
            lost: Vec::new(),
            broken: true,
        }
    }
}

/// Reads the text of one file.
///
/// `hosts` is what the files read before say about programs: the examples of a rule are matched with it, and with
/// everything this file itself says.
#[must_use]
pub fn load(layer: Layer, file: &str, text: &str, hosts: &HostTable) -> LoadOutcome {
    if text.len() > MOST_BYTES {
        return LoadOutcome::unreadable(layer, file, &format!("it is larger than {} MiB", MOST_BYTES >> 20));
    }
    let mut report = report::Report::new(file, text);
    let mut taken = Taken::new(layer, file);
    let lost = reader::read(&mut report, &mut |call, report| taken.call(call, report));
    taken.outcome.lost.extend(lost);
    taken.finish(report, hosts)
}

/// Reads a statement that was printed from one of this origin, which had been read and checked before. `None` if it is
/// no such text.
pub(crate) fn again(origin: &Origin, text: &str) -> Option<LoadOutcome> {
    let mut report = report::Report::new(&origin.file, text);
    let mut taken = Taken::new(origin.layer, "");
    let lost = reader::read(&mut report, &mut |call, report| taken.call(call, report));
    let mut outcome = taken.outcome;
    outcome.rules.iter_mut().for_each(|rule| rule.origin = origin.clone());
    outcome.network.iter_mut().for_each(|rule| rule.origin = origin.clone());
    outcome.hosts.iter_mut().for_each(|host| host.origin = origin.clone());
    let read = outcome.rules.len() + outcome.network.len() + outcome.hosts.len();
    (read == 1 && lost.is_empty() && outcome.lost.is_empty() && report.errors() == 0).then_some(outcome)
}

/// What came of the calls so far.
struct Taken {
    outcome: LoadOutcome,
    name: std::sync::Arc<str>,
    /// For each rule of the outcome, what is to be done about it.
    unchecked: Vec<Unchecked>,
    /// Where their examples stand.
    spans: Vec<crate::diagnostic::Span>,
}

impl Taken {
    fn new(layer: Layer, file: &str) -> Self {
        let outcome = LoadOutcome {
            layer,
            file: file.to_owned(),
            rules: Vec::new(),
            network: Vec::new(),
            hosts: Vec::new(),
            diagnostics: Vec::new(),
            lost: Vec::new(),
            broken: false,
        };
        Self { outcome, name: std::sync::Arc::from(file), unchecked: Vec::new(), spans: Vec::new() }
    }

    /// One call to its rule.
    fn call(&mut self, call: &value::Call<'_>, report: &mut report::Report<'_>) {
        let origin = Origin { layer: self.outcome.layer, file: self.name.clone(), line: call.line };
        let lost = &mut self.outcome.lost;
        match call.name {
            "prefix_rule" => {
                if let Some((rule, unchecked)) = prefix::prefix_rule(call, origin, report, lost, &mut self.spans) {
                    self.outcome.rules.push(rule);
                    self.unchecked.push(unchecked);
                }
            }
            "network_rule" => self.outcome.network.extend(tables::network_rule(call, origin, report, lost)),
            _ => self.outcome.hosts.extend(tables::host_executable(call, origin, report, lost)),
        }
    }

    /// As in Codex, examples are checked when the whole file has been read: a `host_executable` further down counts.
    fn finish(self, mut report: report::Report<'_>, hosts: &HostTable) -> LoadOutcome {
        let Self { mut outcome, unchecked, spans, .. } = self;
        let mut known = hosts.clone();
        known.extend(&outcome.hosts);
        let mut unchecked = unchecked.iter();
        outcome.rules.retain(|rule| {
            unchecked.next().is_some_and(|unchecked| unchecked.check(rule, &spans, &known, &mut report))
        });
        outcome.lost.sort_by_key(|lost| lost.line);
        outcome.broken = report.errors() > 0;
        outcome.diagnostics = report.finish();
        outcome
    }
}

/// Reads the bytes of one file. Bytes that are not UTF-8 break the file; what surrounds them is still read.
#[must_use]
pub fn load_bytes(layer: Layer, file: &str, bytes: &[u8], hosts: &HostTable) -> LoadOutcome {
    load_bytes_with(layer, file, bytes, hosts, None)
}

/// The same, where what needs more than literals can be evaluated.
#[must_use]
pub fn load_bytes_with(
    layer: Layer,
    file: &str,
    bytes: &[u8],
    hosts: &HostTable,
    evaluate: Option<Evaluate<'_>>,
) -> LoadOutcome {
    let problem = match (std::str::from_utf8(bytes), evaluate) {
        (Ok(text), None) => return load(layer, file, text, hosts),
        (Ok(text), Some(evaluate)) => return load_evaluated(layer, file, text, hosts, evaluate),
        (Err(problem), _) => problem,
    };
    let text = String::from_utf8_lossy(bytes);
    let mut outcome = load(layer, file, &text, hosts);
    let span = crate::diagnostic::Span::new(problem.valid_up_to(), problem.valid_up_to() + 1);
    let diagnostic = Diagnostic::error("not-utf8", file, &text, span, "this file is not UTF-8 from here on");
    outcome.diagnostics.push(diagnostic);
    outcome.broken = true;
    outcome
}
