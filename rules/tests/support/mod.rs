//! What the tests of matching share: rule sets from text, and commands from text.

use guardian_rules::date::Date;
use guardian_rules::diagnostic;
use guardian_rules::execpolicy::load;
use guardian_rules::rule::{Decision, Layer};
use guardian_rules::ruleset::{Arg, Certainty, Program, Query, RuleSet};

/// The rules of some layers. The texts must be without mistakes.
pub(crate) fn set(layers: &[(Layer, &str)]) -> RuleSet {
    let mut set = RuleSet::new();
    for (layer, text) in layers {
        let outcome = load(*layer, "test.rules", text, set.hosts());
        assert!(!outcome.broken, "{}", diagnostic::render(&outcome.diagnostics));
        set.add(outcome);
    }
    set
}

/// The words of a command: `?` is a word that is not known, `...` is any number of them.
pub(crate) fn args(command: &str) -> Vec<Arg<'_>> {
    let arg = |word| match word {
        "?" => Arg::Unknown,
        "..." => Arg::Spread,
        word => Arg::Known(word),
    };
    command.split_whitespace().map(arg).collect()
}

/// A program at a path that the agent cannot write, without symbolic links.
pub(crate) fn at(path: &str) -> Program<'_> {
    Program { path: Some(path), real: Some(path), writable: false }
}

/// A program at a path that the agent can write.
pub(crate) fn writable(path: &str) -> Program<'_> {
    Program { writable: true, ..at(path) }
}

/// What the rules say of a command, in words: the decision, with `?` if it is only possible, or `-`.
pub(crate) fn says(set: &RuleSet, command: &str, program: Program<'_>) -> String {
    let argv = args(command);
    let query = Query { program, cwd: Some("/w/app"), today: Date::parse("2026-06-01"), ..Query::new(&argv) };
    answer(set, &query)
}

/// The same for a query.
pub(crate) fn answer(set: &RuleSet, query: &Query<'_>) -> String {
    let Some(decision) = set.decide(query) else {
        return "-".to_owned();
    };
    let certain = |decision: Decision| {
        set.matches(query).any(|found| found.rule.decision == decision && found.certainty == Certainty::Certain)
    };
    format!("{decision}{}", if certain(decision) { "" } else { "?" })
}
