//! Scripts on disk: what a file of the workspace would run is followed, beside the fact that code of the project runs.
//! Reading only ever adds to what is known, so a file that changes between two reads weakens nothing.

use super::bound::Binding;
use super::contents::Made;
use super::includes::unknown_goal;
use super::limit::LARGEST_FILE;
use super::project::{self, Recipe};
use super::resolution::{Input, Invocation, NoteKind};
use super::state::{Directory, State};
use super::value::{STANDARD_INPUT, Unit, Value};
use super::walker::Walker;
use crate::facts::FileKind;
use crate::shell::{Script, Span, parse};
use guardian_rules::image::matches;
use guardian_rules::names;
use guardian_rules::paths::last_name;
use guardian_rules::variables::ACTIVATING;
use guardian_rules::{CommandSpec, Project, Role, Stdin};
use std::rc::Rc;

impl Walker<'_> {
    /// A file of shell code named by a word: `bash x.sh`, `source x.sh`.
    pub(super) fn script_word(&mut self, value: &Value, invocation: &Invocation, state: &mut State) {
        if value.is_process() {
            // What a process substitution prints.
            let printed = self.printed_by(&value.from);
            let code = Value {
                text: "".into(),
                knowledge: super::value::Knowledge::Unknown(super::value::Why::Output),
                sketch: printed.map(|printed| printed.outline().into()),
                ..value.clone()
            };
            return self.unknown_code("what is read from a process is run", &code, invocation, state);
        }
        if value.is_standard_input() && !matches!(invocation.input, Input::File(_)) {
            return self.code_from_input(Role::Shell, invocation, state);
        }
        for directory in state.directory.each() {
            self.note(invocation.unit, value.span, NoteKind::Script(value.clone(), directory));
        }
        let file = Some(state.directory.named(value)).filter(|files| matches!(files.as_slice(), [one] if one.sure));
        let path = file.and_then(|files| files.into_iter().next()).map(|file| file.path);
        let same = invocation.runs_in_this_shell();
        if let Some(path) = &path
            && let Some(text) = self.settled_text(path)
        {
            let mut inner = if same { state.clone() } else { self.inner_state(invocation, state) };
            if same {
                let behind: Vec<Value> = invocation.arguments.iter().skip(1).cloned().collect();
                if !behind.is_empty() {
                    inner.positional = Some(Rc::new(behind));
                }
            }
            self.walk_file(path, &text, value.span, invocation, &mut inner);
            if same {
                inner.positional.clone_from(&state.positional);
                *state = inner;
            }
            return;
        }
        match path {
            Some(path) => self.run_made(&path, &[], value.span, invocation, state),
            None => self.run_any_made(value, invocation, state),
        }
        if same {
            // What it sets is not known, but where the shell is then by convention.
            let stays = value.known().is_some_and(|text| ACTIVATING.iter().any(|script| matches(script, text)));
            let directory = stays.then(|| state.directory.clone());
            state.forget_all();
            state.directory = directory.unwrap_or(Directory::Unknown);
        }
    }

    /// Code in a file that is standard input. Where it is told to a database or another service, the box does not hold
    /// what it does: the text is judged, and if nobody can read it, it is code that was not read.
    pub(super) fn code_from_file(&mut self, role: Role, file: &Value, invocation: &Invocation, state: &mut State) {
        let told = matches!(role, Role::Sql | Role::Sqlite | Role::Duckdb) || invocation.asks_service();
        if !told || !file.from.is_empty() || STANDARD_INPUT.contains(&file.text.as_str()) {
            return self.script_word(file, invocation, state);
        }
        let (texts, sure) = self.texts_of(file, state);
        for text in texts {
            self.code(role, &Value::exact(text, file.span), invocation, state);
        }
        if !sure {
            self.note(invocation.unit, file.span, NoteKind::Code("code in a file that was not read", Vec::new()));
        }
    }

    /// The code in a file that an option or operand names, where the program takes the same on standard input: statements,
    /// and whatever the script itself has put there.
    pub(super) fn statements(&mut self, file: &Value, invocation: &Invocation, state: &mut State) {
        // Whatever runs what the script has written, by its name it is in some language. Tests are sources: what a test says,
        // it says of what it tests.
        let by_name =
            || names::source(&file.text).filter(|_| !self.files.written.is_empty() && !names::is_test(&file.text));
        let spec = invocation.binding.as_ref().map(|binding| binding.spec);
        let Some(role) = spec.and_then(|spec| language(spec).or_else(by_name)) else {
            return;
        };
        let (texts, _) = match role {
            Role::Sql | Role::Sqlite | Role::Duckdb | Role::Mongo => self.texts_of(file, state),
            _ => self.made_texts(file, state),
        };
        if texts.is_empty() && !self.files.written.is_empty() {
            self.folder_run(file, invocation, state);
        }
        for text in texts {
            self.code(role, &Value::exact(text, file.span), invocation, state);
        }
    }

    /// The code that a program is handed where it asks for a file of it: `sed -f -`.
    pub(super) fn handed(&mut self, invocation: &Invocation, state: &mut State) {
        let role = invocation.binding.as_ref().and_then(|binding| language(binding.spec));
        self.code_from_input(role.unwrap_or(Role::Code), invocation, state);
    }

    /// The code that a command prints into a file of code, as far as that is known: `awk -f <(echo …)`.
    pub(super) fn printed_code(&mut self, file: &Value, invocation: &Invocation, state: &mut State) {
        let role = invocation.binding.as_ref().and_then(|binding| language(binding.spec));
        let Some((role, printed)) = role.zip(self.printed_by(&file.from)) else { return };
        let printed = Value { span: file.span, ..printed };
        if printed.known().is_some() {
            self.code(role, &printed, invocation, state);
        } else if printed.sketch.is_some() {
            self.known_parts("what a command prints is run", role, &printed, invocation, state);
        }
    }

    /// The text of a file of the workspace or of the script's own, or those that it may be; and whether that is all.
    fn texts_of(&self, file: &Value, state: &State) -> (Vec<String>, bool) {
        let (texts, sure) = self.made_texts(file, state);
        match file.known().and_then(|text| state.directory.join(text)).and_then(|path| self.settled_text(&path)) {
            Some(text) if texts.is_empty() => (vec![text], true),
            _ => (texts, sure),
        }
    }

    /// A program that is a file of the workspace: `./x.sh`.
    pub(super) fn own_file(&mut self, invocation: &Invocation, state: &State) {
        let Some(path) = invocation.file.as_deref().filter(|f| f.starts_with('/')) else {
            return;
        };
        let span = invocation.program.span;
        match self.settled_text(path) {
            Some(text) => self.run_text((path, &text), &invocation.arguments, span, invocation, state),
            None => self.run_made(path, &invocation.arguments, span, invocation, state),
        }
    }

    /// Follows the run of a file that has this text, be it as a program or as what a shell was told to read.
    pub(super) fn run_text(
        &mut self,
        (path, text): (&str, &str),
        arguments: &[Value],
        span: Span,
        invocation: &Invocation,
        state: &State,
    ) {
        let program = invocation.file.is_some();
        if program && !is_shell(text) {
            let language = interpreter(text).and_then(|name| self.specs.program(name)).and_then(language);
            if let Some(role) = language.filter(|_| self.files.written.contains_key(path)) {
                self.code(role, &Value::exact(text, span), invocation, &mut state.clone());
            }
            return;
        }
        let mut inner = self.inner_state(invocation, state);
        if program {
            inner.positional = Some(Rc::new(arguments.to_vec()));
        }
        self.walk_file(path, text, span, invocation, &mut inner);
    }

    /// What a build tool's file says of the words it is given: `make test`, `npm run build`.
    pub(super) fn project(&mut self, binding: &Binding, invocation: &Invocation, state: &State) {
        let Some(kind) = binding.spec.project().filter(|_| invocation.file.is_none()) else {
            return;
        };
        for directory in state.directory.each() {
            use super::state::Directory as D;
            if let D::Known(folder) | D::Matched(folder) = directory {
                self.project_in(&folder, kind, binding, invocation, state);
            }
        }
    }

    fn project_in(&mut self, folder: &str, kind: Project, binding: &Binding, invocation: &Invocation, state: &State) {
        let Some((text, made)) = self.project_text(kind, folder, binding, invocation) else {
            return;
        };
        if unknown_goal(&invocation.arguments, binding) {
            self.not_looked_into("what a word names that is not known", invocation);
        }
        // The words of a package manager are its own before they are names of scripts.
        let words: Vec<&str> = if matches!(kind, Project::PackageJson | Project::CargoConfig) {
            let known = invocation.arguments.iter().map(Value::known).take_while(|word| *word != Some("--"));
            let values = || binding.options.iter().filter_map(|bound| bound.value.as_ref()?.known());
            known.flatten().filter(|word| !word.starts_with('-') && !values().any(|value| value == *word)).collect()
        } else {
            binding.operands_in(&invocation.arguments).filter_map(|(_, word)| word.known()).collect()
        };
        let (recipes, more) = match kind {
            Project::Makefile => project::make(&text, &words),
            Project::PackageJson => project::package(&text, &words),
            Project::Justfile => project::just(&text, &words),
            Project::CargoConfig => project::cargo(&text, &words),
        };
        if more {
            self.limit(invocation.span, "there are more recipes than are followed");
        }
        for Recipe { name, code } in recipes {
            let key = format!("{folder}: {}: {name}", kind.word());
            if !self.may_read(&key, &code, invocation.span, invocation) {
                continue;
            }
            let script = parse(&code);
            // What the project says is its own, but for what the script has put there.
            if made {
                self.is_script(&script, invocation.span);
            }
            self.walk_part((&key, script), invocation, state);
        }
    }

    /// The text of a file, or of all that it may be, as far as that is known.
    pub(super) fn readable(&self, path: &str) -> Option<String> {
        let origins = self.origins(path);
        let texts: Vec<String> = origins.iter().filter_map(|(path, made)| self.text_at(path, *made)).collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }

    /// The text that the script has put into a file; or that of a small regular file which lies, links resolved, in the
    /// workspace.
    pub(super) fn text_at(&self, path: &str, made: Option<&Made>) -> Option<String> {
        match made {
            Some(Made::Text(text)) => return Some(text.to_string()),
            Some(_) => return None,
            None => {}
        }
        if !self.workspace.holds(path) || !self.facts.resolved(path).is_some_and(|real| self.workspace.holds(&real)) {
            return None;
        }
        if !matches!(self.facts.kind(path), Some(FileKind::File | FileKind::Link)) {
            return None;
        }
        String::from_utf8(self.facts.content(path, LARGEST_FILE)?).ok()
    }

    pub(super) fn walk_file(&mut self, path: &str, text: &str, span: Span, invocation: &Invocation, state: &mut State) {
        if !self.may_read(path, text, span, invocation) {
            return;
        }
        let script = parse(text);
        // What the script itself has put there is its own code, and no project's; a copy of a file is as that is.
        let own = |made: &Made| match made {
            Made::Text(put) => **put == *text,
            _ => true,
        };
        let own = self.origins(path).iter().any(|(_, made)| made.is_some_and(own));
        if own {
            self.not_read(&script, span, invocation);
        }
        let file = if own { self.within.file } else { self.within.file.or(Some(invocation.unit)) };
        self.walk_script((path, script), file, span, invocation, state);
    }

    /// Whether a file is not being read already, and not more than is.
    pub(super) fn may_read(&mut self, path: &str, text: &str, span: Span, invocation: &Invocation) -> bool {
        if let Some((_, forks)) = self.reading.iter().find(|(known, _)| known == path) {
            if self.around.forks > *forks {
                self.note(invocation.unit, span, NoteKind::Replicates);
            }
            return false;
        }
        self.counted_code(text, span)
    }

    /// Walks a command that a file holds: to run it is part of running that.
    pub(super) fn walk_part(&mut self, part: (&str, Script), invocation: &Invocation, state: &State) {
        let mut inner = self.inner_state(invocation, state);
        inner.positional = None;
        let file = self.within.file.or(Some(invocation.unit));
        self.walk_script(part, file, invocation.span, invocation, &mut inner);
    }

    /// Walks what a file holds. `file` is whose running it is part of, where it is the project's.
    fn walk_script(
        &mut self,
        (path, script): (&str, Script),
        file: Option<Unit>,
        span: Span,
        invocation: &Invocation,
        state: &mut State,
    ) {
        self.reading.push((path.to_owned(), self.around.forks));
        let outer = std::mem::replace(&mut self.within.file, file);
        self.inner(Rc::new(script), span, invocation, state, &invocation.input);
        self.within.file = outer;
        self.reading.pop();
    }
}

