//! Commands inside commands: wrappers, `-exec`, `xargs`. Each re-enters the walk, within limits.

use super::bound::{BindProblem, Binding, Bound};
use super::builtin::part_of;
use super::files::languages;
use super::parted::{Parts, unlisted};
use super::resolution::{Input, Invocation, NoteKind, Piped};
use super::state::{Directory, State};
use super::value::{Knowledge, Value, Why};
use super::walker::{Call, Walker};
use crate::shell::Span;
use compact_str::CompactString;
use guardian_rules::image::matches;
use guardian_rules::packages::program_of;
use guardian_rules::paths::is_pattern;
use guardian_rules::vocabulary::Property;
use guardian_rules::{Role, Stdin, places};

/// What xargs takes for quotes in its input. (xargs(1))
const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// Roles of words that are joined to one script.
const SHELLS: [Role; 4] = [Role::Shell, Role::Bash, Role::Zsh, Role::Fish];

impl Walker<'_> {
    /// Follows every word of a command that is itself a command or code.
    pub(super) fn nested(&mut self, invocation: &Invocation, state: &mut State) {
        self.own_file(invocation, state);
        self.brought(invocation, state);
        self.given_sources(invocation, state);
        self.seeming(invocation, state);
        self.unlisted(invocation, state);
        let Some(binding) = &invocation.binding else {
            return;
        };
        if binding.info {
            return self.answers(binding, invocation, state);
        }
        // What it runs, it runs where it was told to (`env -C`, `git -C`).
        let here = std::mem::replace(&mut state.directory, binding.directory(&invocation.directory));
        let moved = here != state.directory;
        let there = state.directory.clone();
        for bound in &binding.options {
            if let Some(range) = &bound.command {
                let words = invocation.arguments.get(range.clone()).unwrap_or_default().to_vec();
                self.found(words, bound.role, invocation, state);
            } else if let (Some(role), Some(value)) = (bound.role, &bound.value) {
                self.code(role, value, invocation, state);
                if matches!(role, Role::Shell | Role::Filter | Role::Program) && invocation.input != Input::Inherited {
                    self.fed_by(role, value, invocation, state);
                }
            }
        }
        self.operands(binding, invocation, state);
        // Standard input is code only where no word is, and no file of code is named.
        let no_file = || {
            !binding.operands.iter().any(|(_, role)| is_code(*role))
                && !binding.options.iter().any(|b| b.role.is_some_and(is_code))
        };
        if let Some(Stdin::Code(role)) = binding.form.map(|form| form.stdin())
            && no_file()
            // A person at a terminal is no code, where a host or a database to talk to is named.
            && (invocation.input != Input::Inherited || binding.operands.iter().all(|(_, role)| *role == Role::Literal))
        {
            self.code_from_input(role, invocation, state);
        }
        // Whatever else it runs, it then reads more.
        if binding.has(Property::Interactive)
            && invocation.input != Input::Inherited
            && let Some(role) = languages(binding.spec).next()
        {
            self.code_from_input(role, invocation, state);
        }
        self.project(binding, invocation, state);
        self.tasks(binding, invocation, state);
        self.made_modules(binding, invocation, state);
        if moved && state.directory == there {
            state.directory = here;
        }
    }

    /// The command that an option names, as it is if it is not given what comes in, but what the tool has read or prints: a
    /// filter, a pager, what unpacks.
    fn fed_by(&mut self, role: Role, value: &Value, invocation: &Invocation, state: &State) {
        let input = Input::Pipe(Piped::of(vec![invocation.unit]));
        let fed = Invocation { input, ..invocation.clone() };
        self.code(role, value, &fed, &mut state.clone());
    }

    /// A command that is only asked for its version. What is piped into it is code all the same, if it ever takes it for
    /// code: a flag that one version, or one of several programs of a name, answers is to another no question.
    fn answers(&mut self, binding: &Binding, invocation: &Invocation, state: &mut State) {
        let code = languages(binding.spec).next();
        if let Some(role) = code.filter(|_| invocation.input != Input::Inherited) {
            self.code_from_input(role, invocation, state);
        }
    }

    fn operands(&mut self, binding: &Binding, invocation: &Invocation, state: &mut State) {
        let with = |role: Role| binding.operands_of(role, &invocation.arguments).cloned().collect::<Vec<_>>();
        if binding.operand_roles.have(Role::Command) {
            let command = with(Role::Command);
            let environment = given(binding).chain(with(Role::Assignment).into_iter().map(assignment)).collect();
            let behind = self.behind_unknown(&command, binding);
            self.wrapped(command, environment, binding, invocation, state);
            if !behind.is_empty() {
                self.wrapped(behind, Vec::new(), binding, invocation, state);
            }
        }
        self.packaged(binding, invocation, state);
        for role in SHELLS.into_iter().filter(|role| binding.operand_roles.have(*role)) {
            let code = with(role);
            if let Some(first) = code.first() {
                let joined = if code.len() == 1 { first.clone() } else { joined(&code) };
                self.code(role, &joined, invocation, state);
                self.repeated(&code, invocation, state);
            }
        }
        if binding.operand_roles.have(Role::Code) {
            let code = with(Role::Code);
            let whole = if let [only] = &*code { only.clone() } else { joined(&code) };
            self.code(Role::Code, &whole, invocation, state);
        }
        for (i, role) in &binding.operands {
            if *role == Role::Test {
                self.tested(*i, invocation, state);
            } else if !SHELLS.contains(role)
                && !matches!(role, Role::Command | Role::Assignment | Role::Code)
                && let Some(value) = invocation.arguments.get(*i)
            {
                self.code(*role, value, invocation, state);
            }
        }
    }

    /// The command behind words that may be the values of options which the spec does not list: it begins with the first
    /// program that is described.
    fn behind_unknown(&self, command: &[Value], binding: &Binding) -> Vec<Value> {
        let described = |word: &Value| word.known().is_some_and(|name| self.specs.program(name).is_some());
        let Some((first, rest)) = command.split_first().filter(|(first, _)| !described(first)) else {
            return Vec::new();
        };
        let unlisted = binding.problems.iter().any(|(problem, _)| matches!(problem, BindProblem::Option(_)));
        let option = first.text.starts_with('-') || rest.iter().any(|word| word.known() == Some("--"));
        let found = rest.iter().position(described).filter(|_| unlisted || option);
        found.and_then(|at| rest.get(at..)).map(<[Value]>::to_vec).unwrap_or_default()
    }

    /// The program of a package, with the words behind it, where that program is described.
    fn packaged(&mut self, binding: &Binding, invocation: &Invocation, state: &mut State) {
        const BROUGHT: [Role; 2] = [Role::Installed, Role::Fetched];
        if !binding.operand_roles.have_any(&BROUGHT) {
            return;
        }
        let Some((at, _)) = binding.operands.iter().find(|(_, role)| BROUGHT.contains(role)) else {
            return;
        };
        let mut words = invocation.arguments.get(*at..).unwrap_or_default().to_vec();
        let program = words.first().and_then(Value::known).map(program_of);
        let Some(program) = program.filter(|name| self.specs.program(name).is_some()) else {
            return;
        };
        let program: CompactString = program.into();
        if let Some(first) = words.first_mut() {
            first.text = program;
        }
        if words.get(1).and_then(Value::known) == Some("--") {
            words.remove(1);
        }
        self.wrapped(words, Vec::new(), binding, invocation, state);
    }

    /// A word of an expression of `test`: behind `-v` and `-R` it is a name whose subscript is evaluated. A word in front
    /// that is not known may be one of these, unless this word is an operator that joins it to the next.
    fn tested(&mut self, at: usize, invocation: &Invocation, state: &mut State) {
        let Some(word) = invocation.arguments.get(at) else {
            return;
        };
        // Several words may be such an operator and its name; a variable that nobody has set is no word.
        let unset = word.knowledge == Knowledge::Unknown(Why::Variable);
        if word.many && (word.split || matches!(word.knowledge, Knowledge::Unknown(_))) && !unset {
            let kind = NoteKind::Evaluates("words that are not known may be names which `test` evaluates");
            self.note(invocation.unit, word.span, kind);
        }
        let Some(before) = at.checked_sub(1).and_then(|at| invocation.arguments.get(at)) else {
            return;
        };
        const JOINING: &[&str] = &[
            "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", "-a", "-o", ")",
        ];
        let joins = word.known().is_some_and(|text| JOINING.contains(&text));
        let names = match before.known() {
            Some(text) => matches!(text, "-v" | "-R"),
            None => before.knowledge != Knowledge::Number && (before.many || !joins),
        };
        if names {
            let word = word.clone();
            self.code(Role::Variable, &word, invocation, state);
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
            self.append(&mut words, binding, invocation, state);
            input = Input::Text(Value::exact("", invocation.span));
        }
        let span = words.iter().map(|w| w.span).reduce(Span::to).unwrap_or(invocation.span);
        if !self.counted_words(&words, span) {
            return;
        }
        // Only these two run a builtin in this shell; any other wrapper is a process, whose `cd` ends with it.
        let in_shell = invocation.in_shell && matches!(invocation.name.as_str(), "command" | "builtin");
        let call = Call {
            environment: environment.into_iter().chain(invocation.environment.iter().cloned()).collect(),
            in_shell,
            ..Call::process(words, Some(invocation.unit), span)
        };
        self.deeper(invocation.span, |walker| {
            if in_shell {
                walker.invoke(call, state, &input);
            } else {
                walker.invoke(call, &mut state.clone(), &input);
            }
        });
    }

    /// Words from standard input, put where the placeholder is or behind all others.
    fn append(&self, words: &mut Vec<Value>, binding: &Binding, invocation: &Invocation, state: &State) {
        // Words from a file that the script itself has filled, or from what a command prints.
        let files = binding.options.iter().filter(|bound| bound.role == Some(Role::Read));
        let mut files = files.filter_map(|bound| bound.value.as_ref());
        let listed = files.find_map(|file| match &file.sketch {
            Some(printed) if file.is_process() => Some(Value::exact(&**printed, file.span)),
            _ => self.made_text(file, state),
        });
        let input = listed.map(Input::Text);
        let added = names_from(input.as_ref().unwrap_or(&invocation.input), invocation.span);
        let added = if binding.has(Property::Foreign) { part_of(&added, added.span) } else { added };
        // A value of an option that stands in the words is the placeholder (`xargs -I{} cp {} x`).
        let placeholder = binding.options.iter().filter_map(|b| b.value.as_ref()?.known()).find(|t| {
            !t.is_empty() && !t.bytes().all(|b| b.is_ascii_digit()) && words.iter().any(|w| w.text.contains(t))
        });
        if let Some(placeholder) = placeholder.map(str::to_owned) {
            let line = Value { many: added.many, ..added.single() };
            for word in words {
                *word = replaced(word, &placeholder, &line);
            }
            return;
        }
        // `-i` and `--replace` without a value mean `{}`.
        if words.iter().any(|w| w.text.contains("{}")) {
            let whole = words.clone();
            words.extend(whole.iter().map(|word| replaced(word, "{}", &added)));
        }
        let splits =
            |b: &Bound| matches!(b.option.property(), Some(Property::Splits | Property::Foreign | Property::Whole));
        let plain = !binding.options.iter().any(splits) && !added.text.contains(QUOTES);
        if added.knowledge == Knowledge::Exact && plain {
            let fields = added.text.split_whitespace();
            words.extend(fields.map(|field| Value { text: field.into(), many: false, ..added.clone() }));
        } else {
            // Where it is nearly known, what it would be then counts as well.
            let sketch = added.sketch.clone().filter(|s| !s.contains(super::value::HOLE));
            // What parts them otherwise is one of the usual signs.
            let foreign = binding.has(Property::Foreign);
            let parts = |c: char| c.is_ascii_whitespace() || foreign && matches!(c, ',' | ';' | ':' | '|');
            let fields = sketch.iter().flat_map(|s| s.split(parts)).filter(|field| !field.is_empty());
            let fields: Vec<Value> = fields.map(|f| Value::exact(f, added.span)).collect();
            if added.knowledge == Knowledge::Exact {
                // What it would be, without its quotes and split at blanks, is judged as well.
                let text = added.text.replace(QUOTES, "");
                let unknown = Value { from: added.from.clone(), ..Value::unknown(Why::Input, added.span) };
                words.push(Value { many: true, sketch: Some(added.text.as_str().into()), ..unknown });
                words.extend(text.split_whitespace().map(|field| Value::exact(field, added.span)));
            } else {
                let whole = |b: &Bound| matches!(b.option.property(), Some(Property::Whole | Property::Foreign));
                let parted = !binding.options.iter().any(whole);
                let parts =
                    if parted { self.parts(&added, &invocation.directory, Parts::Xargs) } else { Some(Vec::new()) };
                match parts {
                    Some(parts) => {
                        // Numbers do no more than they say, however many there are.
                        words.push(Value { many: added.knowledge != Knowledge::Number, ..added });
                        words.extend(parts);
                    }
                    None => words.push(unlisted(&added)),
                }
            }
            words.extend(fields);
        }
    }

    /// `find -exec`: `{}` stands for paths that were found.
    fn found(&mut self, mut words: Vec<Value>, role: Option<Role>, invocation: &Invocation, state: &State) {
        let any =
            Value { knowledge: Knowledge::Name, from: vec![invocation.unit], ..Value::exact("", invocation.span) };
        let names = invocation.prints.clone().unwrap_or(any);
        // Where all of it has one name, that is known of a word which is nothing else.
        let named = invocation.binding.as_ref().and_then(|b| b.found(&invocation.arguments, invocation.span));
        let named = named.map(|value| Value { from: names.from.clone(), ..value });
        // Beside what was found, the same path has another name.
        let (names, named) = match (role, &state.directory) {
            (Some(Role::CommandBeside), Directory::Known(here)) => (from(here, names), named.map(|v| from(here, v))),
            _ => (names, named),
        };
        let (mut state, mut cut) = (state.clone(), false);
        match role {
            Some(Role::CommandBeside) => state.directory = Directory::Unknown,
            Some(Role::CommandEach) => cut = each_found(&mut words, invocation.span),
            _ => {}
        }
        let (names, named) = if cut { (names.part_of_name(), None) } else { (names, named) };
        let with = |word: &Value| if word.known() == Some("{}") { named.as_ref().unwrap_or(&names) } else { &names };
        let words: Vec<Value> = words.iter().map(|word| replaced(word, "{}", with(word))).collect();
        let span = words.iter().map(|w| w.span).reduce(Span::to).unwrap_or(invocation.span);
        if !self.counted_words(&words, span) {
            return;
        }
        self.deeper(invocation.span, |walker| {
            let call = Call::process(words, Some(invocation.unit), span);
            walker.invoke(call, &mut state, &Input::Inherited);
        });
    }

    /// Judges words as a command that this one may start, with what it is given itself.
    pub(super) fn may_start(&mut self, words: Vec<Value>, span: Span, invocation: &Invocation, state: &State) {
        let call = Call::process(words, Some(invocation.unit), span);
        self.deeper(span, |walker| {
            walker.invoke(call, &mut state.clone(), &invocation.input);
        });
    }

    pub(super) fn deeper(&mut self, span: Span, walk: impl FnOnce(&mut Self)) {
        if self.spent.depth >= self.limits.depth {
            return self.limit(span, "commands are nested too deeply to be followed");
        }
        // An inner command costs more stack than a construct.
        self.spent.depth += 4;
        walk(self);
        self.spent.depth -= 4;
    }
}

