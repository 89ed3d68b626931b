//! A file that is opened once and written to again and again, for as long as its name leads to it.

use crate::private;
use std::fs::{File, OpenOptions};
use std::io;
#[cfg(not(target_os = "linux"))]
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

/// Such a file, once it was opened.
#[derive(Debug, Default)]
pub struct Kept(Option<(Id, Arc<File>)>);

type Id = (u64, u64);

/// What is asked of a file: which it is, how long it is, and for whom.
struct Found {
    id: Id,
    length: u64,
    user: u32,
    mode: u32,
}

impl Kept {
    /// The file of that name and its length, made if there is none. It is for its user alone.
    pub fn open(&mut self, path: &Path, options: &mut OpenOptions) -> io::Result<(Arc<File>, u64)> {
        if let Some((known, file)) = &self.0
            && let Ok(found) = named(path)
            && found.id == *known
        {
            found.owned(path)?;
            return Ok((Arc::clone(file), found.length));
        }
        let file = Arc::new(options.create(true).mode(0o600).open(path)?);
        let found = opened(&file)?;
        found.owned(path)?;
        self.0 = Some((found.id, Arc::clone(&file)));
        Ok((file, found.length))
    }
}

impl Found {
    fn owned(&self, path: &Path) -> io::Result<()> {
        private::owned_by(self.user, self.mode, path)
    }
}

/// What the name leads to, where that is not a link.
#[cfg(target_os = "linux")]
fn named(path: &Path) -> io::Result<Found> {
    asked(rustix::fs::CWD, path, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
}

#[cfg(target_os = "linux")]
fn opened(file: &File) -> io::Result<Found> {
    asked(file, Path::new(""), rustix::fs::AtFlags::EMPTY_PATH)
}

/// Times are not asked for. A file whose times somebody has read gets new ones with the next write, however soon that is,
/// and its inode is to be written each time.
#[cfg(target_os = "linux")]
fn asked(folder: impl std::os::fd::AsFd, path: &Path, flags: rustix::fs::AtFlags) -> io::Result<Found> {
    use rustix::fs::StatxFlags;
    let wanted = StatxFlags::TYPE | StatxFlags::MODE | StatxFlags::UID | StatxFlags::INO | StatxFlags::SIZE;
    let found = rustix::fs::statx(folder, path, flags, wanted)?;
    let device = (u64::from(found.stx_dev_major) << 32) | u64::from(found.stx_dev_minor);
    let (user, mode) = (found.stx_uid, found.stx_mode.into());
    Ok(Found { id: (device, found.stx_ino), length: found.stx_size, user, mode })
}

#[cfg(not(target_os = "linux"))]
fn named(path: &Path) -> io::Result<Found> {
    std::fs::symlink_metadata(path).map(|meta| told(&meta))
}

#[cfg(not(target_os = "linux"))]
fn opened(file: &File) -> io::Result<Found> {
    file.metadata().map(|meta| told(&meta))
}

#[cfg(not(target_os = "linux"))]
fn told(meta: &std::fs::Metadata) -> Found {
    Found { id: (meta.dev(), meta.ino()), length: meta.len(), user: meta.uid(), mode: meta.mode() }
}
