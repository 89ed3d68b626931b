//! `guardian log`: what was decided, as a table, as JSON or as CSV; and whether the record is what was written.

use crate::config::place::Places;
use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::memory::chosen::{FilterArgs, failed, open};
use crate::memory::journal::{Code, now};
use crate::memory::line::{draw, outcome};
use crate::memory::store::ask::Filter;
use crate::memory::store::{Error, Store};
use crate::memory::when;
use crate::memory::{html, learn, stats};
use crate::options::OutputArgs;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::sanitize;
use clap::{Args, Subcommand};
use guardian_engine::Decision;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What `guardian log --help` ends with.
pub const HELP: &str = "\
Every verdict of check, run, hook and serve is recorded in the state directory, with what came of it. Secrets in \
commands are taken out; `[audit]` in config.toml says what is kept and for how long.";

/// `guardian log`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct LogArgs {
    /// What to do with the record.
    #[command(subcommand)]
    pub command: Option<LogCommand>,
    /// Show at most N, the latest [default: 50 in the table, all in JSON and CSV]
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<u64>,
    /// Answer in CSV
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Write a report that a browser opens, with nothing from the network, to FILE
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "csv"])]
    pub html: Option<PathBuf>,
    /// Take what was written into the database, and show nothing
    #[arg(long, hide = true)]
    pub take: bool,
    /// Send what was written to OpenTelemetry, until nothing comes any more
    #[cfg(feature = "otel")]
    #[arg(long, hide = true)]
    pub send: bool,
    /// Which verdicts.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What else can be done with the record.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Check that no row was changed, dropped or moved since it was written
    Verify(VerifyArgs),
}

/// `guardian log verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Check too that the record still holds the row that an earlier `log verify` ended with
    #[arg(long, value_name = "ROW:CODE")]
    pub end: Option<String>,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Answers.
pub fn log(args: &LogArgs) -> Result<Exit, Failure> {
    if let Some(LogCommand::Verify(args)) = &args.command {
        return verify(args);
    }
    output::set_manner(args.output);
    #[cfg(feature = "otel")]
    if args.send {
        return send();
    }
    let mut filter = args.filter.read()?;
    let store = open()?;
    if args.take {
        return Ok(Exit::Done);
    }
    if let Some(file) = &args.html {
        return report(&store, filter, file);
    }
    let all = args.csv || args.output.json;
    filter.limit = args.limit.or((!all).then_some(50));
    if all {
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let written = if args.csv { csv(&store, &filter, &mut out) } else { json(&store, &filter, &mut out) };
        return match written.and_then(|()| Ok(out.flush()?)) {
            Err(error) if gone(&error) => Ok(Exit::Done),
            Err(error) => Err(failed(&error)),
            Ok(()) => Ok(Exit::Done),
        };
    }
    let mut canvas = Canvas::new(Look::stdout(args.output.color));
    let mut count = 0u64;
    let shown = store.each(&filter, |entry| {
        count += 1;
        draw(&mut canvas, &entry);
        Ok(())
    });
    shown.map_err(|error| failed(&error))?;
    if count == 0 {
        output::note("there are no such verdicts");
    } else if args.limit.is_none() && Some(count) == filter.limit {
        output::note("these are the latest 50; -n shows more, --json and --csv all");
    }
    output::data(&canvas.finish())?;
    Ok(Exit::Done)
}

/// Sends, as the configuration files say.
#[cfg(feature = "otel")]
fn send() -> Result<Exit, Failure> {
    use crate::config::Config;
    use crate::memory::otel;
    use crate::options::PolicyArgs;
    use crate::setup;
    let places = Places::of_host();
    let args = PolicyArgs::default();
    let cwd = setup::working_directory(&args)?;
    let configured = || Config::load(&args, places.clone(), &cwd).ok().as_ref().and_then(otel::Settings::of);
    if configured().is_none() {
        return Err(Failure::usage("no endpoint is configured").help("set otel.endpoint in config.toml"));
    }
    let sent = otel::send(&places, configured)
        .map_err(|error| Failure::internal(format!("not everything could be sent: {error}")))?;
    output::note(&format!("{sent} rows were sent"));
    Ok(Exit::Done)
}

/// Questions and refusals that the report ends with.
const LATEST: u64 = 50;

