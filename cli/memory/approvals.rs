//! `guardian approvals`: questions that nobody could be asked, and answers that were given.

use crate::config::place::Places;
use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::mac;
use crate::memory::decisions::{self, Decision, Said};
use crate::memory::journal::now;
use crate::memory::ledger;
use crate::memory::pending::{self, Pending};
use crate::memory::person;
use crate::memory::row::{self, Event};
use crate::options::OutputArgs;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::wire;
use crate::tty::{Answer, Tty};
use clap::{Args, Subcommand};
use guardian_engine::redact::Redactor;
use guardian_engine::{Decision as Verdict, RiskLevel};
use serde::Serialize;

/// What `guardian approvals --help` ends with.
pub const HELP: &str = "\
A question is named by the last eight characters of its proposal's id, as the agent is told them. An answer is only \
taken at a terminal that no agent owns; an attempt from elsewhere is refused and recorded. A yes holds for one run \
of the very command that was proposed, in its directory, session, policy and box, and for an hour.";

/// `guardian approvals`.
#[derive(Debug, Args)]
pub struct ApprovalsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ApprovalsCommand,
}

/// What can be done with approvals.
#[derive(Debug, Subcommand)]
pub enum ApprovalsCommand {
    /// List what waits for a person, and the answers that hold
    List(ListArgs),
    /// Show a question whole, with what it needs and who asks
    Show(ShowArgs),
    /// Let a command run that was asked about
    Approve(ApproveArgs),
    /// Say no to a command that was asked about, in the agent's session, and tell the agent why
    Deny(DenyArgs),
    /// Take an answer back, so that the command is asked about again
    Revoke(RevokeArgs),
}

/// `guardian approvals list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `guardian approvals show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The question
    #[arg(value_name = "ID")]
    pub id: String,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `guardian approvals approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// The question
    #[arg(value_name = "ID")]
    pub id: String,
    /// For as long as the agent's session lasts, at most twelve hours; not for high risk
    #[arg(long)]
    pub session: bool,
}

/// `guardian approvals deny`.
#[derive(Debug, Args)]
pub struct DenyArgs {
    /// The question
    #[arg(value_name = "ID")]
    pub id: String,
    /// What the agent is told when it proposes the command again
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub feedback: String,
}

/// `guardian approvals revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The question that was answered
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Does what was asked.
pub fn approvals(args: &ApprovalsArgs) -> Result<Exit, Failure> {
    let places = Places::of_host();
    match &args.command {
        ApprovalsCommand::List(args) => list(&places, args),
        ApprovalsCommand::Show(args) => show(&places, args),
        ApprovalsCommand::Approve(args) => approve(&places, args),
        ApprovalsCommand::Deny(args) => deny(&places, args),
        ApprovalsCommand::Revoke(args) => revoke(&places, args),
    }
}

/// Both lists, for machines.
#[derive(Serialize)]
struct Lists {
    pending: Vec<Pending>,
    answers: Vec<Decision>,
}

fn list(places: &Places, args: &ListArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let lists = Lists { pending: pending::all(places), answers: decisions::all(places) };
    if args.output.json {
        output::data(&wire::pretty(&lists))?;
        return Ok(Exit::Done);
    }
    if lists.pending.is_empty() && lists.answers.is_empty() {
        output::note("nothing waits for an answer, and no answer holds");
    }
    let mut canvas = Canvas::new(Look::stdout(args.output.color));
    for question in &lists.pending {
        canvas.put(Ink::Strong, short(&question.id)).to(10).put(Ink::Decision(Verdict::Prompt), "waits").to(18);
        canvas
            .put(Ink::Risk(risk(question)), &question.risk)
            .to(23)
            .put(Ink::Faint, &left(question.expires, now()))
            .to(32);
        canvas.put(Ink::Faint, &question.by).to(question.by.len().max(11) + 33);
        canvas.flow(Ink::Code, &question.command, 34).end();
    }
    for answer in &lists.answers {
        let ink = Ink::Decision(if answer.said == Said::Deny { Verdict::Forbidden } else { Verdict::Allow });
        canvas.put(Ink::Strong, short(&answer.id)).to(10).put(ink, answer.said.as_str()).to(23);
        canvas.put(Ink::Faint, &left(answer.expires, now())).to(32).flow(Ink::Code, &answer.command, 34).end();
    }
    output::data(&canvas.finish())?;
    Ok(Exit::Done)
}

/// How long something still holds.
pub fn left(until: u64, now: u64) -> String {
    match until.saturating_sub(now) / 60_000 {
        minutes @ 0..=99 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

/// The part of an id that is enough to name it by.
pub fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id)
}

