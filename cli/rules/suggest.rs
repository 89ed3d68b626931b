//! `guardian rules suggest`, and what "always" at a prompt writes: short prefixes that will match again, drawn from what
//! specs say of a command's words, and nothing that opens more than it seems to.

use super::args::SuggestArgs;
use super::history::{History, Past};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::judged::Judged;
use crate::look::Look;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::setup::Setup;
use guardian_engine::assess::{Neighbours, neighbours};
use guardian_engine::{Decision, Finding, Invoked, RiskLevel, Source};
use guardian_rules::Specs;
use guardian_rules::paths::last_name;
use guardian_rules::rule::{Layer, Origin, Rule, Word};
use guardian_rules::suggest::{Refusal, Shape, suggest as offers, vet};
use serde::Serialize;

/// Suggestions for one command of the script.
#[derive(Debug, Serialize)]
pub struct Advice {
    command: String,
    rules: Vec<Offer>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_none: Option<&'static str>,
}

/// One rule, and what else it lets through.
#[derive(Debug, Serialize)]
pub struct Offer {
    prefix: Vec<String>,
    /// Whether it is the whole command.
    whole: bool,
    /// Whether it is about nothing else.
    exact: bool,
    /// Whether with it nothing of the script asks any more.
    spares: bool,
    admits: String,
    /// What else it would have let through of what was proposed before.
    #[serde(skip_serializing_if = "Option::is_none")]
    past: Option<Past>,
    rule: String,
}

/// Suggests.
pub fn suggest(args: &SuggestArgs) -> Result<Exit, Failure> {
    let SuggestArgs { ask: args, history } = args;
    output::set_manner(args.output);
    let command = input::command(&args.proposal.words)?;
    let setup = Setup::new(&args.policy)?;
    let judged = setup.decide(setup.request(command));
    let history = match history.as_deref() {
        Some(file) => Some(History::read(file, &setup)?),
        None => History::recorded(&setup),
    };
    let advice: Vec<Advice> = asking(&judged).map(|unit| advise(&setup, &judged, unit, history.as_ref())).collect();
    if args.output.json {
        output::data(&wire::pretty(&advice))?;
        return Ok(Exit::Done);
    }
    if judged.verdict.decision != Decision::Prompt {
        output::note(&format!(
            "nothing is asked: the command is {}",
            match judged.verdict.decision {
                Decision::Allow => "allowed",
                _ => "forbidden, which no allow rule lifts",
            }
        ));
    }
    output::data(&page(&advice, Look::stdout(args.output.color)))?;
    Ok(Exit::Done)
}

/// What can be suggested for each command that asks.
pub fn advice(setup: &Setup, judged: &Judged) -> Vec<Advice> {
    let history = History::recorded(setup);
    asking(judged).map(|unit| advise(setup, judged, unit, history.as_ref())).collect()
}

/// What each of the rules would have let through of what the record has, in a line; nothing without a record.
pub fn spared_before(setup: &Setup, judged: &Judged, rules: &[Rule]) -> Vec<String> {
    let history = if rules.is_empty() { None } else { History::recorded(setup) };
    let past =
        |history: &History| rules.iter().map(|rule| history.admitted(setup, rule, &judged.request).words()).collect();
    history.as_ref().map(past).unwrap_or_default()
}

/// The rules that "always" would write, each with what else it lets through: for each command that asks, the most useful;
/// none where some question would remain, or where only a rule that nobody should have would spare it.
pub fn always_admitting(setup: &Setup, judged: &Judged) -> Vec<(Rule, String)> {
    if judged.verdict.decision != Decision::Prompt || judged.verdict.risk == RiskLevel::High {
        return Vec::new();
    }
    let mut rules: Vec<(Rule, String)> = Vec::new();
    for unit in asking(judged) {
        let Some((rule, prefix, _)) = ranked(setup, judged, unit).into_iter().next() else {
            return Vec::new();
        };
        if !rules.iter().any(|(own, _)| own.pattern == rule.pattern) {
            let admits = admits(setup, unit, &prefix, &rule);
            rules.push((rule, admits));
        }
    }
    let all = || rules.iter().map(|(rule, _)| rule.clone()).collect();
    let spared = !rules.is_empty() && setup.decide_with(&judged.request, all()).decision == Decision::Allow;
    if spared { rules } else { Vec::new() }
}

