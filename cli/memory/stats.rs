//! `guardian stats`: how much was asked, what asked, and which rules would have spared it. The HTML report shows the same
//! numbers.

use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::memory::chosen::{FilterArgs, failed, open};
use crate::memory::learn::{self, Lesson};
use crate::memory::line::cut;
use crate::memory::store::ask::Filter;
use crate::memory::store::derive::{DECISIONS, RISKS};
use crate::memory::store::tally::{Kind, QUARTER, Tally};
use crate::memory::store::{Error, Store};
use crate::memory::when;
use crate::options::OutputArgs;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use clap::Args;
use guardian_engine::Decision;
use rusqlite::params_from_iter;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// `guardian stats`.
#[derive(Debug, Args)]
pub struct StatsArgs {
    /// Which verdicts.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A word and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The word.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// A day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Its date.
    pub day: String,
    /// What was decided on it, in the order of [`DECISIONS`].
    pub decisions: [u64; 3],
    /// How risky it was, in the order of [`RISKS`].
    pub risks: [u64; 3],
}

/// All numbers.
#[derive(Debug, Default, Serialize)]
pub struct Numbers {
    /// How many verdicts.
    pub verdicts: u64,
    /// What was decided.
    pub decisions: Vec<Count>,
    /// How risky it was.
    pub risks: Vec<Count>,
    /// Who decided.
    pub who: Vec<Count>,
    /// Who asked.
    pub agents: Vec<Count>,
    /// Policies and modes in use.
    pub modes: Vec<Count>,
    /// By day, the oldest first.
    pub days: Vec<Day>,
    /// Programs that asked most.
    pub asking: Vec<Count>,
    /// Commands that asked most.
    pub commands: Vec<Count>,
    /// Verdicts that need more than the box, by placement.
    pub escalations: Vec<Count>,
    /// What they need of the network.
    pub network: Vec<Count>,
    /// How questions were answered.
    pub answers: Vec<Count>,
    /// Questions a day, over the days on which anything was decided.
    pub prompts_per_day: f64,
    /// How long deciding took, in microseconds: the median, and the slowest hundredth.
    pub elapsed_us: [u64; 2],
}

/// Shows.
pub fn stats(args: &StatsArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let filter = args.filter.read()?;
    let store = open()?;
    let numbers = numbers(&store, &filter).map_err(|error| failed(&error))?;
    let lessons = learn::from_record(&store, &filter, 200).map_err(|error| failed(&error))?;
    if args.output.json {
        let report = serde_json::json!({ "numbers": numbers, "rules": lessons });
        output::data(&wire::pretty(&report))?;
        return Ok(Exit::Done);
    }
    if numbers.verdicts == 0 {
        output::note("there are no such verdicts");
        return Ok(Exit::Done);
    }
    output::data(&page(&numbers, &lessons, Look::stdout(args.output.color)))?;
    Ok(Exit::Done)
}

/// Rows of a list.
const MOST: usize = 12;

/// The numbers.
pub fn numbers(store: &Store, filter: &Filter) -> Result<Numbers, Error> {
    let tally = store.tally(filter)?;
    let by = |name: &dyn Fn(&Kind) -> Option<String>| {
        let mut counts = Counts::default();
        for (kind, count) in &tally.kinds {
            if let Some(name) = name(kind) {
                counts.add(name, *count);
            }
        }
        counts.most(MOST)
    };
    let word = |words: &[&str], at: usize| Some((*words.get(at).unwrap_or(&"other")).to_owned());
    let days = days(&tally);
    let prompts: u64 = days.iter().map(prompts).sum();
    Ok(Numbers {
        verdicts: tally.elapsed.len() as u64,
        decisions: by(&|kind| word(DECISIONS, kind.decision)),
        risks: by(&|kind| word(RISKS, kind.risk)),
        who: by(&|kind| Some(kind.who.clone())),
        agents: by(&|kind| Some(if kind.agent.is_empty() { &kind.front } else { &kind.agent }.clone())),
        modes: by(&|kind| Some(format!("{}, {}", kind.policy, kind.mode))),
        escalations: by(&|kind| (kind.placement != "sandboxed").then(|| kind.placement.clone())),
        asking: counted(store, filter, "p.name", "program p JOIN verdict v USING (seq)", "p.asks AND v.decision = 1")?,
        commands: commands(store, &tally)?,
        network: network(store, &tally)?,
        answers: counted(store, filter, "e.word", "event e JOIN verdict v USING (id)", "e.kind = 'answer'")?,
        prompts_per_day: if days.is_empty() { 0.0 } else { prompts as f64 / days.len() as f64 },
        elapsed_us: [tally.elapsed.len() / 2, tally.elapsed.len() * 99 / 100]
            .map(|at| tally.elapsed.get(at).copied().unwrap_or_default()),
        days,
    })
}

/// Words, and how often each came.
#[derive(Default)]
struct Counts(HashMap<String, u64>);

impl Counts {
    fn add(&mut self, name: String, count: u64) {
        *self.0.entry(name).or_default() += count;
    }

    /// The most frequent first.
    fn most(self, most: usize) -> Vec<Count> {
        let mut counts: Vec<Count> = self.0.into_iter().map(|(name, count)| Count { name, count }).collect();
        counts.sort_unstable_by(|one, other| other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name)));
        counts.truncate(most);
        counts
    }
}

/// How often each value of a column is there that stands in another table.
fn counted(store: &Store, filter: &Filter, of: &str, from: &str, also: &str) -> Result<Vec<Count>, Error> {
    let (condition, values) = filter.sql();
    let sql = format!(
        "SELECT {of}, count(*) FROM {from} WHERE {condition} AND {also} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST}"
    );
    let mut statement = store.db.prepare(&sql)?;
    let rows =
        statement.query_map(params_from_iter(values), |row| Ok(Count { name: row.get(0)?, count: row.get(1)? }))?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}