/// How bad what is asked about would be.
pub fn risk(question: &Pending) -> RiskLevel {
    match question.risk.as_str() {
        "low" => RiskLevel::Low,
        "high" => RiskLevel::High,
        _ => RiskLevel::Med,
    }
}

fn named(known: &str, id: &str) -> bool {
    id.len() >= 8
        && mac::same(known.get(known.len().saturating_sub(id.len())..).unwrap_or_default().as_bytes(), id.as_bytes())
}

fn question(places: &Places, id: &str) -> Result<Pending, Failure> {
    let found = pending::all(places).into_iter().find(|pending| named(&pending.id, id));
    found.ok_or_else(|| {
        Failure::usage(format!("no question `{id}` waits for an answer")).help("`guardian approvals list` lists them")
    })
}

fn show(places: &Places, args: &ShowArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    let question = question(places, &args.id)?;
    if args.output.json {
        output::data(&wire::pretty(&question))?;
    } else {
        output::data(&page(&question, Look::stdout(args.output.color)).finish())?;
    }
    Ok(Exit::Done)
}

/// Everything a person needs to answer a question.
pub fn page(question: &Pending, look: Look) -> Canvas {
    let mut canvas = Canvas::new(look);
    canvas.put(Ink::Decision(Verdict::Prompt), "waits for a person");
    let dot = canvas.sign(" · ", ", ");
    canvas.put(Ink::Faint, dot).put(Ink::Risk(risk(question)), &format!("{} risk", question.risk));
    canvas.put(Ink::Faint, dot).put(Ink::Plain, &question.placement).end();
    canvas.flow(Ink::Plain, &question.reason, 0).end().end();
    for line in question.command.lines() {
        canvas.to(2).flow(Ink::Code, line, 4).end();
    }
    canvas.end();
    for need in &question.needs {
        canvas.entry((Ink::Decision(Verdict::Prompt), "needs"), (Ink::Plain, need));
    }
    for (name, words) in [
        ("in", &question.cwd),
        ("asked by", &question.by),
        ("session", &question.session),
        ("it says", &question.justification),
        ("id", &question.id),
        ("ends in", &left(question.expires, now())),
    ] {
        if !words.is_empty() {
            canvas.entry((Ink::Faint, name), (Ink::Plain, words));
        }
    }
    canvas
}

/// Whoever is at a terminal of their own. An attempt from elsewhere is written down.
fn person(places: &Places, question: &Pending) -> Result<Tty, Failure> {
    person::at_terminal(&question.near).map_err(|reason| {
        ledger::note(places, &Event::Refused(row::Refused { id: question.id.clone(), reason: reason.clone() }));
        Failure { exit: Exit::RunDenied, ..Failure::usage(format!("not approved: {reason}")) }
    })
}

fn approve(places: &Places, args: &ApproveArgs) -> Result<Exit, Failure> {
    let question = question(places, &args.id)?;
    let tty = person(places, &question)?;
    if args.session && question.risk == "high" {
        return Err(Failure::usage("what is high risk is asked every time").help("leave out --session"));
    }
    if args.session && question.session.is_empty() {
        return Err(Failure::usage("it is not part of a session").help("leave out --session"));
    }
    let failed = |error: std::io::Error| Failure::internal(format!("cannot ask on the terminal: {error}"));
    let page = page(&question, tty.look(crate::options::ColorChoice::Auto)).finish();
    let holds = match (args.session, question.held.is_empty()) {
        (true, _) => "for the rest of the session",
        (false, true) => "once, within an hour",
        (false, false) => "once",
    };
    let ask = || tty.show(&format!("{page}\nlet it run {holds}? [y] yes   [n] no (default)  > ")).map_err(failed);
    ask()?;
    let yes = loop {
        match tty.key().map_err(failed)? {
            Answer::Key('y' | 'Y') => break true,
            Answer::Key('n' | 'N' | 'q' | '\r' | '\n') | Answer::Gone => break false,
            Answer::Back => ask()?,
            Answer::Key(_) | Answer::Noise => {}
        }
    };
    if !yes {
        tty.show("\nnot approved; it still waits\n").map_err(failed)?;
        return Ok(Exit::RunDenied);
    }
    let said = if args.session { Said::Session } else { Said::Once };
    settle(places, &question, said, "")?;
    // They are there and know, which ends a run of denials.
    #[cfg(feature = "llm")]
    if let Ok(kept) = crate::review::kept::OnDisk::existing(places) {
        use guardian_models::{breaker::Denials, kept::Keeper};
        kept.session(&question.session, &mut Denials::person_approved);
    }
    tty.show(&format!("\n{}\n", outcome(&question, said))).map_err(failed)?;
    Ok(Exit::Done)
}

