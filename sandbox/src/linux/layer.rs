//! The throw-away layer of a dry run: over each place that the user could change lies an overlay, whose upper half is
//! memory. What the command writes lands there; the launcher keeps a descriptor of it, which alone keeps it alive.

use std::ffi::{CStr, CString, OsString};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen,
};

use super::sys;
use super::wall::Grants;

/// Where the upper halves are while the box is arranged; nobody in it can reach them.
pub(crate) const PLACE: &CStr = c"/dev/.layer";

/// What the box has its own of, or what no file system of files is.
const NEVER: [&str; 4] = ["/dev", "/proc", "/sys", "/run"];

/// How far below the top places are looked for that a user may write although the ones above may not be.
const DEEPEST: usize = 3;

/// One overlay: the names of its two halves, ready for the kernel.
#[derive(Debug)]
pub(crate) struct Cover {
    folder: CString,
    upper: CString,
    work: CString,
    mode: Mode,
}

impl Cover {
    /// The overlay of this number, for a place with this mode.
    pub(crate) fn new(number: usize, mode: u32) -> Option<Self> {
        let name = |half: &str| CString::new(format!("{}/{number}{half}", PLACE.to_str().ok()?)).ok();
        let mode = Mode::from_raw_mode(mode & 0o7777);
        Some(Self { folder: name("")?, upper: name("/up")?, work: name("/work")?, mode })
    }

    /// Makes it over `lower`, and grants writes in it. May be called between fork and exec.
    pub(crate) fn make(&self, lower: &OwnedFd, wall: Option<Grants<'_>>) -> Result<OwnedFd, Errno> {
        let private = Mode::from_raw_mode(0o700);
        for folder in [&self.folder, &self.upper, &self.work] {
            rustix::fs::mkdirat(CWD, folder, private)?;
        }
        rustix::fs::chmodat(CWD, &self.upper, self.mode, rustix::fs::AtFlags::empty())?;
        let mut name = [0; 32];
        let context = fsopen(c"overlay", FsOpenFlags::FSOPEN_CLOEXEC)?;
        // A path as text would have its commas and colons read as more than that.
        fsconfig_set_string(&context, c"lowerdir", by_descriptor(lower, &mut name)?)?;
        fsconfig_set_string(&context, c"upperdir", &self.upper)?;
        fsconfig_set_string(&context, c"workdir", &self.work)?;
        fsconfig_set_flag(&context, c"userxattr")?;
        fsconfig_create(&context)?;
        let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
        let mount = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)?;
        if let Some(Grants { ruleset, private, .. }) = wall {
            sys::landlock_allow(ruleset, mount.as_fd(), private)?;
        }
        Ok(mount)
    }
}

/// `/proc/self/fd/N`, written without allocating.
fn by_descriptor<'a>(fd: &OwnedFd, name: &'a mut [u8; 32]) -> Result<&'a CStr, Errno> {
    let mut number = fd.as_raw_fd();
    let mut digits = [0_u8; 12];
    let mut count = 0;
    while count == 0 || number > 0 {
        *digits.get_mut(count).ok_or(Errno::RANGE)? = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        count += 1;
    }
    let text = b"/proc/self/fd/".iter().chain(digits.iter().take(count).rev());
    for (slot, byte) in name.iter_mut().zip(text) {
        *slot = *byte;
    }
    CStr::from_bytes_until_nul(name).map_err(|_| Errno::RANGE)
}

/// The folders that are covered: the outermost that the user could change something in. A folder that another file
/// system is mounted below cannot be, but those in it can.
pub(crate) fn covers(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mounts = mount_points(&std::fs::read("/proc/self/mountinfo").unwrap_or_default());
    let mut found = Vec::new();
    split(Path::new("/"), 0, &mounts, &mut found);
    for root in roots {
        if !found.iter().any(|cover| root.starts_with(cover)) {
            found.retain(|cover| !cover.starts_with(root));
            cover(root, 0, &mounts, &mut found);
        }
    }
    found
}

fn split(folder: &Path, depth: usize, mounts: &[PathBuf], found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            cover(&entry.path(), depth, mounts, found);
        }
    }
}

fn cover(folder: &Path, depth: usize, mounts: &[PathBuf], found: &mut Vec<PathBuf>) {
    if NEVER.iter().any(|never| folder.starts_with(never)) || !folder.is_dir() {
        return;
    }
    let holds_mounts = mounts.iter().any(|mount| mount != folder && mount.starts_with(folder));
    let writable = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok();
    if writable && !holds_mounts {
        found.push(folder.to_owned());
    } else if holds_mounts || depth < DEEPEST {
        split(folder, depth + 1, mounts, found);
    }
}

/// The places of a mount table.
fn mount_points(table: &[u8]) -> Vec<PathBuf> {
    let lines = table.split(|byte| *byte == b'\n');
    let places = lines.filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    places.map(unescape).filter(|place| place != Path::new("/")).collect()
}

/// Blanks and their kind stand in octal there.
pub(super) fn unescape(text: &[u8]) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let octal = after.get(..3).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        match (byte, octal) {
            (b'\\', Some(value)) => {
                bytes.push(value);
                rest = after.get(3..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

/// The mode of a folder, for the upper half that stands in for it.
pub(crate) fn mode(folder: &CStr) -> Result<u32, Errno> {
    rustix::fs::stat(std::ffi::OsStr::from_bytes(folder.to_bytes())).map(|stat| stat.st_mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_tables_are_read() {
        let table = b"1 0 8:1 / / rw - ext4 x rw\n2 1 8:2 / /mnt/with\\040blank rw shared:1 - xfs y rw\n";
        assert_eq!(mount_points(table), [PathBuf::from("/mnt/with blank")]);
    }

    #[test]
    fn a_folder_above_a_mount_is_split() {
        let directory = tempfile::tempdir().unwrap();
        for path in ["a/b", "a/c/d", "e"] {
            std::fs::create_dir_all(directory.path().join(path)).unwrap();
        }
        let root = directory.path();
        let mut found = Vec::new();
        cover(root, 0, &[root.join("a/c")], &mut found);
        found.sort();
        assert_eq!(found, [root.join("a/b"), root.join("a/c"), root.join("e")]);
    }

    #[test]
    fn descriptors_have_names() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let fd = rustix::io::fcntl_dupfd_cloexec(&file, 120).unwrap();
        let name = format!("/proc/self/fd/{}", fd.as_raw_fd());
        assert_eq!(by_descriptor(&fd, &mut [0; 32]).unwrap().to_str().unwrap(), name);
    }
}