/// A path that starts at a directory, by its whole name.
fn from(here: &str, path: Value) -> Value {
    if path.text.starts_with(['/', '~']) {
        return path;
    }
    let text = path.text.trim_start_matches("./");
    let text = [here.trim_end_matches('/'), "/", if text == "." { "" } else { text }].concat();
    Value { text: text.trim_end_matches('/').into(), ..path }
}

/// What stands for what is found where a command is run with each (fd(1), "Placeholder tokens"): it is added where
/// nothing does. A path without its ending lies beside it; its last part, or the folder it lies in, is not known. Whether
/// an ending is cut off.
fn each_found(words: &mut Vec<Value>, span: Span) -> bool {
    const OTHERS: [&str; 3] = ["{/}", "{//}", "{/.}"];
    let (mut stands, mut cut) = (false, false);
    for word in words.iter_mut() {
        if OTHERS.iter().any(|other| word.text.contains(other)) {
            *word = Value { from: std::mem::take(&mut word.from), ..Value::unknown(Why::Input, word.span) };
            stands = true;
        } else if word.known().is_some() && word.text.contains("{.}") {
            word.text = word.text.replace("{.}", "{}").into();
            (stands, cut) = (true, true);
        }
        stands |= word.text.contains("{}");
    }
    if !stands {
        words.push(Value::exact("{}", span));
    }
    cut
}

