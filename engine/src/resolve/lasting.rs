//! What a trap can rely on. It runs at any time, so what holds then is only what nothing in the script changes: a variable
//! that is set once, by its name, in a script whose every command is known to set none otherwise. What is not known to be
//! harmless may set anything.

use super::arithmetic::is_integer;
use super::arrays::ARRAYS;
use super::expand::SHIFTING;
use super::identify::is_builtin;
use super::printf::conversions;
use super::state::{State, Variable};
use super::walker::Shell;
use super::walker::Walker;
use crate::shell::{AssignedValue, Assignment, Descriptor, NodeId, NodeKind, Operator, Part, PartKind, Script, Word};
use crate::shell::{Run, parse};
use std::rc::Rc;

/// Builtins that set no variable of the script's, whatever their words.
const SETTING_NONE: &[&str] = &[
    ":", "break", "cd", "continue", "echo", "exit", "false", "kill", "pwd", "return", "shift", "times", "true", "type",
    "umask",
];
/// Variables besides that the shell sets, expands or goes by: how these texts begin.
const OWN: &[&str] = &["BASH", "COMP_", "READLINE_", "EPOCH", "HIST", "OPT", "PS", "PROMPT", "POSIXLY_", "IFS"];
/// Options of `set` that change nothing in how variables are set.
const HARMLESS: &[&str] = &["pipefail", "errexit", "nounset", "xtrace", "errtrace"];

impl Walker<'_> {
    /// Forgets what may be otherwise whenever a trap runs: what holds then is only what nothing in sight changes.
    pub(super) fn at_any_time(&self, state: &mut State) {
        let before = state.clone();
        state.forget_all();
        let in_sight = self.within.shell != Shell::Posix && self.within.file.is_none();
        let Some(script) = self.source.as_ref().filter(|script| in_sight && is_plain(script, true)) else { return };
        let made = |variable: &Variable| {
            variable.elements.is_none() && !variable.peculiar && !variable.value.many && variable.value.is_made()
        };
        let held = before.variables.iter().filter(|(name, variable)| made(variable) && is_set_once(script, name));
        for (name, variable) in held {
            state.variables.make_mut().insert(Rc::clone(name), variable.clone());
        }
        state.fields = before.fields;
        for (name, callable) in state.functions.make_mut().iter_mut() {
            let certain = before.functions.get(name).is_some_and(|callable| callable.certain);
            callable.certain = certain && is_defined_once(script, name);
        }
    }
}

/// Whether nothing in the script sets a variable but assignments and loops, by their names. Where it does not set any,
/// it defines no functions either.
fn is_plain(script: &Script, sets: bool) -> bool {
    script.is_understood()
        && script.nodes.iter().all(|node| match &node.kind {
            NodeKind::Simple { words, .. } => sets_none(script, script.words_of(*words), sets),
            NodeKind::Function { .. } => sets,
            NodeKind::For { variable, select, .. } => sets && !select && !is_own(script.text(*variable)),
            NodeKind::Test { words } => is_plain_condition(script, *words),
            NodeKind::List { .. }
            | NodeKind::Background { .. }
            | NodeKind::AndOr { .. }
            | NodeKind::Prefixed { .. }
            | NodeKind::Pipeline { .. }
            | NodeKind::Subshell { .. }
            | NodeKind::Group { .. }
            | NodeKind::If { .. }
            | NodeKind::While { .. }
            | NodeKind::Case { .. } => true,
            NodeKind::ForArithmetic { .. }
            | NodeKind::Arithmetic { .. }
            | NodeKind::Coproc { .. }
            | NodeKind::Unknown => false,
        })
        && script.assignments.iter().all(|assignment| sets && is_plain_assignment(script, assignment))
        && script.redirects.iter().all(|redirect| !matches!(redirect.descriptor, Descriptor::Variable(_)))
        && script.parts.iter().all(|part| is_plain_part(script, part))
}

/// Whether a simple command sets no variable but by assignments in front of it. A trap's own commands set none at all.
fn sets_none(script: &Script, words: &[Word], outside: bool) -> bool {
    let Some((program, words)) = words.split_first() else { return true };
    let Some(name) = program.bare(script) else { return is_path(script, *program) };
    match name {
        "printf" => words.first().is_some_and(|word| is_plain_format(script, *word)),
        "trap" => outside && is_plain_trap(script, words),
        "set" => is_plain_set(script, words),
        "test" => is_plain_test(script, words),
        "[" => words.split_last().is_some_and(|(_, words)| is_plain_test(script, words)),
        "command" => words.first().is_some_and(|word| matches!(word.bare(script), Some("-v" | "-V"))),
        "wait" => words.iter().all(|word| written(script, *word) == "$!"),
        _ if SETTING_NONE.contains(&name) => true,
        _ => !is_builtin(name) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./+".contains(&b)),
    }
}

/// Whether a command's word surely is one word with a slash, which no builtin's name has.
fn is_path(script: &Script, word: Word) -> bool {
    let parts = script.parts_of(word);
    let whole = |part: &Part| part.quoted || matches!(part.kind, PartKind::Literal(_) | PartKind::Tilde(_));
    let slash = |part: &Part| matches!(part.kind, PartKind::Literal(text) if script.text(text).contains('/'));
    parts.iter().all(whole) && parts.iter().any(slash)
}

/// A format of `printf` that is no option, and has no `%n`, which sets a variable.
fn is_plain_format(script: &Script, word: Word) -> bool {
    let [Part { kind: PartKind::Literal(text), .. }] = script.parts_of(word) else { return false };
    let format = script.text(*text);
    // What is no letter is a date, or nothing that is known.
    if conversions(format).any(|conversion| conversion == 'n' || conversion != '%' && !conversion.is_alphabetic()) {
        return false;
    }
    !format.is_empty() && !format.starts_with('-') && !format.contains("\\x") && !format.contains("\\u")
}

