//! `guardian learn`: rules that history suggests. Each is one that "always" at the question would have written; it comes
//! with commands that it matches and commands that it does not, with the questions it would have spared and with what
//! else it would let through.

use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::memory::chosen::{FilterArgs, failed, open};
use crate::memory::history::{self, History, Past};
use crate::memory::replay::Engines;
use crate::memory::store::ask::Filter;
use crate::memory::store::{Error, Store};
use crate::options::{OutputArgs, PolicyArgs};
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::rules;
use clap::Args;
use guardian_engine::Decision;
use guardian_rules::rule::{Rule, Word};
use serde::Serialize;
use std::path::PathBuf;

/// `guardian learn`.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// Learn from an agent's session files (Claude Code, Codex) in this folder instead of the record
    #[arg(long, value_name = "DIR")]
    pub transcripts: Option<PathBuf>,
    /// Propose only rules that would have spared at least N questions
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub least: u64,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Which verdicts.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What history suggests.
#[derive(Clone, Debug, Serialize)]
pub struct Lesson {
    /// The rule, with its examples.
    pub rule: String,
    /// How many questions it would have spared.
    pub saves: u64,
    /// How many different commands they were about.
    pub commands: u64,
    /// What else it lets through.
    pub admits: String,
    /// Commands of history that it would let run unasked besides, and that were not asked about by itself.
    #[serde(skip)]
    pattern: Rule,
}

/// Commands that are looked at.
const MOST: usize = 5_000;
/// Examples of each kind.
const EXAMPLES: usize = 3;

/// Shows.
pub fn learn(args: &LearnArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let filter = args.filter.read()?;
    let history = match &args.transcripts {
        Some(folder) => history::transcripts(folder).map_err(|error| Failure::usage(error.to_string()))?,
        None => history::recorded(&open()?, &filter, MOST).map_err(|error| failed(&error))?,
    };
    let mut lessons = lessons(&args.policy, &history, MOST);
    lessons.retain(|lesson| lesson.saves >= args.least);
    if args.output.json {
        output::data(&wire::pretty(&lessons))?;
        return Ok(Exit::Done);
    }
    if lessons.is_empty() {
        output::note("nothing was asked often enough that a rule would be worth it");
        return Ok(Exit::Done);
    }
    let mut canvas = Canvas::new(Look::stdout(args.output.color));
    for lesson in &lessons {
        for line in lesson.rule.lines() {
            canvas.put(Ink::Code, line).end();
        }
        let words = format!("# spares {} questions about {} commands", lesson.saves, lesson.commands);
        canvas.put(Ink::Faint, &words).end();
        // On one line, as what is printed is a file of rules.
        canvas.put(Ink::Faint, &crate::sanitize::line(&format!("# allows {}", lesson.admits))).end().end();
    }
    output::data(&canvas.finish())?;
    output::note("put what you want of this into ~/.config/guardian/rules/, and see `guardian replay --rules FILE`");
    Ok(Exit::Done)
}

/// What the record's questions suggest.
pub fn from_record(store: &Store, filter: &Filter, most: usize) -> Result<Vec<Lesson>, Error> {
    let asked = Filter { decisions: vec!["prompt".to_owned()], ..filter.clone() };
    Ok(lessons(&PolicyArgs::default(), &history::recorded(store, &asked, most)?, most))
}

fn lessons(policy: &PolicyArgs, history: &History, most: usize) -> Vec<Lesson> {
    let mut engines = Engines::new(policy);
    let mut lessons: Vec<Lesson> = Vec::new();
    let mut argvs: Vec<Vec<Word>> = Vec::new();
    for Past { proposal, count, .. } in history.commands.iter().take(most) {
        let Some((setup, judged)) = engines.judge(proposal) else {
            continue;
        };
        for invoked in judged.verdict.trace.invocations() {
            let words: Option<Vec<Word>> =
                invoked.called.words.iter().map(|(word, _)| word.as_deref().map(Word::from)).collect();
            argvs.extend(words.filter(|words| !words.is_empty()));
        }
        if judged.verdict.decision != Decision::Prompt {
            continue;
        }
        for (rule, admits) in rules::always_admitting(setup, &judged) {
            match lessons.iter_mut().find(|lesson| lesson.pattern.pattern == rule.pattern) {
                Some(lesson) => {
                    lesson.saves += count;
                    lesson.commands += 1;
                    let examples = &mut lesson.pattern.examples;
                    examples.extend(rule.examples);
                    examples.dedup();
                    examples.truncate(EXAMPLES);
                }
                None => {
                    let (saves, rule_text) = (*count, String::new());
                    lessons.push(Lesson { rule: rule_text, saves, commands: 1, admits, pattern: rule });
                }
            }
        }
    }
    for lesson in &mut lessons {
        lesson.pattern.counter_examples = near_misses(&lesson.pattern, &argvs);
        lesson.rule = lesson.pattern.to_string();
    }
    lessons.sort_by_key(|lesson| std::cmp::Reverse(lesson.saves));
    lessons
}

/// Commands of the same program that the rule does not match.
fn near_misses(rule: &Rule, argvs: &[Vec<Word>]) -> Vec<Vec<Word>> {
    let program = rule.examples.first().and_then(|words| words.first());
    let mut found: Vec<Vec<Word>> = Vec::new();
    for argv in argvs.iter().filter(|argv| argv.first() == program) {
        let arguments = argv.get(1..).unwrap_or_default();
        if !rule.arguments_match(arguments) && !found.contains(argv) {
            found.push(argv.clone());
        }
        if found.len() == EXAMPLES {
            break;
        }
    }
    found
}
