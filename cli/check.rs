//! `guardian check`: a verdict for scripts, by exit status or in JSON; and the stream of them.

use crate::failure::{Exit, Failure};
use crate::input::{self, ProposalLine};
use crate::memory::ledger::Asker;
use crate::options::{AskArgs, PolicyArgs};
use crate::output;
use crate::render::wire::{self, VerdictLine};
use crate::sanitize;
use crate::setup::{self, Setup};
use clap::Args;
use guardian_engine::Proposal;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::path::PathBuf;

/// What `--help` adds.
pub const HELP: &str = "\
Examples:
  guardian check 'git push' || echo 'not by itself'
  guardian check --jsonl - < proposals.jsonl

Exit status: 0 allow, 10 prompt, 20 forbidden, 2 usage or configuration error, 1 internal error. With --jsonl: 0 \
when every line was a proposal, 2 when some were not (their verdicts have an `error`).

Do not wire this command into an agent as a hook: many hosts take every status but 2 for consent.";

/// `guardian check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Judge the proposals in FILE (or on the standard input, `-`), one JSON object a line, and answer each with one line
    #[arg(long, value_name = "FILE", conflicts_with = "words")]
    pub jsonl: Option<PathBuf>,
    /// What is asked about.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// Answers.
pub fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    output::set_manner(args.ask.output);
    match &args.jsonl {
        Some(source) => stream(&args.ask.policy, source),
        None => single(&args.ask),
    }
}

fn single(args: &AskArgs) -> Result<Exit, Failure> {
    let command = input::command(&args.proposal.words)?;
    let setup = Setup::once(&args.policy)?;
    let judged = setup.answer(setup.request(command), &Asker::at("check"));
    let line = VerdictLine::new(None, &judged, &setup.config.warnings);
    if args.output.json {
        output::data(&wire::pretty(&line))?;
    } else if !args.output.quiet {
        let verdict = &judged.verdict;
        let reason = sanitize::line(&line.reason);
        output::data(&format!(
            "{}, {} risk, {}: {reason}\n",
            verdict.decision.as_str(),
            verdict.risk.as_str(),
            verdict.placement.as_str()
        ))?;
    }
    Ok(judged.verdict.decision.into())
}

/// More than this on one line is not a proposal.
const MAX_LINE: usize = 2 * input::MAX_COMMAND;

fn stream(policy: &PolicyArgs, source: &Path) -> Result<Exit, Failure> {
    let setup = Setup::new(policy)?;
    if source.as_os_str() == "-" {
        if output::stdin_is_terminal() {
            output::note("reading proposals from the terminal, one JSON object a line");
        }
        return answer_all(&setup, BufReader::with_capacity(1 << 16, io::stdin().lock()));
    }
    let file =
        File::open(source).map_err(|error| Failure::usage(format!("cannot read {}: {error}", source.display())))?;
    answer_all(&setup, BufReader::with_capacity(1 << 16, file))
}

/// One answer for each line, in order. Answers are sent on whenever no further line is waiting, so that a caller who
/// asks one at a time gets each answer at once, and one who sends a file does not pay for a write each.
fn answer_all<R: io::Read>(setup: &Setup, mut lines: BufReader<R>) -> Result<Exit, Failure> {
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let asker = Asker::at("check");
    setup.ledger.write_together();
    let mut exit = Exit::Done;
    let mut number = 0u64;
    loop {
        if !lines.buffer().contains(&b'\n') {
            written(setup);
            if !send(out.flush())? {
                return Ok(exit);
            }
        }
        let Some(line) = next_line(&mut lines)? else {
            break;
        };
        number += 1;
        let answer = match line {
            Ok(line) => answer(setup, &asker, &line),
            Err(length) => Err((format!("the line has {length} bytes, more than {MAX_LINE}"), None)),
        };
        let verdict = answer.unwrap_or_else(|(error, id)| {
            exit = Exit::Usage;
            VerdictLine::unreadable(id, format!("line {number}: {error}"))
        });
        let mut text = wire::compact(&verdict);
        text.push('\n');
        if out.buffer().len() + text.len() >= out.capacity() {
            written(setup);
        }
        if !send(out.write_all(text.as_bytes()))? {
            return Ok(exit);
        }
    }
    written(setup);
    send(out.flush())?;
    Ok(exit)
}

/// Verdicts are written down before they are sent. Where they must be, that has happened already.
fn written(setup: &Setup) {
    if let Err(why) = setup.ledger.write() {
        setup.ledger.lost(&why);
    }
}

/// Whether there is still someone to write to.
fn send(result: io::Result<()>) -> Result<bool, Failure> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        result => output::finish(result).map(|()| true),
    }
}

/// Why a line has no verdict, and whose it was.
type Unreadable = (String, Option<input::Id>);

fn answer(setup: &Setup, asker: &Asker, line: &[u8]) -> Result<VerdictLine, Unreadable> {
    let mut proposal = ProposalLine::parse(line)?;
    let id = proposal.id.clone();
    let unreadable = |error: String| (error, id.clone());
    let command = proposal.take_command().map_err(unreadable)?;
    let permissions = proposal.take_permissions().map_err(unreadable)?;
    let cwd = match proposal.cwd.take() {
        None => setup.cwd.clone(),
        Some(cwd) if cwd.starts_with('/') => {
            setup::existing_folder(Path::new(&cwd), "cwd").map_err(|failure| unreadable(failure.message))?
        }
        Some(cwd) => return Err(unreadable(format!("cwd {cwd} is not an absolute path"))),
    };
    let request =
        setup.request_for(Proposal { command, cwd, permissions, justification: proposal.justification.take() });
    // One hostile proposal must not take the answers of the others with it.
    let decide = std::panic::AssertUnwindSafe(|| {
        VerdictLine::new(id.clone(), &setup.answer(request, asker), &setup.config.warnings)
    });
    std::panic::catch_unwind(decide).map_err(|_| unreadable("judging it failed; please report this".to_owned()))
}

/// The next line without its line break, or how long it was if it is too long to be one.
fn next_line(input: &mut impl BufRead) -> Result<Option<Result<Vec<u8>, usize>>, Failure> {
    let mut line = Vec::new();
    let mut length = 0usize;
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(Failure::usage(format!("cannot read the proposals: {error}")));
            }
        };
        if chunk.is_empty() {
            return Ok((length > 0).then_some(ended(line, length)));
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        length += part.len();
        if length <= MAX_LINE {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(ended(line, length)));
        }
    }
}

fn ended(line: Vec<u8>, length: usize) -> Result<Vec<u8>, usize> {
    if length <= MAX_LINE { Ok(line) } else { Err(length) }
}
