//! The only reader of host state for the engine. Answers are remembered for one decision, so that it sees one world;
//! [`HostFacts::forget`] before the next one, or a long-lived process would judge by a world that is gone. Of what is
//! watched an answer is remembered until something changes.

use guardian_engine::{Facts, FileKind, Links, Names, Tracking};
use guardian_rules::library::{is_library_file, is_library_module};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use watch::Watch;

pub mod file;
mod index;
mod links;
mod names;
mod processes;
mod refs;
mod tracking;
pub mod watch;

/// The host, as it is now.
#[derive(Clone, Debug, Default)]
pub struct HostFacts {
    seen: Arc<Mutex<Seen>>,
    checkouts: Arc<tracking::Checkouts>,
    watch: Arc<Watch>,
}

/// What was asked.
#[derive(Debug, Default)]
struct Seen {
    /// In this decision.
    passing: Answers,
    /// What is watched, since it was in this state.
    lasting: Answers,
    state: Option<u64>,
}

/// Answers by what they are about.
#[derive(Debug, Default)]
struct Answers {
    programs: HashMap<String, Option<String>>,
    /// Where paths lead.
    resolved: HashMap<String, Option<String>>,
    kinds: HashMap<String, Option<FileKind>>,
}

impl Answers {
    /// As many of a kind as are kept.
    const MOST: usize = 4096;

    /// Forgets everything, but keeps room for as much as most decisions ask.
    fn clear(&mut self) {
        const ROOM: usize = 256;
        if [self.programs.capacity(), self.resolved.capacity(), self.kinds.capacity()].iter().any(|room| *room > ROOM) {
            *self = Self::default();
        }
        self.programs.clear();
        self.resolved.clear();
        self.kinds.clear();
    }

    fn is_full(&self) -> bool {
        [self.programs.len(), self.resolved.len(), self.kinds.len()].iter().any(|count| *count > Self::MOST)
    }
}

impl Seen {
    /// Begins anew, with what is watched and did not change.
    fn begin(&mut self, state: Option<u64>) {
        self.passing.clear();
        if state.is_none() || state != self.state || self.lasting.is_full() {
            self.lasting.clear();
        }
        self.state = state;
    }

    /// The answers to put one to.
    const fn answers(&mut self, lasting: bool) -> &mut Answers {
        if lasting { &mut self.lasting } else { &mut self.passing }
    }

    /// What is there, and not behind a link there.
    fn kind(&mut self, path: &str, watch: &Watch) -> Option<FileKind> {
        if let Some(known) = self.lasting.kinds.get(path).or_else(|| self.passing.kinds.get(path)) {
            return *known;
        }
        // What happens from here on is reported, so the look comes after.
        let watched = watch.kind(path);
        let kind = kind_of(path);
        self.answers(watched && kind.is_some()).kinds.insert(path.to_owned(), kind);
        kind
    }

    /// The program of that name.
    fn program(&mut self, name: &str, watch: &Watch) -> Option<String> {
        if let Some(known) = self.lasting.programs.get(name).or_else(|| self.passing.programs.get(name)) {
            return known.clone();
        }
        let mut watched = true;
        let found = find_program(name, |candidate| watched &= watch.thing(candidate));
        self.answers(watched).programs.insert(name.to_owned(), found.clone());
        found
    }

    /// Whether no part of a path is a link, as far as it exists: then it is what it is called. Most are, and what one of them
    /// has in common with another is looked at once. And whether it is so until something changes.
    fn is_without_links(&mut self, path: &str, watch: &Watch) -> (bool, bool) {
        let no = (false, false);
        let Some(parts) = path.strip_prefix('/').filter(|_| path.len() < MOST_BYTES) else { return no };
        if parts.split('/').any(|part| matches!(part, "" | "." | "..")) || parts.split('/').count() > MOST_PARTS {
            return no;
        }
        let mut lasting = false;
        for (at, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]) {
            let Some(folder) = path.get(..at) else { return no };
            let kind = self.kind(folder, watch);
            // What leads to a name is watched with it.
            lasting = self.lasting.kinds.contains_key(folder);
            match kind {
                Some(FileKind::Directory) => {}
                Some(FileKind::Missing) => return (true, lasting),
                Some(FileKind::File | FileKind::Other) => return (at == path.len(), lasting),
                Some(FileKind::Link) | None => return no,
            }
        }
        (true, lasting)
    }
}

/// Longer paths, and those of more parts, are left to the system.
const MOST_BYTES: usize = 1024;
const MOST_PARTS: usize = 32;

impl HostFacts {
    /// Facts of which those that are watched are looked at once.
    pub fn watching(watch: Arc<Watch>) -> Self {
        Self { watch, ..Self::default() }
    }

