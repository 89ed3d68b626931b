//! Which places inside a writable root are kept from being changed, and how.
//!
//! Holding `.git/hooks` read-only is not enough: its parent could be renamed, a link on the way replaced, and if it does
//! not exist, it could be made. So every directory on the way is *held* (a mount on itself cannot be renamed), links are
//! kept with their targets, and what is missing is stood in for by an empty *placeholder*.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use guardian_engine::placement::PROTECTED;
use rustix::fs::OFlags;

use super::placeholder::is_placeholder;
use crate::error::{Error, Stage};

/// How a place is guarded. Of two, the greater holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hold {
    /// It stays where it is; its content may change.
    InPlace,
    /// It does not exist, and may not come to exist.
    Absent,
    /// It stays as it is.
    ReadOnly,
}

/// A guarded place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    /// Its absolute path; of a link, that of the link itself.
    pub(crate) path: PathBuf,
    /// How it is guarded.
    pub(crate) hold: Hold,
}

/// Directories looked through for nested repositories, nearest first. A workspace of many thousand directories is not
/// walked to its end for every command; the trace of a launch says so.
const MOST_DIRECTORIES: usize = 1_000;
const DEEPEST: usize = 6;
const MOST_LINKS: usize = 16;

/// The guards of one root.
#[derive(Debug, Default)]
pub(crate) struct Guards {
    /// What is guarded.
    pub(crate) found: Vec<Guard>,
    /// What could not be looked through for nested repositories, as a note.
    pub(crate) note: Option<String>,
}

/// The guards for the protected places of one root. `roots` are all the places that may be written.
pub(crate) fn guards(root: &Path, protected: &[String], roots: &[PathBuf]) -> Result<Guards, Error> {
    let mut found = Vec::new();
    let mut note = None;
    let mut todo: Vec<(PathBuf, PathBuf)> = Vec::new();
    for relative in protected.iter().map(PathBuf::from) {
        if relative.as_os_str().is_empty() || !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Error::invalid(format!("protected path {relative:?} is not a path below its root")));
        }
        todo.push((root.to_owned(), relative));
    }
    if protected.iter().any(|relative| relative.starts_with(".git")) && root.is_dir() {
        let (repositories, whole) = repositories(root);
        if !whole {
            note = Some(format!(
                "repositories nested in {} are protected as far as they lie in its nearest {MOST_DIRECTORIES} folders, \
                 {DEEPEST} deep",
                root.display()
            ));
        }
        for repository in repositories {
            todo.extend(of_repository(&repository, roots)?);
        }
    }
    let mut links = 0;
    while let Some((base, relative)) = todo.pop() {
        if let Some(next) = walk(&base, &relative, &mut found)? {
            links += 1;
            if links > MOST_LINKS {
                return Err(Error::invalid(format!("{} holds too many links to protect", root.display())));
            }
            todo.extend(inside(&next, roots));
        }
    }
    Ok(Guards { found, note })
}

/// The root that a path lies in, and the rest of the path.
fn inside(path: &Path, roots: &[PathBuf]) -> Option<(PathBuf, PathBuf)> {
    let root = roots.iter().rfind(|root| path.starts_with(root))?;
    let rest = path.strip_prefix(root).ok()?;
    (!rest.as_os_str().is_empty()).then(|| (root.clone(), rest.to_owned()))
}

/// Guards each step of the way. If one is a link, the answer is where the rest of the way goes on.
fn walk(base: &Path, relative: &Path, found: &mut Vec<Guard>) -> Result<Option<PathBuf>, Error> {
    let mut path = base.to_owned();
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let last = parts.peek().is_none();
        let metadata = match path.symlink_metadata() {
            Ok(metadata) if is_placeholder(&metadata) => {
                found.push(Guard { path, hold: Hold::Absent });
                return Ok(None);
            }
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                found.push(Guard { path, hold: Hold::Absent });
                return Ok(None);
            }
            Err(error) => return Err(Error::failed(Stage::Prepare, path.display(), error)),
        };
        let hold = if metadata.is_dir() && !last { Hold::InPlace } else { Hold::ReadOnly };
        found.push(Guard { path: path.clone(), hold });
        if metadata.is_symlink() {
            // A dangling link is kept; what it points to does not exist, and is made somewhere else if at all.
            let Ok(target) = path.canonicalize() else {
                return Ok(None);
            };
            return Ok(Some(parts.fold(target, |target, part| target.join(part))));
        }
        if hold == Hold::ReadOnly {
            return Ok(None);
        }
    }
    Ok(None)
}

