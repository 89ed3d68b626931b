//! Arithmetic: bash evaluates the text of variables and subscripts there, so only text that is plain through and
//! through can run nothing.

use super::state::State;
use super::value::{HOLE, Knowledge, Value, Why};
use super::walker::Walker;
use crate::shell::{Script, Word};
use std::rc::Rc;

/// Variables that the shell itself keeps to numbers.
const NUMBERS: &[&str] = &[
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "LINENO",
    "UID",
    "EUID",
    "PPID",
    "COLUMNS",
    "LINES",
    "EPOCHSECONDS",
    "SHLVL",
    "BASHPID",
    "OPTIND",
    "BASH_SUBSHELL",
];

/// Variables with the integer attribute from the start: the text that is assigned to them is evaluated (`declare -pi`).
const INTEGERS: &[&str] = &["RANDOM", "SRANDOM", "SECONDS", "OPTIND", "HISTCMD", "BASHPID"];

/// Whether what is assigned to the variable is evaluated, whatever the script has declared.
pub(super) fn is_integer(name: &str) -> bool {
    INTEGERS.contains(&name)
}

/// Whether the shell itself keeps the variable to a number, as long as the script has not touched it.
pub(super) fn is_number_variable(name: &str) -> bool {
    NUMBERS.contains(&name)
}

/// Operators that give a variable a value.
const ASSIGNING: &[&str] = &["++", "--", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="];

impl Walker<'_> {
    /// Arithmetic text: what it substitutes is run, what it evaluates must be plain, and what it assigns is a number.
    pub(super) fn arithmetic(&mut self, script: &Rc<Script>, word: Word, state: &mut State) -> Value {
        let value = self.expand_quoted(script, word, state);
        self.evaluated(&value, state);
        value
    }

    /// The same for `$((…))`: an error in an expansion ends what the shell has read with it, to the end of the line.
    pub(super) fn expanded_arithmetic(&mut self, script: &Rc<Script>, word: Word, state: &mut State) {
        let errors = std::mem::take(&mut self.flow.errors);
        self.arithmetic(script, word, state);
        for error in std::mem::replace(&mut self.flow.errors, errors) {
            Self::keep(&mut self.flow.line_ends, &error);
        }
    }

    /// What held at errors that ended a line holds from here on.
    pub(super) fn line_ended(&mut self) {
        for error in std::mem::take(&mut self.flow.line_ends) {
            Self::keep(&mut self.flow.errors, &error);
        }
    }

    /// The errors so far, where a process of its own begins that they do not end.
    pub(super) fn take_errors(&mut self) -> [Vec<State>; 2] {
        [std::mem::take(&mut self.flow.errors), std::mem::take(&mut self.flow.line_ends)]
    }

    /// The same, where it is over.
    pub(super) fn put_errors(&mut self, [errors, line_ends]: [Vec<State>; 2]) {
        self.flow.errors = errors;
        self.flow.line_ends = line_ends;
    }

    /// The same for a word that is expanded.
    pub(super) fn evaluated(&mut self, value: &Value, state: &mut State) {
        // An assignment in front of a use makes its name a number.
        let assigned = assigned(&value.text);
        let plain = match assigned.first() {
            Some(_) => {
                let mut after = state.clone();
                let mut all = true;
                for (name, right) in &assigned {
                    all &= is_plain(right, &after, 0);
                    let number = super::state::Variable::of(Value::number(value.span));
                    after.variables.make_mut().insert(name.as_str().into(), number);
                }
                all && is_safe(value, &after)
            }
            None => is_safe(value, state),
        };
        if !plain {
            let why = "arithmetic evaluates the text of a variable that is not known";
            self.evaluates(0, value, value.span, state, why);
        }
        // An error (a division by zero, `08`) ends the line, and what holds here is what the next line sees.
        Self::keep(&mut self.flow.errors, state);
        for (name, _) in assigned {
            self.assign(&name, Value::number(value.span), state, 0);
        }
    }
}

/// The names that arithmetic text assigns, each with the text that must be plain before it is a number.
fn assigned(text: &str) -> Vec<(String, &str)> {
    let mut names = Vec::new();
    let mut rest = text;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    while let Some(at) = rest.find(word) {
        let before = rest.get(..at).unwrap_or_default();
        let tail = rest.get(at..).unwrap_or_default();
        let end = tail.find(|c| !word(c)).unwrap_or(tail.len());
        let (name, after) = tail.split_at_checked(end).unwrap_or((tail, ""));
        let behind = after.trim_start();
        let plain = behind.starts_with('=') && !behind.starts_with("==");
        let changes = ASSIGNING.iter().any(|op| behind.starts_with(op))
            || before.trim_end().ends_with("++")
            || before.trim_end().ends_with("--");
        if (plain || changes) && !name.starts_with(|c: char| c.is_ascii_digit()) {
            // `n = …` does not read n; `n += …` does.
            names.push((name.to_owned(), if plain { "" } else { name }));
        }
        rest = after;
    }
    names
}

/// Whether evaluating a value as arithmetic can run nothing: numbers, operators, and names whose values are so too.
pub(super) fn is_safe(value: &Value, state: &State) -> bool {
    match value.knowledge {
        Knowledge::Exact => is_plain(&value.text, state, 0),
        Knowledge::Number => is_plain(&value.text, state, 0),
        // Numbers in the text stand as globs for digits.
        Knowledge::Pattern => value.with_numbers().is_some_and(|text| is_plain(&text, state, 0)),
        Knowledge::Unknown(Why::Numbers) => is_plain(&value.outline().replace(HOLE, "0"), state, 0),
        _ => false,
    }
}

fn is_plain(text: &str, state: &State, depth: usize) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b" \t\n_+-*/%()<>=!&|^~?:,.#".contains(&b);
    if depth > 4 || !text.bytes().all(plain) {
        return false;
    }
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '#')
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
        .all(|name| match state.variable(name) {
            Some(variable) => match variable.value.knowledge {
                // Several numbers, or none, are an error or nothing.
                Knowledge::Number => true,
                Knowledge::Unknown(Why::Numbers) if variable.value.is_numbers() => true,
                Knowledge::Exact => is_plain(&variable.value.text, state, depth + 1),
                // Whatever the script has put there instead.
                _ => false,
            },
            // Of the environment, or unset: its text is not known.
            None => is_number_variable(name),
        })
}
