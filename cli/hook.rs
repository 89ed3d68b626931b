//! `guardian hook AGENT`: one event in, one answer out, in the agent's own format.
//!
//! Agents take most failures of a hook for consent. So everything happens behind a clock; a panic, an error and a silence
//! that lasts too long all end in the agent's way to ask or to deny, or in exit status 2.

pub mod answer;
pub mod args;
pub mod call;
mod clock;
pub mod host;
pub mod judge;
pub mod rewrite;
mod stand;
mod turn;

use crate::failure::{Exit, Failure};
use crate::output;
use answer::{Answer, Reply};
use args::{Fail, HookArgs};
use call::{Call, Incoming, Unreadable};
use host::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::time::Duration;

/// Answers. The shortest time an agent gives a hook is 30 seconds.
pub fn hook(args: &HookArgs) -> Result<Exit, Failure> {
    // What a bug says about itself is for its report, not for a model.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        output::talk(&format!("guardian: bug at {place}; please report it\n"));
    }));
    let patience = match args.fail {
        Some(Fail::Hang) => Duration::from_millis(300),
        _ => Duration::from_secs(20),
    };
    let reply = match &args.late {
        Some(event) => clock::late(args, event),
        None => clock::within(patience, args),
    };
    Ok(say(&reply))
}

/// Says it. What cannot be said blocks.
fn say(reply: &Reply) -> Exit {
    output::talk(&reply.err);
    match output::data(&reply.out) {
        Ok(()) if !reply.blocks => Exit::Done,
        _ => Exit::Usage,
    }
}

/// The event, as far as it has become known, for an answer to a failure.
type Known = Option<(Event, String)>;

/// The answer to a failure.
fn failure(args: &HookArgs, event: Known, call: Option<&Call>, why: &str) -> Reply {
    let Some((event, name)) = event else {
        return unknown(args, why);
    };
    crate::memory::ledger::failed("hook", args.host.name(), why);
    let answer = judge::failed(args, event, why);
    let mut reply = answer::reply(args.host, event, &name, call, &answer);
    if answer == Answer::Silent {
        reply.err = format!("guardian: {why}\n");
    }
    reply
}

/// The answer where not even the event is known: the status that blocks, and Cline's word, which has no such status.
fn unknown(args: &HookArgs, why: &str) -> Reply {
    let why = crate::sanitize::line(why);
    let mut reply = Reply::block(&why);
    if args.host == host::Host::Cline {
        reply.out = answer::reply(args.host, Event::Before, "", None, &Answer::Deny { reason: why }).out;
        reply.blocks = false;
    }
    reply
}

/// Everything. What becomes known of the event is told at once.
fn work(args: &HookArgs, tell: &dyn Fn(Event, &str)) -> Reply {
    let input = match input() {
        Ok(input) => input,
        Err(why) => return unknown(args, &why),
    };
    let call = match call::read(args.host, args.event.as_deref(), &input) {
        Ok(Incoming::Call(call)) => call,
        Ok(Incoming::Other) => {
            return match args.host {
                host::Host::Cline => answer::reply(args.host, Event::Before, "", None, &Answer::Silent),
                _ => Reply::default(),
            };
        }
        Err(Unreadable { event, reason }) => return failure(args, event, None, &reason),
    };
    let event = (call.event, call.event_name.clone());
    tell(event.0, &event.1);
    match args.fail {
        Some(Fail::Panic) => std::panic::resume_unwind(Box::new("asked to")),
        Some(Fail::Hang) => std::thread::sleep(Duration::from_secs(3600)),
        None => {}
    }
    match judge::answer(args, &call) {
        Ok(answer) => answer::reply(args.host, call.event, &call.event_name, Some(&call), &answer),
        Err(problem) => {
            output::diagnostics(&problem.diagnostics);
            let help = problem.help.map(|help| format!("; {help}")).unwrap_or_default();
            failure(args, Some(event), Some(&call), &format!("{}{help}", problem.message.trim_end()))
        }
    }
}

/// How long an agent that leaves its end open has to say nothing before a whole event is all it has to say.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// Everything on the standard input, if it is not too much to be an event.
fn input() -> Result<Vec<u8>, String> {
    let limit = 4 * crate::input::MAX_COMMAND;
    let unreadable = |error: Errno| format!("the event cannot be read: {}", std::io::Error::from(error));
    let from = rustix::stdio::stdin();
    let (mut bytes, mut chunk, mut new) = (Vec::new(), vec![0; 1 << 16], false);
    loop {
        match poll(&mut [PollFd::new(&from, PollFlags::IN)], Some(&PAUSE)) {
            Ok(0) if new && serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes).is_ok() => {
                return Ok(bytes);
            }
            Ok(0) => {
                new = false;
                continue;
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(unreadable(error)),
        }
        match rustix::io::read(from, &mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(length) => bytes.extend_from_slice(chunk.get(..length).unwrap_or_default()),
            Err(Errno::INTR | Errno::AGAIN) => continue,
            Err(error) => return Err(unreadable(error)),
        }
        new = true;
        if bytes.len() > limit {
            return Err(format!("the event has more than {limit} bytes"));
        }
    }
}
