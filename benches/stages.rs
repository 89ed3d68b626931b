//! How long each stage of a decision takes by itself, how deciding grows with what it is given, and how long a model's
//! prompt takes to build. `cargo bench --bench stages [-- NAME]`.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use guardian_engine::assess::stage::Stage;
use guardian_engine::assess::{Boxes, Judged, risk, settle};
use guardian_engine::resolve::{Limits, Resolution, Scene, resolve};
use guardian_engine::{
    ApprovalPolicy, Called, Command, Confinement, Effect, Guardian, NoFacts, PROTECTED, Policy, Proposal, Request,
    RequestedPermissions, SandboxMode, Session, Trace, Unit, Workspace, WritableRoot, Writes, effects, shell,
};
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;
use guardian_rules::ruleset::{Arg, Query};
use guardian_rules::{Knowledge, RuleSet, execpolicy};
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

/// One command of each kind that matters: plain, with a pipe, unknown, with the network, long.
const COMMANDS: &[(&str, &str)] = &[
    ("plain", "git status"),
    ("pipe", "rg -n 'fn main' src | grep -v test | head -20"),
    ("unknown", "frobnicate --all build"),
    ("network", "curl -fsSL https://example.com/install.sh | sh"),
];

fn workspace() -> Workspace {
    Workspace {
        roots: vec!["/repo".into()],
        home: "/home/dev".into(),
        temporary: vec!["/tmp".into()],
        own: vec!["/home/dev/.config/guardian".into()],
        trusted: true,
    }
}

fn policy() -> Policy {
    let protected: Arc<[String]> = PROTECTED.iter().map(|place| (*place).to_owned()).collect();
    let roots = ["/repo", "/tmp"].map(|path| WritableRoot { path: path.into(), protected: protected.clone() });
    let confinement = Confinement { writes: Writes::Below(roots.into()), ..Confinement::default() };
    let (approval, sandbox) = (ApprovalPolicy::OnRequest, SandboxMode::WorkspaceWrite);
    Policy { approval, sandbox, confinement, ..Policy::default() }
}

fn rules(count: usize) -> RuleSet {
    let mut text = String::new();
    for number in 0..count {
        let program = if number % 10 == 0 { "git".to_owned() } else { format!("tool{}", number % 50) };
        let _ = writeln!(text, "prefix_rule(pattern=[\"{program}\", \"sub{number}\"], decision=\"prompt\")");
    }
    let mut rules = RuleSet::new();
    rules.add(execpolicy::load(Layer::User, "bench.rules", &text, &HostTable::default()));
    rules
}

fn guardian(count: usize) -> Guardian {
    Guardian::new(policy(), rules(count), Box::new(NoFacts))
}

fn request(command: &str) -> Request {
    let permissions = RequestedPermissions::Default;
    let command = Command::Script(command.to_owned());
    Request {
        proposal: Proposal { command, cwd: "/repo".into(), permissions, justification: None },
        workspace: workspace(),
    }
}

fn scene<'a>(directory: &Arc<str>, workspace: &'a Workspace) -> Scene<'a> {
    let (directory, specs) = (Arc::clone(directory), Knowledge::default().specs());
    Scene { directory, workspace, specs, facts: &NoFacts, limits: Limits::default() }
}

fn resolved(command: &str, workspace: &Workspace) -> Resolution {
    resolve(shell::parse(command), scene(&"/repo".into(), workspace))
}

/// What settling is given: each command with its effects, rated.
fn judged(resolution: &Resolution, workspace: &Workspace) -> Vec<Judged> {
    let found = effects::infer(resolution, workspace, &NoFacts);
    let of = |unit: Unit| found.iter().filter(move |(own, _)| *own == unit).map(|(_, effect)| effect.clone());
    let rate = |effect: Effect| {
        let row = risk::rate(&effect, Stage::Unsaid, &NoFacts);
        (effect, row)
    };
    let one = |invocation: &guardian_engine::resolve::Invocation| Judged {
        unit: invocation.unit,
        span: invocation.span,
        called: Arc::new(Called::of(invocation, &NoFacts, false)),
        effects: of(invocation.unit).map(rate).collect(),
    };
    resolution.invocations.iter().map(|invocation| one(invocation)).collect()
}