/// Variables that options of a wrapper set for what it runs.
fn given(binding: &Binding) -> impl Iterator<Item = (String, Value)> {
    let given = binding.options.iter().filter(|bound| bound.role == Some(Role::Assignment));
    given.filter_map(|bound| bound.value.clone()).map(assignment)
}

/// The same, where no command is to have them: what runs code has them itself, and with it all that the code runs.
pub(super) fn kept(binding: &Binding) -> impl Iterator<Item = (String, Value)> {
    given(binding).filter(|_| !binding.operand_roles.have(Role::Command))
}

fn assignment(value: Value) -> (String, Value) {
    let name = value.text.split('=').next().unwrap_or_default();
    (name.to_owned(), value.assigned(name))
}

/// What arrives as words on standard input.
fn names_from(input: &Input, span: Span) -> Value {
    match input {
        Input::Pipe(Piped { units, prints }) => Value {
            from: units.clone(),
            many: true,
            span,
            ..prints.clone().unwrap_or_else(|| Value::unknown(Why::Input, span))
        },
        Input::Text(value) => Value { many: true, span, ..value.clone() },
        Input::File(_) | Input::Inherited => Value { many: true, ..Value::unknown(Why::Input, span) },
    }
}

/// Words joined by blanks, as `eval`, `ssh` and `watch` do.
fn joined(words: &[Value]) -> Value {
    let span = words.iter().map(|w| w.span).reduce(Span::to).unwrap_or_default();
    let from = words.iter().flat_map(|w| w.from.iter().copied()).collect();
    let outline: Vec<_> = words.iter().map(Value::outline).collect();
    let text = outline.join(" ");
    if words.iter().all(|w| w.known().is_some()) {
        Value { from, ..Value::exact(text, span) }
    } else {
        Value { from, sketch: Some(text.into()), ..Value::unknown(Why::Expansion, span) }
    }
}

