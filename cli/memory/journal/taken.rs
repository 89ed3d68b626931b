//! What readers have taken out of the journal, as far as a writer has to know.

use super::{Code, DATABASE};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::path::Path;
use std::time::Duration;

/// How long other readers may keep the database.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The last row that was taken, kept or let go meanwhile, for a writer who has lost the end of the chain. Nothing where
/// none was: a reader makes the database before there is anything to put in.
pub fn last(folder: &Path) -> rusqlite::Result<Option<(u64, Code)>> {
    let path = folder.join(DATABASE);
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
