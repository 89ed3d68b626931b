//! The reach of deciding as ratios of one run: tree-sitter alone, reading, deciding cold and remembered, one thread and
//! two, growth. `cargo bench --bench speed [-- FILE]`: a file of other commands, one a line, plain or as JSON objects
//! with a `command`. `speed STAGE [FILE]` runs one stage once and prints nothing, for counting instructions.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use guardian_engine::{
    ApprovalPolicy, Command, Confinement, Guardian, NoFacts, PROTECTED, Policy, Proposal, Request,
    RequestedPermissions, SandboxMode, Workspace, WritableRoot, Writes, shell,
};
use guardian_rules::execpolicy;
use guardian_rules::host::HostTable;
use guardian_rules::rule::Layer;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Times each command is measured; the least counts.
const ROUNDS: usize = 15;
/// What can be run by itself.
const STAGES: [&str; 5] = ["nothing", "tree-sitter", "read", "decide", "remembered"];
/// Times each command is decided anew where what is remembered is counted: as often as `counts.py` has it.
const REMEMBERED: usize = 10;
/// Rules that are loaded.
const RULES: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let is_stage = |argument: &&String| STAGES.contains(&argument.as_str());
    let stage = arguments.first().filter(is_stage);
    let commands = commands(arguments.get(usize::from(stage.is_some())).map(String::as_str));
    assert!(!commands.is_empty(), "there is nothing to measure");
    let requests: Vec<Request> = commands.iter().map(|command| request(command)).collect();
    match stage {
        Some(stage) => once(stage, &commands, &requests),
        None => table(&commands, &requests),
    }
}

/// The commands of a file, or our own.
fn commands(file: Option<&str>) -> Vec<String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/commands.txt");
    let text = std::fs::read_to_string(file.unwrap_or(own)).unwrap_or_default();
    let command = |line: &str| match serde_json::from_str::<serde_json::Value>(line) {
        Ok(row) => row.get("command").and_then(|command| command.as_str()).unwrap_or_default().to_owned(),
        Err(_) => line.replace("\\n", "\n"),
    };
    text.lines().map(command).collect()
}

fn guardian() -> Guardian {
    let protected: Arc<[String]> = PROTECTED.iter().map(|place| (*place).to_owned()).collect();
    let roots = ["/repo", "/tmp"].map(|path| WritableRoot { path: path.into(), protected: protected.clone() });
    let confinement = Confinement { writes: Writes::Below(roots.into()), ..Confinement::default() };
    let (approval, sandbox) = (ApprovalPolicy::OnRequest, SandboxMode::WorkspaceWrite);
    let policy = Policy { approval, sandbox, confinement, ..Policy::default() };
    let mut text = String::new();
    for number in 0..RULES {
        let program = if number % 10 == 0 { "git".to_owned() } else { format!("tool{}", number % 50) };
        let _ = writeln!(text, "prefix_rule(pattern=[\"{program}\", \"sub{number}\"], decision=\"prompt\")");
    }
    let mut rules = guardian_rules::RuleSet::new();
    rules.add(execpolicy::load(Layer::User, "bench.rules", &text, &HostTable::default()));
    assert_eq!(rules.rules().len(), RULES);
    Guardian::new(policy, rules, Box::new(NoFacts))
}

fn request(command: &str) -> Request {
    let command = Command::Script(command.to_owned());
    let permissions = RequestedPermissions::Default;
    Request {
        proposal: Proposal { command, cwd: "/repo".into(), permissions, justification: None },
        workspace: Workspace {
            roots: vec!["/repo".into()],
            home: "/home/dev".into(),
            temporary: vec!["/tmp".into()],
            own: vec!["/home/dev/.config/guardian".into()],
            trusted: true,
        },
    }
}

fn parser() -> tree_sitter::Parser {
    let mut parser = tree_sitter::Parser::new();
    assert!(parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_ok());
    parser
}

/// One stage over all commands, for an instruction counter. `nothing` is what the others have in common.
fn once(stage: &str, commands: &[String], requests: &[Request]) {
    let (guardian, mut parser) = (guardian(), parser());
    for (command, request) in commands.iter().zip(requests) {
        match stage {
            "tree-sitter" => drop(black_box(parser.parse(command, None))),
            "read" => drop(black_box(shell::parse(command))),
            "decide" => drop(black_box(guardian.decide(request))),
            "remembered" => (0..=REMEMBERED).for_each(|_| drop(black_box(guardian.decide(request)))),
            _ => {}
        }
    }
}

