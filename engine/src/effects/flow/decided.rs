//! What somebody else decides without any code: a download says what is made elsewhere, or what is deleted here.

use super::Flows;
use super::carried::Carried;
use crate::effects::effect::{Cause, Effect, EffectKind, PathClass, Target, Unit};
use crate::resolve::{HOLE, Invocation, Resolution, Value};
use guardian_rules::{Role, Stdin};

/// What a download names, for whoever deletes that.
pub(crate) const NAMED: &str = "what a download names";

impl Flows<'_> {
    /// Notes where a download says what a command makes elsewhere, or what it deletes.
    pub(super) fn says_what_is_done(&mut self, invocation: &Invocation, effects: &[&Effect], piped: Carried) {
        use EffectKind as K;
        let Some(binding) = &invocation.binding else { return };
        let roles = [binding.operand_roles, binding.value_roles];
        let makes = |e: &&Effect| matches!(e.kind, K::Change | K::Execute | K::Service | K::Privilege | K::Erase);
        if roles.iter().any(|roles| roles.have(Role::Manifest)) && effects.iter().any(makes) {
            let manifests = invocation.words().filter(|(role, _)| *role == Role::Manifest);
            let download = manifests.map(|(_, word)| self.of_manifest(word, effects, piped)).find_map(|c| c.download);
            if let Some(download) = download {
                self.runs(invocation.unit, invocation.span.to(download));
            }
        }
        let deletes = |e: &&Effect| {
            matches!(e.kind, K::Delete | K::Destroy | K::Discard)
                && matches!(&e.target, Target::Path(path) if path.class == PathClass::Unknown)
        };
        if !effects.iter().any(deletes) {
            return;
        }
        let open = |word: &&Value| word.known().is_none() && word.outline().replace(HOLE, "").trim().is_empty();
        let mut words = invocation.arguments.iter().filter(open);
        if let Some(download) = words.find_map(|word| self.of_all(&word.from).download) {
            let effect = Effect::named(K::Delete, NAMED, invocation.span.to(download), Cause::Flow);
            self.added.push((invocation.unit, effect));
        }
    }

    /// What a manifest carries: it is piped in, printed by a command, or a file that the script has filled.
    fn of_manifest(&self, word: &Value, effects: &[&Effect], piped: Carried) -> Carried {
        if word.is_standard_input() {
            return piped;
        }
        let read = effects.iter().filter(|e| e.kind == EffectKind::Read && e.span == word.span);
        let files = read.filter_map(|e| if let Target::Path(path) = &e.target { Some(path) } else { None });
        files.fold(self.of_all(&word.from), |all, path| all.with(self.of_file(path)))
    }
}

/// Whether what the command reads is the statements of a database, which are data as much as code.
pub(super) fn takes_data(resolution: &Resolution, unit: Unit) -> bool {
    resolution.invocation(unit).is_some_and(|it| takes_statements(it))
}

pub(super) fn takes_statements(invocation: &Invocation) -> bool {
    let statements =
        |role: Role| matches!(role, Role::Sql | Role::Sqlite | Role::Duckdb | Role::Mongo | Role::Commands);
    invocation.binding.as_ref().is_some_and(|binding| {
        let mut roles = binding.options.iter().filter_map(|bound| bound.role);
        let stdin = binding.form.map(|form| form.stdin());
        matches!(stdin, Some(Stdin::Code(role)) if statements(role)) || roles.any(statements)
    })
}
