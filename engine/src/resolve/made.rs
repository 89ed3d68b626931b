//! Files that the script itself makes: what is in them is known from what made them, and whoever runs one runs that.
//! A copy of a program, or a link to it, is that program under another name.

use super::argv::Binding;
use super::files::MOST;
use super::resolution::{Invocation, NoteKind};
use super::state::State;
use super::value::{Knowledge, Unit, Value};
use super::walk::{Call, Walker};
use crate::facts::FileKind;
use crate::shell::{RedirectOperator as Op, Span};
use guardian_rules::image::matches;
use guardian_rules::{Output, Role};

/// Links and copies of one another are followed so far.
const MOST_STEPS: usize = 8;

/// What the script has put into a file.
#[derive(Clone, Debug)]
pub(super) enum Made {
    /// This text, as far as it is known.
    Text(String),
    /// What another file holds, or a link to that.
    Same(String),
    /// What these commands print, of which nothing is known.
    Output(Vec<Unit>),
}

impl Walker<'_> {
    /// What the script has put into a file, copies and links followed, and the last file on that way.
    pub(super) fn origin<'p>(&'p self, path: &'p str) -> (&'p str, Option<&'p Made>) {
        let mut path = path;
        for _ in 0..MOST_STEPS {
            match self.written.get(path) {
                Some(Made::Same(other)) => path = other,
                made => return (path, made),
            }
        }
        (path, None)
    }

    fn make(&mut self, path: String, made: Made) {
        let itself = matches!(&made, Made::Same(other) if *other == path);
        if !itself && self.written.len() < self.limits.names {
            self.written.insert(path, made);
        }
    }

    /// A descriptor leads to this file from now on.
    pub(super) fn opens(&mut self, descriptor: u32, path: String) {
        const MOST_OPENED: usize = 16;
        if self.opened.len() < MOST_OPENED {
            self.opened.push((descriptor, path));
        }
    }

    /// The command being walked prints to this descriptor.
    pub(super) fn prints_to(&mut self, descriptor: u32) {
        let files = self.opened.iter().filter(|(open, _)| *open == descriptor);
        self.given.extend(files.map(|(_, path)| path.clone()));
    }

    /// Follows the standard output of a command that says nothing of it: `exec` may have led it to a file before. `notes`
    /// are those of its redirections, if it redirects its output.
    pub(super) fn follow_output(&mut self, name: Option<&str>, unit: Unit, notes: Option<std::ops::Range<usize>>) {
        const STANDARD_OUTPUT: u32 = 1;
        if name == Some("exec") {
            let noted = notes.and_then(|notes| self.out.notes.get(notes)).unwrap_or_default();
            let files = noted.iter().filter_map(|note| match &note.kind {
                NoteKind::Redirect(written) if written.operator != Op::Read => {
                    written.target.known().and_then(|text| written.directory.join(text))
                }
                _ => None,
            });
            for path in files.collect::<Vec<_>>() {
                self.opens(STANDARD_OUTPUT, path);
            }
        } else if notes.is_none() && !self.opened.is_empty() {
            self.prints_to(STANDARD_OUTPUT);
            self.remember(&[unit], 0..0);
        }
    }

    /// Remembers what a command prints into files, for whoever runs them later. `notes` are those of its redirections.
    pub(super) fn remember(&mut self, units: &[Unit], notes: std::ops::Range<usize>) {
        let text = match units {
            [unit] => self.out.invocation(*unit).and_then(|invocation| invocation.prints.as_ref()),
            _ => None,
        };
        let text = text.map(|printed| printed.outline().into_owned());
        // What a descriptor was opened for lies behind what it got before.
        let mut targets: Vec<(String, bool)> = self.given.drain(..).map(|path| (path, true)).collect();
        for note in self.out.notes.get(notes).unwrap_or_default() {
            if let NoteKind::Redirect(written) = &note.kind
                && let Some(path) = written.target.known().and_then(|text| written.directory.join(text))
            {
                match written.operator {
                    Op::Write | Op::Clobber | Op::WriteBoth => targets.push((path, false)),
                    Op::Append | Op::AppendBoth => targets.push((path, true)),
                    _ => {}
                }
            }
        }
        for (path, appends) in targets {
            let made = match (&text, appends) {
                (Some(text), false) if text.len() <= MOST => Made::Text(text.clone()),
                (Some(text), true) => self.appended(&path, text, units),
                _ => Made::Output(units.to_vec()),
            };
            self.make(path, made);
        }
    }

    /// A file with this text behind what is in it, as far as that is known.
    fn appended(&self, path: &str, text: &str, units: &[Unit]) -> Made {
        match (self.readable(path), self.origin(path).1) {
            (Some(before), _) if before.len() + text.len() <= MOST => Made::Text(format!("{before}\n{text}")),
            (None, Some(Made::Output(others))) => Made::Output(others.iter().chain(units).copied().collect()),
            (None, None) if self.facts.kind(path) == Some(FileKind::Missing) => Made::Text(text.to_owned()),
            _ => Made::Output(units.to_vec()),
        }
    }

    /// Whether one of these redirections reads what the script has put into a file.
    pub(super) fn reads_made(&self, notes: std::ops::Range<usize>) -> bool {
        let noted = self.out.notes.get(notes).unwrap_or_default();
        !self.written.is_empty()
            && noted.iter().any(|note| match &note.kind {
                NoteKind::Redirect(written) if written.operator == Op::Read => {
                    let path = written.target.known().and_then(|text| written.directory.join(text));
                    path.is_some_and(|path| self.written.contains_key(&path))
                }
                _ => false,
            })
    }

    /// The text that the script has put into the file of this name.
    pub(super) fn made_text(&self, name: &Value, state: &State) -> Option<String> {
        if self.written.is_empty() {
            return None;
        }
        let path = name.known().and_then(|text| state.directory.join(text))?;
        match self.origin(&path).1 {
            Some(Made::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// Follows the run of files that the script has made, by a name that may be that of any of them.
    pub(super) fn run_any_made(&mut self, name: &Value, invocation: &Invocation, state: &State) {
        const MOST_FOLLOWED: usize = 8;
        let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
        let pattern = match name.knowledge {
            Knowledge::Exact if !name.many => return,
            Knowledge::Pattern => last(&name.text).replace(['?', '['], "*"),
            _ => "*".to_owned(),
        };
        let pattern = pattern.split_once(']').map_or(pattern.as_str(), |_| "*");
        let mut paths: Vec<String> =
            self.written.keys().filter(|path| matches(pattern, &last(path))).cloned().collect();
        paths.sort();
        for path in paths.into_iter().take(MOST_FOLLOWED) {
            match self.readable(&path) {
                Some(text) => {
                    let mut inner = self.inner_state(invocation, state);
                    self.walk_file(&path, &text, name.span, invocation, &mut inner);
                }
                None => self.run_made(&path, &[], name.span, invocation, state),
            }
        }
    }

    /// Remembers what a command puts where it writes: the files that it reads, or what it is given.
    pub(super) fn copied(&mut self, invocation: &Invocation) {
        let Some(binding) = &invocation.binding else { return };
        let output = binding.output();
        match output {
            Output::Copied => {}
            Output::Filter if binding.operands.iter().any(|(_, role)| fills(*role)) => {}
            _ => return,
        }
        let (mut sources, mut targets) = sources_and_targets(invocation);
        if sources.is_empty() && output == Output::Filter || sources.iter().flatten().any(|path| path == "/dev/stdin") {
            sources = vec![];
        } else if targets.is_empty() && output == Output::Copied {
            // A link with no name of its own lies in the working directory.
            targets.extend(invocation.directory.join("."));
        }
        for target in targets {
            self.copies(&sources, target, invocation);
        }
    }

    fn copies(&mut self, sources: &[Option<String>], target: String, invocation: &Invocation) {
        let unknown = || Made::Output(vec![invocation.unit]);
        let into = target.trim_end_matches(['/', '.']).to_owned();
        for source in sources {
            let made = source.clone().map_or_else(unknown, Made::Same);
            if let Some(name) = source.as_deref().and_then(|source| source.rsplit('/').next()) {
                self.make(format!("{into}/{name}"), made.clone());
            }
            if self.facts.kind(&target) != Some(FileKind::Directory) {
                self.make(into.clone(), made);
            }
        }
        if sources.is_empty() {
            let text = invocation.input.given().and_then(Value::known).filter(|text| text.len() <= MOST);
            let made = text.map_or_else(unknown, |text| Made::Text(text.to_owned()));
            self.make(target, made);
        }
    }

    /// Follows code that the script has put where an interpreter finds it by a name: `import a`, `python -m a`, `require "./a"`.
    pub(super) fn made_modules(&mut self, binding: &Binding, invocation: &Invocation, state: &State) {
        const MOST_MODULES: usize = 8;
        if self.written.is_empty() {
            return;
        }
        let language = super::files::language(binding.spec);
        let Some(role) = language.filter(|role| IMPORTS.contains(role)) else { return };
        let mut paths: Vec<String> =
            self.written.keys().filter(|path| names_module(invocation, path)).cloned().collect();
        paths.sort();
        for path in paths.into_iter().take(MOST_MODULES) {
            if self.reading.iter().any(|(known, _)| *known == path) {
                continue;
            }
            match self.origin(&path).1 {
                Some(Made::Text(text)) => {
                    let text = Value::exact(text.as_str(), invocation.span);
                    self.reading.push((path, self.forks));
                    self.code(role, &text, invocation, &mut state.clone());
                    self.reading.pop();
                }
                Some(Made::Output(units)) => {
                    let why = "a module is imported that the script has filled with what is not known";
                    let from = units.clone();
                    self.note(invocation.unit, invocation.span, NoteKind::Code(why, from));
                }
                _ => {}
            }
        }
    }

    /// Follows the run of a file that the script has made, if its text is not at hand. `arguments` are those of the run.
    pub(super) fn run_made(
        &mut self,
        path: &str,
        arguments: &[Value],
        span: Span,
        invocation: &Invocation,
        state: &State,
    ) {
        if !self.written.contains_key(path) {
            return;
        }
        let (origin, made) = self.origin(path);
        match made {
            Some(Made::Output(units)) => {
                let from = units.clone();
                let makers = units.iter().filter_map(|unit| self.out.invocation(*unit));
                let sources: Vec<String> = makers.flat_map(|i| sources_and_targets(i).0).flatten().collect();
                let why = "a file is run that the script has filled with what is not known";
                self.note(invocation.unit, span, NoteKind::Code(why, from.clone()));
                // What it was made of may be in it.
                let printed = from.iter().filter_map(|unit| self.out.invocation(*unit)?.prints.as_ref());
                let printed: Vec<String> = printed.map(|printed| printed.outline().into_owned()).collect();
                if !printed.is_empty() {
                    let mut inner = self.inner_state(invocation, state);
                    self.walk_file(path, &printed.join("\n"), span, invocation, &mut inner);
                }
                for source in sources {
                    if let Some(text) = self.readable(&source) {
                        let mut inner = self.inner_state(invocation, state);
                        self.walk_file(&source, &text, span, invocation, &mut inner);
                    }
                }
            }
            // A program under another name.
            None if origin != path => {
                let mut words = vec![Value::exact(origin, span)];
                words.extend_from_slice(arguments);
                let mut inner = self.inner_state(invocation, state);
                let input = invocation.input.clone();
                self.deeper(span, |walker| {
                    walker.invoke(Call::process(words, Some(invocation.unit), span), &mut inner, &input);
                });
            }
            _ => {}
        }
    }
}

/// Languages whose programs find code by names of modules.
const IMPORTS: [Role; 4] = [Role::Python, Role::JavaScript, Role::Ruby, Role::Perl];

/// Whether a word of a command, or the code in it, has the name of a module that lies in this file, beside where it runs.
pub(crate) fn names_module(invocation: &Invocation, path: &str) -> bool {
    const CODE: [&str; 11] = ["py", "pyc", "so", "js", "mjs", "cjs", "ts", "node", "rb", "pl", "pm"];
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, _)) = name
        .split_once('.')
        .filter(|(stem, end)| !stem.is_empty() && end.rsplit('.').next().is_some_and(|end| CODE.contains(&end)))
    else {
        return false;
    };
    // Who names the file itself runs it as that.
    let words = || invocation.arguments.iter().chain(invocation.input.given());
    let itself =
        words().any(|word| word.known().and_then(|text| invocation.directory.join(text)).as_deref() == Some(path));
    let part = |c: char| !c.is_alphanumeric() && c != '_';
    !itself && words().any(|word| word.outline().split(part).any(|word| word == stem))
}

/// Whether a command puts something of its own into what has this role.
const fn fills(role: Role) -> bool {
    matches!(role, Role::Write | Role::Append | Role::Replace | Role::CopyTo)
}

/// The files that a command reads, where they are known, and those that it writes.
fn sources_and_targets(invocation: &Invocation) -> (Vec<Option<String>>, Vec<String>) {
    let (mut sources, mut targets) = (Vec::new(), Vec::new());
    let Some(binding) = &invocation.binding else { return (sources, targets) };
    let operands = binding.operands.iter().filter_map(|(at, role)| Some((invocation.arguments.get(*at)?, *role)));
    let values = binding.options.iter().filter_map(|bound| Some((bound.value.as_ref()?, bound.role?)));
    for (word, role) in operands.chain(values) {
        let path = || word.known().and_then(|text| invocation.directory.join(text));
        match role {
            role if fills(role) => targets.extend(path()),
            Role::Read | Role::Move | Role::LinkTo | Role::CopyFrom => sources.push(path()),
            _ => {}
        }
    }
    (sources, targets)
}
