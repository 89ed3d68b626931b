//! Text that the shell evaluates once more: as arithmetic, a subscript, a prompt. That this happens is noted, as what comes of
//! it is not followed; what the text, or that of a variable in it, would run is judged as well.

use super::arithmetic::is_safe;
use super::code::is_name;
use super::resolution::{Input, Invocation, NoteKind, Reach};
use super::state::State;
use super::value::{Unit, Value, Why};
use super::walker::{Anchor, Walker};
use crate::shell::{Span, parse};
use guardian_rules::Role;
use std::rc::Rc;

impl Walker<'_> {
    /// Notes that text which is not plain is evaluated, and why.
    pub(super) fn evaluates(&mut self, unit: Unit, value: &Value, span: Span, state: &State, why: &'static str) {
        self.note(unit, span, NoteKind::Evaluates(why));
        self.evaluated_text(value, span, state);
    }

    /// What the text would run, or that of a variable in it.
    pub(super) fn evaluated_text(&mut self, value: &Value, span: Span, state: &State) {
        let text = value.outline().into_owned();
        let names = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|name| !name.is_empty());
        let variables: Vec<String> = names
            .filter_map(|name| Some(state.variable(name)?.value.outline().into_owned()))
            .filter(|text| substitutes(text))
            .collect();
        for text in variables.iter().chain(Some(&text).filter(|text| substitutes(text))) {
            self.substituted(text, span, state);
        }
    }

    /// The name of a variable that the shell evaluates, or arithmetic.
    pub(super) fn evaluated_name(&mut self, role: Role, value: &Value, invocation: &Invocation, state: &State) {
        let name = value.known().is_some_and(is_name);
        if role == Role::Variable && name {
            let unknown = Value::unknown(Why::Input, value.span);
            let kind = NoteKind::Assigned(value.text.to_string(), unknown, Reach::Shell);
            self.note(invocation.unit, value.span, kind);
        }
        if !name && !is_safe(value, state) {
            self.evaluates(invocation.unit, value, value.span, state, "the shell evaluates this text");
        }
    }

    /// The commands that a text substitutes.
    fn substituted(&mut self, text: &str, span: Span, state: &State) {
        if !self.counted_code(text, span) {
            return;
        }
        // In the text of a here-document nothing else is code. No line of it is as long as its end.
        let end = "E".repeat(text.lines().map(str::len).max().unwrap_or_default() + 1);
        let script = Rc::new(parse(&format!(": <<{end}\n{text}\n{end}\n")));
        if !self.is_script(&script, span) {
            return;
        }
        let anchor = std::mem::replace(&mut self.within.anchor, Anchor::Fixed(span));
        let source = self.source.replace(Rc::clone(&script));
        self.deeper(span, |walker| {
            walker.node(&script, script.body, &mut state.clone(), &Input::Inherited);
        });
        self.source = source;
        self.within.anchor = anchor;
    }
}

/// Whether there is a substitution in a text.
pub(super) fn substitutes(text: &str) -> bool {
    text.contains("$(") || text.contains('`')
}
