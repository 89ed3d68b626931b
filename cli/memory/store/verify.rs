//! Holds the trail against its chain: every row's code against the row and the code before it, the numbers against gaps,
//! the end against what the journal says it is, the columns that are asked by against the rows they come from, and the
//! evidence against its names.

use super::derive;
use super::{Error, Store};
use crate::memory::journal::{self, Code};
use crate::memory::row::{Event, Row};
use rusqlite::{CachedStatement, OptionalExtension, types::Value};
use std::collections::HashSet;

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// How many rows there are.
    pub rows: u64,
    /// The number of the first.
    pub first: u64,
    /// The number of the last, and its code.
    pub end: (u64, Code),
    /// What is wrong; only the first of many.
    pub problems: Vec<String>,
    /// How many things are wrong.
    pub count: u64,
}

/// Problems that are listed before the rest is counted.
const MOST_PROBLEMS: usize = 20;

impl Found {
    fn wrong(&mut self, words: String) {
        self.count += 1;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(words);
        }
    }
}

impl Store {
    /// Verifies everything. `anchor` is a row's number and code that someone wrote down earlier.
    pub fn verify(&self, anchor: Option<(u64, Code)>) -> Result<Found, Error> {
        let (start, sealed) = self.start()?;
        let mut found = Found { rows: 0, first: start.0 + 1, end: start, problems: Vec::new(), count: 0 };
        if !sealed {
            found.wrong("the note on where the trail starts was changed".to_owned());
        }
        let mut anchored = anchor.is_none_or(|anchor| anchor.0 <= start.0);
        let mut rows = self.db.prepare("SELECT seq, code, body FROM row ORDER BY seq")?;
        let mut rows = rows.query([])?;
        let mut beside = Beside::new(self)?;
        while let Some(row) = rows.next()? {
            let (seq, code, body): (u64, Vec<u8>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let code = Code(code.try_into().unwrap_or_default());
            found.rows += 1;
            let next = found.end.0 + 1;
            if seq != next {
                let missing =
                    if seq == next + 1 { format!("row {next} is") } else { format!("rows {next} to {} are", seq - 1) };
                found.wrong(format!("{missing} missing"));
            } else if self.journal.code(found.end.1, &body) != code {
                found.wrong(format!("row {seq} is not what was written after row {}", found.end.0));
            }
            beside.check(seq, &body, &mut found)?;
            anchored |= anchor == Some((seq, code));
            found.end = (seq, code);
        }
        if found.end.0 < self.head.seq {
            found.wrong(format!("rows {} to {} are missing at the end", found.end.0 + 1, self.head.seq));
        } else if (found.end.0, found.end.1) != (self.head.seq, self.head.code) {
            found.wrong("the trail does not end where the chain does".to_owned());
        }
        if let Some((seq, _)) = anchor.filter(|_| !anchored) {
            found.wrong(format!("row {seq} is not the one that was noted"));
        }
        self.strays(&mut found)?;
        Ok(found)
    }

    /// Where the trail starts after its oldest part was deleted, and whether the note on that is ours.
    fn start(&self) -> Result<((u64, Code), bool), Error> {
        let note = self.db.query_row("SELECT seq, code, seal FROM start", [], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, [u8; 32]>(1)?, row.get::<_, [u8; 32]>(2)?))
        });
        Ok(match note.optional()? {
            None => ((0, Code::default()), true),
            Some((seq, code, seal)) => {
                let sealed = self.journal.seal(&super::take::start_words(seq, Code(code))).0 == seal;
                ((seq, Code(code)), sealed)
            }
        })
    }

    /// What stands in the other tables without a row, and files that should not be there.
    fn strays(&self, found: &mut Found) -> Result<(), Error> {
        for table in ["verdict", "event", "program"] {
            let sql = format!("SELECT count(*) FROM {table} WHERE seq NOT IN (SELECT seq FROM row)");
            let count: u64 = self.db.query_row(&sql, [], |row| row.get(0))?;
            if count > 0 {
                found.wrong(format!("{count} entries of the table `{table}` belong to no row"));
            }
        }
        for entry in std::fs::read_dir(self.journal.folder())? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with("damaged-") || name.ends_with(".conflict") {
                found.wrong(format!("the file {name} holds rows that do not fit"));
            }
        }
        Ok(())
    }
}

/// What stands beside the rows.
struct Beside<'a> {
    verdict: CachedStatement<'a>,
    event: CachedStatement<'a>,
    programs: CachedStatement<'a>,
    evidence: CachedStatement<'a>,
    named: HashSet<String>,
}

impl<'a> Beside<'a> {
    fn new(store: &'a Store) -> Result<Self, Error> {
        let db = &store.db;
        Ok(Self {
            verdict: db.prepare_cached(derive::Table::Verdict.select())?,
            event: db.prepare_cached(derive::Table::Event.select())?,
            programs: db.prepare_cached("SELECT count(*) FROM program WHERE name = ? AND seq = ? AND asks = ?")?,
            evidence: db.prepare_cached("SELECT body FROM evidence WHERE name = ?")?,
            named: HashSet::new(),
        })
    }

    fn check(&mut self, seq: u64, body: &str, found: &mut Found) -> Result<(), Error> {
        let Ok(row) = serde_json::from_str::<Row>(body) else {
            found.wrong(format!("row {seq} cannot be read"));
            return Ok(());
        };
        if row.seq != seq {
            found.wrong(format!("row {seq} says that it is row {}", row.seq));
        }
        let columns = derive::columns(&row);
        let statement = match columns.table {
            derive::Table::Verdict => &mut self.verdict,
            derive::Table::Event => &mut self.event,
        };
        let there: Option<Vec<Value>> =
            statement.query_row([seq], |row| (0..columns.values.len()).map(|at| row.get(at)).collect()).optional()?;
        if there.as_ref() != Some(&columns.values) {
            found.wrong(format!("what is asked by does not say what row {seq} says"));
        }
        for (program, asks) in &columns.programs {
            let count: u64 = self.programs.query_row(rusqlite::params![program, seq, asks], |row| row.get(0))?;
            if count != 1 {
                found.wrong(format!("the programs of row {seq} are not those it names"));
            }
        }
        match &row.event {
            Event::Verdict(verdict) if !verdict.evidence.is_empty() => self.named(seq, &verdict.evidence, found)?,
            Event::Mended(mended) => found.wrong(format!("row {seq} says that the trail was mended: {}", mended.found)),
            _ => {}
        }
        Ok(())
    }

    fn named(&mut self, seq: u64, name: &str, found: &mut Found) -> Result<(), Error> {
        // Many rows share one.
        if self.named.contains(name) {
            return Ok(());
        }
        let text: Option<Vec<u8>> = self.evidence.query_row([name], |row| row.get(0)).optional()?;
        match text.as_deref().map(std::str::from_utf8) {
            Some(Ok(text)) if journal::name(text) == name => {
                self.named.insert(name.to_owned());
            }
            Some(_) => found.wrong(format!("the evidence of row {seq} was changed")),
            None => found.wrong(format!("the evidence of row {seq} is missing")),
        }
        Ok(())
    }
}
