//! Effects as they are gathered, each once: looked for one by one while there are few, as there mostly are, and in an index
//! past that, so that many operands cost no more each than one.

use super::effect::{Effect, EffectKind, Effects, Target, Unit};
use crate::index::FEW;
use crate::resolve::Resolution;
use std::collections::HashSet;
use std::ops::Deref;

/// So many are gathered: what is known of them is held against one another later on.
const MOST: usize = 4096;
/// And so many that are on hosts, of one command: each of those is held against all of its words.
const MOST_HOSTS: usize = 64;

/// What tells effects apart.
type Key = (Unit, EffectKind, Target);

/// A list of effects that knows which it has. It is changed only here, so that the index is never behind it.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    list: Effects,
    /// Made once there are many.
    index: Option<HashSet<Key>>,
    /// So many of the list are in the index.
    indexed: usize,
    /// Whether there are more than are gathered.
    more: bool,
}

impl Deref for Gathered {
    type Target = Effects;

    fn deref(&self) -> &Effects {
        &self.list
    }
}

impl Gathered {
    /// An empty list in this room.
    pub(super) fn within(list: Effects) -> Self {
        Self { list, ..Self::default() }
    }

    /// The list alone.
    pub(super) fn into_list(self) -> Effects {
        self.list
    }

    /// Whether there are more than are gathered.
    pub(super) const fn has_more(&self) -> bool {
        self.more
    }

    /// Adds an effect, unless the unit has one of its kind on the same already. Whether it is new.
    pub(super) fn add(&mut self, unit: Unit, effect: Effect) -> bool {
        if self.list.len() >= FEW && self.is_too_much(unit, &effect) {
            self.more = true;
            return false;
        }
        let new = if self.list.len() < FEW {
            !self.list.iter().any(|(u, e)| *u == unit && e.kind == effect.kind && e.target == effect.target)
        } else {
            self.is_new_to_index(unit, &effect)
        };
        if new {
            self.list.push((unit, effect));
        }
        new
    }

    /// Whether there are as many as are gathered without this one.
    fn is_too_much(&self, unit: Unit, effect: &Effect) -> bool {
        let host = |effect: &Effect| matches!(effect.target, Target::Host(_));
        let hosts = || self.list.iter().filter(|(u, e)| *u == unit && host(e)).count();
        self.list.len() >= MOST || host(effect) && hosts() >= MOST_HOSTS
    }

    fn is_new_to_index(&mut self, unit: Unit, effect: &Effect) -> bool {
        let index = self.index.get_or_insert_default();
        index.extend(self.list.iter().skip(self.indexed).map(|(unit, effect)| key(*unit, effect)));
        let new = index.insert(key(unit, effect));
        // The one that is new is about to be added.
        self.indexed = self.list.len() + usize::from(new);
        new
    }

    /// Keeps only these.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&(Unit, Effect)) -> bool) {
        let (mut at, mut taken) = (0, 0);
        self.list.retain(|entry| {
            let kept = keep(entry);
            if !kept && at < self.indexed {
                taken += 1;
                if let Some(index) = &mut self.index {
                    index.remove(&key(entry.0, &entry.1));
                }
            }
            at += 1;
            kept
        });
        self.indexed -= taken;
    }

    /// Those from `start` on, to be changed.
    pub(super) fn change(&mut self, start: usize) -> impl Iterator<Item = &mut (Unit, Effect)> {
        if let Some(index) = self.index.as_mut().filter(|_| start < self.indexed) {
            for (unit, effect) in self.list.iter().take(self.indexed).skip(start) {
                index.remove(&key(*unit, effect));
            }
            self.indexed = start;
        }
        self.list.iter_mut().skip(start)
    }
}

fn key(unit: Unit, effect: &Effect) -> Key {
    (unit, effect.kind, effect.target.clone())
}

/// What commands in files of the project do is done by the command of the proposal that runs the file. What is not known
/// of them is part of running the project's code, and their shell is not this one.
pub fn attribute(resolution: &Resolution, effects: &mut Effects) {
    let project = &resolution.project;
    if project.is_empty() {
        return;
    }
    let mut kept: HashSet<(Unit, Effect)> = HashSet::with_capacity(effects.len());
    effects.retain_mut(|(unit, effect)| {
        let owner = project.get(unit).copied();
        let part = matches!(effect.kind, EffectKind::Unknown | EffectKind::State);
        *unit = owner.unwrap_or(*unit);
        if owner.is_some() && part {
            return false;
        }
        let new = kept.insert((*unit, effect.clone()));
        new || owner.is_none()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::Cause;
    use crate::shell::Span;

    fn effect(kind: EffectKind, name: &str) -> Effect {
        Effect::named(kind, name, Span::default(), Cause::Shell)
    }

    #[test]
    fn many_are_each_gathered_once_and_it_is_said_that_there_are_more() {
        let mut gathered = Gathered::default();
        for round in 0..20 {
            for number in 1..MOST {
                assert_eq!(gathered.add(1, effect(EffectKind::Delete, &number.to_string())), round == 0);
            }
        }
        assert!(gathered.add(2, effect(EffectKind::Delete, "1")));
        assert!(gathered.len() == MOST && !gathered.has_more());
        assert!(!gathered.add(2, effect(EffectKind::Delete, "2")));
        assert!(gathered.len() == MOST && gathered.has_more());
    }

    #[test]
    fn a_command_has_no_more_hosts_than_are_held_against_its_words() {
        let mut gathered = Gathered::default();
        let on =
            |number: usize| Effect { target: Target::Host(number.to_string().into()), ..effect(EffectKind::Send, "") };
        for number in 0..MOST_HOSTS {
            assert!(gathered.add(1, on(number)) && gathered.add(2, on(number)) && !gathered.has_more());
        }
        assert!(!gathered.add(1, on(MOST_HOSTS)) && gathered.has_more());
        assert!(gathered.add(3, on(MOST_HOSTS)) && gathered.add(1, effect(EffectKind::Send, "x")));
    }

    #[test]
    fn what_is_taken_out_or_changed_may_come_again() {
        for many in [1, 10, 31, 32, 33, 500] {
            let names: Vec<String> = (0..many).map(|number| number.to_string()).collect();
            let mut gathered = Gathered::default();
            for name in &names {
                assert!(gathered.add(1, effect(EffectKind::Write, name)));
                assert!(gathered.add(2, effect(EffectKind::Write, name)));
            }
            gathered.retain(|(unit, _)| *unit != 2);
            for name in &names {
                assert!(gathered.add(2, effect(EffectKind::Write, name)), "{name} of {many} was taken out");
                assert!(!gathered.add(1, effect(EffectKind::Write, name)), "{name} of {many} is still there");
            }
            for (_, effect) in gathered.change(many / 2) {
                effect.kind = EffectKind::Delete;
            }
            for (at, name) in names.iter().enumerate() {
                assert_eq!(gathered.add(1, effect(EffectKind::Write, name)), at >= many / 2, "{name} of {many}");
                assert_eq!(gathered.add(1, effect(EffectKind::Delete, name)), at < many / 2, "{name} of {many}");
            }
        }
    }
}
