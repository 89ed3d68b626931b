//! Observed truth: what the engine calls a trusted read is run for real, offline and read-only, under `strace`, and must
//! try to do nothing but read. Slow and dependent on what is installed, so it only runs when asked for:
//! `cargo test --test oracle -- --ignored --nocapture`. `GUARDIAN_ORACLE=git` runs only commands that contain `git`;
//! `GUARDIAN_ORACLE_CORPUS=a.jsonl:b.jsonl` takes the commands of these files instead of the cases.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and this one reports"
)]

#[path = "oracle/artefacts.rs"]
mod artefacts;
#[path = "oracle/observed.rs"]
mod observed;
#[path = "oracle/proposals.rs"]
mod proposals;
#[path = "oracle/scratch.rs"]
mod scratch;
mod world;

use guardian_engine::{Confinement, Network, Placement, Writes};
use guardian_sandbox::{Launch, Limits, Stdio, Stream, launch};
use proposals::{Installed, Proposal};
use scratch::Scratch;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The variable that turns a process of this binary into the launcher of one command.
const INSIDE: &str = "GUARDIAN_ORACLE_INSIDE";
/// Longer than any read needs; what waits for input or repeats itself for ever ends here.
const WALL_CLOCK: Duration = Duration::from_secs(5);
/// What is traced: whatever names a file, starts a program or reaches a network, and what changes through a descriptor.
const TRACED: &str = "trace=file,process,network,fchmod,fchown,fsetxattr,fremovexattr,kill";

/// What became of one command.
enum Outcome {
    /// It ran, ended with this status, and tried to do this beyond what was predicted.
    Ran(i32, Vec<String>),
    /// It did not run, or was not seen to.
    Unseen(String),
}

/// Figures of a whole run.
#[derive(Default)]
struct Report {
    ended: BTreeMap<&'static str, usize>,
    unseen: Vec<String>,
    disagreements: Vec<String>,
}

impl Report {
    fn add(&mut self, proposal: &Proposal, outcome: Outcome) {
        match outcome {
            Outcome::Unseen(why) => self.unseen.push(format!("{}: {why}", proposal.script)),
            Outcome::Ran(status, effects) => {
                let ended = match status {
                    0 => "succeeded",
                    124 => "were ended by the clock",
                    _ => "failed",
                };
                *self.ended.entry(ended).or_default() += 1;
                for effect in effects {
                    let line = format!("{}  [{}]: {effect}", proposal.script, proposal.origin);
                    self.disagreements.push(line);
                }
            }
        }
    }

    fn ran(&self) -> usize {
        self.ended.values().sum()
    }
}

/// The part of the test that runs below `strace`: launches one command in its box and says how that went.
#[test]
#[ignore = "runs real programs; see CONTRIBUTING.md"]
fn inside() {
    let Some(script) = std::env::var_os(INSIDE) else {
        return;
    };
    let cwd = std::env::current_dir().unwrap();
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().filter(|(n, _)| n != INSIDE).collect();
    let confinement = Confinement { writes: Writes::Nowhere, network: Network::Offline, ..Confinement::default() };
    let argv = Launch::shell_argv(&script);
    let shell = Launch::shell();
    let launched = Launch {
        limits: Limits { wall_clock: Some(WALL_CLOCK), ..Limits::default() },
        ..Launch::new(shell, &argv, &cwd, &environment, &confinement, Placement::Sandboxed)
    };
    let stdio = Stdio {
        stdin: Stream::Null,
        // Not `/dev/null`, which some programs recognise and then do less for.
        stdout: Stream::Inherit,
        stderr: Stream::Null,
    };
    // No controlling terminal: nothing can be asked of a person.
    rustix::process::setsid().unwrap();
    match launch(&launched, stdio) {
        Ok(outcome) if outcome.enforcement.namespaces => {
            eprintln!("{INSIDE} {}", outcome.exit.code());
        }
        Ok(outcome) => eprintln!("the box has no namespaces: {:?}", outcome.enforcement),
        Err(error) => eprintln!("not launched: {error}"),
    }
}

