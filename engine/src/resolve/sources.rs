//! Sources that the script itself has filled: the tools of a project build, test and run whatever lies there, named or
//! not. What such a file plainly does is done by the tool, and is no code of the project's.

use super::bound::Binding;
use super::contents::Made;
use super::dialect::{Action, source_actions};
use super::limit::{MORE_CODE, MORE_FILES};
use super::resolution::{Invocation, NoteKind};
use super::state::State;
use super::tasks::is_near;
use super::unlisted::does_unknown;
use super::value::Value;
use super::walker::Walker;
use guardian_rules::image::matches;
use guardian_rules::names::{is_task_file, is_test, source};
use guardian_rules::paths::{below, within};
use guardian_rules::places::LOADING_VARIABLES;
use guardian_rules::{EffectKind, Role};

/// Why what a variable brings in is not known.
const BROUGHT: &str = "a variable brings in a file that the script has filled";

/// Why what a source says is not known.
const ELSEWHERE: &str = "a source is run that the script has brought from elsewhere";

/// So many files are followed.
const MOST_FILES: usize = 64;

impl Walker<'_> {
    /// Follows what a tool of the project builds, tests or runs because the script has put it into a source.
    pub(super) fn sources(&mut self, binding: &Binding, invocation: &Invocation, state: &State) {
        let names = |path: &str| {
            let mut words = invocation.arguments.iter().filter_map(|word| word.known());
            words.any(|word| state.directory.join(word).as_deref() == Some(path))
        };
        let follows = |path: &str| {
            // What is named as code was followed as that, but for tests.
            let followed = || !is_test(path) && binding.operand_roles.have(Role::CodeFile) && names(path);
            source(path).is_some() && !is_task_file(path) && is_near(path, &state.directory) && !followed()
        };
        self.all_plainly(self.filled(follows), invocation, state);
    }

    /// Follows sources that a command names of which nobody knows what it does with them: whoever takes a program runs it.
    pub(super) fn given_sources(&mut self, invocation: &Invocation, state: &State) {
        if self.files.written.is_empty() || !does_unknown(invocation) {
            return;
        }
        let words = invocation.arguments.iter().filter_map(|word| word.known());
        let words = words.map(|word| word.split_once('=').map_or(word, |(_, value)| value));
        let mut paths: Vec<String> = words.filter_map(|word| state.directory.join(word)).collect();
        paths.retain(|path| self.files.written.contains_key(path) && source(path).is_some());
        self.all_plainly(paths, invocation, state);
    }

    /// Follows sources in a folder that is run as a program: `node .`, `python3 x`.
    pub(super) fn folder_run(&mut self, folder: &Value, invocation: &Invocation, state: &State) {
        let Some(folder) = folder.known().and_then(|text| state.directory.join(text)) else { return };
        let paths = self.filled(|path| below(path, &folder) && source(path).is_some());
        self.all_plainly(paths, invocation, state);
    }

    fn all_plainly(&mut self, paths: Vec<String>, invocation: &Invocation, state: &State) {
        for path in self.at_most(paths, MOST_FILES, invocation.span, MORE_FILES) {
            let Some(role) = source(&path).filter(|_| !self.is_reading(&path)) else { continue };
            for (origin, made) in self.origins_of(&path) {
                match made {
                    Some(Made::Text(text)) => self.plainly((&path, &text), role, invocation, state),
                    None if origin != path && !self.workspace.holds(&origin) => {
                        self.note(invocation.unit, invocation.span, NoteKind::Code(ELSEWHERE, Vec::new()));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Follows files of the script's own that a variable in front of a command brings in: settings, start-up files, modules,
    /// programs.
    pub(super) fn brought(&mut self, invocation: &Invocation, state: &State) {
        if self.files.written.is_empty() || invocation.environment.is_empty() {
            return;
        }
        for (name, value) in &invocation.environment {
            if !is_loading(name) {
                continue;
            }
            let text = value.outline();
            let parts = text.split([':', '=', ' ', ',']).filter(|part| !part.is_empty() && !part.starts_with('-'));
            let places: Vec<String> = parts.filter_map(|part| state.directory.join(part)).collect();
            let filled = self.filled(|path| places.iter().any(|place| within(path, place)));
            for path in self.at_most(filled, MOST_FILES, invocation.span, MORE_FILES) {
                self.brought_file(&path, name == "PATH", invocation, state);
            }
        }
    }

    fn brought_file(&mut self, path: &str, program: bool, invocation: &Invocation, state: &State) {
        if self.is_reading(path) {
            return;
        }
        for (_, made) in self.origins_of(path) {
            match (made, source(path)) {
                (Some(Made::Text(text)), Some(role)) => self.plainly((path, &text), role, invocation, state),
                (Some(Made::Text(text)), None) if program => {
                    let mut inner = self.inner_state(invocation, state);
                    self.walk_file(path, &text, invocation.span, invocation, &mut inner);
                }
                (Some(Made::Text(text)), None) => {
                    self.note(invocation.unit, invocation.span, NoteKind::Code(BROUGHT, Vec::new()));
                    let values = text.lines().filter_map(|line| Some(line.split_once('=')?.1.trim()));
                    let said = text.lines().chain(values).map(str::to_owned).collect();
                    self.pieces(path, said, invocation, state);
                }
                (Some(Made::Output(units)), _) => {
                    self.note(invocation.unit, invocation.span, NoteKind::Code(BROUGHT, units));
                }
                _ => {}
            }
        }
    }

    /// What code surely says: the commands that it starts, and the files of a known name that it changes. The rest is part
    /// of building or testing, as any other code of the project is.
    fn plainly(&mut self, (path, text): (&str, &str), role: Role, invocation: &Invocation, state: &State) {
        use EffectKind as K;
        let surely = |action: &Action| {
            let changes = matches!(action.kind, K::Delete | K::Destroy | K::Write | K::Append | K::Metadata);
            action.target.is_some() && !action.mentioned && (action.shell.is_some() || changes)
        };
        let found = source_actions(role, text);
        if found.more {
            self.limit(invocation.span, MORE_CODE);
        }
        let all = found.list.into_iter().filter(surely);
        let (commands, others): (Vec<Action>, Vec<Action>) = all.partition(|action| action.shell.is_some());
        self.reading.push((path.to_owned(), self.around.forks));
        let file = self.within.file.replace(invocation.unit);
        for directory in state.directory.each().into_iter().filter(|_| !others.is_empty()) {
            self.note(invocation.unit, invocation.span, NoteKind::Dialect(role, others.clone(), directory));
        }
        for code in commands.into_iter().filter_map(|action| action.target) {
            let mut inner = self.inner_state(invocation, state);
            inner.positional = None;
            self.walk_file(&format!("{path}: {code}"), &code, invocation.span, invocation, &mut inner);
        }
        self.within.file = file;
        self.reading.pop();
    }
}

/// Whether a variable may bring in code or settings.
fn is_loading(name: &str) -> bool {
    LOADING_VARIABLES.iter().any(|pattern| matches(pattern, name))
}
