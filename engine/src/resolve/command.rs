//! Simple commands: assignments, functions, the shell's own builtins, programs, and how a name becomes a program.

use super::argv::bind;
use super::state::{Directory, Function, State, normalise};
use super::value::Unit;
use super::value::{Knowledge, Value, Why};
use super::walk::{Input, Invocation, NoteKind, Walker};
use crate::shell::{AssignedValue, Run, Script, Span};
use guardian_rules::{Output, built_in};
use std::rc::Rc;

/// Folders whose programs are the system's: a path into one names the same program as the bare name.
const SYSTEM_FOLDERS: &[&str] = &[
    "/bin",
    "/usr/bin",
    "/sbin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/opt/homebrew/bin",
    "/usr/games",
];

impl Walker<'_> {
    /// Walks a simple command.
    pub(super) fn simple(
        &mut self,
        script: &Rc<Script>,
        (assignments, words, redirects): (Run, Run, Run),
        state: &mut State,
        input: &Input,
        span: Span,
    ) {
        let values: Vec<Value> = script
            .words_of(words)
            .iter()
            .flat_map(|word| self.expand(script, *word, state))
            .collect();
        let mut environment = Vec::new();
        for assignment in script.assignments_of(assignments) {
            let name = script.text(assignment.name).to_owned();
            let value = self.assigned(script, assignment.value, state);
            if let Some(subscript) = assignment.subscript {
                self.arithmetic(script, script.word(subscript), state);
            }
            let value = if assignment.append
                || assignment.subscript.is_some()
                || matches!(assignment.value, AssignedValue::Array(_))
            {
                Value {
                    from: value.from,
                    ..Value::unknown(Why::Expansion, self.span(assignment.span))
                }
            } else {
                value
            };
            if values.is_empty() || assignment.argument {
                self.note(
                    0,
                    self.span(assignment.span),
                    NoteKind::Assigned(name.clone(), value.clone(), state.exports_all),
                );
                self.assign(&name, value, state);
            } else {
                environment.push((name, value));
            }
        }
        // The command's number is free only once what its redirections run has been numbered.
        let pending = if values.is_empty() { 0 } else { Unit::MAX };
        let input = self.redirects(script, redirects, state, input, pending);
        let unit = self.next_unit();
        for note in self
            .out
            .notes
            .iter_mut()
            .filter(|note| note.unit == Unit::MAX)
        {
            note.unit = unit;
        }
        if values.is_empty() {
            return;
        }
        self.invoke(values, state, &input, environment, self.via, span);
    }

    fn next_unit(&self) -> Unit {
        Unit::try_from(self.out.invocations.len())
            .unwrap_or(Unit::MAX)
            .saturating_add(1)
    }

    fn assigned(&mut self, script: &Rc<Script>, value: AssignedValue, state: &mut State) -> Value {
        match value {
            AssignedValue::Word(Some(word)) => self.expand_quoted(script, script.word(word), state),
            AssignedValue::Word(None) => Value::exact("", Span::default()),
            AssignedValue::Array(run) => {
                let values: Vec<Value> = script
                    .words_of(run)
                    .iter()
                    .flat_map(|w| self.expand(script, *w, state))
                    .collect();
                let span = values.first().map(|v| v.span).unwrap_or_default();
                Value {
                    from: values.into_iter().flat_map(|v| v.from).collect(),
                    ..Value::unknown(Why::Expansion, span)
                }
            }
        }
    }

    /// Runs a command line whose words are expanded: a function, a builtin or a program.
    pub(super) fn invoke(
        &mut self,
        mut words: Vec<Value>,
        state: &mut State,
        input: &Input,
        environment: Vec<(String, Value)>,
        via: Option<Unit>,
        span: Span,
    ) {
        if words.is_empty() {
            return;
        }
        if self.next_unit() > self.limits.units {
            return self.limit(span, "there are more commands than are followed");
        }
        let program = words.remove(0);
        if let Some(function) = program
            .known()
            .and_then(|name| state.functions.get(name).cloned())
        {
            let name = program.text.clone();
            return self.call(&name, &function, words, state, input, span);
        }
        let unit = self.next_unit();
        let (name, file) = self.identify(&program, state);
        let known = name.as_deref().is_some_and(|n| !state.aliases.contains(n));
        let spec = name
            .as_deref()
            .filter(|_| known)
            .and_then(|n| built_in().program(n));
        let binding = spec.map(|spec| bind(spec, &words));
        let mut invocation = Invocation {
            unit,
            via,
            span,
            program,
            name: name.unwrap_or_default(),
            file,
            arguments: words,
            binding,
            directory: state.directory.clone(),
            input: input.clone(),
            environment,
            prints: None,
        };
        if !known && !invocation.name.is_empty() {
            self.note(
                unit,
                span,
                NoteKind::Unknown("an alias may stand for this name"),
            );
        }
        invocation.prints = self.prints(&invocation);
        self.out.invocations.push(invocation.clone());
        self.nested(&invocation, state);
        self.builtin(&invocation, state);
    }

    /// The name under which specs and rules know a program, and its file where that is its identity.
    fn identify(&self, program: &Value, state: &State) -> (Option<String>, Option<String>) {
        let Some(text) = program.known() else {
            return (None, None);
        };
        if text.is_empty() {
            return (None, None);
        }
        if text.contains('/') {
            let Some(path) = state.directory.join(text) else {
                return (None, Some(text.to_owned()));
            };
            return match path.rsplit_once('/') {
                Some((folder, name)) if SYSTEM_FOLDERS.contains(&folder) => {
                    (Some(name.to_owned()), None)
                }
                Some((_, name)) => (Some(name.to_owned()), Some(path.clone())),
                None => (None, Some(path)),
            };
        }
        if state.path_changed && !is_builtin(text) {
            return (
                Some(text.to_owned()),
                Some(format!("{text} on a changed PATH")),
            );
        }
        let found = if is_builtin(text) {
            None
        } else {
            self.facts.program(text)
        };
        let own = |path: &str| {
            let below = |root: &String| {
                !root.is_empty()
                    && path
                        .strip_prefix(root.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
            };
            self.workspace.roots.iter().any(below) || self.workspace.temporary.iter().any(below)
        };
        let file = found.filter(|path| own(path));
        (Some(text.to_owned()), file)
    }

    fn call(
        &mut self,
        name: &str,
        function: &Function,
        arguments: Vec<Value>,
        state: &mut State,
        input: &Input,
        span: Span,
    ) {
        if self.calls.iter().any(|active| active == name) {
            return self.note(0, span, NoteKind::Replicates);
        }
        if self.calls.len() > 16 {
            return self.limit(span, "functions call one another too deeply");
        }
        self.calls.push(name.to_owned());
        let saved = state.positional.replace(arguments);
        self.node(&function.script, function.body, state, input);
        state.positional = saved;
        self.calls.pop();
    }

    /// What a command prints, where its spec says so.
    fn prints(&self, invocation: &Invocation) -> Option<Value> {
        let binding = invocation.binding.as_ref()?;
        if invocation.file.is_some() || binding.info {
            return None;
        }
        let span = invocation.span;
        match binding.form?.output() {
            Output::Text => None,
            Output::Operands => {
                let words: Option<Vec<&str>> =
                    invocation.arguments.iter().map(Value::known).collect();
                // With an option or an escape what is printed is something else.
                let text = words
                    .filter(|w| !w.first().is_some_and(|f| f.starts_with('-')))?
                    .join(" ");
                (!text.contains('\\')).then(|| Value::exact(text, span))
            }
            Output::Paths | Output::Ids => Some(Value {
                knowledge: Knowledge::Path,
                many: true,
                ..Value::exact("", span)
            }),
            Output::Names => {
                let first = binding
                    .operands
                    .iter()
                    .find(|(_, role)| *role != guardian_rules::Role::Literal);
                let text = match first.and_then(|(i, _)| invocation.arguments.get(*i)) {
                    None => String::new(),
                    Some(value) => value.text.clone(),
                };
                Some(Value {
                    knowledge: Knowledge::Name,
                    many: true,
                    ..Value::exact(text, span)
                })
            }
            Output::Filter => match &invocation.input {
                Input::Pipe(units)
                    if binding
                        .operands
                        .iter()
                        .all(|(_, role)| *role == guardian_rules::Role::Literal) =>
                {
                    let last = units.last()?;
                    self.out
                        .invocations
                        .iter()
                        .find(|i| i.unit == *last)?
                        .prints
                        .clone()
                }
                _ => None,
            },
        }
    }

    /// What builtins do to the shell's own state.
    fn builtin(&mut self, invocation: &Invocation, state: &mut State) {
        let operand = |n: usize| {
            let operands = &invocation.binding.as_ref()?.operands;
            invocation.arguments.get(operands.get(n)?.0)
        };
        match invocation.name.as_str() {
            "cd" | "pushd" => {
                let target = operand(0).cloned();
                state.directory = match target {
                    None => Directory::Known(self.workspace.home.clone()),
                    Some(value) => match value.known() {
                        Some("-") | None => Directory::Unknown,
                        Some(_) if value.text.starts_with(['+', '-']) => Directory::Unknown,
                        Some(path) => state
                            .directory
                            .join(path)
                            .map_or(Directory::Unknown, |p| Directory::Known(normalise(&p))),
                    },
                };
            }
            "popd" => state.directory = Directory::Unknown,
            "read" | "mapfile" | "readarray" | "getopts" => self.read_into(invocation, state),
            "printf" | "let" | "wait" | "unset" => state.forget(words_as_names(invocation)),
            "export" | "declare" | "typeset" | "local" | "readonly" => {
                self.declare(invocation, state)
            }
            "alias" => {
                let names: Vec<String> = words_as_names(invocation).collect();
                state.aliases.extend(names);
            }
            "set" => {
                for argument in &invocation.arguments {
                    match argument.known() {
                        Some(text)
                            if text.starts_with('-')
                                && !text.starts_with("--")
                                && text.contains('a') =>
                        {
                            state.exports_all = true
                        }
                        Some("allexport") => state.exports_all = true,
                        Some(text) if text.starts_with(['-', '+']) => {}
                        _ => state.positional = None,
                    }
                }
            }
            "shift" => state.positional = None,
            "enable" | "hash" => state.path_changed = true,
            _ => {}
        }
    }

    fn read_into(&self, invocation: &Invocation, state: &mut State) {
        let value = match &invocation.input {
            Input::Pipe(units) => {
                let printed = units.last().and_then(|last| {
                    self.out
                        .invocations
                        .iter()
                        .find(|i| i.unit == *last)?
                        .prints
                        .clone()
                });
                let from = units.clone();
                match printed {
                    Some(printed) => Value {
                        many: false,
                        from,
                        span: invocation.span,
                        ..printed
                    },
                    None => Value {
                        from,
                        ..Value::unknown(Why::Input, invocation.span)
                    },
                }
            }
            _ => Value::unknown(Why::Input, invocation.span),
        };
        let names: Vec<String> = words_as_names(invocation)
            .chain([
                "REPLY".to_owned(),
                "MAPFILE".to_owned(),
                "OPTARG".to_owned(),
            ])
            .collect();
        for name in names {
            state.variables.insert(name, value.clone());
        }
    }

    fn declare(&mut self, invocation: &Invocation, state: &mut State) {
        let flags = |letter: char| {
            invocation
                .arguments
                .iter()
                .filter_map(Value::known)
                .any(|t| t.starts_with('-') && t.contains(letter))
        };
        let exports = invocation.name == "export" || flags('x');
        if flags('i') || flags('n') {
            let harmless = invocation
                .arguments
                .iter()
                .all(|a| a.known().is_some_and(|t| !t.contains(['[', '$', '`'])));
            if !harmless || flags('n') {
                self.note(
                    invocation.unit,
                    invocation.span,
                    NoteKind::Evaluates("an integer or reference variable evaluates its value"),
                );
            }
        }
        for argument in &invocation.arguments {
            if argument.known().is_some_and(|t| t.starts_with('-')) {
                continue;
            }
            let name = argument
                .text
                .split(['=', '+', '['])
                .next()
                .unwrap_or_default()
                .to_owned();
            match (argument.known(), argument.text.split_once('=')) {
                (Some(_), Some((_, text))) => {
                    let value = Value {
                        text: text.to_owned(),
                        ..argument.clone()
                    };
                    self.note(
                        invocation.unit,
                        argument.span,
                        NoteKind::Assigned(name.clone(), value.clone(), exports),
                    );
                    self.assign(&name, value, state);
                }
                (None, Some(_)) => {
                    let value = Value {
                        from: argument.from.clone(),
                        ..Value::unknown(Why::Expansion, argument.span)
                    };
                    self.note(
                        invocation.unit,
                        argument.span,
                        NoteKind::Assigned(name.clone(), value.clone(), exports),
                    );
                    self.assign(&name, value, state);
                }
                _ if exports => {
                    let value = state
                        .variables
                        .get(&name)
                        .cloned()
                        .unwrap_or_else(|| Value::unknown(Why::Variable, argument.span));
                    self.note(
                        invocation.unit,
                        argument.span,
                        NoteKind::Assigned(name, value, true),
                    );
                }
                _ => {}
            }
        }
    }
}

