//! Numbers over many verdicts. The columns are gone through once, and of the rows themselves only those are read that
//! stand for many: a million verdicts are of a few thousand commands.

use super::ask::Filter;
use super::{Error, Store};
use crate::memory::row::{Event, Row, Verdict};
use rusqlite::params_from_iter;
use serde::Deserialize;
use std::collections::HashMap;
use std::hash::Hash;

/// What verdicts have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// What was decided, as a number.
    pub decision: usize,
    /// How risky it was, as a number.
    pub risk: usize,
    /// Which front end was asked.
    pub front: String,
    /// The agent; empty where it did not say.
    pub agent: String,
    /// Who decided.
    pub who: String,
    /// The sandbox mode.
    pub mode: String,
    /// The approval policy.
    pub policy: String,
    /// The kind of box.
    pub placement: String,
}

/// Equal things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Equals {
    /// How many.
    pub count: u64,
    /// The row of the last one.
    pub last: u64,
}

impl Equals {
    fn add(&mut self, seq: u64) {
        self.count += 1;
        self.last = self.last.max(seq);
    }
}

/// What verdicts come to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How often each kind came.
    pub kinds: Vec<(Kind, u64)>,
    /// How often in each quarter of an hour, by decision and risk. No zone begins its day within one.
    pub quarters: Vec<((u64, usize, usize), u64)>,
    /// How long each took, in microseconds, in order.
    pub elapsed: Vec<u64>,
    /// Commands that asked.
    pub asking: Vec<Equals>,
    /// Verdicts that need more than the box, by what they rest on.
    pub beyond: Vec<Equals>,
}

/// A quarter of an hour in milliseconds.
pub const QUARTER: u64 = 900_000;

/// What of a row says more than its columns.
#[derive(Debug, Default, Deserialize)]
pub struct Said {
    /// The command, as far as it was kept.
    #[serde(default)]
    pub command: String,
    /// What it needs beyond the box.
    #[serde(default)]
    pub needs: Vec<String>,
}

const COLUMNS: &str = "v.seq, v.time, v.decision, v.risk, v.elapsed, v.command, v.evidence, \
                       v.front, v.agent, v.who, v.mode, v.policy, v.placement";

impl Store {
    /// What the verdicts that are wanted come to.
    pub fn tally(&self, filter: &Filter) -> Result<Tally, Error> {
        let (condition, values) = filter.sql();
        let mut statement = self.db.prepare(&format!("SELECT {COLUMNS} FROM verdict v WHERE {condition}"))?;
        let mut rows = statement.query(params_from_iter(values))?;
        let (mut kinds, mut quarters) = (HashMap::<Vec<u8>, (Kind, u64)>::new(), HashMap::new());
        let (mut asking, mut beyond) = (HashMap::<i64, Equals>::new(), HashMap::<u128, Equals>::new());
        let (mut elapsed, mut name) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            let (seq, time, decision, risk): (u64, u64, usize, usize) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            elapsed.push(row.get(4)?);
            *quarters.entry((time / QUARTER, decision, risk)).or_default() += 1;
            if decision == 1 {
                asking.entry(row.get(5)?).or_default().add(seq);
            }
            name.clear();
            name.extend([decision, risk].map(|number| number.to_le_bytes()).as_flattened());
            let mut words = [""; 6];
            for (at, word) in (7..).zip(&mut words) {
                *word = row.get_ref(at)?.as_str()?;
                name.extend(word.len().to_le_bytes());
                name.extend_from_slice(word.as_bytes());
            }
            let [front, agent, who, mode, policy, placement] = words;
            if placement != "sandboxed" {
                let evidence = row.get_ref(6)?.as_str()?;
                // Without evidence nothing is known of what it needs either.
                if let Ok(evidence) = u128::from_str_radix(evidence, 16) {
                    beyond.entry(evidence).or_default().add(seq);
                }
            }
            if let Some((_, count)) = kinds.get_mut(&name) {
                *count += 1;
            } else {
                let [front, agent, who, mode, policy, placement] =
                    [front, agent, who, mode, policy, placement].map(str::to_owned);
                let kind = Kind { decision, risk, front, agent, who, mode, policy, placement };
                kinds.insert(name.clone(), (kind, 1));
            }
        }
        elapsed.sort_unstable();
        Ok(Tally {
            kinds: kinds.into_values().collect(),
            quarters: ordered(quarters),
            elapsed,
            asking: most_first(asking),
            beyond: most_first(beyond),
        })
    }

    /// Different proposals among the verdicts that are wanted, the most frequent first. What was only run in a box, with
    /// nobody deciding, is none.
    pub fn proposals(&self, filter: &Filter) -> Result<Vec<Equals>, Error> {
        let (condition, values) = filter.sql();
        let limit = filter.limit.map(|limit| format!("ORDER BY v.seq DESC LIMIT {limit}")).unwrap_or_default();
        let sql = format!("SELECT v.seq, v.proposal FROM verdict v WHERE {condition} AND v.who <> 'box' {limit}");
        let mut statement = self.db.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut known = HashMap::<i64, Equals>::new();
        while let Some(row) = rows.next()? {
            known.entry(row.get(1)?).or_default().add(row.get(0)?);
        }
        Ok(most_first(known))
    }

    /// What the row with this number says.
    pub fn said(&self, seq: u64) -> Result<Said, Error> {
        self.body(seq)
    }

    /// The verdict in this row.
    pub fn verdict(&self, seq: u64) -> Result<Option<Verdict>, Error> {
        Ok(match self.body::<Row>(seq)?.event {
            Event::Verdict(verdict) => Some(*verdict),
            _ => None,
        })
    }
}

fn ordered<K: Ord, V>(map: HashMap<K, V>) -> Vec<(K, V)> {
    let mut all: Vec<(K, V)> = map.into_iter().collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

/// The most frequent first, and of as frequent ones the latest.
fn most_first<K: Eq + Hash>(map: HashMap<K, Equals>) -> Vec<Equals> {
    let mut all: Vec<Equals> = map.into_values().collect();
    all.sort_unstable_by_key(|equals| std::cmp::Reverse((equals.count, equals.last)));
    all
}
