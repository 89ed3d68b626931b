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
use guardian_engine::{Approval, Decision};

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
    let mut judged = setup.decide(setup.request(command));
    let approval = match judged.verdict.decision {
        Decision::Allow => judged.verdict.take_approval(),
        Decision::Forbidden => return Ok(refuse(&judged, "forbidden", None)),
        Decision::Prompt => match asked(args, &setup, &judged)? {
            Asked::Approved(approval) => Some(*approval),
            Asked::Not(exit) => return Ok(exit),
        },
    };
    match approval {
        Some(approval) => launch::launch(&approval, &setup),
        None => Err(Failure::internal("the verdict changed while it was asked about").help("run it again")),
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

fn asked(args: &RunArgs, setup: &Setup, judged: &Judged) -> Result<Asked, Failure> {
    let Some(mut tty) = Tty::open() else {
        let help = match &judged.verdict.review {
            Some(review) => crate::review::feedback::denial(review),
            None => "there is no terminal to ask on; run it from one, or see `guardian explain`".to_owned(),
        };
        return Ok(Asked::Not(refuse(judged, "needs approval", Some(&help))));
    };
    let look = tty.look(args.output.color);
    let offers = Offers::of(setup, judged);
    let answer = consent::ask(&mut tty, look, setup, judged, &offers)
        .map_err(|error| Failure::internal(format!("cannot ask on the terminal: {error}")))?;
    drop(tty);
    match answer {
        Consent::Denied => return Ok(Asked::Not(Exit::RunDenied)),
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
