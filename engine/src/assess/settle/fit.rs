//! Whether what a command does fits in a box.

use super::Judged;
use super::matrix::Class;
use super::ways::host_of;
use crate::assess::risk;
use crate::effects::{Effect, EffectKind, PathClass, Target};
use crate::level::RiskLevel;
use crate::placement::{Confinement, Network, WritableRoot, Writes, within};
use crate::request::SandboxMode;
use guardian_rules::paths;

/// Whether the mode confines nothing.
pub(super) const fn boxless(mode: SandboxMode) -> bool {
    matches!(mode, SandboxMode::DangerFullAccess | SandboxMode::External)
}

/// The row of the matrix that a unit belongs to, measured by this box.
pub(super) fn class_of(unit: &Judged, confinement: &Confinement) -> Class {
    unit.effects
        .iter()
        .map(|(effect, row)| class_of_effect(effect, *row, confinement))
        .max()
        .unwrap_or(Class::TrustedRead)
}

/// The row of the matrix that one effect belongs to.
pub(super) fn class_of_effect(effect: &Effect, row: risk::Row, confinement: &Confinement) -> Class {
    if is_denied(effect, confinement) {
        return Class::Denied;
    }
    if is_network(effect.kind) && confinement.network == Network::Forbidden {
        return Class::Sealed;
    }
    if row.risk == RiskLevel::High {
        return Class::High;
    }
    match effect.kind {
        EffectKind::Read | EffectKind::Inspect if row.risk == RiskLevel::Low && readable(effect, confinement) => {
            Class::TrustedRead
        }
        _ if permits(confinement, effect) => Class::Fits,
        _ => Class::Exceeds,
    }
}

/// Whether it is about what may not be read: reads it, could carry it off by moving, or puts something in its place.
fn is_denied(effect: &Effect, confinement: &Confinement) -> bool {
    use EffectKind as K;
    let Target::Path(path) = &effect.target else {
        return false;
    };
    let touches = matches!(
        effect.kind,
        K::Read | K::Send | K::Execute | K::Write | K::Append | K::Delete | K::Metadata | K::Destroy
    );
    touches && confinement.denies_reading(&path.path)
}

/// Whether the box lets it read what it reads. A place that nobody knows is not known to be refused.
pub(super) fn readable(effect: &Effect, confinement: &Confinement) -> bool {
    match (&effect.target, effect.kind) {
        (Target::Path(path), EffectKind::Read | EffectKind::Send | EffectKind::Execute) => {
            path.class == PathClass::Unknown || confinement.may_read(&path.path)
        }
        _ => true,
    }
}

/// Whether the effect is one of those on the network.
pub(super) const fn is_network(kind: EffectKind) -> bool {
    use EffectKind as K;
    matches!(kind, K::Connect | K::Fetch | K::Send | K::Install | K::Query | K::Change | K::Erase | K::Publish)
}

/// Whether a box permits the effect, or nothing is known that it would not permit.
pub(super) fn permits(confinement: &Confinement, effect: &Effect) -> bool {
    use EffectKind as K;
    if !readable(effect, confinement) {
        return false;
    }
    match effect.kind {
        kind if is_network(kind) => reaches(&confinement.network, effect),
        // Where nothing is confined, nothing is exceeded.
        _ if confinement.writes == Writes::Everywhere && confinement.network == Network::Online => true,
        K::Write | K::Append | K::Delete | K::Metadata | K::Destroy => match &effect.target {
            Target::Path(path) if path.class != PathClass::Unknown => writable(&path.path, confinement),
            _ => true,
        },
        K::Privilege | K::System | K::Service | K::Persist | K::Configure => false,
        // A sandboxed process sees and signals only its own.
        K::Signal => risk::is_own_job(effect),
        K::Commit | K::Rewrite | K::Discard => confinement.writes != Writes::Nowhere,
        _ => true,
    }
}

/// Whether a network permits a connection there. A host that is not known is not known to be refused.
fn reaches(network: &Network, effect: &Effect) -> bool {
    match network {
        Network::Online => true,
        Network::Offline | Network::Forbidden => false,
        Network::Hosts(hosts) => host_of(effect).is_none_or(|host| hosts.admits(&host, None)),
    }
}

/// Whether the box lets this absolute path be written.
fn writable(path: &str, confinement: &Confinement) -> bool {
    match &confinement.writes {
        Writes::Everywhere => true,
        Writes::Nowhere => false,
        // The nearest root says: a workspace in a temporary folder protects what it protects anywhere.
        Writes::Below(roots) => {
            let length = |root: &WritableRoot| root.path.trim_end_matches('/').len();
            let around = || roots.iter().filter(|root| within(path, &root.path));
            let nearest = around().map(length).max();
            around().filter(|root| Some(length(root)) == nearest).any(|root| !protects(root, path))
        }
    }
}

/// Whether the path is a protected place of a root, or lies in one.
fn protects(root: &WritableRoot, path: &str) -> bool {
    let rest = path.strip_prefix(root.path.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|rest| root.protected.iter().any(|place| paths::within(rest, place)))
}

/// Whether it is the box, and not what is known of the unit, that keeps it harmless: code that nobody read, or a place
/// that nobody knows. Such a unit was judged for the mode's box, and for no wider one.
pub(super) fn relies_on_box(unit: &Judged) -> bool {
    use EffectKind as K;
    unit.effects.iter().any(|(effect, _)| match effect.kind {
        K::Execute | K::Install | K::Unknown | K::Listen => true,
        _ => matches!(&effect.target, Target::Path(path) if path.class == PathClass::Unknown),
    })
}
