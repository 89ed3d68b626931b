//! Secrets of the workspace that a command uses and tells nobody: it counts or compares them, changes them in place, seals
//! them, or puts them beside themselves under a name that says as much, so that whoever reads that reads a secret.

use super::effect::{Cause, Effect, EffectKind, PathClass, Target, Unit};
use super::inference::Inference;
use super::map::Extent;
use crate::facts::FileKind;
use crate::resolve::{Binding, Invocation, NoteKind, Value};
use guardian_rules::Output;

/// Whether nothing of what is read is printed, so that nobody knows it who does not look at what is written.
pub(super) const fn tells_nothing(output: Output) -> bool {
    matches!(output, Output::Sealed | Output::Copied) || only_counts(output)
}

/// The same, where nothing is written that holds it either.
const fn only_counts(output: Output) -> bool {
    matches!(output, Output::Quiet | Output::Counted | Output::Number | Output::Numbers)
}

impl Inference<'_> {
    /// Whether the effect is on one file of the workspace that is a secret by its own name, and not by what links in it lead to.
    pub(super) fn is_own_secret(&self, effect: &Effect) -> bool {
        let Target::Path(path) = &effect.target else { return false };
        let one = || !path.tree || self.map.facts.kind(&path.path) == Some(FileKind::File);
        path.class == PathClass::Secret && path.inside && path.exact && one() && self.is_secret_by_name(&path.path)
    }

    fn is_secret_by_name(&self, path: &str) -> bool {
        self.map.classify(path, Extent::ITSELF) == PathClass::Secret
    }

    /// Notes which secrets are only used by a command, whose effects begin at `start`.
    pub(super) fn used_only(&mut self, invocation: &Invocation, binding: &Binding, start: usize) {
        use EffectKind as K;
        let unit = invocation.unit;
        if !self.since(unit, start).any(|e| e.kind == K::Read && self.is_own_secret(e)) || self.does_more(invocation) {
            return;
        }
        // What it writes to a descriptor is told, and is no effect. Without a place to write to it may print.
        let said = |word: &Value| word.known().is_some_and(|text| !text.contains("/dev/"));
        let placed = binding.output() != Output::Copied || self.since(unit, start).any(|e| e.kind == K::Write);
        let kept = self.since(unit, start).all(|e| self.keeps_secret(e, binding.output()));
        if !placed || !kept || !invocation.arguments.iter().all(said) {
            return;
        }
        self.mark(unit, start, binding.spec.name());
    }

    /// Whether a command may be read in another way, or its words hold code that does something.
    fn does_more(&self, invocation: &Invocation) -> bool {
        let more = |kind: &NoteKind| match kind {
            NoteKind::Redirect(_) => false,
            NoteKind::Dialect(_, actions, _) => !actions.is_empty(),
            _ => true,
        };
        let otherwise = invocation.binding.as_ref().is_some_and(|binding| binding.otherwise.is_some());
        otherwise || self.resolution.notes.iter().any(|note| note.unit == invocation.unit && more(&note.kind))
    }

    /// Whether a secret is one after this effect, too.
    fn keeps_secret(&self, effect: &Effect, output: Output) -> bool {
        use EffectKind as K;
        let Target::Path(path) = &effect.target else {
            // Who keeps the key seals it, and is not told what is sealed.
            return effect.kind == K::Query && output == Output::Sealed;
        };
        match effect.kind {
            K::Read | K::Inspect => true,
            K::Write | K::Append if !path.inside || !path.exact => false,
            K::Write | K::Append => output == Output::Sealed || self.is_secret_by_name(&path.path),
            K::Delete => output == Output::Copied && self.is_own_secret(effect),
            _ => false,
        }
    }

    /// The same of a secret that a command is given on its input, where all else that it does is to read.
    pub(super) fn used_as_input(&mut self, unit: Unit, start: usize) {
        let Some(invocation) = self.resolution.invocation(unit) else { return };
        let reads = |e: &Effect| matches!(e.kind, EffectKind::Read | EffectKind::Inspect);
        if !only_counts(invocation.output()) || self.does_more(invocation) || !self.since(unit, 0).all(reads) {
            return;
        }
        let name = invocation.binding.as_ref().map_or("", |binding| binding.spec.name());
        self.mark(unit, start, name);
    }

    fn mark(&mut self, unit: Unit, start: usize, name: &'static str) {
        use EffectKind as K;
        let own =
            |(of, e): &(Unit, Effect)| *of == unit && matches!(e.kind, K::Read | K::Delete) && self.is_own_secret(e);
        let own: Vec<bool> = self.effects.iter().skip(start).map(own).collect();
        for ((_, effect), _) in self.effects.change(start).zip(own).filter(|(_, own)| *own) {
            effect.cause = Cause::Used(name);
        }
    }
}
