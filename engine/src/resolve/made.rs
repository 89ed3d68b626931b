//! Files that the script itself makes: what is in them is known from what made them, and whoever runs one runs that.
//! A copy of a program, or a link to it, is that program under another name.

use super::bound::Binding;
use super::contents::Made;
use super::limit::LARGEST_FILE;
use super::limit::{MORE_FILES, MORE_IN_FILE};
use super::named::Named;
use super::resolution::{Invocation, NoteKind, Written};
use super::state::State;
use super::value::{Knowledge, Unit, Value, Why};
use super::walker::{Call, Walker};
use crate::facts::FileKind;
use crate::shell::{RedirectOperator as Op, Span};
use guardian_rules::image::matches;
use guardian_rules::paths::{below, is_pattern, last_name};
use guardian_rules::{Output, Role};
use smallvec::SmallVec;

/// So many files that one command is redirected to are followed.
const MOST_OPENED: usize = 256;

impl Walker<'_> {
    /// A descriptor leads to this file from now on.
    pub(super) fn opens(&mut self, descriptor: u32, file: Named) {
        const MOST_DESCRIPTORS: usize = 64;
        if self.files.opened.len() == MOST_DESCRIPTORS {
            return self.limit(Span::default(), "there are more descriptors than are followed");
        }
        self.files.opened.push((descriptor, file));
    }

    /// The command being walked prints to this descriptor.
    pub(super) fn prints_to(&mut self, descriptor: u32) {
        let files = self.files.opened.iter().filter(|(open, _)| *open == descriptor);
        self.files.given.extend(files.map(|(_, file)| file.clone()));
    }

    /// Follows the standard output of a command that says nothing of it: `exec` may have led it to a file before. `notes`
    /// are those of its redirections, if it redirects its output.
    pub(super) fn follow_output(&mut self, name: Option<&str>, unit: Unit, notes: Option<std::ops::Range<usize>>) {
        const STANDARD_OUTPUT: u32 = 1;
        if name == Some("exec") {
            let written = self.redirected(notes.unwrap_or_default()).filter(|written| written.operator != Op::Read);
            let files: Vec<Named> = written.flat_map(|written| written.directory.named(&written.target)).collect();
            for file in files {
                self.opens(STANDARD_OUTPUT, file);
            }
        } else if notes.is_none() && !self.files.opened.is_empty() {
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
        let mut targets: Vec<(Named, bool)> = self.files.given.drain(..).map(|file| (file, true)).collect();
        if !self.printed_to(notes, &mut targets) {
            self.limit(Span::default(), MORE_FILES);
        }
        for (file, appends) in targets {
            match (&text, appends) {
                (Some(text), false) if text.len() <= LARGEST_FILE => self.make(file, Made::Text(text.as_str().into())),
                (Some(text), true) => self.append_to(file, text, units),
                _ => self.make(file, Made::Output(units.to_vec())),
            }
        }
    }

    /// Adds the files that redirections lead output to, each with whether that is put behind what is there; and says whether
    /// these are all.
    fn printed_to(&self, notes: std::ops::Range<usize>, targets: &mut Vec<(Named, bool)>) -> bool {
        let opened = self.redirected(notes).take(MOST_OPENED + 1);
        for written in opened.clone() {
            // One file, in one of several folders.
            let elsewhere = |other: &Written| other.target == written.target && other.directory != written.directory;
            let several = opened.clone().any(elsewhere);
            let appends = match written.operator {
                Op::Write | Op::Clobber | Op::WriteBoth => false,
                Op::Append | Op::AppendBoth => true,
                _ => continue,
            };
            let files = written.directory.named(&written.target).into_iter();
            targets.extend(files.map(|file| (Named { sure: file.sure && !several, ..file }, appends)));
        }
        opened.count() <= MOST_OPENED
    }

    /// Remembers a text behind what is in a file, as far as that is known.
    fn append_to(&mut self, file: Named, text: &str, units: &[Unit]) {
        let before = self.origins_of(&file.path);
        let all: SmallVec<[Made; 1]> = before
            .iter()
            .map(|(path, made)| match (self.text_at(path, made.as_ref()), made) {
                (Some(before), _) if before.len() + text.len() <= LARGEST_FILE => {
                    Made::Text(format!("{before}\n{text}").into())
                }
                (None, Some(Made::Output(others))) => Made::Output(others.iter().chain(units).copied().collect()),
                (None, None) if text.len() <= LARGEST_FILE && self.is_missing(path) => Made::Text(text.into()),
                _ => Made::Output(units.to_vec()),
            })
            .collect();
        self.make_any(file, all);
    }

    /// Whether one of these redirections reads what the script has put into a file.
    pub(super) fn reads_made(&self, notes: std::ops::Range<usize>) -> bool {
        let mut read = self.redirected(notes).filter(|written| written.operator == Op::Read);
        !self.files.written.is_empty()
            && read.any(|written| {
                let files = written.directory.named(&written.target);
                files.iter().any(|file| self.files.written.contains_key(&*file.path))
            })
    }

    /// The redirections among these notes.
    fn redirected(&self, notes: std::ops::Range<usize>) -> impl Iterator<Item = &Written> + Clone {
        let noted = self.out.notes.get(notes).unwrap_or_default();
        noted.iter().filter_map(|note| match &note.kind {
            NoteKind::Redirect(written) => Some(written),
            _ => None,
        })
    }

    /// What the script has put into the file of this name: its text, or what it may be.
    pub(super) fn made_text(&self, name: &Value, state: &State) -> Option<Value> {
        let (texts, sure) = self.made_texts(name, state);
        let unknown = || Value { from: name.from.clone(), ..Value::unknown(Why::Output, name.span) };
        match texts.as_slice() {
            [] => None,
            [only] if sure => Some(Value::exact(only.as_str(), name.span)),
            all => Some(Value { sketch: Some(all.join("\n").into()), many: true, ..unknown() }),
        }
    }

    /// The texts that the script has put into the file of this name, and whether it surely holds the one of them.
    pub(super) fn made_texts(&self, name: &Value, state: &State) -> (Vec<String>, bool) {
        let mut texts: Vec<String> = Vec::new();
        if self.files.written.is_empty() {
            return (texts, false);
        }
        let mut sure = name.known().is_some() || name.is_made();
        let named = state.directory.named(name);
        let matched = named.iter().filter(|file| is_pattern(&file.path)).flat_map(|file| self.own_matches(&file.path));
        let matched: Vec<String> = matched.collect();
        for path in named.iter().map(|file| &*file.path).chain(matched.iter().map(String::as_str)) {
            for (_, made) in self.origins(path) {
                match made {
                    Some(Made::Text(text)) if texts.iter().any(|known| **known == **text) => {}
                    Some(Made::Text(text)) => texts.push(text.to_string()),
                    _ => sure = false,
                }
            }
        }
        sure &= texts.len() == 1;
        (texts, sure)
    }

    /// Follows the run of files that the script has made, by a name that may be that of any of them.
    pub(super) fn run_any_made(&mut self, name: &Value, invocation: &Invocation, state: &State) {
        const MOST_FOLLOWED: usize = 64;
        let mut paths: Vec<String> = state.directory.named(name).into_iter().map(|file| file.path.into()).collect();
        let known = name.known().is_some();
        if !known && !paths.iter().any(|path| self.files.written.contains_key(path)) {
            let pattern = match name.knowledge {
                Knowledge::Pattern => starred(last_name(&name.text)),
                _ => "*".to_owned(),
            };
            paths = self.filled(|path| matches(&pattern, last_name(path)));
            if paths.len() > MOST_FOLLOWED {
                self.limit(name.span, MORE_FILES);
            }
        }
        for path in paths.into_iter().take(MOST_FOLLOWED) {
            if let Some(text) = self.settled_text(&path) {
                let mut inner = self.inner_state(invocation, state);
                self.walk_file(&path, &text, name.span, invocation, &mut inner);
            } else {
                self.run_made(&path, &[], name.span, invocation, state);
            }
        }
    }

    /// Remembers what a command puts where it writes: the files that it reads, or what it is given.
    pub(super) fn copied(&mut self, invocation: &Invocation) {
        let Some(binding) = &invocation.binding else { return };
        let output = binding.output();
        if binding.operand_roles.have(Role::Edit) {
            self.edited(binding, invocation);
        }
        match output {
            Output::Copied => {}
            Output::Pieces => return self.parted(binding, invocation),
            Output::Filter | Output::Same if invocation.words().any(|(role, _)| fills(role)) => {}
            // What an archive brings is the project's own, or was fetched.
            Output::Unpacked => return,
            _ => return self.written_scripts(binding, invocation),
        }
        let (mut sources, mut targets) = sources_and_targets(invocation);
        // A filter takes `-` for its input.
        let is_input = |file: &Named| file.path == "/dev/stdin" || output.is_filter() && last_name(&file.path) == "-";
        if sources.is_empty() && output.is_filter() || sources.iter().flatten().any(is_input) {
            sources = vec![];
        } else if targets.is_empty() && output == Output::Copied {
            // A link with no name of its own lies in the working directory.
            targets.extend(invocation.directory.named(&Value::exact(".", invocation.span)));
        }
        for target in &targets {
            self.copies(&sources, target, invocation);
        }
        if invocation.makes_links() {
            self.link(&sources, &targets, invocation);
        }
    }

    /// Remembers where links lead.
    fn link(&mut self, sources: &[Files], targets: &[Named], invocation: &Invocation) {
        let written = |to: &Named| {
            let words = invocation.arguments.iter().filter_map(Value::known);
            let mut same = words.filter(|word| invocation.directory.join(word).as_deref() == Some(&*to.path));
            same.next().unwrap_or("/").to_owned()
        };
        for to in sources.iter().filter_map(|files| files.first()) {
            // Each word may be held against all.
            if self.limited() {
                return;
            }
            let (written, name) = (written(to), last_name(&to.path));
            for target in targets {
                let itself = target.path.trim_end_matches(['/', '.']);
                for link in [itself, &target.holds(name).path] {
                    self.leads(link, whole(&to.path), &written);
                }
            }
        }
    }

    /// Remembers what a command edits: what is there then is what was there before, or is not known.
    fn edited(&mut self, binding: &Binding, invocation: &Invocation) {
        for word in binding.operands_of(Role::Edit, &invocation.arguments) {
            for file in invocation.directory.named(word) {
                self.make(Named { sure: false, ..file }, Made::Output(vec![invocation.unit]));
            }
        }
    }

    pub(super) fn copies(&mut self, sources: &[Files], target: &Named, invocation: &Invocation) {
        let links = invocation.makes_links();
        let unknown = || Made::Output(vec![invocation.unit]);
        let folder = target.is_path() && self.facts.kind(&target.path) == Some(FileKind::Directory);
        let itself = Named { path: target.path.trim_end_matches(['/', '.']).into(), ..target.clone() };
        for source in sources {
            if self.limited() {
                return;
            }
            let mut held: SmallVec<[Made; 1]> = match source.as_slice() {
                [one] if one.sure => SmallVec::from_elem(Made::Same(whole(&one.path).to_owned()), 1),
                all => all.iter().filter_map(|file| self.own_name(&file.path)).map(Made::Same).collect(),
            };
            if let Some(pattern) = source.first().map(|file| &*file.path).filter(|path| is_pattern(path)) {
                for path in self.own_matches(pattern) {
                    let name = last_name(&path).to_owned();
                    self.fill(target.holds(&name), SmallVec::from_elem(Made::Same(path), 1), links);
                }
            }
            if held.is_empty() {
                held.push(unknown());
            }
            self.files.copies_folders |= held.iter().any(|made| matches!(made, Made::Same(_)));
            let name = source.first().map(|file| whole(&file.path)).map(last_name);
            if let Some(name) = name {
                self.fill(target.holds(name), held.clone(), links);
            }
            // What lies in a folder may come to lie in another.
            let filled = |path: &str| self.files.written.keys().any(|key| below(key, path));
            if !folder || source.first().is_some_and(|file| filled(whole(&file.path))) {
                self.fill(itself.clone(), held, links);
            }
        }
        if sources.is_empty() {
            let given = invocation.input.given();
            let text = given
                .and_then(Value::known)
                .filter(|text| text.len() <= LARGEST_FILE)
                .map(|text| Made::Text(text.into()));
            // What is nearly known counts beside what is not.
            let nearly = given.filter(|_| text.is_none()).and_then(|value| value.sketch.as_deref());
            let nearly = nearly.filter(|sketch| sketch.len() <= LARGEST_FILE).map(|sketch| Made::Text(sketch.into()));
            let mut held: SmallVec<[Made; 1]> = nearly.into_iter().collect();
            held.push(text.unwrap_or_else(unknown));
            self.fill(target.clone(), held, links);
        }
    }

    /// A command fills a file. It may fail, and then what the script has put there before is still there.
    /// What makes a link takes the place of what has its name.
    fn fill(&mut self, file: Named, all: SmallVec<[Made; 1]>, links: bool) {
        let again = self.files.written.contains_key(&*file.path);
        let file = Named { sure: file.sure && !again, ..file };
        if links { self.put(file, all) } else { self.make_any(file, all) }
    }

    /// The name of a file that the script has filled, or of a folder that it has put something into.
    fn own_name(&self, path: &str) -> Option<String> {
        let path = whole(path);
        let below = |key: &String| key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.files.written.keys().any(below).then(|| path.to_owned())
    }

    /// The files that the script has filled which a pattern matches.
    fn own_matches(&self, pattern: &str) -> Vec<String> {
        let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        let name = starred(name);
        let fits =
            |path: &str| path.rsplit_once('/').is_some_and(|(known, last)| known == folder && matches(&name, last));
        self.filled(fits)
    }

    /// The files that the script has filled of which this holds, in order.
    pub(super) fn filled(&self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let mut found: Vec<String> = self.files.written.keys().filter(|path| fits(path)).cloned().collect();
        found.sort();
        found
    }

    /// Whether what the script has put into a file is being followed.
    pub(super) fn is_reading(&self, path: &str) -> bool {
        self.reading.iter().any(|(known, _)| known == path)
    }

    /// Follows code that the script has put where an interpreter finds it by a name: `import a`, `python -m a`, `require "./a"`.
    pub(super) fn made_modules(&mut self, binding: &Binding, invocation: &Invocation, state: &State) {
        const MOST_MODULES: usize = 64;
        if self.files.written.is_empty() {
            return;
        }
        let language = super::files::language(binding.spec);
        let Some(role) = language.filter(|role| IMPORTS.contains(role)) else { return };
        let modules = self.filled(|path| names_module(invocation, path));
        for path in self.at_most(modules, MOST_MODULES, invocation.span, MORE_FILES) {
            if self.is_reading(&path) {
                continue;
            }
            for (_, made) in self.origins_of(&path) {
                match made {
                    Some(Made::Text(text)) => {
                        let text = Value::exact(&*text, invocation.span);
                        self.reading.push((path.clone(), self.around.forks));
                        self.code(role, &text, invocation, &mut state.clone());
                        self.reading.pop();
                    }
                    Some(Made::Output(from)) => {
                        let why = "a module is imported that the script has filled with what is not known";
                        self.note(invocation.unit, invocation.span, NoteKind::Code(why, from));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Follows the run of a file that the script has made, if what is in it is not one text at hand. `arguments` are those
    /// of the run.
    pub(super) fn run_made(
        &mut self,
        path: &str,
        arguments: &[Value],
        span: Span,
        invocation: &Invocation,
        state: &State,
    ) {
        let behind = || !self.behind_folders(path).is_empty() || !self.pieces_at(path).is_empty();
        if !self.files.written.contains_key(path) && !behind() {
            return;
        }
        for (origin, made) in self.origins_of(path) {
            match made {
                Some(Made::Output(units)) => self.run_output(path, &units, span, invocation, state),
                Some(Made::More) => self.limit(span, MORE_IN_FILE),
                made => match self.text_at(&origin, made.as_ref()) {
                    Some(text) => self.run_text((&origin, &text), arguments, span, invocation, state),
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
                    None => {}
                },
            }
        }
    }

    /// Follows the run of a file that holds what commands print of which nothing is known.
    fn run_output(&mut self, path: &str, units: &[Unit], span: Span, invocation: &Invocation, state: &State) {
        let makers = units.iter().filter_map(|unit| self.out.invocation(*unit));
        let sources: Vec<Named> = makers.flat_map(|i| sources_and_targets(i).0).flatten().collect();
        let why = "a file is run that the script has filled with what is not known";
        self.note(invocation.unit, span, NoteKind::Code(why, units.to_vec()));
        // What it was made of may be in it.
        let printed = units.iter().filter_map(|unit| self.out.invocation(*unit)?.prints.as_ref());
        let printed: Vec<String> = printed.map(|printed| printed.outline().into_owned()).collect();
        if !printed.is_empty() {
            let mut inner = self.inner_state(invocation, state);
            self.walk_file(path, &printed.join("\n"), span, invocation, &mut inner);
        }
        for source in sources {
            if let Some(text) = self.readable(&source.path) {
                let mut inner = self.inner_state(invocation, state);
                self.walk_file(&source.path, &text, span, invocation, &mut inner);
            }
        }
    }
}

/// A pattern of a name with stars alone: what it matches, this does too.
fn starred(pattern: &str) -> String {
    if pattern.contains(']') { "*".to_owned() } else { pattern.replace(['?', '['], "*") }
}

/// The name of a folder without what stands for all that is in it.
fn whole(path: &str) -> &str {
    path.strip_suffix("/.").unwrap_or(path)
}

/// The files that one word may name.
pub(super) type Files = SmallVec<[Named; 1]>;

/// Languages whose programs find code by names of modules.
const IMPORTS: [Role; 4] = [Role::Python, Role::JavaScript, Role::Ruby, Role::Perl];

/// Whether a word of a command, or the code in it, has the name of a module that lies in this file, beside where it runs.
pub(crate) fn names_module(invocation: &Invocation, path: &str) -> bool {
    const CODE: [&str; 11] = ["py", "pyc", "so", "js", "mjs", "cjs", "ts", "node", "rb", "pl", "pm"];
    let name = last_name(path);
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
pub(super) const fn fills(role: Role) -> bool {
    matches!(role, Role::Write | Role::Append | Role::Replace | Role::CopyTo)
}

/// The files that each word of a command may name which it reads, and those that it writes.
pub(super) fn sources_and_targets(invocation: &Invocation) -> (Vec<Files>, Vec<Named>) {
    let (mut sources, mut targets) = (Vec::new(), Vec::new());
    for (role, word) in invocation.words() {
        match role {
            role if fills(role) => targets.extend(invocation.directory.named(word)),
            Role::Read | Role::ReadTree | Role::Move | Role::LinkTo | Role::CopyFrom => {
                sources.push(invocation.directory.named(word))
            }
            _ => {}
        }
    }
    (sources, targets)
}
