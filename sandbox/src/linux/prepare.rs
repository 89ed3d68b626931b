//! What every launch is prepared with, whichever box it gets: its plan, its filters, its way out; and what they come to.

use std::borrow::Cow;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use guardian_engine::placement::Network;
use rustix::fs::{CWD, Mode, OFlags};

use super::child::{self, Confined, Plan};
use super::identity::Identity;
use super::observe::Observer;
use super::policy::Policy;
use super::seccomp::{Filter, Observe, Shape};
use super::sys::{self, CStrings};
use super::wall::Wall;
use crate::denial::{Refusals, Refused};
use crate::enforcement::{Enforcement, Feature};
use crate::environment::{c_string, clean};
use crate::error::{Error, Stage};
use crate::launch::{Launch, Stdio, Stream};
use crate::limits;
use crate::proxy::{Leads, Outer, set_variables};

/// The namespaces of a box.
pub(super) fn namespaces(policy: &Policy) -> libc::c_int {
    let all = libc::CLONE_NEWUSER
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP;
    if policy.offline { all | libc::CLONE_NEWNET } else { all }
}

/// What holds a box with namespaces, so far.
pub(super) fn enforcement(policy: &Policy, wall: Option<&Wall>) -> Enforcement {
    Enforcement {
        landlock: wall.map(|wall| wall.version),
        namespaces: true,
        seccomp: true,
        notes: policy.notes.clone(),
        ..Enforcement::default()
    }
}

/// Where a proxy leads, with its end of the socket through which the box hands it another.
pub(super) type WayOut = Option<(Leads, OwnedFd)>;

/// What a proxy needs, if there is to be one, and the box's end.
pub(super) fn way_out(
    policy: &Policy,
    launch: &Launch<'_>,
    enforcement: &mut Enforcement,
) -> Result<(WayOut, Option<OwnedFd>), Error> {
    let Some(hosts) = &policy.hosts else {
        return Ok((None, None));
    };
    let (ours, theirs) = socket_pair()?;
    let leads = (hosts.clone(), Outer::of(launch.environment));
    enforcement.notes.extend(leads.1.note());
    Ok((Some((leads, ours)), Some(theirs)))
}

/// Two ends by which a box hands over a descriptor.
pub(super) fn socket_pair() -> Result<(OwnedFd, OwnedFd), Error> {
    let (family, kind) = (rustix::net::AddressFamily::UNIX, rustix::net::SocketType::SEQPACKET);
    rustix::net::socketpair(family, kind, rustix::net::SocketFlags::CLOEXEC, None)
        .map_err(|errno| Error::failed(Stage::Supervise, "", errno))
}

