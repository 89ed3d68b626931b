//! Where what a command reaches stands between somebody's own machine and production, as far as its words say.

use super::own::{self, is_of_sessions};
use crate::effects::environment::is_unknown_database;
use crate::effects::{Effect, EffectKind, Effects, Unit};
use crate::resolve::{Invocation, NoteKind, Reach, Resolution, Value};
use guardian_rules::Role;
use guardian_rules::stages::{names_production, names_trial};
use std::collections::HashSet;

/// What a command's words say of what it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It looks like production.
    Production,
    /// A database of a developer's own machine, which nobody else uses.
    Development,
    /// What is deployed there is named for development, tests or staging.
    Trial,
    /// None of these.
    Unsaid,
}

/// The stage of each command, as far as its risk depends on that.
#[derive(Debug, Default)]
pub struct Stages {
    production: HashSet<Unit>,
    development: HashSet<Unit>,
    trial: HashSet<Unit>,
}

impl Stages {
    /// Of all commands of a script.
    #[must_use]
    pub fn of(resolution: &Resolution, effects: &Effects) -> Self {
        if !effects.iter().any(|(_, effect)| depends_on_stage(effect)) {
            return Self::default();
        }
        let production = in_production(resolution, effects);
        let mut stages = Self { production, development: HashSet::new(), trial: HashSet::new() };
        for (unit, effect) in effects.iter().filter(|(_, effect)| effect.is_deployment()) {
            let deploys = resolution.invocation(*unit).filter(|it| is_trial(it, effect));
            stages.trial.extend(deploys.map(|it| it.unit));
        }
        if effects.iter().any(|(_, effect)| effect.kind == EffectKind::Erase || is_of_sessions(effect)) {
            stages.development = own::developed(resolution, effects);
        }
        if effects.iter().any(|(_, effect)| effect.kind == EffectKind::Privilege) {
            stages.development.extend(own::gives_back(resolution, effects));
        }
        stages
    }

    /// Of one command.
    #[must_use]
    pub fn of_unit(&self, unit: Unit) -> Stage {
        if self.production.contains(&unit) {
            Stage::Production
        } else if self.development.contains(&unit) {
            Stage::Development
        } else if self.trial.contains(&unit) {
            Stage::Trial
        } else {
            Stage::Unsaid
        }
    }
}

fn names(value: &Value) -> bool {
    value.text.len() < 256 && names_production(&value.text)
}

/// Whether a word that says where it goes, or a variable set for the command, names what is for trials. Any other word, as a
/// message, says nothing of that.
fn is_trial(invocation: &Invocation, effect: &Effect) -> bool {
    let places = invocation.words().filter(|(role, _)| *role == Role::Resource).map(|(_, value)| value);
    // A variable is for the code of a project, and says nothing of what is taken away.
    let told = effect.target_text() != "what is deployed";
    let words = places.chain(invocation.environment.iter().filter(|_| told).map(|(_, value)| value));
    let names = |text: &str| text.len() < 256 && !text.contains(char::is_whitespace) && names_trial(text);
    words.filter_map(Value::known).any(names)
}

/// The commands that name what looks like production, in their words or in a variable that they see, and those behind one
/// that chooses it for all that follow.
fn in_production(resolution: &Resolution, effects: &Effects) -> HashSet<Unit> {
    let exports =
        |kind: &NoteKind| matches!(kind, NoteKind::Assigned(_, value, reach) if *reach != Reach::Shell && names(value));
    let exported = resolution.notes.iter().any(|note| exports(&note.kind));
    let (mut named, mut seeing) = (HashSet::new(), HashSet::new());
    for invocation in &resolution.invocations {
        let inherits = exported || invocation.via.is_some_and(|via| seeing.contains(&via));
        // A database that nobody can tell may be that of production.
        let tells = |(name, value): &(String, Value)| names(value) || is_unknown_database(name, value);
        let sees = inherits || invocation.environment.iter().any(tells);
        if sees {
            seeing.insert(invocation.unit);
        }
        if sees || invocation.arguments.iter().any(names) {
            named.insert(invocation.unit);
        }
    }
    let chooses = |unit: &Unit, effect: &Effect| {
        effect.kind == EffectKind::Configure && effect.target_text() == "context" && named.contains(unit)
    };
    let chosen = effects.iter().filter(|(unit, effect)| chooses(unit, effect)).map(|(unit, _)| *unit).min();
    if let Some(chosen) = chosen {
        named.extend(resolution.invocations.iter().map(|invocation| invocation.unit).filter(|unit| *unit > chosen));
    }
    named
}

/// Whether the row for an effect may depend on the stage of what is reached. Few do.
fn depends_on_stage(effect: &Effect) -> bool {
    use EffectKind as K;
    match effect.kind {
        K::Service | K::Query | K::Change | K::Erase | K::Publish | K::Privilege => true,
        K::Execute => effect.target_text() == PROJECT_DATA,
        _ => false,
    }
}

/// What is run with the data of a project, such as a console of its own.
pub(super) const PROJECT_DATA: &str = "project data";

#[cfg(test)]
mod tests {
    use super::super::risk::rate;
    use super::{Stage, depends_on_stage};
    use crate::effects::{Cause, Effect, EffectKind, Target};
    use crate::facts::NoFacts;
    use crate::shell::Span;

    #[test]
    fn only_what_is_said_to_depends_on_the_stage() {
        const TARGETS: [&str; 11] = [
            "project data",
            "project",
            "database",
            "test database",
            "every session of a database server",
            "database file",
            "rows",
            "deployment",
            "container",
            "repository",
            "production",
        ];
        const CAUSES: [Cause; 6] =
            [Cause::Program, Cause::Shell, Cause::Flow, Cause::Environment, Cause::Repository, Cause::Spec("x")];
        let mut depend = 0;
        for kind in EffectKind::ALL {
            let named = TARGETS.iter().map(|name| Target::Named((*name).into()));
            for target in named.chain([Target::None, Target::Host("db.production.example".into())]) {
                for cause in CAUSES {
                    let effect = Effect { kind: *kind, target: target.clone(), span: Span::default(), cause };
                    let stages = [Stage::Production, Stage::Development, Stage::Trial];
                    let unsaid = rate(&effect, Stage::Unsaid, &NoFacts);
                    let differs = stages.iter().any(|stage| rate(&effect, *stage, &NoFacts) != unsaid);
                    assert!(!differs || depends_on_stage(&effect), "{effect:?}");
                    depend += u32::from(differs);
                }
            }
        }
        assert!(depend > 50, "{depend}");
    }
}
