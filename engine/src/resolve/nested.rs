//! Commands and code inside commands: wrappers, inner scripts, small languages. Each re-enters the walk, within limits.

use super::argv::Binding;
use super::dialect::{Action, ShellInput, actions};
use super::state::State;
use super::value::Unit;
use super::value::{Knowledge, Value, Why};
use super::walk::{Anchor, Input, Invocation, NoteKind, Walker};
use crate::shell::{Script, Span, parse};
use guardian_rules::{Role, Stdin};
use std::rc::Rc;

impl Walker<'_> {
    /// Follows every word of a command that is itself a command or code.
    pub(super) fn nested(&mut self, invocation: &Invocation, state: &mut State) {
        let Some(binding) = &invocation.binding else {
            return;
        };
        if binding.info {
            return;
        }
        for bound in &binding.options {
            if let Some(range) = &bound.command {
                let words = invocation
                    .arguments
                    .get(range.clone())
                    .unwrap_or_default()
                    .to_vec();
                self.found(words, invocation, state);
            } else if let (Some(role), Some(value)) = (bound.role, &bound.value) {
                self.code(role, value, invocation, state);
            }
        }
        self.operands(binding, invocation, state);
        // Standard input is code only where no word is, and no file of code is named.
        let no_file = binding
            .operands
            .iter()
            .all(|(_, role)| *role == Role::Literal)
            && !binding.options.iter().any(|b| b.role.is_some_and(is_code));
        if let Some(Stdin::Code(role)) = binding.form.map(|form| form.stdin())
            && no_file
        {
            self.code_from_input(role, invocation, state);
        }
    }

    fn operands(&mut self, binding: &Binding, invocation: &Invocation, state: &mut State) {
        let word = |i: usize| invocation.arguments.get(i).cloned();
        let with = |role: Role| {
            binding
                .operands
                .iter()
                .filter(move |(_, r)| *r == role)
                .filter_map(|(i, _)| word(*i))
                .collect::<Vec<_>>()
        };
        let command = with(Role::Command);
        if !command.is_empty() {
            let environment: Vec<(String, Value)> = with(Role::Assignment)
                .into_iter()
                .map(|v| {
                    let (name, text) = v
                        .text
                        .split_once('=')
                        .map_or((v.text.clone(), String::new()), |(n, t)| {
                            (n.to_owned(), t.to_owned())
                        });
                    (name, Value { text, ..v })
                })
                .collect();
            self.wrapped(command, environment, binding, invocation, state);
        }
        let shell = with(Role::Shell);
        if let Some(first) = shell.first() {
            let joined = if shell.len() == 1 {
                first.clone()
            } else {
                joined(&shell)
            };
            self.code(Role::Shell, &joined, invocation, state);
        }
        for (i, role) in &binding.operands {
            if !matches!(role, Role::Shell | Role::Command | Role::Assignment)
                && let Some(value) = word(*i)
            {
                self.code(*role, &value, invocation, state);
            }
        }
    }

    /// A command behind a wrapper, which may add words to it.
    fn wrapped(
        &mut self,
        mut words: Vec<Value>,
        environment: Vec<(String, Value)>,
        binding: &Binding,
        invocation: &Invocation,
        state: &mut State,
    ) {
        let mut input = invocation.input.clone();
        if binding.spec.appends() {
            let added = self.names_from(&invocation.input, invocation.span);
            // A value of an option that stands in the words is the placeholder (`xargs -I{} cp {} x`).
            let placeholder = binding
                .options
                .iter()
                .filter_map(|b| b.value.as_ref()?.known())
                .find(|t| {
                    !t.is_empty()
                        && !t.bytes().all(|b| b.is_ascii_digit())
                        && words.iter().any(|w| w.text.contains(t))
                });
            match placeholder.map(str::to_owned) {
                Some(placeholder) => {
                    for word in &mut words {
                        *word = replaced(word, &placeholder, &added);
                    }
                }
                None => words.push(Value {
                    many: true,
                    ..added
                }),
            }
            input = Input::Text(Value::exact("", invocation.span));
        }
        self.deeper(invocation.span, |walker| {
            let span = words
                .iter()
                .map(|w| w.span)
                .reduce(Span::to)
                .unwrap_or(invocation.span);
            // What a wrapper runs is another process: builtins there do not change this shell, but for `command` and
            // `builtin`, which run in it. Treating both alike is safe: knowing more state only helps where it is true.
            walker.invoke(
                words,
                state,
                &input,
                environment,
                Some(invocation.unit),
                span,
            );
        });
    }

    /// `find -exec`: `{}` stands for paths that were found.
    fn found(&mut self, words: Vec<Value>, invocation: &Invocation, state: &mut State) {
        let names = invocation.prints.clone().unwrap_or_else(|| Value {
            knowledge: Knowledge::Name,
            ..Value::exact("", invocation.span)
        });
        let words: Vec<Value> = words
            .iter()
            .map(|word| replaced(word, "{}", &names))
            .collect();
        let span = words
            .iter()
            .map(|w| w.span)
            .reduce(Span::to)
            .unwrap_or(invocation.span);
        self.deeper(invocation.span, |walker| {
            walker.invoke(
                words,
                &mut state.clone(),
                &Input::Inherited,
                Vec::new(),
                Some(invocation.unit),
                span,
            )
        });
    }

    /// What arrives as words on standard input.
    fn names_from(&self, input: &Input, span: Span) -> Value {
        let units = match input {
            Input::Pipe(units) => units.clone(),
            _ => Vec::new(),
        };
        let printed = units.last().and_then(|last| {
            self.out
                .invocations
                .iter()
                .find(|i| i.unit == *last)?
                .prints
                .clone()
        });
        Value {
            from: units,
            many: true,
            span,
            ..printed.unwrap_or_else(|| Value::unknown(Why::Input, span))
        }
    }

    /// A word that is code, or a file or program to run.
    fn code(&mut self, role: Role, value: &Value, invocation: &Invocation, state: &mut State) {
        match role {
            Role::Shell => match value.known() {
                Some(text) => self.script(text, value.span, invocation, state),
                None => self.note(
                    invocation.unit,
                    value.span,
                    NoteKind::Code("the code is not known before it runs", value.from.clone()),
                ),
            },
            Role::Program => match value.known() {
                Some(text) => {
                    let program = text.split_whitespace().next().unwrap_or_default();
                    if program.contains('/')
                        || guardian_rules::built_in().program(program).is_none()
                    {
                        self.note(
                            invocation.unit,
                            value.span,
                            NoteKind::Helper(text.to_owned()),
                        );
                    }
                    // Tools differ in whether they split the word: judge it as a shell would.
                    self.script(text, value.span, invocation, state);
                }
                None => self.note(
                    invocation.unit,
                    value.span,
                    NoteKind::Code(
                        "the program is not known before it runs",
                        value.from.clone(),
                    ),
                ),
            },
            Role::Script => self.note(
                invocation.unit,
                value.span,
                NoteKind::Script(value.clone(), invocation.directory.clone()),
            ),
            Role::Sed
            | Role::Awk
            | Role::Jq
            | Role::Sql
            | Role::Python
            | Role::JavaScript
            | Role::Perl
            | Role::Ruby => match value.known() {
                Some(text) => self.dialect(role, text, value.span, invocation, state),
                None => self.note(
                    invocation.unit,
                    value.span,
                    NoteKind::Code("the code is not known before it runs", value.from.clone()),
                ),
            },
            Role::Code => self.note(
                invocation.unit,
                value.span,
                NoteKind::Unread("code in a language that is not read", value.from.clone()),
            ),
            Role::Variable | Role::Arithmetic => {
                if role == Role::Variable && value.known().is_some_and(is_name) {
                    let unknown = Value::unknown(Why::Input, value.span);
                    let kind = NoteKind::Assigned(value.text.clone(), unknown, false);
                    self.note(invocation.unit, value.span, kind);
                }
                if !super::expand::value_is_safe_arithmetic(value, state)
                    && !value.known().is_some_and(is_name)
                {
                    self.note(
                        invocation.unit,
                        value.span,
                        NoteKind::Evaluates("the shell evaluates this text"),
                    );
                }
            }
            _ => {}
        }
    }

    /// Code in a small language: the commands it runs are followed, the rest is noted.
    fn dialect(
        &mut self,
        role: Role,
        text: &str,
        span: Span,
        invocation: &Invocation,
        state: &mut State,
    ) {
        let (commands, others): (Vec<Action>, Vec<Action>) = actions(role, text)
            .into_iter()
            .partition(|action| action.shell.is_some());
        let kind = NoteKind::Dialect(role, others, invocation.directory.clone());
        self.note(invocation.unit, span, kind);
        for action in commands {
            let Some(text) = action.target else { continue };
            let input = match action.shell {
                Some(ShellInput::Piped) => Input::Pipe(vec![invocation.unit]),
                _ => invocation.input.clone(),
            };
            self.script_reading(&text, span, input, invocation, &mut state.clone());
        }
    }

    /// Code that arrives on standard input.
    fn code_from_input(&mut self, role: Role, invocation: &Invocation, state: &mut State) {
        match &invocation.input {
            Input::Text(value) => self.code(role, &value.clone(), invocation, state),
            Input::File(value) => self.note(
                invocation.unit,
                value.span,
                NoteKind::Script(value.clone(), invocation.directory.clone()),
            ),
            Input::Pipe(units) if self.printed(units).is_some() => {
                let value = self
                    .printed(units)
                    .unwrap_or_else(|| Value::exact("", invocation.span));
                self.code(role, &value, invocation, state);
            }
            Input::Pipe(units) => self.note(
                invocation.unit,
                invocation.span,
                NoteKind::Code("what is piped in is run", units.clone()),
            ),
            Input::Inherited => self.note(
                invocation.unit,
                invocation.span,
                NoteKind::Code("code is read from the terminal", Vec::new()),
            ),
        }
    }

    /// The exact text that a pipe carries, where its last command only prints its words.
    fn printed(&self, units: &[Unit]) -> Option<Value> {
        let last = units.last()?;
        let prints = self
            .out
            .invocations
            .iter()
            .find(|i| i.unit == *last)?
            .prints
            .clone()?;
        (units.len() == 1 && prints.known().is_some()).then_some(prints)
    }

    /// Parses and walks an inner script with the state of the shell around it where it is run in it, else a copy.
    fn script(&mut self, text: &str, span: Span, invocation: &Invocation, state: &mut State) {
        let input = if invocation
            .binding
            .as_ref()
            .is_some_and(|b| b.form.is_some_and(|f| f.stdin() != Stdin::Data))
        {
            Input::Inherited
        } else {
            invocation.input.clone()
        };
        self.script_reading(text, span, input, invocation, state);
    }

    /// The same, with this as its standard input.
    fn script_reading(
        &mut self,
        text: &str,
        span: Span,
        input: Input,
        invocation: &Invocation,
        state: &mut State,
    ) {
        self.inner_bytes += text.len();
        if self.inner_bytes > self.limits.inner_bytes {
            return self.limit(span, "there is more inner code than is read");
        }
        let script: Script = parse(text);
        if !script.problems.is_empty() {
            self.note(
                invocation.unit,
                span,
                NoteKind::Unknown("the inner code could not be read"),
            );
        }
        let script = Rc::new(script);
        let same_shell = matches!(invocation.name.as_str(), "eval" | "trap" | "." | "source");
        let anchor = std::mem::replace(&mut self.anchor, Anchor::Fixed(span));
        let via = self.via.replace(invocation.unit);
        self.deeper(span, |walker| {
            if same_shell {
                walker.node(&script, script.body, state, &input);
            } else {
                // A new shell knows the directory and the exported variables. Which those are is not tracked, so what
                // was set here is not known there. Functions and aliases stay behind.
                let mut inner = State::new("/");
                inner.directory = state.directory.clone();
                inner.forget(state.variables.keys().cloned());
                inner.path_changed = state.path_changed;
                walker.node(&script, script.body, &mut inner, &input);
            }
        });
        self.anchor = anchor;
        self.via = via;
    }

    fn deeper(&mut self, span: Span, walk: impl FnOnce(&mut Self)) {
        if self.depth >= self.limits.depth {
            return self.limit(span, "commands are nested too deeply to be followed");
        }
        // An inner command costs more stack than a construct.
        self.depth += 4;
        walk(self);
        self.depth -= 4;
    }
}

