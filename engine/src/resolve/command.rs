//! Simple commands: assignments, functions, the shell's own builtins, programs, and how a name becomes a program.

use super::argv::bind_in;
use super::identify::{ONLY_BASH, is_builtin};
use super::nested::kept;
use super::redirect::redirects_output;
use super::resolution::{Input, Invocation, NoteKind};
use super::state::{Callable, Fields, State};
use super::value::{HOLE, Unit, Value};
use super::walker::{ANYTHING, Call, Failed, Shell, Walker};
use super::zsh::matters_little;
use crate::shell::{AssignedValue, NodeId, NodeKind, Part, PartKind, Run, Script, Span, Word, declares};
use guardian_rules::Role;
use std::borrow::Cow;
use std::rc::Rc;

/// The state in which a temporary file was not made, where an assignment of its name succeeds only if it was: the other state
/// knows from then on that it is there.
fn unless_made(script: &Script, assignments: Run, state: &mut State) -> Failed {
    let [assignment] = script.assignments_of(assignments) else { return None };
    let AssignedValue::Word(Some(word)) = assignment.value else { return None };
    let [Part { kind: PartKind::Command { body }, .. }] = script.parts_of(script.word(word)) else { return None };
    let name = script.text(assignment.name);
    state.variable(name).filter(|variable| variable.value.is_made())?;
    if !is_one_program(script, *body, state) {
        return None;
    }
    let failed = Box::new(state.clone());
    let variable = state.variables.make_mut().get_mut(name)?;
    Rc::make_mut(&mut variable.value).there = true;
    Some(failed)
}

/// Whether what stands in a substitution is one program, whose success is that of the whole.
fn is_one_program(script: &Script, body: NodeId, state: &State) -> bool {
    match &script.node(body).kind {
        NodeKind::List { items } => match script.children_of(*items) {
            [only] => is_one_program(script, *only, state),
            _ => false,
        },
        NodeKind::Simple { words, .. } => {
            let name = script.words_of(*words).first().and_then(|word| word.bare(script));
            name.is_some_and(|name| !state.functions.contains_key(name) && !state.aliases.contains_key(name))
        }
        _ => false,
    }
}

/// Whether a word is written as an assignment of which the shell neither makes several nor looks for files.
fn assigns(script: &Script, word: Word) -> bool {
    let parts = script.parts_of(word);
    let name = match parts.first().map(|part| (part.kind, part.quoted)) {
        Some((PartKind::Literal(text), false)) => script.text(text).split_once('=').map(|(name, _)| name),
        _ => None,
    };
    let single = |part: &Part| !matches!(part.kind, PartKind::Braces { .. } | PartKind::Glob(_) | PartKind::Unknown);
    name.is_some_and(super::code::is_name) && parts.iter().all(single)
}

/// Functions may call one another so deeply.
const MOST_CALLS: usize = 16;

