//! What builtins do to the shell's own state. Their names are the language's, so they are matched here and nowhere else.

use super::arrays::makes_associative;
use super::beside::{lines_given, words_given};
use super::code::is_name;
use super::limit::MORE_ALIASES;
use super::positional::{set, shift, shopt};
use super::resolution::{Input, Invocation, NoteKind, Piped};
use super::state::{Directory, Fields, State, Variable};
use super::value::{Knowledge, Value, Why};
use super::walker::{Failed, Shell, Walker};
use crate::facts::Links;
use crate::shell::Span;
use guardian_rules::paths::is_pattern;
use guardian_rules::{Property, Role};
use std::rc::Rc;

/// What a declaration makes of a variable.
#[derive(Clone, Copy)]
struct Declared {
    /// Programs see it.
    exports: bool,
    /// What it is given is not what it holds: a number, or letters of another case.
    changes: bool,
}

impl Walker<'_> {
    /// What a builtin does to the shell; gives the state behind its failure where that is another one.
    pub(super) fn builtin(&mut self, invocation: &Invocation, state: &mut State, own_input: bool) -> Failed {
        self.flow.ends += u32::from(matches!(invocation.name.as_str(), "wait" | "exit" | "return" | "break"));
        match invocation.name.as_str() {
            "cd" | "pushd" | "popd" => {
                return Some(Box::new(self.change_directory(invocation, state)));
            }
            "read" => self.read_into(invocation, state, own_input),
            "mapfile" | "readarray" | "getopts" | "printf" | "wait" => self.named(invocation, state),
            "let" => {
                for argument in &invocation.arguments {
                    self.evaluated(argument, state);
                }
            }
            "unset" => {
                for name in words_as_names(invocation) {
                    if let Some(callable) = state.functions.make_mut().get_mut(name.as_str()) {
                        callable.certain = false;
                    }
                }
                self.named(invocation, state);
            }
            "export" | "declare" | "typeset" | "local" | "readonly" => self.declare(invocation, state),
            "alias" => self.alias(invocation, state),
            "set" => {
                set(invocation, state);
                self.set_by_fish(invocation);
            }
            "shopt" => shopt(invocation, state),
            "shift" => shift(invocation, state),
            "enable" => state.path_changed = true,
            "hash" => {
                state.path_changed = true;
                self.hashed(invocation, state);
            }
            "exit" => state.dead = !state.path_changed,
            "return" if !self.functions.active.is_empty() => self.jump(state),
            "break" | "continue" if self.around.loops > 0 => self.jump(state),
            _ => {}
        }
        None
    }

    fn jump(&mut self, state: &mut State) {
        Self::keep(&mut self.flow.jumps, state);
        state.dead = !state.path_changed;
    }

    /// `cd`, `pushd`, `popd`: gives the state where it fails, which is the old one.
    fn change_directory(&self, invocation: &Invocation, state: &mut State) -> State {
        let before = state.clone();
        let operand = invocation.binding.as_ref().and_then(|b| invocation.arguments.get(b.operands.first()?.0));
        let popped = match (invocation.name.as_str(), operand) {
            ("popd", None) => state.stack.as_mut().and_then(Vec::pop),
            _ => None,
        };
        let target = match (invocation.name.as_str(), operand) {
            ("popd", None) => popped.unwrap_or(Directory::Unknown),
            ("popd", Some(_)) | ("pushd", None) => Directory::Unknown,
            (_, None) => match state.variable("HOME") {
                Some(home) => home.value.known().map_or(Directory::Unknown, |path| state.directory.at(path)),
                None => Directory::Known(self.workspace.home.as_str().into()),
            },
            (_, Some(value)) => self.destination(value, state),
        };
        if invocation.name == "pushd" {
            match &mut state.stack {
                Some(stack) if target != Directory::Unknown => stack.push(state.directory.clone()),
                _ => state.stack = None,
            }
        }
        let unlisted = invocation.binding.as_ref().is_some_and(|b| !b.problems.is_empty() || b.operands.len() > 1);
        state.previous = std::mem::replace(&mut state.directory, target);
        if unlisted || state.volatile {
            state.directory = Directory::Unknown;
        }
        before
    }

    fn destination(&self, value: &Value, state: &State) -> Directory {
        match value.known() {
            Some("-") => state.previous.clone(),
            Some("") => state.directory.clone(),
            Some(text) if text.starts_with(['+', '-']) => Directory::Unknown,
            // A new temporary folder; or nothing, where none could be made.
            None if value.is_made() && !(value.many && value.split) => {
                let mut one = state.directory.at(&value.text);
                if !value.there {
                    one.join_with(&state.directory);
                }
                // No word at all leads home.
                if value.many {
                    one.join_with(&Directory::Known(self.workspace.home.as_str().into()));
                }
                one
            }
            Some(path) => {
                // `CDPATH` is searched for a name that does not begin with a dot or slash.
                let searched = !path.starts_with(['/', '.']) && state.variable("CDPATH").is_some();
                if searched { Directory::Unknown } else { state.directory.at(path) }
            }
            None => self.matching(value, state).unwrap_or(Directory::Unknown),
        }
    }

    /// One of the folders that a pattern matches, where it names one word and no link is among them.
    fn matching(&self, value: &Value, state: &State) -> Option<Directory> {
        let text = value.text.trim_end_matches('/');
        let odd = |part: &str| part == ".." || part.contains("**") || part.starts_with('.') && is_pattern(part);
        let one = value.knowledge == Knowledge::Pattern && !value.many && !value.is_made();
        // `-` alone leads back, and `-P` home.
        let option = value.may_be_option() && !value.text.ends_with('/');
        let searched = !text.starts_with(['/', '.']) && state.variable("CDPATH").is_some();
        if !one || option || searched || text.contains(['[', '(', '?', '\\']) || text.split('/').any(odd) {
            return None;
        }
        let path = state.directory.reach(text)?;
        let plain = self.facts.links(&path)? == Links::To(Vec::new()) && self.files.links.is_empty();
        plain.then(|| Directory::Matched(path.as_str().into()))
    }

    /// Builtins that fill variables which they are given the names of.
    fn named(&mut self, invocation: &Invocation, state: &mut State) {
        let sets = |text: &str| {
            let name =
                text.split(['[', '=', '+', '-', '*', '/', '%', '<', '>', '&', '^', '|', ' ']).next().unwrap_or(text);
            is_name(name).then(|| name.to_owned())
        };
        let number = invocation.name == "wait";
        let names: Vec<String> = invocation.arguments.iter().filter_map(Value::known).filter_map(sets).collect();
        let from = invocation.input.units().to_vec();
        for name in names {
            let lines = || lines_given(invocation);
            let mut value = if number { Value::number(invocation.span) } else { lines() };
            value.from.clone_from(&from);
            if invocation.name == "getopts" {
                self.told_to_zsh(&name, &Variable::of(value.clone()), state);
            }
            if state.variable(&name).is_some() || invocation.name != "printf" {
                self.integer(&name, &value, state);
                Self::silent(&name, value, state);
            }
        }
        self.lines_of(invocation, state);
        self.printed_into(invocation, state);
        for name in ["MAPFILE", "OPTARG", "OPTIND"] {
            if state.variable(name).is_some() || invocation.name != "printf" {
                let value = match name {
                    "OPTIND" => Value::number(invocation.span),
                    _ => Value { from: from.clone(), ..lines_given(invocation) },
                };
                Self::silent(name, value, state);
            }
        }
        // A name that is not known may be any.
        let unknown = |v: &Value| v.known().is_none() && v.knowledge != Knowledge::Number;
        if invocation.name != "printf" && invocation.name != "wait" && invocation.arguments.iter().any(unknown) {
            state.forget_all();
        }
    }

    /// `printf -v NAME`: what else `printf` has are words that it prints.
    fn printed_into(&mut self, invocation: &Invocation, state: &mut State) {
        let Some(binding) = invocation.binding.as_ref().filter(|_| invocation.name == "printf") else { return };
        let names = binding.options.iter().filter(|bound| bound.role == Some(Role::Variable));
        for name in names.filter_map(|bound| bound.value.as_ref()) {
            let from = invocation.arguments.iter().flat_map(|v| v.from.iter().copied()).collect();
            let printed = self.formatted(invocation, &binding.operands);
            let sketch = printed.map(|printed| printed.outline().into());
            let value = Value { from, sketch, ..Value::unknown(Why::Input, invocation.span) };
            match name.known() {
                Some(name) => {
                    let name = name.split('[').next().unwrap_or(name);
                    self.assign(name, value, state, invocation.unit);
                }
                None => state.forget_all(),
            }
        }
    }

    /// Sets a variable where a note says so already, or the name is only suspected.
    fn silent(name: &str, value: Value, state: &mut State) {
        let before = state.variable(name).cloned();
        let variable = Variable {
            exported: before.as_ref().is_some_and(|v| v.exported),
            peculiar: before.is_some_and(|v| v.peculiar),
            ..Variable::of(value)
        };
        if name == "IFS" {
            state.fields = Fields::Unknown;
        }
        if name == "PATH" {
            state.path_changed = true;
        }
        state.variables.make_mut().insert(name.into(), variable);
    }

    fn read_into(&mut self, invocation: &Invocation, state: &mut State, own_input: bool) {
        let from = invocation.input.units().to_vec();
        let operands = invocation.binding.iter().flat_map(|binding| binding.operands_in(&invocation.arguments));
        let operands: Vec<&Value> = operands.map(|(_, word)| word).collect();
        let value = self.line(invocation, operands.len(), own_input);
        let value = Value { from, span: invocation.span, ..value };
        let unknown = Value { from: value.from.clone(), ..words_given(invocation) };
        if operands.is_empty() {
            self.assign("REPLY", value, state, invocation.unit);
        } else {
            let led = operands.len() > 1 && is_led(invocation, state);
            for (at, name) in operands.into_iter().enumerate() {
                let Some(name) = name.known().filter(|name| is_name(name)) else { continue };
                let value = match at {
                    0 if led => Value { knowledge: Knowledge::Id, ..unknown.clone() },
                    _ => value.clone(),
                };
                self.assign(name, value, state, invocation.unit);
            }
        }
        for pair in invocation.arguments.windows(2) {
            if let [option, name] = pair
                && option.known().is_some_and(|t| t.starts_with('-') && t.ends_with('a'))
                && name.known().is_some_and(is_name)
            {
                self.assign(&name.text, unknown.clone(), state, invocation.unit);
            }
        }
        if invocation.arguments.iter().any(|v| v.known().is_none()) {
            state.forget_all();
        }
    }

    /// `mapfile -t NAME`, where what comes in are names that a command lists: each element is one.
    fn lines_of(&self, invocation: &Invocation, state: &mut State) {
        let [option, name] = invocation.arguments.as_slice() else { return };
        let Input::Pipe(piped) = &invocation.input else { return };
        let listed = piped.prints.as_ref().filter(|printed| is_listed(printed) && !printed.split);
        let (Some(printed), Some("-t"), Some(name)) = (listed, option.known(), name.known()) else { return };
        if matches!(invocation.name.as_str(), "mapfile" | "readarray")
            && let Some(variable) = state.variables.make_mut().get_mut(name)
        {
            let element = Value { many: true, from: piped.units.clone(), ..printed.clone() };
            variable.elements = Some(std::rc::Rc::new(vec![element]));
        }
    }

    /// What `read` puts into its variables.
    fn line(&self, invocation: &Invocation, operands: usize, own_input: bool) -> Value {
        let plain = invocation.arguments.iter().all(|a| !a.text.starts_with('-') || a.known() == Some("-r"));
        let whole = !invocation.binding.as_ref().is_some_and(|binding| binding.has(Property::Foreign));
        let default = invocation.environment.iter().all(|(name, value)| name == "IFS" && value.known() == Some(""));
        match &invocation.input {
            // The first line, where nobody else reads from there.
            Input::Text(value)
                if own_input
                    && self.around.loops == 0
                    && plain
                    && default
                    && operands == 1
                    && value.knowledge == Knowledge::Exact
                    && !value.text.contains(['\n', '\\']) =>
            {
                Value { text: value.text.trim().into(), many: false, ..value.clone() }
            }
            // Lines of what a command lists: each is one of its names.
            Input::Text(value) if operands <= 1 && whole && is_listed(value) => value.single(),
            Input::Pipe(piped) if operands <= 1 => match &piped.prints {
                Some(printed) if !whole => Value { many: false, ..part_of(printed, invocation.span) },
                Some(printed) if printed.knowledge != Knowledge::Exact => printed.single(),
                Some(printed) => one_of(printed, invocation.span),
                None => Value::unknown(Why::Input, invocation.span),
            },
            Input::Text(text) if operands <= 1 => one_of(text, invocation.span),
            // A part of a line.
            Input::Text(text) => Value { many: false, ..part_of(text, invocation.span) },
            Input::Pipe(Piped { prints: Some(printed), .. }) => {
                Value { many: false, ..part_of(printed, invocation.span) }
            }
            _ => Value::unknown(Why::Input, invocation.span),
        }
    }

    fn alias(&mut self, invocation: &Invocation, state: &mut State) {
        for argument in &invocation.arguments {
            let (name, text) = argument.text.split_once('=').unwrap_or((argument.text.as_str(), ""));
            if self.traps.is_used(name) {
                let text = argument.known().map_or_else(|| argument.clone(), |_| Value::exact(text, argument.span));
                self.code(Role::Callback, &text, invocation, &mut state.clone());
            }
        }
        if state.aliases.len() > self.limits.names {
            return self.limit(invocation.span, MORE_ALIASES);
        }
        let aliases = state.aliases.make_mut();
        for argument in &invocation.arguments {
            if let Some((name, text)) = argument.text.split_once('=') {
                aliases.insert(name.to_owned(), argument.known().map(|_| text.to_owned()));
            }
        }
    }

    /// `hash -p PROGRAM NAME`: from then on the name is the program.
    fn hashed(&mut self, invocation: &Invocation, state: &mut State) {
        let mut words = invocation.arguments.iter().skip_while(|word| word.known() != Some("-p")).skip(1);
        let Some(program) = words.next() else { return };
        if state.aliases.len() > self.limits.names {
            return self.limit(invocation.span, MORE_ALIASES);
        }
        let aliases = state.aliases.make_mut();
        for name in words.filter_map(Value::known) {
            aliases.insert(name.to_owned(), program.known().map(|path| format!("'{}'", path.replace('\'', ""))));
        }
    }

    fn declare(&mut self, invocation: &Invocation, state: &mut State) {
        let flag = |letter: char| {
            invocation.arguments.iter().filter_map(Value::known).any(|t| t.starts_with('-') && t.contains(letter))
        };
        if flag('f')
            && matches!(invocation.name.as_str(), "export" | "declare" | "typeset")
            && (invocation.name == "export" || flag('x'))
        {
            // Any shell that is started later has them.
            self.functions.calls_back = true;
            return;
        }
        let exports = invocation.name == "export" || flag('x');
        let peculiar = invocation.name == "readonly"
            || ['r', 'i', 'n', 'l', 'u', 'c'].into_iter().any(flag) && invocation.name != "export";
        if flag('i') || flag('n') {
            let harmless = invocation.arguments.iter().all(|a| a.known().is_some_and(|t| !t.contains(['[', '$', '`'])));
            if !harmless || flag('n') {
                let kind = NoteKind::Evaluates("an integer or reference variable evaluates its value");
                self.note(invocation.unit, invocation.span, kind);
                for argument in &invocation.arguments {
                    self.evaluated_text(argument, argument.span, state);
                }
            }
        }
        for argument in &invocation.arguments {
            if argument.known().is_some_and(|t| t.starts_with(['-', '+'])) {
                continue;
            }
            let name = argument.text.split(['=', '+', '[']).next().unwrap_or_default();
            if invocation.name != "export" {
                self.quoted_list(name, argument, flag('a') || flag('A'), state);
            }
            let declared = Declared { exports, changes: peculiar && !(invocation.name == "readonly" || flag('r')) };
            self.declare_one(argument, declared, invocation, state);
            if peculiar
                && is_name(name)
                && let Some(variable) = state.variables.make_mut().get_mut(name)
            {
                variable.peculiar = true;
            }
        }
        if flag('n') && invocation.name != "export" {
            self.refers(invocation, state);
        }
    }

    /// `export NAME`, `local NAME`.
    fn declare_bare(
        &mut self,
        (name, span): (&str, Span),
        Declared { exports, .. }: Declared,
        invocation: &Invocation,
        state: &mut State,
    ) {
        let before = state.variable(name).cloned();
        let value = match self.made_local(name, span, invocation) {
            Some(new) => new,
            None => before.as_ref().map_or_else(|| Value::unknown(Why::Variable, span), |v| v.value.as_ref().clone()),
        };
        if exports {
            let kind = NoteKind::Assigned(name.to_owned(), value.clone(), self.reach(true));
            self.note(invocation.unit, span, kind);
        }
        let variable = match before {
            Some(mut before) if invocation.name != "local" => {
                before.value = Rc::new(value);
                before.exported |= exports;
                before
            }
            _ => Variable { exported: exports, ..Variable::of(value) },
        };
        let mut words = vec![Value::exact(invocation.name.as_str(), span)];
        words.extend(invocation.arguments.iter().cloned());
        let associative = makes_associative(&words, name, state);
        let variable = Variable { associative: associative || variable.associative, ..variable };
        state.variables.make_mut().insert(name.into(), variable);
    }

    /// The value of a variable that a function makes its own without giving it one: none, but in small shells what it was
    /// outside; and one that is its own already keeps what it has.
    fn made_local(&self, name: &str, span: Span, invocation: &Invocation) -> Option<Value> {
        let other = |word: &Value| match word.known() {
            Some(text) => text.starts_with(['-', '+']) && text.contains(['a', 'A', 'g', 'p', 'f', 'F', 'n']),
            None => word.may_be_option(),
        };
        let declares = matches!(invocation.name.as_str(), "local" | "declare" | "typeset");
        if !declares || self.functions.active.is_empty() || invocation.arguments.iter().any(other) {
            return None;
        }
        let again = self.functions.locals.iter().filter(|local| *local == name).count() > 1;
        Some(if again || self.within.shell == Shell::Posix {
            Value::unknown(Why::Paths, span)
        } else {
            Value::exact("", span)
        })
    }

    fn declare_one(&mut self, argument: &Value, declared: Declared, invocation: &Invocation, state: &mut State) {
        let Declared { exports, changes } = declared;
        let name = argument.text.split(['=', '+', '[']).next().unwrap_or_default().to_owned();
        let certain = is_name(&name) && (argument.known().is_some() || argument.text.contains('='));
        if !certain {
            if argument.known().is_none() {
                // What is set, and to what, is only known when it runs.
                self.note(invocation.unit, argument.span, NoteKind::Evaluates("which variable is set is not known"));
                state.forget_all();
            }
            return;
        }
        if matches!(invocation.name.as_str(), "local" | "declare" | "typeset") && !self.functions.active.is_empty() {
            self.functions.locals.push(name.clone());
        }
        let plain = argument.text.get(name.len()..).is_some_and(|rest| rest.starts_with('='));
        // bash refuses it outside a function, and zsh does not.
        let refused = invocation.name == "local" && self.functions.active.is_empty();
        let value = match (argument.known(), argument.text.split_once('=')) {
            (_, Some(_)) if refused => Value::unknown(Why::Paths, argument.span),
            (Some(_), Some((_, text))) if plain && !changes => Value { text: text.into(), ..argument.clone() },
            (_, Some((front, _))) => Value {
                from: argument.from.clone(),
                sketch: argument.assigned(front).sketch.filter(|_| plain && !changes),
                ..Value::unknown(Why::Expansion, argument.span)
            },
            _ => return self.declare_bare((&name, argument.span), declared, invocation, state),
        };
        let variable = Variable { exported: exports, ..Variable::of(value) };
        self.assign_as(&name, variable, state, invocation.unit);
    }
}

