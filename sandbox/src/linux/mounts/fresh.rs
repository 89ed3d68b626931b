//! File systems that are made for the box.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen};

use super::{Grants, Place, READ_RIGHTS};
use crate::linux::message::Message;
use crate::linux::sys;
use crate::linux::tree::cover;

impl Place {
    pub(super) fn empty(&self, mode: &std::ffi::CStr, wall: Option<Grants<'_>>) -> Result<(), Errno> {
        let context = fsopen(c"tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_set_string(&context, c"mode", mode)?;
        fsconfig_set_string(&context, c"size", c"50%")?;
        self.create(&context, MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV, wall)
    }

    pub(super) fn terminals(&self, wall: Option<Grants<'_>>) -> Result<(), Errno> {
        let context = fsopen(c"devpts", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_set_string(&context, c"ptmxmode", c"0666")?;
        fsconfig_set_string(&context, c"mode", c"0620")?;
        self.create(&context, MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC, wall)
    }

    fn create(&self, context: &OwnedFd, attributes: MountAttrFlags, wall: Option<Grants<'_>>) -> Result<(), Errno> {
        fsconfig_create(context)?;
        let mount = fsmount(context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?;
        if let Some(Grants { ruleset, private, .. }) = wall {
            sys::landlock_allow(ruleset, mount.as_fd(), private)?;
        }
        cover(&self.open()?, mount)
    }

    /// A fresh `/proc` shows the processes of the box only. It is read-only, as root's writes to `/proc/sys` ask for no
    /// capability. A container may forbid it; then the old one stays, and only Landlock keeps the box from using it.
    pub(super) fn procfs(&self, wall: Option<Grants<'_>>, report: BorrowedFd<'_>) -> Result<(), Errno> {
        let attributes = MountAttrFlags::MOUNT_ATTR_RDONLY
            | MountAttrFlags::MOUNT_ATTR_NOSUID
            | MountAttrFlags::MOUNT_ATTR_NODEV
            | MountAttrFlags::MOUNT_ATTR_NOEXEC;
        let context = fsopen(c"proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
        match self.create(&context, attributes, wall.map(|grants| Grants { private: READ_RIGHTS, ..grants })) {
            Err(Errno::PERM | Errno::ACCESS) if wall.is_some() => {
                Message::SharedProc.send(report);
                Ok(())
            }
            other => other,
        }
    }
}