/// Runs a command under `strace`.
fn run(proposal: &Proposal, scratch: &Scratch, installed: &Installed) -> Outcome {
    let trace = scratch.base.join("trace");
    let before = scratch.listing();
    let mut child = Command::new("strace");
    child
        .args(["-f", "-qq", "-y", "-s", "256", "-e", TRACED, "-e", "signal=none", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "inside", "--ignored", "--nocapture", "--test-threads=1"])
        .current_dir(&scratch.repo)
        .env_clear()
        .envs(installed.environment(&scratch.home))
        .env(INSIDE, &proposal.script);
    let (status, said) = scratch::drained(&mut child);
    let Some(code) = said.lines().find_map(|l| l.strip_prefix(INSIDE)?.trim().parse().ok()) else {
        return Outcome::Unseen(format!("{said} {:?} {:?}", status.code(), status.signal()));
    };
    let text = String::from_utf8_lossy(&std::fs::read(&trace).unwrap()).into_owned();
    let Some(effects) = observed::effects(&text, &proposal.programs) else {
        return Outcome::Unseen("the trace does not show the shell".into());
    };
    let mut beyond: Vec<String> =
        effects.into_iter().filter(|effect| !artefacts::is_one(&proposal.programs, effect)).collect();
    beyond.extend(scratch::difference(&before, &scratch.listing()));
    beyond.dedup();
    Outcome::Ran(code, beyond)
}

/// Whether a command can be run and seen here at all.
fn unfit(scratch: &Scratch, installed: &Installed) -> Option<String> {
    if Command::new("strace").arg("-V").output().is_err() {
        return Some("strace is not installed".into());
    }
    match run(&Proposal::own("true"), scratch, installed) {
        Outcome::Ran(0, _) => {}
        Outcome::Ran(status, effects) => return Some(format!("true: {status} {effects:?}")),
        Outcome::Unseen(why) => return Some(why),
    }
    // The oracle is only worth something if it sees what does happen.
    for (script, seen) in [
        (": > made", "openat made"),
        ("ln -s a made", "symlinkat a made"),
        ("chmod 700 a.txt", "fchmodat a.txt"),
        ("sh -c 'cat a.txt; id'", "execve sh"),
        ("exec 3<>/dev/udp/192.0.2.1/9", "connect AF_INET"),
    ] {
        let Outcome::Ran(_, effects) = run(&Proposal::own(script), scratch, installed) else {
            return Some(format!("`{script}` was not seen"));
        };
        assert!(effects.iter().any(|e| e == seen), "`{script}` was seen as {effects:?}");
    }
    None
}

/// Every proposal, on as many threads as there are processors, each with its own scratch workspace.
fn run_all(proposals: &[Proposal], installed: &Installed, folder: &Path) -> Report {
    let (next, report) = (AtomicUsize::new(0), Mutex::new(Report::default()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (next, report) = (&next, &report);
            scope.spawn(move || {
                let scratch = Scratch::new(folder.join(thread.to_string()), proposals);
                while let Some(proposal) = proposals.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run(proposal, &scratch, installed);
                    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                    report.add(proposal, outcome);
                }
            });
        }
    });
    report.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[test]
#[ignore = "runs real programs; see CONTRIBUTING.md"]
fn observed_effects_are_predicted() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("oracle");
    let _ = std::fs::remove_dir_all(&folder);
    let installed = Installed::here();
    let canary = Scratch::new(folder.join("canary"), &[]);
    if let Some(why) = unfit(&canary, &installed) {
        println!("skipped: {why}");
        return;
    }
    let only = std::env::var("GUARDIAN_ORACLE").unwrap_or_default();
    let all = proposals::trusted(&only);
    let (total, mut absent) = (all.len(), BTreeMap::<String, usize>::new());
    let mut runnable = Vec::new();
    for proposal in all {
        match installed.lacks(&proposal) {
            Some(program) => *absent.entry(program).or_default() += 1,
            None => runnable.push(proposal),
        }
    }
    let mut report = run_all(&runnable, &installed, &folder);
    report.disagreements.sort();
    println!("{total} commands are trusted reads; {} ran: {:?}", report.ran(), report.ended);
    let skipped: usize = absent.values().sum();
    println!("{skipped} skipped, as {} programs are not installed: {absent:?}", absent.len());
    println!("{} skipped, as they were not seen: {:#?}", report.unseen.len(), report.unseen);
    println!("{} disagreements", report.disagreements.len());
    assert!(report.disagreements.is_empty(), "did more than was predicted:\n{}", report.disagreements.join("\n"));
}
