//! `guardian why`: the explanation of a verdict that was given earlier, from its own record, and what is different now.

use crate::facts::HostFacts;
use crate::failure::{Exit, Failure};
use crate::grant;
use crate::look::Look;
use crate::memory::chosen::{failed, open};
use crate::memory::evidence::Evidence;
use crate::memory::history::proposal;
use crate::memory::line::{decision, outcome, risk};
use crate::memory::row::{self, Event, Row};
use crate::memory::store::Store;
use crate::memory::store::ask::Entry;
use crate::memory::when;
use crate::options::{OutputArgs, PolicyArgs};
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::{reason, wire};
use crate::setup::Setup;
use clap::Args;
use guardian_engine::Decision;
use serde::Serialize;
use serde_json::Value;

/// `guardian why`.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// The proposal's id, or at least its last eight characters, as `guardian log` shows them
    #[arg(value_name = "ID")]
    pub id: String,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Something that was looked at, and says something else now.
#[derive(Debug, Serialize)]
struct Changed {
    /// What was asked.
    ask: String,
    /// About what.
    of: String,
    /// The answer then.
    then: Option<String>,
    /// The answer now.
    now: Option<String>,
}

/// What would be decided now.
#[derive(Debug, Serialize)]
struct Today {
    decision: &'static str,
    risk: &'static str,
    reason: String,
    /// Whether policy, rules and workspace are those of then.
    same_policy: bool,
}

/// Tells.
pub fn why(args: &WhyArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let store = open()?;
    let found = store.find(&args.id).map_err(|error| Failure::usage(error.to_string()))?;
    let Some(entry) = found else {
        return Err(Failure::usage(format!("no proposal has the id `{}`", args.id)).help("`guardian log` lists them"));
    };
    if args.output.json {
        let (evidence, changed) = looked(&store, &entry)?;
        let report = serde_json::json!({
            "time": when::exact(entry.time), "verdict": entry.verdict, "events": entry.events,
            "evidence": evidence, "changed": changed, "now": today(&entry.verdict).as_ref().ok(),
        });
        output::data(&wire::pretty(&report))?;
    } else {
        output::data(&page(&store, &entry, Look::stdout(args.output.color))?.finish())?;
    }
    Ok(Exit::Done)
}

/// Everything that can be told of a verdict.
pub fn page(store: &Store, entry: &Entry, look: Look) -> Result<Canvas, Failure> {
    let (evidence, changed) = looked(store, entry)?;
    let mut canvas = Canvas::new(look);
    head(&mut canvas, entry);
    if let Some(evidence) = &evidence {
        body(&mut canvas, &entry.verdict, evidence);
    }
    afterwards(&mut canvas, &entry.events);
    now(&mut canvas, entry, evidence.as_ref(), &changed, today(&entry.verdict));
    Ok(canvas)
}

/// What a verdict looked at, and what of it says something else now.
fn looked(store: &Store, entry: &Entry) -> Result<(Option<Evidence>, Vec<Changed>), Failure> {
    let evidence = evidence(store, entry)?;
    let changed = evidence.as_ref().map(|evidence| changed(store, evidence)).unwrap_or_default();
    Ok((evidence, changed))
}

fn evidence(store: &Store, entry: &Entry) -> Result<Option<Evidence>, Failure> {
    if entry.verdict.evidence.is_empty() {
        return Ok(None);
    }
    let text = store.evidence(&entry.verdict.evidence).map_err(|error| failed(&error))?;
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| failed(&error.into()))
}

fn changed(store: &Store, evidence: &Evidence) -> Vec<Changed> {
    let facts = HostFacts::default();
    let inputs = evidence.inputs.iter();
    let differs = |input: &crate::memory::evidence::Input| {
        let now = input.now(&facts, &store.journal)?;
        (now != input.answer).then(|| Changed {
            ask: input.ask.clone(),
            of: input.of.clone(),
            then: input.answer.clone(),
            now,
        })
    };
    inputs.filter_map(differs).collect()
}