/// A trap whose text is in sight and sets nothing itself.
fn is_plain_trap(script: &Script, words: &[Word]) -> bool {
    let Some((code, signals)) = words.split_first() else { return true };
    let named = |word: &Word| word.bare(script).is_some_and(|name| !name.starts_with('-'));
    let Some(code) = code.literal(script).filter(|_| !signals.is_empty() && signals.iter().all(named)) else {
        return false;
    };
    code == "-" || !code.starts_with('-') && is_plain(&parse(&code), false)
}

/// `set -euo pipefail` and the like.
fn is_plain_set(script: &Script, words: &[Word]) -> bool {
    let option = |word: &Word| {
        word.bare(script).is_some_and(|text| match text.strip_prefix(['-', '+']) {
            Some(letters) => !letters.is_empty() && letters.bytes().all(|b| b"eEuxo".contains(&b)),
            None => HARMLESS.contains(&text),
        })
    };
    !words.is_empty() && words.iter().all(option)
}

/// An expression of `test` with at most one operator, which is in sight and looks at no variable.
fn is_plain_test(script: &Script, words: &[Word]) -> bool {
    let whole = |word: &Word| script.parts_of(*word).iter().all(|part| part.quoted) || word.bare(script).is_some();
    let operator = |word: &Word| word.bare(script).filter(|text| !matches!(*text, "-v" | "-R"));
    let words = match words {
        [not, rest @ ..] if not.bare(script) == Some("!") => rest,
        all => all,
    };
    match words {
        [_] => words.iter().all(whole),
        [unary, word] => operator(unary).is_some_and(|text| text.starts_with('-')) && whole(word),
        [left, binary, right] => {
            let known = |text| matches!(text, "=" | "==" | "!=" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge");
            operator(binary).is_some_and(known) && whole(left) && whole(right)
        }
        _ => false,
    }
}

/// `[[ … ]]` that evaluates nothing.
fn is_plain_condition(script: &Script, words: Run) -> bool {
    const EVALUATING: &[&str] = &["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"];
    let harmless = |word: &Word| word.bare(script).is_none_or(|text| !EVALUATING.contains(&text));
    script.words_of(words).iter().all(harmless)
}

/// An assignment that evaluates nothing, to a variable that is the script's.
fn is_plain_assignment(script: &Script, assignment: &Assignment) -> bool {
    let elements = match assignment.value {
        AssignedValue::Array(elements) => script.words_of(elements),
        AssignedValue::Word(_) => &[],
    };
    assignment.subscript.is_none()
        && !assignment.argument
        && !is_own(script.text(assignment.name))
        && !elements.iter().any(|word| written(script, *word).starts_with('['))
}

/// Whether an expansion sets and evaluates nothing.
fn is_plain_part(script: &Script, part: &Part) -> bool {
    match part.kind {
        PartKind::Parameter { subscript, operator, operands, .. } => {
            let all = |word: u32| matches!(written(script, script.word(word)), "@" | "*");
            let number = |word: &Word| written(script, *word).bytes().all(|b| b.is_ascii_digit());
            let harmless = match operator {
                Operator::Assign
                | Operator::Indirect
                | Operator::Subscript
                | Operator::Transform
                | Operator::Unknown => false,
                Operator::Substring => script.words_of(operands).iter().all(number),
                _ => true,
            };
            harmless && subscript.is_none_or(all)
        }
        PartKind::Arithmetic { .. } | PartKind::Unknown => false,
        _ => true,
    }
}

/// The word as it stands.
fn written(script: &Script, word: Word) -> &str {
    script.source.get(word.span.start as usize..word.span.end as usize).unwrap_or_default()
}

/// Whether the shell itself sets the variable, or evaluates it.
fn is_own(name: &str) -> bool {
    SHIFTING.contains(&name)
        || ARRAYS.contains(&name)
        || is_integer(name)
        || super::arithmetic::is_number_variable(name)
        || OWN.iter().any(|own| name.starts_with(own))
}

/// Whether the script sets the variable in one place, which it comes past once.
fn is_set_once(script: &Script, name: &str) -> bool {
    let sets = |assignment: &&Assignment| script.text(assignment.name) == name;
    let loops = |kind: &NodeKind| matches!(kind, NodeKind::For { variable, .. } if script.text(*variable) == name);
    script.assignments.iter().filter(sets).count() == 1
        && !script.nodes.iter().any(|node| loops(&node.kind))
        && script.top().iter().any(|id| sets_by_itself(script, *id, name))
}

/// Whether it is, or its `&&` and `||` hold, the plain assignment `NAME=…`.
fn sets_by_itself(script: &Script, id: NodeId, name: &str) -> bool {
    match script.node(id).kind {
        NodeKind::Simple { assignments, words } => {
            let plain = |one: &Assignment| script.text(one.name) == name && !one.append && one.subscript.is_none();
            words.is_empty() && script.assignments_of(assignments).iter().any(plain)
        }
        NodeKind::AndOr { left, right, .. } => {
            sets_by_itself(script, left, name) || sets_by_itself(script, right, name)
        }
        _ => false,
    }
}

fn is_defined_once(script: &Script, function: &str) -> bool {
    let defines = |kind: &NodeKind| matches!(kind, NodeKind::Function { name, .. } if script.text(*name) == function);
    script.nodes.iter().filter(|node| defines(&node.kind)).count() == 1
}
