//! Dry runs: a command writes as it likes, the machine stays as it was, and what would have changed can be had for real.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use guardian_engine::placement::{Confinement, Placement};
use guardian_sandbox::{Change, Kind, Launch, Layer, Outcome, Row, Stdio, Stream, Tier};
use support::World;

fn rehearse(script: &str, world: &World, confinement: &Confinement) -> (Outcome, Layer) {
    let (environment, argv) = (support::environment(), Launch::shell_argv(script.as_ref()));
    let launch = Launch::new(Launch::shell(), &argv, &world.workspace, &environment, confinement, Placement::Sandboxed);
    let stdio = Stdio { stdin: Stream::Null, ..Stdio::default() };
    guardian_sandbox::rehearse(&launch, stdio).unwrap()
}

fn told(layer: &Layer, world: &World) -> Vec<(String, Kind)> {
    let base = world.workspace.parent().unwrap();
    let relative = |change: Change| (change.path.strip_prefix(base).unwrap().display().to_string(), change.kind);
    layer.changes().unwrap().into_iter().map(relative).collect()
}

/// Every path below a folder with its content, so that two states can be compared.
fn state(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = path.symlink_metadata().unwrap();
        let content = if data.is_file() { fs::read_to_string(&path).unwrap() } else { String::new() };
        let link = fs::read_link(&path).unwrap_or_default();
        lines.push(format!("{path:?} {:o} {content:?} {link:?}", data.permissions().mode()));
        if data.is_dir() {
            lines.extend(state(&path));
        }
    }
    lines.sort();
    lines
}

fn fill(world: &World) {
    for path in ["tree/a/b", "gone/deep", "replaced"] {
        fs::create_dir_all(world.inside(path)).unwrap();
    }
    for path in ["kept", "edited", "moded", "touched", "removed", "tree/a/file", "gone/deep/file", "replaced/old"] {
        fs::write(world.inside(path), "old\n").unwrap();
    }
    symlink("kept", world.inside("link")).unwrap();
    fs::write(world.outside.join("file"), "outside\n").unwrap();
}

const SCRIPT: &str = "set -e
echo new > made; mkdir -p dir/sub; echo x > dir/sub/file; chmod 500 dir/sub
echo edited > edited; chmod 640 moded; touch touched; rm removed; rm -r gone
mv tree/a/file tree/a/b/file; rm -r replaced; mkdir replaced; echo x > replaced/new
ln -sf edited link; mkdir .codex; cat ../outside/file > /dev/null; echo x > ../outside/file";

#[test]
fn nothing_changes_until_it_is_applied() {
    let Some(world) = World::needing(Tier::T2) else { return };
    fill(&world);
    let before = state(world.directory.path());
    let (outcome, layer) = rehearse(SCRIPT, &world, &world.workspace_write());
    assert_eq!((outcome.exit.code(), outcome.enforcement.tier), (0, support::tier()), "{outcome:?}");
    assert_eq!(state(world.directory.path()), before);
    let expected = [
        ("outside/file", Kind::Changed),
        ("workspace/.codex", Kind::Made),
        ("workspace/dir", Kind::Made),
        ("workspace/dir/sub", Kind::Made),
        ("workspace/dir/sub/file", Kind::Made),
        ("workspace/edited", Kind::Changed),
        ("workspace/gone", Kind::Removed),
        ("workspace/link", Kind::Changed),
        ("workspace/made", Kind::Made),
        ("workspace/moded", Kind::Mode),
        ("workspace/removed", Kind::Removed),
        ("workspace/replaced/new", Kind::Made),
        ("workspace/replaced/old", Kind::Removed),
        ("workspace/tree/a/b/file", Kind::Made),
        ("workspace/tree/a/file", Kind::Removed),
    ];
    assert_eq!(told(&layer, &world), expected.map(|(path, kind)| (path.to_owned(), kind)));

    // What the command does for real is what applying does.
    let all = layer.changes().unwrap();
    assert!(layer.apply(&all.iter().collect::<Vec<_>>()).is_empty());
    let applied = state(world.directory.path());
    drop(layer);
    let real = World::new();
    fill(&real);
    let status = std::process::Command::new("/bin/bash").args(["-c", SCRIPT]).current_dir(&real.workspace).status();
    assert!(status.unwrap().success());
    let elsewhere = real.directory.path().canonicalize().unwrap().display().to_string();
    let here = world.directory.path().canonicalize().unwrap().display().to_string();
    let real: Vec<String> = state(real.directory.path()).iter().map(|line| line.replace(&elsewhere, &here)).collect();
    assert_eq!(applied, real);
}

#[test]
fn what_is_applied_is_chosen() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (_, layer) = rehearse("echo 1 > one; echo 2 > two", &world, &world.workspace_write());
    let changes = layer.changes().unwrap();
    let one: Vec<&Change> = changes.iter().filter(|change| change.path.ends_with("one")).collect();
    assert!(layer.apply(&one).is_empty());
    assert_eq!(fs::read_to_string(world.inside("one")).unwrap(), "1\n");
    assert!(!world.inside("two").exists());
}

#[test]
fn a_folder_that_became_a_link_is_not_written_through() {
    let Some(world) = World::needing(Tier::T2) else { return };
    fs::create_dir(world.inside("d")).unwrap();
    let (_, layer) = rehearse("echo x > d/file", &world, &world.workspace_write());
    let changes = layer.changes().unwrap();
    fs::remove_dir(world.inside("d")).unwrap();
    symlink(&world.outside, world.inside("d")).unwrap();
    assert_eq!(layer.apply(&changes.iter().collect::<Vec<_>>()).len(), 1);
    assert!(!world.outside.join("file").exists());
}

#[test]
fn the_rest_of_the_box_stands() {
    let Some(world) = World::needing(Tier::T2) else { return };
    fs::write(world.outside.join("secret"), "secret\n").unwrap();
    let secret = world.outside.join("secret").display().to_string();
    let confinement = Confinement { denied_reads: vec![secret.clone()], ..world.workspace_write() };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!(
        "cat {secret} > copy; exec 3<> /dev/tcp/192.0.2.1/80; exec 3<> /dev/tcp/127.0.0.1/{port} && echo x > reached
         ls /dev/.layer && echo x > seen; true"
    );
    let (outcome, layer) = rehearse(&script, &world, &confinement);
    let told = told(&layer, &world);
    assert!(told.iter().all(|(path, _)| path == "workspace/copy"), "{told:?}");
    let copy = layer.place(&layer.changes().unwrap()[0]).unwrap();
    assert_eq!(fs::read_to_string(copy).unwrap(), "");
    if let Some(refused) = outcome.refused {
        let rows: Vec<Row> = refused.iter().map(|refused| refused.denial.row).collect();
        assert!(rows.contains(&Row::DeniedRead) && rows.contains(&Row::Offline), "{refused:?}");
        assert!(!rows.contains(&Row::Outside), "{refused:?}");
    }
}
