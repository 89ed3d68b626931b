//! How much of what goes into a prompt. What is dropped is dropped in large steps, so that the text before the newest
//! record stays the same over many turns, and the endpoint's prefix cache keeps its worth.

use guardian_engine::review::{Author, Record};

/// Bytes of a token, estimated low, since code and other scripts have shorter ones.
pub const TOKEN: usize = 3;
/// The longest command that can be approved.
pub const ACTION: usize = guardian_engine::review::ACTION;
/// The most of one file that the engine read.
pub const BODY: usize = 16 << 10;
/// The most of all such files.
pub const BODIES: usize = 32 << 10;
/// The most of what the host found out, but for such files.
pub const FACTS: usize = 1_000 * TOKEN;

/// One kind of record's share.
struct Pool {
    one: usize,
    all: usize,
    most: usize,
}

const MESSAGES: Pool = Pool { one: 2_000 * TOKEN, all: 8_000 * TOKEN, most: 64 };
const CALLS: Pool = Pool { one: 300 * TOKEN, all: 4_000 * TOKEN, most: 20 };
const RESULTS: Pool = Pool { one: 500 * TOKEN, all: 4_000 * TOKEN, most: 40 };

/// The text with its middle cut out if it is longer than `most` bytes, and whether it was.
#[must_use]
pub fn clip(text: &str, most: usize) -> (String, bool) {
    if text.len() <= most {
        return (text.to_owned(), false);
    }
    let half = most / 2;
    let head_end = (0..=half).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let tail_at = text.len() - half;
    let tail_start = (tail_at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let head = text.get(..head_end).unwrap_or_default();
    let tail = text.get(tail_start..).unwrap_or_default();
    let cut = tail_start - head_end;
    (format!("{head}⟦{cut} bytes left out⟧{tail}"), true)
}

/// Which records are shown, by number, and how much of each at most. A fold over the session from its beginning: what
/// is kept after a record is added differs from before by that record, or by one large step.
#[must_use]
pub fn kept(records: &[Record], full: bool) -> Vec<(usize, usize)> {
    let mut kept: Vec<(usize, usize)> = Vec::new();
    for (number, pool) in [(0, &MESSAGES), (1, &CALLS), (2, &RESULTS)] {
        let mut chosen: Vec<(usize, usize)> = Vec::new();
        let mut total = 0;
        for (at, record) in records.iter().enumerate() {
            if pool_of(record.author, full) != Some(number) {
                continue;
            }
            let size = record.text.len().min(pool.one);
            chosen.push((at, size));
            total += size;
            if total > pool.all || chosen.len() > pool.most {
                step(&mut chosen, &mut total, pool, number == 0);
            }
        }
        kept.extend(chosen.into_iter().map(|(at, _)| (at, pool.one)));
    }
    kept.sort_unstable();
    kept
}

/// Drops the oldest until three fifths of the pool are left. The first message stays: it says what it is all about.
fn step(chosen: &mut Vec<(usize, usize)>, total: &mut usize, pool: &Pool, anchored: bool) {
    let first = usize::from(anchored);
    let mut drop = first;
    while drop + 1 < chosen.len() && (*total > pool.all * 3 / 5 || chosen.len() - (drop - first) > pool.most * 3 / 5) {
        *total -= chosen.get(drop).map_or(0, |(_, size)| *size);
        drop += 1;
    }
    chosen.drain(first.min(chosen.len())..drop.min(chosen.len()));
}

const fn pool_of(author: Author, full: bool) -> Option<usize> {
    match author {
        Author::User => Some(0),
        Author::Call => Some(1),
        Author::Project => Some(2),
        Author::Assistant | Author::Result if full => Some(2),
        Author::Assistant | Author::Result => None,
    }
}
