//! The Linux launcher: in this process, without a helper program.
//!
//! ```text
//! launcher ── clone(namespaces) ──> first process: mounts, loopback, no capabilities
//!    │  <───────── messages ──────────│── fork ──> command: limits, Landlock, seccomp, exec
//!    └── waits, passes signals on     └── reaps, ends with the command, and all else with it
//! ```
//!
//! There is no probe before a launch. The strongest box is tried; if the machine refuses namespaces before anything ran, and
//! the policy can be held without, the next one is, and the outcome says so.

mod alarm;
mod broker;
mod bubblewrap;
mod calls;
mod capabilities;
mod child;
mod hidden;
mod identity;
mod layer;
mod memory;
mod message;
mod mounts;
mod notify;
mod observe;
mod placeholder;
mod policy;
mod protect;
mod reaper;
mod rehearse;
mod routes;
mod search;
mod seccomp;
mod shorten;
mod ssh;
mod supervise;
mod sys;
mod tree;
mod wall;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use guardian_engine::placement::{Network, Placement};
use rustix::fs::{CWD, Mode, OFlags};

pub use alarm::Alarm;
pub use reaper::reaper;
pub(crate) use rehearse::rehearse;

use self::child::{Confined, Plan};
use self::identity::Identity;
use self::mounts::Mounts;
use self::observe::Observer;
use self::placeholder::Placeholders;
use self::policy::Policy;
use self::protect::Hold;
use self::seccomp::{Filter, Observe, Shape};
use self::supervise::Started;
use self::sys::CStrings;
use self::wall::Wall;
use crate::denial::{Refusals, Refused};
use crate::enforcement::{Enforcement, Feature};
use crate::environment::{c_string, clean};
use crate::error::{Error, Stage};
use crate::launch::{Launch, Outcome, Stdio, Stream, can_be_run};
use crate::limits;
use crate::proxy::{Leads, Outer, set_variables};

/// The version of Landlock that the kernel has.
pub(crate) fn landlock() -> Option<u32> {
    sys::landlock_abi().ok()
}

/// Whether this machine has refused namespaces before, so that they need not be tried again.
static NO_NAMESPACES: AtomicBool = AtomicBool::new(false);

pub(crate) fn launch(launch: &Launch<'_>, stdio: Stdio) -> Result<Outcome, Error> {
    let streams = streams(stdio)?;
    let policy = match launch.placement {
        Placement::Unsandboxed => None,
        Placement::Sandboxed | Placement::Widened => Policy::read(launch.confinement)?,
    };
    let Some(mut policy) = policy else {
        let plan = plan(launch, &streams, None)?;
        let exit =
            supervise::run(Started { plan, namespaces: 0, placeholders: &[], observer: None, proxy: None }, launch)
                .map_err(|refusal| refusal.error)?
                .exit;
        return Ok(Outcome { exit, enforcement: Enforcement::default(), refused: None });
    };
    let mut refused = None;
    let namespaces = !NO_NAMESPACES.load(Ordering::Relaxed);
    if namespaces || launch.observe {
        policy.find_sockets();
    }
    policy.find_routes(launch);
    if namespaces {
        match with_namespaces(launch, &streams, &policy) {
            Err(Refusal { error, namespaces: true }) => {
                NO_NAMESPACES.store(!is_passing(&error), Ordering::Relaxed);
                refused = Some(error);
            }
            other => return other.map_err(|refusal| refusal.error),
        }
    }
    if let Some(program) = bubblewrap::program() {
        policy.find_sockets();
        match through_bubblewrap(program, launch, &streams, &mut policy) {
            // What it has no words for may be held without namespaces too.
            Err(Error::Missing { feature, reason, .. }) if unholdable(&policy).is_some() => {
                return Err(missing(feature, &reason, refused));
            }
            Err(Error::Missing { reason, .. }) => policy.notes.push(reason),
            // Nothing has begun.
            Err(error @ Error::Failed { stage: Stage::Mounts, .. }) if unholdable(&policy).is_none() => {
                policy.notes.push(error.to_string());
            }
            other => return other,
        }
    }
    without_namespaces(launch, &streams, &policy, refused)
}

/// How often bubblewrap is asked again because a socket went away.
const SOCKETS_GONE: usize = 50;

