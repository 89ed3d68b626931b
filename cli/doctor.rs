//! `guardian doctor`: proves instead of believing. Each installed hook is fired as its agent would fire it, with a
//! harmless command, one that has to be stopped, a crash and a hang; a command tries to leave the box.

mod boxed;
mod fire;
mod record;

use crate::failure::{Exit, Failure};
use crate::hook::host::Host;
use crate::install::plan::Scope;
use crate::look::Look;
use crate::options::{OutputArgs, PolicyArgs};
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::sanitize::columns;
use crate::setup::Setup;
use clap::Args;
use guardian_engine::Decision;
use serde::Serialize;

/// `guardian doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Only this agent
    #[arg(long, value_enum, value_name = "AGENT")]
    pub agent: Option<Host>,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Not as it should be.
    Bad,
}

/// One check.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What was looked at: `hook claude-code (user)`, `sandbox`.
    pub about: String,
    /// What was tried.
    pub what: String,
    /// How it came out.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// The commands that mend it, to be run as root.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mend: Vec<String>,
}

impl Check {
    /// A check that came out one way or the other.
    pub fn new(about: &str, what: &str, state: State, seen: impl Into<String>) -> Self {
        Self { about: about.to_owned(), what: what.to_owned(), state, seen: seen.into(), mend: Vec::new() }
    }
}

/// Looks.
pub fn doctor(args: &DoctorArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let mut checks = Vec::new();
    match Setup::new(&args.policy) {
        Ok(setup) => {
            let warnings = setup.config.warnings.len();
            let state = if warnings == 0 { State::Good } else { State::Note };
            checks.push(Check::new("policy", "read", state, format!("{warnings} warnings")));
            checks.push(rules(&setup));
            checks.push(model(&setup));
            checks.push(kept(&setup));
            checks.extend(record::checks(&setup));
            for host in Host::ALL.iter().filter(|host| args.agent.is_none_or(|wanted| wanted == **host)) {
                for scope in [Scope::User, Scope::Project] {
                    checks.extend(fire::hooks(*host, scope, &setup.config.places));
                }
            }
        }
        Err(problem) => {
            output::diagnostics(&problem.diagnostics);
            let seen = format!("{}; until that is mended hooks ask or deny everything", problem.message);
            checks.push(Check::new("policy", "read", State::Bad, seen));
        }
    }
    if !checks.iter().any(|check| check.about.starts_with("hook")) {
        checks.push(Check::new("hooks", "installed", State::Note, "none; see `guardian install --help`"));
    }
    checks.extend(boxed::checks());
    show(args, &checks)?;
    let bad = checks.iter().any(|check| check.state == State::Bad);
    Ok(if bad { Exit::Internal } else { Exit::Done })
}

/// Whether all rules are in force.
fn rules(setup: &Setup) -> Check {
    let set = setup.rules();
    let count = set.rules().len() + set.network().rules().len();
    let left_out = set.notes().len() + setup.config.rules.diagnostics.len();
    let seen = format!("{count} rules of {} files", setup.config.rules.files.len());
    match left_out {
        0 => Check::new("rules", "in force", State::Good, seen),
        _ => Check::new(
            "rules",
            "in force",
            State::Note,
            format!("{seen}; {left_out} notes, see `guardian rules check`"),
        ),
    }
}

/// Who answers what would be a question.
fn model(setup: &Setup) -> Check {
    let (state, seen) = match (setup.config.reviewed(), setup.desk.asks()) {
        (false, _) => (State::Good, "none: questions go to you"),
        (true, false) => (State::Note, "none is configured: low risk is approved, the rest goes to you"),
        (true, true) => (State::Good, "asked about med risk; `guardian review CMD` asks it now"),
    };
    Check::new("model", "reviews", state, seen)
}

/// Whether approvals can be kept.
fn kept(setup: &Setup) -> Check {
    let folder = setup.config.places.state.join("grants");
    let kept = crate::private::folder(&folder).and_then(|()| crate::mac::key(&folder));
    match kept {
        Ok(_) => Check::new("approvals", "kept", State::Good, setup.config.places.shown(&folder)),
        Err(error) => Check::new("approvals", "kept", State::Bad, error.to_string()),
    }
}

fn show(args: &DoctorArgs, checks: &[Check]) -> Result<(), Failure> {
    if args.output.json {
        return output::data(&wire::pretty(&serde_json::json!({ "checks": checks })));
    }
    let mut canvas = Canvas::new(Look::stdout(args.output.color));
    let mut about = "";
    let mut column = 0;
    for check in checks {
        if check.about != about {
            canvas.put(Ink::Strong, &check.about).end();
            about = &check.about;
            column = seen_at(checks.iter().filter(|check| check.about == about), canvas.look().width);
        }
        let (word, ink) = match check.state {
            State::Good => ("ok", Ink::Decision(Decision::Allow)),
            State::Note => ("note", Ink::Decision(Decision::Prompt)),
            State::Bad => ("BAD", Ink::Decision(Decision::Forbidden)),
        };
        canvas.to(2).put(ink, word).to(TRIED_AT).put(Ink::Plain, &check.what);
        if TRIED_AT + columns(&check.what) >= column {
            canvas.end();
        }
        canvas.to(column).flow(Ink::Faint, &check.seen, column).end();
        for command in &check.mend {
            // Not broken into lines: it is there to be copied.
            canvas.to(column).put(Ink::Code, &format!("# {command}")).end();
        }
    }
    output::data(&canvas.finish())
}

/// The column in which it stands what was tried.
const TRIED_AT: usize = 8;

/// The column in which it stands what was seen: behind the longest of what was tried, if all of it fits there.
fn seen_at<'c>(checks: impl Iterator<Item = &'c Check>, width: usize) -> usize {
    const USUAL: usize = 30;
    let (tried, seen) =
        checks.fold((0, 0), |(tried, seen), check| (tried.max(columns(&check.what)), seen.max(columns(&check.seen))));
    let behind = TRIED_AT + tried + 2;
    if behind + seen <= width { behind.max(USUAL) } else { USUAL }
}
