//! What configuration looks at on the disk. Every look leaves a note of what was seen, so that a process that lives long
//! can tell, for a few system calls, whether it would read the same again.

use crate::facts::watch::Watch;
use std::cell::RefCell;
use std::fs::{self, Metadata, ReadDir};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file that was changed a moment before it was read may change again without its times telling: clocks of file systems
/// tick every few milliseconds.
const TICKS: Duration = Duration::from_millis(100);

/// The disk, with notes of what was looked at.
#[derive(Debug, Default)]
pub struct Disk {
    looks: RefCell<Vec<Look>>,
}

/// What was looked at, and what was seen.
#[derive(Clone, Debug)]
pub struct Looks(Vec<Look>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    path: PathBuf,
    at: At,
    saw: Saw,
}

/// What about a path was of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Whether anything is there, behind links.
    Presence,
    /// Whose it is and who may write it, behind links.
    Owner,
    /// The same of the link itself.
    Link,
    /// What is in it: a file's text, a folder's names.
    Content,
    /// What it is called without links.
    Name,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Saw {
    Nothing,
    Something,
    Owner([u64; 4]),
    Content(Stamp),
    Name(PathBuf),
}

/// What tells one state of a file or folder from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    owner: [u64; 4],
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    of_folder: bool,
    /// Whether a later change is sure to show.
    settled: bool,
}

impl Disk {
    /// Whether anything is there.
    pub fn has(&self, path: &Path) -> bool {
        self.look(path, At::Presence).is_ok()
    }

    /// What is there, where only its kind, its owner and its permissions matter.
    pub fn owner(&self, path: &Path) -> io::Result<Metadata> {
        self.look(path, At::Owner)
    }

    /// The same without following a link.
    pub fn link(&self, path: &Path) -> io::Result<Metadata> {
        self.look(path, At::Link)
    }

    /// What is there, and is about to be read.
    pub fn file(&self, path: &Path) -> io::Result<Metadata> {
        self.look(path, At::Content)
    }

    /// The names in a folder.
    pub fn folder(&self, path: &Path) -> io::Result<ReadDir> {
        let names = fs::read_dir(path);
        // A look costs as much as the folder that is not there.
        match &names {
            Ok(_) => drop(self.file(path)),
            Err(_) => self.put(Look { path: path.to_owned(), at: At::Content, saw: Saw::Nothing }),
        }
        names
    }

    /// The path without links.
    pub fn name(&self, path: &Path) -> io::Result<PathBuf> {
        let name = fs::canonicalize(path);
        let saw = name.as_ref().map_or(Saw::Nothing, |name| Saw::Name(name.clone()));
        self.put(Look { path: path.to_owned(), at: At::Name, saw });
        name
    }

    /// Everything that was looked at.
    pub fn looks(self) -> Looks {
        Looks(self.looks.into_inner())
    }

    fn look(&self, path: &Path, at: At) -> io::Result<Metadata> {
        let found = found(path, at);
        self.put(Look { path: path.to_owned(), at, saw: seen(at, &found) });
        found
    }

    fn put(&self, look: Look) {
        let mut looks = self.looks.borrow_mut();
        // As bytes: to compare paths part by part costs more than to look twice.
        let same = |known: &Look| known.at == look.at && known.path.as_os_str() == look.path.as_os_str();
        if !looks.iter().any(|known| same(known) && known.saw == look.saw) {
            looks.push(look);
        }
    }
}

impl Looks {
    /// The same knowledge in fewer looks: where a whole folder is missing, nothing in it needs one of its own.
    #[must_use]
    pub fn condensed(mut self) -> Self {
        for look in self.0.iter_mut().filter(|look| look.saw == Saw::Nothing) {
            let missing = |folder: &&Path| fs::symlink_metadata(folder).is_err_and(|error| absent(&error));
            if let Some(top) = look.path.ancestors().skip(1).take_while(missing).last() {
                *look = Look { path: top.to_owned(), at: At::Link, saw: Saw::Nothing };
            }
        }
        let mut looks: Vec<Look> = Vec::with_capacity(self.0.len());
        for look in self.0 {
            if !looks.contains(&look) {
                looks.push(look);
            }
        }
        Self(looks)
    }

    /// Those that have to be taken again and again, as nobody would say that something else would be seen. The others hold
    /// from here on for as long as what is watched stays in its state, if they do now.
    #[must_use]
    pub fn beyond(&self, watch: &Watch) -> Self {
        Self(self.0.iter().filter(|look| !look.is_watched(watch)).cloned().collect())
    }

    /// Whether the same would be seen now.
    #[must_use]
    pub fn still_hold(&self) -> bool {
        self.0.iter().all(|look| match &look.saw {
            Saw::Content(stamp) if !stamp.settled => false,
            Saw::Content(stamp) => match again(look.at, &look.path) {
                // That it is settled by now says nothing about then.
                Saw::Content(now) => Stamp { settled: true, ..now } == *stamp,
                _ => false,
            },
            saw => *saw == again(look.at, &look.path),
        })
    }
}

