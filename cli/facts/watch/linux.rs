//! Watching by inotify.

use guardian_rules::paths;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::fs::{AtFlags, CWD, FileType, FsWord, Statx, StatxAttributes, StatxFlags, statfs, statx};
use rustix::io::Errno;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

/// What changes where a path leads, and what may be done with what is there.
const CHANGES: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::DONT_FOLLOW);
/// File systems that nobody changes but through this kernel's own calls: ext, xfs, btrfs, f2fs, tmpfs.
const LOCAL: &[FsWord] = &[0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010, 0x0102_1994];
/// Watches are the user's, and others need some. With more names than these, or more watches, everything is asked anew.
const MOST_WATCHES: usize = 1024;
const MOST_NAMES: usize = 16 << 10;
/// Links behind one another that are followed.
const MOST_LINKS: usize = 8;
/// Reports that are read at a time: pieces of so many bytes. Where there are more, everything has changed.
const PIECE: usize = 8 << 10;
const MOST_PIECES: usize = 32;

/// What is watched, for all who ask in this process.
#[derive(Debug, Default)]
pub struct Watch(Option<Mutex<State>>);

impl Watch {
    /// Begins. Where the kernel has no room for it, nothing is watched.
    pub fn begin() -> Self {
        Self(State::new().ok().map(Mutex::new))
    }

    /// The number of the state that what is watched is in: it is another one as soon as anything of it changed. Nothing
    /// where nothing is watched.
    pub fn state(&self) -> Option<u64> {
        self.with(|state| {
            state.hear();
            Some(state.number)
        })
    }

    /// Whether it is reported from here on when something else is there under this name, or something at all.
    pub fn kind(&self, path: &str) -> bool {
        self.with(|state| state.name(path)).is_some()
    }

    /// The same, behind links, of its owner and its permissions as well.
    pub fn thing(&self, path: &str) -> bool {
        self.with(|state| state.thing(path)).is_some()
    }

    /// The same of all names in a folder.
    pub fn names(&self, folder: &str) -> bool {
        self.with(|state| state.names(folder)).is_some()
    }