/// The commands that are asked about.
fn asking(judged: &Judged) -> impl Iterator<Item = &Invoked> {
    let trace = &judged.verdict.trace;
    let asked = trace.prompting();
    trace.invocations().filter(move |invoked| asked.contains(&invoked.unit))
}

/// Whether a rule asks about the command: no rule that allows it undoes that.
fn is_ruled(judged: &Judged, unit: &Invoked) -> bool {
    let asks = |finding: &Finding| {
        finding.unit == unit.unit
            && finding.decision == Some(Decision::Prompt)
            && matches!(finding.source, Source::Rule { .. })
    };
    judged.verdict.trace.findings().any(asks)
}

fn advise(setup: &Setup, judged: &Judged, unit: &Invoked, history: Option<&History>) -> Advice {
    let words = unit.called.words.iter().map(|(word, _)| match word {
        Some(word) => shlex::try_quote(word).unwrap_or_default().into_owned(),
        None => "?".to_owned(),
    });
    let offers: Vec<Offer> = ranked(setup, judged, unit)
        .into_iter()
        .map(|(rule, prefix, whole)| Offer {
            spares: setup.decide_with(&judged.request, vec![rule.clone()]).decision == Decision::Allow,
            admits: admits(setup, unit, &prefix, &rule),
            exact: rule.exact,
            past: history.map(|history| history.admitted(setup, &rule, &judged.request)),
            rule: rule.to_string(),
            prefix,
            whole,
        })
        .collect();
    Advice {
        command: words.collect::<Vec<_>>().join(" "),
        why_none: offers.is_empty().then(|| match is_ruled(judged, unit) {
            true => "a rule asks about it, and the strictest rule counts",
            false => refusal(judged, unit).message(),
        }),
        rules: offers,
    }
}

/// The rules worth having for a command, the most useful first.
fn ranked(setup: &Setup, judged: &Judged, unit: &Invoked) -> Vec<(Rule, Vec<String>, bool)> {
    let Some(shape) = unit.called.shape().filter(|_| !is_ruled(judged, unit)) else {
        return Vec::new();
    };
    let argv: Vec<Option<&str>> = unit.called.words.iter().map(|(word, _)| word.as_deref()).collect();
    let high = is_high(judged, unit);
    let beside = unit.spec.and_then(|(name, _)| neighbours(setup.specs(), name));
    let wide = beside.as_ref().is_none_or(is_risky);
    // Where an operand names what is run, a prefix without it would run anything.
    let code = beside.as_ref().is_some_and(|n| n.names_code);
    let mut risky = |prefix: &[&str], exact: bool| high || (!exact && (wide || (code && prefix.len() <= shape.words)));
    offers(&argv, shape, &mut risky)
        .into_iter()
        .filter_map(|offer| {
            let (prefix, whole) = (offer.prefix.clone(), offer.whole);
            let mut rule = offer.into_rule(Origin::without_file(Layer::User))?;
            // The whole command is the best example of what was meant.
            let meant: Option<Vec<Word>> = argv.iter().map(|word| word.map(Word::from)).collect();
            // A program of a folder is another one in each.
            let own = prefix.first().is_some_and(|program| program.contains('/') && !program.starts_with('/'));
            rule.cwd = own.then(|| judged.request.proposal.cwd.clone());
            rule.examples =
                vec![meant.unwrap_or_else(|| prefix.iter().map(|word| Word::from(word.as_str())).collect())];
            Some((rule, prefix, whole))
        })
        .collect()
}

