//! Folders in which many places lie: the way to them is gone once.

use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::Place;
use crate::linux::identity::Identity;

/// A folder, opened when it is first needed. It is only good for as long as nothing has been put over it.
#[derive(Debug)]
pub(super) struct Folder {
    path: CString,
    opened: Option<OwnedFd>,
}

/// The folder that a place lies in, as the length of its path; nothing directly below the root.
fn above(path: &CStr) -> Option<usize> {
    path.to_bytes().iter().rposition(|byte| *byte == b'/').filter(|end| *end > 0)
}

impl Folder {
    /// The folder of a place, where that of the one before it was the same: `known` has those of others.
    pub(super) fn shared(place: &CStr, before: Option<&Place>, known: &mut Vec<Self>) -> Option<usize> {
        let end = above(place)?;
        let folder = place.to_bytes().get(..end)?;
        let before = before?.path.as_c_str();
        if above(before) != Some(end) || before.to_bytes().get(..end) != Some(folder) {
            return None;
        }
        if known.last().is_none_or(|known| known.path.to_bytes() != folder) {
            known.push(Self { path: CString::new(folder).ok()?, opened: None });
        }
        Some(known.len() - 1)
    }

    /// Opens what lies in it, if it is still what it was. May be called between fork and exec.
    pub(super) fn reopen(&mut self, place: &CStr, identity: Identity) -> Result<OwnedFd, Errno> {
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => Identity::open(&self.path)?,
        };
        let name = above(place).and_then(|end| place.to_bytes_with_nul().get(end + 1..));
        let name = name.and_then(|name| CStr::from_bytes_with_nul(name).ok()).ok_or(Errno::INVAL)?;
        let found = identity.reopen_in(&opened, name);
        self.opened = Some(opened);
        found
    }
}
