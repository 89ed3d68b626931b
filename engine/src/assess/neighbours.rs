//! What else a command could do: the worst that its spec knows of, for whoever wants a rule for a prefix of its words.

use super::risk;
use super::stage::Stage;
use crate::effects::{Cause, Effect, EffectKind, PathClass, PathTarget, Target};
use crate::facts::NoFacts;
use crate::level::RiskLevel;
use crate::shell::Span;
use guardian_rules::image::{CommandSpec, EffectSpec};
use guardian_rules::{Arity, EffectTarget, Role, Specs, Takes};
use std::collections::HashSet;

/// What commands that begin alike may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The worst of them.
    pub worst: RiskLevel,
    /// All kinds of effects, each once, with their risk.
    pub kinds: Vec<(EffectKind, RiskLevel)>,
    /// Whether an operand may name what is run or installed: a script of a project, a package.
    pub names_code: bool,
}

/// The neighbours of a command that a spec describes, by the spec's name (`git push`): every form and option of it, and
/// of its subcommands. Nothing for a name that is not known.
#[must_use]
pub fn neighbours(specs: Specs<'static>, name: &str) -> Option<Neighbours> {
    let mut parts = name.split(' ');
    let program = specs.program(parts.next()?)?;
    let spec = parts.try_fold(program, |spec, part| spec.subcommand(part))?;
    let mut found = Neighbours::default();
    // A word may lead back to where it stands (`ip -6 -6`), so each command counts once.
    let (mut seen, mut open) = (HashSet::new(), vec![spec]);
    while let Some(spec) = open.pop() {
        if seen.insert(spec.name()) {
            gather(spec, &mut found);
            open.extend(spec.subcommands().map(|(_, child)| child));
        }
    }
    found.kinds.sort_by_key(|(_, risk)| std::cmp::Reverse(*risk));
    Some(found)
}

fn gather(spec: CommandSpec<'static>, found: &mut Neighbours) {
    for form in spec.forms() {
        // A word that must be there says what is run; a path, or a word that may be, is what it is run on.
        let named = |role, arity| match role {
            Role::Package => true,
            Role::Literal | Role::Resource | Role::Remote => matches!(arity, Arity::One | Arity::Some),
            _ => false,
        };
        found.names_code |= form.operands().next().is_some_and(|o| named(o.role, o.arity))
            && form.effects().any(|effect| matches!(effect.kind, EffectKind::Execute | EffectKind::Install));
        form.effects().chain(form.no_operands()).for_each(|effect| found.add(stated(effect)));
        form.operands().for_each(|operand| found.role(operand.role));
    }
    for (_, option) in spec.flags() {
        option.effects().for_each(|effect| found.add(stated(effect)));
        match option.takes() {
            Takes::Required(role) | Takes::Optional(role) => found.role(role),
            Takes::Nothing => {}
        }
    }
}

impl Neighbours {
    fn add(&mut self, effect: Effect) {
        let risk = risk::rate(&effect, Stage::Unsaid, &NoFacts).risk;
        self.worst = self.worst.max(risk);
        match self.kinds.iter_mut().find(|(kind, _)| *kind == effect.kind) {
            Some((_, own)) => *own = risk.max(*own),
            None => self.kinds.push((effect.kind, risk)),
        }
    }

    /// What an operand of this role amounts to, if the worst word stands there.
    fn role(&mut self, role: Role) {
        use EffectKind as K;
        let kind = match role {
            Role::Write
            | Role::Replace
            | Role::WriteTree
            | Role::WorkTree
            | Role::Edit
            | Role::CopyTo
            | Role::Remote => K::Write,
            Role::Append => K::Append,
            Role::Delete | Role::DeleteTree | Role::Move => K::Delete,
            Role::Metadata => K::Metadata,
            Role::Destroy => K::Destroy,
            Role::Read | Role::ReadTree | Role::CopyFrom | Role::Data | Role::Parameter => {
                // What is secret still asks: an allow rule does not take on high risk unless it says so.
                return self.add(Effect::plain(K::Read, Span::default(), Cause::Spec("")));
            }
            Role::Url | Role::Manifest | Role::Address | Role::Host => K::Fetch,
            Role::SendUrl => K::Send,
            Role::LoadUrl | Role::Size | Role::Extent => K::Exhaust,
            Role::Package => K::Install,
            Role::Process => {
                let target = Target::Named("1".into());
                return self.add(Effect { target, ..Effect::plain(K::Signal, Span::default(), Cause::Spec("")) });
            }
            Role::Service => K::Service,
            role if role.is_code() => {
                self.worst = RiskLevel::High;
                K::Execute
            }
            _ => return,
        };
        self.add(worst(kind));
    }
}

/// The effect as the spec states it, on the worst place where it does not say.
fn stated(effect: EffectSpec<'static>) -> Effect {
    use EffectKind as K;
    match (effect.kind, effect.target) {
        (
            K::Write | K::Append | K::Delete | K::Metadata | K::Destroy,
            EffectTarget::Operands | EffectTarget::Last | EffectTarget::Operand(_) | EffectTarget::Value,
        ) => worst(effect.kind),
        (K::Write | K::Append | K::Delete | K::Metadata, _) => on(effect.kind, PathClass::Workspace),
        (kind, _) => Effect::plain(kind, Span::default(), Cause::Spec("")),
    }
}

fn worst(kind: EffectKind) -> Effect {
    use EffectKind as K;
    match kind {
        K::Write | K::Append | K::Delete | K::Metadata | K::Destroy => on(kind, PathClass::System),
        kind => Effect::plain(kind, Span::default(), Cause::Spec("")),
    }
}

fn on(kind: EffectKind, class: PathClass) -> Effect {
    let path = if class == PathClass::System { "/etc/x" } else { "x" };
    let path = PathTarget::exact(path, class, class == PathClass::Workspace);
    Effect { target: Target::Path(path), ..Effect::plain(kind, Span::default(), Cause::Spec("")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guardian_rules::built_in;

    #[test]
    fn the_worst_is_known_from_the_spec() {
        for (name, high) in [
            ("git status", false),
            ("git commit", false),
            ("npm install", false),
            ("rm", true),
            ("cp", true),
            ("git reset", true),
            ("kill", true),
            ("git", true),
        ] {
            let found = neighbours(built_in(), name).map(|n| n.worst == RiskLevel::High);
            assert_eq!(found, Some(high), "{name}: {:?}", neighbours(built_in(), name));
        }
        assert_eq!(neighbours(built_in(), "no-such-program"), None);
    }
}