/// Whether the first word of what `read` reads is an id: `git log --oneline | while read -r id subject`.
fn is_led(invocation: &Invocation, state: &State) -> bool {
    let plain = invocation.arguments.iter().all(|a| !a.text.starts_with('-') || a.known() == Some("-r"));
    let split = state.fields == Fields::Default && invocation.environment.is_empty();
    let Input::Pipe(piped) = &invocation.input else { return false };
    let led = piped.prints.as_ref().is_some_and(|lines| lines.knowledge == Knowledge::Unknown(Why::Led));
    plain && split && led
}

/// What is cut out of a text, or stands elsewhere: of what kind the whole is says nothing of it.
pub(super) fn part_of(text: &Value, span: Span) -> Value {
    let exact = || (text.knowledge == Knowledge::Exact).then(|| text.text.as_str().into());
    let sketch = text.sketch.clone().or_else(exact);
    Value { sketch, many: true, from: text.from.clone(), ..Value::unknown(Why::Input, span) }
}

/// One line of a text, of which it is not known which.
fn one_of(text: &Value, span: Span) -> Value {
    Value { sketch: text.known().map(Into::into), ..Value::unknown(Why::Input, span) }
}

fn words_as_names(invocation: &Invocation) -> impl Iterator<Item = String> {
    invocation.arguments.iter().filter_map(|a| a.known().map(|t| t.split('=').next().unwrap_or(t).to_owned()))
}

/// Whether it is one of the kinds of words that commands list, a line each.
const fn is_listed(value: &Value) -> bool {
    use Knowledge as K;
    matches!(value.knowledge, K::Name | K::Path | K::Id | K::Number | K::Unknown(Why::Numbers))
}
