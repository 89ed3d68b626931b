//! Programs that go on when the script has ended: what `&` starts and nobody waits for, `nohup`, `setsid`. Where one lies in
//! a temporary folder, and the script has not put it there itself, nobody will look at it again.

use super::effect::{Cause, Effect, EffectKind, Effects, PathClass, Target, Unit};
use crate::resolve::Resolution;

/// What a spec says of a command that lets another one go on.
pub(super) const JOBS: &str = "jobs";

/// Adds that such a program stays behind.
pub fn detached(resolution: &Resolution, effects: &mut Effects) {
    let strange = |e: &Effect| e.kind == EffectKind::Execute && e.class() == Some(PathClass::Temporary);
    if !effects.iter().any(|(_, e)| strange(e)) {
        return;
    }
    let lets_go = |unit: Unit| {
        let jobs = |e: &Effect| e.kind == EffectKind::State && e.target_text() == JOBS;
        effects.iter().any(|(own, e)| *own == unit && jobs(e))
    };
    let waits = resolution.invocations.iter().any(|i| i.name == "wait");
    let own = |e: &Effect| {
        let made = |kind| matches!(kind, EffectKind::Write | EffectKind::Append);
        effects.iter().any(|(_, other)| made(other.kind) && other.target_text() == e.target_text())
    };
    let stays = |unit: Unit| {
        // A command has a lower number than what it runs.
        let outer = |unit: &Unit| resolution.invocation(*unit).and_then(|i| i.via).filter(|via| via < unit);
        let mut around = std::iter::successors(Some(unit), outer);
        !waits && resolution.jobs.iter().any(|job| job.contains(&unit)) || around.any(lets_go)
    };
    let found: Vec<_> = effects.iter().filter(|(unit, e)| strange(e) && stays(*unit) && !own(e)).cloned().collect();
    for (unit, effect) in found {
        let what = Target::Named("code that stays behind".into());
        effects.push((unit, Effect { target: what, cause: Cause::Shell, ..effect }));
    }
}
