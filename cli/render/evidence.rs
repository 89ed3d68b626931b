//! The evidence behind a verdict and the box that comes with it, as two short tables.

use crate::config::key::{approval_name, mode_name};
use crate::config::place::MINIMAL;
use crate::render::canvas::{Canvas, Ink};
use crate::render::sheet::Sheet;
use crate::sanitize;
use guardian_engine::{
    Confinement, Decision, Finding, Network, Placement, Reads, Relaxation, RiskLevel, Source, Step, Writes,
};
use std::cmp::Reverse;

/// Findings that are listed before the rest is counted.
const MAX_FINDINGS: usize = 10;
/// Column at which the words of a table start.
const WORDS: usize = 13;

/// One row of the table of evidence.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    decision: Option<Decision>,
    risk: RiskLevel,
    tag: &'static str,
    words: String,
    source: String,
    times: usize,
}

/// Draws the evidence, what decided first.
pub fn draw(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let mut rows = rows(sheet);
    rows.sort_by_key(|row| Reverse((row.decision, row.risk)));
    let omitted = rows.len().saturating_sub(MAX_FINDINGS);
    rows.truncate(MAX_FINDINGS);
    for row in rows.iter_mut().filter(|row| row.times > 1) {
        row.words = format!("{} ({} times)", row.words, row.times);
    }
    if rows.is_empty() {
        return;
    }
    canvas.end().put(Ink::Strong, "why").end();
    let widest = rows.iter().map(|row| sanitize::columns(&sanitize::line(&row.words))).max();
    let source_column = WORDS + widest.unwrap_or_default().min(canvas.look().width / 2) + 2;
    for row in &rows {
        draw_row(canvas, row, source_column);
    }
    if omitted > 0 {
        canvas.to(WORDS).put(Ink::Faint, &format!("and {omitted} more (--json has all)")).end();
    }
}

fn draw_row(canvas: &mut Canvas, row: &Row, source_column: usize) {
    let ink = match row.decision {
        Some(decision) => Ink::Decision(decision),
        None => Ink::Risk(row.risk),
    };
    canvas.to(2).put(ink, row.tag).to(WORDS);
    canvas.flow(Ink::Plain, &row.words, WORDS);
    if !row.source.is_empty() {
        let width = canvas.look().width;
        let used = width - canvas.room();
        let column = source_column.max(used + 2);
        if column + sanitize::columns(&sanitize::line(&row.source)) <= width {
            canvas.to(column);
        } else {
            canvas.end().to(WORDS);
        }
        canvas.flow(Ink::Faint, &row.source, WORDS);
    }
    canvas.end();
}

/// The findings as rows, each said once; of the low ones only those that decided.
fn rows(sheet: &Sheet<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for step in sheet.trace.steps() {
        let row = match step {
            Step::Found(finding) if telling(finding, sheet.decision) => finding_row(finding),
            Step::Relaxed { by, .. } => relaxed_row(by),
            _ => continue,
        };
        match rows.iter_mut().find(|other| same(other, &row)) {
            Some(other) => other.times += 1,
            None => rows.push(row),
        }
    }
    rows
}

fn same(one: &Row, other: &Row) -> bool {
    (one.tag, &one.words, &one.source, one.risk) == (other.tag, &other.words, &other.source, other.risk)
}

/// Whether the finding helps to understand the verdict. Those that would have led to a milder one do not.
fn telling(finding: &Finding, decision: Decision) -> bool {
    match finding.decision {
        Some(decided) => decided >= decision,
        None => finding.risk > RiskLevel::Low || decision == Decision::Allow,
    }
}

fn finding_row(finding: &Finding) -> Row {
    let tag = match finding.decision {
        Some(decision) => decision.as_str(),
        None => finding.risk.as_str(),
    };
    let source = match &finding.source {
        Source::Reading => "reading the command".to_owned(),
        Source::Limit => "limit".to_owned(),
        Source::Risk(row) => format!("risk table: {row}"),
        Source::Matrix(row) => format!("policy table: {row}"),
        Source::Rule { rule, origin } if origin.is_empty() => rule.to_string(),
        Source::Rule { rule, origin } => format!("{origin}: {rule}"),
        Source::Configuration => "configuration".to_owned(),
        Source::Reviewer => "reviewer".to_owned(),
    };
    Row {
        decision: finding.decision,
        risk: finding.risk,
        tag,
        words: finding.justification.clone().into_owned(),
        source,
        times: 1,
    }
}

