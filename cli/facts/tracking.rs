//! What git knows of a path, read from its files without running it: the index, and the patterns of what is ignored.
//! The user's own list of ignored files is not read, so what only that ignores counts as not tracked, which is stricter.

use super::file::content;
use super::index::{Entry, Index};
use bstr::ByteSlice as _;
use gix_ignore::glob::pattern::Case;
use gix_ignore::search::Ignore;
use guardian_engine::Tracking;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A larger index is not read, and nothing is known then.
const MOST_INDEX: usize = 64 << 20;
/// A larger list of patterns is not read, and nothing is ignored by it.
const MOST_PATTERNS: usize = 1 << 20;
/// A longer file that says where git keeps its own is not read.
const MOST_POINTER: usize = 1 << 12;
/// A folder with more files than that is not looked through.
const MOST_FILES: usize = 4096;

/// Indexes that were read, by their paths. They outlive a decision: each is read again once its file is another.
#[derive(Debug, Default)]
pub struct Checkouts {
    indexes: Mutex<HashMap<PathBuf, Known>>,
}

/// The state of a file, and the index that was in it, if it was one.
type Known = (Stamp, Option<Arc<Index>>);

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

/// A checkout: its root, and where git keeps its own files.
struct Checkout {
    root: PathBuf,
    /// Of this working tree.
    own: PathBuf,
    /// Of the repository.
    common: PathBuf,
}

impl Checkouts {
    /// What git knows of what is at an absolute path: of a folder, what it knows of everything in it.
    pub fn tracking(&self, path: &Path) -> Tracking {
        self.known(path).unwrap_or(Tracking::Unknown)
    }

    /// The links below a folder of a checkout that git knows.
    pub fn links(&self, folder: &Path) -> Vec<PathBuf> {
        self.listed(folder, |checkout, index, below| {
            index.links_below(below).map(|path| checkout.root.join(OsStr::from_bytes(path))).collect()
        })
    }

    /// The names below a folder of a checkout that git knows and that are wanted, relative to it.
    pub fn names(&self, folder: &Path, wanted: fn(&[u8]) -> bool) -> Vec<PathBuf> {
        self.listed(folder, |_, index, below| {
            let names = index.below(below).filter_map(|(path, _)| path.get(below.len()..));
            let names = names.map(|name| name.strip_prefix(b"/").unwrap_or(name)).filter(|name| wanted(name));
            names.map(|name| PathBuf::from(OsStr::from_bytes(name))).collect()
        })
    }

    /// What is listed of the index around a folder, given where the folder lies in it; nothing outside of a checkout.
    fn listed(&self, folder: &Path, list: impl FnOnce(&Checkout, &Index, &[u8]) -> Vec<PathBuf>) -> Vec<PathBuf> {
        let Some(checkout) = Checkout::around(&folder.join(".")) else { return Vec::new() };
        let index = self.index(&checkout.own.join("index"));
        let below = folder.strip_prefix(&checkout.root).ok().map(|path| path.as_os_str().as_bytes());
        let Some(((index, _), below)) = index.zip(below) else { return Vec::new() };
        list(&checkout, &index, below)
    }

    fn known(&self, path: &Path) -> Option<Tracking> {
        let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        let meta = fs::symlink_metadata(path).ok().filter(|_| plain && path.is_absolute())?;
        let checkout = Checkout::around(path)?;
        let (index, written) = self.index(&checkout.own.join("index"))?;
        let state = State { checkout: &checkout, index: &index, written };
        if meta.is_dir() { state.folder(path) } else { Some(state.file(path, &meta)) }
    }

    /// A checkout's index, and when it was written.
    fn index(&self, path: &Path) -> Option<(Arc<Index>, (i64, i64))> {
        let Ok(meta) = fs::metadata(path) else {
            // Before anything was added there is none.
            return Some((Arc::default(), (0, 0)));
        };
        let modified = (meta.mtime(), meta.mtime_nsec());
        let stamp = Stamp { inode: meta.ino(), size: meta.len(), modified };
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, index)) = indexes.get(path).filter(|(known, _)| *known == stamp) {
            return index.clone().map(|index| (index, modified));
        }
        let index = content(path, MOST_INDEX).ok().and_then(|bytes| Index::read(&bytes)).map(Arc::new);
        indexes.insert(path.to_owned(), (stamp, index.clone()));
        index.map(|index| (index, modified))
    }
}

impl Checkout {
    /// The one that a path lies in, and is not itself the root or a part of git's own files of.
    fn around(path: &Path) -> Option<Self> {
        let root = path.ancestors().skip(1).find(|folder| fs::symlink_metadata(folder.join(".git")).is_ok())?;
        let git = root.join(".git");
        if path.starts_with(&git) {
            return None;
        }
        let own = if git.is_dir() {
            git
        } else {
            // Of a linked working tree or a submodule.
            let text = String::from_utf8(content(&git, MOST_POINTER).ok()?).ok()?;
            root.join(text.strip_prefix("gitdir:")?.trim())
        };
        let common = content(&own.join("commondir"), MOST_POINTER).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let common = common.map_or_else(|| own.clone(), |text| own.join(text.trim()));
        fs::metadata(own.join("HEAD")).ok().filter(Metadata::is_file)?;
        Some(Self { root: root.to_owned(), own, common })
    }
}