/// An observer, if there is to be one, with its end of the socket.
pub(super) type Watch = Option<(Observer, OwnedFd)>;
type Observed = Option<(&'static Filter, OwnedFd)>;

/// The filter of a box, and what an observer needs if one was asked for.
pub(super) fn filters(
    launch: &Launch<'_>,
    policy: &Policy,
    namespaces: bool,
) -> Result<(&'static Filter, Observed, Watch), Error> {
    let mut shape = Shape { namespaces, offline: policy.offline, observe: Observe::Nothing, unfiltered: false };
    let filter = Filter::of(shape)?;
    shape.observe = match (launch.observe, policy.denied.is_empty()) {
        (true, true) => Observe::Changes,
        (true, false) => Observe::Opens,
        (false, _) if policy.routes.is_some() => Observe::Connections,
        (false, _) => return Ok((filter, None, None)),
    };
    let (ours, theirs) = socket_pair()?;
    let observer = Observer::new(launch.confinement, policy, shape);
    Ok((filter, Some((Filter::of(shape)?, theirs)), Some((observer, ours))))
}

/// What an observer and the proxy have seen; where one could not be had, a note says so.
pub(super) fn seen(
    launch: &Launch<'_>,
    refused: Option<Refusals>,
    proxied: Option<io::Result<Refusals>>,
    enforcement: &mut Enforcement,
) -> Option<Vec<Refused>> {
    let watched = refused.is_some() && launch.observe;
    let mut all = refused.unwrap_or_default();
    match proxied {
        Some(Ok(refused)) => all.join(refused),
        Some(Err(error)) => enforcement.notes.push(format!("no host could be reached, as there was no proxy: {error}")),
        None => {}
    }
    if launch.observe && !watched {
        let note = "refused calls cannot be observed here, as inside another observer";
        enforcement.notes.push(note.to_owned());
    }
    if !watched && all.is_empty() {
        return None;
    }
    let (refused, missed) = all.finish();
    if missed > 0 {
        let note = format!("{missed} more refused calls were not kept");
        enforcement.notes.push(note);
    }
    Some(refused)
}

/// Says that a feature is missing, and what this machine refused of it.
pub(super) fn missing(feature: Feature, reason: &str, refused: Option<Error>) -> Error {
    let source = match refused {
        Some(Error::Failed { source, .. }) => Some(source),
        _ => None,
    };
    Error::Missing { feature, reason: reason.to_owned(), source }
}

/// The command, as its first process starts it.
pub(super) fn plan(
    launch: &Launch<'_>,
    streams: &[Option<OwnedFd>; 3],
    confined: Option<Confined>,
) -> Result<Plan, Error> {
    launch.check()?;
    let argv = launch.argv.iter().map(|argument| c_string(argument.as_bytes())).collect::<Result<Vec<_>, _>>()?;
    let cwd = c_string(launch.cwd.as_os_str().as_bytes())?;
    let environment = match &launch.confinement.network {
        Network::Hosts(hosts) if confined.as_ref().is_some_and(|confined| confined.door.is_some()) => {
            Cow::Owned(set_variables(launch.environment, hosts, child::PROXY_PORT))
        }
        _ => Cow::Borrowed(launch.environment),
    };
    let [stdin, stdout, stderr] = streams;
    let raw = |stream: &Option<OwnedFd>| stream.as_ref().map_or(-1, AsRawFd::as_raw_fd);
    Ok(Plan {
        program: c_string(launch.program.as_os_str().as_bytes())?,
        argv: CStrings::new(argv),
        environment: CStrings::new(clean(&environment, launch.cwd.as_os_str())?),
        cwd_identity: Some(directory(launch, &cwd)?),
        cwd,
        stdio: [raw(stdin), raw(stdout), raw(stderr)],
        limits: limits::resources(&launch.limits, confined.is_some()),
        user: (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw()),
        blocked: sys::signal_set(&[]),
        confined,
        passed: Vec::new(),
        stack: sys::Stack::new(),
    })
}

fn directory(launch: &Launch<'_>, cwd: &CString) -> Result<Identity, Error> {
    let failed = |errno: rustix::io::Errno| Error::failed(Stage::Directory, launch.cwd.display(), errno);
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(CWD, cwd, flags, Mode::empty()).map_err(failed)?;
    Ok(Identity::of(&rustix::fs::fstat(fd).map_err(failed)?))
}

/// Descriptors for the standard streams that are not simply inherited, all above them.
pub(super) fn streams(stdio: Stdio) -> Result<[Option<OwnedFd>; 3], Error> {
    let open = |stream| match stream {
        Stream::Inherit => Ok(None),
        Stream::Null => {
            let fd = rustix::fs::open(c"/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
            sys::duplicate_above(fd.as_fd()).map(Some)
        }
        Stream::Fd(fd) => sys::duplicate_above(fd.as_fd()).map(Some),
    };
    let failed = |errno| Error::failed(Stage::Stdio, "", errno);
    Ok([open(stdio.stdin).map_err(failed)?, open(stdio.stdout).map_err(failed)?, open(stdio.stderr).map_err(failed)?])
}
