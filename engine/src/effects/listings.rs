//! Commands that list secrets by their names, `find . -name .env`, and what is told of what they list. Looked at only once a
//! path comes from what some command prints.

use super::effect::{PathClass, Unit};
use super::inference::Inference;
use super::selection::{name_of, selects_secrets};
use crate::resolve::{Directory, Invocation, Knowledge, Value};
use compact_str::CompactString;
use smallvec::SmallVec;

impl Inference<'_> {
    /// Whether a word is a name that a command lists which lists secrets, or what another makes of it.
    pub(super) fn names_what_is_secret(&mut self, value: &Value) -> bool {
        let open = matches!(value.knowledge, Knowledge::Name | Knowledge::Path | Knowledge::Unknown(_));
        open && value.from.iter().any(|unit| self.passes_on_secrets(*unit))
    }

    /// Whether a command lists secrets, or is told of what such a command lists, and may pass it on: `find . -name .env |
    /// tr a a`. Each is asked once.
    fn passes_on_secrets(&mut self, unit: Unit) -> bool {
        self.listings.resize(self.resolution.invocations.len() + 1, None);
        let mut open = SmallVec::<[Unit; 4]>::from_elem(unit, 1);
        let mut met = SmallVec::<[Unit; 4]>::new();
        while let Some(next) = open.pop() {
            if self.listing(next).is_none() {
                self.set_listing(next, false);
                met.push(next);
                open.extend(self.tellers(next));
            }
        }
        met.sort_unstable();
        for next in met {
            let told = self.tellers(next).any(|teller| self.listing(teller) == Some(true));
            let secret = told || self.resolution.invocation(next).is_some_and(|next| self.lists_secrets(next));
            self.set_listing(next, secret);
        }
        self.listing(unit) == Some(true)
    }

    /// The commands in front of one that it is told by.
    fn tellers(&self, unit: Unit) -> impl Iterator<Item = Unit> + use<'_> {
        let invocation = self.resolution.invocation(unit).into_iter();
        let told = invocation.flat_map(|it| it.arguments.iter().flat_map(|word| &word.from).chain(it.input.units()));
        told.copied().filter(move |teller| *teller < unit)
    }

    fn listing(&self, unit: Unit) -> Option<bool> {
        self.listings.get(usize::try_from(unit).ok()?).copied().flatten()
    }

    fn set_listing(&mut self, unit: Unit, secret: bool) {
        if let Some(listing) = usize::try_from(unit).ok().and_then(|at| self.listings.get_mut(at)) {
            *listing = Some(secret);
        }
    }

    /// Whether an argument says that what is listed are secrets: `find . -name .env`.
    fn lists_secrets(&self, invocation: &Invocation) -> bool {
        let names = |value: &Value| value.knowledge == Knowledge::Name;
        let mut options = invocation.binding.iter().flat_map(|b| &b.options);
        if !(options.any(|b| b.command.is_some()) || invocation.prints.as_ref().is_some_and(names)) {
            return false;
        }
        let denies = |value: &&Value| invocation.binding.as_ref().is_some_and(|binding| binding.denies(value));
        let mut words = invocation.arguments.iter().filter(|value| !denies(value)).filter_map(name_of);
        words.any(|text| text.len() > 1 && !text.contains('/') && self.whole.names_secret(text, true))
            || invocation
                .binding
                .as_ref()
                .is_some_and(|binding| binding.name_patterns(&invocation.arguments).any(selects_secrets))
            || invocation.arguments.iter().any(|word| self.matches_secrets(word, invocation))
            || self.finds_secrets(invocation)
    }

    /// Whether what has the one name that is looked for is secret where it lies: `find ~/.cursor -name mcp.json`.
    fn finds_secrets(&self, invocation: &Invocation) -> bool {
        let found =
            invocation.binding.as_ref().and_then(|binding| binding.found(&invocation.arguments, invocation.span));
        let Some(found) = found else { return false };
        // In a workspace that is not around the home directory a name is one of a secret wherever it lies, which has been asked.
        let start = found.text.split("/**/").next().unwrap_or_default();
        let own = |path: CompactString| self.whole.is_in_project(&path);
        let outside = |directory: &Directory| !directory.reach(start).is_some_and(own);
        let secret = |directory: &Directory| self.whole.target(&found, directory).class == PathClass::Secret;
        invocation.directory.each().iter().any(|directory| outside(directory) && secret(directory))
    }

    /// Whether a pattern of the shell's with a folder in it is one for secrets: `ls -d ~/.ss*/*`.
    fn matches_secrets(&self, word: &Value, invocation: &Invocation) -> bool {
        let class = |directory| self.whole.target(word, &directory).class;
        let matches = word.knowledge == Knowledge::Pattern && word.text.contains('/');
        matches && invocation.directory.each().into_iter().any(|directory| class(directory) == PathClass::Secret)
    }
}
