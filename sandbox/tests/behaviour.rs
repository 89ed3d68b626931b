//! What a box leaves a command: its status, its signals, its tools, and an end that comes when it ends.
#![expect(clippy::print_stdout, reason = "tests say what they skip and measure")]
#![cfg(target_os = "linux")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that fails should stop")]

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use guardian_engine::placement::{Confinement, Network, Placement, WritableRoot, Writes};
use guardian_sandbox::{Error, Exit, Stage, Tier};
use support::{World, script, try_script};

/// A pipe in the workspace that lets go of whoever reads it when it is dropped. Who is told of first has it open.
struct Gate {
    _writer: fs::File,
}

impl Gate {
    fn new(world: &World) -> Self {
        let path = world.inside("gate");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        // Opened both ways, so that neither this nor any reader waits for the other to open it.
        Self { _writer: fs::File::options().read(true).write(true).open(path).unwrap() }
    }

    fn wait_for(count: usize, seen: impl Fn() -> usize) {
        for _ in 0..30_000 {
            if seen() == count {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{} of {count} boxes are up", seen());
    }
}

#[test]
fn a_command_runs_and_says_how_it_ended() {
    let Some(world) = World::needing(Tier::T1) else { return };
    for (text, code) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)] {
        let ran = script(text, &world);
        assert_eq!(ran.code(), code, "{text}: {ran:?}");
        assert_eq!(ran.outcome.enforcement.tier, support::tier(), "{ran:?}");
    }
}

#[test]
fn failures_name_their_stage_and_have_their_codes() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let plain = world.inside("plain");
    fs::write(&plain, "no program\n").unwrap();
    let confinement = world.workspace_write();
    for (program, code) in [(Path::new("/nonexistent/program"), 127), (&plain, 126), (Path::new("relative"), 125)] {
        let error = try_script("", &world.workspace, &confinement, |launch| launch.program = program);
        let error = error.unwrap_err();
        assert_eq!(error.exit_code(), code, "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    let missing = world.inside("gone");
    let error = try_script("true", &missing, &world.workspace_write(), |_| {}).unwrap_err();
    assert!(matches!(error, Error::Failed { stage: Stage::Directory, .. }), "{error}");
}

#[test]
fn orphans_neither_outlive_the_command_nor_delay_its_end() {
    let Some(world) = World::needing(Tier::T1) else { return };
    fs::create_dir(world.inside("d")).unwrap();
    // The orphan holds a lock for as long as it lives, and would do so for an hour.
    let orphan = "trap \"\" TERM HUP; echo up > d/up; sleep 3600; sleep 3600";
    let text = format!(
        "exec 9> d/lock; flock 9 || exit; (setsid sh -c '{orphan}' &); until test -s d/up; do sleep 0.01; done; echo done"
    );
    let ran = try_script(&text, &world.workspace, &world.workspace_write(), |launch| {
        launch.limits.wall_clock = Some(Duration::from_secs(300));
    });
    assert_eq!(ran.unwrap().output, "done\n");
    let lock = fs::File::open(world.inside("d/lock")).unwrap();
    assert!(lock.try_lock().is_ok(), "it lives on");
}

#[test]
fn time_runs_out() {
    let Some(world) = World::needing(Tier::T1) else { return };
    let text = "trap '' TERM; sleep 3600 & sleep 3600; wait";
    let ran = try_script(text, &world.workspace, &world.workspace_write(), |launch| {
        launch.limits.wall_clock = Some(Duration::from_millis(200));
    });
    let ran = ran.unwrap();
    assert_eq!((ran.outcome.exit, ran.code()), (Exit::TimedOut, 124));
}

#[test]
fn limits_hold() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let ran = try_script(
        "ulimit -c; ulimit -n; head -c 4000 /dev/zero > big; wc -c < big",
        &world.workspace,
        &world.workspace_write(),
        |launch| {
            launch.limits.open_files = Some(64);
            launch.limits.file_size = Some(1000);
        },
    )
    .unwrap();
    assert!(ran.output.starts_with("0\n64\n") && ran.output.ends_with("1000\n"), "{ran:?}");
}

