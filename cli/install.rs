//! `guardian install` and `guardian uninstall`: put guardian's hooks into an agent's settings, and take them out. The
//! change is shown, the file is kept as it was beside guardian's state, and everything else in it stays byte for byte.

pub mod args;
pub mod diff;
pub mod entries;
pub mod jsonc;
pub mod plan;

use crate::config::place::Places;
use crate::failure::{Exit, Failure};
use crate::hook::host::{Host, Silence};
use crate::hook::rewrite;
use crate::look::Look;
use crate::options::OutputArgs;
use crate::output;
use crate::private;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::setup;
use args::{InstallArgs, UninstallArgs};
use guardian_engine::Decision;
use plan::{Content, Plan, Scope};
use serde::Serialize;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Puts the hooks in.
pub fn install(args: &InstallArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let host = args.host;
    if args.enforce && !host.enforces() {
        return Err(Failure::usage(format!(
            "{} lets no hook change a command, so its commands cannot be put into guardian's box",
            host.name()
        ))
        .help("install without --enforce: it is asked and denied all the same"));
    }
    let places = Places::of_host();
    let command = command(host, args.enforce)?;
    let mut changes = Vec::new();
    for plan in plans(host, args.scope, &places, &command)? {
        let before = read(&plan.path)?;
        let after = match &plan.content {
            Content::Entries { top, entries } => {
                let text = before.clone().unwrap_or_else(|| "{}\n".to_owned());
                entries::merged(&text, host, top.as_ref(), entries).map_err(|error| unreadable(&plan.path, &error))?
            }
            Content::Own { text, .. } => {
                if before.as_ref().is_some_and(|text| !entries::is_our_file(text, host)) {
                    return Err(Failure::usage(format!("{} is not guardian's", plan.path.display()))
                        .help("move it away, or call the hook from it yourself"));
                }
                text.clone()
            }
        };
        let how = How { output: args.output, dry: args.dry_run };
        changes.push(change(&places, &plan, before.as_deref(), Some(&after), how)?);
        if let Some(note) = plan.note {
            output::note(note);
        }
    }
    hints(host, args.enforce);
    told(&changes, args.output)
}

/// Takes the hooks out.
pub fn uninstall(args: &UninstallArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let places = Places::of_host();
    let mut changes = Vec::new();
    for plan in plans(args.host, args.scope, &places, "guardian")? {
        let before = read(&plan.path)?;
        let after = match (&before, &plan.content) {
            (None, _) => None,
            (Some(text), Content::Own { .. }) => {
                let ours = entries::is_our_file(text, args.host);
                (!ours).then(|| text.clone())
            }
            (Some(text), Content::Entries { .. }) => {
                let left = entries::without(text, args.host).map_err(|error| unreadable(&plan.path, &error))?;
                (left == *text || !entries::is_empty(&left)).then_some(left)
            }
        };
        let how = How { output: args.output, dry: args.dry_run };
        changes.push(change(&places, &plan, before.as_deref(), after.as_deref(), how)?);
    }
    told(&changes, args.output)
}

/// The hook's command line.
pub fn command(host: Host, enforce: bool) -> Result<String, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::internal(format!("guardian's own path cannot be told: {error}")))?;
    let program = program.to_str().ok_or_else(|| Failure::usage("guardian's own path is not UTF-8"))?;
    let program = rewrite::quote(program).map_err(Failure::usage)?;
    let enforce = if enforce { " --enforce" } else { "" };
    Ok(format!("{program} hook {}{enforce}", host.name()))
}

/// The files of an agent here.
pub fn plans(host: Host, scope: Scope, places: &Places, command: &str) -> Result<Vec<Plan>, Failure> {
    if scope == Scope::User && !Path::new(&places.home).is_absolute() {
        return Err(Failure::usage("there is no home directory to install into"));
    }
    let here = setup::existing_folder(Path::new("."), "the current directory")?;
    let root = Path::new(&here)
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .map_or_else(|| PathBuf::from(&here), Path::to_path_buf);
    plan::of(host, scope, places, &root, command).map_err(Failure::usage)
}

/// The text of a file, if it is there.
pub fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::usage(format!("{} cannot be read: {error}", path.display()))),
    }
}

fn unreadable(path: &Path, error: &str) -> Failure {
    Failure::usage(format!("{} is not changed: {error}", path.display())).help("mend it first")
}

/// How a change is made, and told.
#[derive(Clone, Copy)]
struct How {
    output: OutputArgs,
    /// Only told.
    dry: bool,
}

