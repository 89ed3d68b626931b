//! A verdict of the record as a line of a table, and the words in it.

use crate::memory::row::{Event, Row};
use crate::memory::store::ask::Entry;
use crate::memory::when;
use crate::render::canvas::{Canvas, Ink};
use crate::sanitize;
use guardian_engine::{Decision, RiskLevel};

/// The column of an id, and of what stands below it where there is no room beside.
const ID: usize = 21;
/// The column of who asked.
const ASKER: usize = 56;
/// Columns in which a command can be known again.
const ENOUGH: usize = 24;

/// A verdict as a line of the table, or where that is wider than there is room as two.
pub fn draw(canvas: &mut Canvas, entry: &Entry) {
    let verdict = &entry.verdict;
    let asker = if verdict.agent.is_empty() { &verdict.front } else { &verdict.agent };
    canvas.put(Ink::Faint, &when::shown(entry.time)).to(ID).put(Ink::Plain, short(&verdict.id)).to(31);
    canvas.put(Ink::Decision(decision(&verdict.decision)), &verdict.decision).to(41);
    canvas.put(Ink::Risk(risk(&verdict.risk)), &verdict.risk).to(46);
    canvas.put(Ink::Plain, &outcome(&entry.events).unwrap_or_default());
    let command = if verdict.command.is_empty() { "(not kept)" } else { &verdict.command };
    let beside = ASKER + 1 + asker.len().max(11);
    if beside + ENOUGH <= canvas.look().width {
        canvas.to(ASKER).put(Ink::Faint, asker).to(beside);
    } else if beside <= canvas.look().width {
        canvas.to(ASKER).put(Ink::Faint, asker).end().to(ID);
    } else {
        canvas.end().to(ID).put(Ink::Faint, asker).put(Ink::Plain, "  ");
    }
    let room = canvas.room().max(ENOUGH);
    canvas.put(Ink::Code, &cut(&sanitize::line(command), room)).end();
}

/// The decision by its word.
pub fn decision(word: &str) -> Decision {
    match word {
        "allow" => Decision::Allow,
        "forbidden" => Decision::Forbidden,
        _ => Decision::Prompt,
    }
}

/// The risk by its word.
pub fn risk(word: &str) -> RiskLevel {
    match word {
        "low" => RiskLevel::Low,
        "high" => RiskLevel::High,
        _ => RiskLevel::Med,
    }
}

/// What came of a verdict, in a word.
pub fn outcome(events: &[Row]) -> Option<String> {
    events.iter().rev().find_map(|row| match &row.event {
        Event::Run(run) => Some(run.exit.map_or_else(|| "failed".to_owned(), |exit| format!("exit {exit}"))),
        Event::Answer(answer) => Some(answer.answer.clone()),
        Event::Refused(_) => Some("refused".to_owned()),
        Event::Verdict(_) | Event::Failed(_) | Event::Mended(_) => None,
    })
}

/// The part of an id that is enough to ask by.
pub fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id)
}

/// The beginning of a line that fits.
pub fn cut(line: &str, room: usize) -> String {
    if sanitize::columns(line) <= room {
        return line.to_owned();
    }
    let mut out = String::new();
    for character in line.chars() {
        if sanitize::columns(&out) + 2 > room {
            break;
        }
        out.push(character);
    }
    out.push('…');
    out
}
