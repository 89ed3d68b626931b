//! What has been inferred so far, and the command whose words are being looked at.

use super::effect::{Cause, Effect, EffectKind, Target, Unit};
use super::gathered::Gathered;
use super::map::Map;
use crate::resolve::{Directory, Invocation, Resolution};
use crate::shell::Span;
use guardian_rules::Output;
use guardian_rules::addresses::is_metadata;
use std::rc::Rc;

/// Collects effects.
pub(super) struct Inference<'a> {
    pub(super) map: Map<'a>,
    /// The same when all links are made that the script makes: `map` knows of those alone that a command can see.
    pub(super) whole: Map<'a>,
    pub(super) resolution: &'a Resolution,
    pub(super) effects: Gathered,
    /// Of each command by its number, as far as it was asked: whether it lists files by a name that only secrets have, or is
    /// told of what such a command lists.
    pub(super) listings: Vec<Option<bool>>,
    /// Commands that look for what tells tools what to run.
    pub(super) control: Vec<Unit>,
    /// Commands that find all that there is, hidden files too.
    pub(super) found: Vec<Rc<Invocation>>,
    /// Commands that list what lies behind links, or links.
    pub(super) linked: Vec<Unit>,
    /// Commands that put elsewhere what they read: as it is, or unpacked.
    pub(super) brought: Vec<(Unit, Output)>,
    /// What is redirected to files that make a folder a repository.
    pub(super) heads: Vec<(Unit, String)>,
    /// Commands that list all that there are of a kind.
    pub(super) all: Vec<Unit>,
    /// What earlier commands of git say of remotes: the words of each, and the URL among them.
    pub(super) remotes: Vec<(Vec<String>, Option<String>)>,
    /// Where the commands run that see the variables which are set for all of them.
    pub(super) directories: Vec<Directory>,
    /// Whether guardian or an agent is among the commands.
    pub(super) guarded: bool,
    /// Commands that import modules.
    pub(super) imports: Vec<Import>,
    /// Commands that look for a module which they run in the working directory first.
    pub(super) searching: Vec<Unit>,
}

/// The unit whose words are being looked at.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) unit: Unit,
    pub(super) cause: Cause,
    /// Where its relative paths start.
    pub(super) directory: &'a Directory,
    /// Whether paths are whole trees.
    pub(super) tree: bool,
    /// Whether what is written takes the place of what is there, and is not written into it.
    pub(super) replaces: bool,
    /// Whether what is read of a tree are secrets, by their names.
    pub(super) secrets: &'a dyn Fn() -> bool,
    /// Whether links in a tree are followed.
    pub(super) links: bool,
    /// Whether a path with a scheme in front is more than a path.
    pub(super) uris: bool,
}

impl<'a> Context<'a> {
    /// Words that mean no more than themselves.
    pub(super) const fn plain(unit: Unit, cause: Cause, directory: &'a Directory) -> Self {
        Self { unit, cause, directory, tree: false, replaces: false, secrets: &|| false, links: false, uris: false }
    }
}

/// A command that imports modules which the working directory may hold.
pub(super) struct Import {
    pub(super) unit: Unit,
    pub(super) span: Span,
    pub(super) cause: Cause,
    pub(super) directory: Directory,
}

impl Inference<'_> {
    /// Adds an effect once.
    pub(super) fn add(&mut self, unit: Unit, effect: Effect) {
        let credentials = asks_for_credentials(&effect).then_some((effect.span, effect.cause));
        let new = self.effects.add(unit, effect);
        if let Some((span, cause)) = credentials.filter(|_| new) {
            self.effects.add(unit, Effect::named(EffectKind::Reveal, "credentials of this machine", span, cause));
        }
    }

    pub(super) fn unknown(&mut self, unit: Unit, why: &str, span: Span, cause: Cause) {
        self.add(unit, Effect::unknown(why, span, cause));
    }

    /// A command's effects, from this one on.
    pub(super) fn since(&self, unit: Unit, start: usize) -> impl Iterator<Item = &Effect> + Clone {
        self.effects.iter().skip(start).filter(move |(of, _)| *of == unit).map(|(_, effect)| effect)
    }
}

/// Whether an effect asks a host that hands out credentials.
fn asks_for_credentials(effect: &Effect) -> bool {
    use EffectKind as K;
    let asks = matches!(effect.kind, K::Connect | K::Fetch | K::Send | K::Query);
    asks && matches!(&effect.target, Target::Host(host) if is_metadata(host))
}
