//! What the shell knows while the script runs: variables, the working directory, functions.

use super::shared::{Shared, Table};
use super::value::{Knowledge, Unit, Value, Why};
use super::ways::one_of;
use crate::shell::{NodeId, Script, Span};
use compact_str::CompactString;
use guardian_rules::paths::is_pattern;
use smallvec::SmallVec;
use std::rc::Rc;
use std::sync::Arc;

/// So many directories are told apart; beyond, it is not known which.
const MOST_DIRECTORIES: usize = 4;

/// A working directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directory {
    /// This absolute path.
    Known(Arc<str>),
    /// One of these: a `cd` in front may have failed, or stand in a branch.
    OneOf(Vec<Arc<str>>),
    /// One of those that this absolute pattern matches, none of which is a link.
    Matched(Arc<str>),
    /// Somewhere.
    Unknown,
}

/// A function's definition.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) script: Rc<Script>,
    pub(super) body: NodeId,
}

/// What a name may call.
#[derive(Clone, Debug, Default)]
pub(super) struct Callable {
    /// Definitions that may hold.
    pub(super) definitions: Vec<Function>,
    /// Whether one of them surely holds; otherwise it may be the program of that name.
    pub(super) certain: bool,
}

/// A variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) value: Rc<Value>,
    /// The elements of an array, where they are known.
    pub(super) elements: Option<Rc<Vec<Value>>>,
    /// Whether commands see it.
    pub(super) exported: bool,
    /// Whether what is assigned is not what is kept: read-only, folded to one case, evaluated, a reference.
    pub(super) peculiar: bool,
    /// Whether it surely is an associative array, whose subscripts are text and not arithmetic.
    pub(super) associative: bool,
}

/// What separates fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    /// Blanks, tabs and newlines.
    Default,
    /// These characters.
    Known(String),
    /// It is not known.
    Unknown,
}

/// The state of one shell process. A subshell works on a copy, which costs little.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) directory: Directory,
    /// `OLDPWD`.
    pub(super) previous: Directory,
    /// What `pushd` has put aside, the last on top; nothing where it is not known.
    pub(super) stack: Option<Vec<Directory>>,
    pub(super) variables: Shared<Table<Rc<str>, Variable>>,
    pub(super) functions: Shared<Table<Rc<str>, Callable>>,
    /// Names that an alias may replace, and by what.
    pub(super) aliases: Shared<Table<String, Option<String>>>,
    /// Arguments of the script or function; nothing where they are not known.
    pub(super) positional: Option<Rc<Vec<Value>>>,
    /// Whether `PATH` was changed, so that a name may mean another program.
    pub(super) path_changed: bool,
    /// A folder of the project that is looked into for programs as well.
    pub(super) path_own: Option<Rc<str>>,
    pub(super) fields: Fields,
    /// Whether every assignment is exported (`set -a`).
    pub(super) exports_all: bool,
    /// Whether a failing command ends the shell (`set -e`).
    pub(super) errexit: bool,
    /// Commands that opened connections as descriptors of this shell.
    pub(super) connections: Shared<Vec<Unit>>,
    /// Whether a pattern may match more than its text says: names with a leading dot, or by signs that are none otherwise.
    pub(super) wide_globs: bool,
    /// Whether code that is not in sight (a trap) may change anything at any time.
    pub(super) volatile: bool,
    /// Whether nothing gets here: behind `exit`, `return`, `break`.
    pub(super) dead: bool,
}

impl State {
    pub(super) fn new(directory: Directory) -> Self {
        Self {
            directory,
            previous: Directory::Unknown,
            stack: Some(Vec::new()),
            variables: Shared::default(),
            functions: Shared::default(),
            aliases: Shared::default(),
            positional: None,
            path_changed: false,
            path_own: None,
            fields: Fields::Default,
            exports_all: false,
            errexit: false,
            connections: Shared::default(),
            wide_globs: false,
            volatile: false,
            dead: false,
        }
    }

