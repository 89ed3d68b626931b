//! Names of refs that a program would take for options. git itself makes none, but fetches and clones any: a remote may
//! have a tag `--output=x`, and its HEAD may lead to a branch of such a name.

use super::file::content;
use guardian_engine::FileKind;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// More bytes of packed refs are not looked through.
const MOST_BYTES: usize = 1 << 22;
/// More refs, or folders of them within each other, are not looked through.
const MOST_ENTRIES: usize = 10_000;
const DEEPEST: usize = 16;
/// Variables that lead git to another repository, or to a part of its refs.
const LEADING: [&str; 3] = ["GIT_DIR", "GIT_COMMON_DIR", "GIT_NAMESPACE"];

/// What there is of a ref with a dash in front of a part of its name, or with quotes in it, which whoever is told the name
/// may take away: [`FileKind::Missing`] where there is none, nothing where that is not known, as in a linked working tree,
/// or in a repository that keeps its refs otherwise.
pub fn dashed(folder: &Path) -> Option<FileKind> {
    if LEADING.iter().any(|name| std::env::var_os(name).is_some()) {
        return None;
    }
    let git = repository(&fs::canonicalize(folder).ok()?)?;
    if git.join("reftable").exists() || git.join("commondir").exists() {
        return None;
    }
    let head = content(&git.join("HEAD"), MOST_BYTES).ok().filter(|head| !head.is_empty())?;
    let packed = match content(&git.join("packed-refs"), MOST_BYTES) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        read => read.ok()?,
    };
    let odd = |text: &[u8]| text.windows(2).any(|pair| pair == b"/-") || text.iter().copied().any(is_quote);
    if odd(&head) || odd(&packed) {
        return Some(FileKind::File);
    }
    for entry in walkdir::WalkDir::new(git.join("refs")).min_depth(1).into_iter().enumerate() {
        let (at, Ok(entry)) = entry else { return None };
        let link = entry.file_type().is_symlink();
        if at >= MOST_ENTRIES || entry.depth() > DEEPEST || link {
            return None;
        }
        if is_odd(entry.file_name()) {
            return Some(FileKind::File);
        }
    }
    Some(FileKind::Missing)
}

/// The folder in which git keeps what it knows, found as git finds it: of each folder upwards, first what is called `.git`
/// in it, then itself. Where it is not the plain one of a working tree, nothing.
fn repository(folder: &Path) -> Option<PathBuf> {
    let is_one = |folder: &Path| folder.join("HEAD").exists() && folder.join("objects").exists();
    for folder in folder.ancestors() {
        let git = folder.join(".git");
        match fs::symlink_metadata(&git) {
            Ok(meta) => return Some(git).filter(|git| meta.is_dir() && is_one(git) && git.join("refs").is_dir()),
            Err(error) if error.kind() != ErrorKind::NotFound => return None,
            Err(_) if is_one(folder) => return None,
            Err(_) => {}
        }
    }
    None
}

fn is_odd(name: &OsStr) -> bool {
    name.as_bytes().first() == Some(&b'-') || name.as_bytes().iter().copied().any(is_quote)
}

const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'\\')
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
        // It is not a repository yet.
        assert_eq!(dashed(&inside), None);
        write("objects/info/packs", "");
        assert_eq!(dashed(&inside), Some(FileKind::Missing));
        for odd in ["refs/heads/fix/-x", "refs/notes/--output=x", "refs/tags/\"--output=x\""] {
            write(odd, "0\n");
            assert_eq!(dashed(&inside), Some(FileKind::File), "{odd}");
            fs::remove_file(root.join(".git").join(odd)).unwrap();
        }
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
        assert_eq!(dashed(root), Some(FileKind::Missing));
        // Other repositories than the one around: through a link, and what a submodule keeps.
        let other = root.join(".git/modules/other");
        fs::create_dir_all(other.join("objects")).unwrap();
        fs::write(other.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(dashed(&other), None);
        let link = root.join("link");
        std::os::unix::fs::symlink(other.join("objects"), &link).unwrap();
        assert_eq!(dashed(&link), None);
        write("reftable/tables.list", "");
        assert_eq!(dashed(root), None);
    }
}
