//! Machines that offer less, and launchers that die: each case in a process of its own that it may spoil.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails should stop"
)]

#[cfg(target_os = "linux")]
mod support;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: no launcher on this platform");
}

#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--case") => cases::CASES.iter().find(|(name, _)| *name == arguments[2]).unwrap().1(),
        Some("--launch") => cases::launch_for_killing(&arguments[2], std::path::Path::new(&arguments[3])),
        filter => cases::all(filter.filter(|argument| !argument.starts_with('-'))),
    }
}

#[cfg(target_os = "linux")]
mod cases {
    use std::fs;
    use std::path::Path;
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    use guardian_engine::placement::{Confinement, Network, PROTECTED};
    use guardian_sandbox::{Error, Feature, Signals, Tier};
    use rustix::thread::{UnshareFlags, unshare_unsafe};
    use seccompiler::{SeccompAction, SeccompFilter};

    use crate::support::{World, machine, script, try_script};

    const SKIPPED: i32 = 77;

    pub const CASES: &[(&str, fn())] = &[
        ("without_namespaces_the_tier_is_t1", || {
            needs_landlock();
            forbid_namespaces();
            let world = World::new();
            fs::create_dir_all(world.inside("src")).unwrap();
            let ran = script("echo x > src/new && echo y > /etc/guardian-probe", &world);
            assert_eq!((ran.outcome.enforcement.tier, ran.code()), (Tier::T1, 1), "{ran:?}");
            assert!(world.inside("src/new").exists() && !Path::new("/etc/guardian-probe").exists());
        }),
        ("without_namespaces_denied_reads_are_refused", || {
            forbid_namespaces();
            let world = World::new();
            let confinement = Confinement { denied_reads: vec!["/etc/passwd".into()], ..world.workspace_write() };
            let error = try_script("touch ran", &world.workspace, &confinement, |_| {}).unwrap_err();
            assert!(matches!(error, Error::Missing { feature: Feature::Namespaces, .. }), "{error}");
            assert!(!world.inside("ran").exists());
        }),
        ("without_namespaces_named_hosts_are_refused", || {
            forbid_namespaces();
            let world = World::new();
            let network = Network::Hosts(["example.com"].into_iter().collect());
            let confinement = Confinement { network, ..world.workspace_write() };
            let error = try_script("touch ran", &world.workspace, &confinement, |_| {}).unwrap_err();
            assert!(matches!(error, Error::Missing { feature: Feature::Namespaces, .. }), "{error}");
            assert!(error.to_string().contains("single hosts"), "{error}");
            assert!(!world.inside("ran").exists());
        }),
        ("bubblewrap_has_no_place_for_a_proxy", || {
            needs_bubblewrap();
            let world = World::new();
            let network = Network::Hosts(["example.com"].into_iter().collect());
            let confinement = Confinement { network, ..world.workspace_write() };
            let error = try_script("touch ran", &world.workspace, &confinement, |_| {}).unwrap_err();
            assert!(matches!(error, Error::Missing { feature: Feature::Proxy, .. }), "{error}");
            assert!(!world.inside("ran").exists());
        }),
        ("without_anything_nothing_runs", || {
            forbid_namespaces();
            forbid(&[libc::SYS_landlock_create_ruleset], libc::EOPNOTSUPP);
            let world = World::new();
            let error = try_script("touch ran", &world.workspace, &world.workspace_write(), |_| {}).unwrap_err();
            assert!(matches!(error, Error::Missing { feature: Feature::Landlock, .. }), "{error}");
            assert!(!world.inside("ran").exists());
        }),
        ("without_filters_nothing_runs", || {
            forbid(&[libc::SYS_seccomp], libc::EINVAL);
            let world = World::new();
            try_script("touch ran", &world.workspace, &world.workspace_write(), |_| {}).unwrap_err();
            assert!(!world.inside("ran").exists());
        }),
        ("without_landlock_the_tier_is_t2", || {
            needs_namespaces();
            forbid(&[libc::SYS_landlock_create_ruleset], libc::ENOSYS);
            let ran = script("echo x > /etc/guardian-probe", &World::new());
            assert_eq!((ran.outcome.enforcement.tier, ran.code()), (Tier::T2, 1), "{ran:?}");
        }),
        ("mounts_forbidden_as_in_a_container_is_t1", || {
            needs_landlock();
            forbid(&[libc::SYS_mount, libc::SYS_mount_setattr, libc::SYS_move_mount, libc::SYS_fsopen], libc::EPERM);
            let ran = script("true", &World::new());
            assert_eq!((ran.outcome.enforcement.tier, ran.code()), (Tier::T1, 0), "{ran:?}");
        }),
        ("no_more_namespaces_allowed_is_t1", || {
            needs_landlock();
            let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
            unshare(UnshareFlags::NEWUSER);
            fs::write("/proc/self/setgroups", "deny").unwrap();
            fs::write("/proc/self/uid_map", format!("{user} {user} 1")).unwrap();
            fs::write("/proc/self/gid_map", format!("{group} {group} 1")).unwrap();
            fs::write("/proc/sys/user/max_user_namespaces", "0")
                .unwrap_or_else(|_| skip("the limit cannot be set here"));
            let ran = script("true", &World::new());
            assert_eq!((ran.outcome.enforcement.tier, ran.code()), (Tier::T1, 0), "{ran:?}");
        }),
        ("bubblewrap_makes_the_box_where_only_it_may", || {
            needs_bubblewrap();
            let world = World::new();
            fs::create_dir_all(world.inside(".git/hooks")).unwrap();
            fs::write(world.outside.join("secret"), "secret").unwrap();
            let denied = vec![world.outside.join("secret").display().to_string()];
            let confinement = Confinement { denied_reads: denied, ..world.workspace_write() };
            let tries = "echo x > new || exit 1; for path in /etc/x /tmp/guardian-x .git/hooks/x /proc/sys/kernel/core_pattern; \
                 do (echo x > $path) 2> /dev/null && exit 2; done; mkdir .codex 2> /dev/null && exit 3; \
                 cat \"$O/secret\" 2> /dev/null && exit 4; (exec 3<> /dev/tcp/127.0.0.1/1) 2> /dev/null && exit 5; \
                 test \"$(ls /proc/self/fd | wc -l)\" = 4 || exit 6; kill -9 1; test $$ -lt 10 || exit 7; exit 42";
            let text = tries.replace("$O", &world.outside.display().to_string());
            let ran = try_script(&text, &world.workspace, &confinement, |_| {}).unwrap();
            assert_eq!((ran.outcome.enforcement.tier, ran.code()), (Tier::T2, 42), "{ran:?}");
            assert!(world.inside("new").exists() && !world.inside(".codex").exists());
            let ran = try_script("sleep 1000 & sleep 1000", &world.workspace, &confinement, |launch| {
                launch.limits.wall_clock = Some(Duration::from_millis(300));
            });
            assert_eq!(ran.unwrap().code(), 124);
        }),
        ("what_bubblewrap_cannot_be_asked_for_is_named", || {
            needs_bubblewrap();
            let world = World::new();
            let confinement =
                Confinement { reads: guardian_engine::Reads::Below(vec!["/usr".into()]), ..world.workspace_write() };
            let confinement = Confinement { denied_reads: vec!["/etc/passwd".into()], ..confinement };
            let error = try_script("touch ran", &world.workspace, &confinement, |_| {}).unwrap_err();
            assert!(matches!(error, Error::Missing { feature: Feature::Landlock, .. }), "{error}");
            assert!(error.to_string().contains("bubblewrap cannot limit reads"), "{error}");
            // What can be held without namespaces is.
            std::os::unix::fs::symlink("elsewhere", world.inside(".codex")).unwrap();
            needs_landlock();
            let ran = script("true", &world);
            assert_eq!((ran.outcome.enforcement.tier, ran.code()), (Tier::T1, 0), "{ran:?}");
            assert!(ran.outcome.enforcement.notes.iter().any(|note| note.contains("which is a link")), "{ran:?}");
        }),
        ("signals_reach_the_command_through_bubblewrap", || {
            needs_bubblewrap();
            let world = World::new();
            let mut child = start("forward-bubblewrap", &world);
            let pid = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(9));
        }),
        ("a_killed_launcher_leaves_nothing_through_bubblewrap", || {
            needs_bubblewrap();
            killed("kill-bubblewrap");
        }),
        ("a_masked_proc_is_kept_and_told", || {
            needs_landlock();
            needs_namespaces();
            if !rustix::process::geteuid().is_root() {
                skip("only root can mask /proc");
            }
            unshare(UnshareFlags::NEWNS);
            let private = rustix::mount::MountPropagationFlags::PRIVATE | rustix::mount::MountPropagationFlags::REC;
            rustix::mount::mount_change("/", private).unwrap();
            rustix::mount::mount("none", "/proc/sys", "tmpfs", rustix::mount::MountFlags::empty(), None).unwrap();
            let command =
                format!("cat /proc/{}/environ > /dev/null; echo x > /proc/sys/x; echo end", std::process::id());
            let ran = script(&command, &World::new());
            assert!(
                ran.output.ends_with("end\n")
                    && ran.output.matches("denied").count() + ran.output.matches("Read-only").count() == 2,
                "{ran:?}"
            );
            assert!(ran.outcome.enforcement.notes.iter().any(|note| note.contains("/proc")), "{ran:?}");
        }),
        ("signals_reach_the_command", || {
            if !machine::landlock() {
                needs_namespaces();
            }
            let world = World::new();
            let mut child = start("forward", &world);
            let pid = rustix::process::Pid::from_child(&child);
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(9));
        }),
        ("a_killed_launcher_leaves_nothing", || {
            needs_namespaces();
            killed("kill");
        }),
        ("a_killed_launcher_takes_its_proxy_along", || {
            needs_namespaces();
            killed("kill-proxy");
        }),
        ("a_killed_launcher_leaves_nothing_without_namespaces", || {
            needs_landlock();
            killed("kill-t1");
        }),
    ];

    fn skip(why: &str) {
        println!("{why}");
        std::process::exit(SKIPPED);
    }

    fn needs_landlock() {
        if !machine::landlock() {
            skip("landlock is off here");
        }
    }

    /// And only to it: as under a profile that grants namespaces to one program.
    fn needs_bubblewrap() {
        if !machine::bubblewrap() {
            skip("bubblewrap cannot make a box here");
        }
        forbid_clone(0x1000_0000 | 0x1000);
    }

    fn needs_namespaces() {
        if !machine::namespaces() {
            skip("namespaces cannot be had here");
        }
    }

    fn unshare(flags: UnshareFlags) {
        // SAFETY: this process has one thread and shares nothing with another.
        unsafe { unshare_unsafe(flags) }.unwrap_or_else(|_| skip("namespaces cannot be had here"));
    }

    fn forbid(calls: &[i64], errno: i32) {
        let rules = calls.iter().map(|call| (*call, vec![])).collect();
        let arch = std::env::consts::ARCH.try_into().unwrap();
        let action = SeccompAction::Errno(errno.unsigned_abs());
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, arch).unwrap();
        let program: seccompiler::BpfProgram = filter.try_into().unwrap();
        seccompiler::apply_filter(&program).unwrap();
    }

    /// As the default profile of container engines does.
    fn forbid_namespaces() {
        forbid_clone(0x1000_0000);
    }

    /// Only where all of these flags are asked for.
    fn forbid_clone(flags: u64) {
        use seccompiler::{SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq, SeccompCondition, SeccompRule};
        let user = SeccompCondition::new(0, Dword, MaskedEq(flags), flags).unwrap();
        let rules = [(libc::SYS_clone, vec![SeccompRule::new(vec![user]).unwrap()])].into();
        let action = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let filter =
            SeccompFilter::new(rules, SeccompAction::Allow, action, std::env::consts::ARCH.try_into().unwrap())
                .unwrap();
        let program: seccompiler::BpfProgram = filter.try_into().unwrap();
        seccompiler::apply_filter(&program).unwrap();
    }

    fn start(how: &str, world: &World) -> Child {
        fs::create_dir_all(world.inside("beat")).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .arg("--launch")
            .arg(how)
            .arg(&world.workspace)
            .spawn()
            .unwrap();
        wait_for("the command to start", || world.inside("beat/started").exists());
        child
    }

    fn wait_for(what: &str, done: impl Fn() -> bool) {
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < Duration::from_secs(100), "waited for {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn launch_for_killing(how: &str, workspace: &Path) {
        if how == "kill-t1" {
            forbid_namespaces();
        }
        if how.ends_with("bubblewrap") {
            needs_bubblewrap();
        }
        let text = if how.starts_with("forward") {
            "trap 'exit 9' TERM; touch beat/started; sleep 1000 & wait"
        } else if how == "kill-proxy" {
            // The orphan has a connection to the proxy as well.
            "exec 9> beat/lock; flock 9 || exit; proxy=${http_proxy#http://}; exec 8<> /dev/tcp/${proxy%:*}/${proxy#*:} || exit; \
             (trap '' TERM HUP INT; setsid sh -c 'while :; do sleep 1; done' &); touch beat/started; exec 9>&-; sleep 1000"
        } else {
            // The orphan holds a lock for as long as it lives.
            "exec 9> beat/lock; flock 9 || exit; (trap '' TERM HUP INT; setsid sh -c 'while :; do sleep 1; done' &); touch beat/started; exec 9>&-; sleep 1000"
        };
        let root = guardian_engine::placement::WritableRoot {
            path: workspace.display().to_string(),
            protected: PROTECTED.iter().map(|path| (*path).to_owned()).collect(),
        };
        let hosts = Network::Hosts(["example.com"].into_iter().collect());
        let network = if how == "kill-proxy" { hosts } else { Network::Offline };
        let writes = guardian_engine::placement::Writes::Below(vec![root]);
        let confinement = Confinement { writes, network, ..Confinement::default() };
        let ran = try_script(text, workspace, &confinement, |launch| launch.signals = Signals::Forward).unwrap();
        std::process::exit(ran.code().into());
    }

    fn killed(how: &str) {
        let world = World::new();
        let mut child = start(how, &world);
        if how != "kill-t1" {
            assert!(world.inside(".codex").exists());
        }
        let lock = fs::File::open(world.inside("beat/lock")).unwrap();
        assert!(lock.try_lock().is_err(), "the orphan holds it");
        child.kill().unwrap();
        child.wait().unwrap();
        wait_for("placeholders to go", || !world.inside(".codex").exists() && !world.inside(".git").exists());
        wait_for("the tree to die", || lock.try_lock().is_ok());
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(!mounts.contains(&world.workspace.display().to_string()));
    }

    pub fn all(filter: Option<&str>) {
        let mut failed = 0;
        for (name, _) in CASES.iter().filter(|(name, _)| filter.is_none_or(|filter| name.contains(filter))) {
            let output = Command::new(std::env::current_exe().unwrap()).args(["--case", name]).output().unwrap();
            match output.status.code() {
                Some(0) => println!("{name} ... ok"),
                Some(SKIPPED) => println!("{name} ... skipped: {}", String::from_utf8_lossy(&output.stdout).trim()),
                _ => {
                    failed += 1;
                    println!("{name} ... FAILED\n{}", String::from_utf8_lossy(&output.stderr));
                }
            }
        }
        if failed > 0 {
            println!("{failed} of {} cases failed", CASES.len());
            std::process::exit(101);
        }
    }
}
