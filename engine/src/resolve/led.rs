//! Links that the script makes, and folders that it copies: what lies, or is put, behind one of their names lies behind the
//! other as well.

use super::contents::Made;
use super::walker::Walker;
use crate::shell::Span;
use smallvec::SmallVec;

/// So many links are followed.
const MOST_LINKS: usize = 64;
/// So many names of one file are told apart.
const MOST_NAMES: usize = 64;

/// The folders that a path lies in, the innermost first, each with the rest of the path.
fn folders(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.rmatch_indices('/')
        .filter_map(move |(at, _)| path.split_at_checked(at))
        .filter(|(folder, _)| !folder.is_empty())
}

impl Walker<'_> {
    /// One name leads to another from now on. A relative name in a symbolic link starts where the link lies.
    pub(super) fn leads(&mut self, link: &str, to: &str, written: &str) {
        let beside = link.rsplit_once('/').map(|(folder, _)| format!("{folder}/{written}"));
        let beside = beside.filter(|_| !written.starts_with('/') && !written.contains(".."));
        for to in [Some(to.to_owned()), beside].into_iter().flatten() {
            let entry = (link.to_owned(), to);
            if entry.0 == entry.1 || self.files.links.contains(&entry) {
                continue;
            }
            if self.files.links.len() == MOST_LINKS {
                return self.limit(Span::default(), "there are more links of the script's own than are followed");
            }
            self.files.links.push(entry);
        }
    }

    /// Where a name leads by the links that the script has made.
    pub(super) fn led_to(&mut self, path: &str) -> Vec<String> {
        let (mut names, mut more) = (vec![path.to_owned()], false);
        let mut at = 0;
        while let Some(name) = names.get(at).cloned() {
            at += 1;
            for (link, to) in &self.files.links {
                let rest = name.strip_prefix(link.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'));
                if let Some(rest) = rest {
                    let led = format!("{to}{rest}");
                    let new = !names.contains(&led);
                    more |= new && names.len() == MOST_NAMES;
                    if new && !more {
                        names.push(led);
                    }
                }
            }
        }
        if more {
            self.limit(Span::default(), "a file has more names than are followed");
        }
        names.remove(0);
        names
    }

    /// Where a file lies that is what it is by a folder which the script has copied, moved or linked.
    pub(super) fn behind_folders(&self, path: &str) -> SmallVec<[String; 2]> {
        let mut found = SmallVec::new();
        if !self.files.copies_folders {
            return found;
        }
        for (folder, rest) in folders(path) {
            for made in self.files.written.get(folder).into_iter().flatten() {
                if let Made::Same(other) = made {
                    found.push(format!("{}{rest}", other.trim_end_matches('/')));
                }
            }
        }
        found
    }
}
