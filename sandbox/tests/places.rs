//! Boxes of unusual shapes: everything writable, single files, roots in roots, roots in private file systems.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]

mod support;

use std::fs;

use guardian_engine::placement::{Confinement, WritableRoot, Writes};
use guardian_sandbox::Tier;
use support::{World, try_script};

fn below(paths: &[(&str, &[&str])]) -> Confinement {
    let root = |(path, protected): &(&str, &[&str])| WritableRoot {
        path: (*path).to_owned(),
        protected: protected.iter().map(|path| (*path).to_owned()).collect(),
    };
    Confinement { writes: Writes::Below(paths.iter().map(root).collect()), ..Confinement::default() }
}

fn says(script: &str, world: &World, confinement: &Confinement, expected: &str) {
    let ran = try_script(script, &world.workspace, confinement, |_| {}).unwrap();
    assert_eq!(ran.output, expected, "{script}: {ran:?}");
    assert_eq!(ran.outcome.enforcement.tier, support::tier());
}

#[test]
fn everything_but_the_network() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let confinement = Confinement { writes: Writes::Everywhere, ..Confinement::default() };
    let text = format!(
        "echo x > {}/new && echo yes; exec 2> /dev/null; echo x > /dev/tcp/1.1.1.1/53 || echo no",
        world.outside.display()
    );
    says(&text, &world, &confinement, "yes\nno\n");
    assert!(world.outside.join("new").exists());
}

#[test]
fn the_root_of_all() {
    let Some(world) = World::needing(Tier::T2) else { return };
    fs::create_dir(world.inside(".git")).unwrap();
    let inside = world.inside(".git").display().to_string();
    let confinement = below(&[("/", &[inside.trim_start_matches('/')])]);
    let text =
        format!("exec 2> /dev/null; echo x > {}/new && echo yes; echo x > .git/x || echo no", world.outside.display());
    says(&text, &world, &confinement, "yes\nno\n");
}

#[test]
fn a_single_file() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let file = world.outside.join("file");
    fs::write(&file, "old\n").unwrap();
    let path = file.display().to_string();
    let text = format!(
        "exec 2> /dev/null; echo new > {path} && echo yes; echo x > {path}.other || echo no; rm {path} || echo no"
    );
    says(&text, &world, &below(&[(&path, &[])]), "yes\nno\nno\n");
    assert_eq!(fs::read_to_string(file).unwrap(), "new\n");
}

#[test]
fn roots_in_roots_keep_the_protection_of_both() {
    let Some(world) = World::needing(Tier::T2) else { return };
    fs::create_dir_all(world.inside("sub/.git/hooks")).unwrap();
    let (outer, inner) = (world.workspace.display().to_string(), world.inside("sub").display().to_string());
    let confinement = below(&[(&inner, &[".git/hooks"]), (&outer, &["sub/kept"])]);
    let text = "exec 2> /dev/null; echo x > sub/new && echo yes; echo x > sub/.git/hooks/x || echo no; mkdir sub/kept/x || echo no";
    says(text, &world, &confinement, "yes\nno\nno\n");
    assert!(!world.inside("sub/kept").exists());
}

#[test]
fn a_root_in_shared_memory() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let Ok(directory) = tempfile::tempdir_in("/dev/shm") else {
        return;
    };
    let path = directory.path().display().to_string();
    fs::write(directory.path().join("secret"), "secret\n").unwrap();
    let mut confinement = below(&[(&path, &[])]);
    confinement.denied_reads = vec![format!("{path}/secret")];
    let text = format!(
        "exec 2> /dev/null; echo x > {path}/new && echo yes; cat {path}/secret || echo no; ls -A /dev/shm | wc -l"
    );
    says(&text, &world, &confinement, "yes\nno\n1\n");
    assert!(directory.path().join("new").exists());
}

#[test]
fn a_denied_read_where_the_box_has_its_own() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let Ok(file) = tempfile::NamedTempFile::new_in("/dev/shm") else {
        return;
    };
    let path = file.path().display().to_string();
    let confinement = Confinement { denied_reads: vec![path.clone()], ..Confinement::default() };
    says(&format!("cat {path} 2> /dev/null || echo no"), &world, &confinement, "no\n");
}

#[test]
fn a_link_to_a_root_grants_its_target() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let link = world.outside.join("link");
    std::os::unix::fs::symlink(&world.workspace, &link).unwrap();
    let text = "exec 2> /dev/null; echo x > new && echo yes; echo x > ../outside/new || echo no";
    says(text, &world, &below(&[(&link.display().to_string(), &[])]), "yes\nno\n");
}

#[test]
fn missing_places_grant_nothing_and_are_told() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let missing = world.outside.join("missing").display().to_string();
    let ran = try_script(
        &format!("mkdir {missing} 2> /dev/null || echo no"),
        &world.workspace,
        &below(&[(&missing, &[])]),
        |_| {},
    );
    let ran = ran.unwrap();
    assert_eq!(ran.output, "no\n");
    assert!(ran.outcome.enforcement.notes.iter().any(|note| note.contains(&missing)), "{ran:?}");
}

#[test]
fn sockets_that_come_and_go_disturb_no_launch() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let path = world.outside.join("flicker.sock");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                drop(std::os::unix::net::UnixListener::bind(&path));
                let _ = fs::remove_file(&path);
            }
        });
        let failures =
            (0..60).filter(|_| try_script("true", &world.workspace, &Confinement::default(), |_| {}).is_err()).count();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(failures, 0);
    });
}

/// Before, between and after the looks at a policy, a root inside another becomes a link to what is outside, over and over.
/// Each launch either fails or writes into the real folder.
#[test]
fn a_root_that_is_swapped_for_a_link() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let Some(world) = World::needing(Tier::T2) else { return };
    let (real, aside) = (world.inside("real"), world.inside("aside"));
    std::fs::create_dir(&real).unwrap();
    let (outside, stop) = (world.outside.clone(), AtomicBool::new(false));
    let (mut ran, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                std::fs::rename(&real, &aside).unwrap();
                std::os::unix::fs::symlink(&outside, &real).unwrap();
                std::thread::yield_now();
                std::fs::remove_file(&real).unwrap();
                std::fs::rename(&aside, &real).unwrap();
                std::thread::sleep(std::time::Duration::from_micros(300));
            }
        });
        for _ in 0..60 {
            let outer = world.workspace.to_str().unwrap();
            let confinement = below(&[(outer, &[]), (real.to_str().unwrap(), &[".git/hooks"])]);
            match try_script("echo x > real/escaped", &world.workspace, &confinement, |_| {}) {
                Ok(_) => ran += 1,
                Err(_) => refused += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(ran + refused, 60);
    assert!(!outside.join("escaped").exists());
}