/// Each place once, with the strictest hold, outer before inner, and nothing below what is read-only or absent.
pub(crate) fn tidy(guards: Vec<Guard>) -> Vec<Guard> {
    let mut merged = BTreeMap::<PathBuf, Hold>::new();
    for Guard { path, hold } in guards {
        let entry = merged.entry(path).or_insert(hold);
        *entry = hold.max(*entry);
    }
    let mut kept: Vec<Guard> = Vec::new();
    let mut closed: Option<PathBuf> = None;
    for (path, hold) in merged {
        if closed.as_ref().is_some_and(|closed| path.starts_with(closed)) {
            continue;
        }
        if hold != Hold::InPlace {
            closed = Some(path.clone());
        }
        kept.push(Guard { path, hold });
    }
    kept
}

/// The `.git` of every repository below a root, nearest first, the root's own included, and whether there was nothing
/// left to look through. Links are not followed.
fn repositories(root: &Path) -> (Vec<PathBuf>, bool) {
    let mut found = Vec::new();
    let mut too_deep = false;
    let mut queue = VecDeque::from([(root.to_owned(), 0)]);
    for _ in 0..MOST_DIRECTORIES {
        let Some((directory, depth)) = queue.pop_front() else {
            break;
        };
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            if entry.file_name() == ".git" {
                found.push(entry.path());
            } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if depth < DEEPEST {
                    queue.push_back((entry.path(), depth + 1));
                } else {
                    too_deep = true;
                }
            }
        }
    }
    let whole = queue.is_empty() && !too_deep;
    (found, whole)
}

/// What of a repository runs code, wherever its parts lie, as far as that may be written.
fn of_repository(dot_git: &Path, roots: &[PathBuf]) -> Result<Vec<(PathBuf, PathBuf)>, Error> {
    let mut paths = BTreeSet::new();
    let mut directories = vec![dot_git.to_owned()];
    if dot_git.is_file() {
        paths.insert(dot_git.to_owned());
        directories = pointed_to(dot_git, "gitdir:")?.into_iter().collect();
    }
    for directory in directories.clone() {
        directories.extend(pointed_to(&directory.join("commondir"), "")?);
    }
    for directory in &directories {
        paths.extend(PROTECTED.iter().filter_map(|path| Some(directory.join(path.strip_prefix(".git/")?))));
        let config = text(&directory.join("config"))?;
        paths.extend(config.and_then(|config| hooks_path(&config, dot_git.parent())));
    }
    Ok(paths.iter().filter_map(|path| inside(path, roots)).collect())
}

/// git's own files are shorter.
const MOST_TEXT: u64 = 4 << 20;