/// Whether a file's first line says that it is a shell script. Without one, the shell that is asked to run it runs it.
fn is_shell(text: &str) -> bool {
    match interpreter(text) {
        Some(name) => matches!(name, "sh" | "bash" | "dash" | "ash" | "ksh"),
        None => !text.contains('\0'),
    }
}

/// The program that a file's first line says runs it.
fn interpreter(text: &str) -> Option<&str> {
    let mut words = text.lines().next()?.strip_prefix("#!")?.split_whitespace();
    let program = words.next().map(last_name).unwrap_or_default();
    Some(if program == "env" { words.find(|w| !w.starts_with('-')).unwrap_or_default() } else { program })
}

/// The languages that a program takes on standard input, of one form of it or another.
pub(super) fn languages(spec: CommandSpec<'_>) -> impl Iterator<Item = Role> {
    spec.forms().filter_map(|form| match form.stdin() {
        Stdin::Code(role) => Some(role),
        _ => None,
    })
}

/// The first of them that is no shell's.
pub(super) fn language(spec: CommandSpec<'_>) -> Option<Role> {
    languages(spec).find(|role| !matches!(role, Role::Shell | Role::Bash | Role::Zsh | Role::Fish)).or_else(|| {
        // Of those that take none, the language of the code that is a word of theirs.
        let words = spec.forms().flat_map(|form| form.operands().map(|operand| operand.role));
        words.into_iter().find(|role| matches!(role, Role::Sed | Role::Awk))
    })
}
