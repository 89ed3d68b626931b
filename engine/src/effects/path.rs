//! Where a path lies. Lexical, except that symbolic links are followed as far as the facts know them.

use super::effect::{EffectKind, PathClass, PathTarget};
use super::folded::folded;
use super::globs::{globs, matches};
use super::listed::{List, Lists, Screen, anywhere};
use super::selection::selects_secrets;
use crate::facts::{Facts, FileKind};
use crate::request::Workspace;
use crate::resolve::{Directory, HOLE, Knowledge, NamePattern, Value};
use compact_str::{CompactString, format_compact};
use guardian_rules::paths::{below, fixed, folder, is_pattern, last_name, within};
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

impl Map<'_> {
    /// The target that a value names as a path, seen from a directory.
    #[must_use]
    pub fn target(self, value: &Value, directory: &Directory) -> PathTarget {
        self.located(value, directory, false)
    }

    /// The same with all that lies below it.
    #[must_use]
    pub fn tree(self, value: &Value, directory: &Directory) -> PathTarget {
        self.located(value, directory, true)
    }

    /// One or the other.
    #[must_use]
    pub fn located(self, value: &Value, directory: &Directory, tree: bool) -> PathTarget {
        let exact = value.knowledge == Knowledge::Exact;
        // A name that a command listed may be any that lies below, and so may what has one name.
        let found = value.knowledge == Knowledge::Pattern && value.text.contains("/**/");
        let tree = tree || found || value.knowledge == Knowledge::Name;
        let known_prefix = match value.knowledge {
            Knowledge::Exact | Knowledge::Pattern | Knowledge::Name => true,
            // A known beginning says where a path lies only up to its last slash, and only if nothing climbs out again.
            Knowledge::Number => true,
            Knowledge::Path | Knowledge::Id | Knowledge::Unknown(_) => false,
        };
        if !known_prefix {
            return self.unknown(value, directory, (PathClass::Unknown, tree));
        }
        let text = if value.knowledge == Knowledge::Number { "" } else { value.text.as_str() };
        let Some(mut path) = self.physical(text, directory) else {
            let class = self.relative(&value.text, exact);
            return PathTarget { exact, ..self.unknown(value, directory, (class, tree)) };
        };
        let mut class = self.classify(&path, Extent { tree, pattern: !exact });
        if !exact && let Some(anchored) = self.anchored(&path) {
            class = class.max(self.classify(&anchored, Extent { tree, pattern: true }));
        }
        if found && let Some((start, name)) = path.split_once("/**/") {
            class = self.found_below(class, start, (name, tree));
        }
        if value.knowledge == Knowledge::Name
            && let Some(here) = directory.reach("")
        {
            // Some tools list names without the folder they lie in.
            class =
                class.max(self.classify(&format!("{here}/*"), Extent { tree, pattern: true }).min(PathClass::Secret));
        }
        // A sink is itself whatever it leads to: `/dev/stdout` is a link into the process's own descriptors.
        if (exact || value.is_made())
            && class != PathClass::Sink
            && let Some(resolved) = self.facts.resolved(&path)
            && resolved != path
        {
            // Both the name and what it leads to count: a link may point out, and a name may be a place of its own.
            class = class.max(self.classify(&resolved, Extent { tree, pattern: false }));
            path = resolved.into();
        } else if !exact && let Some(led) = self.where_it_leads(&path) {
            class = class.max(self.classify(&led, Extent { tree, pattern: true }));
        }
        let inside = self.workspace.holds(&path);
        PathTarget { path, class, tree, inside, exact, name: CompactString::default() }
    }

    /// The class of what is found by a name at any depth below a folder, if that name alone has this one.
    fn found_below(self, class: PathClass, start: &str, (name, tree): (&str, bool)) -> PathClass {
        // Outside the workspace a name lowers nothing.
        let whole = self.classify(if start.is_empty() { "/" } else { start }, Extent::TREE);
        // What the system keeps from who may not read it counts where it is asked for by its name.
        let asked = || {
            let here = format_compact!("{start}/{name}");
            selects_secrets(NamePattern::Glob(name))
                || self.classify(&here, Extent { tree, pattern: true }) == PathClass::Secret
        };
        match whole {
            PathClass::System if class == PathClass::Secret && !asked() => whole,
            _ if whole > PathClass::Control => class.max(whole),
            _ => class,
        }
    }

    /// A pattern where its folder leads to, if that is elsewhere: what it matches lies there.
    fn where_it_leads(self, pattern: &str) -> Option<String> {
        let folder = Some(folder(fixed(pattern))).filter(|folder| !folder.is_empty())?;
        let resolved = self.facts.resolved(folder).filter(|resolved| resolved != folder)?;
        Some(resolved + pattern.get(folder.len()..).unwrap_or_default())
    }

    /// The target of a word that is not known. Where the script itself makes a link of that name, it lies where that leads.
    fn unknown(self, value: &Value, directory: &Directory, (class, tree): (PathClass, bool)) -> PathTarget {
        let name = directory.named(value).into_iter().next().map(|file| file.path).unwrap_or_default();
        let path = value.text.as_str().into();
        let led = Some(&name).filter(|name| self.linked && !name.is_empty());
        if let Some(to) = led.and_then(|name| self.facts.resolved(name)).filter(|to| *to != name) {
            let led = self.classify(&to, Extent { tree, pattern: false });
            if led > PathClass::Unknown {
                let inside = self.workspace.holds(&to);
                return PathTarget { path: to.into(), class: led, tree, inside, exact: false, name };
            }
        }
        PathTarget { path, class, tree, inside: false, exact: false, name }
    }

    /// A pattern whose first names may be those of the home directory or of a workspace, with these in their place.
    fn anchored(self, path: &str) -> Option<CompactString> {
        let first = Some(fixed(path).len()).filter(|first| *first < path.len())?;
        let mut places = std::iter::once(&self.workspace.home).chain(&self.workspace.roots);
        places.find_map(|place| {
            let names = place.split('/').count();
            let (mut wild, mut end) = (false, 0);
            for (wanted, part) in place.split('/').zip(path.split('/')) {
                wild |= wanted != part;
                end += part.len() + 1;
                if wanted != part && !globs(part, wanted) {
                    return None;
                }
            }
            let long = names > 1 && path.split('/').count() >= names && first < end;
            (wild && long).then(|| format_compact!("{place}{}", path.get(end - 1..).unwrap_or_default()))
        })
    }

    /// How delicate a path is at the least of which only the beginning or the end is known: what follows may climb out
    /// again, so this never makes it milder than not knowing.
    pub(super) fn at_least(self, value: &Value, directory: &Directory, kind: EffectKind) -> PathClass {
        let reads = matches!(kind, EffectKind::Read | EffectKind::Inspect);
        if !reads && self.ends_in_settings(value, directory) {
            return PathClass::Agent;
        }
        let folder = value.text.rfind('/').and_then(|at| value.text.get(..at));
        let Some(folder) = folder.and_then(|folder| directory.join(if folder.is_empty() { "/" } else { folder }))
        else {
            return PathClass::Unknown;
        };
        let class = self.classify(&folder, Extent::ITSELF);
        match class {
            PathClass::Secret | PathClass::Device => class,
            PathClass::Startup | PathClass::Agent | PathClass::Control | PathClass::System if !reads => class,
            _ => PathClass::Unknown,
        }
    }

    /// Whether the path is one of an agent's settings if the part in front that is not known is a home directory, or a
    /// workspace.
    fn ends_in_settings(self, value: &Value, directory: &Directory) -> bool {
        let end = match (&value.sketch, directory) {
            (Some(sketch), _) => sketch.rsplit(HOLE).next().unwrap_or_default(),
            (None, Directory::Known(_)) => return false,
            (None, _) => value.text.as_str(),
        };
        let home = self.workspace.home.as_str();
        let path = match end.strip_prefix("~/") {
            None if !home.is_empty() && below(end, home) => end.to_owned(),
            below => format!("{home}/{}", below.unwrap_or(end).trim_start_matches('/')),
        };
        !end.is_empty() && self.listed(&path, value.knowledge == Knowledge::Pattern, &AGENTS, None, Lists::ALL)
    }

    /// The absolute path that a relative one means to the kernel: `..` behind a link climbs out of what it leads to.
    fn physical(self, text: &str, directory: &Directory) -> Option<CompactString> {
        let dots = text.as_bytes().windows(2).any(|two| two == b"..");
        if !dots || !text.split('/').any(|part| part == "..") {
            return directory.reach(text);
        }
        let mut path = if text.starts_with('/') { "/".to_owned() } else { directory.join("")? };
        for part in text.split('/') {
            if part == ".." {
                path = self.facts.resolved(&path).unwrap_or(path);
                path = path.rsplit_once('/').map_or_else(String::new, |(up, _)| up.to_owned());
            } else if !part.is_empty() && part != "." {
                path = format!("{}/{part}", path.trim_end_matches('/'));
            }
            if path.is_empty() {
                path.push('/');
            }
        }
        Some(path.into())
    }

    /// The class of a path that is relative to a directory which is not known.
    fn relative(self, text: &str, exact: bool) -> PathClass {
        if self.names_secret(text, !exact) { PathClass::Secret } else { PathClass::Unknown }
    }

    /// Whether it is a secret wherever it lies, by its name or by that of a folder it lies in.
    pub(super) fn names_secret(self, name: &str, pattern: bool) -> bool {
        let last = last_name(name);
        let pattern = pattern && is_pattern(name);
        let may = SCREEN.of(None, None, name, pattern).have(SECRETS.number);
        let listed = may && SECRETS.names_one_of(name, pattern);
        (listed || places::is_secret_name(last)) && !self.shared(&format_compact!("/nowhere/{name}"))
    }

    /// Whether a secret is kept there. `inside` is the root of the workspace that it lies in.
    fn is_secret(self, path: &str, Extent { tree, pattern }: Extent, inside: Option<&str>, lists: Lists) -> bool {
        let name = last_name(path);
        let listed = || self.listed(path, pattern, &SECRETS, inside, lists);
        let named = || !tree && places::is_secret_name(name);
        let kept = || inside.is_none() && self.kept_by_a_tool(path, pattern);
        let code = || {
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            inside.is_some() && extension.is_some_and(|e| places::CODE.contains(&e))
        };
        (listed() || named() || kept()) && !self.shared(path) && !code()
    }

    /// The class of an absolute, normalised path or pattern.
    #[must_use]
    pub fn classify(self, path: &str, extent: Extent) -> PathClass {
        let class = self.as_written(path, extent);
        if path.is_ascii() {
            return class;
        }
        folded(path).map_or(class, |folded| class.max(self.as_written(&folded, extent)))
    }

    fn as_written(self, path: &str, extent: Extent) -> PathClass {
        let pattern = extent.pattern;
        if !pattern && path.starts_with("/dev/") && places::SINKS.iter().any(|sink| within(path, sink)) {
            return PathClass::Sink;
        }
        let inside = self.workspace.root_of(path);
        let lists = self.lists(path, pattern, inside);
        if self.is_secret(path, extent, inside, lists) {
            return PathClass::Secret;
        }
        if self.workspace.own.iter().any(|own| within(path, own)) || self.listed(path, pattern, &AGENTS, inside, lists)
        {
            return PathClass::Agent;
        }
        if inside.is_none() && self.listed(path, pattern, &STARTUP, None, lists) {
            return PathClass::Startup;
        }
        if let Some(root) = inside {
            return self.in_workspace(path, root, pattern, lists);
        }
        self.outside(path, extent)
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
        if within(path, "/proc") {
            return shows_processes(path);
        }
        let home = self.workspace.home.as_str();
        if path == home {
            return true;
        }
        let folder = path.strip_prefix(home).and_then(|rest| rest.strip_prefix('/')).map(|rest| rest.trim_matches('/'));
        folder.filter(|folder| !folder.is_empty()).is_some_and(|folder| {
            places::SECRETS.iter().filter_map(|entry| entry.strip_prefix("~/")).any(|entry| below(entry, folder))
        })
    }

    /// Whether the path is one that would tell tools what to run if a workspace were around it.
    pub(super) fn controls_elsewhere(self, path: &str, pattern: bool) -> bool {
        self.listed(path, pattern, &CONTROL, None, Lists::ALL)
    }

    /// Whether the path is one of a workspace that tells tools what to run, secret or not.
    pub(super) fn controls(self, path: &str, pattern: bool) -> bool {
        let root = self.workspace.roots.iter().find(|root| below(path, root));
        root.is_some_and(|root| self.listed(path, pattern, &CONTROL, Some(root), Lists::ALL))
    }

    fn in_workspace(self, path: &str, root: &str, pattern: bool, lists: Lists) -> PathClass {
        if path == root {
            return PathClass::WorkspaceRoot;
        }
        let relative = path.get(root.len()..).unwrap_or_default();
        if self.listed(path, pattern, &CONTROL, Some(root), lists) {
            return PathClass::Control;
        }
        if lists.have(REGENERABLE.number) && relative.split('/').any(|part| REGENERABLE.names(part)) {
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
        if below(path, "/dev") {
            return PathClass::Device;
        }
        let system = [
            "/etc",
            "/usr",
            "/bin",
            "/sbin",
            "/lib",
            "/lib64",
            "/lib32",
            "/boot",
            "/sys",
            "/proc",
            "/var",
            "/run",
            "/opt",
            "/root",
            "/snap",
            "/nix",
            "/System",
            "/Library",
            "/Applications",
        ];
        if system.iter().any(|s| within(path, s)) {
            return PathClass::System;
        }
        PathClass::Outside
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

    /// The part of a path below the home directory.
    fn under_home(self, path: &str) -> Option<&str> {
        let home = Some(self.workspace.home.as_str()).filter(|home| !home.is_empty());
        home.and_then(|home| path.strip_prefix(home)).and_then(|rest| rest.strip_prefix('/'))
    }

    /// The lists of places that the path may be on.
    fn lists(self, path: &str, pattern: bool, root: Option<&str>) -> Lists {
        let names = root.and_then(|root| path.strip_prefix(root)).unwrap_or(path);
        SCREEN.of(Some(path), self.under_home(path), names, pattern)
    }

    /// Whether the path, or a folder it lies in, is on a list of places. `lists` are those that it may be on.
    #[inline]
    fn listed(self, path: &str, pattern: bool, list: &List, root: Option<&str>, lists: Lists) -> bool {
        lists.have(list.number) && self.is_on(list, path, pattern, root)
    }

    fn is_on(self, list: &List, path: &str, pattern: bool, root: Option<&str>) -> bool {
        let home = self.workspace.home.as_str();
        let under_home = self.under_home(path);
        let names = root.and_then(|root| path.strip_prefix(root)).unwrap_or(path);
        // A pattern without any sign of one is a name.
        let pattern = pattern && is_pattern(path);
        // Somebody's home is no secret to them, though it is listed for all others, as root's is.
        let own = (under_home.is_some() || path == home) && list.holds(Some(home), None, "", false);
        list.holds((!own).then_some(path), under_home, names, pattern)
    }
}

/// Whether a folder below `/proc` is that of all processes or of one, or lies in it above something secret. (proc(5))
fn shows_processes(path: &str) -> bool {
    let process = |name: &str| {
        name == "self" || name == "thread-self" || name.contains('*') || name.bytes().all(|b| b.is_ascii_digit())
    };
    let parts: Vec<&str> = path.split('/').skip(2).collect();
    parts.first().is_none_or(|first| process(first))
        && places::SECRETS.iter().filter_map(|entry| entry.strip_prefix("/proc/")).any(|entry| {
            entry.split('/').count() > parts.len()
                && entry.split('/').zip(&parts).all(|(listed, own)| matches(listed, own))
        })
}
