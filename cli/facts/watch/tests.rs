use super::Watch;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// A folder with what is asked about, or nothing where nothing can be watched: in a container whose files lie over others,
/// say.
fn ground() -> Option<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::create_dir(root.join("elsewhere")).unwrap();
    fs::write(root.join("a/b/file"), "").unwrap();
    fs::hard_link(root.join("a/b/file"), root.join("elsewhere/file")).unwrap();
    symlink("../elsewhere", root.join("a/link")).unwrap();
    symlink("b/file", root.join("a/program")).unwrap();
    Watch::begin().kind(root.join("a").to_str()?).then_some((folder, root))
}

/// What is asked to be watched, whether it is, and what is done then.
type Case = (fn(&Watch, &str) -> bool, &'static str, fn(&Path));

fn kind(watch: &Watch, path: &str) -> bool {
    watch.kind(path)
}

fn thing(watch: &Watch, path: &str) -> bool {
    watch.thing(path)
}

fn names(watch: &Watch, path: &str) -> bool {
    watch.names(path)
}

fn changes(watch: &Watch, case: Case, root: &Path) -> bool {
    let (ask, path, change) = case;
    let path = root.join(path);
    // What was reported of before is another state.
    let mut before = None;
    while before.is_none() || watch.state() != before {
        before = watch.state();
        assert!(ask(watch, path.to_str().unwrap()), "{}", path.display());
    }
    change(root);
    watch.state() != before
}

#[test]
fn what_happens_to_what_is_watched_is_known() {
    let cases: &[Case] = &[
        (kind, "a/b/file", |root| fs::remove_file(root.join("a/b/file")).unwrap()),
        (kind, "a/b/none", |root| drop(File::create(root.join("a/b/none")).unwrap())),
        (kind, "a/none/none", |root| fs::create_dir(root.join("a/none")).unwrap()),
        (kind, "none/none/none", |root| fs::rename(root.join("a"), root.join("none")).unwrap()),
        // What leads there becomes another.
        (kind, "a/b/file", |root| fs::rename(root.join("a"), root.join("c")).unwrap()),
        (kind, "a/b/file", |root| fs::rename(root.join("a/b"), root.join("elsewhere/b")).unwrap()),
        (kind, "a/b/file", |root| fs::set_permissions(root.join("a"), Permissions::from_mode(0o600)).unwrap()),
        (kind, "a/b", |root| {
            fs::rename(root.join("a/b"), root.join("a/c")).unwrap();
            symlink("c", root.join("a/b")).unwrap();
        }),
        (kind, "a/b", |root| {
            fs::rename(root.join("elsewhere"), root.join("a/b")).unwrap_or_else(|_| {
                // It is not empty: one after the other.
                fs::remove_dir_all(root.join("a/b")).unwrap();
                fs::rename(root.join("elsewhere"), root.join("a/b")).unwrap();
            })
        }),
        // By any of its names.
        (thing, "a/b/file", |root| {
            fs::set_permissions(root.join("elsewhere/file"), Permissions::from_mode(0o755)).unwrap();
        }),
        (thing, "a/b", |root| fs::set_permissions(root.join("a/b"), Permissions::from_mode(0o700)).unwrap()),
        (thing, "a/program", |root| {
            fs::remove_file(root.join("a/program")).unwrap();
            symlink("none", root.join("a/program")).unwrap();
        }),
        (thing, "a/program", |root| fs::remove_file(root.join("a/b/file")).unwrap()),
        (thing, "a/program", |root| {
            fs::set_permissions(root.join("elsewhere/file"), Permissions::from_mode(0o755)).unwrap();
        }),
        (names, "a/b", |root| fs::write(root.join("a/b/new"), "").unwrap()),
        (names, "a/b", |root| fs::rename(root.join("a/b/file"), root.join("a/b/other")).unwrap()),
        (names, "a/b", |root| fs::rename(root.join("a/b"), root.join("a/c")).unwrap()),
    ];
    for (number, case) in cases.iter().enumerate() {
        let Some((_folder, root)) = ground() else { return };
        let watch = Watch::begin();
        assert!(changes(&watch, *case, &root), "case {number}");
        // What was left is found again, and watched anew.
        let Some((_other, root)) = ground() else { return };
        assert!(changes(&watch, *case, &root), "case {number}, the second time");
    }
}

#[test]
fn what_is_made_again_is_watched_again() {
    let Some((_folder, root)) = ground() else { return };
    let watch = Watch::begin();
    let path = root.join("a/b/file");
    for _ in 0..3 {
        let case: Case = (kind, "a/b/file", |root| fs::remove_dir_all(root.join("a")).unwrap());
        assert!(changes(&watch, case, &root));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "").unwrap();
    }
}

#[test]
fn what_nobody_asked_about_changes_nothing() {
    let Some((_folder, root)) = ground() else { return };
    let watch = Watch::begin();
    let other: fn(&Path) = |root| {
        fs::write(root.join("a/b/other"), "").unwrap();
        fs::remove_file(root.join("a/b/other")).unwrap();
        fs::create_dir(root.join("a/new")).unwrap();
    };
    assert!(!changes(&watch, (kind, "a/b/file", other), &root));
    // Nor does what is written to a file.
    assert!(!changes(&watch, (kind, "a/b/file", |root| fs::write(root.join("a/b/file"), "more").unwrap()), &root));
}

#[test]
fn what_the_kernel_does_not_report_is_not_watched() {
    let Some((_folder, root)) = ground() else { return };
    let watch = Watch::begin();
    let path = |name: &str| root.join(name).to_str().unwrap().to_owned();
    // Behind a folder that is a link, on a system of files that changes by itself, and what is no path.
    for unwatched in [&path("a/link/file"), "/proc/self/status", "/sys/kernel/x", "a/b", "", "/", &path("a/../a")] {
        assert!(!watch.kind(unwatched) && !watch.thing(unwatched), "{unwatched}");
    }
    assert!(!watch.names(&path("a/none")) && !watch.names(&path("a/link")) && !watch.names("/proc"));
    // A link itself is there under its name; what is behind one is watched there.
    assert!(watch.kind(&path("a/link")) && watch.thing(&path("a/link")));
    symlink("turning", root.join("turning")).unwrap();
    symlink("b/../../elsewhere/file", root.join("a/around")).unwrap();
    assert!(!watch.thing(&path("turning")) && !watch.thing(&path("a/around")));
    // Where nobody began, nothing is.
    assert!(!Watch::default().kind(&path("a")) && Watch::default().state().is_none());
}

#[test]
fn a_lost_report_is_a_change() {
    let Some((_folder, root)) = ground() else { return };
    let watch = Watch::begin();
    // More than the kernel holds, or than is read at a time.
    let many: fn(&Path) = |root| {
        for number in 0..20_000 {
            let path = root.join(format!("a/b/{number}"));
            drop(File::create(&path).unwrap());
            fs::remove_file(path).unwrap();
        }
    };
    assert!(changes(&watch, (kind, "a/b/file", many), &root));
    // Then all is as before.
    assert!(changes(&watch, (kind, "a/b/file", |root| fs::remove_file(root.join("a/b/file")).unwrap()), &root));
}
