//! Empty things that stand where a protected path is missing, for as long as boxes need them.
//!
//! A mount needs something to sit on, so a missing place can only be closed by making it. In each directory, one of the
//! placeholders is the *keeper*: each box that uses any of them holds a shared lock on it; the last one out takes the
//! lock for itself and removes them, the keeper last. Locks die with their processes, so nothing has to be registered
//! anywhere, and placeholders left by a crash are known by their mode and removed by the next box.
//!
//! The keeper is an empty directory, which git does not see. So are the others only where they must be: to make and remove
//! a directory costs a file system a hundred times what a further link to a socket does, which git does not see either, and
//! which cannot be opened. What git would read as a file is an empty file.

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::identity::Identity;
use crate::environment::c_string;
use crate::error::{Error, Stage};

/// Nobody makes empty things with the sticky bit and without any right to write.
const MARK: u32 = 0o1000;
const MARKED_BITS: u32 = 0o1222;

/// Names that git would read as files.
const FILES: &[&[u8]] = &[b"config", b"config.worktree", b"attributes"];

/// The placeholders in one directory that this launch has a part in.
#[derive(Debug)]
pub(crate) struct Placeholders {
    parent: OwnedFd,
    /// What holds the locks: our keeper first, then those of other boxes whose placeholders we share.
    keepers: Vec<Keeper>,
    names: Vec<Name>,
}

#[derive(Debug)]
struct Keeper {
    name: CString,
    handle: OwnedFd,
}

#[derive(Debug)]
struct Name {
    name: CString,
    /// Whether this launch has made it.
    made: bool,
}

/// Whether this is a placeholder of another box, or one left by a crash: it counts as missing.
pub(crate) fn is_placeholder(metadata: &std::fs::Metadata) -> bool {
    let empty = metadata.is_dir() || metadata.file_type().is_socket() || (metadata.is_file() && metadata.len() == 0);
    empty && metadata.mode() & MARKED_BITS == MARK
}