/// What would be decided now, or why that cannot be told.
fn today(verdict: &row::Verdict) -> Result<Today, String> {
    let proposal = proposal(verdict)?;
    let args = PolicyArgs { cd: Some(verdict.cwd.clone().into()), ..PolicyArgs::default() };
    let setup = Setup::new(&args).map_err(|failure| failure.message.trim_end().to_owned())?;
    let judged = setup.decide(setup.request_for(proposal));
    Ok(Today {
        decision: judged.verdict.decision.as_str(),
        risk: judged.verdict.risk.as_str(),
        reason: reason::of(&judged.verdict),
        same_policy: grant::policy(&setup).starts_with(&verdict.policy_id),
    })
}

const WORDS: usize = 13;

fn row(canvas: &mut Canvas, name: &str, words: &str) {
    canvas.to(2).put(Ink::Faint, name).to(WORDS).flow(Ink::Plain, words, WORDS).end();
}

fn head(canvas: &mut Canvas, entry: &Entry) {
    let verdict = &entry.verdict;
    canvas.put(Ink::Decision(decision(&verdict.decision)), &verdict.decision);
    let dot = canvas.sign(" · ", ", ");
    canvas.put(Ink::Faint, dot).put(Ink::Risk(risk(&verdict.risk)), &format!("{} risk", verdict.risk));
    canvas.put(Ink::Faint, dot).put(Ink::Plain, &verdict.placement).end();
    canvas.flow(Ink::Plain, &verdict.reason, 0).end().end();
    let command = if verdict.command.is_empty() { "(not kept)" } else { &verdict.command };
    for line in command.lines() {
        canvas.to(2).flow(Ink::Code, line, 4).end();
    }
    canvas.end();
    let asker = [&verdict.front, &verdict.agent].map(String::as_str).join(" ");
    let rows = [
        ("when", when::shown(entry.time)),
        ("id", verdict.id.clone()),
        ("command id", verdict.command_id.clone()),
        ("asked by", asker.trim().to_owned()),
        ("session", verdict.session.clone()),
        ("in", verdict.cwd.clone()),
        ("policy", format!("{}, {} (guardian {})", verdict.policy, verdict.mode, verdict.version)),
        ("decided by", decider(verdict)),
    ];
    for (name, words) in rows.iter().filter(|(_, words)| !words.is_empty()) {
        row(canvas, name, words);
    }
}

