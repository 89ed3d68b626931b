//! The tables.

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// The number of this form of the database. An earlier one is made into it, a later one is not read: see [`make`].
const FORM: i64 = 2;

/// What is kept.
const KEPT: &str = "
CREATE TABLE IF NOT EXISTS row (
    seq INTEGER PRIMARY KEY,
    code BLOB NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS evidence (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS start (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    code BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT;
";

/// What can be made of the rows anew.
const DERIVED: &str = "
CREATE TABLE IF NOT EXISTS verdict (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    id TEXT NOT NULL,
    decision INTEGER NOT NULL,
    risk INTEGER NOT NULL,
    front TEXT NOT NULL,
    agent TEXT NOT NULL,
    session TEXT NOT NULL,
    who TEXT NOT NULL,
    mode TEXT NOT NULL,
    policy TEXT NOT NULL,
    placement TEXT NOT NULL,
    elapsed INTEGER NOT NULL,
    command INTEGER NOT NULL,
    proposal INTEGER NOT NULL,
    evidence TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS verdict_time ON verdict (time);
CREATE INDEX IF NOT EXISTS verdict_id ON verdict (id);
CREATE INDEX IF NOT EXISTS verdict_short ON verdict (substr(id, -8));
CREATE INDEX IF NOT EXISTS verdict_asked ON verdict (decision, risk, time);
CREATE INDEX IF NOT EXISTS verdict_session ON verdict (session, time);
CREATE TABLE IF NOT EXISTS program (
    name TEXT NOT NULL,
    seq INTEGER NOT NULL,
    asks INTEGER NOT NULL,
    PRIMARY KEY (name, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS program_asks ON program (seq) WHERE asks;
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    word TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_id ON event (id);
";

/// Says how the file is laid out, which can only be said before anything is in it: pages that deletions leave can be
/// given back.
pub fn prepare(db: &Connection) -> rusqlite::Result<()> {
    let pages: u64 = db.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if pages == 0 { db.pragma_update(None, "auto_vacuum", "incremental") } else { Ok(()) }
}

/// Makes what is missing.
pub fn make(db: &Connection) -> Result<(), super::Error> {
    match form(db)? {
        FORM => Ok(()),
        0 | 1 => renew(db),
        other => Err(format!("the audit trail is of form {other}, which this version does not read").into()),
    }
}

fn form(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes the tables, and fills those that hold only what the rows say.
fn renew(db: &Connection) -> Result<(), super::Error> {
    let transaction = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    // Another reader may have done it while this one waited.
    if form(&transaction)? != FORM {
        let drop = "DROP TABLE IF EXISTS verdict; DROP TABLE IF EXISTS program; DROP TABLE IF EXISTS event;";
        transaction.execute_batch(&format!("{KEPT} {drop} {DERIVED} PRAGMA user_version = {FORM};"))?;
        super::take::derive_all(&transaction)?;
    }
    Ok(transaction.commit()?)
}