impl Placeholders {
    /// Makes these names be there in a directory, and stay there; nothing if nobody with our rights can make them. Those
    /// that exist by now, made by somebody else, are left alone.
    pub(crate) fn at(directory: &Path, names: &[&std::ffi::OsStr]) -> Result<Option<Self>, Error> {
        let failed = |errno: Errno| Error::failed(Stage::Prepare, directory.display(), errno);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let parent = match rustix::fs::open(directory, flags, Mode::empty()) {
            Ok(parent) => parent,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::LOOP) => return Ok(None),
            Err(errno) => return Err(failed(errno)),
        };
        let mut wanted = Vec::new();
        for name in names {
            wanted.push(c_string(name.as_bytes())?);
        }
        // What can be the keeper comes first, and `.git` must be what git passes by on its way up: a directory.
        wanted.sort_by_key(|name| (!is_file(name), name.to_bytes() != b".git", name.clone()));
        let mut stand = Self { parent, keepers: Vec::new(), names: Vec::new() };
        // Others may remove them between our making and our locking; each turn means that somebody got ahead.
        for turn in 0..200 {
            match stand.try_make(&wanted) {
                Ok(()) => return Ok((!stand.names.is_empty()).then_some(stand)),
                Err(Errno::ROFS) => return Ok(None),
                Err(Errno::ACCESS | Errno::PERM) if !owned(&stand.parent).map_err(failed)? => {
                    return Ok(None);
                }
                Err(Errno::NOENT | Errno::AGAIN) => stand.keepers.clear(),
                Err(errno) => return Err(failed(errno)),
            }
            if turn > 10 {
                std::thread::sleep(std::time::Duration::from_micros(200));
            }
        }
        Err(failed(Errno::BUSY))
    }

    fn try_make(&mut self, wanted: &[CString]) -> Result<(), Errno> {
        let mut socket = None;
        for name in wanted {
            if self.keepers.is_empty() {
                let made = make(&self.parent, name, is_file(name))?;
                if let Some(handle) = lock(&self.parent, name)? {
                    let name = name.clone();
                    self.note(&name, made);
                    self.keepers.push(Keeper { name, handle });
                }
                continue;
            }
            let made = if is_file(name) {
                make(&self.parent, name, true)?
            } else {
                match make_socket(&self.parent, name, socket) {
                    Err(Errno::PERM | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => {
                        make(&self.parent, name, false)?
                    }
                    other => other?,
                }
            };
            if made {
                self.note(name, true);
                socket = socket.or(Some(name.as_c_str()).filter(|name| !is_file(name)));
            } else if is_marked(&stat(&self.parent, name)?) {
                // Another box's, kept by a keeper that may be another than ours.
                self.share(wanted)?;
                if is_marked(&stat(&self.parent, name)?) {
                    self.note(name, false);
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, name: &CStr, made: bool) {
        match self.names.iter_mut().find(|known| known.name.as_c_str() == name) {
            Some(known) => known.made |= made,
            None => self.names.push(Name { name: name.to_owned(), made }),
        }
    }

    /// Locks every other keeper in this directory. There are none in most cases but one where two boxes differ in what they
    /// protect.
    fn share(&mut self, wanted: &[CString]) -> Result<(), Errno> {
        let mut names: Vec<CString> = wanted.to_vec();
        for entry in rustix::fs::Dir::read_from(&self.parent)? {
            let entry = entry?;
            let kind = entry.file_type();
            if matches!(kind, FileType::Directory | FileType::Unknown) {
                names.push(entry.file_name().to_owned());
            }
        }
        for name in names {
            let known = |keeper: &Keeper| keeper.name == name;
            if name.to_bytes() == b"." || name.to_bytes() == b".." || self.keepers.iter().any(known) {
                continue;
            }
            let kind = match stat(&self.parent, &name) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                Err(Errno::NOENT) => continue,
                Err(errno) => return Err(errno),
            };
            if !matches!(kind, FileType::Directory | FileType::RegularFile) {
                continue;
            }
            if let Some(handle) = lock(&self.parent, &name)? {
                self.keepers.push(Keeper { name, handle });
            }
        }
        Ok(())
    }

    /// What they need to be removed.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        let keepers = self.keepers.iter().map(|keeper| keeper.handle.as_raw_fd());
        keepers.chain([self.parent.as_raw_fd()])
    }

    /// Removes those that no other box needs. May be called between fork and exec.
    pub(crate) fn remove(&self) -> Result<(), Errno> {
        let exclusive = FlockOperation::NonBlockingLockExclusive;
        let mut all = true;
        for (index, keeper) in self.keepers.iter().enumerate() {
            match rustix::fs::flock(&keeper.handle, exclusive) {
                // Another box holds a share, and removes them when it ends.
                Err(Errno::WOULDBLOCK) if index == 0 => return Ok(()),
                Err(Errno::WOULDBLOCK) => all = false,
                other => other?,
            }
        }
        let mut result = Ok(());
        let of_keeper = |name: &CStr| self.keepers.iter().any(|keeper| keeper.name.as_c_str() == name);
        let plain = self.names.iter().filter(|name| !of_keeper(&name.name));
        for name in plain.filter(|name| name.made || all) {
            result = result.and(remove(&self.parent, &name.name));
        }
        let keepers = self.keepers.iter().take(if all { usize::MAX } else { 1 });
        for keeper in keepers {
            let ours = rustix::fs::fstat(&keeper.handle)?;
            if is_at(&self.parent, &keeper.name, &ours) {
                result = result.and(remove(&self.parent, &keeper.name));
            }
        }
        result
    }

    /// The names, for messages.
    pub(crate) fn list(&self) -> String {
        let names = self.names.iter().map(|name| name.name.to_string_lossy());
        names.collect::<Vec<_>>().join(", ")
    }
}

fn is_file(name: &CStr) -> bool {
    FILES.contains(&name.to_bytes())
}

/// Removes one, if it is still as it was made.
fn remove(parent: &OwnedFd, name: &CStr) -> Result<(), Errno> {
    let stat = match stat(parent, name) {
        Ok(stat) if is_marked(&stat) => stat,
        Ok(_) | Err(Errno::NOENT) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    let flags = if FileType::from_raw_mode(stat.st_mode).is_dir() { AtFlags::REMOVEDIR } else { AtFlags::empty() };
    rustix::fs::unlinkat(parent, name, flags)
}

fn stat(parent: &OwnedFd, name: &CStr) -> Result<Stat, Errno> {
    rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// Makes a keeper; false if something is there already.
fn make(parent: &OwnedFd, name: &CStr, file: bool) -> Result<bool, Errno> {
    let mode = Mode::from_raw_mode(MARK | if file { 0o444 } else { 0o555 });
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let made = if file {
        rustix::fs::openat(parent, name, flags, mode).map(drop)
    } else {
        rustix::fs::mkdirat(parent, name, mode)
    };
    match made {
        Err(Errno::EXIST) => Ok(false),
        other => other.map(|()| true),
    }
}

/// Makes a socket that nobody listens at, or a further link to one; false if something is there already.
fn make_socket(parent: &OwnedFd, name: &CStr, first: Option<&CStr>) -> Result<bool, Errno> {
    let fresh = || {
        let mode = Mode::from_raw_mode(MARK | 0o444);
        rustix::fs::mknodat(parent, name, FileType::Socket, mode, 0)
    };
    let made = match first {
        Some(first) => match rustix::fs::linkat(parent, first, parent, name, AtFlags::empty()) {
            Err(Errno::EXIST) => Err(Errno::EXIST),
            Err(_) => fresh(),
            done => done,
        },
        None => fresh(),
    };
    match made {
        Err(Errno::EXIST) => Ok(false),
        other => other.map(|()| true),
    }
}

/// Takes a share in a keeper; nothing if what is there is none.
fn lock(parent: &OwnedFd, name: &CStr) -> Result<Option<OwnedFd>, Errno> {
    if !is_marked(&stat(parent, name)?) {
        return Ok(None);
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let handle = match rustix::fs::openat(parent, name, flags, Mode::empty()) {
        // A socket: it is a placeholder, but none that can be locked.
        Err(Errno::NXIO) => return Ok(None),
        other => other?,
    };
    let stat = rustix::fs::fstat(&handle)?;
    if !is_marked(&stat) {
        return Ok(None);
    }
    rustix::fs::flock(&handle, FlockOperation::NonBlockingLockShared)?;
    if is_at(parent, name, &stat) { Ok(Some(handle)) } else { Err(Errno::AGAIN) }
}

fn is_marked(stat: &Stat) -> bool {
    let empty = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory | FileType::Socket => true,
        FileType::RegularFile => stat.st_size == 0 && stat.st_nlink == 1,
        _ => false,
    };
    empty && stat.st_mode & MARKED_BITS == MARK
}

fn is_at(parent: &OwnedFd, name: &CStr, stat: &Stat) -> bool {
    rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|now| Identity::of(&now) == Identity::of(stat))
}

/// Whether this directory is ours, so that its mode keeps nobody with our rights from anything.
fn owned(directory: &OwnedFd) -> Result<bool, Errno> {
    Ok(rustix::fs::fstat(directory)?.st_uid == rustix::process::geteuid().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(directory: &Path, names: &[&str]) -> Placeholders {
        let names: Vec<_> = names.iter().map(std::ffi::OsStr::new).collect();
        Placeholders::at(directory, &names).unwrap().unwrap()
    }

    fn left(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_last_one_out_removes_them() {
        let directory = tempfile::tempdir().unwrap();
        for names in [&[".codex", ".git", ".idea"][..], &["config", "modules"], &[".a"]] {
            let (first, second) = (stand(directory.path(), names), stand(directory.path(), names));
            first.remove().unwrap();
            drop(first);
            assert_eq!(left(directory.path()), names);
            second.remove().unwrap();
            assert!(left(directory.path()).is_empty(), "{names:?}");
        }
    }

    #[test]
    fn boxes_that_protect_different_things_share() {
        let directory = tempfile::tempdir().unwrap();
        let first = stand(directory.path(), &[".b", ".c"]);
        let second = stand(directory.path(), &[".a", ".c", ".d"]);
        first.remove().unwrap();
        drop(first);
        assert!(left(directory.path()).contains(&".c".to_owned()));
        second.remove().unwrap();
        drop(second);
        let names = left(directory.path());
        assert!(!names.contains(&".a".to_owned()) && !names.contains(&".d".to_owned()));
        let third = stand(directory.path(), &[".b", ".c"]);
        third.remove().unwrap();
        assert!(left(directory.path()).is_empty(), "{:?}", left(directory.path()));
    }

    #[test]
    fn what_others_made_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".codex");
        std::fs::create_dir(&path).unwrap();
        let names = [std::ffi::OsStr::new(".codex")];
        assert!(Placeholders::at(directory.path(), &names).unwrap().is_none());
        drop(stand(directory.path(), &[".codex", ".idea", ".vscode"]));
        assert_eq!(left(directory.path()), [".codex", ".idea", ".vscode"]);
        stand(directory.path(), &[".codex", ".idea", ".vscode"]).remove().unwrap();
        assert_eq!(left(directory.path()), [".codex"]);
    }

    #[test]
    fn a_filled_placeholder_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".codex");
        let placeholder = stand(directory.path(), &[".codex"]);
        std::fs::remove_dir(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        placeholder.remove().unwrap();
        assert!(path.exists());
    }
}
