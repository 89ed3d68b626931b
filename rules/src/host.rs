//! `host_executable`: which files a program's name stands for.

use std::collections::HashMap;

use crate::paths::last_name;
use crate::rule::{Layer, Origin, PrefixPattern, Word};

/// One `host_executable`: rules for `name` apply to a path with that basename only if it is listed. With no path
/// at all, they apply to no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostExecutable {
    /// The name of the program: one path component.
    pub name: String,
    /// Absolute paths that end in the name, each once.
    pub paths: Vec<String>,
    /// Where it was written.
    pub origin: Origin,
}

impl std::fmt::Display for HostExecutable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("host_executable(name=")?;
        crate::rule::literal(out, &self.name)?;
        out.write_str(", paths=")?;
        crate::rule::list(out, &self.paths)?;
        out.write_str(")")
    }
}

/// What is wrong with a path of a `host_executable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathProblem {
    /// It is not absolute.
    Relative,
    /// Its last component is not the program's name.
    OtherName,
}

/// Checks one path of a `host_executable`.
#[must_use]
pub fn path_problem(name: &str, path: &str) -> Option<PathProblem> {
    if !path.starts_with('/') {
        return Some(PathProblem::Relative);
    }
    (basename(path) != Some(name)).then_some(PathProblem::OtherName)
}

/// The last component of a path, if it has one.
#[must_use]
pub fn basename(path: &str) -> Option<&str> {
    Some(last_name(path.trim_end_matches('/'))).filter(|name| !matches!(*name, "" | "." | ".."))
}

/// Everything that is known of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// The last definition outside the project and managed layers.
    own: Option<Vec<String>>,
    /// The last definition of a project, which only counts where it narrows.
    project: Option<Vec<String>>,
    /// The last managed definition, which no other replaces.
    managed: Option<Vec<String>>,
}

fn lists(paths: Option<&Vec<String>>, path: &str) -> bool {
    paths.is_none_or(|paths| paths.iter().any(|own| own == path))
}

/// All `host_executable` definitions. Within a kind of layer the last definition of a name is the one that counts,
/// as in Codex. Other than there, nobody can reach up: a project's definition never widens an allow rule nor exempts
/// anything from another layer's restriction, and only a managed definition limits a managed rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostTable {
    entries: HashMap<String, Entry>,
}

impl HostTable {
    /// Adds definitions, the last being the last.
    pub fn extend<'a>(&mut self, definitions: impl IntoIterator<Item = &'a HostExecutable>) {
        for definition in definitions {
            let entry = self.entries.entry(definition.name.clone()).or_default();
            let place = match definition.origin.layer {
                Layer::Project => &mut entry.project,
                Layer::Managed => &mut entry.managed,
                Layer::BuiltIn | Layer::System | Layer::User | Layer::Session => &mut entry.own,
            };
            *place = Some(definition.paths.clone());
        }
    }

    /// Whether a rule of `layer` that restricts `name` reaches the program at `path`.
    #[must_use]
    pub fn restricts(&self, layer: Layer, name: &str, path: &str) -> bool {
        let Some(entry) = self.entries.get(name) else {
            return true;
        };
        match layer {
            Layer::Managed => lists(entry.managed.as_ref(), path),
            Layer::Project => lists(entry.project.as_ref().or(entry.effective()), path),
            Layer::BuiltIn | Layer::System | Layer::User | Layer::Session => lists(entry.effective(), path),
        }
    }

    /// Whether a rule that allows `name` reaches the program at `path`.
    #[must_use]
    pub fn allows(&self, name: &str, path: &str) -> bool {
        self.entries.get(name).is_none_or(|entry| lists(entry.effective(), path) && lists(entry.project.as_ref(), path))
    }

    /// Whether a definition that is not a project's names `path` as one of `name`: someone with authority vouches
    /// for that file.
    #[must_use]
    pub fn vouches(&self, name: &str, path: &str) -> bool {
        self.entries.get(name).and_then(Entry::effective).is_some_and(|paths| paths.iter().any(|own| own == path))
    }

    /// Whether any definition of the name lists a path.
    #[must_use]
    pub fn has_paths(&self, name: &str) -> bool {
        let Some(entry) = self.entries.get(name) else {
            return false;
        };
        [entry.effective(), entry.project.as_ref()].into_iter().flatten().any(|paths| !paths.is_empty())
    }

    /// Whether the pattern matches the command as Codex sees it, with resolution of paths on, and if so by which
    /// name of the program. This is how examples are checked: all layers alike.
    #[must_use]
    pub fn codex_match<'c>(&self, pattern: &PrefixPattern, command: &'c [Word]) -> Option<&'c str> {
        let (program, arguments) = command.split_first()?;
        let program = program.as_str();
        if !pattern.arguments_match(arguments) {
            return None;
        }
        let names = |name: &str| pattern.programs().iter().any(|own| *own == *name);
        if names(program) {
            return Some(program);
        }
        let name = basename(program).filter(|_| program.contains('/'))?;
        (names(name) && self.codex_permits(name, program)).then_some(name)
    }

    /// Whether rules for `name` apply to `path` in Codex, where the last definition counts whoever wrote it.
    #[must_use]
    pub fn codex_permits(&self, name: &str, path: &str) -> bool {
        self.entries
            .get(name)
            .is_none_or(|entry| lists(entry.managed.as_ref().or(entry.project.as_ref()).or(entry.own.as_ref()), path))
    }
}

impl Entry {
    fn effective(&self) -> Option<&Vec<String>> {
        self.managed.as_ref().or(self.own.as_ref())
    }
}