/// What a file of git's says; nothing where there is none that git could read. What lies in a workspace may be anything, and
/// must neither keep us waiting nor fill the memory.
fn text(file: &Path) -> Result<Option<String>, Error> {
    let is_file = |meta: &Metadata| meta.is_file();
    let open = || {
        std::fs::metadata(file).ok().filter(is_file)?;
        let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
        let opened = OpenOptions::new().read(true).custom_flags(nonblocking).open(file).ok()?;
        opened.metadata().ok().filter(is_file)?;
        let mut bytes = Vec::new();
        opened.take(MOST_TEXT + 1).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    let Some(bytes) = open() else { return Ok(None) };
    if bytes.len() as u64 > MOST_TEXT {
        return Err(Error::invalid(format!("{} is longer than git writes it: look what is in it", file.display())));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The directory that a file of git's points to with a line.
fn pointed_to(file: &Path, key: &str) -> Result<Option<PathBuf>, Error> {
    let text = text(file)?;
    let line = text.as_deref().and_then(|text| text.lines().next()?.strip_prefix(key));
    Ok(line.and_then(|line| file.parent()?.join(line.trim()).canonicalize().ok()))
}

/// Where `core.hooksPath` of a repository's own configuration sends git for its hooks.
fn hooks_path(config: &str, worktree: Option<&Path>) -> Option<PathBuf> {
    let value = config.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        // The name of its section may stand in front of it.
        let key = key.rsplit_once(']').map_or(key, |(_, key)| key);
        key.trim().eq_ignore_ascii_case("hookspath").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    let path = worktree?.join(value);
    path.components().all(|part| part != Component::ParentDir).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn holds(root: &Path, protected: &[&str]) -> Vec<(String, Hold)> {
        let protected: Vec<_> = protected.iter().map(|path| (*path).to_owned()).collect();
        let guards = tidy(guards(root, &protected, &[root.to_owned()]).unwrap().found);
        let relative = |guard: Guard| (guard.path.strip_prefix(root).unwrap().display().to_string(), guard.hold);
        guards.into_iter().map(relative).collect()
    }

    fn workspace() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().canonicalize().unwrap();
        (directory, path)
    }

    fn owned(expected: &[(&str, Hold)]) -> Vec<(String, Hold)> {
        expected.iter().map(|(path, hold)| ((*path).to_owned(), *hold)).collect()
    }

    #[test]
    fn the_way_to_a_protected_place_is_held() {
        let (_directory, root) = workspace();
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        let expected = [("a", Hold::InPlace), ("a/b", Hold::InPlace), ("a/b/c", Hold::ReadOnly)];
        assert_eq!(holds(&root, &["a/b/c"]), owned(&expected));
    }

    #[test]
    fn the_first_missing_step_is_absent_once() {
        let (_directory, root) = workspace();
        assert_eq!(
            holds(&root, &["x/hooks", "x/config", ".codex"]),
            owned(&[(".codex", Hold::Absent), ("x", Hold::Absent)])
        );
    }

    #[test]
    fn a_link_is_kept_with_its_target() {
        let (_directory, root) = workspace();
        fs::create_dir_all(root.join("shared/agents")).unwrap();
        std::os::unix::fs::symlink("shared", root.join(".link")).unwrap();
        let expected = [(".link", Hold::ReadOnly), ("shared", Hold::InPlace), ("shared/agents", Hold::ReadOnly)];
        assert_eq!(holds(&root, &[".link/agents"]), owned(&expected));
    }

    #[test]
    fn nested_repositories_and_pointer_files_are_found() {
        let (_directory, root) = workspace();
        fs::create_dir_all(root.join("sub/.git/hooks")).unwrap();
        fs::create_dir_all(root.join("store/wt/hooks")).unwrap();
        fs::create_dir_all(root.join("tree")).unwrap();
        fs::write(root.join("tree/.git"), "gitdir: ../store/wt\n").unwrap();
        let found = holds(&root, &[".git/hooks"]);
        for (path, hold) in owned(&[
            ("sub/.git/hooks", Hold::ReadOnly),
            ("sub/.git/config", Hold::Absent),
            ("tree/.git", Hold::ReadOnly),
            ("store/wt/hooks", Hold::ReadOnly),
        ]) {
            assert!(found.contains(&(path.clone(), hold)), "{path} in {found:?}");
        }
    }

    #[test]
    fn a_redirected_hooks_path_is_protected() {
        let (_directory, root) = workspace();
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::create_dir_all(root.join(".husky")).unwrap();
        for config in ["[core]\n\thooksPath = .husky\n", "[core] hooksPath=\".husky\"\n"] {
            fs::write(root.join(".git/config"), config).unwrap();
            assert!(holds(&root, &[".git/hooks"]).contains(&(".husky".to_owned(), Hold::ReadOnly)), "{config}");
        }
    }

    #[test]
    fn what_is_no_file_of_git_s_is_not_waited_for_and_what_is_too_long_is_refused() {
        let (_directory, root) = workspace();
        let git = root.join("sub/.git");
        fs::create_dir_all(&git).unwrap();
        let owner = |root: &Path| guards(root, &[".git/hooks".to_owned()], &[root.to_owned()]);
        for name in ["config", "commondir"] {
            std::os::unix::fs::symlink("/dev/zero", git.join(name)).unwrap();
            assert!(owner(&root).is_ok(), "{name}");
            fs::remove_file(git.join(name)).unwrap();
            let pipe = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mknodat(rustix::fs::CWD, git.join(name), rustix::fs::FileType::Fifo, pipe, 0).unwrap();
            assert!(owner(&root).is_ok(), "{name}");
            fs::remove_file(git.join(name)).unwrap();
            fs::File::create(git.join(name)).unwrap().set_len(MOST_TEXT + 1).unwrap();
            assert!(owner(&root).is_err(), "{name}");
            fs::remove_file(git.join(name)).unwrap();
        }
    }

    #[test]
    fn what_leads_outside_is_refused() {
        let (_directory, root) = workspace();
        for path in ["../x", "/etc", ""] {
            assert!(guards(&root, &[path.to_owned()], std::slice::from_ref(&root)).is_err(), "{path}");
        }
    }
}
