//! Which files a pattern of what may not be read means today.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use guardian_engine::placement::PathPattern;
use walkdir::WalkDir;

use crate::error::Error;

/// No more names are looked at for one pattern: whoever launches does not wait for ever.
const MOST_SEEN: usize = 200_000;
/// Each one found is a mount.
const MOST_FOUND: usize = 2_000;
/// Made by the kernel, and made anew in the box.
const KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// The existing places that the patterns cover.
pub(super) fn matching(patterns: &[PathPattern]) -> Result<Vec<PathBuf>, Error> {
    let mut found = BTreeSet::new();
    for pattern in patterns {
        look(pattern, &mut found)?;
        if found.len() > MOST_FOUND {
            return Err(Error::invalid(format!("more than {MOST_FOUND} places may not be read: deny their folders")));
        }
    }
    Ok(found.into_iter().collect())
}

fn look(pattern: &PathPattern, found: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    let depth = pattern.depth().unwrap_or(usize::MAX);
    let mut walk = WalkDir::new(pattern.folder()).max_depth(depth).into_iter();
    let mut seen = 0_usize;
    // A folder that we cannot read is one that the command cannot read either.
    while let Some(entry) = walk.next() {
        seen += 1;
        if seen > MOST_SEEN {
            return Err(Error::invalid(format!(
                "there is too much below {} to look for {pattern}: name a deeper folder, or set glob_scan_max_depth",
                pattern.folder()
            )));
        }
        let Ok(entry) = entry else {
            continue;
        };
        let path = entry.path();
        let fits = path.to_str().is_some_and(|path| pattern.fits(path));
        if fits {
            // A link is followed by whoever opens it; what it leads to is what has to be covered.
            found.extend(path.canonicalize());
        }
        if entry.file_type().is_dir() && (fits || KERNEL.iter().any(|kernel| path == Path::new(kernel))) {
            walk.skip_current_dir();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_what_is_there_and_goes_no_deeper_than_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        for file in [".env", "a/x.env", "a/b/y.env", "a/plain"] {
            std::fs::write(root.join(file), "").unwrap();
        }
        let pattern = PathPattern::parse(&format!("{}/**/*.env", root.display())).unwrap();
        let found = matching(std::slice::from_ref(&pattern)).unwrap();
        assert_eq!(found, [root.join(".env"), root.join("a/b/y.env"), root.join("a/x.env")]);
        assert_eq!(matching(&[pattern.at_most(1)]).unwrap(), [root.join(".env")]);
    }
}
