//! What lies at a place: the class of a path, by the workspace, the user's directories and lists of places. Lexical: which
//! path a word names, `path.rs` finds.

use super::effect::{PathClass, PathTarget};
use super::folded::folded;
use super::globs::{globs, matches};
use super::listed::{List, Lists, Screen, Seen, anywhere};
use super::selection::selects_secrets;
use crate::facts::{Facts, FileKind};
use crate::request::Workspace;
use crate::resolve::NamePattern;
use compact_str::format_compact;
use guardian_rules::paths::{below, is_pattern, last_name, names, within, without_brackets};
use guardian_rules::places;

static SECRETS: List = List::new(0, places::SECRETS);
static AGENTS: List = List::new(1, places::AGENTS);
static STARTUP: List = List::new(2, places::STARTUP);
static CONTROL: List = List::new(3, places::CONTROL);
static REGENERABLE: List = List::new(4, places::REGENERABLE);
static SCREEN: Screen =
    Screen::new(&[places::SECRETS, places::AGENTS, places::STARTUP, places::CONTROL, places::REGENERABLE]);

/// What path classes depend on.
#[derive(Clone, Copy)]
pub struct Map<'a> {
    /// The workspace and the user's directories.
    pub workspace: &'a Workspace,
    /// What is known of the world.
    pub facts: &'a dyn Facts,
    /// Whether that knows of links which the script itself makes.
    pub linked: bool,
}

/// How much of what lies there a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Whether it is all that lies below it, too.
    pub tree: bool,
    /// Whether it is a pattern, and stands for whatever fits.
    pub pattern: bool,
}

impl Extent {
    /// What is called so, and nothing else.
    pub const ITSELF: Self = Self { tree: false, pattern: false };
    /// A folder with all that lies below it.
    pub const TREE: Self = Self { tree: true, pattern: false };
}

impl<'a> Map<'a> {
    /// Whether it is a secret wherever it lies, by its name or by that of a folder it lies in.
    pub(super) fn names_secret(self, name: &str, pattern: bool) -> bool {
        let last = last_name(name);
        let pattern = pattern && is_pattern(name);
        if pattern && let Some(plain) = without_brackets(name) {
            return self.names_secret(&plain, pattern);
        }
        let seen = Seen { path: None, under_home: None, names: name, pattern };
        let listed = SCREEN.of(seen).have(SECRETS.number) && SECRETS.names_one_of(name, pattern);
        (listed || places::is_secret_name(last)) && !self.shared(&format_compact!("/nowhere/{name}"))
    }

    /// Whether a secret is kept there. `inside` is whether it lies in the workspace.
    fn is_secret(self, path: &str, Extent { tree, pattern }: Extent, inside: bool, listed: Listed<'_>) -> bool {
        let name = last_name(path);
        let listed = || listed.on(&SECRETS);
        let selects = || pattern && is_pattern(name) && selects_secrets(NamePattern::Glob(name));
        let named = || !tree && (places::is_secret_name(name) || selects());
        let kept = || !inside && self.kept_by_a_tool(path, pattern);
        let code = || {
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            inside && extension.is_some_and(|e| places::CODE.contains(&e))
        };
        // Of guardian's own, wherever the user has put it: with one of them an approval could be forged.
        let key = || name == places::SEAL && self.workspace.own.iter().any(|own| below(path, own));
        (listed() || named() || kept() || key()) && !self.shared(path) && !code()
    }

    /// The class of an absolute, normalised path or pattern.
    #[must_use]
    pub fn classify(self, path: &str, extent: Extent) -> PathClass {
        let mut class = self.as_written(path, extent);
        if extent.pattern
            && let Some(plain) = without_brackets(path)
        {
            class = class.max(self.as_written(&plain, extent));
        }
        if path.is_ascii() {
            return class;
        }
        folded(path).map_or(class, |folded| class.max(self.as_written(&folded, extent)))
    }