/// Shows a question whole on this terminal, takes the answer of whoever may give it, and says what came of it. `stop` says
/// that nobody waits for it any more.
#[cfg(feature = "tui")]
pub fn answer(places: &Places, id: &str, look: Look, stop: &dyn Fn() -> bool) -> Result<&'static str, Failure> {
    let question = question(places, id)?;
    let tty = person(places, &question)?;
    let failed = |error: std::io::Error| Failure::internal(format!("cannot ask on the terminal: {error}"));
    let mut canvas = page(&question, Look { width: tty.look(crate::options::ColorChoice::Auto).width, ..look });
    canvas.end();
    let lasting = question.risk != "high" && !question.session.is_empty();
    let choices = [("y", "let it run once", true), ("s", "as often as it likes in this session", lasting)];
    let others = [("d", "deny", true), ("f", "deny and say why", true), ("n", "not now (default)", true)];
    for (key, words, _) in choices.into_iter().chain(others).filter(|(_, _, offered)| *offered) {
        canvas.put(Ink::Code, &format!("[{key}]")).put(Ink::Plain, " ").flow(Ink::Plain, words, 4).end();
    }
    canvas.put(Ink::Plain, ">");
    let text = format!("\n{} ", canvas.finish());
    tty.show(&text).map_err(failed)?;
    loop {
        let (said, feedback) = match tty.key_unless(stop).map_err(failed)? {
            Answer::Key('y' | 'Y') => (Said::Once, None),
            Answer::Key('s' | 'S') if lasting => (Said::Session, None),
            Answer::Key('d' | 'D') => (Said::Deny, None),
            Answer::Key('f' | 'F') => match tty.line("\nwhat should the agent do instead? ").map_err(failed)? {
                None => return Ok("not answered; it still waits"),
                words => (Said::Deny, words),
            },
            Answer::Key('n' | 'N' | 'q' | '\r' | '\n') | Answer::Gone => return Ok("not answered; it still waits"),
            Answer::Back => {
                tty.show(&text).map_err(failed)?;
                continue;
            }
            Answer::Key(_) | Answer::Noise => continue,
        };
        settle(places, &question, said, &feedback.unwrap_or_default())?;
        return Ok(outcome(&question, said));
    }
}

/// What an answer leads to.
const fn outcome(question: &Pending, said: Said) -> &'static str {
    match (said, question.held.is_empty()) {
        (Said::Deny, true) => "denied; the agent is told when it proposes the command again",
        (Said::Once | Said::Session, true) => "approved; the agent may propose it again",
        (Said::Deny, false) => "denied; the agent is told",
        (Said::Once | Said::Session, false) => "approved; the agent, which waits for it, is told",
    }
}

/// Takes the answer with this id back.
pub fn take_back(places: &Places, id: &str) -> Result<(), Failure> {
    let found = decisions::all(places).into_iter().find(|answer| named(&answer.id, id));
    let Some(answer) = found else {
        return Err(Failure::usage(format!("no answer `{id}` holds")).help("`guardian approvals list` lists them"));
    };
    // To take a yes back is always safe; to take a no back asks a person again.
    decisions::revoke(places, &answer);
    answered(places, &answer.id, "revoked", "");
    Ok(())
}

fn deny(places: &Places, args: &DenyArgs) -> Result<Exit, Failure> {
    let question = question(places, &args.id)?;
    // Whose no it is matters too: an agent must not put words into a person's mouth.
    drop(person(places, &question)?);
    settle(places, &question, Said::Deny, &args.feedback)?;
    output::note(outcome(&question, Said::Deny));
    Ok(Exit::Done)
}

fn settle(places: &Places, question: &Pending, said: Said, feedback: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::internal(format!("the answer cannot be kept: {error}"));
    if !pending::take(places, question) {
        return Err(Failure::usage("somebody else has answered this meanwhile"));
    }
    let answer =
        Decision::new(said, &question.command_id, &question.answered_as(), &question.id, &question.command, feedback);
    decisions::remember(places, &answer).map_err(failed)?;
    // Who holds the question writes down what becomes of it.
    if question.held.is_empty() {
        answered(places, &question.id, said.as_str(), feedback);
    }
    Ok(())
}

fn answered(places: &Places, id: &str, answer: &str, feedback: &str) {
    let feedback = Redactor::new().redact(feedback);
    let (id, answer, who) = (id.to_owned(), answer.to_owned(), "human".to_owned());
    ledger::note(places, &Event::Answer(row::Answer { id, answer, who, feedback }));
}

fn revoke(places: &Places, args: &RevokeArgs) -> Result<Exit, Failure> {
    take_back(places, &args.id)?;
    output::note("taken back; the command is asked about again");
    Ok(Exit::Done)
}
