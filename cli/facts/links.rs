//! Where links lead that a pattern meets.

use super::resolve;
use guardian_engine::Links;
use guardian_rules::image::matches;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// So many names are looked at for one pattern.
const MOST_NAMES: usize = 10_000;
/// So many links are followed.
const MOST_LINKS: usize = 1_000;

/// Any depth of folders, as far as version control knows them.
const DEEP: &str = "**";
/// Any depth of folders.
const ALL: &str = "***";

/// The links that a path with `*` meets. `tracked` gives those below a folder that version control knows.
pub fn links(pattern: &str, tracked: impl Fn(&Path) -> Vec<PathBuf>) -> Option<Links> {
    if !pattern.starts_with('/') {
        return None;
    }
    let mut met = Met::default();
    let names: Vec<&str> = pattern.split('/').filter(|name| !name.is_empty()).collect();
    met.walk(&names)?;
    if let Some(deep) = names.iter().position(|name| *name == DEEP) {
        let (folder, rest) = names.split_at(deep);
        let folder: PathBuf = Path::new("/").join(folder.iter().collect::<PathBuf>());
        let last = rest.last().copied().unwrap_or(DEEP);
        let named = |link: &&PathBuf| link.file_name().and_then(OsStr::to_str).is_none_or(|name| matches(last, name));
        tracked(&folder).iter().filter(named).try_for_each(|link| met.add(link, &[]))?;
    }
    Some(if met.more { Links::More } else { Links::To(met.to.into_iter().collect()) })
}

#[derive(Default)]
struct Met {
    to: BTreeSet<String>,
    looked: usize,
    more: bool,
}

impl Met {
    /// Expands the names, one folder after another. Nothing where one of them cannot be looked into.
    fn walk(&mut self, names: &[&str]) -> Option<()> {
        let mut open: Vec<(PathBuf, usize)> = vec![(PathBuf::from("/"), 0)];
        while let Some((folder, at)) = open.pop() {
            let Some(name) = names.get(at) else { continue };
            let rest = names.get(at + 1..).unwrap_or_default();
            if !name.contains('*') {
                // Links in front of the pattern are the engine's to resolve.
                open.push((folder.join(name), at + 1));
                continue;
            }
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                let entry = entry.ok()?;
                self.looked += 1;
                if self.looked > MOST_NAMES || self.to.len() > MOST_LINKS {
                    self.more = true;
                    return Some(());
                }
                // A name that is no text is no name of a place that anybody lists, but may be a link to one.
                if !entry.file_name().to_str().is_none_or(|text| matches(name, text)) {
                    continue;
                }
                let kind = entry.file_type().ok()?;
                if kind.is_symlink() {
                    self.add(&entry.path(), rest)?;
                } else if kind.is_dir() && !rest.is_empty() {
                    open.push((entry.path(), at + 1));
                }
                if kind.is_dir() && *name == ALL {
                    open.push((entry.path(), at));
                }
            }
        }
        Some(())
    }

    /// A link, and what the pattern says of the names beyond it.
    fn add(&mut self, link: &Path, rest: &[&str]) -> Option<()> {
        // One that leads round in circles leads nowhere.
        let Some(mut to) = resolve(link).filter(|to| rest.is_empty() || to.is_dir()) else { return Some(()) };
        to.extend(rest);
        self.to.insert(to.into_os_string().into_string().ok()?);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_links_that_a_pattern_meets_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a.md"), b"").unwrap();
        symlink("/etc/shadow", root.join("k.md")).unwrap();
        symlink("/etc", root.join("a/etc")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let none = |_: &Path| Vec::new();
        let met = |pattern: &str| links(&format!("{}/{pattern}", root.display()), none);
        let to = |paths: &[&str]| Some(Links::To(paths.iter().map(|path| (*path).to_owned()).collect()));
        assert_eq!(met("*.md"), to(&["/etc/shadow"]));
        assert_eq!(met("*.rs"), to(&[]));
        assert_eq!(met("*"), to(&["/etc/shadow"]));
        assert_eq!(met("a/*/shadow"), to(&["/etc/shadow"]));
        assert_eq!(met("*/*/x"), to(&["/etc/x"]));
        assert_eq!(met("gone/*"), to(&[]));
        assert_eq!(links("relative/*", none), None);
    }

    #[test]
    fn below_any_depth_version_control_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        symlink("/etc/shadow", root.join("a/b/k.md")).unwrap();
        let tracked = |_: &Path| vec![root.join("a/b/k.md")];
        let met = |pattern: &str| links(&format!("{}/{pattern}", root.display()), tracked);
        assert_eq!(met("**/*.md"), Some(Links::To(vec!["/etc/shadow".to_owned()])));
        assert_eq!(met("**"), Some(Links::To(vec!["/etc/shadow".to_owned()])));
        assert_eq!(met("**/*.rs"), Some(Links::To(Vec::new())));
        let untracked = links(&format!("{}/***", root.display()), |_| Vec::new());
        assert_eq!(untracked, Some(Links::To(vec!["/etc/shadow".to_owned()])));
    }

    #[test]
    fn a_folder_with_more_names_than_are_looked_at_is_not_taken_for_known() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..=MOST_NAMES {
            fs::write(folder.path().join(n.to_string()), b"").unwrap();
        }
        assert_eq!(links(&format!("{}/*", folder.path().display()), |_| Vec::new()), Some(Links::More));
    }
}
