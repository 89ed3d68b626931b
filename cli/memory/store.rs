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
use crate::memory::journal::taken::PATIENCE;
use crate::memory::journal::{DATABASE, Head, Journal};
use crate::private;
use rusqlite::{Connection, OpenFlags};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Why a question has no answer.
pub type Error = Box<dyn std::error::Error>;

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
    let path = folder.join(DATABASE);
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

/// Has another process take what the journal put aside, so that the one that wrote it need not wait.
pub fn take_in_background() {
    super::background::start(&["log", "--take"]);
}
