//! Holds the trail against its chain: every row's code against the row and the code before it, the numbers against gaps,
//! the end against what the journal says it is, the columns that are asked by against the rows they come from, and the
//! evidence against its names.

use super::derive::{Said, Table};
use super::{Error, Store};
use crate::memory::journal::{self, Code};
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, OptionalExtension, Row, params};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

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
        let mut rows = self.db.prepare(ROWS)?;
        let mut rows = rows.query([])?;
        let mut beside = Beside::new(self)?;
        while let Some(row) = rows.next()? {
            let (seq, body) = (row.get(0)?, row.get_ref(2)?.as_str()?);
            let code = Code(row.get_ref(1)?.as_blob()?.try_into().unwrap_or_default());
            found.rows += 1;
            let next = found.end.0 + 1;
            if seq != next {
                let missing =
                    if seq == next + 1 { format!("row {next} is") } else { format!("rows {next} to {} are", seq - 1) };
                found.wrong(format!("{missing} missing"));
            } else if self.journal.code(found.end.1, body) != code {
                found.wrong(format!("row {seq} is not what was written after row {}", found.end.0));
            }
            beside.check(seq, body, row, &mut found)?;
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
        let same_programs = beside.programs.are_those_of(self)?;
        if !same_programs {
            self.programs(&mut found)?;
        }
        let entries = "SELECT (SELECT count(*) FROM verdict) + (SELECT count(*) FROM event)";
        let entries: u64 = self.db.query_row(entries, [], |row| row.get(0))?;
        if !same_programs || entries != found.rows {
            self.strays(&mut found)?;
        }
        self.files(&mut found)?;
        Ok(found)
    }

    /// Says whose programs are not in the table as the row names them.
    fn programs(&self, found: &mut Found) -> Result<(), Error> {
        let mut rows = self.db.prepare("SELECT body FROM row ORDER BY seq")?;
        let mut rows = rows.query([])?;
        let mut same = self.db.prepare("SELECT count(*) FROM program WHERE name = ? AND seq = ? AND asks = ?")?;
        let before = found.count;
        while let Some(row) = rows.next()? {
            let Ok(said) = Said::read(row.get_ref(0)?.as_str()?) else {
                continue;
            };
            let mut there = true;
            for (name, asks) in said.programs() {
                there &= same.query_row(params![name, said.seq, asks], |row| row.get::<_, u64>(0))? == 1;
            }
            if !there {
                found.wrong(format!("the programs of row {} are not those it names", said.seq));
            }
        }
        if found.count == before {
            found.wrong("the table `program` has entries that no row names".to_owned());
        }
        Ok(())
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

    /// What stands in the other tables without a row.
    fn strays(&self, found: &mut Found) -> Result<(), Error> {
        for table in ["verdict", "event", "program"] {
            let sql = format!("SELECT count(*) FROM {table} WHERE seq NOT IN (SELECT seq FROM row)");
            let count: u64 = self.db.query_row(&sql, [], |row| row.get(0))?;
            if count > 0 {
                found.wrong(format!("{count} entries of the table `{table}` belong to no row"));
            }
        }
        Ok(())
    }

    /// Files that should not be there.
    fn files(&self, found: &mut Found) -> Result<(), Error> {
        for entry in std::fs::read_dir(self.journal.folder())? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with("damaged-") || name.ends_with(".conflict") {
                found.wrong(format!("the file {name} holds rows that do not fit"));
            }
        }
        Ok(())
    }
}

/// The rows with what stands beside them. One question, as a question for each row takes ten times as long.
const ROWS: &str = "SELECT r.seq, r.code, r.body, v.*, e.* FROM row r \
    LEFT JOIN verdict v ON v.seq = r.seq LEFT JOIN event e ON e.seq = r.seq ORDER BY r.seq";
/// Where the columns of `verdict` begin in that.
const VERDICT: usize = 3;
/// And those of `event`.
const EVENT: usize = VERDICT + Table::Verdict.width();

/// What stands beside the rows.
struct Beside<'a> {
    evidence: CachedStatement<'a>,
    named: HashSet<String>,
    programs: Programs,
}

impl<'a> Beside<'a> {
    fn new(store: &'a Store) -> Result<Self, Error> {
        let evidence = store.db.prepare_cached("SELECT body FROM evidence WHERE name = ?")?;
        Ok(Self { evidence, named: HashSet::new(), programs: Programs::default() })
    }

    fn check(&mut self, seq: u64, body: &str, row: &Row<'_>, found: &mut Found) -> Result<(), Error> {
        let Ok(said) = Said::read(body) else {
            found.wrong(format!("row {seq} cannot be read"));
            return Ok(());
        };
        if said.seq != seq {
            found.wrong(format!("row {seq} says that it is row {}", said.seq));
        }
        let (at, other) = match said.table() {
            Table::Verdict => (VERDICT, EVENT),
            Table::Event => (EVENT, VERDICT),
        };
        let mut same = row.get_ref(other)? == ValueRef::Null;
        for (at, value) in (at..).zip(said.columns()) {
            same &= row.get_ref(at)? == value;
        }
        if !same {
            found.wrong(format!("what is asked by does not say what row {seq} says"));
        }
        for (name, asks) in said.programs() {
            self.programs.add(name, seq, i64::from(asks));
        }
        if !said.evidence.is_empty() {
            self.named(seq, &said.evidence, found)?;
        }
        if let Some(mended) = said.mended() {
            found.wrong(format!("row {seq} says that the trail was mended: {mended}"));
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

/// A sum over programs that comes out the same in any order, under a hash that nobody could know when they changed the
/// table.
#[derive(Default)]
struct Programs {
    by: [RandomState; 2],
    sums: [u64; 2],
    count: u64,
}

impl Programs {
    fn add(&mut self, name: &str, seq: u64, asks: i64) {
        self.count += 1;
        for (sum, by) in self.sums.iter_mut().zip(&self.by) {
            *sum = sum.wrapping_add(by.hash_one((name, seq, asks)));
        }
    }

    /// Whether the table has exactly these.
    fn are_those_of(&self, store: &Store) -> Result<bool, Error> {
        let mut there = Self { by: self.by.clone(), ..Self::default() };
        let mut rows = store.db.prepare("SELECT name, seq, asks FROM program")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            there.add(row.get_ref(0)?.as_str()?, row.get(1)?, row.get(2)?);
        }
        Ok((there.sums, there.count) == (self.sums, self.count))
    }
}
