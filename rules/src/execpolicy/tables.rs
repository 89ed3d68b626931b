//! `network_rule` and `host_executable`.

use super::Lost;
use super::arguments::{Arguments, Signature, strings};
use super::report::Report;
use super::value::Call;
use crate::diagnostic::quoted;
use crate::host::{HostExecutable, PathProblem, path_problem};
use crate::network::{NetworkRule, Protocol};
use crate::pattern::HostPattern;
use crate::rule::{Decision, Origin};

const NETWORK_RULE: Signature = Signature {
    names: &["host", "protocol", "decision", "justification"],
    required: 3,
    positional: 4,
};

const HOST_EXECUTABLE: Signature = Signature {
    names: &["name", "paths"],
    required: 2,
    positional: 2,
};

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
            if word == "deny" {
                Some(Decision::Forbidden)
            } else {
                Decision::from_word(word)
            }
        },
        "the decisions are `allow`, `prompt`, `forbidden` and `deny`",
        report,
    );
    let justification = arguments.justification(report);
    let faulty = report.errors() > before;
    match (host, protocol, decision) {
        (Some((host, port)), Some(protocol), Some(decision)) if !faulty || decision.restricts() => {
            Some(NetworkRule {
                host,
                port,
                protocol,
                decision,
                justification,
                origin,
            })
        }
        _ => {
            lost.push(Lost::of_call(call, report));
            None
        }
    }
}

fn host(
    arguments: &Arguments<'_, '_>,
    report: &mut Report<'_>,
) -> Option<(HostPattern, Option<u16>)> {
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
        let code = if name == "protocol" {
            "bad-protocol"
        } else {
            "bad-decision"
        };
        report.helpful_error(code, span, format!("{} is no {name}", quoted(text)), help);
    }
    value
}

/// Reads one call of `host_executable`.
pub(super) fn host_executable(
    call: &Call<'_>,
    origin: Origin,
    report: &mut Report<'_>,
) -> Option<HostExecutable> {
    let before = report.errors();
    let arguments = Arguments::bind(call, &HOST_EXECUTABLE, report);
    let name = arguments.string("name", report);
    if let Some((text, span)) = name
        .filter(|(text, _)| text.is_empty() || text.contains('/') || matches!(*text, "." | ".."))
    {
        report.error(
            "bad-program",
            span,
            format!("{} is no name of a program", quoted(text)),
        );
    }
    let items = arguments.list("paths", report);
    let paths = items.and_then(|items| strings(items, "a path", report));
    let ((name, _), Some(mut paths)) = (name?, paths) else {
        return None;
    };
    for (path, item) in paths.iter().zip(items.unwrap_or_default()) {
        match path_problem(name, path) {
            None => {}
            Some(PathProblem::Relative) => {
                report.error(
                    "bad-path",
                    item.span,
                    format!("{} is no absolute path", quoted(path)),
                );
            }
            Some(PathProblem::OtherName) => {
                let message = format!("{} is not a path of {}", quoted(path), quoted(name));
                report.error("bad-path", item.span, message);
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    (report.errors() == before).then(|| HostExecutable {
        name: name.to_owned(),
        paths,
        origin,
    })
}
