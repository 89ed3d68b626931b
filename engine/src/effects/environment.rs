//! What setting a variable does.

use super::effect::{Cause, Effect, EffectKind};
use crate::resolve::Value;
use crate::shell::Span;
use guardian_rules::image::matches;
use guardian_rules::places;

/// What kind of variable a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// It changes looks, language or verbosity.
    Harmless,
    /// It loads code, chooses what runs or where configuration lies.
    Loading,
    /// The project's or user's own.
    Own,
}

/// The kind of a variable set to this value.
#[must_use]
pub fn variable(name: &str, value: &Value) -> Variable {
    if places::HARMLESS_VARIABLES.iter().any(|p| matches(p, name)) {
        return Variable::Harmless;
    }
    if places::PAGERS.contains(&name) && value.known().is_some_and(|text| places::HARMLESS_PAGERS.contains(&text)) {
        return Variable::Harmless;
    }
    if places::LOADING_VARIABLES.iter().any(|p| matches(p, name)) { Variable::Loading } else { Variable::Own }
}

pub use guardian_rules::places::is_secret_variable as is_secret;

/// The effect of setting a variable for a command (`command`), for later commands (`exported`), or in the shell only.
#[must_use]
pub fn effect(name: &str, value: &Value, lasting: bool, exported: bool, span: Span) -> Option<Effect> {
    // A variable of the project's own that names another host sends it there.
    if variable(name, value) == Variable::Own && value.text.contains("://") {
        let host = super::roles::host_of(&value.text);
        let local = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
        if !local && !lasting {
            let target = super::Target::Host(host.into());
            return Some(Effect { kind: EffectKind::Connect, target, span, cause: Cause::Environment });
        }
    }
    match variable(name, value) {
        // `IFS` and `PATH` are followed by the resolver; set in front of one command they only reach that command.
        Variable::Loading if name == "IFS" => None,
        Variable::Loading => {
            Some(Effect::named(EffectKind::Execute, &format!("variable {name}"), span, Cause::Environment))
        }
        Variable::Harmless if lasting && exported => {
            Some(Effect::named(EffectKind::State, &format!("variable {name}"), span, Cause::Environment))
        }
        Variable::Own if !lasting || exported => {
            Some(Effect::named(EffectKind::State, &format!("variable {name}"), span, Cause::Environment))
        }
        Variable::Harmless | Variable::Own => None,
    }
}
