//! What thousands of rules cost: reading them, finding those that match a command, and suggesting one.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use guardian_rules::RuleSet;
use guardian_rules::execpolicy;
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;
use guardian_rules::ruleset::{Arg, Query};
use guardian_rules::suggest::{Shape, suggest};
use std::fmt::Write as _;
use std::hint::black_box;

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

fn rules(criterion: &mut Criterion) {
    let text = file();
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
        bench.iter(|| suggest(black_box(&argv), shape, &mut |_| false));
    });
}

criterion_group!(benches, rules);
criterion_main!(benches);
