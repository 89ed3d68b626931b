//! What may be in a file that the script itself fills.

use super::shared::{Shared, Table};
use super::value::Unit;
use smallvec::SmallVec;
use std::rc::Rc;

/// So many contents of one file are told apart.
const MOST_CONTENTS: usize = 16;

/// What the script has put into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// This text, as far as it is known.
    Text(Rc<str>),
    /// What another file holds, or a link to that.
    Same(String),
    /// What these commands print, of which nothing is known.
    Output(Vec<Unit>),
    /// Nothing: what was there before the script.
    Before,
    /// More than is told apart.
    More,
}

/// What is in a file that the script has not filled.
pub(super) const BEFORE: &[Made] = &[Made::Before];

/// All that may be in a file. There is one entry where that is certain.
pub(super) type Contents = SmallVec<[Made; 1]>;

/// The contents of each file, by its name.
pub(super) type Filled = Shared<Table<String, Contents>>;

/// Adds what else may be in a file.
pub(super) fn add(held: &mut Contents, all: Contents) {
    for made in all {
        if held.len() >= MOST_CONTENTS {
            if !held.contains(&Made::More) {
                held.push(Made::More);
            }
            return;
        }
        if !held.contains(&made) {
            held.push(made);
        }
    }
}
