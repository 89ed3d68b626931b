//! What is aimed at guardian where its aim is known only when it runs: processes found by guardian's name or as
//! somebody's parent, its program found by its name, settings of agents below a path that is not known.

use super::effect::{Cause, Effect, EffectKind, PathClass, Target};
use crate::resolve::{Directory, Input, Invocation, Value, WHOEVER};
use guardian_rules::paths::last_name;
use guardian_rules::{Role, places};

/// What the parent of a process is called, in shells and languages: a command's parent is guardian's launcher, or the
/// agent that asks guardian.
pub const PARENT: &str = "ppid";

/// What a process is called that nothing looked for: its number stands in a file or a variable, and may be anybody's.
pub const ANYBODY: &str = "whichever process has that number";

/// The text of a word as far as it is known, code with its holes.
fn text(word: &Value) -> &str {
    word.sketch.as_deref().unwrap_or(&word.text)
}

/// Whether the command's words name guardian or a parent, so that what it prints may be theirs.
pub fn is_named_in(invocation: &Invocation) -> bool {
    let named = |rest: &[u8]| {
        let parent = rest.get(..PARENT.len()).is_some_and(|part| part.eq_ignore_ascii_case(PARENT.as_bytes()));
        parent || places::GUARDS.iter().any(|guard| rest.starts_with(guard.as_bytes()))
    };
    invocation.arguments.iter().map(|word| text(word).as_bytes()).any(|text| {
        let may_begin = |byte: u8| NAMED.get(usize::from(byte & 127)).is_some_and(|begins| *begins);
        text.iter().enumerate().any(|(at, byte)| may_begin(*byte) && text.get(at..).is_some_and(named))
    })
}

/// Which characters these names begin with.
#[expect(clippy::indexing_slicing, reason = "a constant has no other way, and is made by the compiler")]
static NAMED: [bool; 128] = {
    let (mut begins, mut entries) = ([false; 128], places::GUARDS);
    while let [guard, rest @ ..] = entries {
        if let [first, ..] = guard.as_bytes() {
            begins[(*first & 127) as usize] = true;
        }
        entries = rest;
    }
    if let [first, ..] = PARENT.as_bytes() {
        begins[(first.to_ascii_lowercase() & 127) as usize] = true;
        begins[(first.to_ascii_uppercase() & 127) as usize] = true;
    }
    begins
};

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

/// What other commands of the script gave to one.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Guardian's name, or a parent's number.
    pub guard: bool,
    /// Numbers of processes that somebody looked for.
    pub processes: bool,
    /// The script expands the number of a parent somewhere.
    pub parent: bool,
    /// The script went among settings of an agent, from where is not known.
    pub settings: bool,
    /// Where the script begins.
    pub start: &'a Directory,
}

/// What the command does to guardian or to agents' settings by its own words and by what it received.
pub fn effect(invocation: &Invocation, effects: &[&Effect], received: Received<'_>) -> Option<Effect> {
    let add = |kind, name| Some(Effect::named(kind, name, invocation.span, Cause::Flow));
    let aimed = effects.iter().find(|effect| is_aimed(effect));
    if let Some(aimed) = aimed {
        let signals = aimed.kind == EffectKind::Signal;
        if received.guard || (signals && (received.parent || is_named_in(invocation))) {
            return add(if signals { EffectKind::Signal } else { EffectKind::Weaken }, "guardian");
        }
        let somewhere = matches!(invocation.directory, Directory::Matched(_) | Directory::Unknown);
        if received.settings && !signals && somewhere {
            return add(EffectKind::Weaken, SETTINGS);
        }
    }
    let does = |kinds: fn(EffectKind) -> bool| effects.iter().any(|effect| kinds(effect.kind));
    let unknown = does(|kind| kind == EffectKind::Unknown);
    let code = if let Input::Text(code) = &invocation.input { Some(code) } else { None };
    let words = || invocation.arguments.iter().chain(code);
    let whoever = effects.iter().any(|e| e.kind == EffectKind::Signal && e.target_text() == WHOEVER);
    if (whoever && !received.processes) || (unknown && words().any(|word| reaches_processes(text(word)))) {
        return add(EffectKind::Signal, ANYBODY);
    }
    if (aimed.is_some() || unknown) && words().any(names_settings) {
        return add(EffectKind::Weaken, SETTINGS);
    }
    if does(runs) && asks_nobody(invocation) {
        return add(EffectKind::Weaken, "an agent's approvals");
    }
    if does(|kind| runs(kind) || matches!(kind, EffectKind::Commit | EffectKind::Configure))
        && is_led_to_settings(invocation, received.start)
    {
        return add(EffectKind::Weaken, SETTINGS);
    }
    let named = |effect: &&Effect| places::GUARDS.iter().any(|guard| effect.target_text().contains(guard));
    let installed = effects.iter().any(|effect| changes_what_is_installed(effect)) && !effects.iter().any(named);
    let replaced = effects.iter().any(|effect| effect.kind == EffectKind::Install);
    if (installed || replaced) && invocation.arguments.iter().any(is_package) {
        return add(EffectKind::Weaken, "guardian");
    }
    None
}

