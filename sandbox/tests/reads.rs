//! Boxes that limit what can be read: to named places, to what is opened inside of what is denied, and by patterns.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails should stop, and one that is left out say so"
)]

mod support;

use guardian_engine::PathPattern;
use guardian_engine::placement::{Confinement, Reads};
use guardian_sandbox::{Error, Feature, Tier, probe};
use std::fs;
use support::{Ran, World, try_script};

fn strongest() -> bool {
    let enough = probe().enforcement.tier == Tier::T3;
    if !enough {
        println!("skipped: this machine has no namespaces or no landlock");
    }
    enough
}

/// A world with a file at each of these paths, relative to its base; the content is the path.
fn world(paths: &[&str]) -> World {
    let world = World::new();
    let base = world.directory.path();
    for path in paths {
        let path = base.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("{}\n", path.display())).unwrap();
    }
    world
}

fn at(world: &World, path: &str) -> String {
    world.directory.path().canonicalize().unwrap().join(path).display().to_string()
}

/// Which of the paths can be read in the box.
fn readable<'a>(world: &World, confinement: &Confinement, paths: &[&'a str]) -> (Vec<&'a str>, Ran) {
    let words: Vec<String> = paths.iter().map(|path| at(world, path)).collect();
    let script = format!("for f in {}; do read -r line < $f && echo $line; done 2>/dev/null; true", words.join(" "));
    let ran = try_script(&script, &world.workspace, confinement, |_| {}).unwrap();
    let lines: Vec<&str> = ran.output.lines().collect();
    let seen = paths.iter().zip(&words).filter(|(_, word)| lines.contains(&word.as_str())).map(|(path, _)| *path);
    (seen.collect(), ran)
}

const SYSTEM: [&str; 5] = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"];

#[test]
fn only_named_places_are_read() {
    if !strongest() {
        return;
    }
    let world = world(&["workspace/a", "outside/b", "named/c"]);
    let places = SYSTEM.iter().map(|place| (*place).to_owned()).chain([at(&world, "named")]).collect();
    let confinement = Confinement { reads: Reads::Below(places), ..world.workspace_write() };
    let (seen, ran) = readable(&world, &confinement, &["workspace/a", "outside/b", "named/c"]);
    assert_eq!(seen, ["workspace/a", "named/c"], "{ran:?}");
    // Programs still start, write where they may, and see themselves.
    let text = format!(
        "cat /proc/self/comm; echo x > new; cat new; echo y > {}; cat /etc/fstab; ls / ",
        at(&world, "named/c")
    );
    let ran = try_script(&text, &world.workspace, &confinement, |_| {}).unwrap();
    assert!(ran.output.starts_with("cat\nx\n"), "{ran:?}");
    assert_eq!(ran.output.matches("denied").count() + ran.output.matches("Read-only").count(), 3, "{ran:?}");
}

#[test]
fn without_the_program_itself_nothing_starts() {
    if !strongest() {
        return;
    }
    let world = World::new();
    let confinement = Confinement { reads: Reads::Below(vec![at(&world, "outside")]), ..Confinement::default() };
    let error = try_script("echo in", &world.workspace, &confinement, |_| {}).unwrap_err();
    assert!(error.to_string().contains("denied"), "{error}");
}

#[test]
fn what_is_opened_inside_of_what_is_denied_is_all_that_is_left_of_it() {
    if !strongest() {
        return;
    }
    let paths = [
        "workspace/a",
        "workspace/secrets/key",
        "workspace/secrets/public/b",
        "workspace/secrets/public/inner/c",
        "outside/d",
        "outside/tools/e",
    ];
    let world = world(&paths);
    let mut confinement = world.workspace_write();
    confinement.denied_reads = ["", "workspace/secrets", "workspace/secrets/public/inner"]
        .map(|path| at(&world, path).trim_end_matches('/').to_owned())
        .into();
    confinement.opened = ["workspace", "workspace/secrets/public", "outside/tools"].map(|path| at(&world, path)).into();
    let (seen, ran) = readable(&world, &confinement, &paths);
    assert_eq!(seen, ["workspace/a", "workspace/secrets/public/b", "outside/tools/e"], "{ran:?}");
    // What is opened for reading is not writable by that, and neither is what is hollow.
    let text = format!(
        "echo x > {}; echo x > {}; echo x > {}; echo x > ok; ls {}",
        at(&world, "outside/tools/e"),
        at(&world, "new"),
        at(&world, "workspace/secrets/new"),
        at(&world, "")
    );
    let ran = try_script(&text, &world.workspace, &confinement, |_| {}).unwrap();
    assert!(ran.output.ends_with("outside\nworkspace\n"), "{ran:?}");
    assert!(world.inside("ok").exists() && !world.inside("secrets/new").exists(), "{ran:?}");
    assert_eq!(fs::read_to_string(at(&world, "outside/tools/e")).unwrap().trim(), at(&world, "outside/tools/e"));
    assert!(!fs::exists(at(&world, "new")).unwrap());
}

#[test]
fn patterns_cover_what_fits_and_links_to_it() {
    if !strongest() {
        return;
    }
    let paths = ["workspace/.env", "workspace/deep/x.env", "workspace/keys/k", "workspace/plain"];
    let world = world(&paths);
    std::os::unix::fs::symlink("plain", world.inside("link.env")).unwrap();
    let pattern = |text: &str| PathPattern::parse(&format!("{}/{text}", at(&world, "workspace"))).unwrap();
    let mut confinement = world.workspace_write();
    confinement.denied_patterns = vec![pattern("**/*.env"), pattern("key?")];
    let (seen, ran) = readable(&world, &confinement, &paths);
    assert!(seen.is_empty(), "what a link that fits leads to is covered too: {seen:?} {ran:?}");
    fs::remove_file(world.inside("link.env")).unwrap();
    assert_eq!(readable(&world, &confinement, &paths).0, ["workspace/plain"]);
    let ran = try_script("mv deep/x.env y; cat y; echo end", &world.workspace, &confinement, |_| {}).unwrap();
    assert!(!ran.output.contains("x.env\n") || ran.output.contains("busy"), "{ran:?}");
}

#[test]
fn a_pattern_over_everything_is_refused_or_ends() {
    let world = World::new();
    let pattern = PathPattern::parse("/**/*.no-such-ending").unwrap();
    let confinement = Confinement { denied_patterns: vec![pattern], ..Confinement::default() };
    match try_script("true", &world.workspace, &confinement, |_| {}) {
        Ok(ran) => assert_eq!(ran.code(), 0),
        Err(Error::Missing { feature, .. }) => assert_eq!(feature, Feature::Namespaces),
        Err(error) => assert!(error.to_string().contains("glob_scan_max_depth"), "{error}"),
    }
}
