//! Names of refs that a program would take for options. git itself makes none, but fetches and clones any: a remote may
//! have a tag `--output=x`, and its HEAD may lead to a branch of such a name.

use guardian_engine::FileKind;
use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where refs lie whose names git prints without what is in front of the last part.
const FOLDERS: [&str; 4] = ["refs", "refs/heads", "refs/tags", "refs/remotes"];
/// More packed refs are not looked through.
const MOST: u64 = 1 << 22;
/// A folder with more entries is not looked through.
const MOST_ENTRIES: usize = 10_000;
/// Variables that lead git to another repository, or to a part of its refs.
const LEADING: [&str; 3] = ["GIT_DIR", "GIT_COMMON_DIR", "GIT_NAMESPACE"];

/// What there is of a ref with a dash in front: [`FileKind::Missing`] where there is none, nothing where that is not known,
/// as in a linked working tree, or in a repository that keeps its refs otherwise.
pub fn dashed(folder: &Path) -> Option<FileKind> {
    if LEADING.iter().any(|name| std::env::var_os(name).is_some()) || !folder.is_dir() {
        return None;
    }
    let mut above = folder.ancestors().map(|folder| folder.join(".git"));
    let git =
        above.find(|git| !matches!(fs::symlink_metadata(git), Err(error) if error.kind() == ErrorKind::NotFound))?;
    if !fs::symlink_metadata(&git).ok()?.is_dir() || git.join("reftable").exists() || git.join("commondir").exists() {
        return None;
    }
    let head = text(&git.join("HEAD"))?.filter(|head| !head.is_empty())?;
    let packed = text(&git.join("packed-refs"))?.unwrap_or_default();
    // A dash that begins any part of a name is one too many.
    let begins = |text: &[u8]| text.windows(2).any(|pair| pair == b"/-");
    if begins(&head) || begins(&packed) {
        return Some(FileKind::File);
    }
    for folder in FOLDERS {
        match fs::read_dir(git.join(folder)) {
            Ok(entries) => {
                for (at, entry) in entries.enumerate() {
                    if at >= MOST_ENTRIES {
                        return None;
                    }
                    if is_dashed(&entry.ok()?.file_name()) {
                        return Some(FileKind::File);
                    }
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(_) => return None,
        }
    }
    Some(FileKind::Missing)
}

fn is_dashed(name: &OsStr) -> bool {
    name.as_bytes().first() == Some(&b'-')
}

/// What a file holds, nothing where there is none; and nothing at all where it cannot be read.
fn text(path: &Path) -> Option<Option<Vec<u8>>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Some(None),
        Ok(meta) if meta.is_file() && meta.len() <= MOST => {}
        _ => return None,
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
    Some(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_with_a_dash_in_front_is_found_wherever_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let inside = root.join("src");
        fs::create_dir(&inside).unwrap();
        let write = |name: &str, text: &str| {
            let path = root.join(".git").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("HEAD", "ref: refs/heads/main\n");
        write("refs/heads/main", "0\n");
        write("refs/heads/fix/-x", "0\n");
        assert_eq!(dashed(&inside), Some(FileKind::Missing));
        assert_eq!(dashed(&root.join("gone")), None);
        write("packed-refs", "0 refs/tags/v1-2\n");
        assert_eq!(dashed(&inside), Some(FileKind::Missing));
        write("packed-refs", "0 refs/tags/--output=x\n");
        assert_eq!(dashed(&inside), Some(FileKind::File));
        write("packed-refs", "");
        write("HEAD", "ref: refs/heads/--output=x\n");
        assert_eq!(dashed(&inside), Some(FileKind::File));
        write("HEAD", "ref: refs/heads/main\n");
        write("refs/tags/--output=x", "0\n");
        assert_eq!(dashed(root), Some(FileKind::File));
        fs::remove_file(root.join(".git/refs/tags/--output=x")).unwrap();
        write("reftable/tables.list", "");
        assert_eq!(dashed(root), None);
    }
}