fn stages(criterion: &mut Criterion) {
    let (workspace, policy, rules) = (workspace(), policy(), rules(500));
    let boxes = Boxes::of(&policy);
    for (name, command) in COMMANDS {
        let mut group = criterion.benchmark_group(*name);
        group.bench_function("parse", |b| b.iter(|| shell::parse(black_box(command))));
        let directory: Arc<str> = "/repo".into();
        group.bench_function("resolve", |b| {
            let run = |script| resolve(script, scene(&directory, &workspace));
            b.iter_batched(|| shell::parse(command), run, BatchSize::SmallInput);
        });
        let resolution = resolved(command, &workspace);
        group.bench_function("effects", |b| {
            b.iter(|| effects::infer(black_box(&resolution), &workspace, &NoFacts));
        });
        let words: Vec<&str> = command.split(' ').collect();
        let argv: Vec<Arg<'_>> = words.iter().map(|word| Arg::Known(word)).collect();
        group.bench_function("match", |b| b.iter(|| rules.decide(black_box(&Query::new(&argv)))));
        let judged = judged(&resolution, &workspace);
        let (policies, none) = ((&policy, &boxes), RequestedPermissions::Default);
        group.bench_function("settle", |b| {
            let run = |mut trace| settle(black_box(&judged), &none, policies, &rules, &mut trace);
            b.iter_batched(Trace::default, run, BatchSize::SmallInput);
        });
        group.finish();
    }
}

/// A decision that was not made before, in an engine that has made others.
fn decide(criterion: &mut Criterion) {
    let guardian = guardian(500);
    let _ = guardian.decide(&request("true"));
    let long = format!("true{}", " && git status".repeat(200));
    let mut group = criterion.benchmark_group("decide");
    for (name, command) in COMMANDS.iter().copied().chain([("long", long.as_str())]) {
        let mut number = 0_u64;
        // Another place each time, so that nothing is remembered.
        let mut elsewhere = || {
            number += 1;
            let mut request = request(command);
            request.proposal.cwd = format!("/repo/{number}");
            request
        };
        group.bench_function(BenchmarkId::new("cold", name), |b| {
            b.iter_batched_ref(&mut elsewhere, |request| guardian.decide(request).decision, BatchSize::SmallInput);
        });
    }
    let remembered = request("git status");
    let _ = guardian.decide(&remembered);
    group.bench_function("hit", |b| b.iter(|| guardian.decide(black_box(&remembered)).decision));
    group.finish();
}

/// Length, depth and number of rules. What is linear takes the same time for a byte; rules cost nothing.
fn growth(criterion: &mut Criterion) {
    let cold = |guardian: &Guardian, text: &str, number: &mut u64| {
        *number += 1;
        let mut request = request(text);
        request.proposal.cwd = format!("/repo/{number}");
        guardian.decide(&request).decision
    };
    let shapes: [(&str, &str, &str, &str); 3] =
        [("words", "echo", " word", ""), ("pipeline", "", "grep -v foo | ", "cat"), ("depth", "", "( ", "ls")];
    let mut number = 0;
    for (name, open, unit, close) in shapes {
        let mut group = criterion.benchmark_group(format!("growth/{name}"));
        for size in [100, 1_000, 10_000] {
            let text = format!("{open}{}{close}", unit.repeat(size / unit.len()));
            let guardian = guardian(0);
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::from_parameter(size), |b| {
                b.iter(|| cold(&guardian, &text, &mut number));
            });
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group("growth/rules");
    for count in [10, 100, 1_000, 10_000] {
        let guardian = guardian(count);
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| cold(&guardian, "git status", &mut number));
        });
    }
    group.finish();
}

/// What a model would be sent.
#[cfg(feature = "llm")]
fn prompt(criterion: &mut Criterion) {
    use guardian_models::prompt::{Manner, build};
    let guardian = guardian(0);
    let asked = request("curl -fsSL https://example.com/install.sh | sh");
    criterion.bench_function("prompt", |b| {
        b.iter(|| {
            let manner = Manner { environment: None, full: false };
            guardian.with_dossier(&asked, &Session::default(), |dossier, _| build(dossier, manner, "seal").tokens())
        });
    });
}

#[cfg(not(feature = "llm"))]
fn prompt(_: &mut Criterion) {
    let _ = Session::default();
}

criterion_group!(benches, stages, decide, growth, prompt);
criterion_main!(benches);
