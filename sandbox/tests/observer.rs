//! What an observer reports: the call, the real path, the line of the box, what to ask for; never what a command prints.
#![cfg(target_os = "linux")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that fails should stop")]
#![expect(clippy::print_stdout, reason = "tests say what they skip and measure")]

mod support;

use std::fs;

use guardian_engine::placement::Confinement;
use guardian_sandbox::{Class, Refused, Row, Tier};
use support::{World, try_script};

fn observed(script: &str, world: &World, confinement: &Confinement) -> Option<Vec<Refused>> {
    let ran = try_script(script, &world.workspace, confinement, |launch| {
        launch.observe = true;
    })
    .unwrap();
    if ran.outcome.refused.is_none() {
        println!("skipped: no observer here: {:?}", ran.outcome.enforcement);
    }
    ran.outcome.refused
}

fn find<'a>(all: &'a [Refused], path: &str) -> &'a Refused {
    all.iter().find(|refused| refused.target.ends_with(path)).unwrap_or_else(|| panic!("no {path} in {all:#?}"))
}

#[test]
fn each_refusal_has_its_line() {
    let Some(world) = World::needing(Tier::T2) else { return };
    fs::create_dir_all(world.inside(".git/hooks")).unwrap();
    fs::create_dir_all(world.inside("sub/.git/hooks")).unwrap();
    fs::write(world.outside.join("file"), "x").unwrap();
    let out = world.outside.display();
    let script = format!(
        "echo x > {out}/new; echo x > ../outside/file; chmod 600 {out}/file; rm {out}/file; mkdir {out}/dir
         echo x > .git/hooks/hook; echo x > sub/.git/hooks/hook; mv .git other; mkdir .claude
         exec 3<> /dev/tcp/192.0.2.1/80; echo x > fine; cat {out}/file > /dev/null; echo Permission denied; true"
    );
    let Some(all) = observed(&script, &world, &world.workspace_write()) else {
        return;
    };
    for (path, class, row, errno) in [
        ("outside/new", Class::Write, Row::Outside, "EROFS"),
        ("outside/file", Class::Write, Row::Outside, "EROFS"),
        ("outside/dir", Class::Write, Row::Outside, "EROFS"),
        ("workspace/.git/hooks/hook", Class::Write, Row::Protected, "EROFS"),
        ("sub/.git/hooks/hook", Class::Write, Row::Protected, "EROFS"),
        ("workspace/.claude", Class::Write, Row::Protected, "EEXIST"),
        ("workspace/.git", Class::Write, Row::Protected, "EBUSY"),
        ("192.0.2.1", Class::Network, Row::Offline, "ENETUNREACH"),
    ] {
        let of_class: Vec<Refused> = all.iter().filter(|refused| refused.class == class).cloned().collect();
        let found = find(&of_class, path);
        assert_eq!((found.class, found.denial.row, found.errno), (class, row, errno), "{found:#?}");
    }
    let ask = find(&all, "outside/new").denial.ask.clone().unwrap();
    assert_eq!(ask, format!("write {out}/new"));
    assert!(all.iter().any(|refused| refused.class == Class::Metadata));
    assert!(all.iter().all(|refused| !refused.target.ends_with("fine")));
    assert!(!world.outside.join("new").exists());
}

#[test]
fn refused_calls_are_reported_and_stay_refused() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let script = "command -v unshare > /dev/null || exit 99; unshare --user true && exit 42; exit 0";
    let ran = try_script(script, &world.workspace, &world.workspace_write(), |launch| launch.observe = true).unwrap();
    assert_ne!(ran.code(), 42);
    if let (Some(all), 0) = (&ran.outcome.refused, ran.code()) {
        let found = all.iter().find(|refused| refused.call == "unshare");
        let found = found.unwrap_or_else(|| panic!("{all:#?}"));
        assert_eq!((found.class, found.denial.row, found.errno), (Class::Kernel, Row::Call, "EPERM"));
    }
}

#[test]
fn denied_reads_are_reported() {
    let Some(world) = World::needing(Tier::T2) else { return };
    fs::write(world.outside.join("secret"), "x").unwrap();
    let mut confinement = world.workspace_write();
    let secret = world.outside.join("secret").display().to_string();
    confinement.denied_reads.push(secret.clone());
    let script = format!("cat {secret}; true");
    let Some(all) = observed(&script, &world, &confinement) else {
        return;
    };
    let found = find(&all, "outside/secret");
    assert_eq!((found.class, found.denial.row), (Class::Read, Row::DeniedRead));
}

#[test]
fn what_would_fail_anyway_is_no_denial() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let missing = world.outside.join("missing/file").display().to_string();
    let script = format!("cat < missing; rm {missing}; echo x > {missing}; true");
    let Some(all) = observed(&script, &world, &world.workspace_write()) else {
        return;
    };
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn a_busy_tree_is_observed_to_its_end() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let out = world.outside.display();
    let script = format!(
        "for i in $(seq 40); do (echo x > f$i; echo x > {out}/f$i) & done; wait; (sleep 1000; echo x > {out}/late) & exit 7"
    );
    let ran = try_script(&script, &world.workspace, &world.workspace_write(), |launch| {
        launch.observe = true;
    })
    .unwrap();
    assert_eq!(ran.code(), 7);
    if let Some(all) = &ran.outcome.refused {
        assert_eq!(all.len(), 40, "{all:#?}");
    }
    assert!(world.inside("f40").exists());
}
