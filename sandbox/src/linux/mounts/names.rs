//! The box's own table of names, where nothing else looks names up.

use std::ffi::CStr;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

use super::{Mounts, Place, Policy, Step};
use crate::error::Error;
use crate::linux::identity::Identity;
use crate::linux::routes::TABLE;
use crate::linux::tree::{INERT, READ_ONLY, copy, cover};

const OWN: &CStr = c"/dev/.hosts";

impl Mounts {
    /// Lays the names of hosts that the command connects to by itself over the machine's table.
    pub(super) fn own_names(&mut self, policy: &Policy, dry: bool) -> Result<(), Error> {
        let Some(routes) = &policy.routes else { return Ok(()) };
        // Where there is none to lay it over, names are not known in the box.
        let Ok(path) = Path::new(TABLE).canonicalize() else { return Ok(()) };
        let own = std::fs::read(&path).unwrap_or_default();
        self.names = routes.table(&String::from_utf8_lossy(&own)).into_bytes();
        let place = if dry { self.made(&path, false)? } else { self.place(&path)? };
        self.steps.push(Step::Names(place));
        Ok(())
    }
}

impl Place {
    pub(super) fn named(&self, names: &[u8]) -> Result<(), Errno> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(CWD, OWN, flags, Mode::from_raw_mode(0o444))?;
        let mut rest = names;
        while !rest.is_empty() {
            let written = rustix::io::write(&file, rest)?;
            rest = rest.get(written..).unwrap_or_default();
        }
        drop(file);
        cover(&self.open()?, copy(&Identity::open(OWN)?, INERT | READ_ONLY)?)
    }
}
