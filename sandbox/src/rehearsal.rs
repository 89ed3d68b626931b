//! What a dry run would have changed, and changing it for real.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The layer of a dry run. It is memory: when this goes, it is gone.
#[derive(Debug)]
pub struct Layer {
    root: OwnedFd,
    covers: Vec<PathBuf>,
}

/// What would have become of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It would have been made.
    Made,
    /// Its content would have been changed, or what kind of thing it is.
    Changed,
    /// Its mode would have been changed, and nothing else.
    Mode,
    /// It would have been removed, with all below.
    Removed,
}

impl Kind {
    /// The name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Mode => "mode",
            Self::Removed => "removed",
        }
    }
}

/// One thing that would have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path it would have been seen at.
    pub path: PathBuf,
    /// What would have become of it.
    pub kind: Kind,
    /// Whether it would have been a folder, or was one.
    pub folder: bool,
    /// Whether it would have been changed where it is, rather than put in the place of what was there.
    pub in_place: bool,
}

/// What the kernel writes on a folder of the upper half that hides all that lies below it.
const OPAQUE: &str = "user.overlay.opaque";
/// And on what it has copied up to be changed, but not on what is new.
const ORIGIN: &str = "user.overlay.origin";

impl Layer {
    pub(crate) const fn new(root: OwnedFd, covers: Vec<PathBuf>) -> Self {
        Self { root, covers }
    }

    /// Everything that would have changed, folders before what is in them.
    ///
    /// # Errors
    /// The layer cannot be read.
    pub fn changes(&self) -> io::Result<Vec<Change>> {
        let mut changes = Vec::new();
        for (number, cover) in self.covers.iter().enumerate() {
            collect(&self.upper(number), cover, true, &mut changes)?;
        }
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changes)
    }

    /// Where a path's new state can be read, while this layer lives; nothing if it would have been removed.
    #[must_use]
    pub fn place(&self, change: &Change) -> Option<PathBuf> {
        let found = self.covers.iter().enumerate().find(|(_, cover)| change.path.starts_with(cover));
        let (number, cover) = found.filter(|_| change.kind != Kind::Removed)?;
        Some(self.upper(number).join(change.path.strip_prefix(cover).ok()?))
    }

    fn upper(&self, number: usize) -> PathBuf {
        // Not by a name in any file system: it has none out here.
        PathBuf::from(format!("/proc/self/fd/{}/{number}/up", self.root.as_raw_fd()))
    }

    /// Makes changes for real, in the order in which [`changes`](Self::changes) has them, and says which could not be made.
    /// What was at the path of such a one is still there, except where a folder was to give way to something else.
    pub fn apply<'a>(&self, changes: &[&'a Change]) -> Vec<(&'a Path, io::Error)> {
        let mut failed = Vec::new();
        for change in changes {
            if let Err(error) = self.apply_one(change) {
                failed.push((change.path.as_path(), error));
            }
        }
        // A folder that may not be written gets that mode when all is in it.
        for change in changes.iter().rev().filter(|change| change.folder) {
            if let Some(data) = self.place(change).and_then(|place| place.symlink_metadata().ok())
                && let Err(error) = fs::set_permissions(&change.path, data.permissions())
            {
                failed.push((change.path.as_path(), error));
            }
        }
        failed
    }

    fn apply_one(&self, change: &Change) -> io::Result<()> {
        let Some(place) = self.place(change) else {
            return remove(&change.path);
        };
        let data = place.symlink_metadata()?;
        if change.kind == Kind::Mode {
            let mode = fs::Permissions::from_mode(data.mode() & 0o1777);
            return fs::set_permissions(&change.path, mode);
        }
        // Only where its folder is what it was: a link that was put there since leads elsewhere.
        let parent = change.path.parent().unwrap_or(Path::new("/"));
        if parent.canonicalize()? != parent {
            return Err(io::Error::other("its folder has become a link"));
        }
        let there = change.path.symlink_metadata().ok();
        if there.is_some_and(|there| there.is_dir() != data.is_dir()) {
            remove(&change.path)?;
        }
        if data.is_dir() {
            return match fs::create_dir(&change.path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            };
        }
        put(&place, &data, &change.path)
    }
}