    fn as_written(self, path: &str, extent: Extent) -> PathClass {
        let pattern = extent.pattern;
        if !pattern && path.starts_with("/dev/") && is_sink(path) {
            return PathClass::Sink;
        }
        let inside = self.workspace.root_of(path);
        let listed = self.listed(path, pattern, inside);
        if self.is_secret(path, extent, inside.is_some(), listed) {
            return PathClass::Secret;
        }
        if self.workspace.own.iter().any(|own| within(path, own)) || listed.on(&AGENTS) {
            return PathClass::Agent;
        }
        match inside {
            // A workspace around the home directory makes nothing else of what runs there by itself.
            Some(root) if listed.on(&STARTUP) && self.holds_home(root) => PathClass::Startup,
            Some(root) => Self::in_workspace(path, root, pattern, listed),
            None if listed.on(&STARTUP) => PathClass::Startup,
            None => self.outside(path, extent),
        }
    }

    /// The class of a path that is not in the workspace and none of the listed places.
    fn outside(self, path: &str, Extent { tree, pattern }: Extent) -> PathClass {
        let home = self.workspace.home.as_str();
        // A folder that holds the workspace or the home directory is as much as both, wherever it lies.
        let mut held = self.workspace.roots.iter().map(String::as_str).chain([home]).filter(|held| !held.is_empty());
        if tree && held.any(|held| below(held, path)) {
            return PathClass::Root;
        }
        // A home directory may lie in a temporary folder, as in containers, and is no less a home there.
        let at_home = !home.is_empty() && within(path, home);
        let mut temporary = self.workspace.temporary.iter().filter(|root| !at_home || !below(home, root));
        if temporary.clone().any(|root| below(path, root)) {
            return PathClass::Temporary;
        }
        if temporary.any(|root| path == root) {
            return if tree { PathClass::Outside } else { PathClass::Temporary };
        }
        if path == "/" || path == home || "/home" == path || "/Users" == path {
            return PathClass::Root;
        }
        if !home.is_empty() && below(path, home) {
            let whole = pattern && tree && path.rsplit_once('/').is_some_and(|(f, _)| f == home);
            return if whole { PathClass::Root } else { PathClass::Home };
        }
        Self::of_system(path)
    }

    /// Whether it surely names no file: no folder of the root has its first name.
    pub(super) fn is_nowhere(self, path: &str) -> bool {
        let top = path.get(1..).and_then(|rest| rest.find('/')).and_then(|end| path.get(..=end));
        self.facts.kind(top.unwrap_or(path)) == Some(FileKind::Missing)
    }

    /// Whether it is a temporary folder, and nothing lies below it that is more.
    pub(super) fn is_temporary_root(self, path: &str) -> bool {
        self.workspace.temporary.iter().any(|root| root == path)
            && self.outside(path, Extent::TREE) == PathClass::Outside
    }

    /// Whether a place where secrets lie in every home directory, or in what the system shows of every process, is below
    /// this one. (What else is listed, such as below `/etc`, the system itself keeps from who may not read it.)
    pub(super) fn holds_secrets(self, path: &str) -> bool {
        let (proc, home) = (within(path, "/proc"), self.workspace.home.as_str());
        if !proc && !within(path, home) {
            return false;
        }
        // What is found by its name lies right there or deeper.
        if is_pattern(path)
            && let (Some((start, _)), Some((_, name))) = (path.split_once("/**/"), path.rsplit_once("/**/"))
        {
            return ["", "*/"].iter().any(|between| self.holds_secrets(&format_compact!("{start}/{between}{name}")));
        }
        if proc {
            return shows_processes(path);
        }
        let folder = path.strip_prefix(home).unwrap_or_default().trim_matches('/');
        let Some(first) = folder.bytes().next() else { return true };
        let (open, pattern) = (is_pattern([first]), is_pattern(folder));
        places::SECRETS.iter().filter_map(|entry| entry.strip_prefix("~/")).any(|entry| {
            let same = || folder.split('/').zip(entry.split('/')).all(|(own, name)| own == name || globs(own, name));
            (open || entry.bytes().next().is_some_and(|byte| byte.eq_ignore_ascii_case(&first)))
                && (below(entry, folder) || pattern && depth(entry) > depth(folder) && same())
        })
    }

