//! The observer: is told of every call that might be refused while it waits, and writes down those that are.
//!
//! It decides nothing. What may be done is up to the mounts, to Landlock and to the filter's own list; a call that is
//! only observed goes on to them. So a path that is changed after it was read here changes the log, not the box.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Component, Path, PathBuf};

use guardian_engine::placement::Confinement;

use super::broker::{Broker, Taken};
use super::calls::{Call, Flags, PathAt, Says, observed, refused_name};
use super::memory::{self, Memory};
use super::notify::{self, Answer, Notification};
use super::policy::Policy;
use super::protect::Hold;
use super::seccomp::{Observe, Shape};
use crate::denial::{Access, Class, Denial, Refusals, Refused, Row, denial};
use crate::proxy::Proxy;

/// What has been refused, and by what it is judged.
#[derive(Debug)]
pub(crate) struct Observer {
    confinement: Confinement,
    guards: Vec<(PathBuf, Hold)>,
    hidden_sockets: Vec<PathBuf>,
    shape: Shape,
    refused: Refusals,
    broker: Option<Broker>,
}

impl Observer {
    pub(crate) fn new(confinement: &Confinement, policy: &Policy, shape: Shape) -> Self {
        Self {
            broker: policy.routes.clone().map(Broker::new),
            confinement: confinement.clone(),
            guards: policy.guards.iter().map(|guard| (guard.path.clone(), guard.hold)).collect(),
            hidden_sockets: policy.masked_sockets.clone(),
            shape,
            refused: Refusals::default(),
        }
    }

    /// Everything refused so far.
    pub(crate) fn finish(self) -> Refusals {
        self.refused
    }

    /// Takes one notification, answers it or has it answered, and notes it if it is refused. An error means that there will
    /// be no more.
    pub(crate) fn serve(&mut self, listener: &OwnedFd, proxy: Option<&Proxy>) -> Result<(), rustix::io::Errno> {
        let notification = match notify::next_notification(listener.as_fd()) {
            Ok(notification) => notification,
            // The caller was killed meanwhile.
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::INTR) => return Ok(()),
            Err(errno) => return Err(errno),
        };
        if let (Some(broker), libc::SYS_connect) = (&self.broker, notification.number) {
            let memory = Memory::of(notification.pid);
            match broker.take(listener.as_fd(), &notification, &memory, proxy) {
                Taken::Held => return Ok(()),
                Taken::Known => {
                    notify::answer(listener.as_fd(), &notification, Answer::GoesOn);
                    return Ok(());
                }
                Taken::Other => {}
            }
        }
        let call = observed()
            .filter(|call| self.shape.only_observes(call.number))
            .find(|call| call.number == notification.number);
        let tried = call.map(|call| (call, tries(call, &notification)));
        let program = std::fs::read_to_string(format!("/proc/{}/comm", notification.pid));
        let answer = if call.is_some() { Answer::GoesOn } else { Answer::Fails(rustix::io::Errno::PERM) };
        notify::answer(listener.as_fd(), &notification, answer);
        let program = program.unwrap_or_default().trim_end().to_owned();
        let Some((call, tried)) = tried else {
            if self.shape.observe != Observe::Connections {
                self.note_refused_call(&notification, program);
            }
            return Ok(());
        };
        for tried in tried {
            let class = tried.class(call);
            if self.shape.observe == Observe::Connections && class != Class::Network {
                continue;
            }
            if let Some((target, denial, errno)) = self.judge(call, &tried) {
                self.refused.note(Refused {
                    call: call.name.to_owned(),
                    class,
                    target,
                    program: program.clone(),
                    errno,
                    denial,
                    times: 1,
                });
            }
        }
        Ok(())
    }

    fn note_refused_call(&mut self, notification: &Notification, program: String) {
        let call = refused_name(notification.number);
        let number = notification.arguments.first().copied().unwrap_or_default();
        let target = match notification.number {
            libc::SYS_socket | libc::SYS_socketpair => format!("family {}", number & 0xffff_ffff),
            _ => String::new(),
        };
        self.refused.note(Refused {
            denial: Denial { row: Row::Call, cause: call.clone(), ask: None },
            call,
            class: Class::Kernel,
            target,
            program,
            errno: "EPERM",
            times: 1,
        });
    }

    /// What stands against an access, and what the kernel says to it.
    fn judge(&self, call: &Call, tried: &Tried) -> Option<(String, Denial, &'static str)> {
        let mounts = self.shape.namespaces;
        match tried {
            Tried::Read(path) => {
                let denial = denial(&self.confinement, &Access::Read(path))?;
                Some((path.display().to_string(), denial, "EACCES"))
            }
            Tried::Write(path, creates) => {
                if is_device(path) || (!creates && path.symlink_metadata().is_err()) {
                    return None;
                }
                let moves = call.class == Class::Write && !matches!(call.says, Says::Opens(..));
                let found = denial(&self.confinement, &Access::Write(path)).or_else(|| self.guarded(path, moves))?;
                // What the user could not do either is no doing of the box.
                if found.row == Row::Outside && !user_may(path) {
                    return None;
                }
                let held = moves && self.guards.iter().any(|(guard, hold)| guard == path && *hold == Hold::InPlace);
                let only_makes = ["mkdir", "mknod", "symlink"];
                let only_makes = only_makes.iter().any(|name| call.name.starts_with(name));
                let errno = match (mounts, held) {
                    // What stands in for a missing path is there.
                    _ if only_makes && path.symlink_metadata().is_ok() => "EEXIST",
                    (true, true) => "EBUSY",
                    (true, false) if found.row == Row::DeniedRead => "EACCES",
                    (true, false) => "EROFS",
                    (false, _) => "EACCES",
                };
                Some((path.display().to_string(), found, errno))
            }
            Tried::Host(host) => {
                let denial = denial(&self.confinement, &Access::Address(host))?;
                Some((host.clone(), denial, "ENETUNREACH"))
            }
            Tried::Socket(path) => {
                let hidden = self.hidden_sockets.contains(path);
                let private = ["/run", "/dev"].iter().any(|top| path.starts_with(top));
                let is_socket = path.metadata().is_ok_and(|data| data.file_type().is_socket());
                if !is_socket || !(hidden || private) {
                    return None;
                }
                let denial = denial(&self.confinement, &Access::Socket(path))?;
                Some((path.display().to_string(), denial, "EACCES"))
            }
        }
    }

    /// The parts of nested repositories, which the confinement does not list.
    fn guarded(&self, path: &Path, moves: bool) -> Option<Denial> {
        let (guard, _) = self.guards.iter().find(|(guard, hold)| match hold {
            Hold::InPlace => moves && guard == path,
            Hold::Absent | Hold::ReadOnly => path.starts_with(guard),
        })?;
        Some(Denial { row: Row::Protected, cause: guard.display().to_string(), ask: None })
    }
}