    /// Forgets all answers that nobody watches, or that changed, and says in which state the others are: see
    /// [`Watch::state`].
    pub fn forget(&self) -> Option<u64> {
        let state = self.watch.state();
        self.seen().begin(state);
        state
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts for HostFacts {
    fn forget(&self) {
        let _ = Self::forget(self);
    }

    fn variable(&self, name: &str) -> Option<String> {
        // These names have no value on any system.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        let value = std::env::var(name).ok()?;
        // What the launcher takes out of the environment is not there for the command.
        let dropped = guardian_sandbox::is_dropped(name.as_ref(), value.as_ref());
        (!dropped).then_some(value)
    }

    fn program(&self, name: &str) -> Option<String> {
        self.seen().program(name, &self.watch)
    }

    fn resolved(&self, path: &str) -> Option<String> {
        let mut seen = self.seen();
        if let Some(known) = seen.lasting.resolved.get(path).or_else(|| seen.passing.resolved.get(path)) {
            return known.clone();
        }
        let (plain, lasting) = seen.is_without_links(path, &self.watch);
        if plain {
            if lasting {
                seen.lasting.resolved.insert(path.to_owned(), Some(path.to_owned()));
            }
            return Some(path.to_owned());
        }
        drop(seen);
        let resolved = resolve(Path::new(path)).and_then(|path| path.into_os_string().into_string().ok());
        self.seen().passing.resolved.insert(path.to_owned(), resolved.clone());
        resolved
    }

    fn kind(&self, path: &str) -> Option<FileKind> {
        self.seen().kind(path, &self.watch)
    }

    fn content(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
        file::content(Path::new(path), limit).ok()
    }

    fn tracking(&self, path: &str) -> Tracking {
        self.checkouts.tracking(Path::new(path))
    }

    fn shadowing(&self, folder: &str) -> Option<FileKind> {
        shadowing(Path::new(folder))
    }

    fn dashed_ref(&self, folder: &str) -> Option<FileKind> {
        refs::dashed(Path::new(folder))
    }

    fn guarded(&self, process: &str) -> Option<String> {
        processes::guarded(process).map(str::to_owned)
    }

    fn parted(&self, folder: &str) -> Option<Names> {
        names::parted(Path::new(folder), |folder| self.checkouts.names(folder, names::is_parted))
    }

    fn files(&self, folder: &str) -> Option<Names> {
        names::files(Path::new(folder))
    }

    fn links(&self, pattern: &str) -> Option<Links> {
        links::links(pattern, |folder| self.checkouts.links(folder))
    }
}

/// The first executable regular file of that name on `PATH`. What a relative entry means depends on the directory the
/// command runs in, so a search that comes to one ends without an answer. Each file is named before it is looked at.
fn find_program(name: &str, mut named: impl FnMut(&str)) -> Option<String> {
    if name.is_empty() || name.contains(['/', '\0']) {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    for folder in std::env::split_paths(&path) {
        if !folder.is_absolute() {
            return None;
        }
        let candidate = folder.join(name);
        // What has no text is nothing that an answer can be.
        named(candidate.to_str().unwrap_or_default());
        if fs::metadata(&candidate).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0) {
            return candidate.into_os_string().into_string().ok();
        }
    }
    None
}

/// The path with links resolved as far as it exists; what is beyond that is appended as it stands.
pub fn resolve(path: &Path) -> Option<PathBuf> {
    if !path.is_absolute() {
        return None;
    }
    // As many links as Linux follows.
    const MOST_LINKS: u32 = 40;
    let mut rest: Vec<OsString> = Vec::new();
    let mut known = path.to_path_buf();
    let mut links = 0;
    loop {
        match fs::canonicalize(&known) {
            Ok(found) => {
                return Some(rest.iter().rev().fold(found, |path, name| path.join(name)));
            }
            // What is written through a link that leads to nothing yet is made where it leads.
            Err(_) if links < MOST_LINKS && fs::symlink_metadata(&known).is_ok_and(|meta| meta.is_symlink()) => {
                links += 1;
                known = known.parent()?.join(fs::read_link(&known).ok()?);
            }
            Err(_) if fs::symlink_metadata(&known).is_ok() => return None,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // `..` beyond what exists cannot be followed.
                let Component::Normal(name) = known.components().next_back()? else {
                    return None;
                };
                rest.push(name.to_owned());
                known.pop();
            }
            Err(_) => return None,
        }
    }
}

/// The path without links, if it exists. The C library is asked only where there may be one: musl's takes a page from the
/// kernel for each answer.
pub fn canonical(path: &Path) -> std::io::Result<PathBuf> {
    let (mut seen, nothing) = (Seen::default(), Watch::default());
    match path.to_str() {
        Some(plain)
            if seen.is_without_links(plain, &nothing).0 && seen.kind(plain, &nothing) != Some(FileKind::Missing) =>
        {
            Ok(path.to_owned())
        }
        _ => fs::canonicalize(path),
    }
}

/// What Python would take from a folder for a module of its library. A folder is a module only with an `__init__` in it.
fn shadowing(folder: &Path) -> Option<FileKind> {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).ok()?.take(MOST_ENTRIES + 1);
        let names: Option<Vec<_>> = entries.map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.filter(|names| names.len() <= MOST_ENTRIES)
    };
    for name in names(folder)? {
        if is_library_file(&name) {
            return Some(FileKind::File);
        }
        let inner = folder.join(&name);
        if is_library_module(&name) && fs::metadata(&inner).ok()?.is_dir() {
            let begins =
                |name: &String| name.split('.').next().is_some_and(|stem| stem.eq_ignore_ascii_case("__init__"));
            if names(&inner)?.iter().any(begins) {
                return Some(FileKind::Directory);
            }
        }
    }
    Some(FileKind::Missing)
}