    /// What is true on either way: the state after a branch that may or may not have been taken.
    pub(super) fn join(&mut self, other: &Self) {
        if other.dead {
            return;
        }
        if self.dead {
            *self = other.clone();
            return;
        }
        self.directory.join_with(&other.directory);
        self.previous.join_with(&other.previous);
        if self.stack != other.stack {
            self.stack = None;
        }
        if !self.variables.is(&other.variables) {
            self.join_variables(other);
        }
        self.join_functions(other);
        if !self.aliases.is(&other.aliases) {
            let aliases = self.aliases.make_mut();
            for (name, text) in other.aliases.iter() {
                if aliases.insert(name.clone(), text.clone()).is_some_and(|mine| mine != *text) {
                    aliases.insert(name.clone(), None);
                }
            }
        }
        if !same_words(self.positional.as_ref(), other.positional.as_ref()) {
            self.positional = None;
        }
        if self.fields != other.fields {
            self.fields = Fields::Unknown;
        }
        self.path_changed |= other.path_changed;
        self.path_own = self.path_own.take().or_else(|| other.path_own.clone());
        self.exports_all |= other.exports_all;
        self.errexit &= other.errexit;
        self.wide_globs |= other.wide_globs;
        if other.connections.len() > self.connections.len() {
            self.connections = other.connections.clone();
        }
        self.volatile |= other.volatile;
    }

    fn join_variables(&mut self, other: &Self) {
        let mine = self.variables.make_mut();
        for (name, theirs) in other.variables.iter() {
            match mine.get_mut(name) {
                Some(variable) => variable.join(theirs),
                None => {
                    mine.insert(Rc::clone(name), theirs.doubtful());
                }
            }
        }
        for (name, variable) in mine.iter_mut() {
            if !other.variables.contains_key(name) {
                *variable = variable.doubtful();
            }
        }
    }

    pub(super) fn join_functions(&mut self, other: &Self) {
        if self.functions.is(&other.functions) {
            return;
        }
        let mine = self.functions.make_mut();
        for (name, theirs) in other.functions.iter() {
            let known = mine.contains_key(name);
            let entry = mine.entry(Rc::clone(name)).or_default();
            entry.certain = known && entry.certain && theirs.certain;
            for function in &theirs.definitions {
                entry.add(function);
            }
        }
        for (name, callable) in mine.iter_mut() {
            callable.certain &= other.functions.contains_key(name);
        }
    }

    /// Whether nothing that matters differs.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.alike(other, true)
    }

    /// Whether nothing differs but what values may be that are not known: what grows with every round of a loop never ends.
    pub(super) fn nearly_same(&self, other: &Self) -> bool {
        self.alike(other, false)
    }

    fn alike(&self, other: &Self, ways: bool) -> bool {
        self.directory == other.directory
            && self.dead == other.dead
            && (self.path_changed, &self.path_own) == (other.path_changed, &other.path_own)
            && self.fields == other.fields
            && self.previous == other.previous
            && self.stack == other.stack
            && self.volatile == other.volatile
            && (self.errexit, self.exports_all, self.wide_globs) == (other.errexit, other.exports_all, other.wide_globs)
            && same_words(self.positional.as_ref(), other.positional.as_ref())
            && (self.aliases.is(&other.aliases) || *self.aliases == *other.aliases)
            && (self.functions.is(&other.functions) || self.same_functions(other))
            && (self.variables.is(&other.variables) || self.same_variables(other, ways))
    }

    fn same_functions(&self, other: &Self) -> bool {
        self.functions.len() == other.functions.len()
            && self.functions.iter().all(|(name, mine)| {
                other.functions.get(name).is_some_and(|theirs| {
                    mine.certain == theirs.certain
                        && mine.definitions.len() == theirs.definitions.len()
                        && mine.definitions.iter().zip(&theirs.definitions).all(|(a, b)| a.is(b))
                })
            })
    }

    fn same_variables(&self, other: &Self, ways: bool) -> bool {
        self.variables.len() == other.variables.len()
            && self
                .variables
                .iter()
                .all(|(name, mine)| other.variables.get(name).is_some_and(|theirs| mine.same(theirs, ways)))
    }

    /// The variable, if the script has set it.
    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name)
    }

    /// Forgets what is known of variables.
    pub(super) fn forget<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            let variables = self.variables.make_mut();
            match variables.get_mut(name) {
                Some(variable) => *variable = variable.doubtful(),
                None => {
                    let unknown = Variable::of(Value::unknown(Why::Paths, Span::default()));
                    variables.insert(name.into(), unknown);
                }
            }
        }
    }

    /// Forgets everything: code that is not in sight has run in this shell.
    pub(super) fn forget_all(&mut self) {
        for variable in self.variables.make_mut().values_mut() {
            *variable = variable.doubtful();
        }
        for callable in self.functions.make_mut().values_mut() {
            callable.certain = false;
        }
        self.directory = Directory::Unknown;
        self.previous = Directory::Unknown;
        self.stack = None;
        self.positional = None;
        self.fields = Fields::Unknown;
    }
}