/// Words joined by blanks, as `eval`, `ssh` and `watch` do.
fn joined(words: &[Value]) -> Value {
    let span = words
        .iter()
        .map(|w| w.span)
        .reduce(Span::to)
        .unwrap_or_default();
    let from: Vec<Unit> = words.iter().flat_map(|w| w.from.iter().copied()).collect();
    if words.iter().all(|w| w.known().is_some()) {
        let text = words
            .iter()
            .map(|w| w.text.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        Value {
            from,
            ..Value::exact(text, span)
        }
    } else {
        Value {
            from,
            ..Value::unknown(Why::Expansion, span)
        }
    }
}

/// The word with a placeholder replaced by something that stands for file names or input.
fn replaced(word: &Value, placeholder: &str, with: &Value) -> Value {
    let Some(text) = word.known() else {
        return word.clone();
    };
    let Some((before, after)) = text.split_once(placeholder) else {
        return word.clone();
    };
    let mut value = Value {
        span: word.span,
        many: false,
        ..with.clone()
    };
    if before.is_empty() && after.is_empty() {
        return value;
    }
    value.text = if before.is_empty() {
        value.text
    } else {
        before.to_owned()
    };
    value.knowledge = match value.knowledge {
        Knowledge::Name if before.is_empty() => Knowledge::Name,
        _ => Knowledge::Unknown(Why::Input),
    };
    value
}

/// Whether a word of this role holds or names code.
const fn is_code(role: Role) -> bool {
    matches!(
        role,
        Role::Shell
            | Role::Script
            | Role::CodeFile
            | Role::Code
            | Role::Sed
            | Role::Awk
            | Role::Jq
            | Role::Sql
            | Role::Python
            | Role::JavaScript
            | Role::Perl
            | Role::Ruby
            | Role::Program
    )
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit())
}
