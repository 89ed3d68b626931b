//! The methods. Each worker has its own engines, one a directory, and makes them anew after moments: a rule that a person
//! has just written holds for the next request but few.

use super::message::{PROTOCOL, Refusal};
use crate::args::PolicyArgs;
use crate::explain::{self, Detail};
use crate::grant::Grant;
use crate::hook::rewrite;
use crate::input::ProposalLine;
use crate::memory::ledger::Asker;
use crate::output::Look;
use crate::render::wire::VerdictLine;
use crate::setup::{Judged, Setup};
use guardian_engine::{Command, Decision, Proposal};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process;
use std::time::{Duration, Instant};

/// How long an engine is used.
const FRESH: Duration = Duration::from_secs(1);
/// How many are kept.
const MOST: usize = 32;
/// How much of a command's output goes back.
const MOST_OUTPUT: usize = 1 << 20;

/// A worker's engines.
pub struct Engines {
    policy: PolicyArgs,
    setups: HashMap<Option<String>, (Instant, Setup)>,
}

impl Engines {
    /// None yet.
    pub fn new(policy: PolicyArgs) -> Self {
        Self { policy, setups: HashMap::new() }
    }

    /// The engine for a directory.
    fn of(&mut self, cwd: Option<&str>) -> Result<&Setup, Refusal> {
        let key = cwd.map(str::to_owned);
        self.setups.retain(|_, (made, _)| made.elapsed() < FRESH);
        if self.setups.len() >= MOST {
            self.setups.clear();
        }
        if !self.setups.contains_key(&key) {
            let mut policy = self.policy.clone();
            if let Some(cwd) = cwd {
                policy.cd = Some(cwd.into());
            }
            let setup = Setup::new(&policy).map_err(|problem| Refusal::internal(problem.to_string()))?;
            self.setups.insert(key.clone(), (Instant::now(), setup));
        }
        let setup = self.setups.get(&key).map(|(_, setup)| setup);
        setup.ok_or_else(|| Refusal::internal("there is no engine"))
    }

    /// Answers.
    pub fn answer(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        match method {
            "initialize" => Ok(json!({
                "name": "guardian",
                "version": env!("CARGO_PKG_VERSION"),
                "protocol": PROTOCOL,
                "methods": ["initialize", "check", "explain", "run", "status", "schema", "shutdown"],
            })),
            "check" => {
                let (setup, judged) = self.judge(params)?;
                value(&VerdictLine::new(None, &judged, &setup.config.warnings))
            }
            "explain" => {
                let (setup, judged) = self.judge(params)?;
                let look = Look { color: false, width: 100, unicode: true };
                let page = explain::page(setup, &judged, look, Detail::Full);
                let verdict = value(&VerdictLine::new(None, &judged, &setup.config.warnings))?;
                Ok(json!({ "verdict": verdict, "page": page }))
            }
            "run" => {
                let args = self.policy.clone();
                let (setup, judged) = self.judge(params)?;
                run(&args, setup, &judged)
            }
            "status" => {
                let setup = self.of(None)?;
                Ok(json!({
                    "cwd": setup.cwd,
                    "workspace": setup.workspace.roots,
                    "enforcement": crate::launch::status_json(),
                    "warnings": setup.config.warnings,
                }))
            }
            "schema" => Ok(json!({
                "check": { "params": schemars::schema_for!(ProposalLine), "result": schemars::schema_for!(VerdictLine) },
            })),
            other => Err(Refusal::unknown(other)),
        }
    }

    fn judge(&mut self, params: Value) -> Result<(&Setup, Judged), Refusal> {
        let mut line: ProposalLine =
            serde_json::from_value(params).map_err(|error| Refusal::params(error.to_string()))?;
        let command = line.take_command().map_err(Refusal::params)?;
        let permissions = line.take_permissions().map_err(Refusal::params)?;
        let cwd = line.cwd.take();
        if let Some(cwd) = cwd.as_deref().filter(|cwd| !cwd.starts_with('/')) {
            return Err(Refusal::params(format!("cwd {cwd} is not an absolute path")));
        }
        let setup = self.of(cwd.as_deref())?;
        let request = setup.request_for(Proposal {
            command,
            cwd: setup.cwd.clone(),
            permissions,
            justification: line.justification.take(),
        });
        let asker = Asker { front: "serve", ..Asker::default() };
        let judged = setup.answer(request, &asker);
        Ok((setup, judged))
    }
}

fn value(of: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(of).map_err(|error| Refusal::internal(error.to_string()))
}

/// Launches what is allowed, by the same door as a hook's commands.
fn run(args: &PolicyArgs, setup: &Setup, judged: &Judged) -> Result<Value, Refusal> {
    let verdict = value(&VerdictLine::new(None, judged, &setup.config.warnings))?;
    if judged.verdict.decision != Decision::Allow {
        return Ok(json!({ "verdict": verdict }));
    }
    let failed = |error: std::io::Error| Refusal::internal(error.to_string());
    let token = Grant::of(judged, setup, "serve").issue(&setup.config.places).map_err(failed)?;
    let command = &judged.request.proposal.command;
    let Command::Script(line) =
        rewrite::through_launcher(args, &token, &script(command)?).map_err(Refusal::internal)?
    else {
        return Err(Refusal::internal("the command cannot be launched"));
    };
    let words = shlex::split(&line).ok_or_else(|| Refusal::internal("the command cannot be launched"))?;
    let (program, words) = words.split_first().ok_or_else(|| Refusal::internal("the command cannot be launched"))?;
    let out = process::Command::new(program)
        .args(words)
        .current_dir(&setup.cwd)
        .stdin(process::Stdio::null())
        .output()
        .map_err(failed)?;
    Ok(json!({
        "verdict": verdict,
        "status": out.status.code(),
        "stdout": cut(&out.stdout),
        "stderr": cut(&out.stderr),
    }))
}

/// A grant is for the command as it was proposed, and only scripts fit on the launcher's line.
fn script(command: &Command) -> Result<Command, Refusal> {
    match command {
        Command::Script(_) => Ok(command.clone()),
        Command::Argv(_) => Err(Refusal::params("`run` takes a `command`, not an `argv`")),
    }
}

fn cut(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..MOST_OUTPUT).unwrap_or(bytes)).into_owned()
}
