//! What a row says, in the columns that are asked by. One function makes them for those who take rows and for those who
//! hold them against what is there.

use crate::memory::row::{Event, Row};
use rusqlite::types::Value;

/// The columns of a row's entry, and the names of its programs.
#[derive(Debug, PartialEq)]
pub struct Columns {
    /// The table.
    pub table: Table,
    /// The values, in the order of the table's columns.
    pub values: Vec<Value>,
    /// Names of programs, and whether each asks.
    pub programs: Vec<(String, bool)>,
}

/// Where the columns stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// In `verdict`.
    Verdict,
    /// In `event`.
    Event,
}

impl Table {
    /// Puts an entry in.
    pub const fn insert(self) -> &'static str {
        match self {
            Self::Verdict => "INSERT OR REPLACE INTO verdict VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            Self::Event => "INSERT OR REPLACE INTO event VALUES (?,?,?,?,?)",
        }
    }

    /// Gets one.
    pub const fn select(self) -> &'static str {
        match self {
            Self::Verdict => "SELECT * FROM verdict WHERE seq = ?",
            Self::Event => "SELECT * FROM event WHERE seq = ?",
        }
    }
}

/// Numbers of decisions and risks, so that they sort.
pub const DECISIONS: &[&str] = &["allow", "prompt", "forbidden"];
/// The same for risks.
pub const RISKS: &[&str] = &["low", "med", "high"];

/// The number of a word; one past the last for what is none of them.
pub fn number(words: &[&str], word: &str) -> i64 {
    let found = words.iter().position(|known| *known == word).unwrap_or(words.len());
    i64::try_from(found).unwrap_or(i64::MAX)
}

/// The columns of a row.
pub fn columns(row: &Row) -> Columns {
    let whole = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let text = |text: &str| Value::Text(text.to_owned());
    let event =
        |id: &str, word: &str| vec![whole(row.seq), whole(row.time), text(row.event.word()), text(id), text(word)];
    let (table, values, programs) = match &row.event {
        Event::Verdict(verdict) => {
            let values = vec![
                whole(row.seq),
                whole(row.time),
                text(&verdict.id),
                Value::Integer(number(DECISIONS, &verdict.decision)),
                Value::Integer(number(RISKS, &verdict.risk)),
                text(&verdict.front),
                text(&verdict.agent),
                text(&verdict.session),
                text(&verdict.who),
                text(&verdict.mode),
                text(&verdict.policy),
                text(&verdict.placement),
                whole(verdict.elapsed_us),
            ];
            let asks = |name: &String| (name.clone(), verdict.asking.contains(name));
            (Table::Verdict, values, verdict.programs.iter().map(asks).collect())
        }
        Event::Answer(answer) => (Table::Event, event(&answer.id, &answer.answer), Vec::new()),
        Event::Run(run) => {
            let end = run.exit.map_or_else(|| "failed".to_owned(), |exit| exit.to_string());
            (Table::Event, event(&run.id, &end), Vec::new())
        }
        Event::Failed(failed) => (Table::Event, event("", &failed.front), Vec::new()),
        Event::Refused(refused) => (Table::Event, event(&refused.id, ""), Vec::new()),
        Event::Mended(_) => (Table::Event, event("", ""), Vec::new()),
    };
    Columns { table, values, programs }
}
