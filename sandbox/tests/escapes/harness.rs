//! Every attempt in every box as every user, what is expected of each, and the conformance table.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::lines::LINES;
use crate::machine;
use crate::world::{ALLOWED, Attempt, BOXES, Expect, attempts, world_of_prisoner};

/// Makes one attempt, and says by the exit status what came of it.
pub fn prisoner(name: &str) {
    let world = world_of_prisoner();
    let attempt = attempts().into_iter().find(|attempt| attempt.name == name).expect("no such attempt");
    match (attempt.act)(&world) {
        Ok(()) => std::process::exit(ALLOWED),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

/// Who tries, in which box.
type Column = (&'static str, &'static str);
type Results = BTreeMap<(Column, &'static str), Option<bool>>;

/// Every attempt in every box that can be had here, as every user we can be.
pub fn all(filter: Option<&str>, table: bool) {
    check_lines();
    let place = tempfile::Builder::new().prefix("guardian-escapes-").tempdir().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let program = place.path().join("escapes");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let root = rustix::process::geteuid().is_root();
    let users: &[(&'static str, Option<u32>)] =
        if root { &[("root", None), ("nobody", Some(65534))] } else { &[("user", None)] };
    if !root {
        println!("skipped: attempts as root (this is no root)");
    }
    set_user_id(place.path(), root);
    // Without a box nothing is expected; what it shows is for the table, and for whoever looks at one attempt.
    let bare = table || filter.is_some();
    let mut wrong = 0;
    let mut results = Results::new();
    let mut columns = Vec::new();
    for (user, uid) in users {
        for mode in BOXES.into_iter().filter(|mode| bare || *mode != "none") {
            if let Err(why) = can(&program, mode, *uid) {
                println!("skipped: {user} in {mode}: {why}");
                continue;
            }
            columns.push((*user, mode));
            wrong += one_box(&program, (user, mode), *uid, filter, &mut results);
        }
    }
    drop(place);
    if table {
        print_table(&results, &columns);
    }
    if wrong > 0 {
        println!("{wrong} results are not as expected");
        std::process::exit(101);
    }
}

/// Whether this user can have this box on this machine.
fn can(program: &Path, mode: &str, uid: Option<u32>) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(["--can", mode]);
    if let Some(uid) = uid {
        command.uid(uid).gid(uid);
    }
    let output = command.output().map_err(|error| format!("this user cannot be had: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; "))
}

/// Attempts that are made at the same time. Their worlds have nothing in common.
const AT_ONCE: usize = 4;

/// Every attempt in one box, as one user: how many came out wrong.
fn one_box(program: &Path, column: Column, uid: Option<u32>, filter: Option<&str>, results: &mut Results) -> usize {
    let (user, mode) = column;
    let chosen: Vec<Attempt> =
        attempts().into_iter().filter(|attempt| filter.is_none_or(|filter| attempt.name.contains(filter))).collect();
    let (next, made) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        while let Some(attempt) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let came = try_one(program, mode, attempt, uid);
            made.lock().unwrap().insert(attempt.name, came);
        }
    };
    std::thread::scope(|scope| {
        // Without a box, attempts meet in the few places of the machine that they are about.
        for _ in 0..if mode == "none" { 1 } else { AT_ONCE } {
            scope.spawn(work);
        }
    });
    let (made, mut wrong, mut tally) = (made.into_inner().unwrap(), 0, Tally::default());
    for attempt in &chosen {
        let (escaped, said) = &made[attempt.name];
        results.insert((column, attempt.name), *escaped);
        if *escaped == Some(true) && !attempt.works && mode != "none" {
            tally.weak.push(attempt.name);
        }
        // Where the old `/proc` has to be kept, which each outcome says, others are seen in it.
        let seen = attempt.name == "victim_command_line" && !machine::fresh_proc();
        let expect = if seen { Expect::Either } else { attempt.expect(mode) };
        let problem = tally.count(mode, expect, *escaped);
        if problem || filter.is_some() {
            let label = if problem { "WRONG" } else { "right" };
            println!("{label} {user} {mode} {}: escaped {escaped:?}: {said}", attempt.name);
        }
        wrong += usize::from(problem);
    }
    println!("{user:>6} in {mode}: {tally}");
    wrong
}

/// One attempt in a process of its own: whether it succeeded, nothing if it could not be made, and what was said.
fn try_one(program: &Path, mode: &str, attempt: &Attempt, uid: Option<u32>) -> (Option<bool>, String) {
    let mut command = Command::new(program);
    // A group of its own: some attempts signal theirs.
    command.args(["--run", mode, attempt.name]).process_group(0);
    if let Some(uid) = uid {
        command.uid(uid).gid(uid);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    let escaped = match output.status.code() {
        Some(0) => Some(true),
        Some(1) => Some(false),
        _ => None,
    };
    (escaped, said)
}

/// A program that gives another user's identity to whoever runs it, and only prints it: `id`.
fn set_user_id(place: &Path, root: bool) {
    let program = place.join("id");
    if std::fs::copy("/usr/bin/id", &program).is_ok() {
        // Where root may not give files away, as in a user namespace, this attempt gains nothing in any box.
        if root {
            let _ = std::os::unix::fs::chown(&program, Some(1), None);
        }
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o4755)).unwrap();
    }
}

/// Every line names attempts that exist, and every attempt belongs to a line.
fn check_lines() {
    let known: Vec<&str> = attempts().iter().map(|attempt| attempt.name).collect();
    let named: Vec<&str> =
        LINES.iter().flat_map(|line| line.attempts).copied().filter(|name| !name.starts_with('@')).collect();
    for name in &named {
        let foreign = ["i386_call", "x32_call"].contains(name) && cfg!(not(target_arch = "x86_64"));
        assert!(known.contains(name) || foreign, "no attempt {name}");
    }
    for name in known {
        assert!(named.contains(&name), "{name} belongs to no line");
    }
}

/// The table in Markdown: per line and box, how many attempts were refused, and which were not.
fn print_table(results: &Results, columns: &[Column]) {
    let heads: Vec<String> = columns.iter().map(|(user, mode)| format!("{user} {mode}")).collect();
    println!("\n| line | attempts | {} | not held by |", heads.join(" | "));
    println!("|---|---|{}---|", "---|".repeat(heads.len()));
    for line in LINES {
        let mut cells = Vec::new();
        let mut weak = Vec::new();
        for column in columns {
            let of_line: Vec<_> =
                line.attempts.iter().filter_map(|name| Some((name, results.get(&(*column, *name))?))).collect();
            let refused = of_line.iter().filter(|(_, escaped)| **escaped == Some(false));
            cells.push(if line.number == 0 {
                format!("{} of {} work", of_line.len() - refused.count(), of_line.len())
            } else {
                format!("{} of {}", refused.count(), of_line.len())
            });
            for (name, escaped) in of_line {
                let works = attempts().iter().any(|attempt| attempt.name == *name && attempt.works);
                if *escaped == Some(true) && column.1 != "none" && !works && line.number != 0 {
                    weak.push(format!("{} {}: {name}", column.0, column.1));
                }
            }
        }
        let elsewhere: Vec<&str> = line.attempts.iter().filter_map(|name| name.strip_prefix('@')).collect();
        let title = if elsewhere.is_empty() {
            line.title.to_owned()
        } else {
            format!("{} (and {})", line.title, elsewhere.join(", "))
        };
        println!("| {} | {title} | {} | {} |", line.number, cells.join(" | "), weak.join(", "));
    }
}

#[derive(Default)]
struct Tally {
    tried: usize,
    refused: usize,
    succeeded: usize,
    weak: Vec<&'static str>,
}

impl Tally {
    fn count(&mut self, mode: &str, expect: Expect, escaped: Option<bool>) -> bool {
        self.tried += 1;
        self.refused += usize::from(escaped == Some(false));
        self.succeeded += usize::from(escaped == Some(true));
        match (expect, escaped) {
            (_, None) => true,
            (Expect::Refused, Some(escaped)) => escaped && mode != "none",
            (Expect::Works, Some(escaped)) => !escaped,
            (Expect::Either, Some(_)) => false,
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tried, refused, succeeded, weak } = self;
        write!(f, "{tried} tried, {refused} refused, {succeeded} possible")?;
        if weak.is_empty() { Ok(()) } else { write!(f, "; not held: {}", weak.join(" ")) }
    }
}
