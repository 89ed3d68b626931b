//! Which kinds of effects a command has. Most that is asked of them is about a kind that it has none of.

use super::effect::{Effect, EffectKind};

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(u64);

const _: () = assert!(EffectKind::ALL.len() <= u64::BITS as usize, "every kind has a bit");

impl Kinds {
    /// Those of these effects.
    pub(super) fn of<'e>(effects: impl Iterator<Item = &'e Effect>) -> Self {
        Self(effects.fold(0, |set, effect| set | 1 << effect.kind as u32))
    }

    /// Whether one of these is among them.
    pub(super) fn have_any(self, kinds: &[EffectKind]) -> bool {
        kinds.iter().any(|kind| self.0 & 1 << *kind as u32 != 0)
    }
}
