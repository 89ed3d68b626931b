//! A dry run: the strongest box, with a layer over everything in which the command may write as it likes.

use std::os::fd::AsFd;
use std::path::PathBuf;

use guardian_engine::placement::{Confinement, WritableRoot, Writes};

use super::child::Confined;
use super::layer;
use super::mounts::Mounts;
use super::policy::Policy;
use super::prepare::{enforcement, filters, missing, namespaces, plan, seen, socket_pair, streams, way_out};
use super::supervise::{self, Started};
use super::sys;
use super::wall::Wall;
use crate::enforcement::Feature;
use crate::error::{Error, Stage};
use crate::launch::{Launch, Outcome, Stdio};
use crate::rehearsal::Layer;

/// Runs a launch dry.
pub(crate) fn rehearse(launch: &Launch<'_>, stdio: Stdio) -> Result<(Outcome, Layer), Error> {
    let streams = streams(stdio)?;
    // One that confines nothing is in a box all the same.
    let mut policy = Policy::read(launch.confinement)?.unwrap_or_default();
    policy.find_sockets();
    policy.find_routes(launch);
    let covers = layer::covers(&policy.roots);
    let mut policy = Policy { everywhere: false, guards: Vec::new(), ..policy };
    for root in policy.roots.iter().filter(|root| !covers.iter().any(|cover| root.starts_with(cover))) {
        policy.notes.push(format!("{}: no layer can lie here, so nothing could be written", root.display()));
    }
    let confinement = everything(launch.confinement, &covers);
    let launch = Launch { confinement: &confinement, observe: true, ..launch.clone() };
    let (ours, theirs) = socket_pair()?;
    policy.roots.clear();
    let wall = Wall::build(&policy, true)?;
    let mut enforcement = enforcement(&policy, wall.as_ref()).settle();
    let (filter, observed, observer) = filters(&launch, &policy, true)?;
    let mounts = Some(Mounts::plan_layer(&policy, &covers, theirs)?);
    let (proxy, door) = way_out(&policy, &launch, &mut enforcement)?;
    let confined = Confined { mounts, private_network: policy.offline, door, wall, filter, observed };
    let mut plan = plan(&launch, &streams, Some(confined))?;
    plan.cwd_identity = None;
    let started = Started { plan, namespaces: namespaces(&policy), placeholders: &[], observer, proxy };
    let ended = supervise::run(started, &launch).map_err(|refusal| {
        if refusal.namespaces {
            let reason = "a dry run lays a layer over the file system; allow user namespaces, or run it for real";
            missing(Feature::Namespaces, reason, Some(refusal.error))
        } else {
            refusal.error
        }
    })?;
    let refused = seen(&launch, ended.refused, ended.proxied, &mut enforcement);
    let layer = sys::receive_descriptor(ours.as_fd())
        .ok_or_else(|| Error::failed(Stage::Mounts, "", std::io::Error::from(std::io::ErrorKind::UnexpectedEof)))?;
    Ok((Outcome { exit: ended.exit, enforcement, refused }, Layer::new(layer, covers)))
}

/// The same box, but for where it may write.
fn everything(confinement: &Confinement, covers: &[PathBuf]) -> Confinement {
    let root = |path: &PathBuf| WritableRoot { path: path.display().to_string(), protected: [].into() };
    Confinement { writes: Writes::Below(covers.iter().map(root).collect()), ..confinement.clone() }
}