/// Writes the report.
fn report(store: &Store, filter: Filter, file: &Path) -> Result<Exit, Failure> {
    let numbers = stats::numbers(store, &filter).map_err(|error| failed(&error))?;
    let lessons = learn::from_record(store, &filter, 200).map_err(|error| failed(&error))?;
    let mut latest = Vec::new();
    let mut stopped = Filter { limit: Some(LATEST), ..filter };
    if stopped.decisions.is_empty() {
        stopped.decisions = vec!["prompt".to_owned(), "forbidden".to_owned()];
    }
    let gathered = store.each(&stopped, |entry| {
        latest.push(entry);
        Ok(())
    });
    gathered.map_err(|error| failed(&error))?;
    let page = html::page(&html::Report { now: now(), numbers: &numbers, lessons: &lessons, latest: &latest });
    std::fs::write(file, page)
        .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", file.display())))?;
    output::note(&format!("{} has {} verdicts", file.display(), numbers.verdicts));
    Ok(Exit::Done)
}

/// Whether the reader went away, which is no failure.
fn gone(error: &Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn json(store: &Store, filter: &Filter, out: &mut impl Write) -> Result<(), Error> {
    store.each(filter, |entry| {
        let mut value = serde_json::to_value(&entry.verdict)?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("row".to_owned(), entry.seq.into());
            fields.insert("time".to_owned(), when::exact(entry.time).into());
            if !entry.events.is_empty() {
                let mut events = serde_json::to_value(&entry.events)?;
                for event in events.as_array_mut().into_iter().flatten().filter_map(|event| event.as_object_mut()) {
                    event.remove("id");
                    let time = event.get("time").and_then(serde_json::Value::as_u64).unwrap_or_default();
                    event.insert("time".to_owned(), when::exact(time).into());
                }
                fields.insert("events".to_owned(), events);
            }
        }
        writeln!(out, "{}", wire::compact(&value))?;
        Ok(())
    })
}

fn csv(store: &Store, filter: &Filter, out: &mut impl Write) -> Result<(), Error> {
    let head = "time,id,command_id,front,agent,session,cwd,command,programs,decision,risk,placement,who,reason,policy,\
                mode,cached,elapsed_us,outcome";
    writeln!(out, "{head}")?;
    store.each(filter, |entry| {
        let verdict = &entry.verdict;
        let fields = [
            &when::exact(entry.time),
            &verdict.id,
            &verdict.command_id,
            &verdict.front,
            &verdict.agent,
            &verdict.session,
            &verdict.cwd,
            &verdict.command,
            &verdict.programs.join(" "),
            &verdict.decision,
            &verdict.risk,
            &verdict.placement,
            &verdict.who,
            &verdict.reason,
            &verdict.policy,
            &verdict.mode,
            &verdict.cached.to_string(),
            &verdict.elapsed_us.to_string(),
            &outcome(&entry.events).unwrap_or_default(),
        ];
        let fields: Vec<String> = fields.into_iter().map(|field| field_of(field)).collect();
        writeln!(out, "{}", fields.join(","))?;
        Ok(())
    })
}

/// A field of CSV (RFC 4180). A spreadsheet takes what begins like a formula for one, so a quote keeps it text.
fn field_of(text: &str) -> String {
    let text = sanitize::lines(text);
    let text = text.trim_end_matches('\n');
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !formula && !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

fn verify(args: &VerifyArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let anchor = args.end.as_deref().map(anchor).transpose()?;
    let store = Store::open(&Places::of_host()).map_err(|error| failed(&error))?;
    let found = store.verify(anchor).map_err(|error| failed(&error))?;
    let end = format!("{}:{}", found.end.0, found.end.1);
    if args.output.json {
        let report = serde_json::json!({
            "sound": found.count == 0, "rows": found.rows, "first": found.first, "end": end,
            "problems": found.problems, "count": found.count,
        });
        output::data(&wire::pretty(&report))?;
    } else {
        let mut canvas = Canvas::new(Look::stdout(args.output.color));
        for problem in &found.problems {
            canvas.put(Ink::Decision(Decision::Forbidden), "wrong").to(8).flow(Ink::Plain, problem, 8).end();
        }
        let more = found.count.saturating_sub(found.problems.len() as u64);
        if more > 0 {
            canvas.to(8).put(Ink::Faint, &format!("and {more} more")).end();
        }
        let ink = Ink::Decision(if found.count == 0 { Decision::Allow } else { Decision::Forbidden });
        let words = if found.count == 0 { "sound" } else { "not sound" };
        canvas.put(ink, words).to(11).put(Ink::Plain, &format!("{} rows from row {}", found.rows, found.first)).end();
        canvas.put(Ink::Strong, "end").to(11).put(Ink::Plain, &end).end();
        output::data(&canvas.finish())?;
    }
    Ok(if found.count == 0 { Exit::Done } else { Exit::Internal })
}

fn anchor(words: &str) -> Result<(u64, Code), Failure> {
    let read = || {
        let (seq, code) = words.split_once(':')?;
        Some((seq.parse().ok()?, Code::read(code)?))
    };
    read().ok_or_else(|| Failure::usage("--end takes what an earlier `guardian log verify` ended with, as in 12:3f…"))
}