fn words_as_names(invocation: &Invocation) -> impl Iterator<Item = String> {
    invocation.arguments.iter().filter_map(|a| {
        a.known()
            .map(|t| t.split('=').next().unwrap_or(t).to_owned())
    })
}

/// Whether bash finds the name before it looks at `PATH` (bash manual, "Shell Builtin Commands").
fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        ":" | "."
            | "["
            | "alias"
            | "bg"
            | "bind"
            | "break"
            | "builtin"
            | "caller"
            | "cd"
            | "command"
            | "compgen"
            | "complete"
            | "compopt"
            | "continue"
            | "declare"
            | "dirs"
            | "disown"
            | "echo"
            | "enable"
            | "eval"
            | "exec"
            | "exit"
            | "export"
            | "false"
            | "fc"
            | "fg"
            | "getopts"
            | "hash"
            | "help"
            | "history"
            | "jobs"
            | "kill"
            | "let"
            | "local"
            | "logout"
            | "mapfile"
            | "popd"
            | "printf"
            | "pushd"
            | "pwd"
            | "read"
            | "readarray"
            | "readonly"
            | "return"
            | "set"
            | "shift"
            | "shopt"
            | "source"
            | "suspend"
            | "test"
            | "times"
            | "trap"
            | "true"
            | "type"
            | "typeset"
            | "ulimit"
            | "umask"
            | "unalias"
            | "unset"
            | "wait"
    )
}
