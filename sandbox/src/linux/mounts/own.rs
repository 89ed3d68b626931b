//! Files that the box has of its own in the place of others: its table of names, where nothing else looks names up, and
//! copies of root's settings for a program that reads them only where they are root's or its user's.

use std::ffi::CString;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

use super::{Mounts, Place, Policy, Step};
use crate::environment::c_string;
use crate::error::Error;
use crate::linux::identity::Identity;
use crate::linux::routes::TABLE;
use crate::linux::tree::{INERT, READ_ONLY, copy, cover};

/// A file, and what is in it.
#[derive(Debug)]
pub(super) struct Own {
    path: CString,
    content: Vec<u8>,
}

impl Mounts {
    /// Lays what a command needs that connects by itself over the machine's own.
    pub(super) fn own_files(&mut self, policy: &Policy, dry: bool) -> Result<(), Error> {
        let Some(routes) = &policy.routes else { return Ok(()) };
        // Where there is no table to lay it over, names are not known in the box.
        if let Ok(path) = Path::new(TABLE).canonicalize() {
            let own = std::fs::read(&path).unwrap_or_default();
            self.own_file(&path, routes.table(&String::from_utf8_lossy(&own)), dry)?;
        }
        for (path, content) in &routes.files {
            self.own_file(path, content.clone(), dry)?;
        }
        Ok(())
    }

    fn own_file(&mut self, path: &Path, content: String, dry: bool) -> Result<(), Error> {
        let number = self.own.len();
        self.own.push(Own { path: c_string(format!("/dev/.own-{number}").as_bytes())?, content: content.into_bytes() });
        // Under a layer, what was looked up is not what is there.
        let place = if dry { self.made(path, false)? } else { self.place(path)? };
        self.steps.push(Step::Replace(place, number));
        Ok(())
    }
}

impl Place {
    /// Puts the box's own file over what is there. May be called between fork and exec.
    pub(super) fn replace(&self, own: &Own) -> Result<(), Errno> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(CWD, &own.path, flags, Mode::from_raw_mode(0o444))?;
        let mut rest = own.content.as_slice();
        while !rest.is_empty() {
            let written = rustix::io::write(&file, rest)?;
            rest = rest.get(written..).unwrap_or_default();
        }
        drop(file);
        cover(&self.open()?, copy(&Identity::open(&own.path)?, INERT | READ_ONLY)?)
    }
}
