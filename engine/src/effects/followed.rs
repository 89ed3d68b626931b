//! What links lead to that nobody names: those that a pattern matches, that lie below a folder whose files were listed, and
//! those that a walk was told to follow. A checkout can bring any of them.

use super::effect::{EffectKind, PathClass, PathTarget};
use super::inference::{Context, Inference};
use super::map::{Extent, Map};
use crate::facts::Links;
use crate::resolve::{Binding, Invocation, Knowledge, Value};
use guardian_rules::paths;
use guardian_rules::{Output, Property};

/// Signs of a pattern other than `*`.
const OTHERS: [char; 4] = ['?', '[', '(', '\\'];

/// Whether an effect is on what a link leads to, and not on the link.
pub(super) const fn follows(kind: EffectKind) -> bool {
    use EffectKind as K;
    matches!(kind, K::Read | K::Write | K::Append | K::Metadata | K::Execute)
}

/// Whether a command was told to follow links, or to look for them.
pub(super) fn is_told_of_links(binding: &Binding) -> bool {
    binding.has(Property::Links) || binding.has(Property::Follows)
}

impl Map<'_> {
    /// The most delicate place that a link leads to which one of the files may be that a word stands for.
    pub(super) fn behind_links(self, value: &Value, path: &PathTarget) -> Option<PathClass> {
        match value.knowledge {
            Knowledge::Pattern => self.behind(&widened(&path.path)?, path.tree),
            Knowledge::Name => self.behind(&format!("{}/**", path.path.trim_end_matches('/')), path.tree),
            _ => None,
        }
    }

    /// The most delicate place that a link below a folder leads to, at whatever depth.
    fn behind_all_links(self, path: &PathTarget) -> Option<PathClass> {
        let folder = path.path.split('*').next().unwrap_or_default();
        let folder = if folder.len() < path.path.len() { paths::folder(folder) } else { folder };
        let pattern = format!("{}/***", folder.trim_end_matches('/'));
        self.behind(&pattern, true)
    }

    /// Nothing where it is not known.
    fn behind(self, pattern: &str, tree: bool) -> Option<PathClass> {
        match Some(pattern).filter(|pattern| pattern.starts_with('/')).and_then(|pattern| self.facts.links(pattern))? {
            Links::More => Some(PathClass::Unknown),
            Links::To(paths) => {
                let classes = paths.iter().map(|to| self.classify(to, Extent { tree, pattern: to.contains('*') }));
                // A folder as a whole is not read by who reads files; and nothing counts for more than a secret.
                let classes = classes.filter(|class| tree || *class != PathClass::Root);
                Some(classes.max_by_key(|class| (*class == PathClass::Secret, *class)).unwrap_or(PathClass::Sink))
            }
        }
    }
}

impl Inference<'_> {
    /// Notes a command that lists what it finds through links, or finds links.
    pub(super) fn lists_links(&mut self, invocation: &Invocation) {
        let told =
            |binding: &&Binding| is_told_of_links(binding) && matches!(binding.output(), Output::Names | Output::Found);
        if invocation.binding.as_ref().filter(told).is_some() {
            self.linked.push(invocation.unit);
        }
    }

    /// What the place of a path counts for once links are followed that lie there.
    pub(super) fn through_links(
        &self,
        kind: EffectKind,
        value: &Value,
        path: &PathTarget,
        context: Context<'_>,
    ) -> PathClass {
        if !follows(kind) || context.replaces {
            return path.class;
        }
        let walked = context.links && path.tree && kind == EffectKind::Read;
        if walked || value.from.iter().any(|unit| self.linked.contains(unit)) {
            return path.class.max(self.map.behind_all_links(path).unwrap_or(PathClass::Unknown));
        }
        self.map.behind_links(value, path).map_or(path.class, |behind| path.class.max(behind))
    }
}

/// A pattern in which `*` is the only sign: it matches what the other does, and more. Nothing where there is no sign at all.
fn widened(pattern: &str) -> Option<String> {
    if !pattern.contains('*') && !pattern.contains(OTHERS) {
        return None;
    }
    let name = |name: &str| match (name.find(OTHERS), name.rfind([']', ')', '?', '\\'])) {
        (Some(start), end) => {
            let rest = name.get(end.unwrap_or(start).max(start) + 1..).unwrap_or_default();
            // What an escape stands in front of is part of it.
            let rest = if name.contains('\\') { "" } else { rest };
            let before = name.get(..start).unwrap_or_default();
            // The sign of an extended pattern stands in front of its bracket.
            let extended = name.get(start..).is_some_and(|rest| rest.starts_with('('));
            let before = if extended { before.trim_end_matches(['@', '+', '!', '*']) } else { before };
            format!("{before}*{rest}")
        }
        (None, _) => name.to_owned(),
    };
    Some(pattern.split('/').map(name).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::widened;

    #[test]
    fn a_widened_pattern_has_no_sign_but_the_star() {
        for (pattern, wide) in [
            ("/a/*.md", Some("/a/*.md")),
            ("/a/ke[y]l", Some("/a/ke*l")),
            ("/a/k??", Some("/a/k*")),
            ("/a/?x[0-9]*y/b", Some("/a/**y/b")),
            ("/a/@(x|y)", Some("/a/*")),
            ("/a/x\\*y[z]", Some("/a/x*")),
            ("/a/[", Some("/a/*")),
            ("/tmp/tmp.", None),
        ] {
            assert_eq!(widened(pattern).as_deref(), wide, "{pattern}");
        }
    }
}
