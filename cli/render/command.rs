//! A command with its parts underlined and named: each line of the source, and under it one row for each marked part.
//!
//! Long lines are broken where there is room; of a very long command only the pieces that have marks are shown. Columns
//! are counted on what is *shown*, so that hostile characters cannot push a mark under the wrong words.

use crate::render::canvas::{Canvas, Ink};
use crate::sanitize;
use guardian_engine::RiskLevel;
use guardian_engine::shell::Span;
use std::ops::Range;

/// A part of the command, and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The part.
    pub span: Span,
    /// The part of that part which matters most, if any.
    pub focus: Option<Span>,
    /// How bad it is.
    pub risk: RiskLevel,
    /// What it does.
    pub label: String,
}

/// Lines of source up to which all are shown.
const FEW_LINES: usize = 8;
/// Pieces of a line up to which all are shown.
const FEW_PIECES: usize = 3;
/// Columns in which what is said of a part can be read well.
const ENOUGH: usize = 32;

/// One shown character of the source.
struct Cell {
    /// Where it starts in the source, in bytes.
    at: usize,
    text: String,
    columns: usize,
}

/// Draws the command. Marks outside the source are left out.
pub fn draw(canvas: &mut Canvas, source: &str, marks: &[Mark]) {
    let lines = lines(source);
    let digits = if lines.len() > 1 { lines.len().to_string().len() } else { 0 };
    let mut skipped = false;
    for (number, line) in lines.iter().enumerate() {
        let here: Vec<&Mark> = marks.iter().filter(|mark| starts_in(mark, line)).collect();
        if here.is_empty() && lines.len() > FEW_LINES {
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) {
            elision(canvas, digits);
        }
        let gutter = if digits > 0 { format!("{:>digits$}", number + 1) } else { String::new() };
        draw_line(canvas, source, line, &here, &gutter);
    }
    if skipped {
        elision(canvas, digits);
    }
}

fn lines(source: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines: Vec<Range<usize>> = Vec::new();
    for line in source.split_inclusive('\n') {
        let text = line.trim_end_matches('\n');
        lines.push(start..start + text.len());
        start += line.len();
    }
    lines
}

/// Whether the mark starts there, the break at the line's end included.
fn starts_in(mark: &Mark, bytes: &Range<usize>) -> bool {
    let start = mark.span.start as usize;
    mark.span.start < mark.span.end && bytes.start <= start && start <= bytes.end
}

fn elision(canvas: &mut Canvas, digits: usize) {
    let dots = canvas.sign("⋮", ":");
    margin(canvas, &" ".repeat(digits));
    canvas.put(Ink::Faint, dots).end();
}

/// The left margin, with the line's number where there are several.
fn margin(canvas: &mut Canvas, gutter: &str) {
    canvas.to(2);
    if !gutter.is_empty() {
        let bar = canvas.sign(" │ ", " | ");
        canvas.put(Ink::Faint, gutter).put(Ink::Faint, bar);
    }
}

fn draw_line(canvas: &mut Canvas, source: &str, line: &Range<usize>, marks: &[&Mark], gutter: &str) {
    let indent = 2 + if gutter.is_empty() { 0 } else { gutter.len() + 3 };
    let room = canvas.look().width.saturating_sub(indent + 1).max(16);
    let pieces = pieces(source, line, room);
    let all = pieces.len() <= FEW_PIECES;
    let mut skipped = false;
    for (number, piece) in pieces.iter().enumerate() {
        let Some(bytes) = extent(piece, line) else {
            margin(canvas, gutter);
            canvas.end();
            continue;
        };
        let last = number + 1 == pieces.len();
        let inside = |mark: &&&Mark| {
            let start = mark.span.start as usize;
            bytes.contains(&start) || (last && start == bytes.end)
        };
        let mut here: Vec<&Mark> = marks.iter().filter(inside).copied().collect();
        if here.is_empty() && !all && number > 0 {
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) {
            elision(canvas, gutter.len());
        }
        let blank = " ".repeat(gutter.len());
        margin(canvas, if number == 0 { gutter } else { &blank });
        draw_piece(canvas, piece, marks);
        here.sort_by_key(|mark| (mark.span.start, std::cmp::Reverse(mark.span.end)));
        for mark in here {
            draw_mark(canvas, piece, mark, &blank, indent);
        }
    }
    if skipped {
        elision(canvas, gutter.len());
    }
}

/// The line as cells, broken into pieces that fit, between words where that is not far off.
fn pieces(source: &str, line: &Range<usize>, room: usize) -> Vec<Vec<Cell>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Cell> = Vec::new();
    let mut used = 0;
    for (offset, character) in source.get(line.clone()).unwrap_or_default().char_indices() {
        let text = sanitize::shown(character).into_owned();
        let columns = sanitize::columns(&text);
        if used + columns > room && !piece.is_empty() {
            let rest = split(&mut piece, room);
            pieces.push(std::mem::replace(&mut piece, rest));
            used = piece.iter().map(|cell| cell.columns).sum();
        }
        used += columns;
        piece.push(Cell { at: line.start + offset, text, columns });
    }
    pieces.push(piece);
    pieces
}

/// Takes off the last, unfinished word, if that leaves a good part of the line.
fn split(piece: &mut Vec<Cell>, room: usize) -> Vec<Cell> {
    let blank = piece.iter().rposition(|cell| cell.text == " ");
    match blank {
        Some(at) if at > room / 2 => piece.split_off(at + 1),
        _ => Vec::new(),
    }
}

/// The bytes of the source that the piece shows.
fn extent(piece: &[Cell], line: &Range<usize>) -> Option<Range<usize>> {
    let (first, last) = (piece.first()?, piece.last()?);
    // The shown text of a character may be longer than the character, never absent; the next start is the end.
    let end = if last.at < line.end { last.at + 1 } else { line.end };
    Some(first.at..end)
}

