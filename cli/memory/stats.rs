//! `guardian stats`: how much was asked, what asked, and which rules would have spared it. The HTML report shows the same
//! numbers.

use crate::args::OutputArgs;
use crate::failure::{Exit, Failure};
use crate::memory::learn::{self, Lesson};
use crate::memory::log::{FilterArgs, cut, failed, open};
use crate::memory::store::ask::Filter;
use crate::memory::store::derive::{DECISIONS, RISKS};
use crate::memory::store::{Error, Store};
use crate::memory::when;
use crate::output::{self, Look};
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use clap::Args;
use guardian_engine::Decision;
use rusqlite::params_from_iter;
use serde::Serialize;
use std::collections::BTreeMap;

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

/// The numbers.
pub fn numbers(store: &Store, filter: &Filter) -> Result<Numbers, Error> {
    let ask = Ask { store, filter };
    let verdicts = ask.counts("''", "verdict v", "1", 1)?.first().map_or(0, |all| all.count);
    let named = |counts: Vec<Count>, words: &[&str]| {
        let name = |word: &str| word.parse().ok().and_then(|at: usize| words.get(at)).copied().unwrap_or("other");
        counts.into_iter().map(|count| Count { name: name(&count.name).to_owned(), ..count }).collect()
    };
    let days = ask.days()?;
    let prompts: u64 = days
        .iter()
        .map(|day| {
            let [_, prompts, _] = day.decisions;
            prompts
        })
        .sum();
    let joined = "verdict v JOIN row r USING (seq)";
    Ok(Numbers {
        verdicts,
        decisions: named(ask.counts("v.decision", "verdict v", "1", 4)?, DECISIONS),
        risks: named(ask.counts("v.risk", "verdict v", "1", 4)?, RISKS),
        who: ask.counts("v.who", "verdict v", "1", 8)?,
        agents: ask.counts("iif(v.agent = '', v.front, v.agent)", "verdict v", "1", 12)?,
        modes: ask.counts("v.policy || ', ' || v.mode", "verdict v", "1", 12)?,
        asking: ask.counts("p.name", "program p JOIN verdict v USING (seq)", "p.asks AND v.decision = 1", 12)?,
        commands: ask.counts("r.body ->> '$.command'", joined, "v.decision = 1", 12)?,
        escalations: ask.counts("v.placement", "verdict v", "v.placement <> 'sandboxed'", 4)?,
        network: ask.counts(
            "substr(n.value, 9)",
            &format!("{joined}, json_each(r.body, '$.needs') n"),
            "v.placement <> 'sandboxed' AND n.value LIKE 'network %'",
            12,
        )?,
        answers: ask.counts("e.word", "event e JOIN verdict v USING (id)", "e.kind = 'answer'", 8)?,
        prompts_per_day: if days.is_empty() { 0.0 } else { prompts as f64 / days.len() as f64 },
        elapsed_us: ask.elapsed(verdicts)?,
        days,
    })
}

struct Ask<'a> {
    store: &'a Store,
    filter: &'a Filter,
}

impl Ask<'_> {
    /// How often each value of an expression is there, the most frequent first.
    fn counts(&self, of: &str, from: &str, also: &str, most: usize) -> Result<Vec<Count>, Error> {
        let (condition, values) = self.filter.sql();
        let sql = format!(
            "SELECT {of}, count(*) FROM {from} WHERE {condition} AND {also} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
        );
        let mut statement = self.store.db.prepare(&sql)?;
        let rows = statement.query_map(params_from_iter(values), |row| {
            let name = match row.get_ref(0)? {
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                value => value.as_str_or_null()?.unwrap_or_default().to_owned(),
            };
            Ok(Count { name, count: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    }

    /// By day of this machine's zone. No zone begins its day within a quarter of an hour.
    fn days(&self) -> Result<Vec<Day>, Error> {
        const QUARTER: u64 = 900_000;
        let (condition, values) = self.filter.sql();
        let sql = format!(
            "SELECT v.time / {QUARTER}, v.decision, v.risk, count(*) FROM verdict v WHERE {condition} GROUP BY 1, 2, 3"
        );
        let mut statement = self.store.db.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut days: BTreeMap<String, Day> = BTreeMap::new();
        let mut around = (0, 0, String::new());
        while let Some(row) = rows.next()? {
            let (quarter, decision, risk, count): (u64, usize, usize, u64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let time = quarter * QUARTER;
            if !(around.0..around.1).contains(&time) {
                let (start, end) = when::day_around(time).unwrap_or((time, time + 1));
                around = (start, end, when::day(time));
            }
            let day = days.entry(around.2.clone()).or_insert_with(|| Day { day: around.2.clone(), ..Day::default() });
            for (counts, at) in [(&mut day.decisions, decision), (&mut day.risks, risk)] {
                if let Some(number) = counts.get_mut(at) {
                    *number += count;
                }
            }
        }
        Ok(days.into_values().collect())
    }

    fn elapsed(&self, verdicts: u64) -> Result<[u64; 2], Error> {
        let (condition, values) = self.filter.sql();
        let at = |position: u64| -> Result<u64, Error> {
            let sql = format!("SELECT v.elapsed FROM verdict v WHERE {condition} ORDER BY 1 LIMIT 1 OFFSET {position}");
            let mut statement = self.store.db.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(values.clone()))?;
            Ok(rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or_default())
        };
        Ok([at(verdicts / 2)?, at(verdicts * 99 / 100)?])
    }
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
    days(&mut canvas, &numbers.days);
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

/// The last days, each with a bar of what was asked.
fn days(canvas: &mut Canvas, days: &[Day]) {
    let shown = days.get(days.len().saturating_sub(14)..).unwrap_or_default();
    let prompts = |day: &Day| {
        let [_, prompts, _] = day.decisions;
        prompts
    };
    let most = shown.iter().map(prompts).max().unwrap_or_default().max(1);
    canvas.end().put(Ink::Strong, "prompts by day").end();
    for day in shown {
        let count = prompts(day);
        let length = usize::try_from((count * 40).div_ceil(most)).unwrap_or_default();
        let bar = canvas.sign("▇", "#").repeat(length);
        canvas.to(2).put(Ink::Faint, &day.day).to(14).put(Ink::Plain, &format!("{count:>6}")).to(22);
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
