//! `guardian explain` as a page: the answer, the command with its parts named, the evidence, the box, and what would
//! change the answer. Only words what the trace holds.

use crate::render::canvas::{Canvas, Ink};
use crate::render::change::Change;
use crate::render::command::{self, Mark};
use crate::render::evidence;
use crate::render::phrase;
use crate::render::sheet::Sheet;
use guardian_engine::shell::Span;
use guardian_engine::{Effect, Finding, Invoked, RiskLevel, Trace, Unit};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Parts that are named before the harmless rest is counted.
const MAX_MARKS: usize = 16;
/// Characters of an id that tell it apart from any other a person has seen.
const SHORT_ID: usize = 8;

/// Draws the page.
pub fn draw(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    draw_brief(canvas, sheet);
    evidence::draw(canvas, sheet);
    evidence::draw_box(canvas, sheet);
    changes(canvas, sheet.changes);
}

/// Draws the answer, and the command with its parts named.
pub fn draw_brief(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    headline(canvas, sheet);
    canvas.end();
    let units = units(sheet.trace);
    let (marks, omitted) = marks(sheet, &units);
    command::draw(canvas, &sheet.shown.text, &marks);
    if omitted > 0 {
        let words = if omitted == 1 { "part" } else { "parts" };
        canvas.to(2).put(Ink::Faint, &format!("and {omitted} more {words}, none riskier")).end();
    }
}

/// The line to read if only one is read, and the sentence after it.
fn headline(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let dot = canvas.sign(" · ", " - ");
    let badge =
        if canvas.look().color { format!(" {} ", sheet.decision.as_str()) } else { sheet.decision.as_str().to_owned() };
    canvas
        .put(Ink::Badge(sheet.decision), &badge)
        .put(Ink::Faint, dot)
        .put(Ink::Risk(sheet.risk), &format!("{} risk", sheet.risk.as_str()))
        .put(Ink::Faint, dot)
        .put(Ink::Plain, sheet.placement.as_str());
    let id: String = sheet.command_id.chars().take(SHORT_ID).collect();
    if canvas.room() < SHORT_ID + 3 {
        canvas.end();
    } else {
        canvas.put(Ink::Faint, dot);
    }
    canvas.put(Ink::Faint, &id).end();
    canvas.flow(Ink::Strong, sheet.reason, 0).end();
}

/// A command of the script with all that is known of it.
#[derive(Debug, Default)]
struct Parts<'a> {
    invoked: Option<&'a Invoked>,
    effects: Vec<&'a Effect>,
    findings: Vec<&'a Finding>,
}

fn units(trace: &Trace) -> BTreeMap<Unit, Parts<'_>> {
    let mut units: BTreeMap<Unit, Parts<'_>> = BTreeMap::new();
    for invoked in trace.invocations() {
        units.entry(invoked.unit).or_default().invoked = Some(invoked);
    }
    for (unit, effect) in trace.effects() {
        units.entry(unit).or_default().effects.push(effect);
    }
    for finding in trace.findings() {
        units.entry(finding.unit).or_default().findings.push(finding);
    }
    units
}

/// The marks to draw, and how many were left out because there are too many.
fn marks(sheet: &Sheet<'_>, units: &BTreeMap<Unit, Parts<'_>>) -> (Vec<Mark>, usize) {
    let mut marks: Vec<Mark> = Vec::new();
    for parts in units.values() {
        for mark in marks_of(sheet, parts) {
            match marks.iter_mut().find(|other| other.span == mark.span) {
                Some(other) => merge(other, mark),
                None => marks.push(mark),
            }
        }
    }
    let omitted = marks.len().saturating_sub(MAX_MARKS);
    if omitted > 0 {
        marks.sort_by_key(|mark| (Reverse(mark.risk), mark.span.start));
        marks.truncate(MAX_MARKS);
    }
    (marks, omitted)
}

/// Code in a word runs where the word stands: what is said of one place is said together.
fn merge(mark: &mut Mark, other: Mark) {
    mark.risk = mark.risk.max(other.risk);
    mark.focus = mark.focus.or(other.focus);
    if mark.label == phrase::NOTHING {
        mark.label = other.label;
    } else if other.label != phrase::NOTHING && !mark.label.contains(&other.label) {
        mark.label = format!("{}; {}", mark.label, other.label);
    }
}

fn marks_of(sheet: &Sheet<'_>, parts: &Parts<'_>) -> Vec<Mark> {
    let findings = parts.findings.iter();
    let Some(invoked) = parts.invoked else {
        return findings.filter_map(|finding| finding_mark(sheet, finding)).collect();
    };
    let risk = findings.map(|finding| finding.risk).max().unwrap_or_default();
    let mut label = phrase::summary(&parts.effects, sheet.standpoint);
    let span = sheet.shown.place(invoked.span);
    let written = span.of(&sheet.shown.text).trim_start_matches(['\\', '"', '\'']);
    let program = &*invoked.program;
    if !program.is_empty() && !written.starts_with(program) && label != phrase::NOTHING {
        label = format!("{program}: {label}");
    }
    let focus = focus(sheet, parts, span);
    vec![Mark { span, focus, risk, label }]
}

/// What a finding about the script as a whole points to, if it points to a part of it.
fn finding_mark(sheet: &Sheet<'_>, finding: &Finding) -> Option<Mark> {
    let span = sheet.shown.place(finding.span);
    let whole = span.start == 0 && span.end as usize >= sheet.shown.text.trim_end().len();
    (span.start < span.end && !whole).then(|| Mark {
        span,
        focus: None,
        risk: finding.risk,
        label: finding.justification.clone().into_owned(),
    })
}

/// The words of the command that its worst finding is about.
fn focus(sheet: &Sheet<'_>, parts: &Parts<'_>, whole: Span) -> Option<Span> {
    let bad = parts.findings.iter().filter(|finding| finding.risk > RiskLevel::Low);
    bad.map(|finding| (finding.risk, sheet.shown.place(finding.span)))
        .filter(|(_, span)| span.start < span.end && whole.start <= span.start && span.end <= whole.end)
        .max_by_key(|(risk, span)| (*risk, Reverse(span.end - span.start)))
        .map(|(_, span)| span)
}

fn changes(canvas: &mut Canvas, changes: &[Change]) {
    if changes.is_empty() {
        return;
    }
    canvas.end().put(Ink::Strong, "what would change the answer").end();
    for change in changes {
        canvas.to(2).flow(Ink::Code, &change.how, 4);
        if !change.then.is_empty() {
            let arrow = canvas.sign("  → ", "  -> ");
            if canvas.room() < change.then.len() + arrow.len() {
                canvas.end().to(2);
            }
            canvas.put(Ink::Faint, arrow).flow(Ink::Plain, &change.then, 6);
        }
        canvas.end();
    }
}