/// What became of a file, for machines.
#[derive(Serialize)]
struct Change {
    file: String,
    /// `none`, `created`, `changed` or `removed`.
    change: &'static str,
    /// Lines that go (`-`), that come (`+`), and their neighbours.
    diff: Vec<String>,
    /// Whether it was made, or would have been.
    made: bool,
    /// Where the file is as it was.
    backup: Option<String>,
}

/// Tells machines of all of them.
fn told(changes: &[Change], output: OutputArgs) -> Result<Exit, Failure> {
    if output.json {
        output::data(&wire::pretty(&changes))?;
    }
    Ok(Exit::Done)
}

/// Shows the change, and makes it.
fn change(
    places: &Places,
    plan: &Plan,
    before: Option<&str>,
    after: Option<&str>,
    how: How,
) -> Result<Change, Failure> {
    let shown = places.shown(&plan.path);
    let mut change = Change { file: shown.clone(), change: "none", diff: Vec::new(), made: false, backup: None };
    if before == after {
        if !how.output.json {
            output::data(&format!("{shown}: nothing to change\n"))?;
        }
        return Ok(change);
    }
    let head;
    (change.change, head) = match (before, after) {
        (None, _) => ("created", "new file"),
        (_, None) => ("removed", "removed"),
        _ => ("changed", "changed"),
    };
    let mut canvas = Canvas::new(Look::stdout(how.output.color));
    canvas.put(Ink::Strong, &shown).put(Ink::Plain, ": ").put(Ink::Plain, head).end();
    for (mark, line) in diff::lines(before.unwrap_or_default(), after.unwrap_or_default()) {
        let ink = match mark {
            '+' => Ink::Decision(Decision::Allow),
            '-' => Ink::Decision(Decision::Forbidden),
            _ => Ink::Faint,
        };
        canvas.put(ink, &format!("  {mark} {line}")).end();
        change.diff.push(format!("{mark} {line}"));
    }
    if !how.output.json {
        output::data(&canvas.finish())?;
    }
    if how.dry {
        output::note("nothing is written, as it is a dry run");
        return Ok(change);
    }
    let failed = |error: io::Error| Failure::usage(format!("{shown} cannot be written: {error}"));
    if let Some(before) = before {
        let kept = places.shown(&back_up(places, &plan.path, before).map_err(failed)?);
        output::note(&format!("as it was: {kept}"));
        change.backup = Some(kept);
    }
    let runs = matches!(plan.content, Content::Own { runs: true, .. });
    match after {
        Some(after) => write(&plan.path, after, runs).map_err(failed)?,
        None => fs::remove_file(&plan.path).map_err(failed)?,
    }
    change.made = true;
    Ok(change)
}

/// Keeps a file's text below the state directory.
fn back_up(places: &Places, path: &Path, text: &str) -> io::Result<PathBuf> {
    let folder = places.state.join("backups");
    private::folder(&folder)?;
    let name = path.to_string_lossy().replace(['/', '.'], "_");
    let free = (1..10_000)
        .map(|number| folder.join(format!("{}.{number}", name.trim_start_matches('_'))))
        .find(|path| !path.exists())
        .ok_or_else(|| io::Error::other("there are too many backups"))?;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&free)?;
    file.write_all(text.as_bytes())?;
    Ok(free)
}

/// Replaces a file as a whole, where it really is, with the mode it had.
fn write(path: &Path, text: &str, runs: bool) -> io::Result<()> {
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        // What a link leads to that is not there yet, whoever made the link knows.
        Err(_) if path.is_symlink() => return Err(io::Error::other("it is a link that leads nowhere")),
        Err(_) => path.to_path_buf(),
    };
    let folder = target.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let fresh = if runs { 0o755 } else { 0o644 };
    let mode = fs::metadata(&target).map_or(fresh, |meta| meta.permissions().mode() & 0o777);
    let temporary = folder.join(format!(".guardian.{}", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.set_permissions(fs::Permissions::from_mode(mode)))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, &target));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// What this agent's hooks cannot do, said once.
fn hints(host: Host, enforce: bool) {
    use crate::hook::host::Event;
    let honours = host.honours(Event::Before);
    if !honours.ask && honours.silence == Silence::Runs {
        output::note(&format!(
            "{} has no way to ask for a hook, so what needs a question is denied (--unasked host in the hook's command \
             leaves it to the agent)",
            host.name()
        ));
    }
    if !honours.allow && !host.events().iter().any(|(_, event)| host.honours(*event).allow) {
        output::note(&format!("{} takes no approvals from hooks, and may ask besides", host.name()));
    }
    if !enforce && host.enforces() {
        output::note("commands run in the agent's own way; --enforce puts each into guardian's box");
    }
}