/// What a call tries, with real paths.
#[derive(Debug)]
enum Tried {
    Read(PathBuf),
    /// And whether it makes what is not there.
    Write(PathBuf, bool),
    Host(String),
    Socket(PathBuf),
}

impl Tried {
    const fn class(&self, call: &Call) -> Class {
        match self {
            Self::Read(_) => Class::Read,
            Self::Write(..) => call.class,
            Self::Host(_) => Class::Network,
            Self::Socket(_) => Class::Socket,
        }
    }
}

fn is_device(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc/self") || path.starts_with("/run")
}

/// Whether the user, without a box, could write there. Root always could.
fn user_may(path: &Path) -> bool {
    let may = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    if path.symlink_metadata().is_ok() {
        may(path) || path.parent().is_some_and(may)
    } else {
        path.parent().is_some_and(may)
    }
}

fn tries(call: &Call, notification: &Notification) -> Vec<Tried> {
    let argument = |index: usize| notification.arguments.get(index).copied().unwrap_or(0);
    let memory = Memory::of(notification.pid);
    let path = |place: PathAt, follow| resolve(&memory, notification, place, follow);
    let tried = match call.says {
        Says::Opens(place, flags) => {
            let flags = match flags {
                Flags::In(index) => i32::try_from(argument(index) & 0x7fff_ffff).unwrap_or(0),
                Flags::At(index) => memory.number(argument(index)),
                Flags::Create => libc::O_CREAT | libc::O_WRONLY,
            };
            let writes = flags & (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC) != 0;
            let creates = flags & libc::O_CREAT != 0;
            let follow = flags & libc::O_NOFOLLOW == 0;
            vec![path(place, follow).map(|path| {
                // An existing file that is opened to read only, "or made", is read.
                if writes && (flags & !libc::O_CREAT & 0x203 != 0 || !path.exists()) {
                    Tried::Write(path, creates)
                } else {
                    Tried::Read(path)
                }
            })]
        }
        Says::Changes(first, second) => {
            let creates =
                !matches!(call.name, "unlink" | "unlinkat" | "rmdir" | "truncate") && call.class == Class::Write;
            let follow = call.class == Class::Metadata && !call.name.starts_with('l');
            let first = path(first, follow).map(|path| Tried::Write(path, creates));
            let second = second.and_then(|second| path(second, false));
            vec![first, second.map(|path| Tried::Write(path, false))]
        }
        Says::Reaches(address, length) => {
            vec![reached(&memory, argument(address), argument(length), notification)]
        }
    };
    tried.into_iter().flatten().collect()
}

/// The path that a call names, as the kernel would follow it, as far as it exists.
fn resolve(memory: &Memory, notification: &Notification, place: PathAt, follow: bool) -> Option<PathBuf> {
    let argument = |index: usize| notification.arguments.get(index).copied();
    let named = memory.text(argument(place.path)?)?;
    let path = if named.is_absolute() {
        named
    } else {
        // Only the low half counts, and it is signed.
        let directory = place.directory.and_then(argument).map(|value| value as u32 as i32).filter(|fd| *fd >= 0);
        let pid = notification.pid;
        let base = match directory {
            Some(fd) => std::fs::read_link(format!("/proc/{pid}/fd/{fd}")),
            None => std::fs::read_link(format!("/proc/{pid}/cwd")),
        };
        base.ok()?.join(named)
    };
    if let (true, Ok(real)) = (follow, path.canonicalize()) {
        return Some(real);
    }
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Some(path);
    };
    Some(parent.canonicalize().unwrap_or_else(|_| plain(parent)).join(name))
}

/// Takes `.` and `..` out of a path that does not exist.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The host or the socket that an address stands for. Loopback is the box's own.
fn reached(memory: &Memory, at: u64, length: u64, notification: &Notification) -> Option<Tried> {
    let bytes = memory.named(at, length);
    if let Some(address) = memory::internet(&bytes) {
        return reachable(address.ip());
    }
    let (family, rest) = bytes.split_first_chunk::<2>()?;
    if i32::from(u16::from_ne_bytes(*family)) != libc::AF_UNIX {
        return None;
    }
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let path = Path::new(OsStr::from_bytes(rest.get(..end)?));
    let named = !path.as_os_str().is_empty();
    let cwd = std::fs::read_link(format!("/proc/{}/cwd", notification.pid)).ok()?;
    let path = cwd.join(path);
    named.then(|| Tried::Socket(path.canonicalize().unwrap_or(path)))
}

fn reachable(host: std::net::IpAddr) -> Option<Tried> {
    (!host.is_loopback() && !host.is_unspecified()).then(|| Tried::Host(host.to_string()))
}
