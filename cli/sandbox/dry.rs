//! `guardian sandbox --dry-run`: shows what a command would have changed, and applies it or lets it go.

use super::Apply;
use super::needs::Needs;
use crate::failure::{Exit, Failure};
use crate::install::diff;
use crate::look::Look;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::sandbox_report::{self, From};
use crate::setup::Setup;
use crate::tty::{Answer, Tty};
use guardian_engine::Decision;
use guardian_sandbox::{Access, Change, Kind, Layer, Outcome, Row};
use std::io;
use std::path::Path;

/// Changes that are listed for a person; there may be many thousands.
const MOST_LISTED: usize = 100;
/// Lines of difference shown of one file.
const MOST_LINES: usize = 20;
/// Larger files are only named.
const LARGEST: u64 = 64 * 1024;

/// A dry run that is over.
pub struct Run<'a> {
    /// How it ended.
    pub outcome: Outcome,
    /// What it wrote.
    pub layer: Layer,
    /// The box.
    pub setup: &'a Setup,
    /// Whether a machine reads the report.
    pub json: bool,
    /// What to apply, if that is settled.
    pub apply: Option<Apply>,
}

/// A change, and whether the box would have let it be.
struct Judged<'a> {
    change: &'a Change,
    against: Option<Row>,
}

/// Shows a dry run, asks where that is wanted, and applies.
pub fn settle(run: &Run<'_>) -> Result<Exit, Failure> {
    let failed = |error: io::Error| Failure::internal(format!("the layer cannot be read: {error}"));
    let changes = run.layer.changes().map_err(failed)?;
    let policy = run.setup.policy();
    let row = |change: &Change| Some(guardian_sandbox::denial(&policy.confinement, &Access::Write(&change.path))?.row);
    let judged: Vec<Judged<'_>> = changes.iter().map(|change| Judged { against: row(change), change }).collect();
    let needs = Needs::of(&changes, run.outcome.refused.as_deref().unwrap_or_default(), &policy.confinement);
    let profile = needs.profile(policy.sandbox);
    if !run.json {
        output::talk(&page(run, &judged, &needs, profile.as_deref()));
    }
    let apply = match run.apply {
        Some(apply) => apply,
        None if run.json || judged.is_empty() => Apply::None,
        None => ask(&judged).map_err(|error| Failure::internal(format!("cannot ask on the terminal: {error}")))?,
    };
    let chosen: Vec<&Change> = judged
        .iter()
        .filter(|judged| apply == Apply::All || (apply == Apply::Permitted && judged.against.is_none()))
        .map(|judged| judged.change)
        .collect();
    let problems = run.layer.apply(&chosen);
    let problems: Vec<String> = problems.iter().map(|(path, error)| format!("{}: {error}", path.display())).collect();
    if run.json {
        let report = report(run, &judged, &needs, profile.as_deref(), (chosen.len(), &problems));
        output::talk(&(wire::compact(&report) + "\n"));
    } else {
        output::talk(&applied(&judged, chosen.len(), &problems));
    }
    Ok(if problems.is_empty() { Exit::Child(run.outcome.exit.code()) } else { Exit::RunFailed })
}

fn report(
    run: &Run<'_>,
    judged: &[Judged<'_>],
    needs: &Needs,
    profile: Option<&str>,
    (applied, problems): (usize, &[String]),
) -> serde_json::Value {
    let line = |judged: &Judged<'_>| {
        serde_json::json!({
            "path": judged.change.path.display().to_string(),
            "change": judged.change.kind.name(),
            "folder": judged.change.folder,
            "against": judged.against.map(Row::name),
        })
    };
    let mut report = sandbox_report::value(&run.outcome, From::Seen);
    if let Some(report) = report.as_object_mut() {
        report.insert("changes".into(), judged.iter().map(line).collect());
        report.insert("profile".into(), profile.into());
        report.insert("never".into(), needs.never.iter().cloned().collect());
        report.insert("applied".into(), applied.into());
        report.insert("problems".into(), problems.into());
    }
    report
}

