//! `guardian execpolicy check`: Codex's answer about a command, for tools that read it. No layers, no matrix, no script.

use crate::failure::{Exit, Failure};
use crate::output;
use crate::rules::args::{ExecpolicyArgs, ExecpolicyCheckArgs, ExecpolicyCommand};
use guardian_rules::check::{CheckMatch, CheckQuery, CheckReport, check};
use guardian_rules::host::HostTable;
use serde::Serialize;
use std::path::{Component, Path, PathBuf};

/// Does what was asked.
pub fn execpolicy(args: &ExecpolicyArgs) -> Result<Exit, Failure> {
    match &args.command {
        ExecpolicyCommand::Check(args) => answer(args),
    }
}

/// Codex's report, in its own order of keys.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    matched_rules: Vec<Matched<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Matched<'a> {
    prefix_rule_match: Prefix<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Prefix<'a> {
    matched_prefix: &'a [String],
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_program: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'a str>,
}

impl<'a> From<&'a CheckReport> for Report<'a> {
    fn from(report: &'a CheckReport) -> Self {
        Self {
            matched_rules: report.matched_rules.iter().map(Matched::from).collect(),
            decision: report.decision.map(|decision| decision.as_str()),
        }
    }
}

impl<'a> From<&'a CheckMatch> for Matched<'a> {
    fn from(found: &'a CheckMatch) -> Self {
        Self {
            prefix_rule_match: Prefix {
                matched_prefix: &found.matched_prefix,
                decision: found.decision.as_str(),
                resolved_program: found.resolved_program.as_deref(),
                justification: found.justification.as_deref(),
            },
        }
    }
}

fn answer(args: &ExecpolicyCheckArgs) -> Result<Exit, Failure> {
    let outcomes = crate::rules::read(&args.rules);
    if outcomes.iter().any(|outcome| outcome.broken) {
        let diagnostics = outcomes.into_iter().flat_map(|o| o.diagnostics).collect();
        return Err(Failure::configuration(diagnostics));
    }
    let mut hosts = HostTable::default();
    outcomes.iter().for_each(|outcome| hosts.extend(&outcome.hosts));
    let rules: Vec<_> = outcomes.into_iter().flat_map(|o| o.rules).collect();
    let cwd = std::env::current_dir().ok();
    let resolved = args
        .command
        .first()
        .filter(|_| args.resolve_host_executables)
        .and_then(|program| absolute(program, cwd.as_deref()));
    let report = check(
        &rules,
        &hosts,
        CheckQuery {
            argv: &args.command,
            resolved: resolved.as_deref(),
            cwd: cwd.as_deref().and_then(Path::to_str),
            today: crate::setup::today(),
        },
    );
    let report = Report::from(&report);
    let text = if args.pretty { serde_json::to_string_pretty(&report) } else { serde_json::to_string(&report) };
    let text = text.map_err(|error| Failure::internal(error.to_string()))?;
    output::data(&format!("{text}\n"))?;
    Ok(Exit::Done)
}

/// The path that a program's word is, if it is one, seen from this process, as Codex sees it.
fn absolute(program: &str, cwd: Option<&Path>) -> Option<String> {
    let path = match program.strip_prefix("~/") {
        Some(rest) => PathBuf::from(std::env::var_os("HOME")?).join(rest),
        None if program.starts_with('/') => PathBuf::from(program),
        None if program.contains('/') => cwd?.join(program),
        None => return None,
    };
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal.into_os_string().into_string().ok()
}