fn relaxed_row(by: &Relaxation) -> Row {
    let (words, source) = match by {
        Relaxation::Rule(rule) => ("a rule allows it", rule.to_string()),
        Relaxation::Opinion => ("the reviewer finds it authorised", String::new()),
        Relaxation::Consent => ("a person consented", String::new()),
    };
    Row {
        decision: Some(Decision::Allow),
        risk: RiskLevel::Low,
        tag: Decision::Allow.as_str(),
        words: words.to_owned(),
        source,
        times: 1,
    }
}

/// Draws the box.
pub fn draw_box(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    canvas.end().put(Ink::Strong, "box");
    canvas.put(Ink::Faint, "  ");
    canvas.flow(Ink::Plain, &placed(sheet), 5).end();
    for need in sheet.needs {
        canvas.to(2).put(Ink::Decision(Decision::Prompt), "needs").to(WORDS);
        canvas.flow(Ink::Plain, need, WORDS).end();
    }
    if sheet.placement != Placement::Unsandboxed {
        for (name, words) in permits(sheet.confinement, |path| sheet.standpoint.path(path)) {
            canvas.to(2).put(Ink::Faint, name).to(WORDS);
            canvas.flow(Ink::Plain, &words, WORDS).end();
        }
    }
}

fn placed(sheet: &Sheet<'_>) -> String {
    let mode = mode_name(sheet.policy.sandbox);
    let policy = approval_name(&sheet.policy.approval);
    let verb = match sheet.decision {
        Decision::Allow => "runs",
        Decision::Prompt => "if approved, runs",
        Decision::Forbidden => "would have run",
    };
    let place = match sheet.placement {
        Placement::Sandboxed => "in the sandbox",
        Placement::Widened => "in the sandbox, widened by what it needs",
        Placement::Unsandboxed => "without a sandbox",
    };
    format!("{verb} {place} (mode {mode}, policy {policy})")
}

/// What a box permits, as rows of a name and words.
pub fn permits(confinement: &Confinement, path: impl Fn(&str) -> String) -> Vec<(&'static str, String)> {
    let writes = match &confinement.writes {
        Writes::Nowhere => "nowhere".to_owned(),
        Writes::Everywhere => "everywhere".to_owned(),
        Writes::Below(roots) => {
            let protected = roots.iter().any(|root| !root.protected.is_empty());
            let roots: Vec<String> = roots.iter().map(|root| folder(&root.path, &path)).collect();
            let but = if protected { ", but not .git/hooks, .git/config and other settings that run code" } else { "" };
            format!("{}{but}", roots.join(", "))
        }
    };
    let network = match &confinement.network {
        Network::Offline => "off".to_owned(),
        Network::Forbidden => "off, and nobody here can grant it".to_owned(),
        Network::Hosts(hosts) => format!("only {hosts}"),
        Network::Online => "on".to_owned(),
    };
    let mut rows = vec![("writes", writes), ("network", network)];
    if let Reads::Below(places) = &confinement.reads {
        let system: Vec<String> = MINIMAL.iter().map(|place| crate::config::place::resolved(place)).collect();
        let is_system = |place: &String| system.contains(place);
        let named = places.iter().filter(|place| !is_system(place)).map(|place| folder(place, &path));
        let system = places.iter().any(is_system);
        let words: Vec<String> = named.chain(system.then(|| "what programs need to start".to_owned())).collect();
        let beside = if confinement.writes == Writes::Nowhere { "" } else { "what may be written" };
        let words = words.into_iter().chain([beside.to_owned()]).filter(|word| !word.is_empty());
        let words: Vec<String> = words.collect();
        rows.insert(0, ("reads", if words.is_empty() { "nowhere".to_owned() } else { words.join(", ") }));
    }
    if confinement.denies_reads() {
        let patterns = confinement.denied_patterns.iter().map(ToString::to_string);
        let denied: Vec<String> = confinement.denied_reads.iter().map(|denied| path(denied)).chain(patterns).collect();
        rows.push(("not read", denied.join(", ")));
    }
    if !confinement.opened.is_empty() {
        let opened: Vec<String> = confinement.opened.iter().map(|opened| path(opened)).collect();
        rows.push(("but", opened.join(", ")));
    }
    if !confinement.sockets.is_empty() {
        rows.push(("sockets", confinement.sockets.join(", ")));
    }
    rows
}

/// A folder, which a lone `.` would not make clear.
fn folder(path: &str, shorten: &impl Fn(&str) -> String) -> String {
    match shorten(path).as_str() {
        "." => path.to_owned(),
        short => short.to_owned(),
    }
}
