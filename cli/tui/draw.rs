//! How `guardian tui` looks, at any size. Everything goes over a canvas first, which makes it safe to show.

use super::app::{App, Page, Subject, Tab, Waiting};
use super::query;
use crate::look::Look;
use crate::memory::approvals::{left, risk, short};
use crate::memory::line::{self, cut};
use crate::memory::store::ask::Entry;
use crate::memory::when;
use crate::render::canvas::{Canvas, Ink, Stretches};
use crate::rules::list::Line as Rule;
use crate::sanitize;
use anstyle::{AnsiColor, Effects};
use guardian_engine::Decision;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Columns before what can be chosen.
const MARGIN: usize = 2;
/// From here on a verdict has a line with all there is.
const WIDE: usize = 110;
/// Below this what can be chosen has a second line for its command.
const NARROW: usize = 64;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, app: &mut App) {
    let area = frame.area();
    app.size = (area.width, area.height);
    let look = Look { width: usize::from(area.width).max(1), ..app.look };
    let mut foot = foot(app, look);
    // What is looked at comes before how to look at it.
    foot.truncate(usize::from(area.height / 3));
    let head = head(app, look);
    let body = usize::from(area.height).saturating_sub(head.len() + foot.len());
    let mut lines: Vec<Line<'_>> = head.iter().map(|line| painted(line, look, false)).collect();
    let mut middle = match &app.page {
        Some(page) => page.lines.iter().skip(page.top).take(body).map(|line| painted(line, look, false)).collect(),
        None => list(app, look, body),
    };
    middle.resize(body, Line::default());
    lines.extend(middle);
    lines.extend(foot.iter().map(|line| painted(line, look, false)));
    for (line, y) in lines.into_iter().zip(0..area.height) {
        frame.render_widget(Paragraph::new(line), Rect::new(0, y, area.width, 1));
    }
    if let Some(typing) = &app.typing {
        let column = 2 + sanitize::columns(&tail(typing, look.width.saturating_sub(3)));
        frame.set_cursor_position((u16::try_from(column).unwrap_or(0).min(area.width.saturating_sub(1)), 1));
    }
}

/// The lists, and what narrows the one in view.
fn head(app: &App, look: Look) -> Vec<Stretches> {
    let mut canvas = Canvas::new(look);
    let waits = app.waiting.items.iter().filter(|waiting| matches!(waiting, Waiting::Question(_))).count();
    for tab in Tab::ALL {
        let (name, here) = (name(tab), tab == app.tab);
        let count = if tab == Tab::Waiting && waits > 0 { format!(" ({waits})") } else { String::new() };
        let words = if here { format!("[{name}{count}]") } else { format!(" {name}{count} ") };
        if canvas.room() > sanitize::columns(&words) {
            canvas.put(if here { Ink::Strong } else { Ink::Faint }, &words).put(Ink::Plain, " ");
        }
    }
    canvas.end();
    let room = look.width.saturating_sub(3);
    if let Some(typing) = &app.typing {
        canvas.put(Ink::Code, "/ ").put(Ink::Plain, &tail(typing, room));
    } else if let Some(page) = &app.page {
        canvas.put(Ink::Faint, &cut(&sanitize::line(&title(app, page)), look.width));
    } else {
        let query = match app.tab {
            Tab::Waiting => "",
            Tab::History => &app.query,
            Tab::Rules => &app.wanted,
        };
        if !query.is_empty() {
            canvas.put(Ink::Faint, "/ ").put(Ink::Plain, &cut(&sanitize::line(query), room));
        }
    }
    let mut lines = canvas.lines();
    lines.resize(2, Stretches::new());
    lines
}

const fn name(tab: Tab) -> &'static str {
    match tab {
        Tab::Waiting => "approvals",
        Tab::History => "history",
        Tab::Rules => "rules",
    }
}

fn title(app: &App, page: &Page) -> String {
    match &page.subject {
        Subject::Question(id) => format!("question {}", short(id)),
        Subject::Verdict(id) => format!("why {}", short(id)),
        Subject::Rule(at) => app.rules.items.get(*at).map(place).unwrap_or_default(),
    }
}

