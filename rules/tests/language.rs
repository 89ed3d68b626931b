//! The rules language as cases in Markdown: what each text means, and every message word for word.
//!
//! A case is a heading, a `rules` block, and a block of what comes of it: `reads` (the rules, printed back) or
//! `errors` (all diagnostics, then what holds all the same and what was lost).

use std::fmt::Write as _;

use guardian_rules::diagnostic;
use guardian_rules::execpolicy::{LoadOutcome, load};
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;

/// A case: its heading, the text, the kind of the second block, and that block.
struct Case<'a> {
    name: &'a str,
    text: String,
    kind: &'a str,
    expected: String,
}

fn cases(document: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut name = "";
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            name = heading;
        } else if let Some(kind) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|line| *line != "```").fold(String::new(), |mut block, line| {
                let _ = writeln!(block, "{line}");
                block
            });
            if kind == "rules" {
                cases.push(Case { name, text: block, kind: "", expected: String::new() });
            } else if let Some(case) = cases.last_mut() {
                (case.kind, case.expected) = (kind, block);
            }
        }
    }
    cases
}

fn read(text: &str) -> LoadOutcome {
    load(Layer::User, "my.rules", text, &HostTable::default())
}

fn printed(outcome: &LoadOutcome) -> String {
    let mut out = String::new();
    for rule in &outcome.rules {
        let _ = writeln!(out, "{rule}");
    }
    for host in &outcome.hosts {
        let _ = writeln!(out, "{host}");
    }
    for rule in &outcome.network {
        let _ = writeln!(out, "{rule}");
    }
    out
}

fn run(document: &str) {
    let mut wrong = String::new();
    for case in cases(document) {
        let outcome = read(&case.text);
        let actual = match case.kind {
            "reads" => {
                assert!(!outcome.broken, "{}\n{}", case.name, diagnostic::render(&outcome.diagnostics));
                let again = read(&printed(&outcome));
                assert_eq!(printed(&again), printed(&outcome), "{}: the printed form reads back", case.name);
                printed(&outcome)
            }
            "errors" => {
                assert!(outcome.broken, "{}: a file with errors is broken", case.name);
                let mut out = diagnostic::render(&outcome.diagnostics);
                let printed = printed(&outcome);
                for line in printed.lines() {
                    let _ = writeln!(out, "holds: {line}");
                }
                for lost in &outcome.lost {
                    let kind = if lost.restricts { "lost restriction" } else { "lost" };
                    let _ = writeln!(out, "{kind}: {}: {}", lost.line, lost.text);
                }
                out
            }
            other => format!("there is no block `{other}`\n"),
        };
        if actual != case.expected {
            let _ = writeln!(wrong, "## {}\n\n```rules\n{}```\n```{}\n{actual}```\n", case.name, case.text, case.kind);
        }
    }
    assert!(wrong.is_empty(), "these cases come out differently:\n\n{wrong}");
}

#[test]
fn what_is_read() {
    run(include_str!("language/reads.md"));
}

#[test]
fn what_is_wrong() {
    run(include_str!("language/errors.md"));
}

#[test]
fn what_is_wrong_with_arguments() {
    run(include_str!("language/arguments.md"));
}

#[test]
fn what_has_to_be_evaluated() {
    run(include_str!("language/starlark.md"));
}