    /// Whether the path is one that would tell tools what to run if a workspace were around it.
    pub(super) fn controls_elsewhere(self, path: &PathTarget) -> bool {
        self.listed(&path.path, !path.exact, None).on(&CONTROL)
    }

    /// Whether the path is one of a workspace that tells tools what to run, secret or not.
    pub(super) fn controls(self, path: &PathTarget) -> bool {
        let root = self.workspace.roots.iter().find(|root| below(&path.path, root));
        root.is_some_and(|root| self.listed(&path.path, !path.exact, Some(root)).on(&CONTROL))
    }

    /// Whether it lies in a workspace that is not around the home directory, or is one.
    pub(super) fn is_in_project(self, path: &str) -> bool {
        self.workspace.roots.iter().any(|root| within(path, root) && !self.holds_home(root))
    }

    fn holds_home(self, root: &str) -> bool {
        let home = self.workspace.home.as_str();
        !home.is_empty() && within(home, root)
    }

    /// Whether the path is one of a workspace around the home directory that runs by itself, secret or not.
    pub(super) fn starts_up(self, path: &PathTarget) -> bool {
        let root = self.workspace.root_of(&path.path).filter(|root| self.holds_home(root));
        root.is_some_and(|root| self.listed(&path.path, !path.exact, Some(root)).on(&STARTUP))
    }

    /// Whether the path is one of an agent's settings, wherever it lies.
    pub(super) fn is_agents(self, path: &str, pattern: bool) -> bool {
        self.listed(path, pattern, None).on(&AGENTS)
    }

    fn in_workspace(path: &str, root: &str, pattern: bool, listed: Listed<'_>) -> PathClass {
        if path == root {
            return PathClass::WorkspaceRoot;
        }
        let relative = path.get(root.len()..).unwrap_or_default();
        if listed.on(&CONTROL) {
            return PathClass::Control;
        }
        let made_again = || listed.may.have(REGENERABLE.number) && names(relative).any(|part| REGENERABLE.names(part));
        if made_again() || lies_in_made(relative) {
            PathClass::Regenerable
        } else if pattern && matches!(relative, "/*" | "/**" | "/.*") {
            PathClass::WorkspaceRoot
        } else {
            PathClass::Workspace
        }
    }

    fn of_system(path: &str) -> PathClass {
        if within(path, "/dev/shm") || below(path, "/var/tmp") {
            return PathClass::Temporary;
        }
        let mut names = path.split('/').skip(1);
        let first = names.next().unwrap_or_default();
        let glob = is_pattern(first);
        let is = |name: &str| first == name || glob && globs(first, name);
        if is("dev") && names.next().is_some() {
            return PathClass::Device;
        }
        const SYSTEM: [&str; 19] = [
            "etc",
            "usr",
            "bin",
            "sbin",
            "lib",
            "lib64",
            "lib32",
            "boot",
            "sys",
            "proc",
            "var",
            "run",
            "opt",
            "root",
            "snap",
            "nix",
            "System",
            "Library",
            "Applications",
        ];
        if SYSTEM.into_iter().any(is) { PathClass::System } else { PathClass::Outside }
    }

    /// Whether its last name is one that only looks like a secret.
    fn shared(self, path: &str) -> bool {
        let name = last_name(path);
        places::NOT_SECRETS.iter().any(|p| matches(p, if p.contains('/') { path } else { name }))
    }

