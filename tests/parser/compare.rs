//! Asks the parser of another shell, brush, whether our reader is right: both must see the same commands, with the same
//! words, redirections and operators, wherever both understand a script. What is known to differ, and why, is listed in
//! `limits.rs`; anything else is a mistake of one of the two, and fails.
//!
//! `cargo run --release --manifest-path tests/parser/Cargo.toml -- [--generate N] [--seed S] [FILE.jsonl…]`
//!
//! Without files it reads every case of the repository. A file holds one proposal a line, as `guardian check --jsonl`
//! reads it. `-- --time FILE` says instead how long each takes to read the commands of a file, one a line, plain
//! or as such a proposal.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

mod generate;
mod limits;
mod ours;
mod theirs;

/// The other parser recurses.
const STACK: usize = 256 << 20;

/// Times each command is read where that is timed; the least counts.
const ROUNDS: usize = 15;

/// How a script fared.
enum Outcome {
    /// Both saw the same.
    Same,
    /// We do not claim to understand it, so nothing is compared.
    NotUnderstood,
    /// The other parser cannot read it.
    Refused(String),
    /// They differ, as is known.
    Limit(&'static str),
    /// They differ.
    Different { ours: String, theirs: String },
}

fn main() -> ExitCode {
    let run = std::thread::Builder::new().stack_size(STACK).spawn(compare_all);
    match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn compare_all() -> bool {
    let mut arguments = std::env::args().skip(1);
    let (mut count, mut seed, mut scripts) = (20_000, 1, BTreeSet::new());
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok());
        match argument.as_str() {
            "--generate" => count = number().unwrap_or(count),
            "--seed" => seed = number().unwrap_or(seed),
            "--time" => return time(&arguments.next().unwrap_or_default()),
            file => scripts.extend(proposals(file)),
        }
    }
    if scripts.is_empty() {
        scripts = cases(Path::new(std::env!("CARGO_MANIFEST_DIR")).join("../..").as_path());
    }
    println!("{} scripts, {count} generated from seed {seed}", scripts.len());
    scripts.extend((0..count).map(|nth| generate::script(seed.wrapping_mul(0x9e37_79b9).wrapping_add(nth))));
    // What the other parser panics on is something that it cannot read.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut same, mut not_understood, mut limits) = (0, 0, BTreeMap::<&str, usize>::new());
    let (mut refused, mut different) = (BTreeMap::<String, Vec<&str>>::new(), 0);
    for script in &scripts {
        match compare(script) {
            Outcome::Same => same += 1,
            Outcome::NotUnderstood => not_understood += 1,
            Outcome::Refused(why) => refused.entry(why).or_default().push(script),
            Outcome::Limit(why) => *limits.entry(why).or_default() += 1,
            Outcome::Different { ours, theirs } => {
                different += 1;
                println!("--- {script:?}\n  ours:   {ours}\n  theirs: {theirs}");
            }
        }
    }
    println!("{same} seen alike, {not_understood} not understood by us, {different} seen otherwise");
    for (why, count) in limits {
        println!("{count} as is known: {why}");
    }
    println!("{} that the other parser cannot read", refused.values().map(Vec::len).sum::<usize>());
    for script in refused.values().flatten().take(40) {
        println!("  {script:?}");
    }
    different == 0
}

/// Says how long the commands of a file take to read, each for the least of some rounds, in microseconds: beside us
/// tree-sitter alone, with one parser for all, and the other shell's parser.
fn time(file: &str) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let proposal = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).ok()?;
        row.get("command")?.as_str().map(str::to_owned)
    };
    let command = |line: &str| proposal(line).unwrap_or_else(|| line.replace("\\n", "\n"));
    let commands: Vec<String> = text.lines().map(command).collect();
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).unwrap_or_else(|error| panic!("bash: {error}"));
    println!("{} commands, µs {:>15} {:>7} {:>7}", commands.len(), "mean", "p50", "p99");
    timed("tree-sitter-bash", &commands, |command| drop(black_box(parser.parse(command, None))));
    timed("guardian", &commands, |command| drop(black_box(guardian_engine::shell::parse(command))));
    timed("brush-parser", &commands, |command| drop(black_box(theirs::program(command))));
    !commands.is_empty()
}

fn timed(name: &str, commands: &[String], mut read: impl FnMut(&str)) {
    let mut least = vec![f64::MAX; commands.len()];
    for _ in 0..ROUNDS {
        for (command, least) in commands.iter().zip(&mut least) {
            let start = Instant::now();
            read(command);
            *least = least.min(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    let mean = least.iter().sum::<f64>() / least.len().max(1) as f64;
    least.sort_by(f64::total_cmp);
    let at = |share: usize| least.get(least.len() * share / 100).copied().unwrap_or_default();
    println!("{name:<20} {mean:>17.2} {:>7.2} {:>7.2}", at(50), at(99));
}

fn compare(text: &str) -> Outcome {
    let script = guardian_engine::shell::parse(text);
    if !script.is_understood() {
        return Outcome::NotUnderstood;
    }
    let ours = ours::events(&script);
    let theirs = match std::panic::catch_unwind(|| theirs::events(text)) {
        Ok(Ok(events)) => events,
        Ok(Err(why)) => return Outcome::Refused(why),
        Err(_) => return Outcome::Refused("panicked".into()),
    };
    if ours == theirs {
        return Outcome::Same;
    }
    let at = ours.iter().zip(&theirs).position(|(a, b)| a != b).unwrap_or(ours.len().min(theirs.len()));
    let shown = |events: &[String]| events.get(at).cloned().unwrap_or_else(|| "nothing more".into());
    let (ours, theirs) = (shown(&ours), shown(&theirs));
    match limits::known(text, &ours, &theirs) {
        Some(why) => Outcome::Limit(why),
        None => Outcome::Different { ours, theirs },
    }
}

/// The scripts of a file of proposals.
fn proposals(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let read =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?.get("command")?.as_str().map(str::to_owned);
    text.lines().filter_map(read).collect()
}

/// The scripts of every case.
fn cases(root: &Path) -> BTreeSet<String> {
    let folders = ["rules/commands", "tests/cases"].map(|folder| std::fs::read_dir(root.join(folder)));
    let mut found = BTreeSet::new();
    for file in folders.into_iter().flatten().flatten().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with("```") {
                inside = line.trim_end().starts_with("```cases");
            } else if let Some((script, _)) = line.rsplit_once(" # ").filter(|_| inside) {
                found.insert(script.trim_end().replace("\\n", "\n"));
            }
        }
    }
    found
}

/// A word without the line continuations in it. The other parser writes a tab within a substitution as a blank.
fn folded(word: &str) -> String {
    let word = word.replace("\\\n", "");
    if word.contains(['(', '`']) { word.replace('\t', " ") } else { word }
}

/// An array that is assigned, with one blank between its elements.
fn elements(text: &str) -> String {
    let text = folded(text);
    match text.split_once("=(").and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?))) {
        Some((name, rest)) => format!("{name}=({})", rest.split_whitespace().collect::<Vec<_>>().join(" ")),
        None => text,
    }
}

/// The body of a here-document without the tabs that `<<-` takes away.
fn unindented(text: &str) -> String {
    text.lines().map(|line| line.trim_start_matches('\t')).collect::<Vec<_>>().join("\n")
}
