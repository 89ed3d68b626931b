//! Tries to escape, for real: every attempt in a process of its own, as root and as nobody, in every tier, and once
//! without a box, so that a refusal is known to be the box's doing.
//!
//! The same program plays three parts: the harness; the runner, which becomes the user, builds a world and launches;
//! and the prisoner, which makes one attempt.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::macro_metavars_in_unsafe,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test that fails should stop, and tables are long"
)]
#![cfg_attr(
    not(target_os = "linux"),
    allow(unused, reason = "there is no launcher to escape from")
)]

#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod processes;
#[cfg(target_os = "linux")]
mod runner;
#[cfg(target_os = "linux")]
mod world;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("skipped: no launcher on this platform");
}

#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("--attempt") => harness::prisoner(&arguments[2]),
        Some("--run") => runner::run(&arguments[2], &arguments[3]),
        Some("--victim") => std::thread::sleep(std::time::Duration::from_secs(60)),
        filter => harness::all(filter.filter(|argument| !argument.starts_with('-'))),
    }
}

#[cfg(target_os = "linux")]
mod harness {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use crate::world::{ALLOWED, BOXES, Expect, attempts, world_of_prisoner};

    /// Makes one attempt, and says by the exit status what came of it.
    pub fn prisoner(name: &str) {
        let world = world_of_prisoner();
        let attempt = attempts()
            .into_iter()
            .find(|attempt| attempt.name == name)
            .expect("no such attempt");
        match (attempt.act)(&world) {
            Ok(()) => std::process::exit(ALLOWED),
            Err(error) => {
                eprintln!("{error}");
                std::process::exit(1);
            }
        }
    }

    /// Every attempt in every box, as every user we can be.
    pub fn all(filter: Option<&str>) {
        let place = tempfile::Builder::new()
            .prefix("guardian-escapes-")
            .tempdir()
            .unwrap();
        std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let program = place.path().join("escapes");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let root = rustix::process::geteuid().is_root();
        let users: &[(&str, Option<u32>)] = if root {
            &[("root", None), ("nobody", Some(65534))]
        } else {
            &[("user", None)]
        };
        if !root {
            println!("skipped: attempts as root (this is no root)");
        }
        let mut wrong = 0;
        for (user, uid) in users {
            for mode in BOXES {
                let mut tally = Tally::default();
                for attempt in attempts() {
                    if filter.is_some_and(|filter| !attempt.name.contains(filter)) {
                        continue;
                    }
                    let mut command = Command::new(&program);
                    // A group of its own: some attempts signal theirs.
                    command.args(["--run", mode, attempt.name]).process_group(0);
                    if let Some(uid) = uid {
                        command.uid(*uid).gid(*uid);
                    }
                    let output = command.output().unwrap();
                    let said = String::from_utf8_lossy(&output.stderr)
                        .trim()
                        .replace('\n', "; ");
                    let escaped = match output.status.code() {
                        Some(0) => Some(true),
                        Some(1) => Some(false),
                        _ => None,
                    };
                    if escaped == Some(true) && !attempt.works && mode != "none" {
                        tally.weak.push(attempt.name);
                    }
                    let problem = tally.count(mode, attempt.expect(mode), escaped);
                    if problem || filter.is_some() {
                        let label = if problem { "WRONG" } else { "right" };
                        println!(
                            "{label} {user} {mode} {}: escaped {escaped:?}: {said}",
                            attempt.name
                        );
                    }
                    wrong += usize::from(problem);
                }
                println!("{user:>6} in {mode}: {tally}");
            }
        }
        drop(place);
        if wrong > 0 {
            println!("{wrong} results are not as expected");
            std::process::exit(101);
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
            let Self {
                tried,
                refused,
                succeeded,
                weak,
            } = self;
            write!(f, "{tried} tried, {refused} refused, {succeeded} possible")?;
            if weak.is_empty() {
                Ok(())
            } else {
                write!(f, "; not held: {}", weak.join(" "))
            }
        }
    }
}
