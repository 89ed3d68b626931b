//! What a box costs over a plain start of `/bin/true`, side by side: nothing, Landlock and a filter, everything, and
//! bubblewrap where it is installed. The tiers are had by taking namespaces from a process of its own.
//!
//! `cargo bench --bench launch -- --table` prints one table from interleaved rounds instead, which a busy machine disturbs
//! less, and the processor time of launcher, box and command together, which it disturbs least; `cargo bench --bench launch
//! -- --t1` prints the same of what is left without namespaces, from a process that may make none, `-- --container` from
//! one that has no more capabilities than root in a container either; `cargo bench --bench launch` measures with criterion.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench stops at what it cannot measure, and prints its table"
)]

use criterion::Criterion;
use guardian_engine::{Confinement, PROTECTED, Placement, WritableRoot, Writes};
use guardian_sandbox::{Launch, Stdio, Stream};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio as Std};
use std::time::{Duration, Instant};

const ROUNDS: usize = 300;

/// A workspace, removed at the end.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().canonicalize().expect("it exists")
    }

    /// The workspace may be written; with the protected paths of a repository, of an empty folder, or with none.
    fn confinement(&self, protected: bool) -> Confinement {
        let root = WritableRoot {
            path: self.path().display().to_string(),
            protected: PROTECTED.iter().filter(|_| protected).map(|path| (*path).to_owned()).collect(),
        };
        Confinement { writes: Writes::Below(vec![root]), ..Confinement::default() }
    }

    /// A thousand roots.
    fn thousand(&self) -> Confinement {
        let roots = (0..1000).map(|number| {
            let path = self.path().join(format!("root{number}"));
            std::fs::create_dir_all(&path).expect("a directory");
            WritableRoot { path: path.display().to_string(), protected: [].into() }
        });
        Confinement { writes: Writes::Below(roots.collect()), ..Confinement::default() }
    }
}

fn plain() {
    let status = Command::new("/bin/true").stdin(Std::null()).status();
    assert!(status.is_ok_and(|status| status.success()));
}

fn boxed(confinement: &Confinement, cwd: &Path, placement: Placement, observe: bool) {
    let argv = [OsString::from("true")];
    let mut launch = Launch::new(Path::new("/bin/true"), &argv, cwd, &[], confinement, placement);
    launch.observe = observe;
    let stdio = Stdio { stdin: Stream::Null, ..Stdio::default() };
    let outcome = guardian_sandbox::launch(&launch, stdio).expect("a box");
    assert_eq!(outcome.exit.code(), 0);
}

/// bubblewrap with a box of the same shape.
fn bubblewrap(cwd: &Path) {
    let cwd = cwd.display().to_string();
    let arguments = [
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--bind",
        &cwd,
        &cwd,
        "--unshare-all",
        "--cap-drop",
        "ALL",
        "--new-session",
        "--die-with-parent",
        "--",
        "/bin/true",
    ];
    let status = Command::new("bwrap").args(arguments).stdin(Std::null()).status();
    assert!(status.is_ok_and(|status| status.success()));
}

/// Whether this was asked for.
fn is_asked(option: &str) -> bool {
    std::env::args().any(|argument| argument == option)
}

/// As the default profile of container engines does.
fn forbid_namespaces() {
    use seccompiler::{
        SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq, SeccompCondition, SeccompFilter, SeccompRule,
    };
    let user = SeccompCondition::new(0, Dword, MaskedEq(0x1000_0000), 0x1000_0000).expect("a condition");
    let rule = SeccompRule::new(vec![user]).expect("a rule");
    let rules = [(56_i64, vec![rule])].into();
    let arch = std::env::consts::ARCH.try_into().expect("an architecture");
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(1), arch);
    let program: seccompiler::BpfProgram = filter.expect("a filter").try_into().expect("a program");
    seccompiler::apply_filter(&program).expect("the filter holds");
}