/// The text, its marked parts in the colour of their risk.
fn draw_piece(canvas: &mut Canvas, piece: &[Cell], marks: &[&Mark]) {
    let ink = |cell: &Cell| {
        marks.iter().filter(|mark| covers(mark.span, cell)).min_by_key(|mark| mark.span.end - mark.span.start).map_or(
            Ink::Plain,
            |mark| match mark.risk {
                RiskLevel::Low => Ink::Strong,
                risk => Ink::Risk(risk),
            },
        )
    };
    let mut run = String::new();
    let mut current = Ink::Plain;
    for cell in piece {
        let next = ink(cell);
        if next != current {
            canvas.put(current, &run);
            run.clear();
            current = next;
        }
        run.push_str(&cell.text);
    }
    canvas.put(current, &run).end();
}

fn covers(span: Span, cell: &Cell) -> bool {
    (span.start as usize..span.end as usize).contains(&cell.at)
}

/// A row: the underline, and what there is to say, beside it or below. What stands below begins where there is room for it,
/// and is led there from the underline.
fn draw_mark(canvas: &mut Canvas, piece: &[Cell], mark: &Mark, gutter: &str, indent: usize) {
    let (thin, thick) = (canvas.sign("─", "-"), canvas.sign("━", "^"));
    let before: usize =
        piece.iter().take_while(|cell| cell.at < mark.span.start as usize).map(|cell| cell.columns).sum();
    let line: String = piece
        .iter()
        .filter(|cell| covers(mark.span, cell))
        .map(|cell| {
            let strong = match mark.focus {
                Some(focus) => covers(focus, cell),
                None => mark.risk > RiskLevel::Low,
            };
            (if strong { thick } else { thin }).repeat(cell.columns)
        })
        .collect();
    let line = if line.is_empty() { thick.to_owned() } else { line };
    let (start, ink) = (indent + before, Ink::Risk(mark.risk));
    let room = canvas.look().width.saturating_sub(start + sanitize::columns(&line));
    let wanted = sanitize::columns(&sanitize::line(&mark.label)) + 1;
    margin(canvas, gutter);
    if wanted <= room || room >= ENOUGH {
        canvas.to(start).put(ink, &line).put(Ink::Plain, " ");
        let column = canvas.look().width - canvas.room();
        canvas.flow(Ink::Plain, &mark.label, column);
    } else {
        let column = start.min(canvas.look().width / 3);
        let (turn, lead, corner) = (canvas.sign("┌", "."), canvas.sign("┄", "."), canvas.sign("└ ", "` "));
        let led = (column + 1..start).map(|_| lead).collect::<String>();
        canvas.to(column).put(ink, if column < start { turn } else { "" }).put(ink, &led).put(ink, &line).end();
        margin(canvas, gutter);
        canvas.to(column).put(ink, corner).flow(Ink::Plain, &mark.label, column + 2);
    }
    canvas.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::Look;

    fn drawn(width: usize, source: &str, marks: &[(&str, &str)]) -> String {
        let look = Look { color: false, width, unicode: false };
        let marks: Vec<Mark> = marks
            .iter()
            .map(|(part, label)| {
                let start = source.find(part).unwrap();
                let span = Span::new(start as u32, (start + part.len()) as u32);
                Mark { span, focus: None, risk: RiskLevel::Low, label: (*label).to_owned() }
            })
            .collect();
        let mut canvas = Canvas::new(look);
        draw(&mut canvas, source, &marks);
        canvas.finish()
    }

    #[test]
    fn each_part_has_a_row() {
        let drawing =
            drawn(80, "curl -s x.io | sudo sh", &[("curl -s x.io", "connects to x.io"), ("sudo sh", "gains rights")]);
        assert_eq!(
            drawing,
            "  curl -s x.io | sudo sh\n  ------------ connects to x.io\n                 ------- gains rights\n"
        );
    }

    #[test]
    fn marks_stay_under_their_words_whatever_stands_before() {
        let drawing = drawn(80, "echo '\x1b[2J\u{200b}日本' && rm -rf x", &[("rm -rf x", "deletes x")]);
        assert_eq!(
            drawing,
            "  echo '^[[2J<U+200B>日本' && rm -rf x\n                              -------- deletes x\n"
        );
    }

    #[test]
    fn several_lines_have_numbers_and_dull_ones_are_left_out() {
        let source = "a\nb\nc\nd\ne\nf\ng\nh\nrm x\ni";
        assert_eq!(
            drawn(80, source, &[("rm x", "deletes x")]),
            "     | :\n   9 | rm x\n     | ---- deletes x\n     | :\n"
        );
    }

    #[test]
    fn what_stands_below_a_part_far_to_the_right_is_led_there() {
        let drawing = drawn(40, "curl -s https://x.io/i.sh | sudo sh", &[("sudo sh", "runs what is piped in")]);
        assert_eq!(
            drawing,
            "  curl -s https://x.io/i.sh | sudo sh\n             .................-------\n             ` runs what is piped in\n"
        );
    }

    #[test]
    fn long_lines_are_broken_between_words_and_labels_go_below() {
        let drawing = drawn(
            40,
            "git commit --message one-two-three && git push",
            &[("git push", "sends data to a remote of this repository")],
        );
        assert_eq!(
            drawing,
            "  git commit --message one-two-three \n  && git push\n     -------- sends data to a\n"
                .replace("three \n", "three\n")
                .replace(" sends data to a\n", "\n     ` sends data to a remote of this\n       repository\n")
        );
    }
}