/// Where namespaces are only granted to bubblewrap.
fn through_bubblewrap(
    program: &Path,
    launch: &Launch<'_>,
    streams: &[Option<OwnedFd>; 3],
    policy: &mut Policy,
) -> Result<Outcome, Error> {
    let placeholders = placeholders(policy)?;
    let shape = Shape { namespaces: true, offline: policy.offline, observe: Observe::Nothing, unfiltered: true };
    let run = |policy: &Policy| {
        let request = bubblewrap::Request::of(policy)?;
        let plan = plan(launch, streams, None)?;
        can_be_run(launch.program)?;
        let limits = limits::resources(&launch.limits, true);
        let how = (program, &request, Filter::of(shape)?);
        bubblewrap::run(Plan { limits, ..plan }, how, launch, (policy, &placeholders))
    };
    let mut exit = run(policy);
    for _ in 0..SOCKETS_GONE {
        // It cannot cover what goes while it looks, as sockets do with their programs. Nothing has begun then.
        let gone = policy.masked_sockets.iter().any(|path| path.symlink_metadata().is_err());
        if !gone || !matches!(exit, Err(Error::Failed { stage: Stage::Mounts, .. })) {
            break;
        }
        policy.find_sockets();
        exit = run(policy);
    }
    let left: Vec<String> = placeholders.iter().filter(|left| left.remove().is_err()).map(Placeholders::list).collect();
    let mut notes = policy.notes.clone();
    notes.push(
        "namespaces are had through bubblewrap only: no landlock, and programs in the box cannot be traced".to_owned(),
    );
    if !policy.offline {
        notes.push(ABSTRACT_SOCKETS.to_owned());
    }
    if !left.is_empty() {
        notes.push(format!("placeholders ({}) are left to the next box", left.join(", ")));
    }
    let mut enforcement = Enforcement { namespaces: true, seccomp: true, notes, ..Enforcement::default() }.settle();
    let exit = exit?;
    let refused = seen(launch, None, None, &mut enforcement);
    Ok(Outcome { exit, enforcement, refused })
}

/// Whether the next launch may fare better: there are only so many namespaces at a time.
fn is_passing(error: &Error) -> bool {
    let Error::Failed { source, .. } = error else {
        return false;
    };
    matches!(source.raw_os_error(), Some(libc::ENOSPC | libc::EUSERS | libc::EAGAIN | libc::ENOMEM))
}

/// An error, and whether it means that this machine does not let us have namespaces.
pub(crate) struct Refusal {
    error: Error,
    namespaces: bool,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, namespaces: false }
    }
}

fn with_namespaces(launch: &Launch<'_>, streams: &[Option<OwnedFd>; 3], policy: &Policy) -> Result<Outcome, Refusal> {
    // Before the mounts are planned, so that they find what they are to cover.
    let placeholders = placeholders(policy)?;
    let planned = plan_namespaces(launch, streams, policy);
    let mut result = planned.map_err(Refusal::from).and_then(|(plan, mut enforcement, (observer, proxy))| {
        let started = Started { plan, namespaces: namespaces(policy), placeholders: &placeholders, observer, proxy };
        let ended = supervise::run(started, launch)?;
        if ended.shared_proc {
            enforcement.notes.push("a fresh /proc is forbidden here: other processes can be seen".to_owned());
        }
        if policy.routes.is_some() && ended.refused.is_none() {
            let note =
                "programs cannot connect by themselves here, as inside another observer: only the proxy leads out";
            enforcement.notes.push(note.to_owned());
        }
        let refused = seen(launch, ended.refused, ended.proxied, &mut enforcement);
        Ok(Outcome { exit: ended.exit, enforcement, refused })
    });
    for placeholder in &placeholders {
        if let (Err(errno), Ok(outcome)) = (placeholder.remove(), &mut result) {
            let note = format!("placeholders ({}) are left to the next box: {errno}", placeholder.list());
            outcome.enforcement.notes.push(note);
        }
    }
    result
}

/// Only Landlock divides them where the network is shared.
const ABSTRACT_SOCKETS: &str = "sockets without a path of other programs can be reached while the network is on";

/// The namespaces of a box.
fn namespaces(policy: &Policy) -> libc::c_int {
    let all = libc::CLONE_NEWUSER
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP;
    if policy.offline { all | libc::CLONE_NEWNET } else { all }
}

fn plan_namespaces(
    launch: &Launch<'_>,
    streams: &[Option<OwnedFd>; 3],
    policy: &Policy,
) -> Result<(Plan, Enforcement, (Watch, WayOut)), Error> {
    let wall = Wall::build(policy, true)?;
    if wall.is_none() && policy.reads.is_some() {
        let reason =
            "reads cannot be limited to named places without; let the profile read `:root` and deny what is secret";
        return Err(Error::missing(Feature::Landlock, reason));
    }
    let mut enforcement = Enforcement {
        landlock: wall.as_ref().map(|wall| wall.version),
        namespaces: true,
        seccomp: true,
        notes: policy.notes.clone(),
        ..Enforcement::default()
    };
    if wall.is_none() {
        enforcement.notes.push("landlock is off: the mounts stand alone".to_owned());
    }
    if !policy.offline && wall.as_ref().is_none_or(|wall| !wall.holds_abstract_sockets()) {
        enforcement.notes.push(ABSTRACT_SOCKETS.to_owned());
    }
    let (filter, observed, watch) = filters(launch, policy, true)?;
    let (way_out, door) = way_out(policy, launch, &mut enforcement)?;
    let mounts = Some(Mounts::plan(policy)?);
    let confined = Confined { mounts, private_network: policy.offline, door, wall, filter, observed };
    let plan = plan(launch, streams, Some(confined))?;
    Ok((plan, enforcement.settle(), (watch, way_out)))
}

