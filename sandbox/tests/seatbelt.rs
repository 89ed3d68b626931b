//! The launcher of macOS, with a stand-in for `sandbox-exec` that takes the same words and holds nothing.
#![expect(clippy::unwrap_used, reason = "a test that fails should stop")]
#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use guardian_engine::placement::{Confinement, Network, Placement, WritableRoot, Writes};
use guardian_sandbox::{Error, Exit, Launch, Outcome, Signals, Stdio, Stream, Tier, macos};

/// Writes down the words it gets, and runs what stands behind `--`.
const STAND_IN: &str = "#!/bin/sh\nprintf '%s\\0' \"$@\" > \"${0%/*}/words\"\nwhile test \"$1\" != --; do shift; done\nshift\nexec \"$@\"\n";

struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("sandbox-exec");
        fs::write(&program, STAND_IN).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder }
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work").canonicalize().unwrap()
    }

    fn confinement(&self) -> Confinement {
        let root =
            WritableRoot { path: self.work().display().to_string(), protected: [".git/hooks".to_owned()].into() };
        Confinement { writes: Writes::Below(vec![root]), ..Confinement::default() }
    }

    fn run(
        &self,
        script: &str,
        confinement: &Confinement,
        change: impl FnOnce(&mut Launch<'_>),
    ) -> Result<Outcome, Error> {
        let argv = ["sh", "-c", script].map(OsString::from);
        let environment =
            [("PATH", "/usr/bin:/bin"), ("DYLD_INSERT_LIBRARIES", "x"), ("https_proxy", "http://10.0.0.1:1")]
                .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let work = self.work();
        let mut launch =
            Launch::new(Path::new("/bin/sh"), &argv, &work, &environment, confinement, Placement::Sandboxed);
        change(&mut launch);
        let output = fs::File::create(self.folder.path().join("output")).unwrap();
        let stream = || Stream::Fd(output.try_clone().unwrap().into());
        let stdio = Stdio { stdin: Stream::Null, stdout: stream(), stderr: stream() };
        macos::launch(&self.folder.path().join("sandbox-exec"), &launch, stdio)
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join("output")).unwrap()
    }

    fn words(&self) -> Vec<String> {
        let words = fs::read_to_string(self.folder.path().join("words")).unwrap_or_default();
        words.split_terminator('\0').map(str::to_owned).collect()
    }
}

#[test]
fn the_profile_its_parameters_and_the_command_are_handed_over() {
    let machine = Machine::new();
    let outcome = machine.run("env; pwd; exit 7", &machine.confinement(), |_| {}).unwrap();
    assert_eq!((outcome.exit, outcome.enforcement.tier, outcome.refused), (Exit::Code(7), Tier::T1, None));
    assert!(outcome.enforcement.seatbelt);
    let (words, work) = (machine.words(), machine.work().display().to_string());
    assert_eq!(words[0], "-p");
    assert!(words[1].contains("(deny default)") && !words[1].contains(&work), "{words:?}");
    let root = words.iter().find(|word| word.ends_with(&format!("={work}"))).unwrap();
    let name = root.strip_prefix("-D").unwrap().split_once('=').unwrap().0;
    assert!(words[1].contains(&format!("(param \"{name}\")")), "{words:?}");
    let command = words.iter().position(|word| word == "--").unwrap();
    assert_eq!(words[command + 1..], ["/bin/sh", "-c", "env; pwd; exit 7"]);
    let output = machine.output();
    assert!(output.contains(&format!("PWD={work}\n")) && output.ends_with(&format!("{work}\n")), "{output}");
    assert!(!output.contains("DYLD_") && output.contains("https_proxy=http://10.0.0.1:1"), "{output}");
}

