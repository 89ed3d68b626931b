//! `guardian run`: decides, asks where it has to, and launches what is approved in its box.
//!
//! Exit status: the command's own; 128 + n if a signal ended it; 126 if it may not run; 127 if there is no such
//! program; 125 for a failure of guardian's.

use crate::args::RunArgs;
use crate::consent::{self, Consent, Offers};
use crate::failure::{Exit, Failure};
use crate::grant;
use crate::input;
use crate::launch;
use crate::output::{self, Look};
use crate::render::canvas::{Canvas, Ink};
use crate::render::reason;
use crate::session;
use crate::setup::{Judged, Setup};
use crate::tty::Tty;
use guardian_engine::{Approval, Decision, Request};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Runs.
pub fn run(args: &RunArgs) -> Result<Exit, Failure> {
    output::set_manner(args.output);
    decide_and_launch(args).map_err(|failure| Failure { exit: Exit::RunFailed, ..failure })
}

fn decide_and_launch(args: &RunArgs) -> Result<Exit, Failure> {
    let command = input::command(&args.proposal.words)?;
    let setup = Setup::new(&args.policy)?;
    if let Some(token) = &args.grant {
        return redeem(token, command, &setup);
    }
    let setup = Arc::new(setup);
    let (mut judged, reviewer) = judged(&setup, setup.request(command));
    let approval = match judged.verdict.decision {
        Decision::Allow => judged.verdict.take_approval(),
        Decision::Forbidden => return Ok(refuse(&judged, "forbidden", None)),
        Decision::Prompt => match asked(args, &setup, &judged, reviewer.as_ref())? {
            Asked::Approved(approval) => Some(*approval),
            Asked::Not(exit) => return Ok(exit),
        },
    };
    match approval {
        Some(approval) => launch::launch(&approval, &setup),
        None => Err(Failure::internal("the verdict changed while it was asked about").help("run it again")),
    }
}

/// How long a person does not see a question that the reviewer may spare them.
const UNSEEN: Duration = Duration::from_millis(500);

/// The verdict. Where a person can be asked and a reviewer takes its time, what is known without it, and where its word
/// will come from.
fn judged(setup: &Arc<Setup>, request: Request) -> (Judged, Option<Receiver<Judged>>) {
    if !setup.desk.asks() || Tty::open().is_none() {
        return (setup.decide(request), None);
    }
    let known = setup.unreviewed(request.clone());
    if known.verdict.decision != Decision::Prompt {
        return (setup.decide(request), None);
    }
    let (send, receive) = channel();
    let asking = Arc::clone(setup);
    std::thread::spawn(move || {
        let _ = send.send(asking.decide(request));
    });
    match receive.recv_timeout(UNSEEN) {
        Ok(judged) => (judged, None),
        Err(_) => (known, Some(receive)),
    }
}

/// Runs what a hook approved, if that still holds; nobody is asked again.
fn redeem(token: &str, command: guardian_engine::Command, setup: &Setup) -> Result<Exit, Failure> {
    let grant =
        grant::consume(token, &setup.config.places).and_then(|grant| grant.covers(&command, setup).map(|()| grant));
    let grant = match grant {
        Ok(grant) => grant,
        Err(reason) => return Ok(void(&reason)),
    };
    let mut judged = setup.unreviewed(setup.request_for(grant.proposal(command)));
    if let Err(reason) = grant.still_holds(&judged) {
        return Ok(void(&reason));
    }
    let approval = match judged.verdict.decision {
        Decision::Allow => judged.verdict.take_approval(),
        Decision::Prompt => setup.consent(&judged),
        Decision::Forbidden => None,
    };
    match approval {
        Some(approval) => launch::launch(&approval, setup),
        None => Ok(void("the command is no longer approved")),
    }
}

/// Says that an approval is none.
fn void(reason: &str) -> Exit {
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
    reviewer: Option<&Receiver<Judged>>,
) -> Result<Asked, Failure> {
    let Some(tty) = Tty::open() else {
        let help = match &judged.verdict.review {
            Some(review) => crate::review::feedback::denial(review),
            None => "there is no terminal to ask on; run it from one, or see `guardian explain`".to_owned(),
        };
        return Ok(Asked::Not(refuse(judged, "needs approval", Some(&help))));
    };
    let offers = Offers::of(setup, judged);
    let answer = consent::ask(&tty, args.output.color, setup, judged, &offers, reviewer)
        .map_err(|error| Failure::internal(format!("cannot ask on the terminal: {error}")))?;
    drop(tty);
    match answer {
        Consent::Denied(words) => {
            if let Some(words) = words {
                output::talk(&format!("guardian: the user said no: {}\n", crate::sanitize::line(&words)));
            }
            return Ok(Asked::Not(Exit::RunDenied));
        }
        Consent::Reviewed(mut judged) => {
            let approval = judged.verdict.take_approval();
            return approval
                .map(|approval| Asked::Approved(Box::new(approval)))
                .ok_or_else(|| Failure::internal("the reviewer's approval is none").help("run it again"));
        }
        Consent::Left => return Ok(Asked::Not(Exit::Child(130))),
        Consent::Session => {
            if let Err(error) = session::remember(&setup.config.places, &offers.session) {
                output::warn(&format!("only this once, since the session's rules cannot be written: {error}"));
            }
        }
        Consent::Always => {
            if let Err(failure) = crate::rules::remember(&setup.config.places, &offers.always) {
                output::warn(&format!(
                    "only this once, since the rule cannot be written: {}",
                    failure.message.trim_end()
                ));
            }
        }
        Consent::Once => {}
    }
    let approval = setup.consent(judged);
    approval.map(|approval| Asked::Approved(Box::new(approval))).ok_or_else(|| {
        Failure::internal("something the decision rests on changed while you were asked").help("run it again")
    })
}

/// Says why it does not run.
fn refuse(judged: &Judged, verb: &str, help: Option<&str>) -> Exit {
    let mut canvas = Canvas::new(Look::stderr());
    let verdict = &judged.verdict;
    let head = format!("{verb} ({} risk): ", verdict.risk.as_str());
    canvas.put(Ink::Plain, "guardian: ").put(Ink::Decision(verdict.decision), &head);
    canvas.flow(Ink::Plain, &reason::of(verdict), 2).end();
    for need in &verdict.needs {
        canvas.to(2).put(Ink::Faint, "needs: ").flow(Ink::Plain, need, 9).end();
    }
    if let Some(help) = help {
        canvas.to(2).put(Ink::Code, "help: ").flow(Ink::Plain, help, 8).end();
    }
    output::talk(&canvas.finish());
    Exit::RunDenied
}