/// Where a proxy leads, with its end of the socket through which the box hands it another.
type WayOut = Option<(Leads, OwnedFd)>;

/// What a proxy needs, if there is to be one, and the box's end.
fn way_out(
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

fn socket_pair() -> Result<(OwnedFd, OwnedFd), Error> {
    let (family, kind) = (rustix::net::AddressFamily::UNIX, rustix::net::SocketType::SEQPACKET);
    rustix::net::socketpair(family, kind, rustix::net::SocketFlags::CLOEXEC, None)
        .map_err(|errno| Error::failed(Stage::Supervise, "", errno))
}

/// An observer, if there is to be one, with its end of the socket.
type Watch = Option<(Observer, OwnedFd)>;
type Observed = Option<(&'static Filter, OwnedFd)>;

/// The filter of a box, and what an observer needs if one was asked for.
fn filters(
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
fn seen(
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

fn placeholders(policy: &Policy) -> Result<Vec<Placeholders>, Error> {
    let mut missing = BTreeMap::<&Path, Vec<&OsStr>>::new();
    for guard in policy.guards.iter().filter(|guard| guard.hold == Hold::Absent) {
        if let (Some(parent), Some(name)) = (guard.path.parent(), guard.path.file_name()) {
            missing.entry(parent).or_default().push(name);
        }
    }
    let made = missing.iter().filter_map(|(parent, names)| Placeholders::at(parent, names).transpose());
    made.collect()
}

fn without_namespaces(
    launch: &Launch<'_>,
    streams: &[Option<OwnedFd>; 3],
    policy: &Policy,
    refused: Option<Error>,
) -> Result<Outcome, Error> {
    if let Some((feature, reason)) = unholdable(policy) {
        return Err(missing(feature, reason, refused));
    }
    let Some(wall) = Wall::build(policy, false)? else {
        let reason = "and user namespaces too: no box can be held; run it unsandboxed or elsewhere";
        return Err(missing(Feature::Landlock, reason, refused));
    };
    let mut notes = policy.notes.clone();
    notes.extend(refused.map(|error| error.to_string()));
    notes.push("no namespaces here: other processes can be seen, and metadata of files changed".to_owned());
    if !policy.offline {
        notes.push("no namespaces here: sockets of other programs can be reached".to_owned());
    }
    if !policy.guards.is_empty() {
        notes.push("no namespaces here: nothing can be added beside a protected path".to_owned());
    }
    let landlock = Some(wall.version);
    let mut enforcement = Enforcement { landlock, seccomp: true, notes, ..Enforcement::default() };
    let (filter, observed, observer) = filters(launch, policy, false)?;
    let confined = Confined { mounts: None, private_network: false, door: None, wall: Some(wall), filter, observed };
    let plan = plan(launch, streams, Some(confined))?;
    let started = Started { plan, namespaces: 0, placeholders: &[], observer, proxy: None };
    let ended = supervise::run(started, launch).map_err(|refusal| refusal.error)?;
    let refused = seen(launch, ended.refused, None, &mut enforcement);
    Ok(Outcome { exit: ended.exit, enforcement: enforcement.settle(), refused })
}

/// What of a policy Landlock and a filter cannot hold by themselves.
fn unholdable(policy: &Policy) -> Option<(Feature, &'static str)> {
    let reason = if !policy.denied.is_empty() || !policy.hollows.is_empty() {
        "denied reads cannot be held without; allow user namespaces or lift them"
    } else if policy.hosts.is_some() {
        "single hosts cannot be granted without, as their proxy needs a network of the box's own; allow user namespaces, \
         or grant the whole network or none"
    } else if policy.offline && !policy.sockets.is_empty() {
        "single sockets cannot be granted without; allow user namespaces or the network"
    } else {
        return None;
    };
    Some((Feature::Namespaces, reason))
}

fn missing(feature: Feature, reason: &str, refused: Option<Error>) -> Error {
    let source = match refused {
        Some(Error::Failed { source, .. }) => Some(source),
        _ => None,
    };
    Error::Missing { feature, reason: reason.to_owned(), source }
}

fn plan(launch: &Launch<'_>, streams: &[Option<OwnedFd>; 3], confined: Option<Confined>) -> Result<Plan, Error> {
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
fn streams(stdio: Stdio) -> Result<[Option<OwnedFd>; 3], Error> {
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
