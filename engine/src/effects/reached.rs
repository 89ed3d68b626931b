//! What a walk over all files comes by that counts for more: whoever edits all that `find . -name '*.json'` finds edits the
//! settings of editors and agents, and what is under version control by its own files.

use super::effect::PathClass;
use super::globs::{fits, widened};
use super::inference::Inference;
use super::map::Extent;
use super::touched::protected_names;
use crate::facts::{FileKind, Names, Tracking};
use crate::resolve::{Binding, Invocation, Knowledge, Value};
use guardian_rules::paths::last_name;
use guardian_rules::{Config, Output, Property, Role, names};
use smallvec::SmallVec;
use std::rc::Rc;

/// git's own folder, which is there where a workspace is.
const REPOSITORY: &str = ".git";

impl Inference<'_> {
    /// Notes a command that finds all that there is.
    pub(super) fn walks(&mut self, invocation: &Rc<Invocation>) {
        let hidden = |binding: &Binding| binding.has(Property::Hidden) && binding.output() == Output::Names;
        if invocation.output() == Output::Found || invocation.binding.as_ref().is_some_and(hidden) {
            self.found.push(Rc::clone(invocation));
        }
    }

    /// The most delicate place among what these commands found, where they looked through all of a workspace.
    pub(super) fn came_by(&self, value: &Value) -> Option<PathClass> {
        let found = self.found.iter().filter(|found| value.from.contains(&found.unit));
        found.filter_map(|found| self.found_by(found)).max()
    }

    /// What is deleted of what a command lists, where all of that has one of a few names: `find . -name '*.pyc' | xargs rm`.
    pub(super) fn listed_by_name(&self, value: &Value) -> SmallVec<[Value; 1]> {
        if value.knowledge != Knowledge::Name || !value.is_whole_name() {
            return SmallVec::new();
        }
        // Beside it there may be what passes on some of the lines.
        let tellers = value.from.iter().filter_map(|unit| self.resolution.invocation(*unit));
        let passes = |it: &&Rc<Invocation>| matches!(it.output(), Output::Filter | Output::Same);
        let mut listers = tellers.filter(|it| !passes(it));
        let lister = listers.next().filter(|_| listers.next().is_none());
        let Some(lister) = lister.filter(|it| it.prints.as_ref().is_some_and(|all| all.text == value.text)) else {
            return SmallVec::new();
        };
        let lists = |it: &&Binding| matches!(it.output(), Output::Names | Output::Found);
        let Some(binding) = lister.binding.as_ref().filter(lists) else {
            return SmallVec::new();
        };
        let named = binding.listed(&lister.arguments).into_iter();
        named.map(|named| Value { from: value.from.clone(), ..named }).collect()
    }

    fn found_by(&self, invocation: &Invocation) -> Option<PathClass> {
        let binding = invocation.binding.as_ref()?;
        if binding.spec.config() == Some(Config::Git) {
            return self.known_to_git(invocation, binding);
        }
        let mut starts: Vec<Value> = binding.named_operands(&invocation.arguments).cloned().collect();
        if starts.is_empty() {
            starts.push(Value::exact(".", invocation.span));
        }
        let names: Vec<String> = binding.found_below(&Value::exact(".", invocation.span)).iter().map(name_of).collect();
        let mut most = None;
        for directory in invocation.directory.each() {
            for root in starts.iter().map(|start| self.map.tree(start, &directory)) {
                if root.class == PathClass::WorkspaceRoot && root.exact {
                    let places = protected_names().filter(|name| !leaves_out(binding, name));
                    let asks = |file: &str| {
                        let named = names.is_empty() || names.iter().any(|name| matches(name, last_name(file)));
                        named && has_suffix(binding, file) && !passes_by(binding, file)
                    };
                    let shallow = binding.has(Property::Limits);
                    let met = places.filter(|name| self.meets(&root.path, name, shallow, asks));
                    most = most
                        .max(met.map(|name| self.map.classify(&format!("{}/{name}", root.path), Extent::TREE)).max());
                }
            }
        }
        most
    }

    /// The same of what git lists: nothing of its own, and what it ignores only where it is told to.
    fn known_to_git(&self, invocation: &Invocation, binding: &Binding) -> Option<PathClass> {
        let asked: Vec<&Value> = binding.named_operands(&invocation.arguments).collect();
        let here = Value::exact(".", invocation.span);
        let directory = binding.directory(&invocation.directory);
        let roots = directory.each().into_iter().map(|directory| self.map.tree(&here, &directory));
        let roots: Vec<_> = roots.filter(|root| root.class == PathClass::WorkspaceRoot).collect();
        let places = protected_names().filter(|name| *name != REPOSITORY);
        let paths = places.flat_map(|name| roots.iter().map(move |root| (root, name)));
        let met = paths.filter(|(root, name)| {
            let ignored = || self.map.facts.tracking(&format!("{}/{name}", root.path)) == Tracking::Ignored;
            let met = self.meets(&root.path, name, false, |file| is_asked_for(&asked, file));
            met && (binding.has(Property::Hidden) || !ignored())
        });
        met.map(|(root, name)| self.map.classify(&format!("{}/{name}", root.path), Extent::TREE)).max()
    }

    /// Whether a place below a root is there, and holds what is asked for. A depth of one meets what lies in the root alone.
    fn meets(&self, root: &str, place: &str, shallow: bool, asks: impl Fn(&str) -> bool) -> bool {
        let path = [root, "/", place].concat();
        match self.map.facts.kind(&path) {
            Some(FileKind::File) => asks(place),
            Some(FileKind::Missing) => false,
            _ if shallow => false,
            _ if place == REPOSITORY => names::CONTROL_FILES.iter().any(|name| asks(&format!("{place}/{name}"))),
            Some(FileKind::Directory) => match self.map.facts.files(&path) {
                Some(Names::These(files)) => files.iter().any(|file| asks(&format!("{place}/{file}"))),
                Some(Names::More) | None => true,
            },
            _ => false,
        }
    }
}

