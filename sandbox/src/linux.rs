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
mod prepare;
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

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use guardian_engine::placement::Placement;

pub use alarm::Alarm;
pub use reaper::reaper;
pub(crate) use rehearse::rehearse;

use self::child::{Confined, Plan};
use self::mounts::Mounts;
use self::placeholder::Placeholders;
use self::policy::Policy;
use self::prepare::{Watch, WayOut, enforcement, filters, missing, namespaces, plan, seen, streams, way_out};
use self::protect::Hold;
use self::seccomp::{Filter, Observe, Shape};
use self::supervise::{Refusal, Started};
use self::wall::Wall;
use crate::enforcement::{Enforcement, Feature};
use crate::error::{Error, Stage};
use crate::launch::{Launch, Outcome, Stdio, can_be_run};
use crate::limits;

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
    let mut enforcement = enforcement(policy, wall.as_ref());
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
