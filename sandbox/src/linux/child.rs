//! What happens between fork and exec: the box's first process, and the command. Nothing here allocates or locks.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Pid, Resource, Signal, WaitOptions};

use super::capabilities;
use super::identity::Identity;
use super::message::{Failure, Message, at};
use super::mounts::Mounts;
use super::seccomp::Filter;
use super::sys::{self, CStrings, SignalSet, Stack};
use super::wall::Wall;
use crate::error::Stage;
use crate::limits;

/// Signals that are passed on to the command.
pub(crate) const FORWARDED: [i32; 7] =
    [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGUSR1, libc::SIGUSR2, libc::SIGWINCH];

/// Everything the children need, made ready before the fork.
pub(crate) struct Plan {
    pub(crate) program: CString,
    pub(crate) argv: CStrings,
    pub(crate) environment: CStrings,
    pub(crate) cwd: CString,
    /// What must be there; nothing in a dry run, where a layer lies over it.
    pub(crate) cwd_identity: Option<Identity>,
    /// The standard streams; -1 for the launcher's own.
    pub(crate) stdio: [RawFd; 3],
    pub(crate) limits: Vec<(Resource, u64)>,
    /// User and group, which cannot be asked for any more once in a namespace where they have no name yet.
    pub(crate) user: (u32, u32),
    /// The signals that were blocked before the launch.
    pub(crate) blocked: SignalSet,
    pub(crate) confined: Option<Confined>,
    /// What the program is handed beside the standard streams.
    pub(crate) passed: Vec<OwnedFd>,
    /// What the command runs on until it is another program.
    pub(crate) stack: Stack,
}

/// The walls.
pub(crate) struct Confined {
    pub(crate) mounts: Option<Mounts>,
    pub(crate) private_network: bool,
    /// Where the socket that the proxy listens on is sent, if there is to be one.
    pub(crate) door: Option<OwnedFd>,
    pub(crate) wall: Option<Wall>,
    pub(crate) filter: &'static Filter,
    /// The filter that tells an observer, and where its descriptor is sent.
    pub(crate) observed: Option<(&'static Filter, OwnedFd)>,
}

/// The ends of the two pipes that belong to the box.
pub(crate) struct Pipes {
    /// To the launcher: messages.
    pub(crate) report: OwnedFd,
    /// From the launcher: nothing, until it ends.
    pub(crate) alive: OwnedFd,
}

/// The first process of the box, which starts with all signals blocked: arranges it, starts the command, waits for its end.
pub(crate) fn first(plan: &mut Plan, pipes: &Pipes) -> ! {
    let failure = match boxed(plan, pipes) {
        Ok(never) => match never {},
        Err(failure) => failure,
    };
    fail(failure, pipes.report.as_fd())
}

/// A command without a box, in the memory of the launcher.
pub(crate) fn bare((plan, pipes): &(&Plan, &Pipes)) -> ! {
    // They would run on what the launcher's other threads work with.
    sys::default_handlers();
    // A program that makes a box is let alone by terminals, and does not outlive us.
    let run = if plan.passed.is_empty() { run } else { command };
    let failure = run(plan).unwrap_or_else(|failure| failure);
    fail(failure, pipes.report.as_fd())
}

/// What the box's first process never comes back with.
enum Never {}

fn fail((stage, errno, subject): Failure, report: BorrowedFd<'_>) -> ! {
    Message::Failed(stage, errno, subject).send(report);
    sys::exit(125)
}

fn boxed(plan: &mut Plan, pipes: &Pipes) -> Result<Never, Failure> {
    let namespaced = plan.confined.as_ref().is_some_and(|confined| confined.mounts.is_some());
    // Whoever kills the launcher with all of its group leaves this process to clear up. A session is for the command.
    rustix::process::setpgid(None, None).map_err(at(Stage::Supervise))?;
    keep_needed(plan, pipes).map_err(at(Stage::Stdio))?;
    if namespaced {
        // The kernel kills the box with the thread that launched it. It may have died before this line.
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(at(Stage::Supervise))?;
        if launcher_died(pipes) {
            sys::exit(125);
        }
        map_user(plan.user).map_err(at(Stage::Identity))?;
    } else {
        let own = rustix::process::getpid();
        rustix::process::set_child_subreaper(Some(own)).map_err(at(Stage::Supervise))?;
    }
    if let Some(confined) = &mut plan.confined {
        if let Some(mounts) = &mut confined.mounts {
            let wall = confined.wall.as_ref().map(Wall::grants);
            mounts.arrange(wall, pipes.report.as_fd())?;
        }
        if confined.private_network {
            sys::loopback_up().map_err(at(Stage::Network))?;
        }
        if let Some(door) = &confined.door {
            open_door(door).map_err(at(Stage::Network))?;
        }
    }
    capabilities::drop_all().map_err(at(Stage::Capabilities))?;
    // This process has seen the outside: nobody in the box may look into it.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(at(Stage::Supervise))?;
    // SAFETY: this process is a fresh fork and so has one thread; the child only makes system calls on what was made ready.
    let command = unsafe { sys::fork_until_exec(&plan.stack, become_command, &(&*plan, pipes)) };
    let (command, _handle) = command.map_err(at(Stage::Fork))?;
    // They are blocked, so none that came before is lost.
    let watched = sys::signal_fd(watched()).map_err(at(Stage::Supervise))?;
    let mut keep = [pipes.report.as_raw_fd(), pipes.alive.as_raw_fd(), watched.as_raw_fd()];
    keep.sort_unstable();
    sys::close_others(&keep).map_err(at(Stage::Supervise))?;
    watch(command, &watched, pipes, namespaced)
}

fn become_command((plan, pipes): &(&Plan, &Pipes)) -> ! {
    let failure = command(plan).unwrap_or_else(|failure| failure);
    fail(failure, pipes.report.as_fd())
}

/// The port of the proxy. Nobody else is in the network of a box when it is taken; and no program of its own asks for it.
pub(crate) const PROXY_PORT: u16 = 61_443;

/// Listens for the launcher, which serves from outside what comes in here.
fn open_door(door: &OwnedFd) -> Result<(), Errno> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};
    let listener = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&listener, &std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, PROXY_PORT))?;
    listen(&listener, 128)?;
    sys::send_descriptor(door.as_fd(), listener.as_fd())
}