/// A folder with more entries is not looked through.
const MOST_ENTRIES: usize = 10_000;

fn kind_of(path: &str) -> Option<FileKind> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_symlink() => Some(FileKind::Link),
        Ok(meta) if meta.is_file() => Some(FileKind::File),
        Ok(meta) if meta.is_dir() => Some(FileKind::Directory),
        Ok(_) => Some(FileKind::Other),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(FileKind::Missing),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_resolved_as_far_as_the_path_exists() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("real")).unwrap();
        symlink(root.join("real"), root.join("link")).unwrap();
        symlink(root.join("gone"), root.join("dangling")).unwrap();
        let facts = HostFacts::default();
        let at = |name: &str| root.join(name).to_str().unwrap().to_owned();
        assert_eq!(facts.resolved(&at("link/new/file")), Some(at("real/new/file")));
        symlink("turning", root.join("turning")).unwrap();
        // What is written through it is made where it leads.
        assert_eq!(facts.resolved(&at("dangling")), Some(at("gone")));
        assert_eq!(facts.resolved(&at("dangling/x")), Some(at("gone/x")));
        assert_eq!(facts.resolved(&at("turning")), None);
        assert_eq!(facts.resolved("relative"), None);
        assert_eq!(facts.kind(&at("link")), Some(FileKind::Link));
        assert_eq!(facts.kind(&at("none")), Some(FileKind::Missing));
    }

    #[test]
    fn what_has_no_links_is_told_as_the_system_tells_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/file"), b"").unwrap();
        symlink("b", root.join("a/link")).unwrap();
        let deep = "d/".repeat(40);
        let facts = HostFacts::default();
        let below = ["", "/a/", "a//b", "a/./b", "a/../a", "a/b", "a/b/none/none", "a/link", "a/link/none", "a/file"];
        for name in below.into_iter().chain(["a/file/none", "a/b/none/..", "a/b\0", &deep]) {
            let path = format!("{}/{name}", root.display());
            let told = resolve(Path::new(&path)).map(|path| path.into_os_string().into_string().unwrap());
            assert_eq!(facts.resolved(&path), told, "{path:?}");
            let canonical = |found: std::io::Result<PathBuf>| found.map_err(|error| error.kind());
            assert_eq!(canonical(super::canonical(path.as_ref())), canonical(fs::canonicalize(&path)), "{path:?}");
        }
        assert_eq!(facts.resolved("/").as_deref(), Some("/"));
    }

    #[test]
    fn what_python_would_take_for_its_library_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap();
        let facts = HostFacts::default();
        for name in ["app.py", "json.md", "types.d.ts"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        fs::create_dir(folder.path().join("logging")).unwrap();
        assert_eq!(facts.shadowing(at), Some(FileKind::Missing));
        fs::write(folder.path().join("logging/__init__.py"), b"").unwrap();
        assert_eq!(facts.shadowing(at), Some(FileKind::Directory));
        fs::remove_file(folder.path().join("logging/__init__.py")).unwrap();
        symlink("/nowhere", folder.path().join("linecache.py")).unwrap();
        assert_eq!(facts.shadowing(at), Some(FileKind::File));
        assert_eq!(facts.shadowing(folder.path().join("gone").to_str().unwrap()), None);
    }

    #[test]
    fn a_decision_sees_one_world_and_the_next_a_fresh_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        let path = file.to_str().unwrap();
        let facts = HostFacts::default();
        assert_eq!(facts.kind(path), Some(FileKind::Missing));
        fs::write(&file, b"").unwrap();
        assert_eq!(facts.kind(path), Some(FileKind::Missing));
        facts.forget();
        assert_eq!(facts.kind(path), Some(FileKind::File));
    }
}
