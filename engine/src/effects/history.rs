//! What a repository's own files add to what is known of a command on its history: whether others may hold what is
//! rewritten, whether a remote is one that the repository has, and whether a branch is the one that stands for it.

use super::effect::{Cause, Effect, EffectKind, Target};
use super::inference::Inference;
use super::repository::{History, Shared};
use super::roles;
use crate::resolve::{Binding, Directory, Invocation, Value};
use guardian_rules::{Config, Property, Role};

/// What others may hold is replaced.
const PUSHED: &str = "history that was pushed";
/// A remote is added to those that there are.
pub(crate) const ADDED: &str = "another remote";
/// What only this repository holds is replaced.
pub(crate) const LOCAL: &str = "history that was never pushed";

impl Inference<'_> {
    /// Looks into the repository where a command of git's rewrites history or writes to a remote. `start` is where the
    /// command's own effects begin.
    pub(super) fn history(&mut self, binding: &Binding, invocation: &Invocation, directory: &Directory, start: usize) {
        use EffectKind as K;
        let own = self.effects.iter().skip(start).map(|(_, effect)| effect);
        let addresses = own.clone().any(|e| e.kind == K::Configure && matches!(e.target_text(), "remotes" | ADDED));
        let rewrites = own.clone().any(|effect| is_of_head(effect, K::Rewrite) || is_of_head(effect, K::Commit));
        let writes = own.clone().any(|effect| matches!(effect.kind, K::Change | K::Erase))
            && own.clone().any(|effect| matches!(effect.target, Target::Named(_)));
        if addresses {
            let words: Vec<String> = invocation.arguments.iter().map(|word| word.text.to_string()).collect();
            let url = words.iter().find(|word| roles::is_remote(word) || roles::names_path(word)).cloned();
            self.remotes.push((words, url));
        }
        if binding.spec.config() != Some(Config::Git) || !(rewrites || writes) {
            return;
        }
        let history = match directory {
            Directory::Known(folder) => History::around(folder, self.map.facts),
            _ => None,
        };
        if writes && self.readdressed(history.as_ref(), binding, invocation) {
            return;
        }
        let Some(history) = history else {
            return;
        };
        if rewrites {
            self.rewritten(&history, invocation, start);
        }
        if writes {
            self.remote(&history, binding, invocation);
        }
    }

    /// Whether the remote has its address from a command in front, and is so far none of the repository's.
    fn readdressed(&mut self, history: Option<&History<'_>>, binding: &Binding, invocation: &Invocation) -> bool {
        if self.remotes.is_empty() {
            return false;
        }
        let named = binding.operands.iter().find(|(_, role)| *role == Role::Remote);
        let name = match (named.and_then(|(i, _)| invocation.arguments.get(*i)), history) {
            (Some(value), _) => value.known().map(str::to_owned),
            (None, Some(history)) => Some(history.push_remote(&history.branch().unwrap_or_default())),
            (None, None) => Some("origin".to_owned()),
        };
        let default = named.is_none();
        let says = |word: &String| match &name {
            Some(name) if word == name => true,
            // A setting that says which remote is meant where none is named.
            Some(_) if default && (word.starts_with("branch.") || word.starts_with("remote.push")) => true,
            Some(name) => word.strip_prefix("remote.").is_some_and(|rest| rest.starts_with(&**name)),
            None => true,
        };
        let known = |url: &str| history.is_some_and(|history| history.knows_url(url));
        let mut new = self.remotes.iter().rev().filter(|(words, _)| words.iter().any(says));
        let Some((_, url)) = new.find(|(_, url)| !url.as_deref().is_some_and(known)) else {
            return false;
        };
        let target = match url.as_deref().filter(|url| roles::is_remote(url)) {
            Some(url) => Target::Host(roles::host_of(url).into()),
            None => Target::Named("a remote that this script names".into()),
        };
        let cause = Cause::Repository;
        self.add(invocation.unit, Effect { kind: EffectKind::Send, target, span: invocation.span, cause });
        true
    }

    /// Whether others may hold what is replaced.
    fn rewritten(&mut self, history: &History<'_>, invocation: &Invocation, start: usize) {
        let rewrite = |name: &str| Effect::named(EffectKind::Rewrite, name, invocation.span, Cause::Repository);
        match history.shared() {
            Shared::Pushed => self.add(invocation.unit, rewrite(PUSHED)),
            Shared::Local => {
                for (_, effect) in self.effects.change(start).filter(|(unit, _)| *unit == invocation.unit) {
                    if is_of_head(effect, EffectKind::Rewrite) {
                        *effect = rewrite(LOCAL);
                    }
                }
            }
            Shared::Unknown => {}
        }
    }

    /// Whether the remote is one of the repository's, and the branch the one that stands for it.
    fn remote(&mut self, history: &History<'_>, binding: &Binding, invocation: &Invocation) {
        let words = |wanted: Role| binding.operands_of(wanted, &invocation.arguments);
        let (unit, span, cause) = (invocation.unit, invocation.span, Cause::Repository);
        let remote = match words(Role::Remote).next() {
            // Its own words name no remote: another part of git, which writes elsewhere.
            None if binding.operands.iter().any(|(_, role)| *role != Role::Ref) => return,
            None => history.push_remote(&history.branch().unwrap_or_default()),
            Some(value) => match value.known() {
                Some(text) => text.to_owned(),
                None => return,
            },
        };
        if roles::is_remote(&remote) {
            if !history.knows_url(&remote) {
                let effect = Effect {
                    kind: EffectKind::Send,
                    target: Target::Host(roles::host_of(&remote).into()),
                    span,
                    cause,
                };
                // The word alone says that something is sent there; this says more of it.
                self.effects.retain(|(u, e)| *u != unit || e.kind != effect.kind || e.target != effect.target);
                self.add(unit, effect);
            }
            return;
        }
        if !history.has_remote(&remote) {
            if words(Role::Remote).next().is_some_and(|value| !roles::names_path(&value.text)) {
                self.unknown(unit, &format!("`{remote}` is no remote of this repository"), span, cause);
            }
            return;
        }
        let Some(standing) = history.default_branch(&remote) else {
            return;
        };
        let mut refs = words(Role::Ref).filter_map(Value::known).peekable();
        let here = history.branch();
        let written = match refs.peek() {
            None => here.as_deref() == Some(&standing),
            Some(_) => refs.any(|text| written_branch(text, here.as_deref()) == Some(standing.as_str())),
        };
        if written {
            let kind = if binding.has(Property::Force) { EffectKind::Erase } else { EffectKind::Change };
            let what = format!("`{standing}`, the default branch of `{remote}`");
            self.add(unit, Effect::named(kind, &what, span, cause));
        }
    }
}

/// Whether an effect is on what is checked out, as its spec says.
fn is_of_head(effect: &Effect, kind: EffectKind) -> bool {
    effect.kind == kind && effect.target_text() == "HEAD" && matches!(effect.cause, Cause::Spec(_))
}

/// The branch that a refspec writes: `main`, `+a:main`, `HEAD`, `refs/heads/main`.
fn written_branch<'a>(refspec: &'a str, here: Option<&'a str>) -> Option<&'a str> {
    let refspec = refspec.trim_start_matches('+');
    let name = refspec.split_once(':').map_or(refspec, |(_, there)| there);
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    if name == "HEAD" { here } else { Some(name) }
}