fn page(run: &Run<'_>, judged: &[Judged<'_>], needs: &Needs, profile: Option<&str>) -> String {
    let mut canvas = Canvas::new(Look::stderr());
    let (exit, tier) = (run.outcome.exit.code(), run.outcome.enforcement.tier.name());
    let what = match judged.len() {
        0 => "nothing would have changed".to_owned(),
        1 => "this would have changed".to_owned(),
        count => format!("these {count} would have changed"),
    };
    canvas.put(Ink::Plain, "guardian: ").put(Ink::Strong, &format!("dry run: {what}"));
    canvas.put(Ink::Faint, &format!(" (exit {exit}, {tier})")).end();
    for judged in judged.iter().take(MOST_LISTED) {
        one(run, judged, &mut canvas);
    }
    if let Some(more) = judged.len().checked_sub(MOST_LISTED).filter(|more| *more > 0) {
        canvas.to(2).put(Ink::Faint, &format!("and {more} more, which --json lists")).end();
    }
    sandbox_report::details(&run.outcome, &mut canvas);
    match profile {
        Some(profile) => {
            canvas.put(Ink::Strong, "the smallest permission profile that permits it:").end();
            for line in profile.lines() {
                canvas.to(2).put(Ink::Code, line).end();
            }
        }
        None if needs.never.is_empty() => {
            canvas.put(Ink::Strong, "the box permits all of it").end();
        }
        None => {}
    }
    for never in &needs.never {
        canvas.to(2).put(Ink::Faint, "no profile permits: ").flow(Ink::Plain, never, 4).end();
    }
    canvas.finish()
}

fn one(run: &Run<'_>, judged: &Judged<'_>, canvas: &mut Canvas) {
    let Judged { change, against } = judged;
    let path = change.path.strip_prefix(&run.setup.cwd).unwrap_or(&change.path).display();
    let slash = if change.folder { "/" } else { "" };
    canvas.to(2).put(Ink::Plain, change.kind.name()).to(11);
    canvas.flow(Ink::Strong, &format!("{path}{slash}"), 11);
    if let Some(row) = against {
        canvas.put(Ink::Decision(Decision::Forbidden), &format!("  {}", row.name()));
    }
    canvas.end();
    let Some((old, new)) = texts(&run.layer, change) else {
        return;
    };
    let lines: Vec<_> = diff::lines(&old, &new).into_iter().filter(|(mark, _)| *mark != ' ').collect();
    for (mark, line) in lines.iter().take(MOST_LINES) {
        let ink = if *mark == '+' { Decision::Allow } else { Decision::Forbidden };
        let room = canvas.look().width.saturating_sub(14);
        let shown: String = line.chars().take(room).collect();
        canvas.to(11).put(Ink::Decision(ink), &format!("{mark} {shown}")).end();
    }
    if let Some(more) = lines.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
        canvas.to(11).put(Ink::Faint, &format!("and {more} lines more")).end();
    }
}

/// The old and the new text of a file; nothing if it is none, or too long to be looked at.
fn texts(layer: &Layer, change: &Change) -> Option<(String, String)> {
    let read = |path: &Path| {
        let data = path.symlink_metadata().ok().filter(|data| data.is_file() && data.len() <= LARGEST)?;
        (data.len() <= LARGEST).then(|| std::fs::read_to_string(path).ok()).flatten()
    };
    match change.kind {
        Kind::Made => Some((String::new(), read(&layer.place(change)?)?)),
        Kind::Changed => Some((read(&change.path)?, read(&layer.place(change)?)?)),
        Kind::Mode | Kind::Removed => None,
    }
}

/// Asks what to do with it.
fn ask(judged: &[Judged<'_>]) -> io::Result<Apply> {
    let Some(tty) = Tty::open() else {
        return Ok(Apply::None);
    };
    let permitted = judged.iter().filter(|judged| judged.against.is_none()).count();
    let mixed = permitted > 0 && permitted < judged.len();
    let question = if mixed {
        "[p] apply what the box permits  [a] apply everything  [d] discard (enter) "
    } else {
        "[a] apply  [d] discard (enter) "
    };
    tty.show(question)?;
    let answer = loop {
        match tty.key()? {
            Answer::Key('p' | 'P') if mixed => break Apply::Permitted,
            Answer::Key('a' | 'A') => break Apply::All,
            Answer::Key('d' | 'D' | 'n' | 'N' | 'q' | '\r' | '\n') | Answer::Gone => break Apply::None,
            Answer::Back => tty.show(question)?,
            Answer::Key(_) | Answer::Noise => {}
        }
    };
    tty.show("\n")?;
    Ok(answer)
}

fn applied(judged: &[Judged<'_>], chosen: usize, problems: &[String]) -> String {
    let mut canvas = Canvas::new(Look::stderr());
    let what = match (chosen, judged.len()) {
        (_, 0) => return String::new(),
        (0, _) => "nothing was applied".to_owned(),
        (some, all) => format!("{} of {all} applied", some.saturating_sub(problems.len())),
    };
    canvas.put(Ink::Plain, "guardian: ").put(Ink::Plain, &what).end();
    for problem in problems {
        canvas.to(2).put(Ink::Decision(Decision::Forbidden), "not applied: ").flow(Ink::Plain, problem, 4).end();
    }
    canvas.finish()
}
