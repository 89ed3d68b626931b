//! `guardian replay`: what other rules, another policy or this version would have made of the past.

use crate::failure::{Exit, Failure};
use crate::judged::Judged;
use crate::look::Look;
use crate::memory::chosen::{FilterArgs, failed, open};
use crate::memory::history::{self, History};
use crate::memory::line::{cut, decision, risk};
use crate::options::{OutputArgs, PolicyArgs};
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::{reason, wire};
use crate::sanitize;
use crate::setup::Setup;
use clap::Args;
use guardian_engine::{Decision, Proposal};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// What `guardian replay --help` ends with.
pub const HELP: &str = "\
Nothing is run. The options on policy and rules say by what is judged anew. Facts (files, links, variables) are \
those of now; commands whose folder is gone are judged as if here; commands that a secret was taken out of are left \
out.";

/// `guardian replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Judge the shell commands of an agent's session files (Claude Code, Codex) in this folder instead of the record
    #[arg(long, value_name = "DIR")]
    pub transcripts: Option<PathBuf>,
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

/// Engines by directory, made once each.
pub struct Engines {
    policy: PolicyArgs,
    setups: HashMap<String, Option<Setup>>,
    /// How many proposals were judged as if here.
    pub moved: u64,
}

/// Engines that are kept at a time.
const MOST_ENGINES: usize = 64;

impl Engines {
    /// Engines with this policy.
    pub fn new(policy: &PolicyArgs) -> Self {
        Self { policy: policy.clone(), setups: HashMap::new(), moved: 0 }
    }

    /// Judges a proposal of the past.
    pub fn judge(&mut self, proposal: &Proposal) -> Option<(&Setup, Judged)> {
        let gone = !std::path::Path::new(&proposal.cwd).is_dir();
        let place = if gone { String::new() } else { proposal.cwd.clone() };
        self.moved += u64::from(gone);
        if self.setups.len() >= MOST_ENGINES && !self.setups.contains_key(&place) {
            self.setups.clear();
        }
        let policy = &self.policy;
        let made = self.setups.entry(place.clone()).or_insert_with(|| {
            let mut args = policy.clone();
            if !place.is_empty() {
                args.cd = Some(place.into());
            }
            Setup::new(&args).ok()
        });
        let setup = made.as_ref()?;
        let judged = setup.decide(setup.request_for(Proposal { cwd: setup.cwd.clone(), ..proposal.clone() }));
        Some((setup, judged))
    }
}

