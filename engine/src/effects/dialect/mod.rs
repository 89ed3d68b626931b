//! The small languages inside arguments: what a program in one of them would do. Each reader knows the plain part of
//! its language and says unknown to the rest.

use super::effect::EffectKind;
use guardian_rules::Role;

/// Something that code in a small language does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub kind: EffectKind,
    /// A path, a host, or what is not known; by the kind.
    pub target: Option<String>,
    /// Whether all below a path is meant.
    pub tree: bool,
}

impl Action {
    /// An action on something.
    #[must_use]
    pub fn on(kind: EffectKind, target: impl Into<String>) -> Self {
        Self {
            kind,
            target: Some(target.into()),
            tree: false,
        }
    }

    /// Something that is not known, and why.
    #[must_use]
    pub fn unknown(why: &str) -> Self {
        Self::on(EffectKind::Unknown, why)
    }
}

/// What code in this language does; nothing where it only computes and prints.
#[must_use]
pub fn actions(language: Role, code: &str) -> Vec<Action> {
    let _ = code;
    vec![Action::unknown(match language {
        Role::Sed => "this sed script is not read",
        Role::Awk => "this awk program is not read",
        Role::Jq => "this jq filter is not read",
        Role::Sql => "this SQL is not read",
        _ => "this code is not read",
    })]
}
