//! What `codex execpolicy check` says of a command, for tools that read its output.
//!
//! This is Codex's matching to the letter, and only that: no layers, no authority, no unknown words, and an exact rule
//! hides those for the basename. What guardian itself decides is in [`ruleset`](crate::ruleset).

use crate::date::Date;
use crate::host::{HostTable, basename};
use crate::rule::{Decision, Rule};
use crate::ruleset::conditions_hold;

/// The answer. In JSON: `{"matchedRules": […], "decision": "…"}`, without `decision` if nothing matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// `matchedRules`, in the order in which the rules were written.
    pub matched_rules: Vec<CheckMatch>,
    /// `decision`: the strictest of them.
    pub decision: Option<Decision>,
}

/// One match. In JSON: `{"prefixRuleMatch": {"matchedPrefix": […], "decision": "…", "resolvedProgram": "…",
/// "justification": "…"}}`, without the last two where there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckMatch {
    /// `matchedPrefix`: the words of the command that the pattern covers; the program by the name that matched.
    pub matched_prefix: Vec<String>,
    /// `decision`.
    pub decision: Decision,
    /// `resolvedProgram`: the absolute path, if the rule matched its basename.
    pub resolved_program: Option<String>,
    /// `justification`.
    pub justification: Option<String>,
}

/// What to check, and under which circumstances.
#[derive(Clone, Copy, Debug)]
pub struct CheckQuery<'a> {
    /// The command.
    pub argv: &'a [String],
    /// `--resolve-host-executables`: the absolute path that the program stands for, if it is a path at all.
    pub resolved: Option<&'a str>,
    /// For our own conditions: the directory. Without it a rule with `cwd` matches only if it restricts.
    pub cwd: Option<&'a str>,
    /// For our own conditions: the day.
    pub today: Option<Date>,
}

/// Checks a command against rules.
#[must_use]
pub fn check(rules: &[Rule], hosts: &HostTable, query: CheckQuery<'_>) -> CheckReport {
    let mut matched_rules = Vec::new();
    if let Some((program, arguments)) = query.argv.split_first() {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        find(rules, program, &arguments, None, query, &mut matched_rules);
        let name = query.resolved.and_then(basename).filter(|_| matched_rules.is_empty());
        if let (Some(name), Some(path)) = (name, query.resolved)
            && hosts.codex_permits(name, path)
        {
            find(rules, name, &arguments, Some(path), query, &mut matched_rules);
        }
    }
    let decision = matched_rules.iter().map(|found| found.decision).max();
    CheckReport { matched_rules, decision }
}

/// Finds the rules for one name of the program. Codex makes one rule of each alternative of the program, so a name
/// that is written twice matches twice.
fn find(
    rules: &[Rule],
    name: &str,
    arguments: &[&str],
    path: Option<&str>,
    query: CheckQuery<'_>,
    found: &mut Vec<CheckMatch>,
) {
    for rule in rules {
        if !rule.arguments_match(arguments) || !conditions_hold(rule, query.cwd, query.today) {
            continue;
        }
        let length = rule.pattern.tokens().len().saturating_sub(1);
        for _ in rule.pattern.programs().iter().filter(|own| **own == *name) {
            let covered = arguments.iter().take(length).copied();
            found.push(CheckMatch {
                matched_prefix: std::iter::once(name).chain(covered).map(str::to_owned).collect(),
                decision: rule.decision,
                resolved_program: path.map(str::to_owned),
                justification: rule.justification.clone(),
            });
        }
    }
}
