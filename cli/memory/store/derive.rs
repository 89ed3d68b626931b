//! What a row says, in the columns that are asked by. One function makes them for those who take rows and for those who
//! hold them against what is there; it reads a million rows in a few seconds, so it copies nothing that it need not.

use rusqlite::types::ValueRef;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// A row, as far as its columns go.
#[derive(Debug, Deserialize)]
pub struct Said<'a> {
    /// Its number.
    pub seq: u64,
    time: u64,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    decision: Text<'a>,
    #[serde(borrow, default)]
    risk: Text<'a>,
    #[serde(borrow, default)]
    front: Text<'a>,
    #[serde(borrow, default)]
    agent: Text<'a>,
    #[serde(borrow, default)]
    session: Text<'a>,
    #[serde(borrow, default)]
    who: Text<'a>,
    #[serde(borrow, default)]
    mode: Text<'a>,
    #[serde(borrow, default)]
    policy: Text<'a>,
    #[serde(borrow, default)]
    placement: Text<'a>,
    #[serde(default)]
    elapsed_us: u64,
    #[serde(borrow, default)]
    command: Text<'a>,
    #[serde(borrow, default)]
    cwd: Text<'a>,
    #[serde(default)]
    argv: bool,
    #[serde(default)]
    escalated: bool,
    /// Hashes of the command and of the proposal, so that equal ones are counted without being read.
    #[serde(skip)]
    hashes: [i64; 2],
    #[serde(borrow, default)]
    programs: Vec<Text<'a>>,
    #[serde(borrow, default)]
    asking: Vec<Text<'a>>,
    /// The name of its evidence; empty where it has none.
    #[serde(borrow, default)]
    pub evidence: Text<'a>,
    #[serde(borrow, default)]
    answer: Text<'a>,
    #[serde(default)]
    exit: Option<u8>,
    /// How a run ended, in a word.
    #[serde(skip)]
    end: String,
    #[serde(borrow, default)]
    found: Text<'a>,
}

/// Text that is not copied unless it has escapes.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
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
            Self::Verdict => "INSERT OR REPLACE INTO verdict VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            Self::Event => "INSERT OR REPLACE INTO event VALUES (?,?,?,?,?)",
        }
    }

    /// How many columns there are.
    pub const fn width(self) -> usize {
        match self {
            Self::Verdict => 16,
            Self::Event => 5,
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

/// A number as the database keeps it.
fn whole(number: u64) -> ValueRef<'static> {
    ValueRef::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

const fn text(text: &str) -> ValueRef<'_> {
    ValueRef::Text(text.as_bytes())
}

/// The beginning of a hash as a number.
fn number_of(hash: &[u8]) -> i64 {
    hash.iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte))
}

impl<'a> Said<'a> {
    /// Reads a row.
    pub fn read(body: &'a str) -> serde_json::Result<Self> {
        let mut said: Self = serde_json::from_str(body)?;
        match &*said.kind {
            "run" => said.end = said.exit.map_or_else(|| "failed".to_owned(), |exit| exit.to_string()),
            "verdict" => {
                let [manner, where_to] = [said.argv, said.escalated].map(|set| [u8::from(set)]);
                let command = Sha256::digest(said.command.as_bytes());
                let proposal = Sha256::new_with_prefix(command).chain_update(manner).chain_update(where_to);
                said.hashes = [number_of(&command), number_of(&proposal.chain_update(said.cwd.as_bytes()).finalize())];
            }
            _ => {}
        }
        Ok(said)
    }

    /// Where its columns stand.
    pub fn table(&self) -> Table {
        if &*self.kind == "verdict" { Table::Verdict } else { Table::Event }
    }