impl Variable {
    /// A plain one.
    pub(super) fn of(value: Value) -> Self {
        Self { value: Rc::new(value), elements: None, exported: false, peculiar: false, associative: false }
    }

    /// The same variable with a value that is not known any more.
    fn doubtful(&self) -> Self {
        let elements = self.elements.iter().flat_map(|elements| elements.iter());
        let value = one_of(std::iter::once(self.value.as_ref()).chain(elements), self.value.span);
        Self { value: Rc::new(value), elements: None, associative: false, ..self.clone() }
    }

    /// Whether nothing that matters differs; with what is not known of them it may be left out what each may be.
    fn same(&self, other: &Self, ways: bool) -> bool {
        let unknown = |v: &Value| matches!(v.knowledge, Knowledge::Unknown(_));
        let nearly = || !ways && unknown(&self.value) && unknown(&other.value) && self.value.from == other.value.from;
        (self.exported, self.peculiar, self.associative) == (other.exported, other.peculiar, other.associative)
            && (Rc::ptr_eq(&self.value, &other.value) || self.value.same(&other.value) || nearly())
            && same_words(self.elements.as_ref(), other.elements.as_ref())
    }

    fn join(&mut self, other: &Self) {
        self.exported |= other.exported;
        self.peculiar |= other.peculiar;
        self.associative &= other.associative;
        if !same_words(self.elements.as_ref(), other.elements.as_ref()) {
            let elements = [&self.elements, &other.elements].into_iter().flatten().flat_map(|elements| elements.iter());
            let values = [self.value.as_ref(), other.value.as_ref()].into_iter().chain(elements);
            self.value = Rc::new(one_of(values, self.value.span));
            self.elements = None;
            return;
        }
        if Rc::ptr_eq(&self.value, &other.value) || self.value.same(&other.value) {
            return;
        }
        if self.value.same_but_there(&other.value) {
            Rc::make_mut(&mut self.value).there = false;
            return;
        }
        let number = |v: &Value| {
            v.knowledge == Knowledge::Number || (v.knowledge == Knowledge::Exact && v.text.parse::<i64>().is_ok())
        };
        let joined = one_of([self.value.as_ref(), other.value.as_ref()].into_iter(), self.value.span);
        let numbers = number(&self.value) && number(&other.value);
        self.value = Rc::new(if numbers { Value { from: joined.from, ..Value::number(joined.span) } } else { joined });
    }
}

impl Callable {
    /// This definition may hold as well.
    pub(super) fn add(&mut self, function: &Function) {
        if !self.definitions.iter().any(|known| known.is(function)) {
            self.definitions.push(function.clone());
        }
    }
}

impl Function {
    pub(super) fn is(&self, other: &Self) -> bool {
        self.body == other.body && Rc::ptr_eq(&self.script, &other.script)
    }
}

fn same_words(a: Option<&Rc<Vec<Value>>>, b: Option<&Rc<Vec<Value>>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            Rc::ptr_eq(a, b) || (a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b)))
        }
        _ => false,
    }
}

impl Directory {
    /// As [`Self::reach`].
    #[must_use]
    pub fn join(&self, path: &str) -> Option<String> {
        self.reach(path).map(CompactString::into_string)
    }

