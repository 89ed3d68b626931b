//! Where a word points to: the path it names, seen from a directory. Lexical, except that symbolic links are followed as
//! far as the facts know them. What lies there, `map.rs` says.

use super::effect::{EffectKind, PathClass, PathTarget};
use super::globs::{globs, matches};
use super::map::{Extent, Map};
use super::selection::selects_secrets;
use crate::resolve::{Directory, HOLE, Knowledge, NamePattern, Value};
use compact_str::{CompactString, format_compact};
use guardian_rules::paths::{below, fixed, folder, is_pattern, last_name, names};
use guardian_rules::places;

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
        if let Some(matched) = directory.matched(value) {
            return self.located(&matched, &Directory::Unknown, tree);
        }
        if value.is_numbers() {
            return self.located(&value.single(), directory, tree);
        }
        let exact = value.knowledge == Knowledge::Exact;
        // A name that a command listed may be any that lies below, and so may what has one name.
        let found = value.knowledge == Knowledge::Pattern && value.text.contains("/**/");
        let tree = tree || found || value.knowledge == Knowledge::Name;
        // A known beginning says where a path lies only up to its last slash, and only if nothing climbs out again.
        let known_prefix = match value.knowledge {
            Knowledge::Exact | Knowledge::Pattern | Knowledge::Name | Knowledge::Number => true,
            Knowledge::Path | Knowledge::Id | Knowledge::Unknown(_) => false,
        };
        if !known_prefix {
            return self.unknown(value, directory, (PathClass::Unknown, tree));
        }
        let text = if value.knowledge == Knowledge::Number { "" } else { value.text.as_str() };
        let Some(mut path) = self.physical(text, directory) else {
            let secret = self.names_secret(&value.text, !exact);
            let class = if secret { PathClass::Secret } else { PathClass::Unknown };
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
            && let Some(resolved) = self.led_to(&path)
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
                || names_one_below(start, name)
                || self.classify(&here, Extent { tree, pattern: true }) == PathClass::Secret
        };
        match whole {
            PathClass::System if class == PathClass::Secret && !asked() => whole,
            _ if whole > PathClass::Control => class.max(whole),
            _ => class,
        }
    }

    /// Whether it is what is found below a temporary folder by a name that is no secret's. Whoever deletes that is told nothing
    /// of what may lie there in a folder of secrets.
    pub(super) fn is_litter(self, path: &PathTarget) -> bool {
        let Some((start, name)) = path.path.split_once("/**/").filter(|_| !path.exact) else { return false };
        let here = || self.classify(&format_compact!("{start}/{name}"), Extent { tree: false, pattern: true });
        let named = || selects_secrets(NamePattern::Glob(name)) || here() != PathClass::Temporary;
        let fixed = fixed(name);
        let held = places::HELD.iter().any(|begins| begins.starts_with(fixed) || fixed.starts_with(begins));
        self.is_temporary_root(start) && !held && !name.starts_with(['*', '?', '[', '.']) && !named()
    }

    /// A pattern where its folder leads to, if that is elsewhere: what it matches lies there.
    fn where_it_leads(self, pattern: &str) -> Option<String> {
        let folder = Some(folder(fixed(pattern))).filter(|folder| !folder.is_empty())?;
        let resolved = self.led_to(folder).filter(|resolved| resolved != folder)?;
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
            let (mut wild, mut end) = (false, 0);
            for (wanted, part) in names(place).zip(names(path)) {
                wild |= wanted != part;
                end += part.len() + 1;
                if wanted != part && !globs(part, wanted) {
                    return None;
                }
            }
            let depth = names(place).count();
            let long = depth > 1 && names(path).count() >= depth && first < end;
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
        if reads && self.seems_secret(value, directory) {
            return PathClass::Secret;
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

    /// Whether the path is a secret if what is not known of it comes to nothing: `/etc/sh$(:)adow`.
    fn seems_secret(self, value: &Value, directory: &Directory) -> bool {
        let begins = |sketch: &&str| sketch.contains(HOLE) && !sketch.starts_with(HOLE) && !sketch.contains('\n');
        let Some(sketch) = value.sketch.as_deref().filter(begins) else { return false };
        let whole = directory.join(&sketch.replace(HOLE, ""));
        whole.is_some_and(|path| self.classify(&path, Extent::ITSELF) == PathClass::Secret)
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
        !end.is_empty() && self.is_agents(&path, value.knowledge == Knowledge::Pattern)
    }

    /// What a path leads to, as far as the facts know.
    fn led_to(self, path: &str) -> Option<String> {
        if is_of_process(path) { None } else { self.facts.resolved(path) }
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
                // What lies above it nobody knows: no less than what lies below.
                if is_of_process(&path) {
                    continue;
                }
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
}

/// Whether a path is a link that leads elsewhere for every process, or lies behind one: its folder, its root, its descriptors.
/// Where it leads for guardian says nothing. (proc(5))
fn is_of_process(path: &str) -> bool {
    const DESCRIPTORS: [&str; 4] = ["/dev/fd/", "/dev/stdin", "/dev/stdout", "/dev/stderr"];
    if path.starts_with("/dev/") {
        return DESCRIPTORS.iter().any(|name| path.starts_with(name));
    }
    let Some(rest) = path.strip_prefix("/proc/") else { return false };
    let (_, rest) = rest.split_once('/').unwrap_or_default();
    let rest = rest.strip_prefix("task/").map_or(rest, |rest| rest.split_once('/').unwrap_or_default().1);
    matches!(rest.split('/').next(), Some("cwd" | "root" | "fd"))
}

/// Whether a secret that is listed somewhere below a folder has this last name.
fn names_one_below(start: &str, name: &str) -> bool {
    !is_pattern(name) && places::SECRETS.iter().any(|entry| below(entry, start) && matches(last_name(entry), name))
}
