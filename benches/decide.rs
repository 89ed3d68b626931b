//! How long a decision takes: reading alone, deciding cold, and deciding what is remembered, over every example command
//! of the repository.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guardian_engine::{
    ApprovalPolicy, Command, Confinement, Guardian, NoFacts, Policy, Proposal, Request, RequestedPermissions,
    SandboxMode, Workspace, WritableRoot, Writes, shell,
};
use std::hint::black_box;
use std::path::Path;

/// The commands of every `cases` block of the specs.
fn commands() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/commands");
    let mut commands = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        let mut inside = false;
        for line in text.lines() {
            inside = if line.starts_with("```") { line == "```cases" } else { inside };
            if inside && let Some((command, _)) = line.rsplit_once(" # ") {
                commands.push(command.trim().replace("\\n", "\n"));
            }
        }
    }
    commands.sort();
    commands
}

fn guardian() -> Guardian {
    let root = WritableRoot { path: "/repo".into(), protected: Vec::new() };
    let confinement = Confinement { writes: Writes::Below(vec![root]), ..Confinement::default() };
    let policy = Policy {
        approval: ApprovalPolicy::Untrusted,
        sandbox: SandboxMode::WorkspaceWrite,
        confinement,
        ..Policy::default()
    };
    Guardian::new(policy, guardian_rules::RuleSet::new(), Box::new(NoFacts))
}

fn request(command: &str) -> Request {
    Request {
        proposal: Proposal {
            command: Command::Script(command.to_owned()),
            cwd: "/repo".into(),
            permissions: RequestedPermissions::Default,
            justification: None,
        },
        workspace: Workspace {
            roots: vec!["/repo".into()],
            home: "/home/dev".into(),
            temporary: vec!["/tmp".into()],
            own: Vec::new(),
            trusted: true,
        },
    }
}

fn decide(criterion: &mut Criterion) {
    let commands = commands();
    let requests: Vec<Request> = commands.iter().map(|c| request(c)).collect();
    let mut group = criterion.benchmark_group("examples");
    group.throughput(Throughput::Elements(commands.len() as u64));
    group.sample_size(10);
    group.bench_function("read", |b| {
        b.iter(|| commands.iter().map(|c| shell::parse(black_box(c)).nodes.len()).sum::<usize>())
    });
    group.bench_function("decide cold", |b| {
        b.iter(|| {
            let guardian = guardian();
            requests.iter().filter(|r| guardian.decide(black_box(r)).cached).count()
        });
    });
    group.finish();
    let guardian = guardian();
    let plain = request("git log --oneline -5 | head");
    let _ = guardian.decide(&plain);
    criterion.bench_function("decide remembered", |b| b.iter(|| guardian.decide(black_box(&plain)).decision));
}

criterion_group!(benches, decide);
criterion_main!(benches);
