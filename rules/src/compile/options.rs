//! Options: what a block lists itself, what it takes over, and the record of each.

use super::{Compiler, Resolved};
use crate::authored::{Block, OptionEntry};
use crate::format::NONE;
use crate::vocabulary::Property;
use std::collections::BTreeMap;

impl Compiler<'_> {
    /// Options of a block: those of `like`, of parents with global options, and its own, which win.
    pub(super) fn options(&mut self, at: usize, depth: usize) -> Vec<Resolved> {
        let mut found: Vec<Resolved> = Vec::new();
        let Some(block) = self.sources.get(at).map(|s| &s.block) else {
            return found;
        };
        if depth > 8 {
            self.problem("`like` goes in a circle");
            return found;
        }
        for name in block.command.list() {
            merge(&mut found, self.global_options(name, depth));
        }
        if let Some(like) = &block.like {
            let known = self.image.find(like);
            let taken = match (self.described(like, at), known) {
                (Some(id), _) => self.options(id, depth + 1),
                (None, Some(id)) => self.known_options(id),
                (None, None) => {
                    self.problem(&format!("`like` names `{like}`, which is not described"));
                    Vec::new()
                }
            };
            let behind = |name: &str| name.strip_prefix(like.as_str()).is_some_and(|rest| rest.starts_with(' '));
            let of_program = !like.contains(' ') && block.command.list().into_iter().all(behind);
            merge(&mut found, if of_program { self.behind_subcommand(taken) } else { taken });
        }
        let own = self.own_options(block);
        merge(&mut found, own);
        for name in block.command.list() {
            self.help_of(name, &mut found);
        }
        found
    }

    /// The options that commands which lead to this one have for all their subcommands.
    fn global_options(&mut self, name: &str, depth: usize) -> Vec<Resolved> {
        let mut found = Vec::new();
        let mut parent = name;
        while let Some((up, _)) = parent.rsplit_once(' ') {
            parent = up;
            if let Some(&id) = self.by_name.get(parent)
                && self.sources.get(id).is_some_and(|s| s.block.global_options)
            {
                let inherited = self.options(id, depth + 1);
                merge(&mut found, self.behind_subcommand(inherited));
            } else if let Some(id) = self.image.find(parent).filter(|id| self.image.settings(*id).global_options) {
                merge(&mut found, self.behind_subcommand(self.known_options(id)));
            }
        }
        found
    }

    /// Options of a program, as its subcommands take them. What asks the program about itself in front of a subcommand is
    /// mostly an option like others behind it: `pip cache purge --version` purges. What it is there too, `help` says.
    fn behind_subcommand(&self, mut options: Vec<Resolved>) -> Vec<Resolved> {
        options.retain(|option| !option.known.is_some_and(|id| self.image.is_info(id)));
        for option in &mut options {
            option.info = false;
        }
        options
    }

    /// What a command without a block of its own takes: `gh pr` in front of `gh pr list`.
    pub(super) fn options_of_lead(&mut self, name: &str) -> Vec<Resolved> {
        let mut found = self.global_options(name, 0);
        self.help_of(name, &mut found);
        found
    }

    /// The flags that ask what this subcommand does, as one of those that lead to it says.
    fn help_of(&self, name: &str, found: &mut Vec<Resolved>) {
        let leads = name.match_indices(' ').filter_map(|(end, _)| self.by_name.get(name.get(..end)?));
        let flags = leads.filter_map(|id| self.sources.get(*id)).flat_map(|s| s.block.help.split_whitespace());
        for flag in flags {
            match found.iter_mut().find(|known| known.flags.iter().any(|f| f == flag)) {
                Some(known) => known.info |= known.known.is_none() && known.entry.is_empty(),
                None => found.push(Resolved {
                    flags: vec![flag.to_owned()],
                    entry: OptionEntry::default(),
                    info: true,
                    known: None,
                }),
            }
        }
    }

    /// The options of a command that the image already knew.
    fn known_options(&self, id: u32) -> Vec<Resolved> {
        let known = |(flag, option)| Resolved {
            flags: vec![flag],
            entry: OptionEntry::default(),
            info: false,
            known: Some(option),
        };
        self.image.flags(id).into_iter().map(known).collect()
    }

    pub(super) fn own_options(&mut self, block: &Block) -> Vec<Resolved> {
        let own = listed(block);
        let mut full: Vec<Resolved> = Vec::new();
        for (flags, entry) in &block.options {
            let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
            // A flag listed as a switch and described here keeps what the list said of its value.
            let mut entry = entry.clone();
            if entry.value.is_none()
                && entry.optional.is_none()
                && let Some(listed) = own.iter().find(|o| o.flags.iter().any(|f| flags.contains(f)))
            {
                entry.value.clone_from(&listed.entry.value);
                entry.optional.clone_from(&listed.entry.optional);
            }
            let info = own.iter().any(|o| o.info && o.flags.iter().any(|f| flags.contains(f)));
            if entry.is_empty() {
                let alone = |flag| Resolved { flags: vec![flag], entry: OptionEntry::default(), info, known: None };
                full.extend(flags.into_iter().map(alone));
            } else {
                full.push(Resolved { flags, entry, info, known: None });
            }
        }
        let mut all = own;
        merge(&mut all, full);
        all
    }

    /// A flag takes a value or none. To list it as both would say of one of several programs what holds for another.
    pub(super) fn of_one_kind(&mut self, block: &Block) {
        const KINDS: [&str; 3] = ["no value", "a value", "a value that may be left out"];
        let lists = [&block.switches, &block.values, &block.optional];
        let listed = KINDS.into_iter().zip(lists);
        let listed = listed.flat_map(|(kind, flags)| flags.split_whitespace().map(move |flag| (flag, kind)));
        let described = block.options.iter().flat_map(|(flags, entry)| {
            let [_, value, optional] = KINDS;
            let kind = entry.value.as_ref().map(|_| value).or(entry.optional.as_ref().map(|_| optional));
            flags.split_whitespace().filter_map(move |flag| Some((flag, kind?)))
        });
        let mut known = BTreeMap::new();
        for (flag, kind) in listed.chain(described) {
            if let Some(other) = known.insert(flag, kind).filter(|other| *other != kind) {
                self.problem(&format!("`{flag}` takes {other} and, in another list, {kind}"));
            }
        }
    }

    pub(super) fn option(&mut self, option: &Resolved) -> u32 {
        if let Some(known) = option.known {
            return known;
        }
        let entry = &option.entry;
        let (takes, role) = match (&entry.value, &entry.optional) {
            (Some(role), None) => (1, self.role(role)),
            (None, Some(role)) => (2, self.role(role)),
            (None, None) => (0, 0),
            (Some(_), Some(_)) => {
                self.problem(&format!("option `{}` has both `value` and `optional`", option.flags.join(" ")));
                (0, 0)
            }
        };
        let second = match &entry.second {
            Some(role) if takes == 1 => self.role(role) + 1,
            Some(_) => {
                self.problem(&format!("option `{}` has `second` without `value`", option.flags.join(" ")));
                0
            }
            None => 0,
        };
        let effects = self.effects(&entry.effects);
        let property = entry.sets.as_ref().map_or(0, |word| match Property::from_word(word) {
            Some(property) => property as u32 + 1,
            None => {
                self.problem(&format!("unknown property `{word}`"));
                0
            }
        });
        let only = self.image.texts(entry.only.iter().map(String::as_str));
        let harmless = self.image.texts(entry.harmless.iter().map(String::as_str));
        let except = self.image.texts(entry.except.iter().map(String::as_str));
        let number = self.image.option([
            takes,
            role,
            effects[0],
            effects[1],
            property,
            only[0],
            only[1],
            harmless[0],
            harmless[1],
            u32::from(option.info),
            second,
            except[0],
            except[1],
        ]);
        number.unwrap_or_else(|| {
            self.problem(&format!("option `{}` is one too many", option.flags.join(" ")));
            NONE
        })
    }
}