/// A checkout as it is now.
struct State<'a> {
    checkout: &'a Checkout,
    index: &'a Index,
    /// When the index was written.
    written: (i64, i64),
}

impl State<'_> {
    fn relative<'p>(&self, path: &'p Path) -> Option<&'p [u8]> {
        Some(path.strip_prefix(&self.checkout.root).ok()?.as_os_str().as_bytes())
    }

    fn file(&self, path: &Path, meta: &Metadata) -> Tracking {
        match self.relative(path).and_then(|relative| self.index.entry(relative)) {
            Some(entry) if self.is_clean(entry, meta) => Tracking::Tracked,
            // What was changed since is lost with the file.
            Some(_) => Tracking::Untracked,
            None if self.ignored(path, false) => Tracking::Ignored,
            None => Tracking::Untracked,
        }
    }

    /// Whether the file is surely what the index has a copy of. What was written in the same moment as the index may
    /// have changed behind it.
    fn is_clean(&self, entry: Entry, meta: &Metadata) -> bool {
        let time =
            |seconds: i64, nanoseconds: i64| Some((u32::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?));
        let kind = if meta.is_symlink() { 0o120_000 } else { 0o100_000 };
        entry.stored
            && (meta.is_symlink() || meta.is_file())
            && entry.mode & 0o170_000 == kind
            && u64::from(entry.size) == meta.len()
            && Some(entry.modified) == time(meta.mtime(), meta.mtime_nsec())
            && Some(entry.changed) == time(meta.ctime(), meta.ctime_nsec())
            && (meta.mtime(), meta.mtime_nsec()) < self.written
    }

    /// What is known of a folder is known of every file in it.
    fn folder(&self, path: &Path) -> Option<Tracking> {
        let relative = self.relative(path)?;
        if fs::symlink_metadata(path.join(".git")).is_ok() {
            return Some(Tracking::Untracked);
        }
        if !self.index.has_below(relative) && self.ignored(path, true) {
            return Some(Tracking::Ignored);
        }
        let (mut open, mut seen, mut tracked) = (vec![path.to_owned()], 0, false);
        while let Some(folder) = open.pop() {
            for found in fs::read_dir(folder).ok()? {
                let (found, meta) = found.and_then(|found| Ok((found.path(), found.metadata()?))).ok()?;
                seen += 1;
                // A checkout within is another repository, which goes with its history.
                if seen > MOST_FILES || found.file_name().is_some_and(|name| name == ".git") {
                    return Some(Tracking::Untracked);
                }
                if meta.is_dir() {
                    if self.index.has_below(self.relative(&found)?) || !self.ignored(&found, true) {
                        open.push(found);
                    }
                    continue;
                }
                match self.file(&found, &meta) {
                    Tracking::Tracked => tracked = true,
                    Tracking::Ignored => {}
                    Tracking::Untracked | Tracking::Unknown => return Some(Tracking::Untracked),
                }
            }
        }
        Some(if tracked { Tracking::Tracked } else { Tracking::Ignored }).filter(|_| seen > 0)
    }

    /// Whether git ignores what is there, or a folder it lies in. File systems differ in whether they tell `a` from
    /// `A`: it has to hold for both.
    fn ignored(&self, path: &Path, folder: bool) -> bool {
        [Case::Sensitive, Case::Fold].into_iter().all(|case| self.ignored_as(path, folder, case))
    }

    fn ignored_as(&self, path: &Path, folder: bool, case: Case) -> bool {
        let Some(relative) = path.strip_prefix(&self.checkout.root).ok() else { return false };
        let mut patterns = gix_ignore::Search::default();
        // What comes later wins.
        add(&mut patterns, &self.checkout.common.join("info/exclude"), None);
        let mut here = self.checkout.root.clone();
        let mut parts = relative.components().peekable();
        while let Some(part) = parts.next() {
            add(&mut patterns, &here.join(".gitignore"), Some(&self.checkout.root));
            here.push(part);
            let is_folder = folder || parts.peek().is_some();
            let Some(name) = self.relative(&here) else { return false };
            let found = patterns.pattern_matching_relative_path(name.as_bstr(), Some(is_folder), case);
            // What lies in an ignored folder cannot be taken back.
            if found.is_some_and(|found| !found.pattern.is_negative()) {
                return true;
            }
        }
        false
    }
}

/// Adds the patterns of a file. A list of patterns that is a link is not read by git.
fn add(patterns: &mut gix_ignore::Search, file: &Path, root: Option<&Path>) {
    let followed = root.is_none() || fs::symlink_metadata(file).is_ok_and(|meta| meta.is_file());
    if followed && let Ok(bytes) = content(file, MOST_PATTERNS) {
        // A path that git could not name has no patterns either.
        let _ = patterns.add_patterns_buffer(&bytes, file, root, Ignore::default());
    }
}

#[cfg(test)]
mod tests;