#[test]
fn nothing_is_left_behind() {
    let Some(world) = World::needing(Tier::T2) else { return };
    assert_eq!(script("echo x > new", &world).code(), 0);
    let names: Vec<_> = fs::read_dir(&world.workspace).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["new"]);
}

#[test]
fn boxes_share_placeholders() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let gate = Gate::new(&world);
    std::thread::scope(|scope| {
        let long = scope.spawn(|| script("exec 3< gate; echo x > up; read x <&3; mkdir .codex/x; echo $?", &world));
        Gate::wait_for(1, || fs::exists(world.inside("up")).unwrap().into());
        assert_eq!(script("mkdir .codex/x", &world).code(), 1);
        assert!(world.inside(".codex").exists(), "the other box still needs it");
        drop(gate);
        assert!(long.join().unwrap().output.ends_with("1\n"));
    });
    assert!(!world.inside(".codex").exists());
}

#[test]
fn many_boxes_at_once() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let most = fs::read_to_string("/proc/sys/user/max_user_namespaces").ok().and_then(|most| most.trim().parse().ok());
    if most.is_some_and(|most: u64| most < 1000) {
        println!("skipped: this machine has {most:?} namespaces");
        return;
    }
    fs::create_dir(world.inside("up")).unwrap();
    let gate = Gate::new(&world);
    std::thread::scope(|scope| {
        let world = &world;
        let text =
            |n| format!("exec 3< gate; echo {n} > up/{n}; mkdir .codex/x 2> /dev/null && exit 9; read x <&3; true");
        let start = |n| (n, scope.spawn(move || script(&text(n), world)));
        let boxes: Vec<_> = (0..200).map(start).collect();
        // None ends before all are up.
        Gate::wait_for(200, || fs::read_dir(world.inside("up")).unwrap().count());
        drop(gate);
        for (n, handle) in boxes {
            let ran = handle.join().unwrap();
            assert_eq!((ran.code(), ran.outcome.enforcement.tier), (0, support::tier()), "{n}: {ran:?}");
            assert_eq!(fs::read_to_string(world.inside(&format!("up/{n}"))).unwrap(), format!("{n}\n"));
        }
    });
    assert_eq!(fs::read_dir(&world.workspace).unwrap().count(), 2);
}

#[test]
fn a_read_only_box_writes_nowhere() {
    let Some(world) = World::needing(Tier::T1) else { return };
    let ran = try_script(
        "touch x; echo y > /dev/null && cat /etc/passwd > /dev/null && echo fine",
        &world.workspace,
        &Confinement::default(),
        |_| {},
    );
    let ran = ran.unwrap();
    assert!(ran.output.ends_with("fine\n"), "{ran:?}");
    assert!(!world.inside("x").exists());
}

#[test]
fn the_environment_loads_no_code() {
    let Some(world) = World::needing(Tier::T1) else { return };
    fs::write(world.inside("evil"), "echo evil\n").unwrap();
    let evil = world.inside("evil").into_os_string();
    let mut environment = support::environment();
    environment.extend([
        ("BASH_ENV".into(), evil.clone()),
        ("ENV".into(), evil),
        ("BASH_FUNC_true%%".into(), "() { echo evil; }".into()),
    ]);
    let confinement = world.workspace_write();
    let ran = try_script("true; sh -c true; echo fine", &world.workspace, &confinement, |launch| {
        launch.environment = &environment
    });
    assert_eq!(ran.unwrap().output, "fine\n");
}

#[test]
fn what_cannot_be_held_is_refused() {
    let Some(world) = World::needing(Tier::T2) else { return };
    for path in ["relative", "/a/../b"] {
        let wrong = Confinement { denied_reads: vec![path.into()], ..Confinement::default() };
        let error = try_script("true", &world.workspace, &wrong, |_| {}).unwrap_err();
        assert!(matches!(error, Error::Invalid { .. }), "{error}");
    }
}

