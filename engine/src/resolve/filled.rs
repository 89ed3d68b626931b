//! What is in the files that the script itself fills. Where it is not certain that a command runs, or which file it
//! fills, what was there before may still be there.

use super::contents::{BEFORE, Contents, Filled, Made, add};
use super::dialect::Action;
use super::limit::{MORE_FILES, MORE_JOBS};
use super::named::Named;
use super::resolution::{Input, Invocation};
use super::state::State;
use super::value::{Unit, Value};
use super::walker::{Anchor, Later, Walker};
use crate::facts::FileKind;
use crate::shell::{NodeId, Script, Span};
use guardian_rules::EffectKind;
use guardian_rules::paths::last_name;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::rc::Rc;

/// Links and copies of one another are followed so far.
const MOST_STEPS: usize = 8;

/// Files that a file's content may come from, each with what the script has put there, if it has.
pub(super) type Origins<'p> = SmallVec<[(Cow<'p, str>, Option<&'p Made>); 1]>;

impl Walker<'_> {
    /// Remembers what code may put into scripts for a shell that it writes: the texts in it, and what it is given.
    pub(super) fn filled_by_code(&mut self, code: &str, actions: &[Action], invocation: &Invocation, state: &State) {
        let writes =
            |action: &&Action| matches!(action.kind, EffectKind::Write | EffectKind::Append) && !action.pattern;
        for path in actions.iter().filter(writes).filter_map(|action| action.target.as_deref()) {
            let name = last_name(path);
            if name.contains('.') && !name.ends_with(".sh") && !name.ends_with(".bash") {
                continue;
            }
            let mut texts =
                code.split(['"', '\'', '`']).skip(1).step_by(2).collect::<Vec<_>>().join("\n").replace("\\n", "\n");
            if let Input::Text(given) = &invocation.input {
                texts.push('\n');
                texts.push_str(&given.outline());
            }
            for file in state.directory.named(&Value::exact(path, invocation.span)) {
                self.make_any(file, SmallVec::from_iter([Made::Before, Made::Text(texts.as_str().into())]));
            }
        }
    }

    /// Where the content of a file may come from, copies and links followed.
    pub(super) fn origins<'p>(&'p self, path: &'p str) -> Origins<'p> {
        let mut found = Origins::new();
        let mut open: SmallVec<[(Cow<'p, str>, usize); 4]> = SmallVec::from_iter([(Cow::Borrowed(path), 0)]);
        let mut at = 0;
        while let Some((path, steps)) = open.get(at).cloned() {
            at += 1;
            let all = self.written.get(&*path).map(SmallVec::as_slice).unwrap_or(BEFORE);
            let own = all.contains(&Made::Before) && steps < MOST_STEPS;
            let behind = if own { self.behind_folders(&path) } else { SmallVec::new() };
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
                let is_own = |path: &String| self.written.contains_key(path);
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
        path.starts_with('/') && self.facts.kind(path) == Some(FileKind::Missing)
    }

    /// Remembers what is in a file from now on.
    pub(super) fn make(&mut self, file: Named, made: Made) {
        self.make_any(file, SmallVec::from_elem(made, 1));
    }

    /// The same, where it is one of these. What a link leads to is filled as well; what the link was, it may still be.
    pub(super) fn make_any(&mut self, file: Named, all: Contents) {
        let led = if self.links.is_empty() { Vec::new() } else { self.led_to(&file.path) };
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
        let known = self.written.get(&path);
        if known.is_none() && self.written.len() >= self.limits.names {
            return self.limit(Span::default(), MORE_FILES);
        }
        let mut held = match known {
            _ if file.sure => SmallVec::new(),
            Some(before) => before.clone(),
            None if self.is_missing(&path) => SmallVec::new(),
            None => SmallVec::from_elem(Made::Before, 1),
        };
        add(&mut held, all);
        self.written.make_mut().insert(path, held);
    }

    /// Walks what may not run at all: whatever it fills may be as before.
    pub(super) fn perhaps<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.written.clone();
        let result = walk(self);
        self.or_as(&before);
        result
    }

    /// What was filled since may be as it was then.
    pub(super) fn or_as(&mut self, before: &Filled) {
        if self.written.is(before) {
            return;
        }
        let new = |path: &String, held: &Contents| before.get(path) != Some(held);
        let changed: Vec<String> =
            self.written.iter().filter(|(path, held)| new(path, held)).map(|(path, _)| path.clone()).collect();
        for path in changed {
            let mut held = match before.get(&path) {
                Some(before) => before.clone(),
                None if self.is_missing(&path) => SmallVec::new(),
                None => SmallVec::from_elem(Made::Before, 1),
            };
            if let Some(own) = self.written.make_mut().get_mut(&path) {
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
        (anchor, via): (Anchor, Option<Unit>),
    ) {
        const MOST_LATER: usize = 64;
        if self.later.len() >= MOST_LATER {
            self.crowded = true;
            return;
        }
        let (script, state, input) = (Rc::clone(script), state.clone(), input.clone());
        let (shell, file, filled) = (self.shell, self.file, self.written.clone());
        self.later.push(Later { script, body, state, input, shell, anchor, via, file, filled });
    }

    /// Walks once more what may run only now that files are filled.
    pub(super) fn late_files(&mut self) {
        for later in std::mem::take(&mut self.later) {
            if later.filled.is(&self.written) || *later.filled == *self.written {
                continue;
            }
            let (anchor, via) = (self.anchor, self.via);
            let (shell, file) = (self.shell, self.file);
            (self.anchor, self.via, self.shell, self.file) = (later.anchor, later.via, later.shell, later.file);
            self.apart(&later.script, later.body, &later.state, &later.input);
            (self.anchor, self.via, self.shell, self.file) = (anchor, via, shell, file);
        }
        self.later.clear();
        if self.crowded && !self.written.is_empty() {
            self.limit(Span::default(), MORE_JOBS);
        }
    }
}
