//! Starts bubblewrap, looks at its box, lets it go on, and waits for its end.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit};

use super::super::child::Plan;
use super::super::identity::Identity;
use super::super::message::Message;
use super::super::placeholder::Placeholders;
use super::super::policy::Policy;
use super::super::seccomp::Filter;
use super::super::supervise::{Ends, Janitor, start};
use super::super::sys::{self, CStrings};
use super::{Request, command_line, inspect, memory};
use crate::environment::c_string;
use crate::error::{Error, Stage};
use crate::launch::{Deadline, Exit, Launch};

/// A box that is not ready by then never will be.
const PATIENCE: Duration = Duration::from_secs(20);

fn failed(errno: Errno) -> Error {
    Error::failed(Stage::Supervise, "bubblewrap", errno)
}

fn broken(why: impl Into<String>) -> Error {
    Error::failed(Stage::Mounts, "bubblewrap", std::io::Error::other(why.into()))
}

/// Runs a plan in the box that was asked for.
pub(crate) fn run(
    mut plan: Plan,
    (program, request, filter): (&Path, &Request, &Filter),
    launch: &Launch<'_>,
    (policy, placeholders): (&Policy, &[Placeholders]),
) -> Result<Exit, Error> {
    let (ends, pipes) = Ends::of(launch, &mut plan).map_err(failed)?;
    let (status, said) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
    let (gate, opener) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
    let passed = [request.file()?, memory(&filter.bytes())?, said, gate];
    let mut command = vec![c_string(launch.program.as_os_str().as_encoded_bytes())?];
    for argument in launch.argv.iter().skip(1) {
        command.push(c_string(argument.as_encoded_bytes())?);
    }
    let fds = passed.each_ref().map(AsRawFd::as_raw_fd);
    plan.argv = CStrings::new(command_line(program, &command, &plan.cwd, fds)?);
    plan.program = c_string(program.as_os_str().as_encoded_bytes())?;
    plan.passed = passed.into();
    let processes = take_process_limit(&mut plan);
    let cwd = plan.cwd_identity.ok_or_else(|| broken("it has no directory to start in"))?;
    let outer = start(&mut plan, &pipes, 0).map_err(|refusal| refusal.error)?;
    let janitor = Janitor::hire(placeholders, &pipes, &outer);
    drop(pipes);
    plan.passed.clear();
    let mut bubble = Bubble { outer, inner: None, status, text: String::new(), ends };
    let exit = bubble
        .begin(policy, (launch.cwd, cwd), processes)
        .and_then(|()| rustix::io::write(&opener, b"x").map_err(failed))
        .and_then(|_| bubble.watch(launch));
    bubble.bury();
    janitor.dismiss();
    bubble.ends.let_go();
    match Message::receive(&bubble.ends.messages) {
        Some(Message::Failed(stage, errno, _)) => Err(Error::failed(stage, "bubblewrap", errno)),
        _ => exit,
    }
}

/// Processes are counted per box only from within; bubblewrap itself is not to be counted with all the user's others.
fn take_process_limit(plan: &mut Plan) -> Option<u64> {
    let limit = plan.limits.iter().find(|(resource, _)| *resource == Resource::Nproc).map(|(_, limit)| *limit);
    plan.limits.retain(|(resource, _)| *resource != Resource::Nproc);
    limit
}

struct Bubble {
    /// bubblewrap.
    outer: OwnedFd,
    /// The first process of its box.
    inner: Option<(Pid, OwnedFd)>,
    /// Where it says how it does, and what it has said.
    status: OwnedFd,
    text: String,
    ends: Ends,
}