/// The least time of each item over all rounds, in microseconds.
fn least<T>(items: &[T], mut run: impl FnMut(&T)) -> Vec<f64> {
    let mut best = vec![f64::MAX; items.len()];
    for _ in 0..ROUNDS {
        for (item, best) in items.iter().zip(&mut best) {
            let start = Instant::now();
            run(item);
            *best = best.min(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    best
}

/// Mean, median and 99th percentile.
fn summary(mut times: Vec<f64>) -> (f64, f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    (times.iter().sum::<f64>() / times.len() as f64, at(50), at(99))
}

fn table(commands: &[String], requests: &[Request]) {
    let mut parser = parser();
    let alone = summary(least(commands, |command| drop(black_box(parser.parse(command, None)))));
    let row = |name: &str, (mean, half, late): (f64, f64, f64)| {
        let (ratio, worst) = (alone.0 / mean, alone.2 / late);
        println!("{name:<20} {mean:>9.2} {half:>9.2} {late:>9.2} {ratio:>9.2} {worst:>9.2}");
    };
    println!("{} commands, {RULES} rules, µs; the ratios are tree-sitter's time to ours", commands.len());
    println!("{:<20} {:>9} {:>9} {:>9} {:>9} {:>9}", "", "mean", "p50", "p99", "ratio", "at p99");
    row("tree-sitter alone", alone);
    row("read", summary(least(commands, |command| drop(black_box(shell::parse(command))))));
    row("decide, cold", summary(cold(requests)));
    row("decide, remembered", summary(remembered(requests)));
    println!("two threads          {:>9.2} × one", two_threads(requests));
    growth();
}

/// Deciding what is not remembered: a new engine for each round.
fn cold(requests: &[Request]) -> Vec<f64> {
    let mut best = vec![f64::MAX; requests.len()];
    for _ in 0..ROUNDS {
        let guardian = guardian();
        for (request, best) in requests.iter().zip(&mut best) {
            let start = Instant::now();
            drop(black_box(guardian.decide(request)));
            *best = best.min(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    best
}

/// Deciding what was decided just before, however many commands there are: an engine remembers about a thousand.
fn remembered(requests: &[Request]) -> Vec<f64> {
    let mut best = vec![f64::MAX; requests.len()];
    let guardian = guardian();
    for _ in 0..ROUNDS {
        for (request, best) in requests.iter().zip(&mut best) {
            drop(black_box(guardian.decide(request)));
            let start = Instant::now();
            drop(black_box(guardian.decide(request)));
            *best = best.min(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    best
}

/// How much more two threads decide than one, with an engine that both share. Neither decides what the other did.
fn two_threads(requests: &[Request]) -> f64 {
    let sweep = |guardian: &Guardian, folder: &str| {
        let start = Instant::now();
        let mut done = 0_u32;
        while start.elapsed() < Duration::from_millis(300) {
            for request in requests {
                let mut request = request.clone();
                request.proposal.cwd = format!("/repo/{folder}/{done}");
                drop(black_box(guardian.decide(&request)));
                done += 1;
            }
        }
        f64::from(done) / start.elapsed().as_secs_f64()
    };
    let mut best = 0.0_f64;
    for _ in 0..3 {
        let one = sweep(&guardian(), "a");
        let both = guardian();
        let two = std::thread::scope(|scope| {
            let threads = ["a", "b"].map(|folder| scope.spawn(|| sweep(&both, folder)));
            threads.into_iter().filter_map(|thread| thread.join().ok()).sum::<f64>()
        });
        best = best.max(two / one);
    }
    best
}

/// How the time grows with the script: nanoseconds a byte, which stay the same where it is linear.
fn growth() {
    println!("{:<20} {:>9} {:>9} {:>9}  ns a byte at 500, 5,000 and 50,000 bytes", "growth", "", "", "");
    let shapes: [(&str, &str, &str, &str); 6] = [
        ("words", "echo", " word", ""),
        ("one word", "echo ", "x", ""),
        ("pipeline", "", "grep -v foo | ", "cat"),
        ("list", "", "true && ", "ls"),
        ("nesting", "", "( ", "ls"),
        ("string", "echo '", "x ", "'"),
    ];
    for (name, open, unit, close) in shapes {
        let mut line = format!("  {name:<18}");
        for size in [500, 5_000, 50_000] {
            let text = format!("{open}{}{close}", unit.repeat(size / unit.len()));
            let request = [request(&text)];
            let time = cold(&request).first().copied().unwrap_or_default();
            let _ = write!(line, " {:>9.2}", time * 1e3 / text.len() as f64);
        }
        println!("{line}");
    }
}
