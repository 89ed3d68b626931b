//! The launcher's side: starts the first process, passes signals on, learns how the command ended.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{WaitId, WaitIdOptions};

use super::child::{self, FORWARDED, Pipes, Plan};
use super::message::{Failure, Message};
use super::mounts::Mounts;
use super::observe::Observer;
use super::placeholder::Placeholders;
use super::sys::{self, Forked, SignalSet};
use crate::denial::Refusals;
use crate::error::{Error, Stage};
use crate::launch::{Deadline, Exit, Launch, Signals};
use crate::proxy::{Leads, Proxy};

/// What is to be started.
pub(crate) struct Started<'a> {
    pub(crate) plan: Plan,
    /// `CLONE_NEW*`.
    pub(crate) namespaces: libc::c_int,
    pub(crate) placeholders: &'a [Placeholders],
    /// Who is told of refused calls, and where it gets its descriptor from.
    pub(crate) observer: Option<(Observer, OwnedFd)>,
    /// Where the proxy leads, and where it gets its socket from.
    pub(crate) proxy: Option<(Leads, OwnedFd)>,
}

/// What is known of a command that has ended.
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    /// Whether a fresh `/proc` was refused.
    pub(crate) shared_proc: bool,
    /// What was seen to be refused; nothing if nobody watched.
    pub(crate) refused: Option<Refusals>,
    /// What the proxy refused, or why there was none; nothing if there was to be none.
    pub(crate) proxied: Option<io::Result<Refusals>>,
}

/// An error, and whether it means that this machine does not let us have namespaces.
pub(crate) struct Refusal {
    pub(super) error: Error,
    pub(super) namespaces: bool,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, namespaces: false }
    }
}

/// Restores the signals of this thread whichever way a launch ends.
struct Blocked(SignalSet);

impl Drop for Blocked {
    fn drop(&mut self) {
        sys::set_signal_mask(self.0);
    }
}

/// The launcher's ends of what connects it to a box, and its signals while that lives.
pub(super) struct Ends {
    pub(super) messages: OwnedFd,
    /// Where signals that are to be passed on come in.
    pub(super) signals: OwnedFd,
    /// As long as this is open, the box knows that its launcher lives.
    held: Option<OwnedFd>,
    _blocked: Blocked,
}

impl Ends {
    /// Both sides, for a plan that starts with the signals there are now.
    pub(super) fn of(launch: &Launch<'_>, plan: &mut Plan) -> Result<(Self, Pipes), Errno> {
        let forward = launch.signals == Signals::Forward;
        let forwarded = sys::signal_set(if forward { &FORWARDED } else { &[] });
        let blocked = Blocked(sys::block_signals(forwarded));
        plan.blocked = blocked.0;
        let signals = sys::signal_fd(forwarded)?;
        let (messages, report) = pipe_with(PipeFlags::CLOEXEC)?;
        let (alive, held) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok((Self { messages, signals, held: Some(held), _blocked: blocked }, Pipes { report, alive }))
    }

    /// The box is told that its time is over.
    pub(super) fn let_go(&mut self) {
        self.held = None;
    }
}

/// Runs a plan to its end.
pub(crate) fn run(started: Started<'_>, launch: &Launch<'_>) -> Result<Ended, Refusal> {
    let Started { mut plan, namespaces, placeholders, observer, proxy } = started;
    let (ends, pipes) = Ends::of(launch, &mut plan).map_err(|errno| Error::failed(Stage::Supervise, "", errno))?;
    let pidfd = start(&mut plan, &pipes, namespaces)?;
    let janitor = Janitor::hire(placeholders, &pipes, &pidfd);
    drop(pipes);
    let boxed = plan.confined.is_some();
    let mounts = leave(plan);
    let mut supervisor = Supervisor {
        ends,
        pidfd,
        boxed,
        namespaced: namespaces != 0,
        shared_proc: false,
        observer,
        listener: None,
        watched: false,
        way_out: proxy.map(|(leads, door)| WayOut::Waiting(leads, door)),
    };
    let result = supervisor.watch(launch);
    supervisor.bury();
    janitor.dismiss();
    match result {
        Ok(exit) => Ok(Ended {
            exit,
            shared_proc: supervisor.shared_proc,
            refused: supervisor.observer.filter(|_| supervisor.watched).map(|(observer, _)| observer.finish()),
            proxied: supervisor.way_out.map(WayOut::close),
        }),
        Err(failure) => Err(refusal(mounts.as_ref(), launch, failure, namespaces != 0)),
    }
}

/// Gives up what only the children needed, while they work. What stays open here would also keep others from noticing that
/// the box's side is gone.
fn leave(plan: Plan) -> Option<Mounts> {
    let mut mounts = plan.confined?.mounts?;
    mounts.close_receiver();
    Some(mounts)
}