/// Commands that asked most.
fn commands(store: &Store, tally: &Tally) -> Result<Vec<Count>, Error> {
    let most = tally.asking.iter().take(MOST);
    most.map(|equals| Ok(Count { name: store.said(equals.last)?.command, count: equals.count })).collect()
}

/// What was needed of the network.
fn network(store: &Store, tally: &Tally) -> Result<Vec<Count>, Error> {
    let mut counts = Counts::default();
    for equals in &tally.beyond {
        for need in store.said(equals.last)?.needs {
            match need.strip_prefix("network") {
                Some("") => counts.add("any host".to_owned(), equals.count),
                Some(host) => counts.add(host.trim_start().to_owned(), equals.count),
                None => {}
            }
        }
    }
    Ok(counts.most(MOST))
}

/// By day of this machine's zone.
fn days(tally: &Tally) -> Vec<Day> {
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    let mut around = (0, 0, String::new());
    for ((quarter, decision, risk), count) in &tally.quarters {
        let time = quarter * QUARTER;
        if !(around.0..around.1).contains(&time) {
            let (start, end) = when::day_around(time).unwrap_or((time, time + 1));
            around = (start, end, when::day(time));
        }
        let day = days.entry(around.2.clone()).or_insert_with(|| Day { day: around.2.clone(), ..Day::default() });
        for (counts, at) in [(&mut day.decisions, *decision), (&mut day.risks, *risk)] {
            if let Some(number) = counts.get_mut(at) {
                *number += count;
            }
        }
    }
    days.into_values().collect()
}

/// How many questions a day had.
const fn prompts(day: &Day) -> u64 {
    let [_, prompts, _] = day.decisions;
    prompts
}

/// Column at which values start.
const VALUES: usize = 12;

fn page(numbers: &Numbers, lessons: &[Lesson], look: Look) -> String {
    let mut canvas = Canvas::new(look);
    let share = |count: u64| format!("{:.1} %", count as f64 * 100.0 / numbers.verdicts.max(1) as f64);
    let mixed = |counts: &[Count]| {
        let parts: Vec<String> =
            counts.iter().map(|count| format!("{} {} ({})", count.name, count.count, share(count.count))).collect();
        parts.join(", ")
    };
    let plain = |counts: &[Count]| {
        counts.iter().map(|count| format!("{} {}", count.name, count.count)).collect::<Vec<_>>().join(", ")
    };
    let [median, slowest] = numbers.elapsed_us;
    let rows = [
        (
            "verdicts",
            match numbers.days.len() {
                1 => format!("{} on one day", numbers.verdicts),
                days => format!("{} on {days} days", numbers.verdicts),
            },
        ),
        ("decisions", mixed(&numbers.decisions)),
        ("risk", mixed(&numbers.risks)),
        ("decided by", plain(&numbers.who)),
        ("asked by", plain(&numbers.agents)),
        ("policies", plain(&numbers.modes)),
        ("answers", plain(&numbers.answers)),
        ("prompts", format!("{:.1} a day", numbers.prompts_per_day)),
        ("latency", format!("median {median} µs, 99 % within {slowest} µs")),
    ];
    for (name, words) in rows.iter().filter(|(_, words)| !words.is_empty()) {
        canvas.put(Ink::Strong, name).to(VALUES).flow(Ink::Plain, words, VALUES).end();
    }
    bars(&mut canvas, &numbers.days);
    table(&mut canvas, "what asked most", &numbers.asking);
    table(&mut canvas, "commands that asked most", &numbers.commands);
    if !lessons.is_empty() {
        canvas.end().put(Ink::Strong, "rules that would have spared most").end();
        for lesson in lessons.iter().take(5) {
            canvas.to(2).put(Ink::Plain, &format!("{:>6}", lesson.saves)).to(10);
            canvas.flow(Ink::Code, &lesson.rule, 12).end();
        }
        canvas.to(2).put(Ink::Faint, "`guardian learn` has them with examples, and what else they would admit").end();
    }
    canvas.finish()
}

/// The column in which bars begin.
const BAR: usize = 22;

/// The last days, each with a bar of what was asked.
fn bars(canvas: &mut Canvas, days: &[Day]) {
    let shown = days.get(days.len().saturating_sub(14)..).unwrap_or_default();
    let most = shown.iter().map(prompts).max().unwrap_or_default().max(1);
    canvas.end().put(Ink::Strong, "prompts by day").end();
    let longest = canvas.look().width.saturating_sub(BAR).clamp(10, 40) as u64;
    for day in shown {
        let count = prompts(day);
        let length = usize::try_from((count * longest).div_ceil(most)).unwrap_or_default();
        let bar = canvas.sign("▇", "#").repeat(length);
        canvas.to(2).put(Ink::Faint, &day.day).to(14).put(Ink::Plain, &format!("{count:>6}")).to(BAR);
        canvas.put(Ink::Decision(Decision::Prompt), &bar).end();
    }
}

fn table(canvas: &mut Canvas, title: &str, counts: &[Count]) {
    if counts.is_empty() {
        return;
    }
    canvas.end().put(Ink::Strong, title).end();
    for count in counts {
        let name = if count.name.is_empty() { "(not kept)" } else { &count.name };
        canvas.to(2).put(Ink::Plain, &format!("{:>6}", count.count)).to(10);
        let room = canvas.room().max(24);
        canvas.put(Ink::Code, &cut(&crate::sanitize::line(name), room)).end();
    }
}
