//! `guardian run`: decides, asks where it has to, and launches what is approved in its box.
//!
//! Exit status: the command's own; 128 + n if a signal ended it; 126 if it may not run; 127 if there is no such
//! program; 125 for a failure of guardian's.

use crate::consent::{self, Consent, Offers};
use crate::failure::{Exit, Failure};
use crate::grant;
use crate::input::{self, Shown};
use crate::judged::Judged;
use crate::launch;
use crate::look::Look;
use crate::memory::decisions::{self, Said};
use crate::memory::ledger::Asker;
use crate::memory::pending;
use crate::memory::row::{self, Event};
use crate::options::AskArgs;
use crate::output;
use crate::render::canvas::{Canvas, Ink};
use crate::render::reason;
use crate::sanitize;
use crate::session;
use crate::setup::Setup;
use crate::signals::Watch;
use crate::tty::Tty;
use clap::Args;
use guardian_engine::{Approval, Command, Decision, Request, shell};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What `--help` adds.
pub const HELP: &str = "\
Examples:
  guardian run cargo test
  guardian run 'make && ./deploy --dry-run'

Exit status: the command's own; 128 + n if a signal ended it; 126 if it may not run; 127 if there is no such \
program; 125 if guardian failed. Answers are only taken from the terminal, never from the standard input.";

/// `guardian run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Run what `guardian hook --enforce` approved, once; for commands that it rewrote
    #[arg(id = "grant", long = "approval", value_name = "TOKEN", hide = true)]
    pub grant: Option<String>,
    /// Judge and run a script as guardian read it, written out anew, instead of as it was written
    #[arg(long, conflicts_with = "grant")]
    pub canonical: bool,
    /// What is asked about.
    #[command(flatten)]
    pub ask: AskArgs,
}

/// Runs.
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    output::set_manner(args.ask.output);
    decide_and_launch(args).map_err(|failure| Failure { exit: Exit::RunFailed, ..failure })
}

fn decide_and_launch(args: &RunArgs) -> Result<Exit, Failure> {
    let mut command = input::command(&args.ask.proposal.words)?;
    if args.canonical {
        command = canonical(command)?;
    }
    let setup = Setup::once(&args.ask.policy)?;
    if let Some(token) = &args.grant {
        return redeem(token, command, &setup);
    }
    let setup = Arc::new(setup);
    let asker = Asker { person: Tty::open().is_some(), ..Asker::at("run") };
    let (mut judged, reviewer) = judged(&setup, setup.request(command), &asker);
    let approval = match judged.verdict.decision {
        Decision::Allow => judged.verdict.take_approval(),
        Decision::Forbidden => return Ok(refuse(&judged, "forbidden", None)),
        Decision::Prompt => match asked(args, &setup, &judged, &asker, reviewer.as_ref())? {
            Asked::Approved(approval) => Some(*approval),
            Asked::Not(exit) => return Ok(exit),
        },
    };
    match approval {
        Some(approval) => Ok(launch::launch(&approval, &setup, &id_of(&judged))),
        None => Err(Failure::internal("the verdict changed while it was asked about").help("run it again")),
    }
}

/// How long a person does not see a question that the reviewer may spare them.
const UNSEEN: Duration = Duration::from_millis(500);

/// The verdict. Where a person can be asked and a reviewer takes its time, what is known without it, and where its word
/// will come from.
fn judged(setup: &Arc<Setup>, request: Request, asker: &Asker) -> (Judged, Option<Receiver<Judged>>) {
    if !setup.desk.asks() || !asker.person {
        return (setup.answer(request, asker), None);
    }
    let known = setup.unreviewed(request.clone());
    if known.verdict.decision != Decision::Prompt {
        return (setup.answer(request, asker), None);
    }
    let (send, receive) = channel();
    let (asking, for_whom) = (Arc::clone(setup), asker.clone());
    std::thread::spawn(move || {
        let _ = send.send(asking.answer(request, &for_whom));
    });
    match receive.recv_timeout(UNSEEN) {
        Ok(judged) => (judged, None),
        // What the person is asked about has a record of its own.
        Err(_) => (setup.noted(known, asker), Some(receive)),
    }
}

/// The command as it was read. What is judged and what the shell is given are then one text that leaves nothing to be
/// read otherwise. A program with its arguments is read by no shell, and stays.
fn canonical(command: Command) -> Result<Command, Failure> {
    let Command::Script(text) = command else {
        return Ok(command);
    };
    let script = shell::parse(&text);
    let written = shell::print(&script);
    let again = shell::parse(&written);
    if script.is_understood() && again.is_understood() && shell::print(&again) == written {
        return Ok(Command::Script(written));
    }
    let help = "`guardian explain` shows what is not understood; without --canonical it can be run as it is written";
    Err(Failure::usage("the script is not understood, so it cannot be written out anew").help(help))
}

/// Runs what a hook approved, if that still holds; nobody is asked again.
fn redeem(token: &str, command: Command, setup: &Setup) -> Result<Exit, Failure> {
    let grant =
        grant::consume(token, &setup.config.places).and_then(|grant| grant.covers(&command, setup).map(|()| grant));
    let grant = match grant {
        Ok(grant) => grant,
        Err(reason) => return Ok(void(setup, token, &reason)),
    };
    let mut judged = setup.unreviewed(setup.request_for(grant.proposal(command)));
    if let Err(reason) = grant.still_holds(&judged) {
        return Ok(void(setup, grant.id(), &reason));
    }
    let approval = match judged.verdict.decision {
        Decision::Allow => judged.verdict.take_approval(),
        Decision::Prompt => setup.consent(&judged),
        Decision::Forbidden => None,
    };
    match approval {
        Some(approval) => {
            if grant.is_news() {
                setup.ledger.answered(grant.id(), "once", "");
            }
            Ok(launch::launch(&approval, setup, grant.id()))
        }
        None => Ok(void(setup, grant.id(), "the command is no longer approved")),
    }
}

