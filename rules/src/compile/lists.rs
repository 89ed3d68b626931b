//! Lists that have a name, which blocks use: `{name}` among flags, or among texts.

use super::{Place, Problem};
use crate::authored::{Block, OneOrMany};
use std::cell::Cell;
use std::collections::BTreeMap;

/// The lists of all files.
#[derive(Default)]
pub(super) struct Lists {
    named: BTreeMap<String, List>,
}

struct List {
    /// Flags, or texts.
    words: Vec<String>,
    /// The block that names it.
    place: Place,
    used: Cell<bool>,
}

impl Lists {
    /// Adds what a `toml lists` block names.
    pub(super) fn add(&mut self, lists: BTreeMap<String, OneOrMany>, place: &Place, problems: &mut Vec<Problem>) {
        for (name, list) in lists {
            if let Some(other) = self.named.get(&name) {
                let message = format!("list `{name}` is also named at {}", other.place.line());
                problems.push(place.problem(&message));
            }
            let words = match list {
                OneOrMany::One(flags) => split(&flags),
                OneOrMany::Many(texts) => texts,
            };
            self.named.insert(name, List { words, place: place.clone(), used: Cell::new(false) });
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Puts them where a block names them.
    pub(super) fn fill_in(&self, block: &mut Block, place: &Place, problems: &mut Vec<Problem>) {
        let mut wrong = Vec::new();
        for flags in block.flags_mut().filter(|flags| flags.contains('{')) {
            *flags = self.filled(split(flags), &mut wrong, 0).join(" ");
        }
        for texts in block.texts_mut().filter(|texts| texts.iter().any(|text| named(text).is_some())) {
            *texts = self.filled(std::mem::take(texts), &mut wrong, 0);
        }
        problems.extend(wrong.iter().map(|message| place.problem(message)));
    }

    /// Those that nothing uses.
    pub(super) fn unused(&self) -> impl Iterator<Item = Problem> {
        let unused = self.named.iter().filter(|(_, list)| !list.used.get());
        unused.map(|(name, list)| list.place.problem(&format!("list `{name}` is not used")))
    }

    fn filled(&self, words: Vec<String>, wrong: &mut Vec<String>, depth: usize) -> Vec<String> {
        let mut filled = Vec::with_capacity(words.len());
        for word in words {
            let Some(name) = named(&word) else {
                filled.push(word);
                continue;
            };
            match self.named.get(name) {
                Some(list) if depth < 8 => {
                    list.used.set(true);
                    filled.extend(self.filled(list.words.clone(), wrong, depth + 1));
                }
                Some(_) => wrong.push(format!("list `{name}` goes in a circle")),
                None => wrong.push(format!("no list is named `{name}`")),
            }
        }
        filled
    }
}

fn split(flags: &str) -> Vec<String> {
    flags.split_whitespace().map(str::to_owned).collect()
}

/// The name of a list, where this stands for one.
fn named(word: &str) -> Option<&str> {
    let name = word.strip_prefix('{')?.strip_suffix('}')?;
    let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    fits.then_some(name)
}
