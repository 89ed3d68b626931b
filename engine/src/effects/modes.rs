//! Modes of files: who may read, write and run them. (chmod(1), "MODE")

use super::effect::{Cause, Effect, EffectKind, PathClass, Target, Unit};
use super::infer::Inference;
use super::roles;
use crate::resolve::{Binding, Invocation};
use guardian_rules::Role;

impl Inference<'_> {
    /// A mode that lets others read a secret, or that nobody may read a tree with.
    pub(super) fn opened(&mut self, invocation: &Invocation, binding: &Binding, start: usize) {
        let mode = binding.operands.iter().find(|(_, role)| *role == Role::Mode);
        let Some(mode) = mode.and_then(|(i, _)| invocation.arguments.get(*i)) else { return };
        let changed = |(_, e): &&(Unit, Effect)| e.kind == EffectKind::Metadata;
        let secret = |e: &&(Unit, Effect)| changed(e) && e.1.class() == Some(PathClass::Secret);
        if roles::opens(&mode.text) && self.effects.iter().skip(start).any(|e| secret(&e)) {
            let effect = Effect::named(EffectKind::Weaken, "the secrecy of a file", mode.span, Cause::Program);
            self.add(invocation.unit, effect);
        }
        let tree =
            |e: &&(Unit, Effect)| changed(e) && matches!(&e.1.target, Target::Path(path) if path.tree || !path.exact);
        if locks(&mode.text) && self.effects.iter().skip(start).any(|e| tree(&e)) {
            let effect = Effect::named(EffectKind::Metadata, "the right to read it", mode.span, Cause::Program);
            self.add(invocation.unit, effect);
        }
    }
}

/// Whether a mode takes from the owner of a file the right to read it.
fn locks(mode: &str) -> bool {
    if !mode.is_empty() && mode.bytes().all(|b| b.is_ascii_digit()) {
        return u32::from_str_radix(mode, 8).unwrap_or(0o400) & 0o400 == 0;
    }
    mode.split(',').any(|clause| {
        let Some(at) = clause.find(['+', '=', '-']) else { return false };
        let (who, what) = clause.split_at(at);
        let owner = who.is_empty() || who.contains(['u', 'a']);
        owner
            && (what.starts_with('-') && what.contains('r')
                || what.starts_with('=') && !what.contains(['r', 'u', 'g', 'o']))
    })
}

#[cfg(test)]
mod tests {
    use super::locks;

    #[test]
    fn a_mode_that_nobody_can_read_with_is_told_from_others() {
        for mode in ["000", "0", "077", "a-rwx", "u-r", "-r", "a=", "=", "u=w,g=r"] {
            assert!(locks(mode), "{mode}");
        }
        for mode in ["400", "755", "0644", "u+r", "go-rwx", "a=r", "-x", "u-w", "g=u", "+x", "go="] {
            assert!(!locks(mode), "{mode}");
        }
    }
}
