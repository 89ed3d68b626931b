//! `guardian rules list` and `check`.

use super::args::{CheckArgs, ListArgs};
use crate::config::Config;
use crate::config::place::Places;
use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::setup;
use guardian_rules::diagnostic::{Diagnostic, Severity};
use guardian_rules::execpolicy::LoadOutcome;
use guardian_rules::host::HostTable;
use guardian_rules::rule::{Layer, Origin};
use guardian_rules::{Decision, RuleSet};
use serde::Serialize;

/// A rule as it is listed.
#[derive(Debug, Serialize)]
pub struct Line {
    /// The name of what it says; none for a network rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whose it is.
    pub layer: &'static str,
    /// The file it stands in; none where it stands in none.
    pub file: String,
    /// Its line there.
    pub line: u32,
    /// What follows for what it matches.
    pub decision: &'static str,
    /// What it says.
    pub rule: String,
}

impl Line {
    fn new(id: Option<String>, origin: &Origin, decision: Decision, rule: String) -> Self {
        Self {
            id,
            layer: origin.layer.as_str(),
            file: origin.file.to_string(),
            line: origin.line,
            decision: decision.as_str(),
            rule,
        }
    }
}

/// The rules of a set.
pub fn lines(set: &RuleSet) -> Vec<Line> {
    let rules = set
        .rules()
        .iter()
        .map(|rule| Line::new(Some(rule.id().to_string()), &rule.origin, rule.decision, rule.to_string()));
    let network =
        set.network().rules().iter().map(|rule| Line::new(None, &rule.origin, rule.decision, rule.to_string()));
    rules.chain(network).collect()
}

/// Lists.
pub fn list(args: &ListArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let cwd = setup::working_directory(&args.policy)?;
    let config = Config::load(&args.policy, Places::of_host(), &cwd)?;
    output::diagnostics(&config.rules.diagnostics);
    let lines = lines(&config.rules.set);
    if args.output.json {
        output::data(&wire::pretty(&lines))?;
        return Ok(Exit::Done);
    }
    if lines.is_empty() {
        output::note("there are no rules; `guardian rules add` writes one");
    }
    let mut canvas = Canvas::new(Look::stdout(args.output.color));
    for line in &lines {
        let place = if line.file.is_empty() {
            line.layer.to_owned()
        } else {
            format!("{} {}:{}", line.layer, line.file, line.line)
        };
        canvas.put(Ink::Faint, &place);
        if let Some(id) = &line.id {
            canvas.put(Ink::Plain, "  ").put(Ink::Faint, id);
        }
        canvas.end().to(2).flow(Ink::Code, &line.rule, 4).end();
    }
    output::data(&canvas.finish())?;
    Ok(Exit::Done)
}

/// Finds mistakes.
pub fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let (files, rules, problems) = if args.files.is_empty() {
        let cwd = setup::working_directory(&args.policy)?;
        let config = Config::load(&args.policy, Places::of_host(), &cwd)?;
        let rules: usize = config.rules.files.iter().map(|file| file.rules).sum();
        let notes = config.rules.set.notes().iter().cloned();
        let problems: Vec<Diagnostic> = config.rules.diagnostics.iter().cloned().chain(notes).collect();
        (config.rules.files.len(), rules, problems)
    } else {
        let outcomes = read(&args.files);
        let rules = outcomes.iter().map(|o| o.rules.len() + o.network.len()).sum();
        let problems = outcomes.into_iter().flat_map(|o| o.diagnostics).collect();
        (args.files.len(), rules, problems)
    };
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    if args.output.json {
        output::data(&wire::pretty(&problems.iter().map(Problem::of).collect::<Vec<_>>()))?;
    } else {
        output::diagnostics(&problems);
        output::note(&format!("{files} files, {rules} rules, {errors} errors"));
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Usage })
}

/// A mistake in JSON.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    severity: &'static str,
    code: &'static str,
    file: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

impl<'a> Problem<'a> {
    fn of(problem: &'a Diagnostic) -> Self {
        Self {
            severity: match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: problem.code,
            file: &problem.file,
            line: problem.line,
            column: problem.column,
            message: &problem.message,
            help: problem.help.as_deref(),
        }
    }
}

/// Reads files in order, each knowing where the earlier ones say programs live.
pub fn read(files: &[std::path::PathBuf]) -> Vec<LoadOutcome> {
    let mut hosts = HostTable::default();
    let mut outcomes = Vec::new();
    for path in files {
        let name = path.display().to_string();
        let outcome = match std::fs::metadata(path).map(|meta| meta.is_file()) {
            Ok(true) => match std::fs::read(path) {
                Ok(bytes) => crate::config::rules::read(Layer::User, &name, &bytes, &hosts),
                Err(error) => LoadOutcome::unreadable(Layer::User, &name, &error.to_string()),
            },
            Ok(false) => LoadOutcome::unreadable(Layer::User, &name, "it is not a file"),
            Err(error) => LoadOutcome::unreadable(Layer::User, &name, &error.to_string()),
        };
        hosts.extend(&outcome.hosts);
        outcomes.push(outcome);
    }
    outcomes
}
