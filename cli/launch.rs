//! The seam to the launcher: an approval becomes a running command in its box.

use crate::failure::{Exit, Failure};
use crate::memory::id::ApprovalId;
use crate::memory::ledger::Asker;
use crate::memory::row::{self, Event};
use crate::sandbox::replay;
use crate::sandbox_report;
use crate::setup::Setup;
use guardian_engine::{Approval, Command, Placement};
use guardian_sandbox::{Launch, Outcome, Refused, Signals, Stdio};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A run, as it is written down.
pub struct Recorded {
    run: row::Run,
    start: Instant,
}

impl Recorded {
    /// Of what was approved under this id.
    fn approved(id: &str, placement: Placement) -> Self {
        let (id, placement, tier) = (id.to_owned(), placement.as_str().to_owned(), "none".to_owned());
        Self { run: row::Run { id, placement, tier, ..row::Run::default() }, start: Instant::now() }
    }

    /// Of what is run in the box of the sandbox mode without being judged. Where every verdict has to be recorded, so has
    /// this.
    pub fn begin(setup: &Setup, command: &Command) -> Result<Self, Failure> {
        let id = ApprovalId::fresh();
        let judged = setup.unreviewed(setup.request(command.clone()));
        match setup.ledger.boxed(setup, &judged, id, &Asker::at("sandbox")) {
            Err(why) if setup.ledger.required() => {
                Err(Failure::internal(format!("every run must be recorded, and this one cannot be: {why}")))
            }
            _ => Ok(Self::approved(&id.to_string(), Placement::Sandboxed)),
        }
    }

    /// Writes down what came of it. Where nobody watched what the box refused, what the command names is held against the
    /// box, however it ended: `touch /etc/x || true` ends well.
    pub fn end(
        mut self,
        setup: &Setup,
        launched: Result<&Outcome, &guardian_sandbox::Error>,
        named: impl FnOnce() -> Vec<Refused>,
    ) {
        let run = &mut self.run;
        match launched {
            Ok(outcome) => {
                run.exit = Some(outcome.exit.code());
                if run.placement != Placement::Unsandboxed.as_str() {
                    outcome.enforcement.tier.name().clone_into(&mut run.tier);
                    let guessed = if outcome.refused.is_none() { named() } else { Vec::new() };
                    run.named = !guessed.is_empty();
                    let refused = outcome.refused.iter().flatten().chain(&guessed);
                    let words = |refused: &Refused| format!("{} {}", refused.class.name(), refused.target);
                    run.denials = refused.map(words).collect();
                }
            }
            Err(error) => run.failure = error.to_string(),
        }
        self.keep(setup);
    }

    fn keep(mut self, setup: &Setup) {
        self.run.elapsed_ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Err(why) = setup.ledger.event(&Event::Run(self.run)) {
            crate::output::note(&format!("what came of it is not recorded: {why}"));
        }
    }
}

/// Runs what was approved, waits for its end, and ends as it did. What came of it is written down under the proposal's id.
pub fn launch(approval: &Approval, setup: &Setup, id: &str) -> Exit {
    let mut record = Recorded::approved(id, approval.placement());
    let (program, argv) = match approval.command() {
        Command::Script(script) => (Launch::shell().to_path_buf(), Launch::shell_argv(script.as_ref())),
        Command::Argv(argv) => match program(argv, approval, setup) {
            Some(program) => (program, argv.iter().map(OsString::from).collect()),
            None => {
                let name = argv.first().map(String::as_str).unwrap_or_default();
                "there is no such program".clone_into(&mut record.run.failure);
                record.keep(setup);
                return not_found(name);
            }
        },
    };
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let cwd = Path::new(approval.cwd());
    let confinement = approval.confinement();
    let mut launch = Launch::new(&program, &argv, cwd, &environment, confinement, approval.placement());
    launch.signals = Signals::Forward;
    launch.limits = setup.config.uses();
    let launched = guardian_sandbox::launch(&launch, Stdio::default());
    record.end(setup, launched.as_ref(), || replay::refused(setup, approval.command().clone(), confinement));
    match launched {
        Ok(outcome) => {
            // Nobody watches this command; what is known all the same is what the proxy did not let through.
            if outcome.refused.iter().flatten().next().is_some() {
                crate::output::talk(&sandbox_report::text(&outcome, sandbox_report::From::Seen));
            }
            Exit::Child(outcome.exit.code())
        }
        Err(error) => {
            crate::output::talk(&Failure::internal(error.to_string()).to_string());
            match error.exit_code() {
                126 => Exit::RunDenied,
                127 => Exit::NotFound,
                _ => Exit::RunFailed,
            }
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
