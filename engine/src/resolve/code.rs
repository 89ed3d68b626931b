//! Code inside commands: shell code in words and on standard input, and the small languages.

use super::beside::given_on_input;
use super::dialect::{Action, ShellInput, actions, only_computes, runs_input, searched};
use super::limit::MORE_CODE;
use super::printf::sets_variable;
use super::resolution::{Input, Invocation, NoteKind, Piped};
use super::state::{State, Variable};
use super::value::{HOLE, HOLE_NAME, Value, Why};
use super::walker::{Anchor, Call, Shell, Walker, Within};
use crate::shell::{PartKind, Script, Span, parse};
use guardian_rules::{CommandSpec, EffectKind, Role, Stdin};
use std::rc::Rc;

/// What begins a name that is a command whose output or input is taken. (sox(1); dvips(1), `-o`; Ghostscript, "Use.htm")
const PIPES: [&str; 3] = ["|", "!", "%pipe%"];

/// What its commands begin with: two for `sort | head`, one for `cat 1>&2`.
fn named_programs(code: &str) -> impl Iterator<Item = &str> {
    let names = code.split(['|', ';', '&', '\n', '`', '(']).filter_map(|command| command.split_whitespace().next());
    names.filter(|name| !name.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
}

/// The code with words behind it that nobody knows yet, as positional parameters are not known.
fn with_more_words(code: &str) -> String {
    format!("{code} \"$@\"")
}

impl Walker<'_> {
    /// A word that is code, or a file or program to run.
    pub(super) fn code(&mut self, role: Role, value: &Value, invocation: &Invocation, state: &mut State) {
        let unit = invocation.unit;
        match role {
            Role::Shell | Role::Filter | Role::Bash | Role::ShellEach | Role::Zsh | Role::Fish => match value.known() {
                Some(text) => self.shell_code(role, text, value.span, invocation, state),
                None => self.unknown_code("code that is not known before it runs", value, invocation, state),
            },
            Role::Callback => match value.known() {
                Some(text) => self.script(&with_more_words(text), value.span, invocation, state),
                None => self.unknown_code("code that is not known before it runs", value, invocation, state),
            },
            Role::Program => self.program_word(value, invocation, state),
            Role::Script => self.script_word(value, invocation, state),
            // What a process substitution prints.
            Role::CodeFile if !value.from.is_empty() && !value.is_made() => {
                let kind = NoteKind::Code("what a command prints is run", value.from.clone());
                self.note(unit, value.span, kind);
                self.statements(value, invocation, state);
                self.printed_code(value, invocation, state);
            }
            Role::CodeFile if value.is_standard_input() => self.handed(invocation, state),
            Role::CodeFile => self.code_file(value, invocation, state),
            Role::Sed | Role::Awk if value.known().is_none() && !value.with_any_numbers().is_empty() => {
                self.numbered(role, value, invocation, state);
            }
            Role::Sed
            | Role::Awk
            | Role::Jq
            | Role::Sql
            | Role::Sqlite
            | Role::Duckdb
            | Role::Python
            | Role::JavaScript
            | Role::Perl
            | Role::Ruby
            | Role::GitConfig
            | Role::Mongo
            | Role::Patch
            | Role::Escapes
            | Role::Inserts
            | Role::GitFormat => match value.with_numbers() {
                Some(text) => self.dialect(role, &text, value.span, invocation, state),
                None => self.known_parts("code that is not known before it runs", role, value, invocation, state),
            },
            Role::Lua | Role::Php if value.known().is_some_and(|code| only_computes(role, code)) => {}
            Role::Code | Role::Lua | Role::Php => {
                let kind = NoteKind::Unread("code in a language that is not read", value.from.clone());
                self.note(unit, value.span, kind);
                self.dialect(Role::Code, &value.outline(), value.span, invocation, state);
            }
            Role::MakeText | Role::MakeGoal => self.make_text(value, invocation, state),
            Role::MakeFolder if value.known().is_some_and(super::project::sets_folder) => {}
            Role::MakeFolder => self.make_text(value, invocation, state),
            Role::Setting => self.setting(value, invocation, state),
            Role::Commands => self.told(value, invocation, state),
            Role::PrintFormat if value.known().is_some_and(sets_variable) => {
                self.note(unit, value.span, NoteKind::Unknown("a directive that sets a variable"));
            }
            Role::Variable => self.evaluated_name(role, value, invocation, state),
            Role::Task => self.text_that_reads(value, invocation, state),
            _ => self.piped_name(role, value, invocation, state),
        }
    }

    /// Code for one of the shells.
    fn shell_code(&mut self, role: Role, text: &str, span: Span, invocation: &Invocation, state: &mut State) {
        let why = match role {
            Role::Zsh => Some("this shell reads it otherwise than bash"),
            Role::Fish => Some("fish reads it otherwise than bash"),
            _ => None,
        };
        if let Some(why) = why.filter(|_| !alike(text)) {
            self.note(invocation.unit, span, NoteKind::Unknown(why));
        }
        // Some take quotes off that stand around the whole of a command.
        let quoted = ['"', '\''].iter().find_map(|q| text.trim().strip_prefix(*q)?.strip_suffix(*q));
        if let Some(inner) = quoted.filter(|_| role == Role::ShellEach) {
            self.script(inner, span, invocation, &mut state.clone());
        }
        if role == Role::Filter {
            self.helper(text, span, invocation, true);
        }
        let reader = if role == Role::Bash { Shell::Bash } else { Shell::Posix };
        self.script_of(reader, text, span, invocation, state);
    }

    /// A program that an option, or code, makes a tool run counts for more where nobody described it, and for something
    /// where it is no filter although it is `fed`: whoever starts it wants more of it than what it passes on.
    fn helper(&mut self, text: &str, span: Span, invocation: &Invocation, fed: bool) {
        let filters = |spec: CommandSpec<'_>| spec.forms().any(|form| form.output().passes_on());
        // One that is not described counts before one that is no filter.
        let kind = match named_programs(text).map(|name| self.specs.program(name).map(filters)).min() {
            Some(Some(filter)) if filter || !fed => return,
            Some(Some(_)) => NoteKind::Code("a program another starts that is no filter", Vec::new()),
            Some(None) | None => NoteKind::Helper(text.to_owned()),
        };
        self.note(invocation.unit, span, kind);
    }

    /// A name that is a command whose output or input is taken, to whoever takes more than a path.
    fn piped_name(&mut self, role: Role, value: &Value, invocation: &Invocation, state: &State) {
        use Role::{CopyFrom, CopyTo, Opened, Prefixed, PrefixedEdit, PrefixedTo};
        let formats = matches!(role, Prefixed | PrefixedEdit | PrefixedTo);
        if !formats && !matches!(role, CopyFrom | CopyTo | Opened) {
            return;
        }
        let text = value.outline();
        let behind = text.strip_suffix('|').filter(|_| role == Role::Opened);
        // The prefix of a format may stand in front: `png:|ls`.
        let formatted = text.split_once(":|").filter(|(front, _)| formats && is_name(front)).map(|(_, code)| code);
        let code = behind.or_else(|| PIPES.iter().find_map(|before| text.strip_prefix(before))).or(formatted);
        let Some(code) = code else { return };
        self.script(code, value.span, invocation, &mut state.clone());
    }

    /// Lines of commands that the program is told: each does what its words would do behind the program's own options.
    fn told(&mut self, value: &Value, invocation: &Invocation, state: &State) {
        if value.known().is_none() {
            self.note(invocation.unit, value.span, NoteKind::Code("what is piped in", value.from.clone()));
        }
        for line in value.outline().lines().filter(|line| !line.trim().is_empty()) {
            let words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
            let words = words.map(|word| Value::exact(word, value.span));
            let program = [invocation.program.clone()].into_iter();
            let own = invocation.arguments.iter().cloned();
            let call = Call::process(program.chain(own).chain(words).collect(), Some(invocation.unit), invocation.span);
            self.deeper(value.span, |walker| {
                walker.invoke(call, &mut state.clone(), &Input::Text(Value::exact("", value.span)));
            });
        }
    }

    /// A file of code. What looks like code may be some, to whoever takes options that nobody described.
    fn code_file(&mut self, value: &Value, invocation: &Invocation, state: &mut State) {
        if value.known().is_some_and(|text| text.contains("(\"") || text.contains("('")) {
            self.dialect(Role::Code, &value.text, value.span, invocation, state);
        }
        self.statements(value, invocation, state);
    }

    /// A program to run, as one word.
    fn program_word(&mut self, value: &Value, invocation: &Invocation, state: &mut State) {
        match value.known() {
            Some(text) => {
                self.helper(text, value.span, invocation, true);
                // Tools differ in whether they split the word: judge it as a shell would.
                self.script(&with_more_words(text), value.span, invocation, state);
            }
            None => self.unknown_code("a program that is not known before it runs", value, invocation, state),
        }
    }

    /// Code in a small language: the commands it runs are followed, the rest is noted.
    pub(super) fn dialect(&mut self, role: Role, text: &str, span: Span, invocation: &Invocation, state: &State) {
        let found = actions(role, text);
        if found.more {
            self.limit(span, MORE_CODE);
        }
        let (commands, mut others): (Vec<Action>, Vec<Action>) =
            found.list.into_iter().partition(|action| action.shell.is_some());
        others.extend(searched(role));
        if let Input::Pipe(piped) = &invocation.input
            && runs_input(role, text)
        {
            self.note(invocation.unit, span, NoteKind::Code("what is piped in", piped.units.clone()));
        }
        let takes = matches!(role, Role::Awk | Role::Sed | Role::Perl);
        if runs_input(role, text) || takes && others.iter().any(|action| action.kind == EffectKind::Execute) {
            self.given_as_code(invocation.input.given().cloned(), invocation, state);
        }
        self.told_beside(role, text, invocation, state);
        self.filled_by_code(text, &others, invocation, state);
        // A program that starts others is no reader, whatever those do; but awk prints into filters as a shell does.
        let reads = |action: &Action| role == Role::Awk && action.shell == Some(ShellInput::Piped);
        for directory in state.directory.each() {
            if !commands.iter().all(reads) {
                let kind = NoteKind::Code("a command that is hidden in code", Vec::new());
                self.note(invocation.unit, span, kind);
            }
            let kind = NoteKind::Dialect(role, others.clone(), directory);
            self.note(invocation.unit, span, kind);
        }
        let unread = self.out.unread;
        for action in commands {
            let Some(text) = action.target else { continue };
            if matches!(role, Role::Awk | Role::Sed) {
                self.helper(&text, span, invocation, action.shell == Some(ShellInput::Piped));
            }
            let input = match action.shell {
                Some(ShellInput::Piped) => Input::Pipe(Piped::of(vec![invocation.unit])),
                _ => invocation.input.clone(),
            };
            self.script_reading((Shell::Posix, &text), span, &input, invocation, &mut state.clone());
        }
        // What another language says may be no code for a shell.
        self.out.unread = unread;
        self.named_holes(role, text, span, invocation, state);
    }

    /// Code of which only parts are known: it is said so, and the parts are followed as well.
    pub(super) fn unknown_code(
        &mut self,
        why: &'static str,
        value: &Value,
        invocation: &Invocation,
        state: &mut State,
    ) {
        self.note(invocation.unit, value.span, NoteKind::Code(why, value.from.clone()));
        if let Some(sketch) = &value.sketch
            && sketch.trim() != HOLE
        {
            let mut inner = state.clone();
            let hole = Value { from: value.from.clone(), ..Value::unknown(Why::Expansion, value.span) };
            inner.variables.make_mut().insert(HOLE_NAME.into(), Variable { exported: true, ..Variable::of(hole) });
            self.script(sketch, value.span, invocation, &mut inner);
        }
        self.traps.unread(invocation);
        if invocation.runs_in_this_shell() {
            state.forget_all();
        }
    }

    /// Code that arrives on standard input.
    pub(super) fn code_from_input(&mut self, role: Role, invocation: &Invocation, state: &mut State) {
        match &invocation.input {
            Input::Text(value) => self.code(role, &value.clone(), invocation, state),
            Input::File(value) => self.code_from_file(role, &value.clone(), invocation, state),
            Input::Pipe(piped) => {
                let value = Value {
                    from: piped.units.clone(),
                    many: false,
                    span: invocation.span,
                    ..piped.prints.clone().unwrap_or_else(|| Value::unknown(Why::Input, invocation.span))
                };
                match value.known() {
                    Some(_) => self.code(role, &value, invocation, state),
                    None if role == Role::Commands => self.told(&value, invocation, state),
                    None if matches!(role, Role::Shell | Role::Bash | Role::Zsh | Role::Fish) => {
                        let told = value.sketch.is_none().then(|| self.told_to(&value.from)).flatten();
                        let value = Value { sketch: value.sketch.clone().or(told), ..value };
                        self.unknown_code("what is piped in", &value, invocation, state);
                        self.made_of(&value.from, invocation, state);
                    }
                    None => self.known_parts("what is piped in", role, &value, invocation, state),
                }
            }
            Input::Inherited => {
                let kind = NoteKind::Code("code from the terminal", state.connections.to_vec());
                self.note(invocation.unit, invocation.span, kind);
            }
        }
    }

    /// Parses and walks an inner script with the state of the shell around it where it is run in it, else a new one.
    pub(super) fn script(&mut self, text: &str, span: Span, invocation: &Invocation, state: &mut State) {
        self.script_of(Shell::Posix, text, span, invocation, state);
    }

    /// The same, for this shell.
    fn script_of(&mut self, shell: Shell, text: &str, span: Span, invocation: &Invocation, state: &mut State) {
        let data = invocation.binding.as_ref().and_then(|b| b.form).is_none_or(|f| f.stdin() == Stdin::Data);
        let input = if data { invocation.input.clone() } else { Input::Inherited };
        self.script_reading((shell, text), span, &input, invocation, state);
    }

    /// The same, with this as its standard input.
    fn script_reading(
        &mut self,
        (shell, text): (Shell, &str),
        span: Span,
        input: &Input,
        invocation: &Invocation,
        state: &mut State,
    ) {
        if !self.counted_code(text, span) {
            return;
        }
        let script = parse(text);
        self.not_read(&script, span, invocation);
        let same = invocation.runs_in_this_shell();
        let shell = if same { self.within.shell } else { shell };
        if same {
            self.read_by_others(&script, span);
        }
        if shell == Shell::Posix && script.only_bash {
            self.note(invocation.unit, span, NoteKind::Unknown("a shell that is not bash may read this otherwise"));
        }
        let outer = std::mem::replace(&mut self.within.shell, shell);
        self.around.copies += u32::from(!same);
        let mut inner = if same { state.clone() } else { self.inner_state(invocation, state) };
        let trap = invocation.name == "trap";
        if trap {
            // It runs at any time, with whatever holds then.
            self.at_any_time(&mut inner);
            self.traps.enter();
        }
        let (before, script) = (inner.clone(), Rc::new(script));
        if trap {
            let within = self.inside(span, invocation);
            self.runs_later(&script, script.body, (&inner, input), within);
            self.perhaps(|walker| walker.inner(Rc::clone(&script), span, invocation, &mut inner, input));
            self.as_of_now(&script, span, invocation, (state, input));
        } else {
            self.inner(script, span, invocation, &mut inner, input);
        }
        self.within.shell = outer;
        self.around.copies -= u32::from(!same);
        if trap {
            self.traps.leave();
        }
        if trap && same {
            if !inner.same(&before) {
                state.join_functions(&inner);
                state.forget_all();
                state.volatile = true;
            }
        } else if same {
            *state = inner;
        }
    }

    /// Walks the commands of a trap with what holds where it is set, which nothing may change until it runs: what is known
    /// then counts beside what may be. Of a trap that one sets, no more is known.
    fn as_of_now(
        &mut self,
        script: &Rc<Script>,
        span: Span,
        invocation: &Invocation,
        (state, input): (&State, &Input),
    ) {
        if !self.traps.are_nested() {
            let mut now = state.clone();
            self.perhaps(|walker| walker.inner(Rc::clone(script), span, invocation, &mut now, input));
        }
    }

    /// Who reads the inner script of a command.
    fn inside(&self, span: Span, invocation: &Invocation) -> Within {
        Within { anchor: Anchor::Fixed(span), via: Some(invocation.unit), ..self.within }
    }

    /// Walks an inner script.
    pub(super) fn inner(
        &mut self,
        script: Rc<Script>,
        span: Span,
        invocation: &Invocation,
        state: &mut State,
        input: &Input,
    ) {
        let inside = self.inside(span, invocation);
        let within = std::mem::replace(&mut self.within, inside);
        let mark = self.mark();
        let same = invocation.runs_in_this_shell();
        let own = (!same).then(|| (std::mem::take(&mut self.functions.active), self.take_errors()));
        let loops = if same { self.around.loops } else { 0 };
        let outer = std::mem::replace(&mut self.around.loops, loops);
        let source = std::mem::replace(&mut self.source, (!same).then(|| Rc::clone(&script)));
        self.deeper(span, |walker| {
            if let Some(failed) = walker.node(&script, script.body, state, input) {
                state.join(&failed);
            }
        });
        self.source = source;
        if !same {
            self.land_all(mark, state);
        }
        match own {
            Some((calls, errors)) => {
                self.functions.active = calls;
                self.put_errors(errors);
            }
            // An error in the text of `eval` ends lines of that text, and no more.
            None => {
                self.line_ended();
                self.flow.errors.iter().for_each(|error| state.join(error));
            }
        }
        self.around.loops = outer;
        self.within = within;
    }

    /// A new shell knows the directory, the exported variables, and the functions that were exported.
    pub(super) fn inner_state(&self, invocation: &Invocation, state: &State) -> State {
        let mut inner = State::new(state.directory.clone());
        inner.path_changed = state.path_changed;
        inner.path_own.clone_from(&state.path_own);
        let mut variables = super::shared::Table::default();
        for (name, variable) in state.variables.iter() {
            let mut variable = variable.clone();
            if !variable.exported {
                // It may have been in the environment, and then the change reaches the inner shell.
                let mut unknown = Value::unknown(Why::Variable, variable.value.span);
                unknown.from.clone_from(&variable.value.from);
                variable = Variable::of(unknown);
            }
            variable.elements = None;
            variables.insert(Rc::clone(name), variable);
        }
        for (name, value) in &invocation.environment {
            let variable = Variable { exported: true, ..Variable::of(value.clone()) };
            variables.insert(name.as_str().into(), variable);
        }
        *inner.variables.make_mut() = variables;
        if self.functions.calls_back {
            inner.functions = state.functions.clone();
            for callable in inner.functions.make_mut().values_mut() {
                callable.certain = false;
            }
        }
        // What stands behind the code are its arguments, the name first. Whoever takes code as an option's value gives it
        // arguments of its own.
        let behind = invocation.binding.as_ref().and_then(|binding| {
            let mut operands = binding.operands_in(&invocation.arguments);
            let (role, _) =
                operands.find(|(role, _)| matches!(role, Role::Shell | Role::Bash | Role::Script | Role::Zsh))?;
            if role != Role::Script
                && let Some((_, name)) = operands.next()
            {
                // To some it is the name that the shell itself goes by.
                let from = name.from.clone();
                let zeroth =
                    Value { from, sketch: name.known().map(Box::from), ..Value::unknown(Why::Paths, name.span) };
                inner.variables.make_mut().insert("0".into(), Variable::of(zeroth));
            }
            Some(operands.map(|(_, word)| word.clone()).collect::<Vec<_>>())
        });
        let behind = behind.or_else(|| given_on_input(invocation));
        inner.positional = behind.map(Rc::new);
        inner
    }
}

/// Whether code means the same to zsh or fish as to bash: plain commands of plain words. What differs (word splitting, globs,
/// `=name`, modifiers, subscripts, `>!`, global aliases) needs a character that is not here.
fn alike(text: &str) -> bool {
    let script = parse(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || " \t\n_-./,:@+%'\"=;&|".contains(c);
    let word = |word: &crate::shell::Word| {
        let assigns = script.parts_of(*word).first().is_some_and(|part| {
            matches!(part.kind, PartKind::Literal(text) if {
                let text = script.text(text);
                text.starts_with('=') || text.split_once('=').is_some_and(|(name, _)| is_name(name))
            })
        });
        !assigns
    };
    // `path=…` sets `PATH` in zsh.
    script.problems.is_empty()
        && script.assignments.is_empty()
        && text.chars().all(plain)
        && script.words.iter().all(word)
}

/// Whether a text is the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit())
}