    /// An absolute, normalised path from one that may be relative; nothing where the base is not known.
    #[must_use]
    pub fn reach(&self, path: &str) -> Option<CompactString> {
        if path.starts_with('/') {
            return Some(normalise(path));
        }
        match self {
            Self::Known(base) => Some(behind(base, path)),
            Self::OneOf(_) | Self::Matched(_) | Self::Unknown => None,
        }
    }

    /// The directory that a path leads to from here.
    #[must_use]
    pub fn at(&self, path: &str) -> Self {
        match self {
            Self::OneOf(bases) if !path.starts_with('/') => {
                let mut all = Self::Unknown;
                for (i, base) in bases.iter().enumerate() {
                    let one = Self::Known(behind(base, path).as_str().into());
                    if i == 0 {
                        all = one;
                    } else {
                        all.join_with(&one);
                    }
                }
                all
            }
            Self::Matched(base) if !path.starts_with('/') => {
                let there = behind(base, path);
                if is_pattern(&*there) {
                    Self::Matched(there.as_str().into())
                } else {
                    Self::Known(there.as_str().into())
                }
            }
            _ => self.reach(path).map_or(Self::Unknown, |path| Self::Known(path.as_str().into())),
        }
    }

    /// Each directory it may be.
    #[must_use]
    pub fn each(&self) -> SmallVec<[Self; 1]> {
        match self {
            Self::OneOf(all) => all.iter().cloned().map(Self::Known).collect(),
            one => SmallVec::from_elem(one.clone(), 1),
        }
    }

    pub(super) fn join_with(&mut self, other: &Self) {
        if self == other {
            return;
        }
        let list = |d: &Self| match d {
            Self::Known(path) => Some(vec![Arc::clone(path)]),
            Self::OneOf(all) => Some(all.clone()),
            Self::Matched(_) | Self::Unknown => None,
        };
        let (Some(mut all), Some(more)) = (list(self), list(other)) else {
            *self = Self::Unknown;
            return;
        };
        for path in more {
            if !all.contains(&path) {
                all.push(path);
            }
        }
        all.sort();
        *self = if all.len() > MOST_DIRECTORIES {
            Self::Unknown
        } else {
            match <[Arc<str>; 1]>::try_from(all) {
                Ok([only]) => Self::Known(only),
                Err(all) => Self::OneOf(all),
            }
        };
    }
}

/// Removes `.`, `..` and repeated slashes from an absolute path, as text.
#[must_use]
pub(crate) fn normalise(path: &str) -> CompactString {
    let mut text = CompactString::with_capacity(path.len().max(1));
    walk(path, &mut text);
    rooted(text)
}

/// The path behind a folder, normalised.
pub(super) fn behind(folder: &str, path: &str) -> CompactString {
    let mut text = CompactString::with_capacity(folder.len() + path.len() + 1);
    walk(folder, &mut text);
    walk(path, &mut text);
    rooted(text)
}

/// Goes on from a normalised path, which is empty for the root.
fn walk(path: &str, text: &mut CompactString) {
    // Nearly every path is one that only goes down, which is copied as it is.
    match path.strip_prefix('/') {
        Some(below) if goes_down(below) => return text.push_str(path),
        None if goes_down(path) => {
            text.push('/');
            return text.push_str(path);
        }
        None if matches!(path, "" | ".") => return,
        _ => {}
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => text.truncate(text.rfind('/').unwrap_or_default()),
            part => {
                text.push('/');
                text.push_str(part);
            }
        }
    }
}

/// Whether every step of a path leads to a name that does not begin with a dot.
fn goes_down(path: &str) -> bool {
    let mut before = b'/';
    path.bytes().all(|byte| std::mem::replace(&mut before, byte) != b'/' || !matches!(byte, b'/' | b'.'))
        && before != b'/'
}

fn rooted(mut text: CompactString) -> CompactString {
    if text.is_empty() {
        text.push('/');
    }
    text
}

/// A folder and those above it, but for the root.
pub fn upward(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| folder.rsplit_once('/').map(|(up, _)| up).filter(|up| !up.is_empty()))
}
