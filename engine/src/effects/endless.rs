//! What is taken from a source without end, a device or a command that never stops, until nothing is left of the memory
//! or the disk, or whoever looks at it gives up. What only takes time (`tail -f`, `sleep`, a loop that waits) uses
//! nothing up, and is for whoever runs it to end.

use super::effect::{Cause, Effect, EffectKind, Effects, PathClass, Target, Unit};
use super::sizes::{VAST, bytes};
use crate::resolve::{Binding, Input, Invocation, NoteKind, Resolution, Value};
use guardian_rules::{Output, Property, Role, Style, places};

/// Adds that the machine is used up, to the last command that takes from such a source with nothing behind it that ends.
pub fn endless(resolution: &Resolution, effects: &mut Effects) {
    let device = |(_, e): &(Unit, Effect)| is_endless(e);
    let may_run_on = |it: &Binding| it.operand_roles.have(Role::Count) || it.output() == Output::Endless;
    let bindings = || resolution.invocations.iter().filter_map(|it| it.binding.as_ref());
    if !effects.iter().any(device) && !bindings().any(may_run_on) {
        return;
    }
    let mut units: Vec<Unit> = Vec::new();
    for invocation in &resolution.invocations {
        let own: Vec<&Effect> = effects.iter().filter(|(unit, _)| *unit == invocation.unit).map(|(_, e)| e).collect();
        let source = runs_on(invocation) || own.iter().any(|e| is_endless(e) && is_copied(e, invocation));
        let taken = || taken(invocation).any(|unit| units.contains(&unit)) && passes_on(invocation, &own);
        if own.iter().all(|e| keeps(e)) && (source || taken()) && !ends(invocation, resolution) {
            units.push(invocation.unit);
        }
    }
    let last = |unit: &Unit| !resolution.invocations.iter().any(|i| taken(i).any(|taken| taken == *unit));
    for unit in
        units.into_iter().filter(last).filter(|unit| !is_dropped(resolution, effects, *unit)).collect::<Vec<_>>()
    {
        let mut own = effects.iter().filter(|(other, _)| *other == unit).map(|(_, e)| e);
        let what = if own.any(writes) { "the disk is filled" } else { "what has no end is read" };
        let Some(invocation) = resolution.invocation(unit) else { continue };
        effects.push((unit, Effect::named(EffectKind::Exhaust, what, invocation.span, Cause::Flow)));
    }
}

/// Whether a command prints without end, or so much that no disk holds it.
fn runs_on(invocation: &Invocation) -> bool {
    let Some(binding) = invocation.binding.as_ref() else { return false };
    counts_far(binding, invocation) || binding.output() == Output::Endless
}

/// Whether this is where counting leads: `seq LAST`, `seq FIRST LAST`, `seq FIRST INCREMENT LAST`.
fn counts_far(binding: &Binding, invocation: &Invocation) -> bool {
    const FAR: f64 = 1e11;
    let numbers: Option<Vec<f64>> =
        binding.operands_of(Role::Count, &invocation.arguments).map(|word| word.known()?.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1.0, 1.0, *last),
        Some([first, last]) => (*first, 1.0, *last),
        Some([first, step, last]) => (*first, *step, *last),
        _ => return false,
    };
    (last - first) / step >= FAR
}

/// Whether what a command only prints goes nowhere: `yes > /dev/null`. A job that nothing stops keeps the machine busy, and
/// nobody waits for it.
fn is_dropped(resolution: &Resolution, effects: &Effects, unit: Unit) -> bool {
    let stopped = || effects.iter().any(|(_, e)| e.kind == EffectKind::Signal);
    if resolution.jobs.iter().any(|job| job.contains(&unit)) && !stopped() {
        return false;
    }
    let dropped = |kind: &NoteKind| matches!(kind, NoteKind::Redirect(to) if to.target.known() == Some("/dev/null"));
    let prints = resolution.invocation(unit).is_some_and(|i| i.output() == Output::Endless);
    prints && resolution.notes.iter().any(|note| note.unit == unit && dropped(&note.kind))
}

/// Whether an effect is the read of a device that has no end. What code in another language reads of one it may count.
fn is_endless(effect: &Effect) -> bool {
    effect.kind == EffectKind::Read
        && !matches!(effect.cause, Cause::Dialect(_))
        && matches!(&effect.target, Target::Path(path) if places::ENDLESS.contains(&&*path.path))
}

