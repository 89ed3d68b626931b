//! Which commands talk to another system, by what most of their subcommands do: for a subcommand that nobody described.

use super::writer::Image;
use crate::format::{COMMANDS, EFFECTS, FORMS, SUBCOMMANDS, bits};
use crate::vocabulary::EffectKind;
use std::collections::HashSet;

impl Image {
    /// Says in the record of a command whether it is remote. Its subcommands have been written.
    pub(super) fn mark_remote(&mut self, command: u32) {
        let bit = bits::put(u32::from(self.is_remote(command)), bits::REMOTE);
        // What is added to an image begins with a copy of what was known.
        let keys = self.get(COMMANDS, command, 10) & !bits::REMOTE;
        self.set(COMMANDS, command, 10, keys | bit);
    }

    /// Whether more than half of those that do anything, of a command and all below it, talk to another system.
    fn is_remote(&self, command: u32) -> bool {
        let (mut all, mut remote) = (0_usize, 0_usize);
        // A word may lead back to where it stands, so each command counts once.
        let (mut seen, mut open) = (HashSet::new(), vec![command]);
        while let Some(command) = open.pop() {
            if !seen.insert(self.text_at(COMMANDS, command)) {
                continue;
            }
            let mut effects = self.range(COMMANDS, command, 8).flat_map(|form| self.range(FORMS, form, 14));
            all += usize::from(effects.clone().any(|effect| self.kind(effect) != EffectKind::Unknown));
            remote += usize::from(effects.any(|effect| self.goes_out(effect)));
            open.extend(self.range(COMMANDS, command, 4).map(|at| self.get(SUBCOMMANDS, at, 2)));
        }
        remote * 2 > all
    }

    fn goes_out(&self, effect: u32) -> bool {
        use EffectKind as K;
        // The database of a project is on this machine as often as not.
        !self.text_of(EFFECTS, effect, 2).contains("database")
            && matches!(
                self.kind(effect),
                K::Connect | K::Fetch | K::Send | K::Query | K::Change | K::Erase | K::Publish
            )
    }

    fn kind(&self, effect: u32) -> EffectKind {
        EffectKind::from_index(self.get(EFFECTS, effect, 0)).unwrap_or(EffectKind::Unknown)
    }
}