/// The end of a text that fits.
fn tail(text: &str, room: usize) -> String {
    let safe = sanitize::line(text);
    let mut from = 0;
    while sanitize::columns(safe.get(from..).unwrap_or_default()) > room {
        from += safe.get(from..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
    }
    safe.get(from..).unwrap_or_default().to_owned()
}

/// What there is to say, and the keys.
fn foot(app: &App, look: Look) -> Vec<Stretches> {
    let mut canvas = Canvas::new(look);
    canvas.put(Ink::Faint, &canvas.sign("─", "-").repeat(look.width)).end();
    if !app.message.is_empty() {
        canvas.flow(Ink::Decision(Decision::Prompt), app.message.trim(), 0).end();
    } else if app.typing.is_some() && app.tab == Tab::History {
        let names: Vec<String> = query::NAMES.iter().map(|name| format!("{name}:")).collect();
        canvas.flow(Ink::Faint, &format!("words of the command, or {}", names.join(" ")), 0).end();
    } else if app.tab == Tab::Rules && app.problems > 0 && app.page.is_none() {
        let words = format!("{} problems in files of rules; `guardian rules check` shows them", app.problems);
        canvas.flow(Ink::Decision(Decision::Prompt), &words, 0).end();
    }
    for (at, (key, words)) in app.keys().into_iter().enumerate() {
        if at > 0 {
            if canvas.room() > key.len() + words.len() + 3 {
                canvas.put(Ink::Plain, "  ");
            } else {
                canvas.end();
            }
        }
        canvas.put(Ink::Code, key).put(Ink::Plain, " ").put(Ink::Plain, words);
    }
    canvas.lines()
}

/// A row of a list: which of its items it belongs to, if to one, and what stands there.
type Row = (Option<usize>, Stretches);

/// All rows of the list in view, the item that is chosen in it, and what is said where it has none.
fn rows(app: &App, look: Look) -> (Vec<Row>, usize, &'static str) {
    let mut rows: Vec<Row> = Vec::new();
    let mut add = |at: Option<usize>, canvas: Canvas| rows.extend(canvas.lines().into_iter().map(|line| (at, line)));
    let (at, empty) = match app.tab {
        Tab::Waiting => {
            for (at, item) in app.waiting.items.iter().enumerate() {
                add(Some(at), waiting(item, app.now, look));
            }
            (app.waiting.at, "nothing waits for an answer, and no answer holds")
        }
        Tab::History => {
            for (at, entry) in app.history.items.iter().enumerate() {
                add(Some(at), verdict(entry, look));
            }
            let all = app.query.is_empty();
            (app.history.at, if all { "nothing has been decided yet" } else { "there are no such verdicts" })
        }
        Tab::Rules => {
            let mut last = None;
            for (at, rule) in app.rules.items.iter().enumerate() {
                if last != Some((rule.layer, &rule.file)) {
                    last = Some((rule.layer, &rule.file));
                    add(None, origin(rule, look));
                }
                add(Some(at), rule_row(rule, look));
            }
            let none = match app.wanted.as_str() {
                "" => "there are no rules; `guardian rules add` writes one",
                _ => "there are no such rules",
            };
            (app.rules.at, none)
        }
    };
    (rows, at, empty)
}

/// The part of a list that is in view.
fn list(app: &mut App, look: Look, height: usize) -> Vec<Line<'static>> {
    let inner = Look { width: look.width.saturating_sub(MARGIN).max(1), ..look };
    let (rows, at, empty) = rows(app, inner);
    if rows.is_empty() {
        let mut canvas = Canvas::new(look);
        canvas.flow(Ink::Faint, empty, 0);
        return canvas.lines().iter().take(height).map(|line| painted(line, look, false)).collect();
    }
    let from = rows.iter().position(|(row, _)| *row == Some(at)).unwrap_or(0);
    let to = rows.iter().rposition(|(row, _)| *row == Some(at)).map_or(0, |last| last + 1);
    // The name of a file comes into view with its first rule.
    let from = if from > 0 && rows.get(from - 1).is_some_and(|(row, _)| row.is_none()) { from - 1 } else { from };
    let top = match app.tab {
        Tab::Waiting => reveal(&mut app.waiting, from, to, height),
        Tab::History => reveal(&mut app.history, from, to, height),
        Tab::Rules => reveal(&mut app.rules, from, to, height),
    };
    let mut before = None;
    let mut lines = Vec::new();
    for (row, line) in rows.into_iter().skip(top).take(height) {
        let chosen = row == Some(at);
        let mark = if chosen && before != row { "> " } else { "  " };
        before = row;
        let mut line = line;
        if row.is_some() {
            line.insert(0, (if chosen { Ink::Strong } else { Ink::Plain }, mark.to_owned()));
        }
        lines.push(painted(&line, look, chosen));
    }
    lines
}

fn reveal<T>(list: &mut super::list::List<T>, from: usize, to: usize, height: usize) -> usize {
    list.reveal(from, to, height);
    list.top
}

/// The command of something that can be chosen: at the end of the line, or on one of its own.
fn command(canvas: &mut Canvas, command: &str) {
    let text = if command.is_empty() { "(not kept)" } else { command };
    if canvas.look().width + MARGIN < NARROW {
        canvas.end();
    } else {
        canvas.put(Ink::Plain, " ");
    }
    canvas.put(Ink::Code, &cut(&sanitize::line(text), canvas.room()));
}