/// What a failure in a child means.
fn refusal(
    mounts: Option<&Mounts>,
    launch: &Launch<'_>,
    (stage, errno, subject): Failure,
    namespaced: bool,
) -> Refusal {
    let subject = match stage {
        Stage::Exec => launch.program.display().to_string(),
        Stage::Directory => launch.cwd.display().to_string(),
        _ => mounts.map_or_else(String::new, |mounts| mounts.subject(subject)),
    };
    let early = matches!(stage, Stage::Fork | Stage::Identity | Stage::Network)
        || (stage == Stage::Mounts && matches!(errno, Errno::PERM | Errno::ACCESS | Errno::NOSYS));
    Refusal { error: Error::failed(stage, subject, errno), namespaces: namespaced && early }
}

/// Starts the first process of a plan.
pub(super) fn start(plan: &mut Plan, pipes: &Pipes, namespaces: libc::c_int) -> Result<OwnedFd, Refusal> {
    // No handler of the launcher's may run in its copies.
    let before = sys::set_signal_mask(sys::all_signals());
    let forked = if plan.confined.is_none() {
        // SAFETY: the child runs `bare`, which only makes system calls on what was made ready, with all signals blocked until
        // none has a handler any more.
        unsafe { sys::fork_until_exec(&plan.stack, child::bare, &(&*plan, pipes)) }.map(|(_, pidfd)| pidfd)
    } else {
        // SAFETY: the child runs `first`, which only makes system calls on what was made ready.
        match unsafe { sys::fork(namespaces) } {
            Ok(Forked::Parent(pidfd)) => Ok(pidfd),
            Ok(Forked::Child) => child::first(plan, pipes),
            Err(errno) => Err(errno),
        }
    };
    sys::set_signal_mask(before);
    match forked {
        Ok(pidfd) => Ok(pidfd),
        Err(errno) => {
            let refused = matches!(errno, Errno::PERM | Errno::NOSPC | Errno::USERS | Errno::NOSYS | Errno::INVAL);
            Err(Refusal { error: Error::failed(Stage::Fork, "", errno), namespaces: namespaces != 0 && refused })
        }
    }
}

/// The proxy of a box.
enum WayOut {
    /// The box has not yet said where it listens.
    Waiting(Leads, OwnedFd),
    Open(Proxy),
    /// There is none, and so no way out.
    Shut(io::Error),
}

impl WayOut {
    fn door(&self) -> Option<&OwnedFd> {
        match self {
            Self::Waiting(_, door) => Some(door),
            _ => None,
        }
    }

    /// Takes the socket and serves it.
    fn open(&mut self) {
        if let Self::Waiting(leads, door) = self {
            let listener = sys::receive_descriptor(door.as_fd());
            let listener = listener.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof));
            let leads = std::mem::take(leads);
            let proxy = listener.and_then(|listener| Proxy::start(TcpListener::from(listener), leads));
            *self = proxy.map_or_else(Self::Shut, Self::Open);
        }
    }

    const fn proxy(&self) -> Option<&Proxy> {
        match self {
            Self::Open(proxy) => Some(proxy),
            _ => None,
        }
    }

    fn close(self) -> io::Result<Refusals> {
        match self {
            Self::Open(proxy) => Ok(proxy.finish()),
            Self::Waiting(..) => Ok(Refusals::default()),
            Self::Shut(error) => Err(error),
        }
    }
}

struct Supervisor {
    ends: Ends,
    pidfd: OwnedFd,
    boxed: bool,
    namespaced: bool,
    shared_proc: bool,
    observer: Option<(Observer, OwnedFd)>,
    listener: Option<OwnedFd>,
    /// Whether the observer has ever had a listener.
    watched: bool,
    way_out: Option<WayOut>,
}

impl Supervisor {
    fn watch(&mut self, launch: &Launch<'_>) -> Result<Exit, Failure> {
        let deadline = Deadline::of(launch);
        loop {
            let timeout = match deadline.left() {
                Ok(timeout) => timeout,
                Err(exit) => return Ok(exit),
            };
            let signals = &self.ends.signals;
            let told = self.listener.as_ref();
            let told = told.or_else(|| {
                let waits = self.observer.as_ref().filter(|_| !self.watched);
                waits.map(|(_, socket)| socket)
            });
            let door = self.way_out.as_ref().and_then(WayOut::door);
            let mut polled = [
                match door {
                    Some(door) => PollFd::new(door, PollFlags::IN),
                    None => PollFd::new(signals, PollFlags::empty()),
                },
                match told {
                    Some(fd) => PollFd::new(fd, PollFlags::IN),
                    None => PollFd::new(signals, PollFlags::empty()),
                },
                PollFd::new(signals, PollFlags::IN),
                PollFd::new(&self.pidfd, PollFlags::IN),
            ];
            match poll(&mut polled, timeout.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err((Stage::Supervise, errno, 0)),
            }
            let [door, told, signal, end] = polled.map(|polled| !polled.revents().is_empty());
            if let (true, Some(way_out)) = (door, &mut self.way_out) {
                way_out.open();
            }
            if told {
                self.observe();
            }
            if end {
                return self.end();
            }
            if signal {
                self.forward();
            }
        }
    }