/// Whether what stands behind a name may make that of a secret, or lead elsewhere.
fn may_be_secret(after: &str) -> bool {
    let name = format!("x{after}");
    let listed = |entry: &&str| !entry.starts_with(['/', '~']) && matches(entry, &name);
    after.contains('/') || after.contains("..") || places::is_secret_name(&name) || places::SECRETS.iter().any(listed)
}

/// The word with a placeholder replaced by something that stands for file names or input.
fn replaced(word: &Value, placeholder: &str, with: &Value) -> Value {
    let (Some(text), Some((before, after))) = (word.known(), word.text.split_once(placeholder)) else {
        return word.clone();
    };
    let whole = before.is_empty() && after.is_empty();
    let from = word.from.iter().chain(&with.from).copied().collect();
    if with.knowledge == Knowledge::Exact && (with.text.contains(QUOTES) || with.text.contains('\n')) {
        // A line of it, or what is left of it without its quotes, may be anything, an option too.
        let sketch = Some(text.replace(placeholder, &with.text).into());
        return Value { many: word.many, from, sketch, ..Value::unknown(Why::Input, word.span) };
    }
    if with.knowledge == Knowledge::Exact {
        return Value { text: text.replace(placeholder, &with.text).into(), from, ..word.clone() };
    }
    if whole {
        return Value { span: word.span, many: false, from, ..with.clone() };
    }
    // A name behind a folder lies below that.
    let outside = before.contains("..") || before.starts_with(['/', '~']) || is_pattern(before);
    let folder = before.ends_with('/') && !outside && after.is_empty();
    let below = with.knowledge == Knowledge::Name && (folder || before.is_empty() && !may_be_secret(after));
    Value {
        text: if before.is_empty() { with.text.clone() } else { before.into() },
        knowledge: if below { Knowledge::Name } else { Knowledge::Unknown(Why::Input) },
        many: false,
        split: with.split,
        there: false,
        numeric: false,
        span: word.span,
        from,
        sketch: Some(text.replace(placeholder, &with.outline()).into()),
    }
}

/// Whether a word of this role is code or the name of a file of code, not a command with words of its own.
fn is_code(role: Role) -> bool {
    role.is_code() && !role.is_command()
}
