//! What is aimed at guardian where its aim is known only when it runs: processes found by guardian's name or as
//! somebody's parent, its program found by its name, settings of agents below a path that is not known.

use super::effect::{Cause, Effect, EffectKind, PathClass, Target};
use crate::resolve::{Input, Invocation, Value};
use guardian_rules::places;

/// What the parent of a process is called, in shells and languages: a command's parent is guardian's launcher, or the
/// agent that asks guardian.
pub const PARENT: &str = "ppid";

/// The text of a word as far as it is known, code with its holes.
fn text(word: &Value) -> &str {
    word.sketch.as_deref().unwrap_or(&word.text)
}

/// Whether the command's words name guardian or a parent, so that what it prints may be theirs.
pub fn is_named_in(invocation: &Invocation) -> bool {
    invocation.arguments.iter().map(text).any(|text| {
        let parent = text.as_bytes().windows(PARENT.len()).any(|part| part.eq_ignore_ascii_case(PARENT.as_bytes()));
        parent || places::GUARDS.iter().any(|guard| contains(text, guard))
    })
}

/// As [`str::contains`], without the preparations that pay for texts longer than words are.
fn contains(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    text.len() >= word.len() && text.windows(word.len()).any(|part| part.first() == word.first() && part == word)
}

/// Whether the effect ends processes, or changes files, of which it is not known which.
pub fn is_aimed(effect: &Effect) -> bool {
    use EffectKind as K;
    match (effect.kind, &effect.target) {
        (K::Signal, target) => {
            let name = if let Target::Named(name) = target { &**name } else { "" };
            name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit())
        }
        (K::Write | K::Append | K::Delete | K::Metadata | K::Destroy, Target::Path(path)) => {
            path.class == PathClass::Unknown
        }
        (K::Write | K::Append | K::Delete | K::Metadata | K::Destroy, _) => true,
        _ => false,
    }
}

/// Whether the command's words name settings of an agent or of guardian, so that what it prints may be where they are.
pub fn lists_settings(invocation: &Invocation) -> bool {
    invocation.arguments.iter().map(text).any(has_settings)
}

/// What the command does to guardian or to agents' settings by its own words. `received` says that another command gave it
/// guardian's name or a parent's number, `parent` that the script expands the latter somewhere.
pub fn effect(invocation: &Invocation, effects: &[&Effect], received: bool, parent: bool) -> Option<Effect> {
    let add = |kind, name| Some(Effect::named(kind, name, invocation.span, Cause::Flow));
    let aimed = effects.iter().find(|effect| is_aimed(effect));
    if let Some(aimed) = aimed {
        let signals = aimed.kind == EffectKind::Signal;
        if received || (signals && (parent || is_named_in(invocation))) {
            return add(if signals { EffectKind::Signal } else { EffectKind::Weaken }, "guardian");
        }
    }
    let unknown = effects.iter().any(|effect| effect.kind == EffectKind::Unknown);
    let code = if let Input::Text(code) = &invocation.input { Some(code) } else { None };
    if (aimed.is_some() || unknown) && invocation.arguments.iter().chain(code).any(names_settings) {
        return add(EffectKind::Weaken, "settings of an agent or of guardian");
    }
    let named = |effect: &&Effect| places::GUARDS.iter().any(|guard| effect.target_text().contains(guard));
    let installed = effects.iter().any(|effect| changes_what_is_installed(effect)) && !effects.iter().any(named);
    let replaced = effects.iter().any(|effect| effect.kind == EffectKind::Install);
    if (installed || replaced) && invocation.arguments.iter().any(is_package) {
        return add(EffectKind::Weaken, "guardian");
    }
    None
}

/// Whether the word is not wholly known, or code, and names settings of an agent or of guardian.
fn names_settings(word: &Value) -> bool {
    let text = text(word);
    let composed = word.sketch.is_some() || text.contains(['(', '\n', ' ']);
    composed && has_settings(text)
}

/// Whether the text has a place of such settings in it.
fn has_settings(text: &str) -> bool {
    let may_begin = |byte: u8| byte.is_ascii() && (BEGINNINGS >> byte) & 1 == 1;
    let named = |rest: &str| {
        places::AGENTS.iter().any(|place| {
            let place = place.strip_prefix("~/").unwrap_or(place).trim_end_matches('*');
            rest.strip_prefix(place).is_some_and(|after| {
                !after.starts_with(|next: char| next.is_alphanumeric() || next == '-' || next == '_')
            })
        })
    };
    text.bytes().enumerate().any(|(at, byte)| may_begin(byte) && text.get(at..).is_some_and(named))
}

/// The characters that places of such settings begin with: few words have one.
const BEGINNINGS: u128 = {
    let (mut set, mut entries) = (0, places::AGENTS);
    while let [place, rest @ ..] = entries {
        if let [b'~', b'/', first, ..] | [first, ..] = place.as_bytes() {
            set |= 1 << (*first & 127);
        }
        entries = rest;
    }
    set
};

/// Whether the effect is on programs, settings or services of this machine.
pub fn changes_what_is_installed(effect: &Effect) -> bool {
    use EffectKind as K;
    match (effect.kind, &effect.target) {
        (K::Configure | K::Service, _) => true,
        (K::Delete | K::Write, Target::Path(path)) => {
            use PathClass as P;
            !path.inside
                && !matches!(path.class, P::Sink | P::Temporary | P::Regenerable | P::WorkspaceRoot | P::Unknown)
        }
        _ => false,
    }
}

/// Whether the word is guardian's name as managers of packages and services write it.
fn is_package(word: &Value) -> bool {
    // A scope, a tap or a repository may stand in front, a version behind.
    let name = word.text.rsplit('/').next().unwrap_or_default();
    let name = name.split(['@', ':', '.', '=', '<', '>', '~', '[']).next().unwrap_or_default();
    places::GUARDS.contains(&name)
}
