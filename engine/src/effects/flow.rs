//! What flows from one command to another: a secret to the network, a download to an interpreter. Neither half may be
//! bad by itself; the pair is.

use super::effect::{Cause, Effect, EffectKind, PathClass, Target, Unit};
use super::infer::Effects;
use crate::resolve::{Input, NoteKind, Resolution};
use crate::shell::Span;
use std::collections::BTreeMap;

/// What a command's output carries.
#[derive(Clone, Copy, Debug, Default)]
struct Carried {
    secret: Option<Span>,
    download: Option<Span>,
}

impl Carried {
    fn with(self, other: Self) -> Self {
        Self {
            secret: self.secret.or(other.secret),
            download: self.download.or(other.download),
        }
    }
}

/// Adds the effects of flows.
pub fn flows(resolution: &Resolution, effects: &mut Effects) {
    let mut carried: BTreeMap<Unit, Carried> = BTreeMap::new();
    let mut added: Effects = Vec::new();
    for invocation in &resolution.invocations {
        let own = own(effects, invocation.unit);
        let mut into: Vec<Unit> = invocation
            .arguments
            .iter()
            .flat_map(|v| v.from.iter().copied())
            .collect();
        into.extend(
            invocation
                .environment
                .iter()
                .flat_map(|(_, v)| v.from.iter().copied()),
        );
        match &invocation.input {
            Input::Pipe(units) => into.extend(units),
            Input::Text(value) | Input::File(value) => into.extend(&value.from),
            Input::Inherited => {}
        }
        let received = into
            .iter()
            .filter_map(|unit| carried.get(unit))
            .fold(Carried::default(), |all, c| all.with(*c));
        carried.insert(invocation.unit, own.with(received));
        let does = |kinds: fn(EffectKind) -> bool| {
            effects
                .iter()
                .any(|(u, e)| *u == invocation.unit && kinds(e.kind))
        };
        // What a command is given may leave with any contact; what it reads itself leaves only if it sends something
        // (`ssh -i key` reads a key to prove who it is).
        let secret = received
            .secret
            .filter(|_| does(leaves))
            .or(own.secret.filter(|_| does(sends)));
        if let Some(secret) = secret {
            let effect = Effect::named(
                EffectKind::Send,
                "a secret",
                invocation.span.to(secret),
                Cause::Flow,
            );
            added.push((invocation.unit, effect));
        }
    }
    for note in &resolution.notes {
        let sources = match &note.kind {
            NoteKind::Code(_, units) | NoteKind::Unread(_, units) => units.as_slice(),
            NoteKind::Script(value, _) => value.from.as_slice(),
            _ => continue,
        };
        if let Some(download) = sources
            .iter()
            .filter_map(|unit| carried.get(unit)?.download)
            .next()
        {
            added.push((
                note.unit,
                Effect::named(
                    EffectKind::Execute,
                    "a download",
                    note.span.to(download),
                    Cause::Flow,
                ),
            ));
        }
    }
    written_and_run(effects, &mut added);
    for (unit, effect) in added {
        if !effects.iter().any(|(u, e)| {
            *u == unit
                && e.kind == effect.kind
                && e.target == effect.target
                && e.cause == Cause::Flow
        }) {
            effects.push((unit, effect));
        }
    }
}

fn own(effects: &Effects, unit: Unit) -> Carried {
    let mut own = Carried::default();
    for (_, effect) in effects.iter().filter(|(u, _)| *u == unit) {
        match effect.kind {
            EffectKind::Reveal => own.secret = own.secret.or(Some(effect.span)),
            EffectKind::Read if effect.class() == Some(PathClass::Secret) => {
                own.secret = own.secret.or(Some(effect.span))
            }
            EffectKind::Fetch => own.download = own.download.or(Some(effect.span)),
            _ => {}
        }
    }
    own
}

/// Whether data given to this leaves the machine. A name look-up is a message, too.
const fn leaves(kind: EffectKind) -> bool {
    matches!(
        kind,
        EffectKind::Connect
            | EffectKind::Fetch
            | EffectKind::Send
            | EffectKind::Query
            | EffectKind::Change
            | EffectKind::Publish
    )
}

/// Whether the command gives away what it reads.
const fn sends(kind: EffectKind) -> bool {
    matches!(kind, EffectKind::Send | EffectKind::Publish)
}

/// A file that a download was written to and that is then run.
fn written_and_run(effects: &Effects, added: &mut Effects) {
    let fetches: Vec<Unit> = effects
        .iter()
        .filter(|(_, e)| e.kind == EffectKind::Fetch)
        .map(|(u, _)| *u)
        .collect();
    if fetches.is_empty() {
        return;
    }
    for (unit, run) in effects
        .iter()
        .filter(|(_, e)| e.kind == EffectKind::Execute)
    {
        let Target::Path(file) = &run.target else {
            continue;
        };
        let written = effects.iter().any(|(u, e)| {
            fetches.contains(u)
                && matches!(e.kind, EffectKind::Write | EffectKind::Append)
                && matches!(&e.target, Target::Path(p) if p.path == file.path)
        });
        if written {
            added.push((
                *unit,
                Effect::named(EffectKind::Execute, "a download", run.span, Cause::Flow),
            ));
        }
    }
}