impl Bubble {
    /// Waits until the box is as it should be, or it is certain that it will not be.
    fn begin(&mut self, policy: &Policy, cwd: (&Path, Identity), processes: Option<u64>) -> Result<(), Error> {
        let end = Instant::now() + PATIENCE;
        while !self.text.contains('}') {
            if !self.hear() {
                return Err(broken("it could not make a box"));
            }
        }
        let pid =
            number(&self.text, "child-pid").and_then(Pid::from_raw).ok_or_else(|| broken("it made no process"))?;
        let handle = rustix::process::pidfd_open(pid, PidfdFlags::empty()).map_err(|errno| match errno {
            Errno::SRCH => broken("it could not make the box"),
            errno => failed(errno),
        })?;
        self.inner = Some((pid, handle));
        let number = pid.as_raw_nonzero().get().unsigned_abs();
        while let Err(why) = inspect::look(number, policy, cwd) {
            if self.inner.as_ref().is_none_or(|(_, inner)| sys::is_readable(inner.as_fd())) {
                return Err(broken("it could not make the box"));
            }
            if Instant::now() > end {
                return Err(broken(format!("its box is not the one that was asked for: {why}")));
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        if let Some(limit) = processes {
            let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
            rustix::process::prlimit(Some(pid), Resource::Nproc, limit).map_err(failed)?;
        }
        Ok(())
    }

    /// Reads what it says; false at its end.
    fn hear(&mut self) -> bool {
        let mut bytes = [0; 512];
        match rustix::io::read(&self.status, &mut bytes) {
            Ok(0) => false,
            Ok(count) => {
                self.text.push_str(&String::from_utf8_lossy(bytes.get(..count).unwrap_or_default()));
                true
            }
            Err(errno) => errno == Errno::INTR,
        }
    }

    fn watch(&mut self, launch: &Launch<'_>) -> Result<Exit, Error> {
        let deadline = Deadline::of(launch);
        loop {
            let timeout = match deadline.left() {
                Ok(timeout) => timeout,
                Err(exit) => return Ok(exit),
            };
            let mut polled = [PollFd::new(&self.outer, PollFlags::IN), PollFd::new(&self.ends.signals, PollFlags::IN)];
            match poll(&mut polled, timeout.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(failed(errno)),
            }
            let [end, signal] = polled.map(|polled| !polled.revents().is_empty());
            if end {
                while self.hear() {}
                let code = number(&self.text, "exit-code").and_then(|code| u8::try_from(code).ok());
                return code.map(Exit::Code).ok_or_else(|| failed(Errno::CHILD));
            }
            while signal && let Some(signal) = sys::next_signal(&self.ends.signals) {
                self.pass_on(signal);
            }
        }
    }

    /// Sends a signal to the box's first process and its group, in which the command is. That process itself, being the
    /// first, takes none that it has not asked for.
    fn pass_on(&self, signal: i32) {
        let Some((init, handle)) = &self.inner else { return };
        let init = init.as_raw_nonzero();
        // It is let go just before it starts the command.
        let children = format!("/proc/{init}/task/{init}/children");
        while !sys::is_readable(handle.as_fd()) && std::fs::read(&children).unwrap_or_default().is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        sys::kill(-init.get(), signal);
    }

    /// Makes sure that nothing of the box is left.
    fn bury(&mut self) {
        if let Some((_, inner)) = &self.inner {
            sys::pidfd_kill(inner.as_fd(), libc::SIGKILL);
        }
        sys::pidfd_kill(self.outer.as_fd(), libc::SIGKILL);
        let _ = sys::wait_for(self.outer.as_fd());
        if let Some((_, inner)) = &self.inner {
            while poll(&mut [PollFd::new(inner, PollFlags::IN)], None) == Err(Errno::INTR) {}
        }
    }
}

/// The number that stands behind a name in what bubblewrap says: objects without objects in them.
fn number(text: &str, name: &str) -> Option<i32> {
    let (_, rest) = text.split_once(&format!("\"{name}\":"))?;
    let digits = rest.trim_start();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_is_read() {
        let text = "{ \"child-pid\": 17706, \"cgroup-namespace\": 4026532182 }\n{ \"exit-code\": 7 }\n";
        assert_eq!((number(text, "child-pid"), number(text, "exit-code")), (Some(17706), Some(7)));
        assert_eq!(number(text, "other"), None);
    }
}