/// What is measured, by name.
type Case = (&'static str, Box<dyn Fn()>);

fn cases(place: &Place, many: &Place, weak: bool) -> Vec<Case> {
    let cwd = place.path();
    let in_box = |confinement: Confinement, placement, observe| -> Box<dyn Fn()> {
        let cwd = cwd.clone();
        Box::new(move || boxed(&confinement, &cwd, placement, observe))
    };
    let (sandboxed, none) = (Placement::Sandboxed, Placement::Unsandboxed);
    let mut cases: Vec<Case> = vec![
        ("plain spawn", Box::new(plain)),
        ("no box", in_box(Confinement::default(), none, false)),
        ("read-only", in_box(Confinement::default(), sandboxed, false)),
        ("workspace-write, nothing protected", in_box(place.confinement(false), sandboxed, false)),
    ];
    if weak {
        return cases;
    }
    cases.extend([
        ("workspace-write, all missing", in_box(place.confinement(true), sandboxed, false)),
        ("workspace-write, observed", in_box(place.confinement(true), sandboxed, true)),
        ("1,000 roots", in_box(many.thousand(), sandboxed, false)),
    ]);
    let installed = Command::new("bwrap").arg("--version").stdout(Std::null()).status();
    if installed.is_ok_and(|status| status.success()) {
        let cwd = cwd.clone();
        cases.push(("bubblewrap", Box::new(move || bubblewrap(&cwd))));
    }
    cases
}

/// As container engines do unless told otherwise: of root's capabilities, 14 are left.
fn drop_capabilities() {
    use rustix::thread::{CapabilitySet as Set, CapabilitySets, remove_capability_from_bounding_set, set_capabilities};
    let left = Set::CHOWN | Set::DAC_OVERRIDE | Set::FSETID | Set::FOWNER | Set::MKNOD | Set::NET_RAW | Set::SETGID;
    let left = left | Set::SETUID | Set::SETFCAP | Set::SETPCAP | Set::NET_BIND_SERVICE | Set::SYS_CHROOT;
    let left = left | Set::KILL | Set::AUDIT_WRITE;
    for gone in (0..63).map(|bit| Set::from_bits_retain(1 << bit)).filter(|one| !left.contains(*one)) {
        // The last ones are of no kernel yet.
        let _ = remove_capability_from_bounding_set(gone);
    }
    let sets = CapabilitySets { effective: left, permitted: left, inheritable: Set::empty() };
    set_capabilities(None, sets).expect("the capabilities are given up");
}

/// Rounds of all cases one after the other, so that what else the machine does hits all alike.
fn table(cases: &[Case]) {
    let mut times = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, case), times) in cases.iter().zip(&mut times) {
            let start = Instant::now();
            case();
            times.push(start.elapsed());
        }
    }
    println!("| ms | min | p25 | p50 | min over plain | p25 over plain | processor | over plain |");
    println!("|---|---|---|---|---|---|---|---|");
    let at = |times: &[Duration], place: usize| times.get(place).map_or(0.0, Duration::as_secs_f64) * 1e3;
    let mut first = None;
    for ((name, case), mut times) in cases.iter().zip(times) {
        times.sort();
        let before = processor_time();
        (0..ROUNDS).for_each(|_| case());
        let used = (processor_time() - before) / ROUNDS as f64;
        let [min, p25, p50] = [0, ROUNDS / 4, ROUNDS / 2].map(|place| at(&times, place));
        let (base_min, base_p25, base_used) = *first.get_or_insert((min, p25, used));
        let [over_min, over_p25, over] = [min - base_min, p25 - base_p25, used - base_used];
        println!("| {name} | {min:.2} | {p25:.2} | {p50:.2} | {over_min:.2} | {over_p25:.2} | {used:.2} | {over:.2} |");
    }
}

/// What this process and all that it has waited for have used of the processor, in ms. The kernel tells it in hundredths of
/// a second, on every architecture.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this process has a state");
    // The name of the program, in brackets, may hold anything.
    let (_, fields) = stat.rsplit_once(')').expect("it has a name");
    fields.split_whitespace().skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

fn main() {
    let contained = is_asked("--container");
    let weak = contained || is_asked("--t1");
    if contained {
        drop_capabilities();
    }
    if weak {
        forbid_namespaces();
        println!("t1, without namespaces (x86-64):");
    }
    let (place, many) = (Place::new(), Place::new());
    let cases = cases(&place, &many, weak);
    if weak || is_asked("--table") {
        return table(&cases);
    }
    let mut criterion =
        Criterion::default().sample_size(50).measurement_time(Duration::from_secs(3)).configure_from_args();
    for (name, case) in &cases {
        criterion.bench_function(name, |bencher| bencher.iter(case));
    }
    criterion.final_summary();
}