fn merge(into: &mut Vec<Resolved>, own: Vec<Resolved>) {
    for option in &own {
        for known in into.iter_mut() {
            known.flags.retain(|flag| !option.flags.contains(flag));
        }
    }
    into.retain(|known| !known.flags.is_empty());
    into.extend(own);
}

/// The options that a block lists by name only: switches, values, optional values, and what prints and exits.
fn listed(block: &Block) -> Vec<Resolved> {
    let literal = Some("literal".to_owned());
    let role = block.value_role.clone().or_else(|| literal.clone());
    let value = OptionEntry { value: role, ..OptionEntry::default() };
    let optional = OptionEntry { optional: literal, ..OptionEntry::default() };
    let mut all: Vec<Resolved> = Vec::new();
    for (flags, entry, info) in [
        (&block.switches, &OptionEntry::default(), false),
        (&block.values, &value, false),
        (&block.optional, &optional, false),
        (&block.info, &OptionEntry::default(), true),
    ] {
        for flag in flags.split_whitespace() {
            // A flag that prints and exits may stand in another list as well, which then says what it takes.
            match all.iter_mut().find(|known| known.flags.iter().any(|f| f == flag)) {
                Some(known) => known.info |= info,
                None => all.push(Resolved { flags: vec![flag.to_owned()], entry: entry.clone(), info, known: None }),
            }
        }
    }
    all
}
