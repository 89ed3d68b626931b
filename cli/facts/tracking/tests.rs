//! Against git itself, in scratch repositories.

#![expect(clippy::print_stdout, reason = "a test says what it leaves out")]

use super::Checkouts;
use guardian_engine::Tracking;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Runs git with nobody's settings; nothing where there is no git.
fn git(folder: &Path, words: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.args(words).current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (name, value) in [
        ("HOME", "/nonexistent"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "dev"),
        ("GIT_AUTHOR_EMAIL", "dev@example.com"),
        ("GIT_COMMITTER_NAME", "dev"),
        ("GIT_COMMITTER_EMAIL", "dev@example.com"),
    ] {
        command.env(name, value);
    }
    let output = command.output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Writes a file that is older than any index.
fn put(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    let past = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options().write(true).open(&path).unwrap().set_modified(past).unwrap();
}

const IGNORE: &str = "\
# made again
*.o
!keep.o
/only-root.txt
generated/
**/deep/*.tmp
docs/**/*.html
a?c
[xy].dat
\\#odd
spaced\\ 
trail   
build*
!build-not
foo/bar/
$odd
";

const FILES: &[&str] = &[
    "a.o",
    "keep.o",
    "only-root.txt",
    "sub/only-root.txt",
    "generated/x",
    "generated/y/z",
    "sub/generated/x",
    "one/deep/x.tmp",
    "deep/x.tmp",
    "deep/x.txt",
    "docs/a.html",
    "docs/b/c.html",
    "html/docs/a.html",
    "abc",
    "aXc/in",
    "x.dat",
    "z.dat",
    "#odd",
    "spaced ",
    "trail",
    "build-not",
    "build-yes",
    "sub/build/out",
    "foo/bar/x",
    "foo/barx",
    "nested/a.o",
    "nested/back.o",
    "nested/own.txt",
    "nested/in/own.txt",
    "excluded.txt",
    "$odd",
    "plain.txt",
    "src/main.rs",
    "A.O",
    "Generated/x",
    "ünï.o",
    "forced/a.o",
];

/// A repository with files of every kind; nothing without git.
fn repository(root: &Path, format: &[&str]) -> Option<()> {
    let mut init = vec!["init", "-q", "-b", "main"];
    init.extend(format);
    git(root, &init)?;
    for name in FILES {
        put(root, name, "text\n");
    }
    put(root, ".gitignore", IGNORE);
    put(root, "nested/.gitignore", "!back.o\n/own.txt\n");
    fs::create_dir_all(root.join(".git/info")).unwrap();
    fs::write(root.join(".git/info/exclude"), "excluded.txt\nplain.o\n").unwrap();
    for name in ["src/main.rs", "keep.o", ".gitignore", "nested/.gitignore", "docs/a.html", "deep/x.txt"] {
        git(root, &["add", "-f", name])?;
    }
    git(root, &["commit", "-qm", "first"]).map(drop)
}

fn lines(text: &str) -> BTreeSet<String> {
    text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// What git says of every file, held against what is said here.
fn agree(root: &Path) {
    let checkouts = Checkouts::default();
    let tracked = lines(&git(root, &["ls-files", "-z"]).unwrap());
    let ignored = lines(&git(root, &["ls-files", "-z", "--others", "--ignored", "--exclude-standard"]).unwrap());
    let others = lines(&git(root, &["ls-files", "-z", "--others", "--exclude-standard"]).unwrap());
    assert!(tracked.len() > 4 && ignored.len() > 10 && others.len() > 5);
    for (names, expected) in
        [(&tracked, Tracking::Tracked), (&ignored, Tracking::Ignored), (&others, Tracking::Untracked)]
    {
        for name in names {
            assert_eq!(checkouts.tracking(&root.join(name)), expected, "{name}");
        }
    }
}

#[test]
fn every_version_of_the_index_says_what_git_says() {
    for (version, format) in [("2", &[][..]), ("3", &[]), ("4", &[]), ("2", &["--object-format=sha256"])] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        if repository(&root, format).is_none() {
            println!("skipped: git is not installed");
            return;
        }
        git(&root, &["update-index", "--index-version", version]).unwrap();
        if version == "3" {
            // Only a flag that version 2 has no place for makes git write it.
            git(&root, &["update-index", "--skip-worktree", "src/main.rs"]).unwrap();
        }
        let written = fs::read(root.join(".git/index")).unwrap();
        assert_eq!(written.get(7).map(|b| char::from(b + b'0').to_string()).as_deref(), Some(version));
        agree(&root);
    }
}

#[test]
fn what_changed_is_not_what_git_has() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    if repository(&root, &[]).is_none() {
        return;
    }
    let checkouts = Checkouts::default();
    let at = |name: &str| checkouts.tracking(&root.join(name));
    assert_eq!(at("src/main.rs"), Tracking::Tracked);
    assert_eq!(at("src"), Tracking::Tracked);
    // Same size, and the time it had: only the change of metadata tells.
    let main = root.join("src/main.rs");
    let before = fs::metadata(&main).unwrap().modified().unwrap();
    fs::write(&main, "TEXT\n").unwrap();
    fs::File::options().write(true).open(&main).unwrap().set_modified(before).unwrap();
    assert_eq!(at("src/main.rs"), Tracking::Untracked);
    assert_eq!(at("src"), Tracking::Untracked);
    put(&root, "src/main.rs", "longer\n");
    git(&root, &["add", "src"]).unwrap();
    assert_eq!(at("src/main.rs"), Tracking::Tracked, "an index that was written is read again");
    fs::write(root.join("src/main.rs"), "new, in the same moment as the index\n").unwrap();
    git(&root, &["add", "src"]).unwrap();
    fs::File::options()
        .write(true)
        .open(root.join(".git/index"))
        .unwrap()
        .set_modified(SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(at("src/main.rs"), Tracking::Untracked);
    git(&root, &["add", "-N", "plain.txt"]).unwrap();
    assert_eq!(at("plain.txt"), Tracking::Untracked, "only announced");
    assert_eq!(at("missing"), Tracking::Unknown);
    assert_eq!(at(".git/config"), Tracking::Unknown);
    assert_eq!(at("src/../plain.txt"), Tracking::Unknown);
}

#[test]
fn a_folder_is_what_all_in_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    if repository(&root, &[]).is_none() {
        return;
    }
    git(&root, &["add", "-f", "forced/a.o"]).unwrap();
    let checkouts = Checkouts::default();
    for (name, expected) in [
        ("generated", Tracking::Ignored),
        ("sub/generated", Tracking::Ignored),
        ("foo/bar", Tracking::Ignored),
        ("one", Tracking::Ignored),
        ("src", Tracking::Tracked),
        ("forced", Tracking::Tracked),
        // Tracked and ignored ones.
        ("deep", Tracking::Tracked),
        ("docs", Tracking::Tracked),
        ("foo", Tracking::Untracked),
        ("nested", Tracking::Untracked),
    ] {
        assert_eq!(checkouts.tracking(&root.join(name)), expected, "{name}");
    }
    git(&root.join("generated"), &["init", "-q"]).unwrap();
    assert_eq!(checkouts.tracking(&root.join("generated")), Tracking::Untracked, "another repository lies in it");
}

#[test]
fn linked_working_trees_and_parts_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    let root = base.join("main");
    fs::create_dir(&root).unwrap();
    if repository(&root, &[]).is_none() {
        return;
    }
    git(&root, &["worktree", "add", "-q", "../linked"]).unwrap();
    let linked = base.join("linked");
    for name in ["gen.o", "excluded.txt", "new.txt"] {
        put(&linked, name, "x");
    }
    // As old as git wrote them, they may have changed since.
    put(&linked, "src/main.rs", "text\n");
    git(&linked, &["add", "src"]).unwrap();
    let checkouts = Checkouts::default();
    for (name, expected) in [
        ("src/main.rs", Tracking::Tracked),
        ("gen.o", Tracking::Ignored),
        ("excluded.txt", Tracking::Ignored),
        ("new.txt", Tracking::Untracked),
    ] {
        assert_eq!(checkouts.tracking(&linked.join(name)), expected, "{name}");
    }
    git(&root, &["update-index", "--split-index"]).unwrap();
    assert_eq!(checkouts.tracking(&root.join("src/main.rs")), Tracking::Unknown, "a part says nothing");
}