/// Whether something runs that is not read here.
const fn runs(kind: EffectKind) -> bool {
    matches!(kind, EffectKind::Execute | EffectKind::Install | EffectKind::Unknown)
}

const SETTINGS: &str = "settings of an agent or of guardian";

/// Whether an option, or the script in front of it, makes a folder of such settings the one to work in. `start` is where
/// the script begins: who works among such settings anyway is not led there.
fn is_led_to_settings(invocation: &Invocation, start: &Directory) -> bool {
    let told = invocation.binding.iter().filter(|binding| binding.value_roles.have(Role::Directory));
    let mut options = told.flat_map(|binding| &binding.options);
    let led = options.any(|bound| {
        bound.role == Some(Role::Directory) && bound.value.as_ref().is_some_and(|value| has_settings(text(value)))
    });
    let moved = || {
        let lies = |directory: &Directory| {
            let has = |one: &Directory| matches!(one, Directory::Known(path) | Directory::Matched(path) if has_settings(path));
            directory.each().iter().any(has)
        };
        invocation.directory != *start && lies(&invocation.directory) && !lies(start)
    };
    led || moved()
}

fn asks_nobody(invocation: &Invocation) -> bool {
    invocation.arguments.iter().any(|word| word.text.starts_with("--") && places::ASKS_NOBODY.contains(&&*word.text))
}

/// Whether what the command runs matters here, whatever it does.
pub fn is_watched(invocation: &Invocation, start: &Directory) -> bool {
    asks_nobody(invocation) || is_led_to_settings(invocation, start)
}

/// Whether code reaches processes by their numbers and ends them.
fn reaches_processes(code: &str) -> bool {
    let (reaches, ends) = places::REACHES_PROCESSES;
    reaches.iter().any(|name| contains(code, name)) && ends.iter().any(|name| contains(code, name))
}

/// Whether the word is not wholly known, or code, and names settings of an agent or of guardian.
fn names_settings(word: &Value) -> bool {
    let text = text(word);
    let composed = word.sketch.is_some() || text.contains(['(', '\n', ' ']);
    composed && has_settings(text)
}

/// Whether the text has a place of such settings in it.
fn has_settings(text: &str) -> bool {
    // Many words are shorter than any of them.
    if text.len() < FRONT {
        return false;
    }
    let named = |rest: &str| {
        let Some(front) = rest.as_bytes().first_chunk() else { return false };
        places::AGENTS.iter().zip(&FRONTS).filter(|(_, first)| *first == front).any(|(place, _)| {
            let place = place.strip_prefix("~/").unwrap_or(place).trim_end_matches('*');
            rest.strip_prefix(place).is_some_and(|after| {
                !after.starts_with(|next: char| next.is_alphanumeric() || next == '-' || next == '_')
            })
        })
    };
    // What is not ASCII is taken for something else here, and looked at in vain.
    let behind = |one: u8| BEGINNINGS.get(usize::from(one & 127)).copied().unwrap_or_default();
    let begins = |one: u8| FIRSTS.get(usize::from(one & 127)).copied().unwrap_or_default();
    let may_begin =
        |pair: &[u8]| matches!(pair, [one, other] if begins(*one) && (behind(*one) >> (other & 127)) & 1 == 1);
    let mut pairs = text.as_bytes().windows(2).enumerate();
    pairs.any(|(at, pair)| may_begin(pair) && text.get(at..).is_some_and(named))
}

/// Whether a place of such settings begins with the character.
#[expect(clippy::indexing_slicing, reason = "a constant has no other way, and is made by the compiler")]
static FIRSTS: [bool; 128] = {
    let (mut firsts, mut at) = ([false; 128], 0);
    while at < FRONTS.len() {
        firsts[(FRONTS[at][0] & 127) as usize] = true;
        at += 1;
    }
    firsts
};

/// Of each character, the second ones of places of such settings that begin with it: few words have both.
#[expect(clippy::indexing_slicing, reason = "a constant has no other way, and is made by the compiler")]
static BEGINNINGS: [u128; 128] = {
    let (mut behind, mut at) = ([0; 128], 0);
    while at < FRONTS.len() {
        let [one, other, ..] = FRONTS[at];
        behind[(one & 127) as usize] |= 1 << (other & 127);
        at += 1;
    }
    behind
};

/// So long is at least what places of such settings begin with.
const FRONT: usize = 4;

/// What each place of such settings begins with.
#[expect(clippy::indexing_slicing, reason = "a constant has no other way, and is made by the compiler")]
static FRONTS: [[u8; FRONT]; places::AGENTS.len()] = {
    let (mut fronts, mut at) = ([[0; FRONT]; places::AGENTS.len()], 0);
    while at < fronts.len() {
        fronts[at] = match places::AGENTS[at].as_bytes() {
            [b'~', b'/', a, b, c, d, ..] | [a, b, c, d, ..] => [*a, *b, *c, *d],
            _ => panic!("a place has four characters at least"),
        };
        assert!(fronts[at][3] != b'*', "a place has four characters in front of a star");
        at += 1;
    }
    fronts
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
    let name = last_name(&word.text);
    let name = name.split(['@', ':', '.', '=', '<', '>', '~', '[']).next().unwrap_or_default();
    places::GUARDS.contains(&name)
}
