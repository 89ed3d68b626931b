//! Links that the script itself makes: from then on their names lead elsewhere, which the world does not know yet.

use super::effect::Unit;
use super::map::Map;
use crate::facts::{Facts, FileKind, Links, Names, Tracking};
use crate::request::Workspace;
use crate::resolve::{Directory, Invocation, Resolution, Value};
use guardian_rules::Role;
use guardian_rules::image::matches;
use guardian_rules::paths::{last_name, within};
use std::rc::Rc;

/// So many links lead on from one another at most: what is behind more of them nobody can open. (path_resolution(7))
const FARTHEST: usize = 40;

/// So many links of the script's own are followed: each of them is held against every path.
const MOST: usize = 64;

/// The world, with the links that the script makes. Which of them are made before a name is used is not asked.
pub(super) struct Linked<'a> {
    facts: &'a dyn Facts,
    /// Absolute paths: of the link, and of what it leads to.
    links: Vec<(String, String)>,
    /// Whether there are more of them than are followed.
    more: bool,
}

impl<'a> Linked<'a> {
    /// The links in what would run.
    pub(super) fn new(resolution: &Resolution, facts: &'a dyn Facts) -> Self {
        let (mut links, mut matched) = (Vec::new(), false);
        for invocation in makers(resolution) {
            made(invocation, facts, &mut links);
            // What a name leads to in folders that nobody has named is not followed.
            matched |= matches!(invocation.directory, Directory::Matched(_));
        }
        let more = links.len() > MOST || matched;
        links.truncate(MOST);
        Self { facts, links, more }
    }

    /// The world to each command that makes links, in their order: its own are named by themselves, below the folders that
    /// the others lead to.
    pub(super) fn to_makers(&self, resolution: &Resolution) -> Vec<(Unit, Self)> {
        if self.links.is_empty() || self.more {
            return Vec::new();
        }
        let without = |invocation: &Invocation| {
            let mut own = Vec::new();
            made(invocation, self.facts, &mut own);
            let links = self.links.iter().filter(|link| !own.contains(link)).cloned().collect();
            Self { facts: self.facts, links, more: false }
        };
        makers(resolution).map(|invocation| (invocation.unit, without(invocation))).collect()
    }

    /// Whether there are more than are followed.
    pub(super) const fn has_more(&self) -> bool {
        self.more
    }

    /// Where paths lie that are named once they are made.
    pub(super) fn map(&'a self, workspace: &'a Workspace) -> Map<'a> {
        let linked = !self.links.is_empty();
        Map { workspace, facts: if linked { self } else { self.facts }, linked }
    }
}

/// The commands that make links.
fn makers(resolution: &Resolution) -> impl Iterator<Item = &Rc<Invocation>> {
    resolution.invocations.iter().filter(|invocation| invocation.makes_links())
}

/// The links that such a command makes.
fn made(invocation: &Invocation, facts: &dyn Facts, made: &mut Vec<(String, String)>) {
    let Some(binding) = &invocation.binding else {
        return;
    };
    let here = &invocation.directory;
    let with = |wanted: Role| binding.operands_of(wanted, &invocation.arguments);
    let targets: Vec<&Value> = with(Role::LinkTo).collect();
    let mut option = binding.options.iter().filter(|b| b.role == Some(Role::Write)).filter_map(|b| b.value.as_ref());
    let folder = option.next_back();
    for target in &targets {
        if made.len() > MOST {
            return;
        }
        // Where it leads to is known, or goes by a name of the script's own.
        let leads = |base: &str| match target.known() {
            Some(text) => Directory::Known(base.into()).join(text),
            None => here.named(target).into_iter().next().map(|file| file.path.into()),
        };
        let whole = target.known().map_or_else(|| target.outline(), Into::into);
        let name = last_name(whole.trim_end_matches('/'));
        let mut links: Vec<String> = Vec::new();
        match (folder, with(Role::Replace).next_back()) {
            (Some(folder), _) => links.extend(here.named(folder).iter().map(|folder| folder.holds(name).path.into())),
            (None, None) => links.extend(here.join(name)),
            (None, Some(place)) => {
                for file in here.named(place) {
                    let known = Some(&file.path).filter(|_| file.sure).and_then(|path| facts.kind(path));
                    if targets.len() == 1 && !place.text.ends_with('/') && known != Some(FileKind::Directory) {
                        links.push(file.path.to_string());
                    }
                    if known != Some(FileKind::File) && known != Some(FileKind::Missing) {
                        links.push(file.holds(name).path.into());
                    }
                }
            }
        }
        for link in links {
            let base = link.rsplit_once('/').map_or("/", |(base, _)| base);
            if let Some(to) = leads(base).filter(|to| to.starts_with('/') && *to != link) {
                made.push((link, to));
            }
        }
    }
}

impl Facts for Linked<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.facts.variable(name)
    }

    fn program(&self, name: &str) -> Option<String> {
        self.facts.program(name)
    }

    fn resolved(&self, path: &str) -> Option<String> {
        if self.links.is_empty() {
            return self.facts.resolved(path);
        }
        let mut led = path.to_owned();
        for _ in 0..FARTHEST {
            let link = self.links.iter().rev().find(|(link, _)| within(&led, link));
            let Some((link, to)) = link else { break };
            led = format!("{to}{}", led.get(link.len()..).unwrap_or_default());
        }
        // What only the script has a name for is nothing that the world knows.
        let known = Some(led.as_str()).filter(|led| led.starts_with('/')).and_then(|led| self.facts.resolved(led));
        known.or_else(|| (led != path).then_some(led))
    }

    fn kind(&self, path: &str) -> Option<FileKind> {
        self.facts.kind(path)
    }

    fn content(&self, path: &str, limit: usize) -> Option<Vec<u8>> {
        self.facts.content(path, limit)
    }

    fn tracking(&self, path: &str) -> Tracking {
        self.facts.tracking(path)
    }

    fn shadowing(&self, folder: &str) -> Option<FileKind> {
        self.facts.shadowing(folder)
    }

    fn dashed_ref(&self, folder: &str) -> Option<FileKind> {
        self.facts.dashed_ref(folder)
    }

    fn guarded(&self, process: &str) -> Option<String> {
        self.facts.guarded(process)
    }

    fn parted(&self, folder: &str) -> Option<Names> {
        self.facts.parted(folder)
    }

    fn files(&self, folder: &str) -> Option<Names> {
        self.facts.files(folder)
    }

    fn forget(&self) {
        self.facts.forget();
    }

    fn links(&self, pattern: &str) -> Option<Links> {
        let known = self.facts.links(pattern);
        let met = self.links.iter().filter(|(link, _)| matches(pattern, link));
        let mut own: Vec<String> = met.map(|(link, _)| self.resolved(link).unwrap_or_else(|| link.clone())).collect();
        match known {
            _ if own.is_empty() => known,
            Some(Links::More) => known,
            None => Some(Links::To(own)),
            Some(Links::To(paths)) => {
                own.extend(paths);
                Some(Links::To(own))
            }
        }
    }
}