    /// The columns, in the order of the table.
    pub fn columns(&self) -> Vec<ValueRef<'_>> {
        let [command, proposal] = self.hashes;
        let event = |word| vec![whole(self.seq), whole(self.time), text(&self.kind), text(&self.id), text(word)];
        match &*self.kind {
            "verdict" => vec![
                whole(self.seq),
                whole(self.time),
                text(&self.id),
                ValueRef::Integer(number(DECISIONS, &self.decision)),
                ValueRef::Integer(number(RISKS, &self.risk)),
                text(&self.front),
                text(&self.agent),
                text(&self.session),
                text(&self.who),
                text(&self.mode),
                text(&self.policy),
                text(&self.placement),
                whole(self.elapsed_us),
                ValueRef::Integer(command),
                ValueRef::Integer(proposal),
                text(&self.evidence),
            ],
            "answer" => event(&self.answer),
            "run" => event(&self.end),
            "failed" => event(&self.front),
            _ => event(""),
        }
    }

    /// Names of programs, and whether each asks.
    pub fn programs(&self) -> impl Iterator<Item = (&str, bool)> {
        let named: &[Text<'_>] = if self.table() == Table::Verdict { &self.programs } else { &[] };
        named.iter().map(|name| (&**name, self.asking.contains(name)))
    }

    /// What was found, where the trail was mended here.
    pub fn mended(&self) -> Option<&str> {
        (&*self.kind == "mended").then_some(&*self.found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::row::{Answer, Event, Failed, Mended, Refused, Row, Run, Verdict};

    fn said(event: Event, table: Table, columns: &[ValueRef<'_>]) {
        let body = serde_json::to_string(&Row { seq: 7, time: 9, event }).unwrap();
        let said = Said::read(&body).unwrap();
        assert_eq!((said.seq, said.table(), said.columns().len()), (7, table, table.width()));
        assert_eq!(said.columns(), [&[ValueRef::Integer(7), ValueRef::Integer(9)], columns].concat());
    }

    /// What `sha256sum` says of `ls`, and of that hash, two zero bytes and `/`: 8 bytes each.
    const LS: i64 = 0xc7b6_8ac3_7f36_4473u64.cast_signed();
    const LS_AT_ROOT: i64 = 0xc06c_11ea_dab2_b2c6u64.cast_signed();

    #[test]
    fn the_columns_are_what_the_row_says() {
        let verdict = Verdict {
            id: "i\n".to_owned(),
            decision: "prompt".to_owned(),
            risk: "high".to_owned(),
            front: "hook".to_owned(),
            agent: "a".to_owned(),
            session: "s\"".to_owned(),
            who: "risk".to_owned(),
            mode: "read-only".to_owned(),
            policy: "never".to_owned(),
            placement: "widened".to_owned(),
            elapsed_us: 3,
            command: "ls".to_owned(),
            cwd: "/".to_owned(),
            evidence: "e".to_owned(),
            programs: vec!["sh".to_owned(), "a\\b".to_owned()],
            asking: vec!["a\\b".to_owned()],
            ..Verdict::default()
        };
        let body = serde_json::to_string(&Event::Verdict(Box::new(verdict.clone()))).unwrap();
        let body = body.replacen('{', "{\"seq\":1,\"time\":2,", 1);
        let read = Said::read(&body).unwrap();
        assert_eq!(read.programs().collect::<Vec<_>>(), [("sh", false), ("a\\b", true)]);
        let numbers = [ValueRef::Integer(1), ValueRef::Integer(2)];
        let rest = ["hook", "a", "s\"", "risk", "read-only", "never", "widened"].map(text);
        let last = [3, LS, LS_AT_ROOT].map(ValueRef::Integer);
        let columns = [&[text("i\n")], &numbers[..], &rest, &last, &[text("e")]].concat();
        said(Event::Verdict(Box::new(verdict)), Table::Verdict, &columns);
        let id = || "i".to_owned();
        let answer = Answer { id: id(), answer: "once".to_owned(), ..Answer::default() };
        said(Event::Answer(answer), Table::Event, &["answer", "i", "once"].map(text));
        let run = |exit| Event::Run(Run { id: id(), exit, ..Run::default() });
        said(run(Some(3)), Table::Event, &["run", "i", "3"].map(text));
        said(run(None), Table::Event, &["run", "i", "failed"].map(text));
        let failed = Failed { front: "hook".to_owned(), ..Failed::default() };
        said(Event::Failed(failed), Table::Event, &["failed", "", "hook"].map(text));
        let refused = Refused { id: id(), reason: "no".to_owned() };
        said(Event::Refused(refused), Table::Event, &["refused", "i", ""].map(text));
        said(Event::Mended(Mended { found: "x".to_owned() }), Table::Event, &["mended", "", ""].map(text));
    }
}
