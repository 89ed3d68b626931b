//! `guardian rules test`: which rules match which command of a script.

use crate::failure::{Exit, Failure};
use crate::input;
use crate::look::Look;
use crate::options::AskArgs;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::setup::Setup;
use guardian_engine::{Called, Decision};
use guardian_rules::ruleset::{Arg, Certainty, Query};
use serde::Serialize;

/// A command of the script.
#[derive(Debug, Serialize)]
struct Command {
    unit: u32,
    /// Its words; null for one that is not known.
    words: Vec<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    /// What the rules say, without the matrix; none where no rule matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    rules: Vec<Matched>,
}

/// A rule that matches.
#[derive(Debug, Serialize)]
struct Matched {
    id: String,
    decision: &'static str,
    /// Whether words that are not known decide.
    certain: bool,
    origin: String,
    rule: String,
}

/// Everything that is answered.
#[derive(Debug, Serialize)]
struct Report {
    /// What is decided about the whole.
    decision: &'static str,
    commands: Vec<Command>,
}

/// Tests.
pub fn test(args: &AskArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let command = input::command(&args.proposal.words)?;
    let setup = Setup::new(&args.policy)?;
    let judged = setup.decide(setup.request(command));
    let commands =
        judged.verdict.trace.invocations().map(|invoked| matched(&setup, invoked.unit, &invoked.called)).collect();
    let report = Report { decision: judged.verdict.decision.as_str(), commands };
    if args.output.json {
        output::data(&wire::pretty(&report))?;
    } else {
        output::data(&page(&report, Look::stdout(args.output.color)))?;
    }
    Ok(Exit::Done)
}

fn matched(setup: &Setup, unit: u32, called: &Called) -> Command {
    let argv: Vec<Arg<'_>> = called.args().collect();
    let query = Query {
        program: called.program(),
        cwd: called.directory.as_deref(),
        today: setup.policy().today,
        ..Query::new(&argv)
    };
    let rules = setup.rules().matches(&query).map(|found| Matched {
        id: found.rule.id().to_string(),
        decision: found.rule.decision.as_str(),
        certain: found.certainty == Certainty::Certain,
        origin: format!("{} {}", found.rule.origin.layer, found.rule.origin),
        rule: found.rule.to_string(),
    });
    Command {
        unit,
        words: called.words.iter().map(|(word, _)| word.as_deref().map(str::to_owned)).collect(),
        program: called.path.as_deref().map(str::to_owned),
        decision: setup.rules().decide(&query).map(Decision::as_str),
        rules: rules.collect(),
    }
}

fn page(report: &Report, look: Look) -> String {
    let mut canvas = Canvas::new(look);
    for command in &report.commands {
        let words: Vec<String> = command
            .words
            .iter()
            .map(|word| match word {
                Some(word) => shlex::try_quote(word).unwrap_or_default().into_owned(),
                None => "?".to_owned(),
            })
            .collect();
        canvas.flow(Ink::Strong, &words.join(" "), 2).end();
        if command.rules.is_empty() {
            canvas.to(2).put(Ink::Faint, "no rule matches").end();
        }
        for rule in &command.rules {
            let may = if rule.certain { "" } else { " (may match)" };
            canvas
                .to(2)
                .put(Ink::Plain, rule.decision)
                .put(Ink::Faint, &format!("{may}  {}  {}", rule.id, rule.origin))
                .end()
                .to(4)
                .flow(Ink::Code, &rule.rule, 6)
                .end();
        }
    }
    if report.commands.is_empty() {
        canvas.put(Ink::Faint, "no command was found").end();
    }
    canvas.put(Ink::Faint, "with everything else: ").put(Ink::Plain, report.decision).end();
    canvas.finish()
}