impl Walker<'_> {
    /// Walks a simple command.
    pub(super) fn simple(
        &mut self,
        script: &Rc<Script>,
        (assignments, words, redirects): (Run, Run, Run),
        state: &mut State,
        input: &Input,
        span: Span,
    ) -> Failed {
        let fed = self.fed.len();
        let mut values = self.buffers.words();
        values.reserve(script.words_of(words).len());
        let before = (self.out.notes.len(), self.out.invocations.len());
        let several = self.several.len();
        let mut declared = None;
        for &word in script.words_of(words) {
            let start = values.len();
            if declared == Some(true) && assigns(script, word) {
                values.push(self.expand_quoted(script, word, state));
            } else if self.expand_onto(script, word, state, &mut values) && start > 0 {
                self.several.push((word, start..values.len()));
            }
            declared = declared.or_else(|| values.first().map(|name| name.known().is_some_and(declares)));
        }
        let unsplit = if self.several.len() == several { None } else { self.unsplit(script, &values, several, state) };
        self.tests_quietly(before, &values, state);
        let environment = self.assigned_before(script, assignments, &values, state);
        // The command's number is free only once what its redirections run has been numbered.
        let pending = if values.is_empty() { 0 } else { Unit::MAX };
        let notes = self.out.notes.len();
        let own = self.redirects(script, redirects, state, input, pending);
        let redirected = notes..self.out.notes.len();
        let unit = self.unit_noted(notes, state);
        if values.is_empty() {
            self.paged_by_zsh(script, (assignments, redirects), span);
            let nothing = redirects_nothing(script, redirects);
            let failed = self.prints_redirected(nothing, redirected, (unit, span), state, &own);
            return failed.or_else(|| unless_made(script, assignments, state));
        }
        self.spelled(script, words, &values, unit);
        let call = Call {
            words: values,
            environment,
            via: self.within.via,
            span,
            plain: true,
            in_shell: true,
            own_input: matches!(own, Cow::Owned(_)) && *own != *input,
            unsplit: None,
        };
        let name = call.words.first().and_then(Value::known).filter(|name| *name == "exec").map(str::to_owned);
        let failed = self.invoke(call, state, &own);
        if let Some(unsplit) = unsplit {
            self.unsplit_by_zsh(*unsplit, (unit, span), state, &own);
        }
        self.feed(fed, unit, &own, state);
        if redirects_output(script, redirects) {
            self.follow_output(name.as_deref(), unit, Some(redirected.clone()));
            self.remember(&[unit], redirected);
            self.printing.push(ANYTHING);
        } else if !self.files.opened.is_empty() {
            self.follow_output(name.as_deref(), unit, None);
        }
        failed
    }

    /// The command's number, for what its redirections noted as well.
    fn unit_noted(&mut self, notes: usize, state: &mut State) -> Unit {
        let unit = self.next_unit();
        for note in self.out.notes.iter_mut().skip(notes).filter(|note| note.unit == Unit::MAX) {
            note.unit = unit;
        }
        if state.connections.contains(&Unit::MAX) {
            state.connections.make_mut().iter_mut().filter(|u| **u == Unit::MAX).for_each(|u| *u = unit);
        }
        unit
    }

    /// A command of redirections alone: `$(< file)` prints the file. What the script itself has put there is known, and the
    /// shell does with it what `cat` does.
    fn prints_redirected(
        &mut self,
        nothing: bool,
        notes: std::ops::Range<usize>,
        (unit, span): (Unit, Span),
        state: &mut State,
        input: &Input,
    ) -> Failed {
        if self.reads_made(notes.clone()) {
            self.out.notes.iter_mut().skip(notes.start).for_each(|note| note.unit = unit);
            let words = vec![Value::exact("cat", span)];
            return self.invoke(Call { in_shell: true, ..Call::process(words, self.within.via, span) }, state, input);
        }
        if !nothing {
            self.printing.push(ANYTHING);
        }
        None
    }

    pub(super) fn next_unit(&self) -> Unit {
        Unit::try_from(self.out.invocations.len()).unwrap_or(Unit::MAX).saturating_add(1)
    }

    /// Runs a command line whose words are expanded: a function, a builtin or a program.
    pub(super) fn invoke(&mut self, mut call: Call, state: &mut State, input: &Input) -> Failed {
        if call.words.is_empty() || self.limited() {
            return None;
        }
        if self.next_unit() > self.limits.units {
            self.limit(call.span, "there are more commands than are followed");
            return None;
        }
        let program = call.words.remove(0);
        if call.plain {
            self.traps.uses(&program);
        }
        if call.plain
            && let Some(callable) = program.known().and_then(|name| state.functions.get(name)).cloned()
        {
            let name = program.text.clone();
            let program_too = !callable.certain;
            let mut after = state.clone();
            if !program_too {
                return self.call(&name, &callable, &call, state, input);
            }
            self.perhaps(|walker| walker.call(&name, &callable, &call, &mut after, input));
            // It may be the program as well.
            let failed = self.run(program, call, state, input);
            state.join(&after);
            return failed;
        }
        self.run(program, call, state, input)
    }

    /// Runs a builtin or program.
    fn run(&mut self, program: Value, call: Call, state: &mut State, input: &Input) -> Failed {
        let Call { words, mut environment, via, span, plain, in_shell, own_input, unsplit } = call;
        let unit = self.next_unit();
        let (name, file) = self.identify(&program, &environment, state);
        let alias = name.as_deref().filter(|_| plain).and_then(|n| state.aliases.get(n)).cloned();
        let spec = name.as_deref().and_then(|n| self.specs.program(n));
        let binding = spec.map(|spec| bind_in(spec, &words, self.buffers.options()));
        if unsplit.is_some_and(|behind| matters_little(binding.as_ref(), behind)) {
            return None;
        }
        if let Some(binding) = binding.as_ref().filter(|it| it.value_roles.have(Role::Assignment)) {
            environment.extend(kept(binding));
        }
        let apart = self.is_apart() && name.as_deref().is_some_and(is_builtin);
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
            in_shell,
            apart,
        };
        invocation.prints = self.prints(&invocation, state);
        let invocation = self.buffers.invocation(invocation);
        self.out.invocations.push(Rc::clone(&invocation));
        if let Some(file) = self.within.file {
            self.out.project.insert(unit, file);
        }
        self.printing.push(unit);
        if let Some(text) = alias {
            self.note(unit, span, NoteKind::Unknown("an alias may stand for this name"));
            self.aliased(text, &invocation, state);
        }
        if in_shell && self.within.shell == Shell::Posix && ONLY_BASH.contains(&invocation.name.as_str()) {
            self.note(unit, span, NoteKind::Unknown("a shell that is not bash may not have this builtin"));
        }
        if !state.functions.is_empty() && may_call_back(&invocation, state) {
            self.functions.calls_back = true;
        }
        self.vanishing(&invocation, state);
        self.guessed(&invocation, state);
        let saved = self.lend(&invocation, state);
        self.nested(&invocation, state);
        give_back(saved, &invocation, state);
        self.copied(&invocation);
        if in_shell && invocation.file.is_none() {
            return self.builtin(&invocation, state, own_input);
        }
        None
    }

    /// What the alias stands for, with the words behind it.
    fn aliased(&mut self, text: Option<String>, invocation: &Invocation, state: &State) {
        let Some(mut text) = text else { return };
        for argument in &invocation.arguments {
            text.push(' ');
            text.push_str(argument.known().unwrap_or(HOLE));
        }
        self.script(&text, invocation.span, invocation, &mut state.clone());
    }

    /// Variables in front of code that this shell runs hold while it runs.
    fn lend(&mut self, invocation: &Invocation, state: &mut State) -> Option<State> {
        if !invocation.in_shell || invocation.environment.is_empty() || !is_builtin(&invocation.name) {
            return None;
        }
        let saved = state.clone();
        for (name, value) in &invocation.environment {
            self.assign(name, value.clone(), state, invocation.unit);
        }
        Some(saved)
    }

    fn call(&mut self, name: &str, callable: &Callable, call: &Call, state: &mut State, input: &Input) -> Failed {
        self.functions.called.insert(name.to_owned());
        let active = self.functions.active.iter().filter(|(active, _)| active == name).count();
        if let Some((_, forks)) = self.functions.active.iter().find(|(active, _)| active == name)
            && self.around.forks > *forks
        {
            self.note(0, call.span, NoteKind::Replicates);
            return None;
        }
        if active > 1 {
            self.note(0, call.span, NoteKind::Unknown("a function calls itself"));
            state.forget_all();
            return None;
        }
        if self.functions.active.len() > MOST_CALLS {
            self.limit(call.span, "functions call one another too deeply");
            return None;
        }
        let outside = state.clone();
        for (name, value) in &call.environment {
            self.assign(name, value.clone(), state, 0);
        }
        state.positional = Some(Rc::new(call.words.clone()));
        self.functions.active.push((name.to_owned(), self.around.forks));
        let loops = std::mem::take(&mut self.around.loops);
        let locals = self.functions.locals.len();
        let mark = self.mark();
        let mut joined: Option<State> = None;
        for function in &callable.definitions {
            let mut inside = state.clone();
            let failed = self.node(&function.script, function.body, &mut inside, input);
            if let Some(failed) = failed {
                inside.join(&failed);
            }
            self.land_all(mark, &mut inside);
            match &mut joined {
                Some(joined) => joined.join(&inside),
                None => joined = Some(inside),
            }
        }
        if let Some(joined) = joined {
            *state = joined;
        }
        self.around.loops = loops;
        self.functions.active.pop();
        state.positional = outside.positional.clone();
        let names = self.functions.locals.split_off(locals);
        restore_locals(&names, &outside, state);
        if !call.environment.is_empty() {
            // Whether they stay when a function ends is left to the shell. (POSIX, "Simple Commands")
            let inside = state.clone();
            let names: Vec<String> = call.environment.iter().map(|(name, _)| name.clone()).collect();
            restore_locals(&names, &outside, state);
            state.join(&inside);
        }
        None
    }

    /// Functions that are called by names which are not in sight, at the end.
    pub(super) fn hidden_functions(&mut self, state: &State) {
        self.late_files();
        self.late_functions(state);
        let mut waiting = state.functions.keys().filter(|name| !self.functions.called.contains(&***name));
        if !self.functions.calls_back {
            if waiting.next().is_some() {
                self.note(0, Span::default(), NoteKind::State("a function that nothing here calls"));
            }
            return;
        }
        let mut names: Vec<Rc<str>> = waiting.cloned().collect();
        names.sort();
        for name in names {
            let Some(callable) = state.functions.get(&name).cloned() else {
                continue;
            };
            for function in callable.definitions {
                let mut inside = state.clone();
                inside.forget_all();
                self.node(&function.script, function.body, &mut inside, &Input::Inherited);
            }
        }
    }

    /// Functions that a trap calls although they were defined only behind it. Nothing is known of what holds then.
    fn late_functions(&mut self, state: &State) {
        let mut waiting = self.traps.take_late();
        if waiting.is_empty() {
            return;
        }
        let mut around = state.clone();
        around.forget_all();
        around.dead = false;
        self.traps.enter();
        for (name, function) in &waiting {
            around.functions.make_mut().entry(Rc::clone(name)).or_default().add(function);
        }
        // Walking one may show names that others are called by.
        while let Some(at) = waiting.iter().position(|(name, _)| self.traps.is_used(name)) {
            let (name, function) = waiting.swap_remove(at);
            let (mut inside, mark) = (around.clone(), self.mark());
            self.functions.active.push((name.to_string(), self.around.forks));
            self.node(&function.script, function.body, &mut inside, &Input::Inherited);
            self.land_all(mark, &mut inside);
            self.functions.active.pop();
        }
        self.traps.leave();
    }
}