#[test]
fn an_allowed_socket_can_be_reached_and_others_cannot() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let (good, bad) = (world.outside.join("good.sock"), world.outside.join("bad.sock"));
    let _listeners = [&good, &bad].map(|path| std::os::unix::net::UnixListener::bind(path).unwrap());
    let confinement = Confinement { sockets: vec![good.display().to_string()], ..world.workspace_write() };
    let text = "import socket,sys\nfor p in sys.argv[1:]:\n try: socket.socket(socket.AF_UNIX).connect(p); print('in')\n except OSError: print('out')";
    fs::write(world.inside("c.py"), text).unwrap();
    let command = format!("/usr/bin/python3 c.py {} {}", good.display(), bad.display());
    let ran = try_script(&command, &world.workspace, &confinement, |_| {}).unwrap();
    if ran.output.contains("No such file") {
        println!("skipped: no python here");
        return;
    }
    assert_eq!(ran.output, "in\nout\n");
}

#[test]
fn online_means_the_network_of_the_machine() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let command = format!("exec 3<>/dev/tcp/127.0.0.1/{}", listener.local_addr().unwrap().port());
    let online = Confinement { network: Network::Online, ..world.workspace_write() };
    assert_eq!(try_script(&command, &world.workspace, &online, |_| {}).unwrap().code(), 0);
    assert_eq!(script(&command, &world).code(), 1);
}

#[test]
fn a_denied_read_inside_a_writable_root_stays_denied() {
    let Some(world) = World::needing(Tier::T2) else { return };
    fs::write(world.inside("secret"), "secret\n").unwrap();
    let confinement =
        Confinement { denied_reads: vec![world.inside("secret").display().to_string()], ..world.workspace_write() };
    let ran =
        try_script("cat secret; mv secret x; ln secret y; cat y; echo end", &world.workspace, &confinement, |_| {})
            .unwrap();
    assert!(!ran.output.contains("secret\n"), "{ran:?}");
    assert!(ran.output.ends_with("end\n"), "{ran:?}");
}

#[test]
fn a_policy_of_a_thousand_entries_holds() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let roots = (0..1000).map(|n| {
        let path = world.outside.join(format!("root{n}"));
        fs::create_dir(&path).unwrap();
        WritableRoot { path: path.display().to_string(), protected: [].into() }
    });
    let confinement = Confinement { writes: Writes::Below(roots.collect()), ..Confinement::default() };
    // What it costs is measured by the launch bench.
    let text = "exec 2> /dev/null; for n in $(seq 0 999); do echo x > root$n/x || echo no $n; done; echo x > other || echo held";
    let ran = try_script(text, &world.outside, &confinement, |_| {}).unwrap();
    assert_eq!(ran.output, "held\n");
}

#[test]
fn git_works_in_its_workspace() {
    let Some(world) = World::needing(Tier::T2) else { return };
    let set_up = std::process::Command::new("git").args(["init", "-q"]).arg(&world.workspace).status();
    if !set_up.is_ok_and(|status| status.success()) {
        println!("skipped: no git here");
        return;
    }
    let text = "echo x > f && git add f && git -c user.name=n -c user.email=e@x commit -qm m && git status --short && git log --oneline | wc -l; git config a.b c; ls -A .git/hooks | head -1; git checkout -q -b other && git branch --show-current";
    let ran = script(text, &world);
    assert!(ran.output.starts_with("1\n") && ran.output.ends_with("other\n"), "{ran:?}");
    assert!(ran.output.contains("could not"), "configuration is protected: {ran:?}");
}

#[test]
fn unsandboxed_is_what_it_says() {
    let world = World::new();
    let command = format!("echo x > {}/new; exit 3", world.outside.display());
    let ran = try_script(&command, &world.workspace, &Confinement::default(), |launch| {
        launch.placement = Placement::Unsandboxed
    });
    let ran = ran.unwrap();
    assert_eq!((ran.code(), ran.outcome.enforcement.tier), (3, Tier::T0));
    assert!(world.outside.join("new").exists());
}
