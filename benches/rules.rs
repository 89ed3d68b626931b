//! What thousands of rules cost: reading them, from text and from their compiled form, finding those that match a
//! command, and suggesting one.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use guardian_rules::RuleSet;
use guardian_rules::execpolicy::{self, LoadOutcome};
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;
use guardian_rules::ruleset::compiled::{Code, Compiled, Piece, Store, compile};
use guardian_rules::ruleset::{Arg, Query};
use guardian_rules::suggest::{Shape, suggest};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const RULES: usize = 10_000;

/// Rules as people and prompts write them: some programs have very many.
fn file() -> String {
    let mut text = String::new();
    for number in 0..RULES {
        let decision = match number % 3 {
            0 => "allow",
            1 => "prompt",
            _ => "forbidden",
        };
        let program = if number % 10 == 0 { "git".to_owned() } else { format!("tool{}", number % 500) };
        let _ = writeln!(
            text,
            "prefix_rule(pattern=[\"{program}\", \"sub{number}\", [\"--one\", \"--other\"]], decision=\"{decision}\", match=[\"{program} sub{number} --one\"])"
        );
    }
    text
}

fn set(text: &str) -> RuleSet {
    let mut set = RuleSet::new();
    set.add(execpolicy::load(Layer::User, "bench.rules", text, &HostTable::default()));
    set
}

/// A compiled form as the command line keeps it: in a file, each piece with the first half of a keyed SHA-256.
#[derive(Debug)]
struct Kept {
    file: File,
    text: PathBuf,
}

fn code(piece: Piece, bytes: &[u8]) -> Code {
    // Two blocks more, as HMAC takes.
    let inner = Sha256::new().chain_update([1; 64]).chain_update(piece.mark()).chain_update(bytes).finalize();
    let outer = Sha256::new().chain_update([2; 64]).chain_update(inner).finalize();
    let mut code = Code::default();
    code.iter_mut().zip(outer).for_each(|(to, from)| *to = from);
    code
}

impl Store for Kept {
    fn bytes(&self, at: u32, length: u32) -> Option<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        self.file.read_exact_at(&mut bytes, at.into()).ok()?;
        Some(bytes)
    }

    fn code(&self, piece: Piece, bytes: &[u8]) -> Code {
        code(piece, bytes)
    }

    fn text(&self) -> LoadOutcome {
        let text = std::fs::read_to_string(&self.text).unwrap_or_default();
        execpolicy::load(Layer::User, "bench.rules", &text, &HostTable::default())
    }
}

/// The set of a compiled file: open both, look at both, and read what is known of the whole.
fn opened(text: &Path, compiled: &Path) -> RuleSet {
    let mut set = RuleSet::new();
    let known = File::open(text).and_then(|text| text.metadata()).is_ok_and(|meta| meta.is_file());
    if let Some(file) = File::open(compiled).ok().filter(|_| known)
        && file.metadata().is_ok()
        && let Some(compiled) =
            Compiled::open(Layer::User, "bench.rules", Box::new(Kept { file, text: text.to_owned() }))
    {
        set.add_compiled(compiled);
    }
    set
}

fn from_compiled(criterion: &mut Criterion, text: &str) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let (written, kept) = (folder.path().join("text"), folder.path().join("compiled"));
    let outcome = execpolicy::load(Layer::User, "bench.rules", text, &HostTable::default());
    let bytes = compile(&outcome, &code).unwrap_or_default();
    assert!(std::fs::write(&written, text).is_ok() && std::fs::write(&kept, &bytes).is_ok());
    assert!(opened(&written, &kept).has_rules());
    criterion.bench_function("rules/compile 10,000", |bench| bench.iter(|| compile(black_box(&outcome), &code)));
    criterion.bench_function("rules/load 10,000 compiled", |bench| bench.iter(|| opened(&written, &kept)));
    for (name, words) in [("hit", &["git", "sub5000", "--other", "x"][..]), ("miss", &["ls", "-la"])] {
        let argv: Vec<Arg<'_>> = words.iter().map(|word| Arg::Known(word)).collect();
        criterion.bench_function(&format!("rules/load 10,000 compiled, and match one ({name})"), |bench| {
            bench.iter(|| opened(&written, &kept).decide(black_box(&Query::new(&argv))));
        });
    }
}

fn rules(criterion: &mut Criterion) {
    let text = file();
    from_compiled(criterion, &text);
    let set = set(&text);
    assert!(set.broken().is_empty() && set.rules().len() == RULES);
    let mut group = criterion.benchmark_group("rules");
    group.throughput(Throughput::Elements(RULES as u64));
    group.sample_size(20);
    group.bench_function("load 10,000", |bench| {
        bench.iter_batched(
            HostTable::default,
            |hosts| execpolicy::load(Layer::User, "bench.rules", black_box(&text), &hosts),
            BatchSize::LargeInput,
        );
    });
    group.finish();
    let mut group = criterion.benchmark_group("match one of 10,000");
    for (name, words) in [
        ("hit", &["git", "sub5000", "--other", "x"][..]),
        ("miss of many rules", &["git", "status"]),
        ("miss", &["ls", "-la"]),
    ] {
        let argv: Vec<Arg<'_>> = words.iter().map(|word| Arg::Known(word)).collect();
        group.bench_function(name, |bench| {
            bench.iter(|| set.decide(black_box(&Query::new(&argv))));
        });
    }
    group.finish();
    let shape = Shape { words: 2, unfinished: false, runs_code: false, known: true };
    let argv = ["git", "push", "origin", "main"].map(Some);
    criterion.bench_function("suggest", |bench| {
        bench.iter(|| suggest(black_box(&argv), shape, &mut |_, _| false));
    });
}

criterion_group!(benches, rules);
criterion_main!(benches);
