//! Modes of files: who may read, write and run them. (chmod(1), "MODE")

use super::effect::{Cause, Effect, EffectKind, PathClass, PathTarget, Target, Unit};
use super::inference::Inference;
use super::map::Extent;
use crate::resolve::{Binding, Directory, Invocation, Value};
use guardian_rules::Role;

/// What is said of a tree, or of files that a pattern names, whose owner is kept from reading them.
pub(crate) const LOCKED: &str = "a tree that its owner cannot read";

impl Inference<'_> {
    /// A mode that lets others read a secret, or that nobody may read a tree with.
    pub(super) fn opened(&mut self, invocation: &Invocation, binding: &Binding, start: usize) {
        if binding.value_roles.have(Role::ModeOf) {
            self.taken_over(invocation, binding, start);
        }
        let Some(mode) = binding.operands_of(Role::Mode, &invocation.arguments).next() else { return };
        let changed = |(_, e): &&(Unit, Effect)| e.kind == EffectKind::Metadata;
        // What a pattern matches may count for more as something else.
        let reads = |path: &PathTarget| Extent { tree: path.tree, pattern: !path.exact };
        let keeps = |path: &PathTarget| self.map.classify(&path.path, reads(path)) == PathClass::Secret;
        let is = |path: &PathTarget| path.class == PathClass::Secret || keeps(path);
        let secret = |e: &&(Unit, Effect)| changed(e) && matches!(&e.1.target, Target::Path(path) if is(path));
        if opens(&mode.text) && self.effects.iter().skip(start).any(|e| secret(&e)) {
            let effect = Effect::named(EffectKind::Weaken, "the secrecy of a file", mode.span, Cause::Program);
            self.add(invocation.unit, effect);
        }
        // What names a whole tree has been told of already.
        let some = |e: &(Unit, Effect)| matches!(&e.1.target, Target::Path(path) if path.tree || !path.exact);
        let told = self.effects.iter().skip(start).any(|(_, e)| e.target_text() == LOCKED);
        if locks_out(&mode.text) && !told && self.effects.iter().skip(start).any(|e| changed(&e) && some(e)) {
            let effect = Effect::named(EffectKind::Metadata, LOCKED, mode.span, Cause::Program);
            self.add(invocation.unit, effect);
        }
    }

    /// The mode of another file, which nobody knows: one that a secret is given may let others read it, and files from outside
    /// may be such that anybody writes them, or that run as their owner.
    fn taken_over(&mut self, invocation: &Invocation, binding: &Binding, start: usize) {
        let secret = |(_, e): &(Unit, Effect)| e.kind == EffectKind::Metadata && e.class() == Some(PathClass::Secret);
        let directory = binding.directory(&invocation.directory);
        let foreign = |value: &Value| {
            let class = |folder: &Directory| self.map.target(value, folder).class;
            let own = |class| matches!(class, PathClass::Workspace | PathClass::Regenerable);
            directory.each().iter().any(|folder| !own(class(folder)))
        };
        let of = binding.options.iter().find(|bound| bound.role == Some(Role::ModeOf));
        let Some(other) = of.and_then(|bound| bound.value.as_ref()) else { return };
        if foreign(other) || self.effects.iter().skip(start).any(secret) {
            let what = format!("the mode of {}", other.text);
            self.add(invocation.unit, Effect::named(EffectKind::Weaken, &what, other.span, Cause::Program));
        }
    }
}

/// Whether a chmod mode lets others than the owner read or write. (chmod(1), "MODE")
fn opens(mode: &str) -> bool {
    if !mode.is_empty() && mode.bytes().all(|b| b.is_ascii_digit()) {
        return u32::from_str_radix(mode, 8).unwrap_or(0o7777) & 0o066 != 0;
    }
    mode.split(',').any(|clause| {
        clause.find(['+', '=']).is_some_and(|at| {
            let (who, what) = clause.split_at(at);
            (who.is_empty() || who.contains(['g', 'o', 'a'])) && what.contains(['r', 'w', 'u', 'g', 'o'])
        })
    })
}

/// Whether a chmod mode keeps the owner from reading. (chmod(1), "MODE")
pub(super) fn locks_out(mode: &str) -> bool {
    if !mode.is_empty() && mode.bytes().all(|b| b.is_ascii_digit()) {
        return u32::from_str_radix(mode, 8).is_ok_and(|bits| bits & 0o400 == 0);
    }
    mode.split(',').any(|clause| {
        let (who, what) = clause.split_at(clause.find(['+', '-', '=']).unwrap_or(clause.len()));
        let own = who.is_empty() || who.contains(['u', 'a']);
        own && (what.starts_with('-') && what.contains('r') || what.starts_with('=') && !what.contains(['r', 'u']))
    })
}

#[cfg(test)]
mod tests {
    use super::locks_out;

    #[test]
    fn a_mode_that_nobody_can_read_with_is_told_from_others() {
        for mode in ["000", "0", "077", "a-rwx", "u-r", "-r", "a=", "=", "u=w,g=r"] {
            assert!(locks_out(mode), "{mode}");
        }
        for mode in ["400", "755", "0644", "u+r", "go-rwx", "a=r", "-x", "u-w", "g=u", "+x", "go="] {
            assert!(!locks_out(mode), "{mode}");
        }
    }
}
