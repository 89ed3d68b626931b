//! The seam to the launcher: an approval becomes a running command in its box.

use crate::failure::{Exit, Failure};
use crate::memory::row::{self, Event};
use crate::render::canvas::{Canvas, Ink};
use crate::setup::Setup;
use guardian_engine::{Approval, Command, Placement};
use guardian_sandbox::{Launch, Probe, Signals, Stdio};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Runs what was approved, waits for its end, and ends as it did. What came of it is written down under the proposal's id.
pub fn launch(approval: &Approval, setup: &Setup, id: &str) -> Result<Exit, Failure> {
    let mut run = row::Run {
        id: id.to_owned(),
        placement: approval.placement().as_str().to_owned(),
        tier: "none".to_owned(),
        ..row::Run::default()
    };
    let start = Instant::now();
    let exit = start_and_wait(approval, setup, &mut run)?;
    run.elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Err(why) = setup.ledger.event(&Event::Run(run)) {
        crate::output::note(&format!("what came of it is not recorded: {why}"));
    }
    Ok(exit)
}

fn start_and_wait(approval: &Approval, setup: &Setup, run: &mut row::Run) -> Result<Exit, Failure> {
    let (program, argv) = match approval.command() {
        Command::Script(script) => (Launch::shell().to_path_buf(), Launch::shell_argv(script.as_ref())),
        Command::Argv(argv) => match program(argv, approval, setup) {
            Some(program) => (program, argv.iter().map(OsString::from).collect()),
            None => {
                let name = argv.first().map(String::as_str).unwrap_or_default();
                "there is no such program".clone_into(&mut run.failure);
                return Ok(not_found(name));
            }
        },
    };
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let cwd = Path::new(approval.cwd());
    let mut launch = Launch::new(&program, &argv, cwd, &environment, approval.confinement(), approval.placement());
    launch.signals = Signals::Forward;
    match guardian_sandbox::launch(&launch, Stdio::default()) {
        Ok(outcome) => {
            run.exit = Some(outcome.exit.code());
            if approval.placement() != Placement::Unsandboxed {
                outcome.enforcement.tier.name().clone_into(&mut run.tier);
            }
            let refused = outcome.refused.iter().flatten();
            run.denials = refused.map(|refused| format!("{} {}", refused.class.name(), refused.target)).collect();
            Ok(Exit::Child(outcome.exit.code()))
        }
        Err(error) => {
            run.failure = error.to_string();
            let failure = Failure::internal(error.to_string());
            crate::output::talk(&failure.to_string());
            Ok(match error.exit_code() {
                126 => Exit::RunDenied,
                127 => Exit::NotFound,
                _ => Exit::RunFailed,
            })
        }
    }
}

fn not_found(name: &str) -> Exit {
    let failure = Failure::internal(format!("there is no program `{name}`"));
    crate::output::talk(&failure.to_string());
    Exit::NotFound
}

/// The file to run: what the decision resolved the name to.
fn program(argv: &[String], approval: &Approval, setup: &Setup) -> Option<PathBuf> {
    let name = argv.first()?;
    if name.contains('/') {
        return Some(Path::new(approval.cwd()).join(name));
    }
    let resolved = approval.programs().iter().find(|(known, _)| known == name);
    match resolved {
        Some((_, path)) => Some(PathBuf::from(path)),
        None => setup.program(name).map(PathBuf::from),
    }
}

/// What holds boxes on this machine, as rows.
pub fn status(canvas: &mut Canvas, column: usize) {
    let Probe { enforcement, refused, .. } = guardian_sandbox::probe();
    canvas.put(Ink::Strong, "enforced by").to(column);
    let landlock = enforcement.landlock.map(|version| format!("landlock (version {version})"));
    let parts = [
        enforcement.namespaces.then(|| "namespaces".to_owned()),
        landlock,
        enforcement.seccomp.then(|| "a system call filter".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let words =
        if parts.is_empty() { "nothing: sandboxed commands cannot run here".to_owned() } else { parts.join(", ") };
    canvas.flow(Ink::Plain, &format!("{words} ({})", enforcement.tier.name()), column).end();
    for note in &enforcement.notes {
        canvas.to(column).flow(Ink::Faint, note, column).end();
    }
    if let Some(error) = refused {
        canvas.to(column).flow(Ink::Faint, &error.to_string(), column).end();
    }
}

/// The same for machines.
pub fn status_json() -> serde_json::Value {
    let Probe { enforcement, refused, .. } = guardian_sandbox::probe();
    serde_json::json!({
        "tier": enforcement.tier.name(),
        "namespaces": enforcement.namespaces,
        "landlock": enforcement.landlock,
        "seccomp": enforcement.seccomp,
        "notes": enforcement.notes,
        "refused": refused.map(|error| error.to_string()),
    })
}
