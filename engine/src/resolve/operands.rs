//! Which operand is what: the form that applies, and the role of each operand in it.

use super::argv::{BindProblem, Binder, Binding};
use super::value::Value;
use crate::shell::Span;
use guardian_rules::image::OperandSpec;
use guardian_rules::{Arity, Form, OptionSpec, Property, Role, Takes};

impl Binder<'_> {
    pub(super) fn finish(mut self) -> Binding {
        let info = self.is_info() && self.problems.is_empty();
        let present =
            |option: OptionSpec<'static>| self.options.iter().any(|bound| bound.option == option);
        let text_of = |n: usize| {
            self.operands
                .get(n)
                .and_then(|&i| self.arguments.get(i))
                .and_then(Value::known)
        };
        let count = self.operands.len();
        let uncertain = self
            .operands
            .iter()
            .any(|&i| self.arguments.get(i).is_some_and(|v| v.many));
        let mut form = self
            .spec
            .forms()
            .find(|form| form.applies(present, count, text_of));
        if uncertain {
            // The number of operands is not known: another form may apply when it runs.
            let mut forms = self.spec.forms().filter(|form| {
                (0..=count + 2)
                    .chain([64])
                    .any(|n| form.applies(present, n, text_of))
            });
            if forms.next().is_some_and(|first| Some(first) != form) || form.is_none() {
                self.problems
                    .push((BindProblem::Uncertain, Span::default()));
                form = form.or_else(|| self.spec.forms().last());
            }
        }
        if form.is_none() && !info && self.problems.is_empty() {
            self.problems.push((BindProblem::Form, Span::default()));
        }
        let operands = self.assign(form);
        if let Some(form) = form {
            for bound in &mut self.options {
                if bound.role.is_none() {
                    bound.role = form.role_of(bound.option).or(match bound.option.takes() {
                        Takes::Required(role) | Takes::Optional(role) => Some(role),
                        Takes::Nothing => None,
                    });
                }
            }
        }
        let really_dry = self.options.iter().all(|b| {
            b.option.property() != Some(Property::DryRun)
                || b.option.accepts(b.value.as_ref().and_then(Value::known))
        });
        if !really_dry && self.problems.is_empty() {
            self.problems
                .push((BindProblem::Uncertain, Span::default()));
        }
        Binding {
            spec: self.spec,
            options: self.options,
            operands,
            form,
            info,
            problems: self.problems,
        }
    }

    /// Whether an argument is `NAME=value`.
    fn is_assignment(&self, argument: usize) -> bool {
        let name = self
            .arguments
            .get(argument)
            .and_then(|v| v.text.split_once('='))
            .map(|(name, _)| name);
        name.is_some_and(|n| {
            !n.is_empty() && n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        })
    }

    /// Gives each operand its role.
    fn assign(&mut self, form: Option<Form<'static>>) -> Vec<(usize, Role)> {
        let Some(form) = form else {
            return self.operands.iter().map(|&i| (i, Role::Literal)).collect();
        };
        let roles: Vec<_> = form.operands().collect();
        let required = roles
            .iter()
            .filter(|r| matches!(r.arity, Arity::One | Arity::Some))
            .count();
        let mut spare = self.operands.len().saturating_sub(required);
        let mut assigned = Vec::with_capacity(self.operands.len());
        let mut left = self.operands.iter().copied();
        for role in &roles {
            let takes = match (role.role, role.arity) {
                // A command goes to the end of the line.
                (Role::Command, _) => {
                    // `--` may stand between a tool's own words and the command.
                    let next = left.clone().next().and_then(|i| self.arguments.get(i));
                    if next.and_then(Value::known) == Some("--") && left.len() > 1 {
                        left.next();
                    }
                    left.len()
                }
                (Role::Shell, Arity::One) if Some(role) == roles.last() => left.len(),
                // Assignments end where a word is none.
                (Role::Assignment, _) => {
                    left.clone().take_while(|&i| self.is_assignment(i)).count()
                }
                (_, Arity::One) => 1,
                (_, Arity::Optional) => spare.min(1),
                (_, Arity::Many) => spare,
                (_, Arity::Some) => 1 + spare,
            };
            spare = spare.saturating_sub(match role.arity {
                Arity::One => 0,
                Arity::Some => takes.saturating_sub(1),
                Arity::Optional | Arity::Many => takes,
            });
            assigned.extend(left.by_ref().take(takes).map(|i| (i, role.role)));
        }
        let missing = self.operands.len() < required
            && !self
                .operands
                .iter()
                .any(|&i| self.arguments.get(i).is_some_and(|v| v.many));
        let no_command = roles
            .iter()
            .any(|r| r.role == Role::Command && r.arity == Arity::One)
            && !assigned.iter().any(|(_, role)| *role == Role::Command);
        if (missing || no_command) && !self.is_info() {
            self.problems.push((BindProblem::Form, Span::default()));
        }
        for extra in left {
            let span = self
                .arguments
                .get(extra)
                .map(|v| v.span)
                .unwrap_or_default();
            self.problems.push((BindProblem::Operand, span));
            assigned.push((extra, Role::Literal));
        }
        self.several(&roles, &assigned);
        assigned
    }

    /// A word that may become several may reach any later role too: says so where the roles differ.
    fn several(&mut self, roles: &[OperandSpec], assigned: &[(usize, Role)]) {
        let many = |&(i, _): &(usize, Role)| self.arguments.get(i).is_some_and(|v| v.many);
        let differs = roles
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.role != b.role && b.role != Role::Literal));
        let commands = assigned
            .iter()
            .any(|(_, role)| matches!(role, Role::Command));
        if differs
            && !commands
            && let Some(&(i, _)) = assigned.iter().find(|a| many(a))
        {
            let last = assigned.last().is_some_and(|&(l, _)| l == i);
            let variadic = roles
                .last()
                .is_some_and(|r| matches!(r.arity, Arity::Many | Arity::Some));
            if !(last && variadic && roles.last().map(|r| r.role) == assigned.last().map(|a| a.1)) {
                let span = self.arguments.get(i).map(|v| v.span).unwrap_or_default();
                self.problems.push((BindProblem::Uncertain, span));
            }
        }
    }
}