/// Whether a device is read to its end: on the input, as an operand, or as dd's `if=`. What an option names may be read as
/// far as it is needed (`shuf --random-source`).
fn is_copied(effect: &Effect, invocation: &Invocation) -> bool {
    let Some(binding) = invocation.binding.as_ref().filter(|_| effect.cause != Cause::Redirection) else {
        return true;
    };
    let mut operands = binding.operands_in(&invocation.arguments).filter_map(|(_, word)| word.known());
    let device = effect.target_text();
    let named = |word: &str| word == device || invocation.directory.join(word).is_some_and(|path| path == device);
    binding.spec.style() == Style::Keyword || operands.any(named)
}

/// Whether a command with this effect copies, filters or keeps what it reads, as far as it goes. A device that is written
/// ends itself, and what does more than this has its own ways to end.
fn keeps(effect: &Effect) -> bool {
    match effect.kind {
        EffectKind::Read | EffectKind::Inspect => true,
        EffectKind::Write | EffectKind::Append => effect.class() != Some(PathClass::Device),
        _ => false,
    }
}

fn writes(effect: &Effect) -> bool {
    matches!(effect.kind, EffectKind::Write | EffectKind::Append) && effect.class() != Some(PathClass::Sink)
}

/// The commands whose output is what it reads: through a pipe, or by the name of one.
fn taken(invocation: &Invocation) -> impl Iterator<Item = Unit> {
    let piped: &[Unit] = match &invocation.input {
        Input::Pipe(piped) => &piped.units,
        Input::Text(_) | Input::File(_) | Input::Inherited => &[],
    };
    let named = |word: &&Value| word.known().is_some_and(|text| text.starts_with("/dev/fd/"));
    piped.iter().chain(invocation.arguments.iter().filter(named).flat_map(|word| &word.from)).copied()
}

/// Whether a command goes on as long as its input does: it prints lines of it, or reads nothing else. Code may end it.
fn passes_on(invocation: &Invocation, own: &[&Effect]) -> bool {
    let Some(binding) = &invocation.binding else {
        return false;
    };
    let code = binding.operands.iter().map(|(_, role)| *role).chain(binding.options.iter().filter_map(|b| b.role));
    !code.into_iter().any(guardian_rules::Role::is_code)
        && (invocation.output().is_filter() || !own.iter().any(|e| e.kind == EffectKind::Read))
}

/// Whether it ends by itself, or what runs it ends it.
fn ends(invocation: &Invocation, resolution: &Resolution) -> bool {
    let limited = |b: &Binding| b.spec.ends() || b.has(Property::Limits);
    let itself = |i: &Invocation| i.binding.as_ref().is_some_and(|b| limited(b) && !is_vast(b));
    let mut at = invocation;
    // A command has a lower number than what it runs.
    while !itself(at) {
        match at.via.and_then(|unit| resolution.invocation(unit)).filter(|i| i.unit < at.unit) {
            Some(outer) => at = outer,
            None => return false,
        }
    }
    true
}

/// Whether what may be taken is more than most disks hold: `head -c 1T`, `dd bs=1G count=1000`.
fn is_vast(binding: &Binding) -> bool {
    // Blocks are of one size where dd is told of none. (dd(1))
    let keyword = binding.spec.style() == Style::Keyword;
    let said = |name: &str| {
        let option = binding.spec.option(name).filter(|_| keyword)?;
        binding.options.iter().find(|b| b.option == option)?.value.as_ref()?.known().and_then(bytes)
    };
    let block = said("bs=").or_else(|| said("ibs=")).unwrap_or(if keyword { 512 } else { 1 });
    let limit = binding.options.iter().find(|b| b.option.property() == Some(Property::Limits));
    let Some(count) = limit.and_then(|b| b.value.as_ref()?.known()) else {
        return false;
    };
    // All but so much of what has no end has no end. Of what is counted in bytes, blocks do not matter.
    let block = if count.ends_with('B') { 1 } else { block };
    count.starts_with('-') || bytes(count).is_some_and(|count| count.saturating_mul(block) >= VAST)
}
