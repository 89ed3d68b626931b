//! Detached mounts: copies of what is there, and putting them over places. Nothing here allocates.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};
use rustix::process::{Resource, Rlimit};

use super::message::{Failure, at};
use super::sys;
use crate::error::Stage;

pub(super) const READ_ONLY: u64 = libc::MOUNT_ATTR_RDONLY;
pub(super) const INERT: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// With fewer steps than this, the usual number of open files is enough.
const MANY: usize = 200;

/// Each copy is an open file until it is attached: lets there be more of them, and says how many there may be otherwise.
pub(super) fn room_for(steps: usize) -> Result<Option<Rlimit>, Failure> {
    if steps < MANY {
        return Ok(None);
    }
    let before = rustix::process::getrlimit(Resource::Nofile);
    let most = Rlimit { current: before.maximum, maximum: before.maximum };
    rustix::process::setrlimit(Resource::Nofile, most).map_err(at(Stage::Mounts))?;
    Ok(Some(before))
}

/// Gives every mount these attributes, and cuts all off from mounts made outside.
pub(super) fn freeze(attributes: u64) -> Result<(), Errno> {
    let root = rustix::fs::open(c"/", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    sys::mount_setattr(root.as_fd(), attributes, true, true)
}

/// A detached copy of the mount at `fd`, and all below.
pub(super) fn copy(fd: &OwnedFd, attributes: u64) -> Result<OwnedFd, Errno> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_RECURSIVE;
    let tree = open_tree(fd, c"", flags)?;
    if attributes != 0 {
        sys::mount_setattr(tree.as_fd(), attributes, true, false)?;
    }
    Ok(tree)
}

/// Puts a detached mount over what `fd` is.
pub(super) fn cover(fd: &OwnedFd, tree: OwnedFd) -> Result<(), Errno> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(tree, c"", fd, c"", flags)
}