    /// Whether its name says that a tool keeps a secret there, in a folder of its own in the home directory: `~/.vercel`,
    /// `~/.config/gh`.
    fn kept_by_a_tool(self, path: &str, pattern: bool) -> bool {
        let home = self.workspace.home.as_str();
        let Some(path) = path.strip_prefix(home).and_then(|rest| rest.strip_prefix('/')).filter(|_| !home.is_empty())
        else {
            return false;
        };
        let below = |folder: &&str| path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        let (rest, deep) = match places::TOOL_FOLDERS.iter().find_map(below) {
            Some(rest) => (rest, 2),
            None if path.starts_with('.') => (path, 1),
            None => return false,
        };
        let names = rest.split('/').skip(1).take(deep);
        names.into_iter().any(|name| places::TOOL_SECRETS.iter().any(|entry| anywhere(entry, name, pattern)))
    }

    /// A path or pattern as lists see it, and those that it may be on. `root` is the root of the workspace that it lies in:
    /// names count from there on.
    fn listed<'p>(self, path: &'p str, pattern: bool, root: Option<&str>) -> Listed<'p>
    where
        'a: 'p,
    {
        let home = self.workspace.home.as_str();
        let below_home = || path.strip_prefix(home).and_then(|rest| rest.strip_prefix('/'));
        let seen = Seen {
            path: Some(path),
            under_home: if home.is_empty() { None } else { below_home() },
            names: root.and_then(|root| path.strip_prefix(root)).unwrap_or(path),
            // A pattern without any sign of one is a name.
            pattern: pattern && is_pattern(path),
        };
        Listed { seen, may: SCREEN.of(seen), home }
    }
}

/// Whether a path is that of a device which is no file, or of a descriptor. What lies below a descriptor lies in the folder
/// that is open there, of which nobody knows which one it is.
fn is_sink(path: &str) -> bool {
    let descriptor = || path.strip_prefix("/dev/fd/").is_some_and(|name| !name.contains('/'));
    places::SINKS.contains(&path) || descriptor()
}

/// A path, and the lists of places that it may be on.
#[derive(Clone, Copy)]
struct Listed<'p> {
    seen: Seen<'p>,
    may: Lists,
    home: &'p str,
}

impl Listed<'_> {
    /// Whether the path, or a folder it lies in, is on this list.
    #[inline]
    fn on(self, list: &List) -> bool {
        self.may.have(list.number) && self.is_on(list)
    }

    fn is_on(self, list: &List) -> bool {
        let Seen { path, under_home, .. } = self.seen;
        let home = Seen { path: Some(self.home), under_home: None, names: "", pattern: false };
        // Somebody's home is no secret to them, though it is listed for all others, as root's is.
        let own = (under_home.is_some() || path == home.path) && list.holds(home);
        list.holds(Seen { path: path.filter(|_| !own), ..self.seen })
    }
}

/// Whether a build makes a folder again that is around the path, or the path itself, by its name and that of its folder.
fn lies_in_made(path: &str) -> bool {
    let mut rest = Some(path.trim_start_matches('/'));
    while let Some(from) = rest {
        let first = from.bytes().next();
        if places::REGENERABLE_IN.iter().any(|entry| entry.bytes().next() == first && within(from, entry)) {
            return true;
        }
        rest = from.bytes().position(|byte| byte == b'/').and_then(|slash| from.get(slash + 1..));
    }
    false
}

/// How many names a path has.
fn depth(path: &str) -> usize {
    path.split('/').count()
}

/// Whether a folder below `/proc` is that of all processes or of one, or lies in it above something secret. (proc(5))
fn shows_processes(path: &str) -> bool {
    let process = |name: &str| {
        name == "self" || name == "thread-self" || is_pattern(name) || name.bytes().all(|b| b.is_ascii_digit())
    };
    let parts: Vec<&str> = path.split('/').skip(2).collect();
    parts.first().is_none_or(|first| process(first))
        && places::SECRETS.iter().filter_map(|entry| entry.strip_prefix("/proc/")).any(|entry| {
            depth(entry) > parts.len() && entry.split('/').zip(&parts).all(|(listed, own)| matches(listed, own))
        })
}
