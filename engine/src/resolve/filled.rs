//! What is in the files that the script itself fills. Where it is not certain that a command runs, or which file it
//! fills, what was there before may still be there.

use super::bound::Binding;
use super::contents::{BEFORE, Contents, Filled, Made, add};
use super::dialect::Action;
use super::limit::{MORE_FILES, MORE_JOBS};
use super::made::sources_and_targets;
use super::named::Named;
use super::resolution::{Input, Invocation};
use super::state::State;
use super::value::Value;
use super::walker::{Later, Walker, Within};
use crate::facts::FileKind;
use crate::shell::{NodeId, Script, Span};
use compact_str::format_compact;
use guardian_rules::paths::last_name;
use guardian_rules::{EffectKind, EffectTarget, Role, names};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::rc::Rc;

/// Stands behind the name that pieces of a file begin with.
const PIECES: char = '*';

/// Links and copies of one another are followed so far.
const MOST_STEPS: usize = 8;

/// Files that a file's content may come from, each with what the script has put there, if it has.
pub(super) type Origins<'p> = SmallVec<[(Cow<'p, str>, Option<&'p Made>); 1]>;

impl Walker<'_> {
    /// Remembers what code may put into scripts for a shell that it writes: the texts in it, and what it is given.
    pub(super) fn filled_by_code(&mut self, code: &str, actions: &[Action], invocation: &Invocation, state: &State) {
        let writes =
            |action: &&Action| matches!(action.kind, EffectKind::Write | EffectKind::Append) && !action.pattern;
        let mut held: Option<Contents> = None;
        for path in actions.iter().filter(writes).filter_map(|action| action.target.as_deref()) {
            let name = last_name(path);
            if name.contains('.') && !is_script_name(name) {
                continue;
            }
            let held = held.get_or_insert_with(|| written_by(code, invocation));
            for file in state.directory.named(&Value::exact(path, invocation.span)) {
                self.make_any(file, held.clone());
            }
        }
    }

    /// Remembers pieces of what a command reads, or else is given: their names begin with where it writes.
    pub(super) fn parted(&mut self, binding: &Binding, invocation: &Invocation) {
        let (mut sources, mut targets) = sources_and_targets(invocation);
        sources.retain(|files| !files.iter().any(|file| last_name(&file.path) == "-"));
        if targets.is_empty() {
            let effects = binding.form.into_iter().flat_map(|form| form.effects());
            let names = effects.filter_map(|effect| match effect.target {
                EffectTarget::Literal(name) if effect.kind == EffectKind::Write => Some(name),
                _ => None,
            });
            targets.extend(names.flat_map(|name| invocation.directory.named(&Value::exact(name, invocation.span))));
        }
        self.files.makes_pieces = true;
        for target in targets {
            let all = Named { path: format_compact!("{}{PIECES}", target.path), sure: false };
            self.copies(&sources, &all, invocation);
        }
    }

    /// The names of pieces that may lie in a file.
    pub(super) fn pieces_at(&self, path: &str) -> SmallVec<[String; 2]> {
        if !self.files.makes_pieces {
            return SmallVec::new();
        }
        let begins = |key: &&String| {
            let ending = key.strip_suffix(PIECES).and_then(|begin| path.strip_prefix(begin));
            ending.is_some_and(|ending| !ending.contains('/')) && key.as_str() != path
        };
        let mut found: SmallVec<[String; 2]> = self.files.written.keys().filter(begins).cloned().collect();
        found.sort();
        found
    }

    /// Remembers scripts, by their names, that a command writes of which nobody knows what it puts there.
    pub(super) fn written_scripts(&mut self, binding: &Binding, invocation: &Invocation) {
        const ROLES: [Role; 4] = [Role::Write, Role::Replace, Role::CopyTo, Role::PrefixedTo];
        if !ROLES.iter().any(|&role| binding.operand_roles.have(role) || binding.value_roles.have(role)) {
            return;
        }
        let words = invocation.words().filter(|(role, word)| ROLES.contains(role) && is_script_name(&word.text));
        let files: Vec<Named> = words.flat_map(|(_, word)| invocation.directory.named(word)).collect();
        for file in files {
            let held = SmallVec::from_iter([Made::Before, Made::Output(vec![invocation.unit])]);
            self.make_any(Named { sure: false, ..file }, held);
        }
    }

    /// Where the content of a file may come from, copies and links followed.
    pub(super) fn origins<'p>(&'p self, path: &'p str) -> Origins<'p> {
        let mut found = Origins::new();
        let mut open: SmallVec<[(Cow<'p, str>, usize); 4]> = SmallVec::from_iter([(Cow::Borrowed(path), 0)]);
        let mut at = 0;
        while let Some((path, steps)) = open.get(at).cloned() {
            at += 1;
            let all = self.files.written.get(&*path).map(SmallVec::as_slice).unwrap_or(BEFORE);
            let own = all.contains(&Made::Before) && steps < MOST_STEPS;
            let mut behind = if own { self.behind_folders(&path) } else { SmallVec::new() };
            behind.extend(self.pieces_at(&path));
            for made in all {
                match made {
                    Made::Same(other) if steps < MOST_STEPS && open.iter().any(|(known, _)| known == other) => {}
                    Made::Same(other) if steps < MOST_STEPS => open.push((Cow::Borrowed(other), steps + 1)),
                    Made::Same(other) => found.push((Cow::Borrowed(other), None)),
                    Made::Before => found.push((path.clone(), None)),
                    made => found.push((path.clone(), Some(made))),
                }
            }
            for other in behind {
                // What nobody has put there is the folder's own.
                let is_own = |path: &String| self.files.written.contains_key(path);
                let filled = is_own(&other) || self.behind_folders(&other).iter().any(is_own);
                if filled && !open.iter().any(|(known, _)| **known == *other) {
                    open.push((Cow::Owned(other), steps + 1));
                    let missing = self.is_missing(&path);
                    found.retain(|(known, made)| !(missing && made.is_none() && *known == path));
                }
            }
        }
        found
    }

    /// As [`Self::origins`], to be kept while other commands are walked.
    pub(super) fn origins_of(&self, path: &str) -> Vec<(String, Option<Made>)> {
        self.origins(path).into_iter().map(|(path, made)| (path.into_owned(), made.cloned())).collect()
    }

    /// The text of a file, if there is one that it surely holds.
    pub(super) fn settled_text(&self, path: &str) -> Option<String> {
        match self.origins(path).as_slice() {
            [(path, made)] => self.text_at(path, *made),
            _ => None,
        }
    }

    /// Whether a file surely is not there.
    pub(super) fn is_missing(&self, path: &str) -> bool {
        // What lies in folders that a pattern matches goes by that.
        path.starts_with('/') && !path.contains('*') && self.facts.kind(path) == Some(FileKind::Missing)
    }

    /// Remembers what is in a file from now on.
    pub(super) fn make(&mut self, file: Named, made: Made) {
        self.make_any(file, SmallVec::from_elem(made, 1));
    }

    /// The same, where it is one of these. What a link leads to is filled as well; what the link was, it may still be.
    pub(super) fn make_any(&mut self, file: Named, all: Contents) {
        let led = if self.files.links.is_empty() { Vec::new() } else { self.led_to(&file.path) };
        let sure = file.sure && led.is_empty();
        for path in led {
            self.put(Named { path: path.into(), sure: false }, all.clone());
        }
        self.put(Named { sure, ..file }, all);
    }

    /// Remembers what is in the file of this very name.
    pub(super) fn put(&mut self, file: Named, all: Contents) {
        let path: String = file.path.into();
        if all.contains(&Made::Same(path.clone())) {
            return;
        }
        let known = self.files.written.get(&path);
        if known.is_none() && self.files.written.len() >= self.limits.names {
            return self.limit(Span::default(), MORE_FILES);
        }
        let mut held = match known {
            _ if file.sure => SmallVec::new(),
            Some(before) => before.clone(),
            None if self.is_missing(&path) => SmallVec::new(),
            None => SmallVec::from_elem(Made::Before, 1),
        };
        add(&mut held, all);
        self.files.written.make_mut().insert(path, held);
    }

    /// Walks what may not run at all: whatever it fills may be as before.
    pub(super) fn perhaps<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.files.written.clone();
        let result = walk(self);
        self.or_as(&before);
        result
    }

    /// What was filled since may be as it was then.
    pub(super) fn or_as(&mut self, before: &Filled) {
        if self.files.written.is(before) {
            return;
        }
        let new = |path: &String, held: &Contents| before.get(path) != Some(held);
        let changed: Vec<String> =
            self.files.written.iter().filter(|(path, held)| new(path, held)).map(|(path, _)| path.clone()).collect();
        for path in changed {
            let mut held = match before.get(&path) {
                Some(before) => before.clone(),
                None if self.is_missing(&path) => SmallVec::new(),
                None => SmallVec::from_elem(Made::Before, 1),
            };
            if let Some(own) = self.files.written.make_mut().get_mut(&path) {
                add(&mut held, std::mem::take(own));
                *own = held;
            }
        }
    }

    /// Notes what runs beside that which follows: the files that it runs may be filled only then.
    pub(super) fn runs_later(
        &mut self,
        script: &Rc<Script>,
        body: NodeId,
        (state, input): (&State, &Input),
        within: Within,
    ) {
        const MOST_LATER: usize = 64;
        if self.beside.later.len() >= MOST_LATER {
            self.beside.crowded = true;
            return;
        }
        let (script, state, input) = (Rc::clone(script), state.clone(), input.clone());
        self.beside.later.push(Later { script, body, state, input, within, filled: self.files.written.clone() });
    }

    /// Walks once more what may run only now that files are filled.
    pub(super) fn late_files(&mut self) {
        for later in std::mem::take(&mut self.beside.later) {
            if later.filled.is(&self.files.written) || *later.filled == *self.files.written {
                continue;
            }
            let outer = std::mem::replace(&mut self.within, later.within);
            self.apart(&later.script, later.body, &later.state, &later.input);
            self.within = outer;
        }
        self.beside.later.clear();
        if self.beside.crowded && !self.files.written.is_empty() {
            self.limit(Span::default(), MORE_JOBS);
        }
    }
}

/// What code may put into a file: the texts in it, in the words beside it, and what it is given.
fn written_by(code: &str, invocation: &Invocation) -> Contents {
    let mut texts = quoted(code);
    // What it is told beside may be what it writes: `.output x` and then a query.
    let beside = invocation.arguments.iter().filter(|word| *word.text != *code);
    beside.for_each(|word| texts.push_str(&quoted(&word.outline())));
    if let Some(given) = invocation.input.given() {
        texts.push_str(&given.outline());
    }
    // What it reads may be in it as well, and what nobody knows.
    let mut held: Contents = SmallVec::from_iter([Made::Before, Made::Output(vec![invocation.unit])]);
    if !texts.trim().is_empty() {
        held.push(Made::Text(texts.into()));
    }
    held
}

/// Whether a file is a script of a shell by its name.
fn is_script_name(name: &str) -> bool {
    names::language(name) == Some(Role::Bash)
}

/// What stands in quotes in a text, one a line.
fn quoted(text: &str) -> String {
    let parts = text.split(['"', '\'', '`']).skip(1).step_by(2);
    parts.flat_map(|part| [part, "\n"]).collect::<String>().replace("\\n", "\n")
}