fn waiting(item: &Waiting, now: u64, look: Look) -> Canvas {
    let mut canvas = Canvas::new(look);
    canvas.put(Ink::Plain, short(item.id())).to(9);
    match item {
        Waiting::Question(question) => {
            canvas.put(Ink::Decision(Decision::Prompt), "waits").to(17);
            canvas.put(Ink::Risk(risk(question)), &question.risk).to(22);
            canvas.put(Ink::Faint, &left(question.expires, now)).to(29);
            if canvas.look().width >= NARROW {
                canvas.put(Ink::Faint, &question.by).to(41);
            }
            command(&mut canvas, &question.command);
        }
        Waiting::Answered(answer) => {
            let no = answer.said == crate::memory::decisions::Said::Deny;
            let ink = Ink::Decision(if no { Decision::Forbidden } else { Decision::Allow });
            canvas.put(ink, answer.said.as_str()).to(22).put(Ink::Faint, &left(answer.expires, now)).to(29);
            if canvas.look().width >= NARROW {
                canvas.to(41);
            }
            command(&mut canvas, &answer.command);
        }
    }
    canvas
}

fn verdict(entry: &Entry, look: Look) -> Canvas {
    let mut canvas = Canvas::new(look);
    if look.width >= WIDE {
        line::draw(&mut canvas, entry);
        return canvas;
    }
    let verdict = &entry.verdict;
    // The year is on the page.
    let time = when::shown(entry.time);
    canvas.put(Ink::Faint, time.get(5..16).unwrap_or(&time)).to(12);
    canvas.put(Ink::Decision(line::decision(&verdict.decision)), &verdict.decision).to(22);
    canvas.put(Ink::Risk(line::risk(&verdict.risk)), &verdict.risk).to(27);
    if look.width + MARGIN < NARROW {
        canvas.put(Ink::Plain, &cut(&line::outcome(&entry.events).unwrap_or_default(), look.width.saturating_sub(27)));
    }
    command(&mut canvas, &verdict.command);
    canvas
}

/// Where the rules that follow are from.
fn origin(rule: &Rule, look: Look) -> Canvas {
    let mut canvas = Canvas::new(look);
    canvas.put(Ink::Strong, rule.layer).put(Ink::Plain, "  ");
    canvas.put(Ink::Faint, &tail(&rule.file, canvas.room()));
    canvas
}

fn rule_row(rule: &Rule, look: Look) -> Canvas {
    let mut canvas = Canvas::new(look);
    let line = if rule.file.is_empty() { String::new() } else { rule.line.to_string() };
    canvas.put(Ink::Faint, &format!("{line:>4}")).put(Ink::Plain, "  ");
    canvas.put(Ink::Decision(line::decision(rule.decision)), rule.decision).to(16);
    command(&mut canvas, &rule.rule);
    canvas
}

/// A place as messages name it.
fn place(rule: &Rule) -> String {
    if rule.file.is_empty() { rule.layer.to_owned() } else { format!("{}:{}", rule.file, rule.line) }
}

/// The page about a rule.
pub fn rule(rule: &Rule, look: Look) -> Canvas {
    let mut canvas = Canvas::new(look);
    canvas.put(Ink::Decision(line::decision(rule.decision)), rule.decision).end().end();
    canvas.to(2).flow(Ink::Code, &rule.rule, 4).end().end();
    for (name, words) in [("layer", rule.layer), ("in", &place(rule)), ("id", rule.id.as_deref().unwrap_or_default())] {
        if !words.is_empty() {
            canvas.entry((Ink::Faint, name), (Ink::Plain, words));
        }
    }
    canvas
}

/// A line in the terminal's colours.
fn painted(line: &Stretches, look: Look, chosen: bool) -> Line<'static> {
    let base = if chosen { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    let mut spans: Vec<Span<'static>> = line
        .iter()
        .map(|(ink, words)| Span::styled(words.clone(), if look.color { style(*ink) } else { base }))
        .collect();
    if chosen {
        let used: usize = line.iter().map(|(_, words)| sanitize::columns(words)).sum();
        spans.push(Span::raw(" ".repeat(look.width.saturating_sub(used))));
    }
    Line::from(spans).style(base)
}

/// An ink in ratatui's words.
fn style(ink: Ink) -> Style {
    let ink = ink.style();
    let color = |color: Option<anstyle::Color>| match color {
        Some(anstyle::Color::Ansi(AnsiColor::Black)) => Some(Color::Black),
        Some(anstyle::Color::Ansi(AnsiColor::Red)) => Some(Color::Red),
        Some(anstyle::Color::Ansi(AnsiColor::Green)) => Some(Color::Green),
        Some(anstyle::Color::Ansi(AnsiColor::Yellow)) => Some(Color::Yellow),
        Some(anstyle::Color::Ansi(AnsiColor::Cyan)) => Some(Color::Cyan),
        _ => None,
    };
    let mut style = Style { fg: color(ink.get_fg_color()), bg: color(ink.get_bg_color()), ..Style::default() };
    for (effect, modifier) in [(Effects::BOLD, Modifier::BOLD), (Effects::DIMMED, Modifier::DIM)] {
        if ink.get_effects().contains(effect) {
            style = style.add_modifier(modifier);
        }
    }
    style
}
