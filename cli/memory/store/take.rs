//! Takes what the journal put aside, and lets go of what is too old or too much.

use super::derive::Said;
use super::{Error, Store};
use crate::memory::journal::{Code, Line};
use crate::memory::row::Row;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::fs;
use std::path::Path;

impl Store {
    /// Takes everything that was put aside. Two who do so at once get the same.
    pub fn take(&self) -> Result<(), Error> {
        for part in self.journal.parts()? {
            let text = match fs::read_to_string(&part) {
                Ok(text) => text,
                // Another reader has taken it.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            let transaction = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
            let whole = take_part(&transaction, &text)?;
            transaction.commit()?;
            dispose(&part, whole)?;
        }
        Ok(())
    }

    /// Deletes what is older than this time in milliseconds, and the oldest of what is more than these bytes.
    pub fn let_go(&self, before: u64, most_bytes: u64) -> Result<u64, Error> {
        if self.last_to_go(&self.db, before, most_bytes)?.is_none() {
            return Ok(0);
        }
        let transaction = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        let Some(last) = self.last_to_go(&transaction, before, most_bytes)? else {
            return Ok(0);
        };
        let (seq, code): (u64, [u8; 32]) =
            transaction
                .query_row("SELECT seq, code FROM row WHERE seq = ?", [last], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let seal = self.journal.seal(&start_words(seq, Code(code)));
        transaction.execute(
            "INSERT OR REPLACE INTO start VALUES (1, ?, ?, ?)",
            params![seq, code.as_slice(), seal.0.as_slice()],
        )?;
        // Evidence goes with the last row that names it.
        let unnamed = "SELECT evidence FROM verdict WHERE seq <= ?1 EXCEPT SELECT evidence FROM verdict WHERE seq > ?1";
        transaction.execute(&format!("DELETE FROM evidence WHERE name IN ({unnamed})"), [last])?;
        let gone = transaction.execute("DELETE FROM row WHERE seq <= ?", [last])?;
        for table in ["verdict", "event", "program"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE seq <= ?"), [last])?;
        }
        transaction.commit()?;
        self.give_back()?;
        Ok(gone as u64)
    }

    /// Makes the file smaller where much of it is free; the rest is soon used again.
    fn give_back(&self) -> Result<(), Error> {
        let (pages, free) = pages(&self.db)?;
        if free > pages / 4 {
            // A page a step.
            let mut step = self.db.prepare("PRAGMA incremental_vacuum")?;
            let mut rows = step.query([])?;
            while rows.next()?.is_some() {}
        }
        Ok(self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")?)
    }

    /// The last row to delete, if any is.
    fn last_to_go(&self, db: &Connection, before: u64, most_bytes: u64) -> Result<Option<u64>, Error> {
        // In the order in which they were written: a row that a wrong clock has dated back takes none before it along.
        let kept = "SELECT seq FROM verdict NOT INDEXED WHERE time >= ? ORDER BY seq LIMIT 1";
        let kept: Option<u64> = db.query_row(kept, [i64::try_from(before)?], |row| row.get(0)).optional()?;
        let old = match kept {
            Some(_) => "SELECT max(seq) FROM verdict WHERE seq < ?",
            None => "SELECT max(seq) FROM verdict",
        };
        let old: Option<u64> = db.query_row(old, rusqlite::params_from_iter(kept), |row| row.get(0))?;
        Ok(old.max(self.too_much(db, most_bytes)?))
    }

    /// The last row to delete so that the database comes below its limit, with room for a tenth more.
    fn too_much(&self, db: &Connection, most_bytes: u64) -> Result<Option<u64>, Error> {
        let page: u64 = db.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let (pages, free) = pages(db)?;
        let size = page * (pages - free);
        if size <= most_bytes {
            return Ok(None);
        }
        let range = db.query_row("SELECT min(seq), max(seq) FROM row", [], |row| {
            Ok((row.get::<_, Option<u64>>(0)?, row.get::<_, Option<u64>>(1)?))
        })?;
        let (Some(first), Some(last)) = range else {
            return Ok(None);
        };
        let keep = most_bytes / 10 * 9;
        let gone = u128::from(last - first + 1) * u128::from(size - keep) / u128::from(size);
        Ok(Some((first + u64::try_from(gone)?).min(last)))
    }
}

/// How many pages the file has, and how many of them hold nothing.
fn pages(db: &Connection) -> Result<(u64, u64), Error> {
    let count = |name| db.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
    Ok((count("page_count")?, count("freelist_count")?))
}

/// What is sealed about where the trail starts after the oldest part was deleted.
pub fn start_words(seq: u64, code: Code) -> String {
    format!("start {seq} {code}")
}

/// Takes a part's rows. Whether all of them are in the database now as they stand here.
fn take_part(db: &Transaction<'_>, text: &str) -> Result<bool, Error> {
    let mut whole = true;
    let mut row_in = db.prepare_cached("INSERT OR IGNORE INTO row VALUES (?, ?, ?)")?;
    let mut known = db.prepare_cached("SELECT code = ? AND body = ? FROM row WHERE seq = ?")?;
    let mut evidence_in = db.prepare_cached("INSERT OR IGNORE INTO evidence VALUES (?, ?)")?;
    for line in text.lines() {
        let Some(line) = Line::read(line) else {
            whole = false;
            continue;
        };
        // What the columns do not need has to be there too, or nobody could read the row.
        let (Ok(said), Ok(_)) = (Said::read(line.row), serde_json::from_str::<Row>(line.row)) else {
            whole = false;
            continue;
        };
        let code = line.code.0.as_slice();
        if row_in.execute(params![said.seq, code, line.row])? == 0 {
            whole &= known.query_row(params![code, line.row, said.seq], |row| row.get::<_, bool>(0))?;
            continue;
        }
        if let Some(evidence) = line.evidence {
            evidence_in.execute(params![crate::memory::journal::name(evidence), evidence.as_bytes()])?;
        }
        derive(db, &said)?;
    }
    Ok(whole)
}

/// Puts down what a row says, in the columns that are asked by.
fn derive(db: &Transaction<'_>, said: &Said<'_>) -> Result<(), Error> {
    let columns = said.columns().into_iter().map(ToSqlOutput::Borrowed);
    db.prepare_cached(said.table().insert())?.execute(rusqlite::params_from_iter(columns))?;
    let mut program_in = db.prepare_cached("INSERT OR IGNORE INTO program VALUES (?, ?, ?)")?;
    for (program, asks) in said.programs() {
        program_in.execute(params![program, said.seq, asks])?;
    }
    Ok(())
}

/// The same for all rows that are there. What cannot be read is for whoever verifies to say.
pub fn derive_all(db: &Transaction<'_>) -> Result<(), Error> {
    let mut rows = db.prepare("SELECT body FROM row ORDER BY seq")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        if let Ok(said) = Said::read(row.get_ref(0)?.as_str()?) {
            derive(db, &said)?;
        }
    }
    Ok(())
}

/// A part that was taken is not needed any more; one that contradicts what is there is kept for whoever looks into it.
fn dispose(part: &Path, whole: bool) -> Result<(), Error> {
    let done = if whole { fs::remove_file(part) } else { fs::rename(part, part.with_extension("conflict")) };
    match done {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