/// Closes what the launcher had open but for what this launch is about. Copies of the pipes of other launches are among
/// it: as long as they are open, those launches do not notice the end of their launcher.
fn keep_needed(plan: &Plan, pipes: &Pipes) -> Result<(), Errno> {
    let ruleset =
        plan.confined.as_ref().and_then(|confined| confined.wall.as_ref()).map_or(-1, |wall| wall.ruleset.as_raw_fd());
    let door = plan.confined.as_ref().and_then(|confined| confined.door.as_ref()).map_or(-1, AsRawFd::as_raw_fd);
    let observer = plan
        .confined
        .as_ref()
        .and_then(|confined| confined.observed.as_ref())
        .map_or(-1, |(_, socket)| socket.as_raw_fd());
    let receiver = plan
        .confined
        .as_ref()
        .and_then(|confined| confined.mounts.as_ref()?.receiver())
        .map_or(-1, |receiver| receiver.as_raw_fd());
    let [stdin, stdout, stderr] = plan.stdio;
    let (report, alive) = (pipes.report.as_raw_fd(), pipes.alive.as_raw_fd());
    let mut keep = [0, 1, 2, report, alive, ruleset, door, observer, receiver, stdin, stdout, stderr];
    keep.sort_unstable();
    sys::close_others(&keep)
}

fn launcher_died(pipes: &Pipes) -> bool {
    !sys::ready(pipes.alive.as_fd()).is_empty()
}

/// Becomes oneself, and nobody else, in the new user namespace.
fn map_user((user, group): (u32, u32)) -> Result<(), Errno> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    put(c"/proc/self/setgroups", b"deny")?;
    let mut line = [0_u8; 32];
    put(c"/proc/self/uid_map", map_line(user, &mut line))?;
    put(c"/proc/self/gid_map", map_line(group, &mut line))
}

fn put(path: &std::ffi::CStr, text: &[u8]) -> Result<(), Errno> {
    let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, rustix::fs::Mode::empty())?;
    rustix::io::write(file, text).map(drop)
}

