//! How long a decision takes: reading alone, deciding cold, and deciding what is remembered, over every example command
//! of the repository. Beside it, what a memory on disk would cost at least, which is why there is none.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guardian_engine::{
    ApprovalPolicy, Command, Confinement, Guardian, NoFacts, Policy, Proposal, Request, RequestedPermissions,
    SandboxMode, Workspace, WritableRoot, Writes, shell,
};
use sha2::{Digest, Sha256};
use std::fs;
use std::hint::black_box;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The commands of every `cases` block of the specs.
fn commands() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/commands");
    let mut commands = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
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
    let root = WritableRoot { path: "/repo".into(), protected: [].into() };
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

/// What stands in the record about a verdict of one command: what an entry on disk would have to hold.
const ENTRY: usize = 2048;

/// What no memory that processes share can do without: to find an entry, to see that it is the user's alone, and to see
/// that guardian wrote it. Not counted: to make an assessment of it, and to ask the world every question anew.
fn look_up(path: &Path) -> io::Result<usize> {
    let mut file = fs::File::open(path)?;
    let owner = file.metadata()?;
    let mut bytes = Vec::with_capacity(ENTRY);
    file.read_to_end(&mut bytes)?;
    let inner = Sha256::new().chain_update([0x36; 64]).chain_update(&bytes).finalize();
    let code = Sha256::new().chain_update([0x5c; 64]).chain_update(inner).finalize();
    Ok(code.iter().map(|byte| usize::from(*byte)).sum::<usize>() + owner.mode() as usize)
}

fn on_disk(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let path = folder.path().join("entry");
    if fs::write(&path, [b'x'; ENTRY]).is_ok() {
        criterion.bench_function("look up on disk, without more", |b| b.iter(|| look_up(black_box(&path)).ok()));
    }
}

criterion_group!(benches, decide, on_disk);
criterion_main!(benches);
