//! What a box costs. Ignored by default: figures from a busy machine say little.
#![expect(clippy::print_stdout, reason = "tests say what they skip and measure")]
#![cfg(target_os = "linux")]

mod support;

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use guardian_engine::placement::{Confinement, Placement};
use guardian_sandbox::{Launch, Stdio};
use support::World;

#[test]
#[ignore = "a measurement"]
fn what_a_box_costs() {
    let world = World::new();
    let argv = [OsString::from("true")];
    let (read_only, workspace) = (Confinement::default(), world.workspace_write());
    let mut plain_root = world.workspace_write();
    if let guardian_engine::placement::Writes::Below(roots) = &mut plain_root.writes {
        roots[0].protected.clear();
    }
    let run = |confinement: &Confinement, placement| {
        let launch = Launch::new(Path::new("/bin/true"), &argv, &world.workspace, &[], confinement, placement);
        let start = Instant::now();
        guardian_sandbox::launch(&launch, Stdio::default()).unwrap();
        start.elapsed().as_secs_f64() * 1000.0
    };
    let plain = || {
        let start = Instant::now();
        std::process::Command::new("/bin/true").status().unwrap();
        start.elapsed().as_secs_f64() * 1000.0
    };
    let mut columns: [Vec<f64>; 5] = Default::default();
    for _ in 0..200 {
        columns[0].push(plain());
        columns[1].push(run(&read_only, Placement::Unsandboxed));
        columns[2].push(run(&read_only, Placement::Sandboxed));
        columns[3].push(run(&workspace, Placement::Sandboxed));
        columns[4].push(run(&plain_root, Placement::Sandboxed));
    }
    for (name, mut times) in ["std spawn", "no box", "read-only", "workspace-write", "unprotected"].iter().zip(columns)
    {
        times.sort_by(f64::total_cmp);
        println!("{name:>16}: min {:.2} p25 {:.2} p50 {:.2} p90 {:.2} ms", times[0], times[50], times[100], times[180]);
    }
}
