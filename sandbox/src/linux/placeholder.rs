//! Empty files and directories that stand where a protected path is missing, for as long as boxes need them.
//!
//! A mount needs something to sit on, so a missing place can only be closed by making it. Each box that uses
//! a placeholder holds a shared lock on it; the last one out takes the lock for itself and removes it. Locks die with
//! their processes, so nothing has to be registered anywhere, and a placeholder left by a crash is known by its mode and
//! removed by the next box.

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
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

/// A placeholder that this launch has a part in.
#[derive(Debug)]
pub(crate) struct Placeholder {
    parent: OwnedFd,
    name: CString,
    /// Holds the lock.
    handle: OwnedFd,
    directory: bool,
}

/// What became of a missing path.
#[derive(Debug)]
pub(crate) enum Stand {
    /// A placeholder stands in for it.
    In(Placeholder),
    /// It exists by now, made by somebody else.
    Exists,
    /// Nobody with our rights can make it.
    Impossible,
}

/// Whether this is a placeholder of another box, or one left by a crash: it counts as missing.
pub(crate) fn is_placeholder(metadata: &std::fs::Metadata) -> bool {
    let empty = metadata.is_dir() || (metadata.is_file() && metadata.len() == 0);
    empty && metadata.mode() & MARKED_BITS == MARK
}

impl Placeholder {
    /// Makes a path be there, and stay there.
    pub(crate) fn at(path: &Path) -> Result<Stand, Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(Stand::Exists);
        };
        let failed = |errno: Errno| Error::failed(Stage::Prepare, path.display(), errno);
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let parent = match rustix::fs::open(parent, flags, Mode::empty()) {
            Ok(parent) => parent,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::LOOP) => {
                return Ok(Stand::Impossible);
            }
            Err(errno) => return Err(failed(errno)),
        };
        let directory = !FILES.contains(&name.as_bytes());
        let name = c_string(name.as_bytes())?;
        // Others may remove it between our making and our locking it; each turn means that somebody got ahead.
        for _ in 0..100 {
            match make(&parent, &name, directory) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(Errno::ROFS) => return Ok(Stand::Impossible),
                Err(Errno::ACCESS | Errno::PERM) if !owned(&parent).map_err(failed)? => {
                    return Ok(Stand::Impossible);
                }
                Err(errno) => return Err(failed(errno)),
            }
            match lock(&parent, &name) {
                Ok(Some(handle)) => {
                    return Ok(Stand::In(Self {
                        parent,
                        name,
                        handle,
                        directory,
                    }));
                }
                Ok(None) => return Ok(Stand::Exists),
                Err(Errno::NOENT | Errno::AGAIN) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        Err(failed(Errno::BUSY))
    }

    /// What it needs to be removed.
    pub(crate) fn descriptors(&self) -> [RawFd; 2] {
        [self.parent.as_raw_fd(), self.handle.as_raw_fd()]
    }

    /// Removes it unless another box still needs it. May be called between fork and exec.
    pub(crate) fn remove(&self) -> Result<(), Errno> {
        match rustix::fs::flock(&self.handle, FlockOperation::NonBlockingLockExclusive) {
            // Another box holds a share, and removes it when it ends.
            Err(Errno::WOULDBLOCK) => return Ok(()),
            other => other?,
        }
        let ours = rustix::fs::fstat(&self.handle)?;
        if !is_marked(&ours) || !is_at(&self.parent, &self.name, &ours) {
            return Ok(());
        }
        let flags = if self.directory {
            AtFlags::REMOVEDIR
        } else {
            AtFlags::empty()
        };
        rustix::fs::unlinkat(&self.parent, &self.name, flags)
    }

    /// Its name, for messages.
    pub(crate) fn name(&self) -> std::borrow::Cow<'_, str> {
        self.name.to_string_lossy()
    }
}

fn make(parent: &OwnedFd, name: &CStr, directory: bool) -> Result<(), Errno> {
    let mode = Mode::from_raw_mode(MARK | if directory { 0o555 } else { 0o444 });
    if directory {
        return rustix::fs::mkdirat(parent, name, mode);
    }
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    rustix::fs::openat(parent, name, flags, mode).map(drop)
}

/// Takes a share in a placeholder; nothing if what is there is none.
fn lock(parent: &OwnedFd, name: &CStr) -> Result<Option<OwnedFd>, Errno> {
    if !is_marked(&rustix::fs::statat(
        parent,
        name,
        AtFlags::SYMLINK_NOFOLLOW,
    )?) {
        return Ok(None);
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let handle = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    let stat = rustix::fs::fstat(&handle)?;
    if !is_marked(&stat) {
        return Ok(None);
    }
    rustix::fs::flock(&handle, FlockOperation::NonBlockingLockShared)?;
    if is_at(parent, name, &stat) {
        Ok(Some(handle))
    } else {
        Err(Errno::AGAIN)
    }
}

fn is_marked(stat: &Stat) -> bool {
    let empty = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => true,
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

    fn stand(path: &Path) -> Placeholder {
        match Placeholder::at(path).unwrap() {
            Stand::In(placeholder) => placeholder,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_last_one_out_removes_it() {
        let directory = tempfile::tempdir().unwrap();
        for name in [".codex", "config"] {
            let path = directory.path().join(name);
            let (first, second) = (stand(&path), stand(&path));
            first.remove().unwrap();
            drop(first);
            assert!(path.exists(), "{name}");
            second.remove().unwrap();
            assert!(!path.exists(), "{name}");
        }
    }

    #[test]
    fn what_others_made_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".codex");
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(Placeholder::at(&path).unwrap(), Stand::Exists));
        let leftover = directory.path().join(".idea");
        drop(stand(&leftover));
        assert!(leftover.exists());
        stand(&leftover).remove().unwrap();
        assert!(!leftover.exists());
    }

    #[test]
    fn a_filled_placeholder_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".codex");
        let placeholder = stand(&path);
        std::fs::remove_dir(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        placeholder.remove().unwrap();
        assert!(path.exists());
    }
}