/// `N N 1`, written without allocating.
fn map_line(id: u32, line: &mut [u8; 32]) -> &[u8] {
    let mut at = line.len();
    let mut push = |byte: u8| {
        at = at.saturating_sub(1);
        if let Some(slot) = line.get_mut(at) {
            *slot = byte;
        }
    };
    push(b'1');
    for _ in 0..2 {
        push(b' ');
        let mut rest = id;
        loop {
            push(b'0' + u8::try_from(rest % 10).unwrap_or(0));
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
    }
    line.get(at..).unwrap_or_default()
}

/// The command inside the box; comes back only with what failed.
fn command(plan: &Plan) -> Result<Failure, Failure> {
    // Its own session: no terminal to push input into, and no process group shared with anybody.
    rustix::process::setsid().map_err(at(Stage::Supervise))?;
    // If the first process dies, so does the command, even where no namespace sees to it.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(at(Stage::Supervise))?;
    run(plan)
}

fn run(plan: &Plan) -> Result<Failure, Failure> {
    let entered = enter(plan).map_err(at(Stage::Directory));
    entered?;
    for (from, to) in plan.stdio.into_iter().zip(0..) {
        if from >= 0 {
            sys::duplicate(from, to).map_err(at(Stage::Stdio))?;
        }
    }
    for (resource, limit) in &plan.limits {
        limits::lower(*resource, *limit).map_err(at(Stage::Limits))?;
    }
    sys::close_range(3, u32::MAX, true).map_err(at(Stage::Stdio))?;
    for passed in &plan.passed {
        rustix::io::fcntl_setfd(passed, rustix::io::FdFlags::empty()).map_err(at(Stage::Stdio))?;
    }
    if let Some(wall) = plan.confined.as_ref().and_then(|confined| confined.wall.as_ref()) {
        sys::landlock_restrict(wall.ruleset.as_fd()).map_err(at(Stage::Landlock))?;
    }
    sys::default_signal(libc::SIGPIPE);
    sys::set_signal_mask(plan.blocked);
    if let Some(confined) = &plan.confined {
        filter(confined).map_err(at(Stage::Seccomp))?;
    }
    Ok((Stage::Exec, sys::exec(&plan.program, &plan.argv, &plan.environment), 0))
}

/// Puts the command under its filter. Where an observer cannot be had, as inside another one, there is none.
fn filter(confined: &Confined) -> Result<(), Errno> {
    if let Some((observed, socket)) = &confined.observed {
        match observed.apply() {
            Ok(Some(listener)) => return sys::send_descriptor(socket.as_fd(), listener.as_fd()),
            Ok(None) => return Ok(()),
            Err(Errno::BUSY | Errno::INVAL | Errno::NOSYS) => {}
            Err(errno) => return Err(errno),
        }
    }
    confined.filter.apply().map(drop)
}

/// Enters the directory that was judged, and no other that has taken its name.
fn enter(plan: &Plan) -> Result<(), Errno> {
    rustix::process::chdir(&plan.cwd)?;
    let here = rustix::fs::stat(c".")?;
    if plan.cwd_identity.is_none_or(|identity| identity == Identity::of(&here)) { Ok(()) } else { Err(Errno::STALE) }
}

fn watched() -> SignalSet {
    let [hup, int, quit, term, usr1, usr2, winch] = FORWARDED;
    sys::signal_set(&[hup, int, quit, term, usr1, usr2, winch, libc::SIGCHLD])
}

/// Reaps whatever ends, passes signals on, and ends with the command; what it leaves behind ends too.
fn watch(command: Pid, signals: &OwnedFd, pipes: &Pipes, namespaced: bool) -> ! {
    loop {
        let (ended, alone) = reap(command);
        if let Some(message) = ended {
            if !namespaced && !alone {
                kill_rest(command);
            }
            message.send(pipes.report.as_fd());
            sys::exit(0);
        }
        let mut polled = [PollFd::new(signals, PollFlags::IN), PollFd::new(&pipes.alive, PollFlags::IN)];
        let _ = poll(&mut polled, None);
        let [_, alive] = &polled;
        if !alive.revents().is_empty() {
            if !namespaced {
                kill_rest(command);
            }
            sys::exit(125);
        }
        while let Some(signal) = sys::next_signal(signals) {
            if signal != libc::SIGCHLD {
                sys::kill(-command.as_raw_nonzero().get(), signal);
            }
        }
    }
}

/// Collects all that have ended; says how the command did if it is among them, and whether nobody is left.
fn reap(command: Pid) -> (Option<Message>, bool) {
    let mut ended = None;
    loop {
        let (pid, status) = match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some(one)) => one,
            Ok(None) | Err(Errno::INTR) => return (ended, false),
            Err(_) => return (ended, true),
        };
        if pid == command {
            let code = status.exit_status().and_then(|code| u8::try_from(code).ok()).map(Message::Exited);
            let signal =
                status.terminating_signal().and_then(|signal| u8::try_from(signal).ok()).map(Message::Signalled);
            ended = code.or(signal);
        }
    }
}

/// Kills every process that descends from this one. Each that dies hands its children to us, so this ends when there are
/// none; the bound is for those that fork faster than we kill.
fn kill_rest(command: Pid) {
    sys::kill(-command.as_raw_nonzero().get(), libc::SIGKILL);
    for _ in 0..10_000 {
        each_child(|child| sys::kill(child, libc::SIGKILL));
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        let pause = rustix::event::Timespec { tv_sec: 0, tv_nsec: 200_000 };
        let _ = poll(&mut [], Some(&pause));
    }
}

/// Reads the kernel's list of our children, which has numbers separated by spaces.
fn each_child(act: impl Fn(i32)) {
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC;
    let Ok(file) = rustix::fs::open(c"/proc/thread-self/children", flags, rustix::fs::Mode::empty()) else {
        return;
    };
    let mut bytes = [0_u8; 4096];
    let mut number = 0_i32;
    while let Ok(read @ 1..) = rustix::io::read(&file, &mut bytes) {
        for byte in bytes.get(..read).unwrap_or_default() {
            match byte {
                b'0'..=b'9' => number = number.saturating_mul(10).saturating_add(i32::from(byte - b'0')),
                _ if number > 0 => {
                    act(number);
                    number = 0;
                }
                _ => {}
            }
        }
    }
}
