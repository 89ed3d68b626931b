//! What of the file system may not be read: which of it is covered, which is hollowed out because something inside stays
//! open, and which files a pattern means today.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use guardian_engine::placement::PathPattern;
use walkdir::WalkDir;

use super::policy::Policy;
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

/// Divides what is denied into what is covered whole and what something inside of remains open.
pub(super) fn settle(policy: &mut Policy) -> Result<(), Error> {
    for denied in &policy.denied {
        if denied == Path::new("/") {
            return Err(Error::invalid("reads cannot be denied everywhere: name what is secret"));
        }
        for root in policy.roots.iter().filter(|root| root.starts_with(denied)) {
            let opened =
                policy.opened.iter().any(|open| open != denied && open.starts_with(denied) && root.starts_with(open));
            if !opened {
                let (denied, root) = (denied.display(), root.display());
                return Err(Error::invalid(format!(
                    "{root} may be written but {denied} not read: deny reads more narrowly"
                )));
            }
        }
    }
    let open: Vec<PathBuf> = policy.opened.iter().chain(&policy.roots).cloned().collect();
    let denied: BTreeSet<PathBuf> = std::mem::take(&mut policy.denied).into_iter().collect();
    for place in &denied {
        // What lies in a place that is covered already is covered with it, unless something between them is open.
        let above = denied.iter().filter(|other| *other != place && place.starts_with(other)).max();
        let shown = above.is_none_or(|above| {
            open.iter().any(|open| open != above && open.starts_with(above) && place.starts_with(open))
        });
        if !shown {
            continue;
        }
        let hollow = place.is_dir() && open.iter().any(|open| open != place && open.starts_with(place));
        if hollow { policy.hollows.push(place.clone()) } else { policy.denied.push(place.clone()) }
    }
    let (roots, hollows) = (&policy.roots, &policy.hollows);
    // What is hidden needs no guard, and has nothing to hold on to.
    policy.guards.retain(|guard| {
        let hollow = hollows.iter().filter(|hollow| guard.path.starts_with(hollow)).max();
        hollow.is_none_or(|hollow| {
            open.iter().any(|open| open != hollow && open.starts_with(hollow) && guard.path.starts_with(open))
        })
    });
    policy.opened.retain(|open| !roots.contains(open) && hollows.iter().any(|hollow| open.starts_with(hollow)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_open_hollows_out_what_is_denied() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("home/work/secret")).unwrap();
        std::fs::create_dir_all(root.join("home/other")).unwrap();
        let at = |path: &str| root.join(path);
        let mut policy = Policy {
            roots: vec![at("home/work")],
            denied: vec![at("home"), at("home/other"), at("home/work/secret")],
            opened: vec![at("home/work")],
            ..Policy::default()
        };
        settle(&mut policy).unwrap();
        assert_eq!(policy.hollows, [at("home")]);
        assert_eq!(policy.denied, [at("home/work/secret")]);
        assert!(policy.opened.is_empty(), "a root is attached as a root");

        let mut policy = Policy { roots: vec![at("home/work")], denied: vec![at("home")], ..Policy::default() };
        assert!(settle(&mut policy).unwrap_err().to_string().contains("deny reads more narrowly"));
    }

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
