//! Namespaces through bubblewrap, where the machine grants them to it and not to us (as AppArmor's profiles do).
//!
//! bubblewrap arranges the box and waits. Before it goes on, the launcher looks at what it has made: every writable root
//! is the one that was judged, every guard and mask is in place, and nothing else can be written. What it cannot be asked
//! for is refused and named; Landlock is one of these, so such a box is of the second tier.

use std::ffi::{CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio as Std};
use std::sync::OnceLock;

use super::mounts::{KEPT, KEPT_ONLINE, is_gone};
use super::policy::Policy;
use super::protect::Hold;
use crate::enforcement::Feature;
use crate::environment::c_string;
use crate::error::{Error, Stage};

mod inspect;
mod run;

pub(crate) use run::run;

/// Where it is looked for: never on the `PATH`, which is anybody's to set.
const PLACES: [&str; 3] = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/run/current-system/sw/bin/bwrap"];

/// The program, if there is one that can make a box here. Tried once a process.
pub(crate) fn program() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| PLACES.iter().map(PathBuf::from).find(|path| is_trusted(path) && works(path))).as_deref()
}

/// Whether only root can have put it there.
fn is_trusted(path: &Path) -> bool {
    let roots = |path: &Path| path.metadata().is_ok_and(|data| data.uid() == 0 && data.mode() & 0o022 == 0);
    path.canonicalize().is_ok_and(|path| path.ancestors().all(roots))
}

/// Whether it can make the smallest box with all that ours ask of it.
fn works(path: &Path) -> bool {
    let mut trial = Command::new(path);
    trial.args(["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--ro-bind", "/", "/"]);
    trial.args(["--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm", "--proc", "/proc", "--remount-ro", "/proc"]);
    trial.args(["--", "/bin/true"]).env_clear();
    let status = trial.stdin(Std::null()).stdout(Std::null()).stderr(Std::null()).status();
    status.is_ok_and(|status| status.success())
}

/// What it is asked for.
#[derive(Debug)]
pub(crate) struct Request {
    /// The options, each ended by a NUL byte.
    options: Vec<u8>,
}

impl Request {
    /// Puts a policy into its options.
    pub(crate) fn of(policy: &Policy) -> Result<Self, Error> {
        refuse_unspeakable(policy)?;
        let mut request = Self { options: Vec::new() };
        request.say(&["--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"]);
        if policy.offline {
            request.say(&["--unshare-net"]);
        }
        request.say(&["--die-with-parent", "--new-session", "--cap-drop", "ALL"]);
        request.say(&[if is_whole(policy) { "--bind" } else { "--ro-bind" }, "/", "/"]);
        request.say(&["--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm", "--proc", "/proc"]);
        if Path::new("/run").is_dir() {
            request.say(&["--tmpfs", "/run"]);
            let online: &[&str] = if policy.offline { &[] } else { &KEPT_ONLINE };
            for kept in online.iter().chain(&KEPT).filter(|kept| Path::new(kept).exists()) {
                request.bind("--ro-bind", Path::new(kept));
            }
        }
        policy.sockets.iter().filter(|path| path.starts_with("/run")).for_each(|path| request.bind("--ro-bind", path));
        let roots = policy.roots.iter().filter(|root| root.as_os_str() != "/");
        roots.for_each(|root| request.bind("--bind", root));
        for guard in &policy.guards {
            match guard.hold {
                Hold::InPlace => request.bind("--bind", &guard.path),
                Hold::ReadOnly => request.bind("--ro-bind", &guard.path),
                // A placeholder is there by now, unless nobody with our rights could make one, or anything else.
                Hold::Absent if guard.path.symlink_metadata().is_ok() => request.bind("--ro-bind", &guard.path),
                Hold::Absent => {}
            }
        }
        let hidden = policy.denied.iter().chain(&policy.masked_sockets);
        hidden.filter(|path| !is_gone(path, policy)).for_each(|path| request.mask(path));
        request.say(&["--remount-ro", "/dev", "--remount-ro", "/proc"]);
        Ok(request)
    }

    fn say(&mut self, words: &[&str]) {
        for word in words {
            self.word(OsStr::new(word));
        }
    }

    fn word(&mut self, word: &OsStr) {
        self.options.extend_from_slice(word.as_bytes());
        self.options.push(0);
    }

    fn bind(&mut self, how: &str, path: &Path) {
        for word in [OsStr::new(how), path.as_os_str(), path.as_os_str()] {
            self.word(word);
        }
    }

    /// A device on a mount without devices cannot be opened, by root neither.
    fn mask(&mut self, path: &Path) {
        if path.is_dir() {
            self.say(&["--perms", "0000", "--tmpfs"]);
            self.word(path.as_os_str());
            self.say(&["--remount-ro"]);
        } else {
            self.say(&["--ro-bind", "/dev/null"]);
        }
        self.word(path.as_os_str());
    }

    /// The same where a program reads it.
    fn file(&self) -> Result<OwnedFd, Error> {
        memory(&self.options)
    }
}

/// A file in memory, from its beginning.
fn memory(bytes: &[u8]) -> Result<OwnedFd, Error> {
    let failed = |errno: rustix::io::Errno| Error::failed(Stage::Prepare, "", errno);
    let fd = rustix::fs::memfd_create(c"guardian", rustix::fs::MemfdFlags::CLOEXEC).map_err(failed)?;
    let mut left = bytes;
    while !left.is_empty() {
        let written = rustix::io::write(&fd, left).map_err(failed)?;
        left = left.get(written..).unwrap_or_default();
    }
    rustix::fs::seek(&fd, rustix::fs::SeekFrom::Start(0)).map_err(failed)?;
    Ok(fd)
}

fn is_whole(policy: &Policy) -> bool {
    policy.everywhere || policy.roots.iter().any(|root| root == Path::new("/"))
}

/// What it has no words for.
fn refuse_unspeakable(policy: &Policy) -> Result<(), Error> {
    let missing = |feature, reason: &str| Err(Error::missing(feature, format!("bubblewrap {reason}")));
    if policy.reads.is_some() {
        return missing(Feature::Landlock, "cannot limit reads to named places");
    }
    if policy.hosts.is_some() {
        return missing(Feature::Proxy, "has no place in its network for a proxy; grant the whole network or none");
    }
    if !policy.hollows.is_empty() {
        return missing(Feature::Namespaces, "cannot leave single places open in a folder that may not be read");
    }
    let link = |path: &Path| path.symlink_metadata().is_ok_and(|data| data.is_symlink());
    if let Some(guard) = policy.guards.iter().find(|guard| link(&guard.path)) {
        return missing(Feature::Namespaces, &format!("cannot protect {}, which is a link", guard.path.display()));
    }
    Ok(())
}

/// Its command line: the options come from one descriptor, the filter from another; it says by a third how the command
/// does, and waits for a word from the last.
fn command_line(program: &Path, command: &[CString], cwd: &CString, fds: [i32; 4]) -> Result<Vec<CString>, Error> {
    let [options, filter, status, gate] = fds.map(|fd| fd.to_string());
    let mut words = vec![c_string(program.as_os_str().as_bytes())?];
    for word in ["--args", &options, "--seccomp", &filter, "--json-status-fd", &status, "--block-fd", &gate, "--chdir"]
    {
        words.push(c_string(word)?);
    }
    words.push(cwd.clone());
    words.push(c_string("--")?);
    words.extend(command.iter().cloned());
    Ok(words)
}
