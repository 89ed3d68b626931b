//! Which file a path led to when it was looked up, so that it can be told whether it still does.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

/// The file system and the number of a file in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub(crate) const fn of(stat: &Stat) -> Self {
        Self { device: stat.st_dev, inode: stat.st_ino }
    }

    /// Opens what is at `path` now, without following any link.
    pub(crate) fn open(path: &CStr) -> Result<OwnedFd, Errno> {
        Self::open_in(CWD, path)
    }

    /// The same below an open folder.
    fn open_in(folder: impl AsFd, path: &CStr) -> Result<OwnedFd, Errno> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        rustix::fs::openat2(folder, path, flags, Mode::empty(), resolve)
    }

    /// Opens what is at `path`, if it is still this.
    pub(crate) fn reopen(self, path: &CStr) -> Result<OwnedFd, Errno> {
        self.reopen_in(CWD, path)
    }

    /// The same below an open folder.
    pub(crate) fn reopen_in(self, folder: impl AsFd, path: &CStr) -> Result<OwnedFd, Errno> {
        let fd = Self::open_in(folder, path)?;
        if Self::of(&rustix::fs::fstat(&fd)?) == self { Ok(fd) } else { Err(Errno::STALE) }
    }
}