    /// Takes what the observer is told: first its listener, then one call after the other, until nobody is left to make any.
    fn observe(&mut self) {
        let Some((observer, socket)) = &mut self.observer else {
            return;
        };
        match &self.listener {
            Some(listener) => {
                if !sys::is_readable(listener.as_fd())
                    || observer.serve(listener, self.way_out.as_ref().and_then(WayOut::proxy)).is_err()
                {
                    self.listener = None;
                }
            }
            None => {
                self.listener = sys::receive_descriptor(socket.as_fd());
                if self.listener.is_some() {
                    self.watched = true;
                } else {
                    self.observer = None;
                }
            }
        }
    }

    /// How the process that we started ended: the command itself where there is no box. A box's first process says how the
    /// command did as its last act, so nothing is gained by waiting for that; if it did not, something killed it, and the
    /// command with it.
    fn end(&mut self) -> Result<Exit, Failure> {
        while sys::is_readable(self.ends.messages.as_fd()) {
            match Message::receive(&self.ends.messages) {
                Some(Message::Exited(code)) => return Ok(Exit::Code(code)),
                Some(Message::Signalled(signal)) => return Ok(Exit::Signal(signal)),
                Some(Message::Failed(stage, errno, subject)) => return Err((stage, errno, subject)),
                Some(Message::SharedProc) => self.shared_proc = true,
                None => break,
            }
        }
        if self.boxed {
            return Err((Stage::Supervise, Errno::CHILD, 0));
        }
        let flags = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let status = rustix::process::waitid(WaitId::PidFd(self.pidfd.as_fd()), flags)
            .map_err(|errno| (Stage::Supervise, errno, 0))?
            .ok_or((Stage::Supervise, Errno::CHILD, 0))?;
        let small = |value: Option<i32>| value.and_then(|value| u8::try_from(value).ok());
        match (small(status.exit_status()), small(status.terminating_signal())) {
            (Some(code), _) => Ok(Exit::Code(code)),
            (None, Some(signal)) => Ok(Exit::Signal(signal)),
            (None, None) => Err((Stage::Supervise, Errno::CHILD, 0)),
        }
    }

    fn forward(&self) {
        while let Some(signal) = sys::next_signal(&self.ends.signals) {
            // Without a box, the command is in our process group, where the terminal sends these to both of us.
            if self.boxed || !matches!(signal, libc::SIGINT | libc::SIGQUIT | libc::SIGWINCH) {
                sys::pidfd_kill(self.pidfd.as_fd(), signal);
            }
        }
    }

    /// Makes sure that nothing of the box is left. A box with namespaces dies with its first process; one without is
    /// cleared by it, once it notices that we let go.
    fn bury(&mut self) {
        self.ends.let_go();
        if !self.boxed || self.namespaced {
            sys::pidfd_kill(self.pidfd.as_fd(), libc::SIGKILL);
        }
        let _ = sys::wait_for(self.pidfd.as_fd());
    }
}

/// A process that removes placeholders if the launcher dies before it can.
pub(super) struct Janitor(Option<OwnedFd>);

impl Janitor {
    pub(super) fn hire(placeholders: &[Placeholders], pipes: &Pipes, pidfd: &OwnedFd) -> Self {
        if placeholders.is_empty() {
            return Self(None);
        }
        let mut keep: Vec<_> = placeholders.iter().flat_map(Placeholders::descriptors).collect();
        keep.extend([pipes.alive.as_raw_fd(), pidfd.as_raw_fd()]);
        keep.sort_unstable();
        let before = sys::set_signal_mask(sys::all_signals());
        // SAFETY: the child only makes system calls on what was made ready, and ends in exit.
        let forked = unsafe { sys::fork(0) };
        if matches!(forked, Ok(Forked::Child)) {
            Self::work(placeholders, pipes, pidfd, &keep);
        }
        sys::set_signal_mask(before);
        match forked {
            Ok(Forked::Parent(janitor)) => Self(Some(janitor)),
            // Without one, placeholders are left behind if we are killed; the next box removes them.
            Ok(Forked::Child) | Err(_) => Self(None),
        }
    }

    fn work(placeholders: &[Placeholders], pipes: &Pipes, pidfd: &OwnedFd, keep: &[RawFd]) -> ! {
        let _ = rustix::process::setsid();
        let _ = sys::close_others(keep);
        for gone in [&pipes.alive, pidfd] {
            while poll(&mut [PollFd::new(gone, PollFlags::IN)], None) == Err(Errno::INTR) {}
        }
        for placeholder in placeholders {
            let _ = placeholder.remove();
        }
        sys::exit(0)
    }

    pub(super) fn dismiss(self) {
        if let Some(janitor) = self.0 {
            sys::pidfd_kill(janitor.as_fd(), libc::SIGKILL);
            let _ = sys::wait_for(janitor.as_fd());
        }
    }
}
