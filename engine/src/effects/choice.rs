//! Which files of a tree are meant: a name or pattern in the words of a command may say that they are secrets.

use super::effect::{EffectKind, PathClass, Target};
use super::infer::{Context, Inference};
use crate::resolve::{Binding, Invocation, Knowledge, Value};
use guardian_rules::Role;

/// Words of which one between two stars chooses secrets: `*env*`.
const CHOOSING: &[&str] = &[
    "env",
    "secret",
    "secrets",
    "token",
    "tokens",
    "password",
    "passwd",
    "credential",
    "credentials",
    "id_rsa",
    "id_ed25519",
    "apikey",
    "api_key",
    "private_key",
    "netrc",
    "pgpass",
];

impl Inference<'_> {
    /// Whether a name or pattern is one that only secrets have.
    fn names_secrets(&self, text: &str) -> bool {
        let name = text.trim_start_matches("./").trim_start_matches("**/").trim_start_matches("*/");
        let between = name.strip_prefix('*').and_then(|rest| rest.strip_suffix('*'));
        let chosen = between.map(|word| word.trim_matches(['.', '_', '-']).to_ascii_lowercase());
        chosen.is_some_and(|word| CHOOSING.contains(&word.as_str()))
            || (name.len() > 1 && self.map.classify(&format!("/nowhere/{name}"), false, true) == PathClass::Secret)
    }

    /// Whether an argument says that what is listed are secrets: `find . -name .env`, `ls -d .*`.
    pub(super) fn lists_secrets(&self, invocation: &Invocation) -> bool {
        let names = |value: &Value| value.knowledge == Knowledge::Name;
        if !invocation.prints.as_ref().is_some_and(names) {
            return false;
        }
        // A word that is searched for says nothing of the files it is found in.
        let operands = invocation.binding.iter().flat_map(|binding| &binding.operands);
        let data: Vec<usize> = operands.filter(|(_, role)| *role == Role::Literal).map(|(i, _)| *i).collect();
        let words = invocation.arguments.iter().enumerate().filter(|(i, _)| !data.contains(i)).map(|(_, value)| value);
        words.filter(|value| matches!(value.knowledge, Knowledge::Exact | Knowledge::Pattern)).any(|value| {
            let text = value.text.as_str();
            text.len() > 1 && !matches!(text, "./" | "..") && self.names_secrets(text)
        })
    }

    /// A command that reads a tree, and an option that chooses secrets in it: `rg -g .env x`.
    pub(super) fn chosen(&mut self, binding: &Binding, start: usize, context: Context<'_>) {
        let reads = self.effects.iter().skip(start).any(|(unit, effect)| {
            *unit == context.unit
                && effect.kind == EffectKind::Read
                && matches!(&effect.target, Target::Path(path) if path.tree)
        });
        if !reads {
            return;
        }
        for bound in binding.options.iter().filter(|bound| bound.role == Some(Role::Glob)) {
            let Some(text) = bound.value.as_ref().and_then(Value::known) else {
                continue;
            };
            let pattern = text.rsplit_once(':').map_or(text, |(_, pattern)| pattern);
            if !pattern.starts_with('!') && self.names_secrets(pattern) {
                let value =
                    Value { knowledge: Knowledge::Pattern, ..Value::exact(format!("**/{pattern}"), bound.span) };
                let mut path = self.map.target(&value, context.directory, false);
                path.class = PathClass::Secret;
                let target = Target::Path(path);
                let effect = super::Effect { kind: EffectKind::Read, target, span: bound.span, cause: context.cause };
                self.add(context.unit, effect);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CHOOSING;
    use guardian_rules::places;

    #[test]
    fn what_chooses_is_what_secrets_are_called() {
        for word in CHOOSING {
            let like = |name: &&str| name.contains(word);
            assert!(places::SECRETS.iter().any(like) || places::SECRET_NAMES.iter().any(like), "{word}");
        }
    }
}