#[test]
fn it_ends_as_the_command_does() {
    let machine = Machine::new();
    let confinement = machine.confinement();
    assert_eq!(machine.run("kill -TERM $$", &confinement, |_| {}).unwrap().exit, Exit::Signal(15));
    let limited = |launch: &mut Launch<'_>| {
        launch.limits.open_files = Some(64);
    };
    machine.run("ulimit -n; ulimit -c", &confinement, limited).unwrap();
    assert_eq!(machine.output(), "64\n0\n");
    for (program, code) in [("/no/such/program", 127), ("/etc/passwd", 126), ("relative", 125)] {
        let error = machine.run("", &confinement, |launch| launch.program = Path::new(program)).unwrap_err();
        assert_eq!(error.exit_code(), code, "{error}");
    }
}

/// What is left in the command's session is killed with it, when it ends and when its time is up.
#[test]
fn what_it_leaves_behind_ends_too() {
    let machine = Machine::new();
    let confinement = machine.confinement();
    let alive = |pid: &str| {
        Path::new("/proc").join(pid.trim()).join("fd").read_dir().is_ok_and(|mut open| open.next().is_some())
    };
    for (script, limit, exit) in [
        ("sleep 1000 & echo $!; exit 3", None, Exit::Code(3)),
        ("trap '' TERM; sleep 1000 & echo $!; sleep 1000", Some(Duration::from_millis(300)), Exit::TimedOut),
    ] {
        let outcome = machine.run(script, &confinement, |launch| launch.limits.wall_clock = limit).unwrap();
        assert_eq!(outcome.exit, exit);
        let pid = machine.output();
        for _ in 0..1000 {
            if !alive(&pid) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(!alive(&pid), "{pid} lives on");
    }
}

#[test]
fn signals_are_passed_on() {
    let machine = Machine::new();
    let up = machine.work().join("up");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !up.exists() {
                std::thread::sleep(Duration::from_millis(5));
            }
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::USR1).unwrap();
        });
        let script = "trap 'exit 9' USR1; touch up; while :; do sleep 0.05; done";
        let outcome = machine.run(script, &machine.confinement(), |launch| {
            launch.signals = Signals::Forward;
            launch.limits.wall_clock = Some(Duration::from_secs(100));
        });
        assert_eq!(outcome.unwrap().exit, Exit::Code(9));
    });
}

#[test]
fn named_hosts_are_reached_by_the_one_port_that_is_open() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let _ = client.read(&mut [0; 4096]);
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let machine = Machine::new();
    let network = Network::Hosts([server.to_string().as_str()].into_iter().collect());
    let confinement = Confinement { network, ..machine.confinement() };
    let script = format!(
        "for target in {server} other.example:443; do exec 3<> /dev/tcp/127.0.0.1/${{https_proxy##*:}}; \
         printf 'CONNECT %s HTTP/1.1\\r\\n\\r\\n' $target >&3; read -r _ status _ <&3; echo $status; exec 3>&-; done; echo $https_proxy"
    );
    let argv = ["bash", "-c", script.as_str()].map(OsString::from);
    let outcome = machine.run("", &confinement, |launch| {
        (launch.program, launch.argv) = (Path::new("/bin/bash"), Vec::leak(argv.to_vec()))
    });
    let outcome = outcome.unwrap();
    let output = machine.output();
    let port = output.trim_end().rsplit(':').next().unwrap();
    assert!(output.starts_with("200\n403\n"), "{output}");
    assert!(
        machine.words()[1]
            .contains(&format!("(deny network*)\n(allow network-outbound (remote ip \"localhost:{port}\"))"))
    );
    let refused = outcome.refused.unwrap();
    assert_eq!((refused.len(), refused[0].target.as_str()), (1, "other.example:443"));
}

#[test]
fn what_confines_nothing_runs_without() {
    let machine = Machine::new();
    let outcome = machine.run("exit 4", &machine.confinement(), |launch| launch.placement = Placement::Unsandboxed);
    let outcome = outcome.unwrap();
    assert_eq!((outcome.exit, outcome.enforcement.tier), (Exit::Code(4), Tier::T0));
    assert!(machine.words().is_empty());
}
