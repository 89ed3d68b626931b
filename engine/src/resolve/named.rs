//! Which file a word names, for whoever asks later what the script itself has put there: a name that is not known is still
//! the same name wherever it stands, as that of a temporary file is which a command made.

use super::state::{Directory, behind};
use super::value::{HOLE, Knowledge, Value};
use compact_str::{CompactString, format_compact};
use guardian_rules::paths::is_pattern;
use smallvec::SmallVec;

/// A file, by a name that tells it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The absolute path, where it is nearly known; else what is known of it, behind what it comes from.
    pub(crate) path: CompactString,
    /// Whether the word names this file and no other.
    pub(crate) sure: bool,
}

impl Directory {
    /// A relative word of the folders that a pattern matches, as the pattern and it together name it: one that is known, or a
    /// pattern, and does not climb out.
    #[must_use]
    pub(crate) fn matched(&self, word: &Value) -> Option<Value> {
        let Self::Matched(base) = self else { return None };
        let text = word.text.as_str();
        let known = word.knowledge == Knowledge::Pattern || word.known().is_some() && !is_pattern(text);
        if !known || word.split || text.starts_with(['/', '~']) || text.split('/').any(|part| part == "..") {
            return None;
        }
        let text = behind(base, text);
        Some(Value { text, knowledge: Knowledge::Pattern, sketch: None, ..word.clone() })
    }

    /// The files that a word may name, seen from here.
    pub(crate) fn named(&self, word: &Value) -> SmallVec<[Named; 1]> {
        let sure = word.known().is_some() || word.is_made();
        let text = match word.knowledge {
            Knowledge::Exact | Knowledge::Pattern => word.text.as_str().into(),
            _ => word.outline(),
        };
        if text.is_empty() {
            return SmallVec::new();
        }
        if text.contains(HOLE) && !sure {
            return SmallVec::from_elem(Named { path: format_compact!("{:?}{text}", word.from), sure }, 1);
        }
        let bases = self.each();
        let several = bases.len() > 1;
        let paths = bases.iter().map(|base| match base.reach(&text) {
            Some(path) => Named { path, sure: sure && !several },
            None if let Some(matched) = base.matched(word) => Named { path: matched.text, sure: false },
            None => Named { path: format_compact!("?/{text}"), sure: false },
        });
        paths.collect()
    }
}

impl Named {
    /// Whether it is an absolute path, of which others can be asked.
    pub(crate) fn is_path(&self) -> bool {
        self.path.starts_with('/')
    }

    /// A file in this folder.
    pub(crate) fn holds(&self, name: &str) -> Self {
        let folder = self.path.trim_end_matches(['/', '.']);
        Self { path: format_compact!("{folder}/{name}"), sure: self.sure }
    }
}
