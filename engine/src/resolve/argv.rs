//! The one binder of arguments to specs: options, clusters, attached values, `--`, subcommands, forms, operands.
//! Closed-world: what the spec does not list becomes a problem, never nothing.

use super::value::Value;
use crate::shell::Span;
use std::ops::Range;

use guardian_rules::{Arity, CommandSpec, Form, OptionSpec, Property, Role, Style, Takes};

/// An invocation's arguments, as its spec understands them.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The program's spec, or the subcommand's.
    pub spec: CommandSpec<'static>,
    /// Options in order.
    pub options: Vec<Bound>,
    /// Operands in order: index into argv, and what the form says each is.
    pub operands: Vec<(usize, Role)>,
    /// The form that applies; nothing where none does.
    pub form: Option<Form<'static>>,
    /// Whether it is only a question for help or a version.
    pub info: bool,
    /// What the spec does not cover.
    pub problems: Vec<(BindProblem, Span)>,
}

/// An option that was given.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Which.
    pub option: OptionSpec<'static>,
    /// Its value, if it has one.
    pub value: Option<Value>,
    /// The arguments that are a command of its own (`-exec … ;`), as a range of the invocation's arguments.
    pub command: Option<Range<usize>>,
    /// What the value is in this form.
    pub role: Option<Role>,
    /// Where the flag stands.
    pub span: Span,
}

/// Why an invocation is not covered by its spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindProblem {
    /// An option that is not listed.
    Option(String),
    /// A subcommand that is not listed, or not known.
    Subcommand(String),
    /// More operands than the spec has roles for.
    Operand,
    /// No form covers this combination.
    Form,
    /// A word that may turn into an option, or into several words, where that matters.
    Uncertain,
    /// An option with a value that is not described.
    Value(String),
    /// A required value is missing.
    Missing(String),
}

/// Binds the arguments (without the program itself) to a spec.
#[must_use]
pub fn bind(spec: CommandSpec<'static>, arguments: &[Value]) -> Binding {
    let mut binder = Binder {
        spec,
        arguments,
        at: 0,
        options: Vec::new(),
        operands: Vec::new(),
        problems: Vec::new(),
        ended: false,
    };
    binder.run();
    binder.finish()
}

struct Binder<'a> {
    spec: CommandSpec<'static>,
    arguments: &'a [Value],
    at: usize,
    options: Vec<Bound>,
    operands: Vec<usize>,
    problems: Vec<(BindProblem, Span)>,
    /// Whether the rest are operands.
    ended: bool,
}

impl<'a> Binder<'a> {
    fn run(&mut self) {
        if self.spec.style() == Style::Bundled {
            self.bundle();
        }
        while let Some(value) = self.arguments.get(self.at) {
            self.at += 1;
            match value.known() {
                Some(text) if !self.ended && self.is_option(text) => self.option(text, value),
                Some(text) => self.operand(Some(text), value),
                None => {
                    if !self.ended
                        && value.may_be_option()
                        && self.spec.style() != Style::Raw
                        && !self.spec.safe_options()
                    {
                        self.problems.push((BindProblem::Uncertain, value.span));
                    }
                    self.operand(None, value);
                }
            }
        }
        if self.spec.subcommand_required() && self.operands.is_empty() && !self.is_info() {
            self.problems.push((BindProblem::Form, Span::default()));
        }
    }

    fn is_option(&self, text: &str) -> bool {
        match self.spec.style() {
            Style::Raw => false,
            Style::SingleDash => {
                (text.len() > 1 && text.starts_with('-')) || self.spec.option(text).is_some()
            }
            Style::Keyword => {
                (text.len() > 1 && text.starts_with('-'))
                    || self.keyword(text).is_some()
                    || self.spec.option(text).is_some()
            }
            Style::Gnu | Style::Bundled => {
                text.len() > 1
                    && (text.starts_with('-') || (text.starts_with('+') && self.spec.plus()))
            }
        }
    }

    /// `of=` of `of=file`.
    fn keyword(&self, text: &'a str) -> Option<(OptionSpec<'static>, &'a str)> {
        let at = text.find('=')? + 1;
        Some((self.spec.option(text.get(..at)?)?, text.get(at..)?))
    }

    fn option(&mut self, text: &'a str, value: &'a Value) {
        let style = self.spec.style();
        if text == "--" && self.spec.option("--").is_none() {
            self.ended = true;
            return;
        }
        if let Some(option) = self.spec.option(text) {
            return self.take(option, None, value, text);
        }
        if style == Style::Keyword
            && let Some((option, rest)) = self.keyword(text)
        {
            return self.take(option, Some(rest), value, text);
        }
        if style == Style::SingleDash || text.starts_with("--") {
            return self.long(text, value);
        }
        if self.spec.digits()
            && text
                .get(1..)
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        {
            return;
        }
        self.cluster(text, value);
    }

    fn long(&mut self, text: &'a str, value: &'a Value) {
        let (flag, attached) = text
            .split_once('=')
            .map_or((text, None), |(flag, attached)| (flag, Some(attached)));
        let option = self.spec.option(flag).or_else(|| {
            if self.spec.abbreviates() {
                self.spec.abbreviated(flag)
            } else {
                None
            }
        });
        match option {
            Some(option) => self.take(option, attached, value, flag),
            None => self
                .problems
                .push((BindProblem::Option(flag.to_owned()), value.span)),
        }
    }