fn decider(verdict: &row::Verdict) -> String {
    let words = match verdict.who.as_str() {
        "risk" => "the risk and policy tables",
        "rule" => "a rule",
        "reviewer" => "the reviewer",
        "configuration" => "configuration",
        "cache" => "an answer that was given before",
        "box" => return "the box alone: it was run by `guardian sandbox`".to_owned(),
        other => other,
    };
    format!("{words}, in {} µs{}", verdict.elapsed_us, if verdict.cached { ", from memory" } else { "" })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn body(canvas: &mut Canvas, verdict: &row::Verdict, evidence: &Evidence) {
    canvas.end().put(Ink::Strong, "why").end();
    let mut said = Vec::new();
    for finding in list(&evidence.verdict, "findings") {
        let (word, words) = (text(finding, "decision"), text(finding, "justification"));
        let tag = if word.is_empty() { text(finding, "risk") } else { word };
        if tag == "low" || (word == "allow" && verdict.decision != "allow") {
            continue;
        }
        let source = format!("{}: {}", text(finding, "source"), text(finding, "name"));
        let line = format!("{words} ({})", source.trim_end_matches(": "));
        if !said.contains(&(tag, line.clone())) {
            let ink = if word.is_empty() { Ink::Risk(risk(tag)) } else { Ink::Decision(decision(tag)) };
            canvas.to(2).put(ink, tag).to(WORDS).flow(Ink::Plain, &line, WORDS).end();
            said.push((tag, line));
        }
    }
    for rule in list(&evidence.verdict, "rules") {
        let origin = text(rule, "origin");
        let words = if origin.is_empty() { String::new() } else { format!("  {origin}") };
        row(canvas, "rule", &format!("{}{words}", text(rule, "rule")));
    }
    canvas.end().put(Ink::Strong, "what it does").end();
    let mut effects: Vec<String> = list(&evidence.verdict, "effects")
        .map(|effect| format!("{} {}", text(effect, "kind"), text(effect, "target")).trim_end().to_owned())
        .collect();
    effects.dedup();
    for effect in effects.iter().take(16) {
        canvas.to(2).flow(Ink::Plain, effect, 4).end();
    }
    if effects.len() > 16 {
        canvas.to(2).put(Ink::Faint, &format!("and {} more (--json has all)", effects.len() - 16)).end();
    }
    canvas.end().put(Ink::Strong, "box").end();
    for need in &verdict.needs {
        canvas.to(2).put(Ink::Decision(Decision::Prompt), "needs").to(WORDS).flow(Ink::Plain, need, WORDS).end();
    }
    if verdict.placement != "unsandboxed" {
        for (name, words) in &evidence.permits {
            row(canvas, name, words);
        }
    }
}

fn afterwards(canvas: &mut Canvas, events: &[Row]) {
    if outcome(events).is_none() {
        return;
    }
    canvas.end().put(Ink::Strong, "afterwards").end();
    for event in events {
        let words = match &event.event {
            Event::Answer(answer) => {
                let who = if answer.who == "human" { "a person" } else { &answer.who };
                let feedback =
                    if answer.feedback.is_empty() { String::new() } else { format!(": {}", answer.feedback) };
                format!("{who} said {}{feedback}", answer.answer)
            }
            Event::Run(run) => {
                let end = match run.exit {
                    Some(exit) => format!("it ended with {exit}"),
                    None => format!("it did not start: {}", run.failure),
                };
                let mut words = format!("{end} after {} ms, {} ({})", run.elapsed_ms, run.placement, run.tier);
                let refused = if run.named { "the box stands against" } else { "refused" };
                for denial in &run.denials {
                    words.push_str(&format!("; {refused}: {denial}"));
                }
                words
            }
            Event::Refused(refused) => format!("an approval was refused: {}", refused.reason),
            Event::Verdict(_) | Event::Failed(_) | Event::Mended(_) => continue,
        };
        canvas.to(2).put(Ink::Faint, &when::shown(event.time)).to(23).flow(Ink::Plain, &words, 23).end();
    }
}

fn now(
    canvas: &mut Canvas,
    entry: &Entry,
    evidence: Option<&Evidence>,
    changed: &[Changed],
    today: Result<Today, String>,
) {
    canvas.end().put(Ink::Strong, "now").end();
    let asked = evidence.map_or(0, |evidence| evidence.inputs.len());
    let words = match (asked, changed.len()) {
        (0, _) => "nothing of the world was looked at, or kept".to_owned(),
        (1, 0) => "the one thing it looked at has not changed".to_owned(),
        (asked, 0) => format!("none of the {asked} things it looked at has changed"),
        (asked, count) => format!("{count} of the {asked} things it looked at changed"),
    };
    row(canvas, "inputs", &words);
    for change in changed {
        let told = |answer: &Option<String>| match answer.as_deref() {
            None => "nothing".to_owned(),
            Some(hash) if hash.starts_with('#') => format!("content {hash}"),
            Some(words) => words.to_owned(),
        };
        let words = format!("{} of {}: was {}, is {}", change.ask, change.of, told(&change.then), told(&change.now));
        canvas.to(WORDS).flow(Ink::Plain, &words, WORDS + 2).end();
    }
    if entry.verdict.version != env!("CARGO_PKG_VERSION") {
        row(canvas, "version", &format!("guardian {} now", env!("CARGO_PKG_VERSION")));
    }
    match today {
        Err(why) => row(canvas, "verdict", &format!("cannot be told: {why}")),
        Ok(today) => {
            let policy = if today.same_policy { "policy and rules as then" } else { "policy or rules are others now" };
            row(canvas, "policy", policy);
            canvas
                .to(2)
                .put(Ink::Faint, "verdict")
                .to(WORDS)
                .put(Ink::Decision(decision(today.decision)), today.decision);
            canvas.put(Ink::Plain, ", ").put(Ink::Risk(risk(today.risk)), &format!("{} risk", today.risk));
            canvas.flow(Ink::Plain, &format!(": {}", today.reason), WORDS).end();
        }
    }
}
