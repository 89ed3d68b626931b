//! Assignments: what they set, in this shell or only for a command.

use super::arrays::makes_associative;
use super::expand::stays;
use super::state::{State, Variable};
use super::value::{Value, Why};
use super::walker::Walker;
use super::ways::one_of;
use super::word::{Builder, Piece, Standing};
use crate::shell::{AssignedValue, Assignment, Run, Script, Span};
use guardian_rules::places::is_secret_variable as is_secret;
use std::rc::Rc;

impl Walker<'_> {
    /// What the assignments in front of a command, and in the arguments of one that declares, set: variables of this shell, or
    /// only of the command, which are given back.
    pub(super) fn assigned_before(
        &mut self,
        script: &Rc<Script>,
        assignments: Run,
        values: &[Value],
        state: &mut State,
    ) -> Vec<(String, Value)> {
        let mut environment = Vec::new();
        for assignment in script.assignments_of(assignments) {
            let name = script.text(assignment.name);
            let associative = assignment.argument && makes_associative(values, name, state);
            let said = (self.out.notes.len(), self.out.invocations.len());
            let variable = self.assigned(script, assignment, associative, state);
            if assignment.subscript.is_some() || matches!(assignment.value, AssignedValue::Array(_)) {
                self.looked_up_by_zsh(name, self.span(assignment.span));
            }
            if values.is_empty() || assignment.argument {
                self.assign_as(name, variable, state, 0);
            } else if is_secret(name) && stays(script, assignment) && state.variable(name).is_none() {
                // The command is told what it would see anyway.
                self.unsay(said);
            } else {
                if matches!(assignment.value, AssignedValue::Array(_)) && self.is_users_shell() {
                    // To fish parentheses hold a command.
                    self.unknown_to_bash(self.span(assignment.span));
                }
                self.told_to_zsh(name, &variable, state);
                environment.push((name.to_owned(), variable.value.as_ref().clone()));
            }
        }
        environment
    }

    /// What an assignment sets its variable to.
    fn assigned(
        &mut self,
        script: &Rc<Script>,
        assignment: &Assignment,
        associative: bool,
        state: &mut State,
    ) -> Variable {
        let span = self.span(assignment.span);
        let before = state.variable(script.text(assignment.name)).cloned();
        let associative = associative || before.as_ref().is_some_and(|v| v.associative);
        if let Some(subscript) = assignment.subscript {
            self.subscript(script, script.word(subscript), associative, state);
            Self::keep(&mut self.flow.errors, state);
        }
        match assignment.value {
            AssignedValue::Array(run) => {
                self.array(script, (run, assignment.append), (before, associative), state, span)
            }
            AssignedValue::Word(word) => {
                let value = match word {
                    Some(word) => self.expand_quoted(script, script.word(word), state),
                    None => Value::exact("", span),
                };
                if assignment.subscript.is_some() {
                    let before =
                        before.as_ref().map(|v| v.elements.iter().flat_map(|all| all.iter()).chain([v.value.as_ref()]));
                    let value = one_of([&value].into_iter().chain(before.into_iter().flatten()), span);
                    return Variable { associative, ..Variable::of(value) };
                }
                if !assignment.append {
                    return Variable::of(value);
                }
                let before = before.filter(|v| v.elements.is_none() && !v.peculiar);
                Variable::of(match before.as_ref().map(|v| (v.value.known(), v)) {
                    Some((Some(text), variable)) if value.known().is_some() => Value {
                        text: format!("{text}{}", value.text).into(),
                        from: variable.value.from.iter().chain(&value.from).copied().collect(),
                        ..value
                    },
                    Some((_, variable)) => self.behind(&variable.value, &value, state, span),
                    None => Value { from: value.from, ..Value::unknown(Why::Expansion, span) },
                })
            }
        }
    }

    /// What is put behind a value.
    fn behind(&mut self, before: &Value, value: &Value, state: &State, span: Span) -> Value {
        self.crowds(before);
        let standing = Standing { quoted: true, expanded: true, fields: &state.fields, wide: state.wide_globs };
        let mut builder = Builder::new(span);
        builder.add(&Piece::One(before.clone()), standing);
        builder.add(&Piece::One(value.clone()), standing);
        builder.whole()
    }
}