/// Why nothing is offered for a command.
fn refusal(judged: &Judged, unit: &Invoked) -> Refusal {
    let argv: Vec<Option<&str>> = unit.called.words.iter().map(|(word, _)| word.as_deref()).collect();
    let known: Vec<&str> = argv.iter().map_while(|word| *word).collect();
    let shape = unit.called.shape().unwrap_or(UNKNOWN);
    let high = is_high(judged, unit);
    vet(&known, &argv, shape, true, &mut |_, _| high).err().unwrap_or(Refusal::RiskyNeighbours)
}

const UNKNOWN: Shape = Shape { words: usize::MAX, unfinished: false, runs_code: false, known: false };

fn is_high(judged: &Judged, unit: &Invoked) -> bool {
    let findings = judged.verdict.trace.findings();
    findings.filter(|finding| finding.unit == unit.unit).any(|finding| finding.risk == RiskLevel::High)
}

fn is_risky(neighbours: &Neighbours) -> bool {
    neighbours.worst == RiskLevel::High
}

/// What else begins with these words, in a line.
fn admits(setup: &Setup, unit: &Invoked, prefix: &[String], rule: &Rule) -> String {
    let text = prefix.join(" ");
    if rule.exact {
        let place = if rule.cwd.is_some() { "in or below this folder" } else { "wherever it is run" };
        return format!("`{text}` as it stands, {place}");
    }
    let Some(neighbours) = unit.spec.and_then(|(name, _)| neighbours(setup.specs(), name)) else {
        return format!("everything that begins with `{text}`; what that does is not known");
    };
    let kinds: Vec<String> =
        neighbours.kinds.iter().map(|(kind, risk)| format!("{} ({})", kind.word(), risk.as_str())).collect();
    let what = if kinds.is_empty() { "only reads".to_owned() } else { kinds.join(", ") };
    format!("everything that begins with `{text}`: {what}; what is high risk still asks")
}

/// Whether an allow rule for words that a person typed opens more than it seems to.
pub fn vet_words(words: &[String], exact: bool, specs: Specs<'static>) -> Result<(), Failure> {
    let refuse = |refusal: Refusal| {
        Err(Failure::usage(refusal.message()).help("name more words, or write the rule all the same with --force"))
    };
    let Some(program) = words.first().filter(|program| !program.is_empty()) else {
        return refuse(Refusal::Empty);
    };
    let name = last_name(program);
    let Some(mut spec) = specs.program(name) else {
        return Ok(());
    };
    for word in words.iter().skip(1) {
        let Some(next) = spec.subcommand(word) else {
            break;
        };
        spec = next;
    }
    if guardian_engine::called::runs_code(spec) {
        return refuse(Refusal::RunsCode);
    }
    if exact {
        return Ok(());
    }
    if spec.has_subcommands() && words.len() == 1 {
        return refuse(Refusal::TooWide);
    }
    if words.len() == 1 && neighbours(specs, spec.name()).is_some_and(|n| is_risky(&n)) {
        return refuse(Refusal::RiskyNeighbours);
    }
    Ok(())
}

fn page(advice: &[Advice], look: Look) -> String {
    let mut canvas = Canvas::new(look);
    for advice in advice {
        canvas.flow(Ink::Strong, &advice.command, 2).end();
        if let Some(why) = advice.why_none {
            canvas.to(2).put(Ink::Faint, "no rule: ").flow(Ink::Faint, why, 11).end();
        }
        for (number, offer) in advice.rules.iter().enumerate() {
            canvas
                .to(2)
                .put(Ink::Plain, &format!("{}. ", number + 1))
                .flow(Ink::Code, &offer.rule, 5)
                .end()
                .to(5)
                .flow(Ink::Faint, &format!("allows {}", offer.admits), 5)
                .end();
            if let Some(past) = &offer.past {
                canvas.to(5).flow(Ink::Faint, &past.words(), 5).end();
            }
            if !offer.spares {
                canvas.to(5).put(Ink::Faint, "something else of the script asks all the same").end();
            }
        }
    }
    canvas.finish()
}
