//! Names that a command lists and that somebody parts at blanks: a name with a blank in it is several words then, each of which
//! may name another file, or be an option.

use super::expand::Words;
use super::state::Directory;
use super::value::{Knowledge, Value};
use super::walker::Walker;
use crate::facts::Names;
use guardian_rules::paths::{is_pattern, within};
use guardian_rules::places;

/// So many words that names fall into are followed.
const MOST: usize = 32;

/// Who parts the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// The shell, which takes what is left for patterns.
    Shell,
    /// xargs, which takes quotes and backslashes away.
    Xargs,
}

impl Walker<'_> {
    /// The words that names fall into which a command lists below a folder: nothing where there are more than are followed.
    /// Where nobody knows the names, they are taken for plain ones.
    pub(super) fn parts(&self, names: &Value, directory: &Directory, by: Parts) -> Option<Vec<Value>> {
        let mut words: Vec<Value> = Vec::new();
        if names.knowledge != Knowledge::Name {
            return Some(words);
        }
        let folder = names.text.trim_end_matches('/');
        for directory in directory.each() {
            let Some(path) = directory.join(if names.text.is_empty() { "." } else { &names.text }) else { continue };
            // What the system put there has plain names.
            if places::PUBLIC.iter().any(|public| within(&path, public)) {
                continue;
            }
            let parted = match self.facts.parted(&path) {
                None => continue,
                Some(Names::More) => return None,
                Some(Names::These(parted)) => parted,
            };
            for name in parted {
                let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                let bare = if by == Parts::Xargs { name.replace(['"', '\'', '\\'], "") } else { name.clone() };
                for word in bare.split_whitespace() {
                    let pattern = by == Parts::Shell && is_pattern(word);
                    let knowledge = if pattern { Knowledge::Pattern } else { Knowledge::Exact };
                    let itself = word == name && !pattern;
                    if itself || words.iter().any(|known| known.text == word) {
                        continue;
                    }
                    if words.len() >= MOST {
                        return None;
                    }
                    let value =
                        Value { knowledge, many: pattern, from: names.from.clone(), ..Value::exact(word, names.span) };
                    words.push(value);
                }
            }
        }
        Some(words)
    }

    /// The words that these become, where the shell parts names which a command lists. What has its parts beside it begins
    /// as it is known to, so that it is no option below a folder with a plain name.
    pub(super) fn with_parts(&self, words: &mut Words, directory: &Directory) {
        let mut more = Vec::new();
        for word in words.iter_mut().filter(|word| word.split && word.knowledge == Knowledge::Name) {
            match self.parts(word, directory, Parts::Shell) {
                Some(parts) => {
                    more.extend(parts);
                    word.split = word.text.contains(char::is_whitespace) || is_pattern(&word.text);
                }
                None => *word = unlisted(word),
            }
        }
        words.extend(more);
    }
}

/// Names of which nothing is known.
pub(super) fn unlisted(names: &Value) -> Value {
    let why = super::value::Why::Output;
    Value { many: true, split: true, from: names.from.clone(), ..Value::unknown(why, names.span) }
}
