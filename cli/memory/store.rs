//! The audit trail where it is asked: a SQLite database that readers fill from the journal. Rows are kept as they were
//! written, with their codes; the other tables hold nothing but what a row says, for the questions that are asked, and
//! [`verify`] holds them against the rows.

pub mod ask;
pub mod derive;
mod schema;
mod take;
pub mod tally;
mod verify;

use crate::config::place::Places;
use crate::memory::journal::{Code, Head, Journal};
use crate::private;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// Why a question has no answer.
pub type Error = Box<dyn std::error::Error>;

/// How long other readers may keep the database.
const PATIENCE: Duration = Duration::from_secs(10);

/// The trail, opened for questions.
pub struct Store {
    /// The database.
    pub db: Connection,
    /// The journal that it is filled from.
    pub journal: Journal,
    /// Where the chain ends.
    pub head: Head,
}

impl Store {
    /// The trail with everything that has been written until now.
    pub fn open(places: &Places) -> Result<Self, Error> {
        let journal = Journal::open(places)?;
        let head = journal.cut()?;
        let db = connect(journal.folder())?;
        let store = Self { db, journal, head };
        store.take()?;
        Ok(store)
    }
}

/// The database of a trail, made if there is none.
fn connect(folder: &Path) -> Result<Connection, Error> {
    let path = folder.join("audit.db");
    // SQLite would follow a link to wherever it leads, and makes files that others may read.
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).custom_flags(flags).open(&path);
    let made = made.map_err(|error| format!("{}: {error}", path.display()))?;
    private::owned(&made.metadata()?, &path)?;
    let db = open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(db)
}

fn open(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    schema::prepare(&db)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "cache_size", -65_536)?;
    schema::make(&db)?;
    Ok(db)
}

/// The last row that was taken, kept or let go meanwhile, for a writer who has lost the end of the chain. Nothing where
/// none was: a reader makes the database before there is anything to put in.
pub fn last(folder: &Path) -> Result<Option<(u64, Code)>, Error> {
    let path = folder.join("audit.db");
    if !path.exists() {
        return Ok(None);
    }
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(PATIENCE)?;
    if !db.table_exists(None, "row")? {
        return Ok(None);
    }
    let last = "SELECT seq, code FROM (SELECT seq, code FROM row UNION ALL SELECT seq, code FROM start) \
                ORDER BY seq DESC LIMIT 1";
    let row = db.query_row(last, [], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, [u8; 32]>(1)?)));
    Ok(row.optional()?.map(|(seq, code)| (seq, Code(code))))
}

/// Has another process take what the journal put aside, so that the one that wrote it need not wait.
pub fn take_in_background() {
    super::background::start(&["log", "--take"]);
}
