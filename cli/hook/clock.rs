//! The clock that a hook works behind, so that an agent hears something whatever happens.

use super::args::HookArgs;
use super::host::Event;
use super::{Known, failure, work};
use crate::hook::answer::Reply;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What is said of a panic.
const FAILED: &str = "judging it failed; please report this";
/// What is said of silence.
const LATE: &str = "deciding took too long";
/// How the event is called that is not known yet.
#[cfg(target_os = "linux")]
const UNREAD: &str = "?";

/// The answer, or the answer to a failure where there is none in time.
pub fn within(patience: Duration, args: &HookArgs) -> Reply {
    #[cfg(target_os = "linux")]
    if let Some(reply) = by_alarm(patience, args) {
        return reply;
    }
    by_thread(patience, args)
}

/// The answer of the program that a hook became because its time was over.
pub fn late(args: &HookArgs, event: &str) -> Reply {
    let named = args.host.events().iter().find(|(name, _)| *name == event);
    let known = match (named, args.host.silent_event()) {
        (Some((name, event)), _) => Some((*event, (*name).to_owned())),
        (None, Some(silent)) if event.is_empty() => Some((silent, String::new())),
        (None, _) => None,
    };
    failure(args, known, None, LATE)
}

/// Works on this thread: after so long the process becomes another, which answers. A second thread would cost as much
/// again as all the work. Nothing where there is no such clock, or where a shell has left us a small stack.
#[cfg(target_os = "linux")]
fn by_alarm(patience: Duration, args: &HookArgs) -> Option<Reply> {
    use rustix::process::{Resource, getrlimit};
    use std::cell::RefCell;
    /// What the system gives a process if nobody says otherwise.
    const STACK: u64 = 8 << 20;

    if getrlimit(Resource::Stack).current.is_some_and(|most| most < STACK) {
        return None;
    }
    fn words<'a>(args: &HookArgs, event: &'a str) -> [&'a str; 5] {
        ["guardian", "hook", args.host.name(), "--late", event]
    }
    let alarm = guardian_sandbox::Alarm::set(patience, "/proc/self/exe", &words(args, UNREAD), 2).ok()?;
    let known: RefCell<Known> = RefCell::new(None);
    let tell = |event: Event, name: &str| {
        let _ = alarm.instead(&words(args, name));
        known.replace(Some((event, name.to_owned())));
    };
    let reply = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(args, &tell)));
    let reply = reply.unwrap_or_else(|_| failure(args, known.take(), None, FAILED));
    alarm.stop();
    Some(reply)
}

/// Works on a thread of its own, which is left behind after so long.
fn by_thread(patience: Duration, args: &HookArgs) -> Reply {
    enum News {
        Event(Event, String),
        Done(Reply),
    }
    let (tell, hear) = mpsc::channel();
    let worker = args.clone();
    let started = std::thread::Builder::new()
        .name("hook".to_owned())
        // The depth of a proposal is bounded, but not by the default size of a thread.
        .stack_size(64 << 20)
        .spawn(move || {
            let event = |event: Event, name: &str| drop(tell.send(News::Event(event, name.to_owned())));
            let reply = work(&worker, &event);
            let _ = tell.send(News::Done(reply));
        });
    if let Err(error) = started {
        return Reply::block(&format!("the hook cannot run: {error}"));
    }
    let deadline = Instant::now() + patience;
    let mut event: Known = None;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let why = match hear.recv_timeout(left) {
            Ok(News::Done(reply)) => return reply,
            Ok(News::Event(known, name)) => {
                event = Some((known, name));
                continue;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => LATE,
            Err(mpsc::RecvTimeoutError::Disconnected) => FAILED,
        };
        return failure(args, event, None, why);
    }
}
