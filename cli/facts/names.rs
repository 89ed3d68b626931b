//! Names of files that nobody names: those that fall into pieces where words are parted, and those below a small folder.

use guardian_engine::Names;
use guardian_rules::places;
use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// So many names are looked at.
const MOST_NAMES: usize = 2_000;
/// So many are looked at deeper down.
const MOST_DEEPER: usize = 1_000;
/// So many are told.
const MOST_TOLD: usize = 200;

/// Whether a name is more than one word, or another, to whoever parts words at blanks, takes quotes and backslashes away, or
/// takes it for a pattern. One in brackets, as the pages of a site have, matches other sources at most.
pub fn is_parted(name: &[u8]) -> bool {
    let sign =
        |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | b'"' | b'\'' | b'\\' | b'*' | b'?');
    let source = || {
        let extension = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        places::CODE.iter().any(|code| code.as_bytes() == extension)
    };
    name.iter().any(sign) || name.contains(&b'[') && !source()
}

/// The names below a folder that are. `tracked` gives those that version control knows.
pub fn parted(folder: &Path, tracked: impl Fn(&Path) -> Vec<PathBuf>) -> Option<Names> {
    let mut found: BTreeSet<PathBuf> = tracked(folder).into_iter().collect();
    let mut walk = Walk { folder, looked: 0 };
    let mut open = Vec::new();
    for (name, is_folder) in walk.entries(Path::new(""))? {
        match is_parted(name.as_os_str().as_bytes()) {
            true if is_folder => open.push(name),
            true => drop(found.insert(name)),
            false => {}
        }
    }
    found.extend(walk.all(open)?);
    found.extend(deeper(folder));
    told(found, walk.looked)
}

/// Those that lie deeper, known to version control or not, in the first folders that are looked into: what a build makes again
/// is passed by, and of a large folder the rest is not known.
fn deeper(folder: &Path) -> Vec<PathBuf> {
    let mut walk = Walk { folder, looked: 0 };
    let mut open = VecDeque::from([PathBuf::new()]);
    let mut found = Vec::new();
    while let Some(below) = open.pop_front().filter(|_| walk.looked < MOST_DEEPER) {
        for (name, is_folder) in walk.entries(&below).unwrap_or_default() {
            let last = name.file_name().unwrap_or_default();
            let passed_by = || places::REGENERABLE.iter().chain(&[".git"]).any(|other| last == *other);
            if is_folder && !passed_by() {
                open.push_back(name);
            } else if !is_folder && is_parted(name.as_os_str().as_bytes()) {
                found.push(name);
            }
        }
    }
    found
}

/// All files below a folder.
pub fn files(folder: &Path) -> Option<Names> {
    let mut walk = Walk { folder, looked: 0 };
    let found = walk.all(vec![PathBuf::new()])?;
    told(found.into_iter().collect(), walk.looked)
}

fn told(names: BTreeSet<PathBuf>, looked: usize) -> Option<Names> {
    if looked > MOST_NAMES || names.len() > MOST_TOLD {
        return Some(Names::More);
    }
    let names = names.into_iter().map(|name| name.to_string_lossy().into_owned());
    Some(Names::These(names.collect()))
}

struct Walk<'a> {
    folder: &'a Path,
    looked: usize,
}

impl Walk<'_> {
    /// What lies in a folder below, and whether each is a folder. Nothing where it cannot be looked into.
    fn entries(&mut self, below: &Path) -> Option<Vec<(PathBuf, bool)>> {
        let path = if below.as_os_str().is_empty() { self.folder.to_owned() } else { self.folder.join(below) };
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            // There is nothing to list.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(Vec::new()),
            Err(_) => return None,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.ok()?;
            self.looked += 1;
            if self.looked > MOST_NAMES {
                break;
            }
            found.push((below.join(entry.file_name()), entry.file_type().ok()?.is_dir()));
        }
        Some(found)
    }

    /// All files below these folders.
    fn all(&mut self, mut open: Vec<PathBuf>) -> Option<Vec<PathBuf>> {
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for (name, is_folder) in self.entries(&folder)? {
                if is_folder { open.push(name) } else { found.push(name) }
            }
            if self.looked > MOST_NAMES {
                break;
            }
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(names: &[&str]) -> Option<Names> {
        Some(Names::These(names.iter().map(|name| (*name).to_owned()).collect()))
    }

    #[test]
    fn names_that_fall_into_pieces_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("d /etc")).unwrap();
        fs::create_dir_all(root.join("src/x y")).unwrap();
        fs::create_dir_all(root.join("node_modules/x")).unwrap();
        for name in [
            "d /etc/x",
            "src/x y/z",
            "src/a b",
            "node_modules/x/c d",
            "a b.md",
            "plain",
            "[id].tsx",
            "[x].key",
            "q\"uote",
        ] {
            fs::write(root.join(name), b"").unwrap();
        }
        let tracked = |_: &Path| vec![PathBuf::from("far/x y/z")];
        let all = ["[x].key", "a b.md", "d /etc/x", "far/x y/z", "q\"uote", "src/a b", "src/x y/z"];
        assert_eq!(parted(root, tracked), these(&all));
        assert_eq!(parted(&root.join("src"), |_| Vec::new()), these(&["a b", "x y/z"]));
        assert_eq!(parted(&root.join("gone"), |_| Vec::new()), these(&[]));
    }

    #[test]
    fn all_files_of_a_small_folder_are_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        for name in ["a/b/x.json", "y.md"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        assert_eq!(files(folder.path()), these(&["a/b/x.json", "y.md"]));
        for n in 0..=MOST_TOLD {
            fs::write(folder.path().join(n.to_string()), b"").unwrap();
        }
        assert_eq!(files(folder.path()), Some(Names::More));
    }
}
