//! What a trap can rely on. It runs at any time, so what its variables hold then is what they are given anywhere in the
//! script; one that is set in one place only, and by its name, holds that.

use super::state::{State, Variable};
use super::walk::Walker;
use crate::shell::{Assignment, NodeKind, Part, PartKind, Script, Word};
use std::rc::Rc;

/// Builtins that set variables whose names are words.
const NAMING: &[&str] = &[
    "read",
    "mapfile",
    "readarray",
    "getopts",
    "declare",
    "typeset",
    "local",
    "readonly",
    "export",
    "let",
    "unset",
    "printf",
    "wait",
];
/// Builtins that run code in which variables may be set, or make a name mean something else.
const RUNNING: &[&str] = &["eval", "source", ".", "builtin", "command", "enable", "alias"];

impl Walker<'_> {
    /// Forgets what may be otherwise whenever a trap runs: what holds then is only what nothing in sight changes.
    pub(super) fn at_any_time(&self, state: &mut State) {
        let before = state.clone();
        state.forget_all();
        let Some(script) = self.source.as_ref().filter(|script| is_plain(script)) else { return };
        let made = |variable: &Variable| {
            variable.elements.is_none() && !variable.peculiar && !variable.value.many && variable.value.is_made()
        };
        let held = before.variables.iter().filter(|(name, variable)| made(variable) && is_set_once(script, name));
        for (name, variable) in held {
            state.variables.make_mut().insert(Rc::clone(name), variable.clone());
        }
        if !script.source.contains("IFS") {
            state.fields = before.fields;
        }
        if !script.source.contains("unset") {
            for (name, callable) in state.functions.make_mut().iter_mut() {
                let certain = before.functions.get(name).is_some_and(|callable| callable.certain);
                callable.certain = certain && is_defined_once(script, name);
            }
        }
    }
}

/// Whether nothing in the script sets a variable but where its name stands: each command is known by its name, and is none
/// that could.
fn is_plain(script: &Script) -> bool {
    let indirect = script.source.contains("${!") || script.source.contains("((");
    !indirect
        && script.nodes.iter().all(|node| match &node.kind {
            NodeKind::Simple { words, .. } => names_what_it_sets(script, script.words_of(*words)),
            NodeKind::Unknown | NodeKind::ForArithmetic { .. } => false,
            _ => true,
        })
}

/// Whether the names of all variables that a command may set stand in it as they are.
fn names_what_it_sets(script: &Script, words: &[Word]) -> bool {
    let Some((program, words)) = words.split_first() else { return true };
    let literal = |word: &Word| match script.parts_of(*word).first().map(|part| (part.kind, part.quoted)) {
        Some((PartKind::Literal(text), false)) => word.bare(script).is_some() || script.text(text).contains('='),
        _ => false,
    };
    match program.bare(script) {
        Some("printf") => words.first().and_then(|word| first_text(script, *word)).is_some_and(|t| !t.starts_with('-')),
        Some("trap") => words.first().is_none_or(|word| matches!(script.parts_of(*word), [only] if is_literal(only))),
        Some("command") => words.first().is_some_and(|word| word.bare(script) == Some("-v")),
        Some(name) if NAMING.contains(&name) => words.iter().all(literal),
        Some(name) => !RUNNING.contains(&name),
        None => false,
    }
}

/// The text that a word surely begins with.
fn first_text(script: &Script, word: Word) -> Option<&str> {
    match script.parts_of(word).first()?.kind {
        PartKind::Literal(text) => Some(script.text(text)),
        _ => None,
    }
}

fn is_literal(part: &Part) -> bool {
    matches!(part.kind, PartKind::Literal(_))
}

/// Whether the name stands in one place only where it is not expanded, and that is an assignment.
fn is_set_once(script: &Script, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named = |(at, _): &(usize, &str)| {
        let (before, behind) = (script.source.get(..*at), script.source.get(at + name.len()..));
        let (Some(before), Some(behind)) = (before, behind) else { return true };
        let whole = !before.ends_with(word) && !behind.starts_with(word);
        // `$name`, `${name}`; and a part of a path, which no builtin takes for a name.
        let expanded = before.ends_with('$') || before.ends_with("${") && behind.starts_with('}');
        whole && !expanded && !before.ends_with('/')
    };
    let sets = |assignment: &&Assignment| {
        script.text(assignment.name) == name && !assignment.append && assignment.subscript.is_none()
    };
    script.source.match_indices(name).filter(named).count() == 1 && script.assignments.iter().filter(sets).count() == 1
}

fn is_defined_once(script: &Script, function: &str) -> bool {
    let defines = |kind: &NodeKind| matches!(kind, NodeKind::Function { name, .. } if script.text(*name) == function);
    script.nodes.iter().filter(|node| defines(&node.kind)).count() == 1
}