    /// `-abc`, `-n5`, `+x`.
    fn cluster(&mut self, text: &'a str, value: &'a Value) {
        let sign = text.get(..1).unwrap_or_default();
        let mut rest = text.get(1..).unwrap_or_default();
        while let Some(letter) = rest.chars().next() {
            let after = rest.get(letter.len_utf8()..).unwrap_or_default();
            let flag = format!("{sign}{letter}");
            let Some(option) = self.spec.option(&flag) else {
                self.problems.push((
                    BindProblem::Option(if text.len() == 2 {
                        flag
                    } else {
                        format!("{flag} in {text}")
                    }),
                    value.span,
                ));
                return;
            };
            match option.takes() {
                Takes::Nothing => {
                    self.take(option, None, value, &flag);
                    rest = after;
                }
                Takes::Required(_) | Takes::Optional(_) => {
                    let attached = (!after.is_empty()).then_some(after);
                    return self.take(option, attached, value, &flag);
                }
            }
        }
    }

    /// `tar xzf a.tgz`: letters without dash, whose values follow in order.
    fn bundle(&mut self) {
        let Some(first) = self.arguments.first() else {
            return;
        };
        let Some(text) = first
            .known()
            .filter(|t| !t.starts_with('-') && !t.is_empty())
        else {
            return;
        };
        let mut found = Vec::new();
        for letter in text.chars() {
            let bare = self.spec.option(&letter.to_string());
            match bare.or_else(|| self.spec.option(&format!("-{letter}"))) {
                Some(option) => found.push(option),
                // Not a cluster: an operand like any other.
                None => return,
            }
        }
        self.at = 1;
        for option in found {
            self.take(option, None, first, text);
        }
    }

    fn take(
        &mut self,
        option: OptionSpec<'static>,
        attached: Option<&str>,
        at: &'a Value,
        flag: &str,
    ) {
        let attached_value = |text: &str| Value {
            text: text.to_owned(),
            ..at.clone()
        };
        let value = match (option.takes(), attached) {
            (Takes::Required(_) | Takes::Optional(_), Some(text)) => Some(attached_value(text)),
            (Takes::Required(role), None) => {
                if let Some(next) = self.arguments.get(self.at) {
                    // A command as an option's value begins here and is found by its role later.
                    if !matches!(role, Role::Command | Role::CommandUntil) {
                        if next.many {
                            self.problems.push((BindProblem::Uncertain, next.span));
                        }
                        self.at += 1;
                        Some(next.clone())
                    } else {
                        return self.command_value(option, at, role);
                    }
                } else {
                    self.problems
                        .push((BindProblem::Missing(flag.to_owned()), at.span));
                    None
                }
            }
            (Takes::Optional(_) | Takes::Nothing, None) => None,
            (Takes::Nothing, Some(_)) => {
                self.problems
                    .push((BindProblem::Option(flag.to_owned()), at.span));
                None
            }
        };
        if !option.accepts(value.as_ref().and_then(Value::known)) {
            self.problems
                .push((BindProblem::Value(flag.to_owned()), at.span));
        }
        self.options.push(Bound {
            option,
            value,
            command: None,
            role: None,
            span: at.span,
        });
    }

    /// `-exec rm {} ;`: the words of the command become operands with that role.
    fn command_value(&mut self, option: OptionSpec<'static>, at: &Value, role: Role) {
        let start = self.at;
        let mut end = self.arguments.len();
        while let Some(value) = self.arguments.get(self.at) {
            self.at += 1;
            if role == Role::CommandUntil {
                let text = value.known();
                let previous = self
                    .arguments
                    .get(self.at.wrapping_sub(2))
                    .and_then(Value::known);
                if text == Some(";") || (text == Some("+") && previous == Some("{}")) {
                    end = self.at - 1;
                    break;
                }
            }
        }
        self.options.push(Bound {
            option,
            value: None,
            command: Some(start..end),
            role: Some(role),
            span: at.span,
        });
    }

    fn operand(&mut self, text: Option<&str>, value: &Value) {
        if self.operands.is_empty() && self.spec.has_subcommands() {
            if let Some(child) = text.and_then(|text| self.spec.subcommand(text)) {
                self.spec = child;
                self.ended = false;
                return;
            }
            if self.spec.subcommand_required() {
                self.problems.push((
                    BindProblem::Subcommand(text.unwrap_or("…").to_owned()),
                    value.span,
                ));
            }
        }
        self.operands.push(self.at - 1);
        if !self.spec.interspersed() {
            self.ended = true;
        }
    }

    /// Whether all there is besides subcommands is one option that prints and exits.
    fn is_info(&self) -> bool {
        matches!(self.options.as_slice(), [only] if only.option.is_info())
            && self.operands.is_empty()
    }

    fn finish(mut self) -> Binding {
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
                    let dashes = left
                        .clone()
                        .next()
                        .and_then(|i| self.arguments.get(i))
                        .and_then(Value::known)
                        == Some("--");
                    if dashes && left.len() > 1 {
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
        // A word that may become several may reach any later role too: say so where the roles differ.
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
        assigned
    }
}

impl Binding {
    /// Whether an option sets the property.
    #[must_use]
    pub fn has(&self, property: Property) -> bool {
        self.options
            .iter()
            .any(|bound| bound.option.property() == Some(property))
    }
}