/// A command whose verdict is another one.
#[derive(Debug, Serialize)]
struct Change {
    command: String,
    cwd: String,
    count: u64,
    was: String,
    now: &'static str,
    risk: &'static str,
    reason: String,
    #[serde(skip)]
    looser: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
struct Report {
    proposals: u64,
    commands: u64,
    left_out: u64,
    moved: u64,
    files: u64,
    /// By decision now.
    now: BTreeMap<&'static str, u64>,
    /// By risk and decision now.
    risks: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// By decision then and now, where they differ, and by risk.
    moves: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// The commands that are decided otherwise.
    changes: Vec<Change>,
    /// The commands that are asked about or refused now, where there was no verdict then.
    stopped: Vec<Change>,
}

/// Shows.
pub fn replay(args: &ReplayArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let filter = args.filter.read()?;
    let history = match &args.transcripts {
        Some(folder) => history::transcripts(folder).map_err(|error| Failure::usage(error.to_string()))?,
        None => history::recorded(&open()?, &filter, usize::MAX).map_err(|error| failed(&error))?,
    };
    // Mistakes in the options are said once, and not taken for silence of the past.
    drop(Setup::new(&args.policy)?);
    let report = judge_all(&args.policy, history);
    if args.output.json {
        output::data(&wire::pretty(&report))?;
    } else if report.proposals == 0 {
        output::note("there is nothing to judge anew");
    } else {
        output::data(&page(&report, args.transcripts.is_some(), Look::stdout(args.output.color)))?;
    }
    Ok(Exit::Done)
}

fn judge_all(policy: &PolicyArgs, history: History) -> Report {
    let mut engines = Engines::new(policy);
    let mut report = Report { left_out: history.left_out, files: history.files, ..Report::default() };
    for past in history.commands {
        let Some((_, judged)) = engines.judge(&past.proposal) else {
            report.left_out += past.count;
            continue;
        };
        let verdict = &judged.verdict;
        let (now, risk) = (verdict.decision.as_str(), verdict.risk.as_str());
        report.proposals += past.count;
        report.commands += 1;
        *report.now.entry(now).or_default() += past.count;
        *report.risks.entry(risk).or_default().entry(now).or_default() += past.count;
        let was = past.verdict.map(|verdict| verdict.decision);
        let change = Change {
            command: crate::input::Shown::of(&past.proposal.command).text,
            cwd: past.proposal.cwd,
            count: past.count,
            was: was.clone().unwrap_or_default(),
            now,
            risk,
            reason: reason::of(verdict),
            looser: was.as_deref().is_some_and(|was| verdict.decision < decision(was)),
        };
        match was {
            Some(was) if was != now => {
                *report.moves.entry(format!("{was} -> {now}")).or_default().entry(risk).or_default() += past.count;
                report.changes.push(change);
            }
            None if verdict.decision != Decision::Allow => report.stopped.push(change),
            _ => {}
        }
    }
    report.moved = engines.moved;
    let worst = |change: &Change| std::cmp::Reverse((change.looser, self::risk(change.risk), change.count));
    report.changes.sort_by_key(worst);
    report.stopped.sort_by_key(worst);
    report
}

/// Rows of a list that are shown.
const MOST_ROWS: usize = 20;

fn page(report: &Report, from_files: bool, look: Look) -> String {
    let mut canvas = Canvas::new(look);
    let share = |count: u64| format!("{:.1} %", count as f64 * 100.0 / report.proposals.max(1) as f64);
    let origin = if from_files { format!(" in {} files", report.files) } else { String::new() };
    let words = format!("{} proposals of {} commands{origin}", report.proposals, report.commands);
    canvas.put(Ink::Strong, &words).end();
    for (word, count) in &report.now {
        canvas
            .to(2)
            .put(Ink::Decision(decision(word)), word)
            .to(13)
            .put(Ink::Plain, &format!("{count:>8}  {}", share(*count)));
        canvas.end();
    }
    canvas.end().put(Ink::Strong, "by risk").to(13).put(Ink::Faint, "   allow  prompt  forbidden").end();
    for word in ["low", "med", "high"] {
        let of = |decision: &str| report.risks.get(word).and_then(|row| row.get(decision)).copied().unwrap_or_default();
        let counts = format!("{:>8}{:>8}{:>11}", of("allow"), of("prompt"), of("forbidden"));
        canvas.to(2).put(Ink::Risk(risk(word)), word).to(13).put(Ink::Plain, &counts).end();
    }
    if !from_files {
        canvas.end().put(Ink::Strong, "what would change").end();
        if report.moves.is_empty() {
            canvas.to(2).put(Ink::Plain, "nothing").end();
        }
        for (change, risks) in &report.moves {
            let parts: Vec<String> = risks.iter().map(|(risk, count)| format!("{risk} {count}")).collect();
            canvas.to(2).put(Ink::Plain, change).to(27).put(Ink::Plain, &parts.join(", ")).end();
        }
    }
    list(&mut canvas, &report.changes, "the commands");
    list(&mut canvas, &report.stopped, "what would be asked or refused, the riskiest first");
    for (count, words) in [
        (report.left_out, "cannot be judged anew: nothing, or not all of the command was kept"),
        (report.moved, "are of folders that are gone, and were judged as if here"),
    ] {
        if count > 0 {
            canvas.end().put(Ink::Faint, &format!("{count} {words}")).end();
        }
    }
    canvas.finish()
}

fn list(canvas: &mut Canvas, changes: &[Change], title: &str) {
    if changes.is_empty() {
        return;
    }
    canvas.end().put(Ink::Strong, title).end();
    for change in changes.iter().take(MOST_ROWS) {
        canvas.to(2).put(Ink::Plain, &format!("{:>6}", change.count)).to(10);
        if !change.was.is_empty() {
            canvas.put(Ink::Decision(decision(&change.was)), &change.was).put(Ink::Faint, " to ");
        }
        canvas.put(Ink::Decision(decision(change.now)), change.now).put(Ink::Faint, ", ");
        canvas.put(Ink::Risk(risk(change.risk)), change.risk).put(Ink::Faint, ": ");
        let room = canvas.room().max(24);
        canvas.put(Ink::Code, &cut(&sanitize::line(&change.command), room)).end();
        canvas.to(10).flow(Ink::Faint, &change.reason, 10).end();
    }
    if changes.len() > MOST_ROWS {
        canvas.to(10).put(Ink::Faint, &format!("and {} more (--json has all)", changes.len() - MOST_ROWS)).end();
    }
}