/// Remembers an answer for the session. It holds this once where that cannot be.
fn remember(setup: &Setup, judged: &Judged, asker: &Asker, said: Said, feedback: &str) {
    let command = Shown::of(&judged.request.proposal.command).text;
    let command_id = judged.verdict.command_id().to_string();
    let answer = decisions::Decision::new(said, &command_id, &asker.session, &id_of(judged), &command, feedback);
    if let Err(error) = decisions::remember(&setup.config.places, &answer) {
        output::note(&format!("the answer is not remembered: {error}"));
    }
}

fn id_of(judged: &Judged) -> String {
    judged.id.map(|id| id.to_string()).unwrap_or_default()
}

/// Says that an approval is none.
fn void(setup: &Setup, id: &str, reason: &str) -> Exit {
    let refused = row::Refused { id: id.to_owned(), reason: reason.to_owned() };
    let _ = setup.ledger.event(&Event::Refused(refused));
    let help = "propose the command itself again";
    output::talk(&Failure::usage(format!("not run: {reason}")).help(help).to_string());
    Exit::RunDenied
}

/// What came of asking.
enum Asked {
    Approved(Box<Approval>),
    Not(Exit),
}

fn asked(
    args: &RunArgs,
    setup: &Setup,
    judged: &Judged,
    asker: &Asker,
    reviewer: Option<&Receiver<Judged>>,
) -> Result<Asked, Failure> {
    let Some(tty) = Tty::open() else {
        return Ok(Asked::Not(unasked(setup, judged, asker)));
    };
    // Also of an interruption it is written down what came of the question.
    let _watch =
        Watch::start().map_err(|error| Failure::internal(format!("signals cannot be listened for: {error}")))?;
    let offers = Offers::of(setup, judged);
    let answer = consent::ask(&tty, args.ask.output.color, setup, judged, &offers, reviewer)
        .map_err(|error| Failure::internal(format!("cannot ask on the terminal: {error}")))?;
    drop(tty);
    let (answer, feedback) = answer;
    setup.ledger.answered(&id_of(judged), answer.as_str(), &feedback);
    match answer {
        Consent::Reviewed(mut judged) => {
            let approval = judged.verdict.take_approval();
            return approval
                .map(|approval| Asked::Approved(Box::new(approval)))
                .ok_or_else(|| Failure::internal("the reviewer's approval is none").help("run it again"));
        }
        Consent::Denied => {
            remember(setup, judged, asker, Said::Deny, &feedback);
            // Whoever reads this may be an agent.
            let words = if feedback.is_empty() { String::new() } else { format!(": {feedback}") };
            output::talk(&format!("guardian: a person said no to this{}\n", sanitize::line(&words)));
            return Ok(Asked::Not(Exit::RunDenied));
        }
        Consent::Left => return Ok(Asked::Not(Exit::Child(130))),
        // What no rule can say is remembered as it stands.
        Consent::Session if offers.session.is_empty() => remember(setup, judged, asker, Said::Session, ""),
        Consent::Session => keep_for_session(setup, &offers),
        Consent::Always => keep_for_good(setup, &offers),
        Consent::Once => {}
    }
    let approval = setup.consent(judged);
    approval.map(|approval| Asked::Approved(Box::new(approval))).ok_or_else(|| {
        Failure::internal("something the decision rests on changed while you were asked").help("run it again")
    })
}

/// Where there is no terminal to ask on, it is left for a person to answer elsewhere.
fn unasked(setup: &Setup, judged: &Judged, asker: &Asker) -> Exit {
    let help = match &judged.verdict.review {
        Some(review) => crate::review::feedback::denial(review),
        None => "there is no terminal to ask on; run it from one, or see `guardian explain`".to_owned(),
    };
    let help = match pending::ask(&setup.config.places, judged, asker) {
        Some(name) => format!("{help}. A person can also run `guardian approvals approve {name}`"),
        None => help,
    };
    refuse(judged, "needs approval", Some(&help))
}

/// Writes down the rules that an answer for the session gives.
fn keep_for_session(setup: &Setup, offers: &Offers) {
    if let Err(error) = session::remember(&setup.config.places, &offers.session) {
        output::warn(&format!("only this once, since the session's rules cannot be written: {error}"));
    }
}

/// Writes down the rules that an answer for good gives.
fn keep_for_good(setup: &Setup, offers: &Offers) {
    match crate::rules::remember(&setup.config.places, &offers.always) {
        Ok(file) => output::note(&format!("in {file}; `guardian rules remove` takes it out")),
        Err(failure) => {
            output::warn(&format!("only this once, since the rule cannot be written: {}", failure.message.trim_end()));
        }
    }
}

/// Says why it does not run.
fn refuse(judged: &Judged, verb: &str, help: Option<&str>) -> Exit {
    let mut canvas = Canvas::new(Look::stderr());
    let verdict = &judged.verdict;
    let head = format!("{verb} ({} risk): ", verdict.risk.as_str());
    canvas.put(Ink::Plain, "guardian: ").put(Ink::Decision(verdict.decision), &head);
    canvas.flow(Ink::Plain, &reason::of(verdict), 2).end();
    for need in verdict.needs.iter() {
        canvas.to(2).put(Ink::Faint, "needs: ").flow(Ink::Plain, need, 9).end();
    }
    if let Some(help) = help {
        canvas.to(2).put(Ink::Code, "help: ").flow(Ink::Plain, help, 8).end();
    }
    output::talk(&canvas.finish());
    Exit::RunDenied
}
