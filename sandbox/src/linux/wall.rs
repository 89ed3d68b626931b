//! The Landlock rules: a second wall that does not depend on how the mounts are arranged, and the only one where there
//! are no namespaces.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use landlock::{ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, Scope};
use rustix::io::Errno;

use super::identity::Identity;
use super::policy::Policy;
use super::protect::{Guard, Hold};
use super::sys;
use crate::environment::c_string;
use crate::error::{Error, Stage};

/// Devices that every box may use.
pub(crate) const DEVICES: [&str; 6] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// Rules ready to be applied.
#[derive(Debug)]
pub(crate) struct Wall {
    /// The kernel's handle.
    pub(crate) ruleset: OwnedFd,
    /// The version they were written for.
    pub(crate) version: u32,
    abi: ABI,
}

/// What is granted on places of the box while it is arranged, as the kernel numbers rights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grants<'a> {
    pub(crate) ruleset: BorrowedFd<'a>,
    /// In file systems that are made inside the box.
    pub(crate) private: u64,
    /// In a folder that may be written.
    pub(crate) root: u64,
    /// On a file that may be.
    pub(crate) file: u64,
}

/// What the rules grant on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grant {
    Read,
    Write,
    Device,
    Connect,
}

impl Grant {
    fn access(self, abi: ABI) -> BitFlags<AccessFs> {
        let all = AccessFs::from_all(abi);
        let access = match self {
            Self::Read => AccessFs::from_read(abi),
            // Device files made in the workspace would be of no use, but then nobody needs to make any.
            Self::Write => all & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev),
            Self::Device => AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev | AccessFs::Truncate,
            Self::Connect => AccessFs::ResolveUnix.into(),
        };
        access & all
    }

    /// The same on what was opened: the kernel takes no rights on a file that only folders have.
    fn access_on(self, opened: &OwnedFd, abi: ABI) -> Result<BitFlags<AccessFs>, Errno> {
        let (access, file) = (self.access(abi), AccessFs::from_file(abi));
        if file.contains(access) {
            return Ok(access);
        }
        let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(opened)?.st_mode);
        Ok(if kind.is_dir() { access } else { access & file })
    }
}

impl Wall {
    /// The rules for a policy; nothing if this kernel has no Landlock.
    pub(crate) fn build(policy: &Policy, namespaces: bool) -> Result<Option<Self>, Error> {
        let Ok(version) = sys::landlock_abi() else {
            return Ok(None);
        };
        let abi = ABI::from(i32::try_from(version).unwrap_or(i32::MAX));
        let failed = |error: landlock::RulesetError| Error::failed(Stage::Landlock, "", std::io::Error::other(error));
        let mut ruleset = Ruleset::default().handle_access(AccessFs::from_all(abi)).map_err(failed)?;
        if abi >= ABI::V6 {
            ruleset = ruleset.scope(Scope::from_all(abi)).map_err(failed)?;
        }
        if abi >= ABI::V4 && policy.offline && !namespaces {
            ruleset = ruleset.handle_access(AccessNet::from_all(abi)).map_err(failed)?;
        }
        let missing = || Error::failed(Stage::Landlock, "", std::io::Error::from(std::io::ErrorKind::Unsupported));
        let ruleset = Option::<OwnedFd>::from(ruleset.create().map_err(failed)?).ok_or_else(missing)?;
        for (path, grant) in grants(policy, namespaces) {
            // No link is followed: these are real paths, and one that has become a link since is no longer what was granted.
            let Ok(fd) = Identity::open(&c_string(path.as_os_str().as_bytes())?) else {
                continue;
            };
            let failed = |errno| Error::failed(Stage::Landlock, path.display(), errno);
            let access = grant.access_on(&fd, abi).map_err(failed)?;
            if !access.is_empty() {
                sys::landlock_allow(ruleset.as_fd(), fd.as_fd(), access.bits()).map_err(failed)?;
            }
        }
        Ok(Some(Self { ruleset, version, abi }))
    }

    /// Whether sockets without a path, made outside, are out of reach.
    pub(crate) fn holds_abstract_sockets(&self) -> bool {
        self.abi >= ABI::V6
    }

    /// What is still to be granted once the box has its mounts.
    pub(crate) fn grants(&self) -> Grants<'_> {
        let private = AccessFs::from_all(self.abi) & !(AccessFs::MakeChar | AccessFs::MakeBlock);
        let root = Grant::Write.access(self.abi);
        Grants {
            ruleset: self.ruleset.as_fd(),
            private: private.bits(),
            root: root.bits(),
            file: (root & AccessFs::from_file(self.abi)).bits(),
        }
    }
}

fn grants(policy: &Policy, namespaces: bool) -> Vec<(PathBuf, Grant)> {
    let root = PathBuf::from("/");
    if policy.everywhere {
        return vec![(root.clone(), Grant::Write), (PathBuf::from("/dev"), Grant::Device), (root, Grant::Connect)];
    }
    let mut grants: Vec<(PathBuf, Grant)> = match &policy.reads {
        None => vec![(root, Grant::Read)],
        Some(places) => places.iter().chain(&policy.opened).map(|place| (place.clone(), Grant::Read)).collect(),
    };
    if policy.reads.is_some() && !namespaces {
        grants.push((PathBuf::from("/proc"), Grant::Read));
    }
    grants.extend(DEVICES.map(|device| (PathBuf::from(device), Grant::Device)));
    if !namespaces {
        grants.extend(["/dev/ptmx", "/dev/pts"].map(|device| (PathBuf::from(device), Grant::Device)));
    }
    grants.extend(policy.sockets.iter().map(|socket| (socket.clone(), Grant::Connect)));
    for path in &policy.roots {
        match (namespaces, path.as_os_str() == "/") {
            (true, true) => grants.push((path.clone(), Grant::Write)),
            // The others are granted where they are opened to be mounted.
            (true, false) => {}
            (false, _) => around(path, &policy.guards, &mut grants),
        }
    }
    grants
}

/// Landlock cannot take back inside a directory what it grants on it. So where something inside is guarded, the grant goes
/// to each of its other entries instead: they can be changed as one likes, but nothing can be added beside them.
fn around(path: &Path, guards: &[Guard], grants: &mut Vec<(PathBuf, Grant)>) {
    if guards.iter().any(|guard| guard.path == path && guard.hold != Hold::InPlace) {
        return;
    }
    if !guards.iter().any(|guard| guard.path.starts_with(path)) {
        grants.push((path.to_owned(), Grant::Write));
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else {
        return;
    };
    for entry in entries.flatten() {
        // A link grants nothing by itself, and its target may lie anywhere.
        if entry.file_type().is_ok_and(|kind| !kind.is_symlink()) {
            around(&entry.path(), guards, grants);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_place_is_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for path in [".git/hooks", ".git/objects", "src"] {
            std::fs::create_dir_all(root.join(path)).unwrap();
        }
        let guard = |path: &str, hold| Guard { path: root.join(path), hold };
        let guards = [guard(".git", Hold::InPlace), guard(".git/hooks", Hold::ReadOnly), guard(".codex", Hold::Absent)];
        let mut grants = Vec::new();
        around(root, &guards, &mut grants);
        let mut paths: Vec<_> = grants.into_iter().map(|(path, _)| path).collect();
        paths.sort();
        assert_eq!(paths, [root.join(".git/objects"), root.join("src")]);
    }
}
