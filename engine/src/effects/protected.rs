//! Whether what a command looks for by names may be what tells tools what to run: `find . -path '*/.git/*' -exec …`. A
//! pattern counts if most of what a listed name says stands in it: `*git*` is one for `.git`, `*` is not.

use super::effect::PathClass;
use super::globs::{Piece, fits, pieces};
use super::inference::Inference;
use crate::resolve::{Binding, Invocation, Knowledge, Value};
use guardian_rules::{Property, Role, names, places};

impl Inference<'_> {
    /// Whether what it finds, and acts on or hands on, may be such settings of the workspace.
    pub(super) fn lists_control(&self, invocation: &Invocation) -> bool {
        let Some(binding) = &invocation.binding else { return false };
        binding.value_roles.have_any(&[Role::Name, Role::NameRegex])
            && selects_control(binding)
            && self.starts_above(binding, invocation)
    }

    /// Whether it starts at the root of a workspace, or where that is not known.
    fn starts_above(&self, binding: &Binding, invocation: &Invocation) -> bool {
        let above = |value: &Value| {
            invocation.directory.each().iter().any(|directory| {
                let class = self.map.tree(value, directory).class;
                matches!(class, PathClass::WorkspaceRoot | PathClass::Control | PathClass::Unknown | PathClass::Root)
            })
        };
        let mut starts = binding.named_operands(&invocation.arguments).peekable();
        if starts.peek().is_none() {
            return above(&Value::exact(".", invocation.span));
        }
        starts.any(above)
    }
}

/// Whether an alternative that acts, or the only one where none does, asks for such names and does not leave them out.
fn selects_control(binding: &Binding) -> bool {
    let acts =
        |bound: &crate::resolve::Bound| bound.command.is_some() || bound.option.property() == Some(Property::Acts);
    let any_acts = binding.options.iter().any(acts);
    let (mut asks, mut leaves_out, mut acted, mut negated, mut found) = (false, false, false, false, false);
    for bound in &binding.options {
        match bound.option.property() {
            Some(Property::Negates) => {
                negated = true;
                continue;
            }
            Some(Property::Widens) if !any_acts => return false,
            Some(Property::Widens) => {
                found |= asks && acted && !leaves_out;
                (asks, leaves_out, acted) = (false, false, false);
            }
            _ if acts(bound) => acted = true,
            _ => {}
        }
        let names = || bound.value.as_ref().filter(|value| value.knowledge == Knowledge::Exact);
        let names = match bound.role {
            Some(Role::Name) => names().is_some_and(|value| glob_selects(&value.text)),
            Some(Role::NameRegex) => names().is_some_and(|value| regex_selects(&value.text)),
            _ => false,
        };
        asks |= names && !negated;
        leaves_out |= names && negated;
        negated = false;
    }
    found || (asks && !leaves_out && (acted || !any_acts))
}

fn glob_selects(glob: &str) -> bool {
    if !glob.contains('/') && names::CONTROL_FILES.iter().any(|name| name.eq_ignore_ascii_case(glob)) {
        return true;
    }
    glob.split('/').filter(|part| !part.is_empty()).any(|part| {
        let (wide, said) = widened(part);
        places::CONTROL.iter().any(|name| 4 * said >= 3 * (name.len() - 1) && fits(&wide, name.as_bytes()))
    })
}

/// The glob with a star for all that does not stand for itself, and how many characters it says: a full stop says nothing.
fn widened(glob: &str) -> (Vec<u8>, usize) {
    let kept = pieces(glob.as_bytes()).filter(|piece| *piece != Piece::Said(b'\\'));
    let (mut wide, mut said) = (Vec::with_capacity(glob.len()), 0);
    for piece in kept {
        said += usize::from(!matches!(piece, Piece::Any | Piece::Said(b'.')));
        wide.push(if let Piece::Said(byte) = piece { byte } else { b'*' });
    }
    (wide, said)
}

/// Whether one of the names stands in the expression, as a name of its own.
fn regex_selects(text: &str) -> bool {
    let text: String = text.chars().filter(|c| *c != '\\').collect();
    places::CONTROL.iter().any(|name| {
        text.match_indices(name).any(|(at, _)| {
            let next = text.get(at + name.len()..).and_then(|rest| rest.chars().next());
            !next.is_some_and(|c| c.is_ascii_alphanumeric())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{glob_selects, regex_selects};

    #[test]
    fn what_says_a_name_is_told_from_what_only_matches_it() {
        for glob in ["*git*", "*/.git/*", "./.gi?/config", ".[g]it", "*/.husky/*", ".vscod*", "config", "HEAD"] {
            assert!(glob_selects(glob), "{glob}");
        }
        for glob in ["*", "*.py", "*.git*.md", "*g*", "*/hooks/*", "./src/*", "config.toml", ".*", ".gitignore"] {
            assert!(!glob_selects(glob), "{glob}");
        }
        assert!(regex_selects(r".*/\.git/config") && regex_selects(r"\.husky$"));
        assert!(!regex_selects(r".*\.gitignore") && !regex_selects(r".*\.py"));
    }
}
