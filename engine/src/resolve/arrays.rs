//! Arrays. Between the brackets of an indexed one bash evaluates arithmetic, which may run what a variable holds; between
//! those of an associative one there is only text.

use super::arithmetic::is_safe;
use super::resolution::NoteKind;
use super::state::{State, Variable};
use super::value::{Knowledge, Unit, Value, Why};
use super::walker::Walker;
use super::ways::one_of;
use crate::shell::{Run, Script, Span, Word};
use std::rc::Rc;

/// Variables that bash makes arrays of by itself. (bash(1), "Shell Variables")
pub(super) const ARRAYS: &[&str] = &[
    "BASH_ALIASES",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_CMDS",
    "BASH_LINENO",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "COMP_WORDS",
    "COPROC",
    "DIRSTACK",
    "FUNCNAME",
    "GROUPS",
    "MAPFILE",
    "PIPESTATUS",
];

impl Walker<'_> {
    /// The subscript of an assignment.
    pub(super) fn subscript(&mut self, script: &Rc<Script>, word: Word, associative: bool, state: &mut State) {
        if associative {
            let value = self.expand_quoted(script, word, state);
            self.key(&value);
        } else {
            self.arithmetic(script, word, state);
        }
    }

    /// What is assigned to a variable that the shell has made an integer.
    pub(super) fn integer(&mut self, name: &str, value: &Value, state: &State) {
        if super::arithmetic::is_integer(name) && !is_safe(value, state) {
            self.evaluates(0, value, value.span, state, "an integer variable evaluates its value");
        }
    }

    /// `declare -a x='(…)'`: bash reads the text as the list of an array, and expands what is in it, where the variable
    /// is an array or becomes one.
    pub(super) fn quoted_list(&mut self, name: &str, argument: &Value, arrays: bool, state: &State) {
        let Some((_, text)) = argument.text.split_once('=') else { return };
        let beginning = argument.beginning().split_once('=').map_or("", |(_, text)| text);
        let known = argument.known().is_some() || !beginning.is_empty();
        let list = if known { text.starts_with('(') } else { true };
        let scalar = state.variable(name).is_none_or(|v| {
            !v.associative && v.elements.is_none() && matches!(v.value.knowledge, Knowledge::Exact | Knowledge::Number)
        });
        if list && (arrays || !scalar || ARRAYS.contains(&name)) {
            self.evaluates(0, argument, argument.span, state, "the text of an array is expanded once more");
        }
    }

    /// A key of an associative array. Where a shell of old knows no such arrays it is evaluated all the same, so it has
    /// to be known, and to hold nothing that runs.
    pub(super) fn key(&mut self, value: &Value) {
        if value.known().is_none_or(|text| text.contains(['$', '`', '[', ']'])) {
            self.note(0, value.span, NoteKind::Evaluates("a subscript is evaluated as arithmetic"));
        }
    }

    /// `NAME=(…)`, `NAME+=(…)`.
    pub(super) fn array(
        &mut self,
        script: &Rc<Script>,
        (run, append): (Run, bool),
        (before, associative): (Option<Variable>, bool),
        state: &mut State,
        span: Span,
    ) -> Variable {
        let (mut values, mut keyed) = (Vec::new(), false);
        for word in script.words_of(run).to_vec() {
            if let Some(key) = key_of(script, word) {
                keyed = true;
                self.element_key(key, associative, word, state);
            }
            values.extend(self.expand(script, word, state));
        }
        // `[key]=value` puts elements where they are not looked for.
        keyed |= associative || values.iter().any(|v| v.text.starts_with('['));
        let earlier = before.as_ref().filter(|_| append).map(|v| Rc::clone(&v.value));
        let mut elements = match (append, before.and_then(|v| v.elements)) {
            (true, Some(before)) => Some(before.to_vec()),
            (true, None) => None,
            (false, _) => Some(Vec::new()),
        };
        let from: Vec<Unit> = values.iter().flat_map(|v| v.from.iter().copied()).collect();
        let first = values.first().cloned();
        let any = one_of(values.iter().map(without_key).collect::<Vec<_>>().iter().chain(earlier.as_deref()), span);
        if let Some(all) = &mut elements {
            all.extend(values);
        }
        // The name alone is the first element.
        let value = match (&elements, first) {
            (Some(all), Some(first)) if all.len() == 1 && !keyed => first,
            (Some(all), Some(_)) if !keyed && all.first().is_some_and(|v| !v.many) => {
                all.first().cloned().unwrap_or_else(|| Value::unknown(Why::Expansion, span))
            }
            _ => any,
        };
        Variable {
            elements: elements.filter(|_| !keyed).map(Rc::new),
            associative,
            ..Variable::of(Value { from, many: false, ..value })
        }
    }

    /// `[key]=` in front of an element, as it is written.
    fn element_key(&mut self, key: &str, associative: bool, word: Word, state: &State) {
        let span = self.span(word.span);
        let variable = key.strip_prefix('$').map(|name| name.trim_matches(['{', '}']));
        let value = match variable {
            Some(name) => state.variable(name).map(|v| v.value.as_ref().clone()),
            None if associative => Some(Value::exact(key.trim_matches(['"', '\'']), span)),
            None => Some(Value::exact(key, span)),
        };
        match value {
            Some(value) if associative => self.key(&value),
            Some(value) if is_safe(&value, state) => {}
            _ => self.note(0, span, NoteKind::Evaluates("a subscript is evaluated as arithmetic")),
        }
    }
}

/// What stands between the brackets of a word that bash takes for `[key]=value`, up to the first `]=` or `]+=`.
fn key_of(script: &Script, word: Word) -> Option<&str> {
    let inside = word.span.of(&script.source).strip_prefix('[')?;
    let end = inside.find("]=").into_iter().chain(inside.find("]+=")).min()?;
    inside.get(..end)
}

/// What an element is, behind its key.
fn without_key(element: &Value) -> Value {
    match element.known().filter(|text| text.starts_with('[')).and_then(|text| text.split_once("]=")) {
        Some((_, text)) => Value { text: text.into(), ..element.clone() },
        None => element.clone(),
    }
}

/// Whether a declaration of this name with these words makes it an associative array for sure: one that may be an
/// indexed array already stays one.
pub(super) fn makes_associative(words: &[Value], name: &str, state: &State) -> bool {
    let Some((command, words)) = words.split_first() else { return false };
    let declares = command
        .known()
        .is_some_and(|c| matches!(c, "declare" | "typeset" | "local") && !state.functions.contains_key(c));
    let flag = |letter: char| {
        words.iter().map_while(Value::known).take_while(|w| w.starts_with('-')).any(|w| w.contains(letter))
    };
    let before = state.variable(name);
    let scalar = before.is_none_or(|v| {
        v.associative || (v.elements.is_none() && v.value.knowledge == Knowledge::Exact && !v.peculiar)
    });
    declares && scalar && flag('A') && !flag('a') && !flag('n') && !flag('i')
}