/// Puts a copy in the place of a path, at once.
fn put(from: &Path, data: &Metadata, to: &Path) -> io::Result<()> {
    let name = to.file_name().unwrap_or(OsStr::new("file")).to_string_lossy().into_owned();
    let short: String = name.chars().take(100).collect();
    let aside = to.with_file_name(format!(".{short}.guardian-{}", std::process::id()));
    let kind = data.file_type();
    let made = if kind.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(from)?, &aside)
    } else if kind.is_file() {
        copy(from, data, &aside)
    } else {
        return Err(io::Error::other("only files, folders and links can be applied"));
    };
    made.and_then(|()| fs::rename(&aside, to)).inspect_err(|_| drop(fs::remove_file(&aside)))
}

fn copy(from: &Path, data: &Metadata, to: &Path) -> io::Result<()> {
    let mut target = fs::File::options().write(true).create_new(true).open(to)?;
    io::copy(&mut fs::File::open(from)?, &mut target)?;
    // No set-user-id or set-group-id bit comes out of a box.
    target.set_permissions(fs::Permissions::from_mode(data.mode() & 0o1777))?;
    target.set_times(fs::FileTimes::new().set_modified(data.modified()?))
}

fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(data) if data.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Compares a folder of the upper half with what lies below it. `merged` is whether that shines through.
fn collect(upper: &Path, lower: &Path, merged: bool, changes: &mut Vec<Change>) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(upper)? {
        let entry = entry?;
        one(&entry.path(), &lower.join(entry.file_name()), merged, changes)?;
        names.push(entry.file_name());
    }
    if !merged {
        for entry in fs::read_dir(lower).into_iter().flatten().flatten() {
            if !names.contains(&entry.file_name()) {
                let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                changes.push(Change { path: entry.path(), kind: Kind::Removed, folder, in_place: false });
            }
        }
    }
    Ok(())
}

fn one(upper: &Path, lower: &Path, merged: bool, changes: &mut Vec<Change>) -> io::Result<()> {
    let (new, old) = (upper.symlink_metadata()?, lower.symlink_metadata().ok());
    let in_place = rustix::fs::lgetxattr(upper, ORIGIN, &mut [0_u8; 0][..]).is_ok();
    let mut note = |kind, folder| changes.push(Change { path: lower.to_owned(), kind, folder, in_place });
    if new.file_type().is_char_device() && new.rdev() == 0 {
        if let Some(old) = old {
            note(Kind::Removed, old.is_dir());
        }
        return Ok(());
    }
    let folder = new.is_dir();
    let below = match old {
        None => {
            note(Kind::Made, folder);
            true
        }
        Some(old) if old.file_type() != new.file_type() => {
            note(Kind::Changed, folder);
            true
        }
        Some(old) => {
            if !folder && !same(upper, lower, &new, &old).unwrap_or(false) {
                note(Kind::Changed, false);
            } else if old.mode() != new.mode() {
                note(Kind::Mode, folder);
            }
            merged && !is_opaque(upper)
        }
    };
    if folder { collect(upper, lower, below, changes) } else { Ok(()) }
}

fn is_opaque(folder: &Path) -> bool {
    let mut value = [0; 1];
    rustix::fs::lgetxattr(folder, OPAQUE, &mut value).is_ok_and(|length| length == 1 && value == *b"y")
}

/// Whether two things of one kind have the same content.
fn same(upper: &Path, lower: &Path, new: &Metadata, old: &Metadata) -> io::Result<bool> {
    if new.is_symlink() {
        return Ok(fs::read_link(upper)? == fs::read_link(lower)?);
    }
    if !new.is_file() {
        return Ok(true);
    }
    if new.len() != old.len() {
        return Ok(false);
    }
    let (mut new, mut old) = (fs::File::open(upper)?, fs::File::open(lower)?);
    let (mut one, mut other) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let read = io::Read::read(&mut new, &mut one)?;
        if read == 0 {
            return Ok(true);
        }
        let (Some(one), Some(other)) = (one.get(..read), other.get_mut(..read)) else {
            return Ok(false);
        };
        if io::Read::read_exact(&mut old, other).is_err() || one != &*other {
            return Ok(false);
        }
    }
}