impl Look {
    fn is_watched(&self, watch: &Watch) -> bool {
        let Some(path) = self.path.to_str() else { return false };
        match (self.at, &self.saw) {
            (At::Link, Saw::Nothing) => watch.kind(path),
            (_, Saw::Nothing) | (At::Presence | At::Owner, _) => watch.thing(path),
            // A path that has no links has none until another thing is there under one of its names.
            (At::Name, Saw::Name(name)) => name.as_os_str() == self.path.as_os_str() && watch.kind(path),
            (At::Content, Saw::Content(stamp)) => stamp.of_folder && watch.names(path) && watch.thing(path),
            _ => false,
        }
    }
}

fn again(at: At, path: &Path) -> Saw {
    match at {
        At::Name => fs::canonicalize(path).map_or(Saw::Nothing, Saw::Name),
        _ => seen(at, &found(path, at)),
    }
}

/// What is there: behind a link, but where the link itself is of interest.
fn found(path: &Path, at: At) -> io::Result<Metadata> {
    if at == At::Link { fs::symlink_metadata(path) } else { fs::metadata(path) }
}

fn seen(at: At, found: &io::Result<Metadata>) -> Saw {
    let Ok(meta) = found else { return Saw::Nothing };
    let owner = [meta.dev(), meta.ino(), meta.uid().into(), meta.mode().into()];
    match at {
        At::Presence | At::Name => Saw::Something,
        At::Owner | At::Link => Saw::Owner(owner),
        At::Content => Saw::Content(Stamp {
            owner,
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
            of_folder: meta.is_dir(),
            settled: settled(meta),
        }),
    }
}

/// Whether the last change is long enough ago. One that is still to come is not.
fn settled(meta: &Metadata) -> bool {
    let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) else { return false };
    let (Ok(seconds), Ok(nanoseconds)) = (u64::try_from(meta.ctime()), u32::try_from(meta.ctime_nsec())) else {
        return false;
    };
    now.checked_sub(Duration::new(seconds, nanoseconds)).is_some_and(|age| age > TICKS)
}

/// Whether the error says that nothing is there.
pub fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits until what was written is old enough to be relied on.
    fn settle() {
        std::thread::sleep(TICKS * 2);
    }

    fn holds(look: impl FnOnce(&Disk), change: impl FnOnce()) -> bool {
        let disk = Disk::default();
        look(&disk);
        let looks = disk.looks().condensed();
        change();
        looks.still_hold()
    }

    #[test]
    fn what_did_not_change_holds() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f");
        fs::write(&file, "a").unwrap();
        settle();
        let all = |disk: &Disk| {
            disk.file(&file).unwrap();
            disk.folder(folder.path()).unwrap();
            disk.owner(folder.path()).unwrap();
            disk.link(&file).unwrap();
            disk.name(&file).unwrap();
            assert!(disk.has(&file) && !disk.has(&folder.path().join("none/none")));
        };
        assert!(holds(all, || {}));
        // A name that comes or goes is nothing to whoever asked for the owner.
        assert!(holds(|disk| drop(disk.owner(folder.path())), || fs::write(folder.path().join("g"), "").unwrap()));
    }

    #[test]
    fn every_change_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("f"), folder.path().join("deep/er/g"));
        fs::write(&file, "a").unwrap();
        settle();
        // The same length, in place and by another file.
        assert!(!holds(|disk| drop(disk.file(&file)), || fs::write(&file, "b").unwrap()));
        settle();
        let replaced = || {
            fs::write(folder.path().join("h"), "c").unwrap();
            fs::rename(folder.path().join("h"), &file).unwrap();
        };
        assert!(!holds(|disk| drop(disk.file(&file)), replaced));
        // What was only just written may be written again unseen. A busy machine may take longer than that between two calls.
        let just_written = |disk: &Disk| {
            fs::write(&file, "d").unwrap();
            drop(disk.file(&file));
        };
        assert!((0..50).any(|_| !holds(just_written, || {})));
        let deep = || {
            fs::create_dir_all(other.parent().unwrap()).unwrap();
            fs::write(&other, "").unwrap();
        };
        assert!(!holds(|disk| drop(disk.file(&other)), deep));
        settle();
        let names = |disk: &Disk| drop(disk.folder(folder.path()));
        assert!(!holds(names, || fs::remove_file(&file).unwrap()));
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("deep"), &link).unwrap();
        let elsewhere = || {
            fs::remove_file(&link).unwrap();
            std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        };
        assert!(!holds(|disk| drop(disk.name(&link)), elsewhere));
    }
}
