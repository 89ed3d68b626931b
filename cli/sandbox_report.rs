//! What became of a command in its box, for people and for machines.

use crate::look::Look;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use guardian_sandbox::{Outcome, Refused};

/// How it is known what was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// An observer has seen it.
    Seen,
    /// Nobody could watch: it is what the command names, held against the box.
    Named,
}

impl From {
    const fn name(self) -> &'static str {
        match self {
            Self::Seen => "observed",
            Self::Named => "replayed",
        }
    }
}

/// One line of JSON.
pub fn json(outcome: &Outcome, from: From) -> String {
    wire::compact(&value(outcome, from)) + "\n"
}

/// The report as a value, to which more can be added.
pub fn value(outcome: &Outcome, from: From) -> serde_json::Value {
    let enforcement = &outcome.enforcement;
    let refused = outcome.refused.as_ref().map(|all| {
        let line = |refused: &Refused| {
            serde_json::json!({
                "call": refused.call,
                "class": refused.class.name(),
                "target": refused.target,
                "program": refused.program,
                "errno": refused.errno,
                "row": refused.denial.row.name(),
                "cause": refused.denial.cause,
                "ask": refused.denial.ask,
                "times": refused.times,
            })
        };
        all.iter().map(line).collect::<Vec<_>>()
    });
    serde_json::json!({
        "exit": outcome.exit.code(),
        "tier": enforcement.tier.name(),
        "landlock": enforcement.landlock,
        "notes": enforcement.notes,
        "refused": refused,
        "refused_from": from.name(),
        "needs": needs(outcome),
    })
}

/// The fewest grants that would have let all of it pass, as far as they can be granted: for several places in one folder
/// each of them, never the folder.
fn needs(outcome: &Outcome) -> Vec<&str> {
    let asks = outcome.refused.iter().flatten();
    let mut asks: Vec<&str> = asks.filter_map(|refused| refused.denial.ask.as_deref()).collect();
    asks.sort_unstable();
    asks.dedup();
    // What lies below a granted folder needs no grant of its own.
    let mut kept: Vec<&str> = Vec::new();
    for ask in asks {
        let below = |outer: &&str| ask.strip_prefix(*outer).is_some_and(|rest| rest.starts_with('/'));
        if !kept.iter().any(below) {
            kept.push(ask);
        }
    }
    kept
}

/// What was refused, and what held the box.
pub fn text(outcome: &Outcome, from: From) -> String {
    let mut canvas = Canvas::new(Look::stderr());
    let tier = outcome.enforcement.tier.name();
    canvas.put(Ink::Plain, "guardian: ");
    let head = match &outcome.refused {
        None => format!("what the box refused is not known ({tier})"),
        Some(all) if from == From::Named && all.is_empty() => {
            format!("the box permits all that the command names; nobody could watch what it did ({tier})")
        }
        Some(_) if from == From::Named => {
            format!("nobody could watch; of what the command names, the box refuses ({tier})")
        }
        Some(all) if all.is_empty() => format!("the box refused nothing ({tier})"),
        Some(all) if all.len() == 1 => format!("the box refused this ({tier})"),
        Some(all) => format!("the box refused these {} ({tier})", all.len()),
    };
    canvas.flow(Ink::Strong, &head, 2).end();
    details(outcome, &mut canvas);
    canvas.finish()
}

/// Each refusal, and what held the box less well than it might.
pub fn details(outcome: &Outcome, canvas: &mut Canvas) {
    for refused in outcome.refused.iter().flatten() {
        one(refused, canvas);
    }
    for note in &outcome.enforcement.notes {
        canvas.to(2).put(Ink::Faint, "note: ").flow(Ink::Faint, note, 8).end();
    }
}

fn one(refused: &Refused, canvas: &mut Canvas) {
    let Refused { call, target, program, errno, denial, times, .. } = refused;
    let often = if *times == 1 { String::new() } else { format!(", {times} times") };
    let gap = if target.is_empty() { "" } else { " " };
    let who = if program.is_empty() { String::new() } else { format!("{program}: ") };
    let line = format!("{call}{gap}{target} ({who}{errno}{often})");
    canvas.to(2).flow(Ink::Plain, &line, 4).end();
    let why = match denial.row.name() {
        "outside" => "it lies in no folder that may be written".to_owned(),
        "protected" => format!("{} is protected", denial.cause),
        "denied-read" => format!("reading {} is denied", denial.cause),
        "offline" => "the network is off".to_owned(),
        "other-host" if denial.cause.is_empty() => "the box reaches no host".to_owned(),
        "other-host" => format!("the box reaches only {}", denial.cause),
        "private-address" => format!(
            "the name leads to {}, which is no public address; if that is meant, allow it in `network.domains` or list the \
             name in `no_proxy`",
            denial.cause
        ),
        "past-the-proxy" => "the box reaches hosts by HTTP through a proxy, and this went past it".to_owned(),
        "call" => "every box refuses this call".to_owned(),
        other => other.to_owned(),
    };
    canvas.to(4).flow(Ink::Faint, &why, 6).end();
    if let Some(ask) = &denial.ask {
        canvas.to(4).put(Ink::Code, "ask for: ").flow(Ink::Plain, ask, 13).end();
    }
}
