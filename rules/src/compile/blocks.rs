//! The `toml spec` and `toml lists` blocks of Markdown files.

use super::lists::Lists;
use super::{Place, Problem, Source};
use serde::de::DeserializeOwned;
use std::rc::Rc;

/// What files say, as it is written.
#[derive(Default)]
pub struct Authored {
    pub(super) sources: Vec<Source>,
    pub(super) problems: Vec<Problem>,
    lists: Lists,
}

#[derive(Clone, Copy)]
enum Kind {
    Spec,
    Lists,
}

impl Authored {
    /// Reads the blocks of a file. What cannot be read is a problem; the rest is still read.
    pub fn read(&mut self, file: &str, text: &str) {
        let text: Rc<str> = Rc::from(text);
        let place = |span| Place { file: file.to_owned(), text: Rc::clone(&text), span };
        let mut open: Option<(Kind, usize)> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let next = at + line.len();
            match (open, line.trim_end()) {
                (None, "```toml spec") => open = Some((Kind::Spec, next)),
                (None, "```toml lists") => open = Some((Kind::Lists, next)),
                (Some((kind, start)), "```") => {
                    self.block(kind, place(start..at));
                    open = None;
                }
                _ => {}
            }
            at = next;
        }
        if let Some((_, start)) = open {
            self.problems.push(place(start..start).problem("the block is not closed"));
        }
    }

    /// Whether the files hold no block.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty() && self.problems.is_empty() && self.lists.is_empty()
    }

    fn block(&mut self, kind: Kind, place: Place) {
        match kind {
            Kind::Spec => {
                let block = self.parsed(&place);
                self.sources.extend(block.map(|block| Source { place, block }));
            }
            Kind::Lists => {
                if let Some(lists) = self.parsed(&place) {
                    self.lists.add(lists, &place, &mut self.problems);
                }
            }
        }
    }

    /// What a block says.
    fn parsed<T: DeserializeOwned>(&mut self, place: &Place) -> Option<T> {
        toml::from_str(place.block()).map_err(|error| self.problems.push(place.unread(&error))).ok()
    }

    /// Puts lists where their names stand.
    pub(super) fn fill_in(&mut self) {
        for source in &mut self.sources {
            self.lists.fill_in(&mut source.block, &source.place, &mut self.problems);
        }
        self.problems.extend(self.lists.unused());
    }
}