/// Whether a pattern of find's matches, to which a full stop and a slash are characters like any other.
fn matches(glob: &str, name: &str) -> bool {
    fits(&widened(glob), name.as_bytes())
}

/// Whether paths of git's mean a file: one of them does, or there are none, and none of those that leave out. A star in them
/// stands for slashes as well. (gitglossary(7), "pathspec")
fn is_asked_for(paths: &[&Value], file: &str) -> bool {
    let means = |path: &str| {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        let below = file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        matches!(path, "" | ".") || path == file || below || matches(path, file)
    };
    let mut asked = paths.iter().filter(|path| left_out(path).is_none()).peekable();
    // What else begins with a colon may mean anything, and so may what is not known.
    let may_mean = |path: &&Value| path.known().is_none_or(|path| path.starts_with(':') || means(path));
    (asked.peek().is_none() || asked.any(may_mean)) && !paths.iter().any(|path| left_out(path).is_some_and(means))
}

/// What a path of git's leaves out, if it does.
fn left_out(path: &Value) -> Option<&str> {
    let path = path.known()?;
    [":!", ":^", ":(exclude)"].iter().find_map(|sign| path.strip_prefix(sign))
}

/// The last name of a pattern.
fn name_of(pattern: &Value) -> String {
    last_name(&pattern.text).to_owned()
}

/// Whether a command is told to leave out what has this name, or all that is hidden.
fn leaves_out(binding: &Binding, name: &str) -> bool {
    let prunes = binding.has(Property::Prunes);
    let mut negated = false;
    for bound in &binding.options {
        if bound.option.property() == Some(Property::Negates) {
            negated = true;
            continue;
        }
        let names = matches!(bound.role, Some(Role::Name | Role::NameRegex));
        let said = names && (negated || prunes) || bound.option.property() == Some(Property::Prunes);
        negated = false;
        let Some(text) = bound.value.as_ref().and_then(Value::known) else { continue };
        // `rg -g '!.git'`
        let denied = text.strip_prefix('!').filter(|_| names);
        let Some(text) = denied.or(Some(text).filter(|_| said)) else { continue };
        let text = text.replace('\\', "");
        let part = |part: &str| part == name || part.starts_with('.') && part.contains('*') && matches(part, name);
        if text.split(['/', '|', '(', ')']).any(part) {
            return true;
        }
    }
    false
}

/// Whether a file ends in what a command asks for, if it asks for that: `fd -e json`.
fn has_suffix(binding: &Binding, file: &str) -> bool {
    let asked = binding.options.iter().filter(|bound| bound.role == Some(Role::NameSuffix));
    let mut suffixes = asked.filter_map(|bound| bound.value.as_ref()).peekable();
    let is = |suffix: &Value| {
        suffix.known().is_none_or(|suffix| last_name(file).rsplit_once('.').is_some_and(|(_, end)| end == suffix))
    };
    suffixes.peek().is_none() || suffixes.any(is)
}

/// Whether a command asks for paths only that this is none of: `-path './src/*'`.
fn passes_by(binding: &Binding, file: &str) -> bool {
    let mut negated = false;
    for bound in &binding.options {
        match bound.option.property() {
            Some(Property::Negates) => negated = true,
            Some(Property::Widens | Property::Prunes | Property::Opens) => return false,
            _ => {
                let path = bound.value.as_ref().and_then(Value::known).filter(|_| bound.role == Some(Role::Name));
                if path.is_some_and(|path| !negated && path.contains('/') && !matches(path, &format!("./{file}"))) {
                    return true;
                }
                negated = false;
            }
        }
    }
    false
}
