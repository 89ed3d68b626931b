//! Questions to the trail.

use super::derive::{DECISIONS, RISKS, number};
use super::{Error, Store};
use crate::memory::row::{self, Event, Row};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};
use serde::de::DeserializeOwned;

/// Which verdicts are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// From this time on, in milliseconds.
    pub since: Option<u64>,
    /// Before this time.
    pub until: Option<u64>,
    /// With one of these decisions.
    pub decisions: Vec<String>,
    /// With one of these risks.
    pub risks: Vec<String>,
    /// Of this agent.
    pub agent: Option<String>,
    /// Of this session.
    pub session: Option<String>,
    /// That would run this program.
    pub program: Option<String>,
    /// Asked by this front end.
    pub front: Option<String>,
    /// With each of these somewhere in the command.
    pub words: Vec<String>,
    /// At most so many, the latest.
    pub limit: Option<u64>,
}

impl Filter {
    /// The condition in SQL on the table `v`, and its values.
    pub fn sql(&self) -> (String, Vec<Value>) {
        let (mut parts, mut values) = (vec!["1".to_owned()], Vec::new());
        let whole = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let mut add = |part: &str, value: Value| {
            parts.push(part.to_owned());
            values.push(value);
        };
        if let Some(since) = self.since {
            add("v.time >= ?", whole(since));
        }
        if let Some(until) = self.until {
            add("v.time < ?", whole(until));
        }
        for (column, value) in [("agent", &self.agent), ("session", &self.session), ("front", &self.front)] {
            if let Some(value) = value {
                add(&format!("v.{column} = ?"), Value::Text(value.clone()));
            }
        }
        if let Some(program) = &self.program {
            add("v.seq IN (SELECT seq FROM program WHERE name = ?)", Value::Text(program.clone()));
        }
        for (column, words, known) in [("decision", &self.decisions, DECISIONS), ("risk", &self.risks, RISKS)] {
            if !words.is_empty() {
                let numbers: Vec<String> = words.iter().map(|word| number(known, word).to_string()).collect();
                parts.push(format!("v.{column} IN ({})", numbers.join(",")));
            }
        }
        for word in &self.words {
            let says = "instr(lower(json_extract(r.body, '$.command')), lower(?)) > 0";
            parts.push(format!("EXISTS (SELECT 1 FROM row r WHERE r.seq = v.seq AND {says})"));
            values.push(Value::Text(word.clone()));
        }
        (parts.join(" AND "), values)
    }
}

/// A verdict, and what came of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The number of its row.
    pub seq: u64,
    /// When.
    pub time: u64,
    /// What it says.
    pub verdict: row::Verdict,
    /// What happened afterwards, in order.
    pub events: Vec<Row>,
}

impl Store {
    /// Shows each verdict that is wanted, the oldest first.
    pub fn each(&self, filter: &Filter, mut show: impl FnMut(Entry) -> Result<(), Error>) -> Result<(), Error> {
        let (condition, values) = filter.sql();
        let limit = filter.limit.map(|limit| format!(" LIMIT {limit}")).unwrap_or_default();
        let chosen = format!("SELECT v.seq FROM verdict v WHERE {condition} ORDER BY v.seq DESC{limit}");
        let sql = format!("SELECT body FROM row WHERE seq IN ({chosen}) ORDER BY seq");
        let events = self.has_events()?;
        let mut statement = self.db.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let body = row.get_ref(0)?.as_str()?;
            let Ok(Row { seq, time, event: Event::Verdict(verdict) }) = serde_json::from_str::<Row>(body) else {
                continue;
            };
            let events = if events { self.events(&verdict.id)? } else { Vec::new() };
            show(Entry { seq, time, verdict: *verdict, events })?;
        }
        Ok(())
    }

    /// The verdict with this id, or with an id that ends so.
    pub fn find(&self, id: &str) -> Result<Option<Entry>, Error> {
        let sql = if id.len() == 36 {
            "SELECT seq FROM verdict WHERE id = ?1 LIMIT 2"
        } else if id.len() >= 8 {
            "SELECT seq FROM verdict WHERE substr(id, -8) = substr(?1, -8) AND id LIKE '%' || ?1 LIMIT 2"
        } else {
            return Err(format!("`{id}` is too short; an id has at least its last eight characters").into());
        };
        let mut statement = self.db.prepare(sql)?;
        let found: Vec<u64> = statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        match found.as_slice() {
            [] => Ok(None),
            [seq] => self.entry(*seq),
            _ => Err(format!("several proposals have an id that ends with `{id}`").into()),
        }
    }

    /// The verdict in this row.
    fn entry(&self, seq: u64) -> Result<Option<Entry>, Error> {
        let Row { seq, time, event: Event::Verdict(verdict) } = self.body(seq)? else {
            return Ok(None);
        };
        let events = self.events(&verdict.id)?;
        Ok(Some(Entry { seq, time, verdict: *verdict, events }))
    }

    /// What the row with this number says, or a part of it.
    pub(super) fn body<T: DeserializeOwned>(&self, seq: u64) -> Result<T, Error> {
        let mut statement = self.db.prepare_cached("SELECT body FROM row WHERE seq = ?")?;
        Ok(statement.query_row([seq], |row| Ok(serde_json::from_str(row.get_ref(0)?.as_str()?)))??)
    }

    /// The evidence of a verdict.
    pub fn evidence(&self, name: &str) -> Result<Option<String>, Error> {
        let mut statement = self.db.prepare_cached("SELECT body FROM evidence WHERE name = ?")?;
        let body: Option<Vec<u8>> = statement.query_row([name], |row| row.get(0)).optional()?;
        Ok(body.map(|body| String::from_utf8_lossy(&body).into_owned()))
    }

    fn has_events(&self) -> Result<bool, Error> {
        Ok(self.db.query_row("SELECT EXISTS (SELECT 1 FROM event)", [], |row| row.get(0))?)
    }

    fn events(&self, id: &str) -> Result<Vec<Row>, Error> {
        let sql = "SELECT body FROM row WHERE seq IN (SELECT seq FROM event WHERE id = ?) ORDER BY seq";
        let mut statement = self.db.prepare_cached(sql)?;
        let bodies = statement.query_map([id], |row| row.get::<_, String>(0))?;
        let mut events = Vec::new();
        for body in bodies {
            events.push(serde_json::from_str(&body?)?);
        }
        Ok(events)
    }
}
