//! Files that say what the tools of a project run, where the script itself has filled or edited them: what it has put there
//! runs with the tool, and is no code of the project's.

use super::bound::Binding;
use super::contents::Made;
use super::includes::usual_names;
use super::limit::LARGEST_FILE;
use super::limit::{MORE_CODE, MORE_FILES, MORE_IN_FILE};
use super::made::fills;
use super::resolution::{Invocation, NoteKind};
use super::spoken::texts;
use super::state::{Directory, State};
use super::value::{HOLE, Unit, Value};
use super::walker::Walker;
use crate::shell::parse;
use guardian_rules::names::{is_task_file, language};
use guardian_rules::paths::{below, folder, last_name, within};
use guardian_rules::{Config, EffectKind, EffectTarget, Output, Project, Role};

/// So many files are followed.
const MOST_FILES: usize = 64;
/// So many pieces of what was put into one are tried as commands.
const MOST_PIECES: usize = 256;

/// Why what such a file says is not known.
const EDITED: &str = "a file that says what runs was edited by the script, to what is not known";
const UNREAD: &str = "a file that says what runs was filled by the script, in a language that is not read";

impl Walker<'_> {
    /// Follows what a tool of the project runs because the script has put it into a file of tasks or configuration.
    pub(super) fn tasks(&mut self, binding: &Binding, invocation: &Invocation, state: &State) {
        // A command alone has filled nothing before.
        if (self.out.invocations.len() < 2 && self.files.written.is_empty()) || !runs_project(binding) {
            return;
        }
        let near = |path: &str| is_task_file(path) && is_near(path, &state.directory);
        let filled = self.filled(near);
        for path in self.at_most(filled, MOST_FILES, invocation.span, MORE_FILES) {
            self.filled_task(&path, binding.spec.project(), invocation, state);
        }
        let mut edited = self.edited_before(invocation.unit);
        edited.retain(|(path, _)| near(path));
        for (path, unit) in self.at_most(edited, MOST_FILES, invocation.span, MORE_FILES) {
            self.edited_task(&path, &[unit], invocation, state);
        }
        if !self.files.written.is_empty() {
            self.sources(binding, invocation, state);
        }
    }

    /// A file of tasks that the script has filled. `kind` is what the tool reads itself, which was followed already.
    fn filled_task(&mut self, path: &str, kind: Option<Project>, invocation: &Invocation, state: &State) {
        if self.is_reading(path) {
            return;
        }
        let name = last_name(path);
        let own = kind.filter(|kind| {
            let brought = matches!(kind, Project::Makefile) && name.ends_with(".mk")
                || matches!(kind, Project::Justfile) && name.ends_with(".just");
            brought || usual_names(*kind).iter().any(|usual| last_name(usual) == name)
        });
        for (origin, made) in self.origins_of(path) {
            match made {
                Some(Made::Text(text)) => self.task_text((path, &text), own, invocation, state),
                Some(Made::Output(units)) => self.edited_task(path, &units, invocation, state),
                Some(Made::More) => self.limit(invocation.span, MORE_IN_FILE),
                // What was there before, or comes from elsewhere in the project, is the project's own.
                _ if origin == path || self.workspace.holds(&origin) => {}
                _ => self.note(invocation.unit, invocation.span, NoteKind::Code(EDITED, Vec::new())),
            }
        }
    }

    /// A text that the script has put into a file of tasks.
    fn task_text(&mut self, (path, text): (&str, &str), own: Option<Project>, invocation: &Invocation, state: &State) {
        let read = own.is_some_and(|kind| kind != Project::PackageJson || text.trim_start().starts_with('{'));
        if text.contains(HOLE) || own.is_some() && !read {
            self.note(invocation.unit, invocation.span, NoteKind::Code(EDITED, Vec::new()));
            self.pieces(path, text.lines().map(str::to_owned).collect(), invocation, state);
        }
        if own.is_some() {
            return;
        }
        match language(path) {
            Some(role) => {
                self.reading.push((path.to_owned(), self.around.forks));
                self.code(role, &Value::exact(text, invocation.span), invocation, &mut state.clone());
                self.reading.pop();
            }
            None => {
                self.note(invocation.unit, invocation.span, NoteKind::Unread(UNREAD, Vec::new()));
                // What it says in whatever language: a command behind its name, or in quotes.
                self.dialect(Role::Code, text, invocation.span, invocation, state);
                let named = text.lines().filter_map(|line| Some(line.split_once('=')?.1.trim()));
                let called = text.split("COMMAND ").skip(1).filter_map(|rest| rest.split([')', '\n']).next());
                let said = text.lines().chain(named).chain(called).map(str::to_owned).collect();
                self.pieces(path, said, invocation, state);
            }
        }
    }

    /// A file of tasks that these commands have edited: what they were given for it may be in it.
    fn edited_task(&mut self, path: &str, units: &[Unit], invocation: &Invocation, state: &State) {
        self.note(invocation.unit, invocation.span, NoteKind::Code(EDITED, units.to_vec()));
        let mut said: Vec<String> = Vec::new();
        for editor in units.iter().filter_map(|unit| self.out.invocation(*unit)) {
            let outlines = editor.prints.iter().chain(editor.input.given()).map(Value::outline);
            for text in outlines.filter(|text| text.len() <= LARGEST_FILE) {
                said.extend(text.lines().map(str::to_owned));
            }
            // What `NAME=VALUE` sets is the value; any other word alone is a name.
            let words = editor.arguments.iter().filter_map(Value::known).filter(|word| word.len() <= LARGEST_FILE);
            let values = words.filter_map(|word| match word.split_once('=') {
                Some((_, value)) => Some(value),
                None => Some(word).filter(|word| word.contains(char::is_whitespace)),
            });
            said.extend(values.map(str::to_owned));
        }
        self.pieces(path, said, invocation, state);
    }

    /// Follows what of these texts, or of what is quoted in them, is a command.
    pub(super) fn pieces(&mut self, path: &str, said: Vec<String>, invocation: &Invocation, state: &State) {
        if self.is_reading(path) {
            return;
        }
        let mut pieces: Vec<String> = Vec::new();
        for text in said {
            let mut quoted = String::new();
            if !texts(&text, &mut quoted) {
                self.limit(invocation.span, MORE_CODE);
            }
            for piece in quoted.lines().chain([text.as_str()]).map(|line| line.trim_start_matches(MARKS)) {
                let program = piece.split([' ', '\t', ';']).next().unwrap_or_default();
                let known = self.specs.program(program).is_some() || piece.contains(';');
                if known && pieces.len() <= MOST_PIECES && !pieces.iter().any(|other| other == piece) {
                    pieces.push(piece.to_owned());
                }
            }
        }
        let pieces = self.at_most(pieces, MOST_PIECES, invocation.span, MORE_CODE);
        self.reading.push((path.to_owned(), self.around.forks));
        for piece in pieces {
            let (script, span) = (parse(&piece), invocation.span);
            let name = format!("{path}: {piece}");
            if self.is_script(&script, span) && self.may_read(&name, &piece, span, invocation) {
                self.walk_part((&name, script), invocation, state);
            }
        }
        self.reading.pop();
    }

    /// The files of tasks that commands in front of this one edit otherwise than by redirections and copies, each with the
    /// command.
    fn edited_before(&self, unit: Unit) -> Vec<(String, Unit)> {
        let mut edited: Vec<(String, Unit)> = Vec::new();
        let mut add = |directory: &Directory, name: &str, unit: Unit| {
            if is_task_file(name) {
                edited.push((directory.join(name).unwrap_or_else(|| name.to_owned()), unit));
            }
        };
        for before in self.out.invocations.iter().filter(|before| before.unit < unit) {
            let Some(binding) = before.binding.as_ref().filter(|binding| !binding.info) else { continue };
            let directory = binding.directory(&before.directory);
            let stated = || binding.form.into_iter().flat_map(|form| form.effects());
            if stated().any(|effect| effect.kind == EffectKind::Execute) {
                continue;
            }
            for effect in stated().filter(|e| matches!(e.kind, EffectKind::Write | EffectKind::Append)) {
                match effect.target {
                    EffectTarget::Literal("." | "./") => {
                        // A patch says itself which files it changes.
                        let text = before.input.given().map(Value::outline).unwrap_or_default();
                        let names = text.lines().filter_map(|line| line.strip_prefix("+++ ")?.split('\t').next());
                        names.for_each(|name| add(&directory, name.strip_prefix("b/").unwrap_or(name), before.unit));
                    }
                    EffectTarget::Literal(name) => add(&directory, name, before.unit),
                    EffectTarget::Operands => {
                        let words = binding.operands_in(&before.arguments).filter_map(|(_, word)| word.known());
                        words.for_each(|name| add(&directory, name, before.unit));
                    }
                    _ => {}
                }
            }
            // What is copied, or comes through a filter, was followed when it was put there.
            if !matches!(binding.output(), Output::Copied | Output::Pieces | Output::Filter | Output::Same) {
                let written = before.words().filter(|(role, _)| fills(*role));
                written.filter_map(|(_, word)| word.known()).for_each(|name| add(&directory, name, before.unit));
            }
        }
        for note in self.out.notes.iter().filter(|note| note.unit < unit) {
            if let NoteKind::Dialect(_, actions, directory) = &note.kind {
                let writes =
                    actions.iter().filter(|a| matches!(a.kind, EffectKind::Write | EffectKind::Append) && !a.mentioned);
                writes.filter_map(|a| a.target.as_deref()).for_each(|name| add(directory, name, note.unit));
            }
        }
        edited
    }
}

/// What stands in front of a command in a recipe, or in a patch.
const MARKS: [char; 6] = ['+', '@', '-', '!', '\t', ' '];

/// Whether a command runs code of the project: a task, a build, tests. What version control runs of it are hooks, which lie
/// in places of their own.
fn runs_project(binding: &Binding) -> bool {
    let runs = |form: guardian_rules::Form<'_>| {
        form.effects().any(|e| e.kind == EffectKind::Execute && e.target == EffectTarget::Literal("project"))
    };
    !binding.info && binding.spec.config() != Some(Config::Git) && binding.form.is_some_and(runs)
}

/// Whether a file lies in, above or below the folder that a tool runs in.
pub(super) fn is_near(path: &str, directory: &Directory) -> bool {
    let folder = folder(path);
    directory.each().iter().any(|directory| match directory {
        Directory::Known(here) => below(path, here) || within(here, folder) || !path.starts_with('/'),
        _ => true,
    })
}
