//! `network_rule` and `host_executable`.

use super::Lost;
use super::arguments::{Arguments, Signature};
use super::report::Report;
use super::value::{Call, ValueKind};
use crate::diagnostic::quoted;
use crate::host::{HostExecutable, PathProblem, basename, path_problem};
use crate::network::{NetworkRule, Protocol};
use crate::pattern::HostPattern;
use crate::rule::{Decision, Origin};

const NETWORK_RULE: Signature =
    Signature { names: &["host", "protocol", "decision", "justification"], required: 3, positional: 4 };

const HOST_EXECUTABLE: Signature = Signature { names: &["name", "paths"], required: 2, positional: 2 };

/// Reads one call of `network_rule`. Like a prefix rule, one that restricts holds in spite of mistakes elsewhere.
pub(super) fn network_rule(
    call: &Call<'_>,
    origin: Origin,
    report: &mut Report<'_>,
    lost: &mut Vec<Lost>,
) -> Option<NetworkRule> {
    let before = report.errors();
    let arguments = Arguments::bind(call, &NETWORK_RULE, report);
    let host = host(&arguments, report);
    let protocol = word(
        &arguments,
        "protocol",
        Protocol::from_word,
        "the protocols are `http`, `https`, `socks5_tcp` and `socks5_udp`",
        report,
    );
    let decision = word(
        &arguments,
        "decision",
        |word| {
            if word == "deny" { Some(Decision::Forbidden) } else { Decision::from_word(word) }
        },
        "the decisions are `allow`, `prompt`, `forbidden` and `deny`",
        report,
    );
    let justification = arguments.justification(report);
    let faulty = report.errors() > before;
    match (host, protocol, decision) {
        (Some((host, port)), Some(protocol), Some(decision)) if !faulty || decision.restricts() => {
            Some(NetworkRule { host, port, protocol, decision, justification, origin })
        }
        _ => {
            let mut statement = Lost::of_call(call, report);
            statement.restricts |= decision.is_none_or(Decision::restricts);
            lost.push(statement);
            None
        }
    }
}

fn host(arguments: &Arguments<'_, '_>, report: &mut Report<'_>) -> Option<(HostPattern, Option<u16>)> {
    let (text, span) = arguments.string("host", report)?;
    match HostPattern::parse_rule(text) {
        Ok(host) => Some(host),
        Err(problem) => {
            let message = format!("{} {}", quoted(text), problem.message());
            report.helpful_error("bad-host", span, message, problem.help());
            None
        }
    }
}

/// The value of an argument that is one of a few words.
fn word<T>(
    arguments: &Arguments<'_, '_>,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
    help: &str,
    report: &mut Report<'_>,
) -> Option<T> {
    let (text, span) = arguments.string(name, report)?;
    let value = read(text);
    if value.is_none() {
        let code = if name == "protocol" { "bad-protocol" } else { "bad-decision" };
        report.helpful_error(code, span, format!("{} is no {name}", quoted(text)), help);
    }
    value
}

/// Reads one call of `host_executable`.
pub(super) fn host_executable(
    call: &Call<'_>,
    origin: Origin,
    report: &mut Report<'_>,
    lost: &mut Vec<Lost>,
) -> Option<HostExecutable> {
    let before = report.errors();
    let arguments = Arguments::bind(call, &HOST_EXECUTABLE, report);
    let name = arguments.string("name", report).and_then(|(name, span)| {
        if basename(name) == Some(name) {
            return Some(name);
        }
        report.error("bad-program", span, format!("{} is no name of a program", quoted(name)));
        None
    });
    let mut paths: Vec<String> = Vec::new();
    for item in arguments.list("paths", report).unwrap_or_default() {
        let ValueKind::Str(path) = &item.kind else {
            report.error("wrong-type", item.span, format!("a path must be a string, not {}", item.noun()));
            continue;
        };
        match name.and_then(|name| path_problem(name, path).map(|problem| (name, problem))) {
            None if paths.iter().any(|own| own == path) => {}
            None => paths.push(path.clone().into_owned()),
            Some((_, PathProblem::Relative)) => {
                report.error("bad-path", item.span, format!("{} is no absolute path", quoted(path)));
            }
            Some((name, PathProblem::OtherName)) => {
                let message = format!("{} is not a path of {}", quoted(path), quoted(name));
                report.error("bad-path", item.span, message);
            }
        }
    }
    if let Some(name) = name.filter(|_| report.errors() == before) {
        return Some(HostExecutable { name: name.to_owned(), paths, origin });
    }
    lost.push(Lost::of_call(call, report));
    None
}