    fn with<T>(&self, ask: impl FnOnce(&mut State) -> Option<T>) -> Option<T> {
        ask(&mut self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A path is watched only if all folders that lead to it are, each for the name of the next.
#[derive(Debug)]
struct State {
    inotify: OwnedFd,
    /// The table of what is mounted, which says that it changed.
    mounts: File,
    number: u64,
    /// What is watched, by the paths that it was found at.
    paths: HashMap<String, i32>,
    watches: HashMap<i32, Watched>,
    names: usize,
}

/// A folder or a file that is watched.
#[derive(Debug, Default)]
struct Watched {
    /// What has several names, or is mounted twice, is watched once.
    paths: Vec<String>,
    /// Names in it that somebody asked about.
    names: HashSet<String>,
    /// Whether somebody asked about all.
    all: bool,
}

/// What is there.
enum Found {
    Nothing,
    Folder,
    Link,
    Other,
}

impl State {
    fn new() -> io::Result<Self> {
        Ok(Self {
            inotify: inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?,
            mounts: File::open("/proc/self/mountinfo")?,
            number: 0,
            paths: HashMap::new(),
            watches: HashMap::new(),
            names: 0,
        })
    }

    /// Takes in what was reported.
    fn hear(&mut self) {
        let mut ready = [PollFd::new(&self.inotify, PollFlags::IN), PollFd::new(&self.mounts, PollFlags::PRI)];
        match poll(&mut ready, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) {
            Ok(0) => {}
            Ok(_) => {
                let [_, mounts] = &ready;
                let remounted = !mounts.revents().is_empty();
                match self.reports().filter(|_| !remounted) {
                    Some(reports) => reports.iter().for_each(|(watch, name)| self.changed(*watch, name.as_deref())),
                    None => self.forget(),
                }
            }
            Err(_) => self.forget(),
        }
        if self.names > MOST_NAMES || self.paths.len() > MOST_WATCHES {
            self.forget();
        }
    }

    /// What was reported: of which watch, and of which name in it, if not of itself. Nothing where that is not all.
    fn reports(&self) -> Option<Vec<(i32, Option<String>)>> {
        let mut reports = Vec::new();
        let mut piece = [MaybeUninit::uninit(); PIECE];
        let mut reader = Reader::new(&self.inotify, &mut piece);
        let mut pieces = 0;
        loop {
            if reader.is_buffer_empty() {
                pieces += 1;
                if pieces > MOST_PIECES {
                    return None;
                }
            }
            match reader.next() {
                Ok(report) if report.events().contains(ReadFlags::QUEUE_OVERFLOW) => return None,
                Ok(report) => {
                    let name = report.file_name().map(|name| name.to_string_lossy().into_owned());
                    reports.push((report.wd(), name));
                }
                Err(Errno::AGAIN) => return Some(reports),
                Err(Errno::INTR) => {}
                Err(_) => return None,
            }
        }
    }

    /// Something happened to what is watched, or to a name in it.
    fn changed(&mut self, watch: i32, name: Option<&str>) {
        // What is not known was forgotten before.
        let Some(watched) = self.watches.get(&watch) else { return };
        if name.is_some_and(|name| !watched.all && !watched.names.contains(name)) {
            return;
        }
        self.number += 1;
        for path in watched.paths.clone() {
            self.leave(&name.map_or_else(|| path.clone(), |name| below(&path, name)));
        }
    }

    /// Does not know any more what is at a path and below.
    fn leave(&mut self, path: &str) {
        if !self.paths.contains_key(path) {
            return;
        }
        let folder = below(path, "");
        let gone: Vec<String> =
            self.paths.keys().filter(|known| *known == path || known.starts_with(&folder)).cloned().collect();
        for path in gone {
            let Some(watch) = self.paths.remove(&path) else { continue };
            let Some(watched) = self.watches.get_mut(&watch) else { continue };
            watched.paths.retain(|known| *known != path);
            if watched.paths.is_empty() {
                self.names -= watched.names.len();
                self.watches.remove(&watch);
                // The kernel may have taken it back already.
                let _ = inotify::remove_watch(&self.inotify, watch);
            }
        }
    }

    /// Knows nothing any more.
    fn forget(&mut self) {
        self.number += 1;
        for watch in self.watches.keys() {
            let _ = inotify::remove_watch(&self.inotify, *watch);
        }
        self.paths.clear();
        self.watches.clear();
        self.names = 0;
    }

    /// Watches a name, and whatever leads to it.
    fn name(&mut self, path: &str) -> Option<()> {
        let (folder, name) = path.rsplit_once('/').filter(|(_, name)| !matches!(*name, "" | "." | ".."))?;
        // Where there is no folder, that is what is watched.
        let Some(watch) = self.folder(folder)? else { return Some(()) };
        let watched = self.watches.get_mut(&watch)?;
        if !watched.names.contains(name) {
            watched.names.insert(name.to_owned());
            self.names += 1;
        }
        Some(())
    }

    /// Watches a folder, and those it lies in. Nothing where that cannot be; no watch where there is no such folder.
    fn folder(&mut self, path: &str) -> Option<Option<i32>> {
        if let Some(watch) = self.paths.get(path) {
            return Some(Some(*watch));
        }
        if !path.is_empty() && !path.starts_with('/') {
            return None;
        }
        let mut watch = self.itself("")?;
        // From above: what happens to a folder while those below it are looked at is reported.
        for (end, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]).filter(|(end, _)| *end > 0) {
            let folder = path.get(..end)?;
            if let Some(known) = self.paths.get(folder) {
                watch = *known;
                continue;
            }
            let (_, name) = folder.rsplit_once('/').filter(|(_, name)| !matches!(*name, "" | "." | ".."))?;
            self.watches.get_mut(&watch)?.names.insert(name.to_owned()).then(|| self.names += 1);
            watch = match found(folder).ok()? {
                Found::Folder => self.itself(folder)?,
                Found::Nothing | Found::Other => return Some(None),
                Found::Link => return None,
            };
        }
        Some(Some(watch))
    }

    /// Watches what is at a path, where its folder is watched.
    fn itself(&mut self, path: &str) -> Option<i32> {
        if let Some(watch) = self.paths.get(path) {
            return Some(*watch);
        }
        let named = if path.is_empty() { "/" } else { path };
        let watch = inotify::add_watch(&self.inotify, named, CHANGES).ok()?;
        let watched = self.watches.entry(watch).or_default();
        watched.paths.push(path.to_owned());
        self.paths.insert(path.to_owned(), watch);
        if is_local(named) {
            return Some(watch);
        }
        self.leave(path);
        None
    }

    /// Watches a name, and what is there behind links.
    fn thing(&mut self, path: &str) -> Option<()> {
        let mut path = Cow::Borrowed(path);
        for _ in 0..MOST_LINKS {
            self.name(&path)?;
            match found(&path).ok()? {
                Found::Nothing => return Some(()),
                Found::Link => path = Cow::Owned(behind(&path)?),
                Found::Folder | Found::Other => return self.itself(&path).map(|_| ()),
            }
        }
        None
    }

    /// Watches a folder and all names in it.
    fn names(&mut self, path: &str) -> Option<()> {
        let watch = self.folder(path)??;
        self.watches.get_mut(&watch)?.all = true;
        Some(())
    }
}

/// A path in a folder, of which the root's is empty.
fn below(folder: &str, name: &str) -> String {
    format!("{folder}/{name}")
}

fn looked(path: &str) -> rustix::io::Result<Statx> {
    statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
}

fn found(path: &str) -> rustix::io::Result<Found> {
    match looked(path) {
        Ok(found) => Ok(match FileType::from_raw_mode(found.stx_mode.into()) {
            FileType::Directory => Found::Folder,
            FileType::Symlink => Found::Link,
            _ => Found::Other,
        }),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(Found::Nothing),
        Err(error) => Err(error),
    }
}

/// Whether whatever happens there is reported. Names of what is encrypted are others without a change once there is a key.
fn is_local(path: &str) -> bool {
    let plain = looked(path).is_ok_and(|found| !found.stx_attributes.contains(StatxAttributes::ENCRYPTED));
    plain && statfs(path).is_ok_and(|system| LOCAL.contains(&system.f_type))
}

/// Where a link leads. The folder that it lies in has no links.
fn behind(link: &str) -> Option<String> {
    let to = fs::read_link(link).ok()?.into_os_string().into_string().ok()?;
    let mut folder = if to.starts_with('/') { "" } else { link.rsplit_once('/')?.0 };
    let mut names = to.split('/').filter(|name| !matches!(*name, "" | ".")).peekable();
    while names.next_if(|name| *name == "..").is_some() {
        folder = paths::folder(folder);
    }
    // What is above a folder that may be a link is not known.
    names.try_fold(folder.to_owned(), |folder, name| (name != "..").then(|| below(&folder, name)))
}