/// What was local to the function is again what it was outside.
fn restore_locals(names: &[String], outside: &State, state: &mut State) {
    for name in names {
        let same = match (state.variable(name), outside.variable(name)) {
            (Some(inside), Some(before)) => Rc::ptr_eq(&inside.value, &before.value),
            (None, None) => true,
            _ => false,
        };
        if !same {
            state.forget([name.as_str()]);
            if name == "IFS" && state.fields != outside.fields {
                state.fields = Fields::Unknown;
            }
        }
    }
}

/// Whether no file is read or written by redirections.
fn redirects_nothing(script: &Script, run: Run) -> bool {
    script.redirects_of(run).is_empty()
}

/// Takes back the variables in front of code that this shell has run. Special builtins keep them in POSIX mode, others in
/// none. (POSIX.1-2017, "Special Built-In Utilities")
fn give_back(saved: Option<State>, invocation: &Invocation, state: &mut State) {
    const ORDINARY: &[&str] =
        &["[", "echo", "false", "mapfile", "printf", "pwd", "read", "readarray", "test", "true", "type"];
    match saved {
        Some(saved) if ORDINARY.contains(&invocation.name.as_str()) => *state = saved,
        Some(saved) => state.join(&saved),
        None => {}
    }
}

/// Whether a command of this shell may call a function: its name is not known, or a builtin is told the name of one.
fn may_call_back(invocation: &Invocation, state: &State) -> bool {
    let unnamed = invocation.name.is_empty() && invocation.file.is_none();
    let told = |word: &Value| word.known().is_some_and(|name| state.functions.contains_key(name));
    let tells = || matches!(invocation.name.as_str(), "unset" | "declare" | "typeset" | "type" | "command" | "local");
    invocation.in_shell && (unnamed || invocation.arguments.iter().any(told) && !tells())
}
