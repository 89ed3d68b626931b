//! Starts a command through `sandbox-exec`, waits for its end, and clears up after it.
//!
//! The kernel of macOS has no namespaces and no parent's death signal. What a command leaves in its session is killed when
//! it ends; what cuts itself loose from that outlives it, in its box.

use std::borrow::Cow;
use std::io::{PipeReader, pipe};
use std::net::TcpListener;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};

use guardian_engine::placement::{Network, Placement};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::Signals as Incoming;

use super::Profile;
use crate::denial::Refused;
use crate::enforcement::{Enforcement, Feature};
use crate::environment::kept;
use crate::error::{Error, Stage};
use crate::launch::{Deadline, Exit, Launch, Outcome, Signals, Stdio, Stream, can_be_run};
use crate::limits;
use crate::proxy::{Outer, Proxy, set_variables};

/// Runs a command in its box by this program, which takes what [`SANDBOX_EXEC`](super::SANDBOX_EXEC) takes.
///
/// # Errors
/// Nothing was run: the box cannot be held here, or a stage of the launch failed.
pub fn launch(through: &Path, launch: &Launch<'_>, stdio: Stdio) -> Result<Outcome, Error> {
    launch.check()?;
    can_be_run(launch.program)?;
    let outer = Outer::of(launch.environment);
    let way_out = WayOut::of(launch, &outer)?;
    let profile = match launch.placement {
        Placement::Unsandboxed => None,
        Placement::Sandboxed | Placement::Widened => Profile::with_proxy(launch.confinement, way_out.port())?,
    };
    let mut command = command(through, launch, profile.as_ref());
    let environment = match (&launch.confinement.network, way_out.port()) {
        (Network::Hosts(hosts), Some(port)) => Cow::Owned(set_variables(launch.environment, hosts, port)),
        _ => Cow::Borrowed(launch.environment),
    };
    command.env_clear().envs(kept(&environment, launch.cwd.as_os_str())?).current_dir(launch.cwd);
    command.stdin(standard(stdio.stdin)).stdout(standard(stdio.stdout)).stderr(standard(stdio.stderr));
    let running = Running::start(command, launch, profile.is_some())?;
    let exit = running.wait(launch)?;
    let way_out_note = way_out.0.as_ref().and_then(|_| outer.note());
    let refused = way_out.close();
    let mut enforcement = Enforcement { seatbelt: profile.is_some(), ..Enforcement::default() }.settle();
    if profile.is_some() {
        let note = "held by seatbelt: other processes can be seen, and what cuts itself loose outlives the command";
        enforcement.notes.push(note.to_owned());
    }
    enforcement.notes.extend(way_out_note);
    if launch.observe {
        enforcement.notes.push("refused calls cannot be observed here".to_owned());
    }
    Ok(Outcome { exit, enforcement, refused })
}

fn command(through: &Path, launch: &Launch<'_>, profile: Option<&Profile>) -> Command {
    let rest = launch.argv.iter().skip(1);
    match profile {
        Some(profile) => {
            let mut command = Command::new(through);
            command.args(profile.arguments()).arg(launch.program).args(rest);
            command
        }
        None => {
            let mut command = Command::new(launch.program);
            launch.argv.first().map(|name| command.arg0(name));
            command.args(rest);
            command
        }
    }
}

fn standard(stream: Stream) -> std::process::Stdio {
    match stream {
        Stream::Inherit => std::process::Stdio::inherit(),
        Stream::Null => std::process::Stdio::null(),
        Stream::Fd(fd) => fd.into(),
    }
}

/// The proxy of a box with named hosts. There is no loopback of the box's own, so it listens on the machine's, and the
/// profile leaves that one port open.
struct WayOut(Option<(Proxy, u16)>);

impl WayOut {
    fn of(launch: &Launch<'_>, outer: &Outer) -> Result<Self, Error> {
        let (Network::Hosts(hosts), false) = (&launch.confinement.network, launch.placement == Placement::Unsandboxed)
        else {
            return Ok(Self(None));
        };
        let open = || {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let port = listener.local_addr()?.port();
            std::io::Result::Ok((Proxy::start(listener, (hosts.clone(), outer.clone()))?, port))
        };
        let missing = |source| Error::Missing {
            feature: Feature::Proxy,
            reason: "single hosts cannot be granted without; grant the whole network or none".to_owned(),
            source: Some(source),
        };
        open().map(|open| Self(Some(open))).map_err(missing)
    }

    fn port(&self) -> Option<u16> {
        self.0.as_ref().map(|(_, port)| *port)
    }

    /// Nobody watches but the proxy, so where it refused nothing, nothing is known.
    fn close(self) -> Option<Vec<Refused>> {
        let (refused, _) = self.0?.0.finish().finish();
        (!refused.is_empty()).then_some(refused)
    }
}

struct Running {
    child: Child,
    pid: Pid,
    /// Whether it has a session of its own.
    alone: bool,
    /// The signals that are passed on.
    incoming: Option<Incoming>,
}

fn failed(error: impl Into<std::io::Error>) -> Error {
    Error::failed(Stage::Supervise, "", error)
}

impl Running {
    fn start(mut command: Command, launch: &Launch<'_>, alone: bool) -> Result<Self, Error> {
        let limits = limits::resources(&launch.limits, alone);
        let prepare = move || {
            if alone {
                // No terminal to push input into, and no process group shared with anybody.
                rustix::process::setsid()?;
            }
            for (resource, limit) in &limits {
                limits::lower(*resource, *limit)?;
            }
            Ok(())
        };
        // SAFETY: between fork and exec it makes system calls only, on what was made ready.
        unsafe { command.pre_exec(prepare) };
        // Before it starts, so that none is missed.
        let incoming = match launch.signals {
            Signals::Leave => None,
            Signals::Forward => {
                let forwarded = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH];
                Some(Incoming::new(forwarded).map_err(failed)?)
            }
        };
        let program = command.get_program().to_owned();
        let child = command.spawn().map_err(|error| Error::failed(Stage::Exec, program.display(), error))?;
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(0)).ok_or_else(|| failed(Errno::CHILD))?;
        Ok(Self { child, pid, alone, incoming })
    }

    /// How it ends. Until then its number stands for it and for nobody else, as only the last line here takes its status.
    fn wait(mut self, launch: &Launch<'_>) -> Result<Exit, Error> {
        let (ended, ends) = pipe().map_err(failed)?;
        let incoming = self.incoming.take();
        let handle = incoming.as_ref().map(Incoming::handle);
        let (pid, alone) = (self.pid, self.alone);
        let timed_out = std::thread::scope(|scope| {
            scope.spawn(move || {
                let over = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                let _ = rustix::io::retry_on_intr(|| rustix::process::waitid(WaitId::Pid(pid), over));
                drop(ends);
            });
            if let Some(mut incoming) = incoming {
                scope.spawn(move || incoming.forever().for_each(|signal| pass_on(signal, pid, alone)));
            }
            let timed_out = self.watch(&ended, &Deadline::of(launch));
            self.kill();
            handle.inspect(signal_hook::iterator::Handle::close);
            timed_out
        });
        let status = self.child.wait().map_err(failed)?;
        if timed_out? { Ok(Exit::TimedOut) } else { exit(status) }
    }

    /// Waits for its end; says whether its time was up before.
    fn watch(&self, ended: &PipeReader, deadline: &Deadline) -> Result<bool, Error> {
        loop {
            let Ok(timeout) = deadline.left() else { return Ok(true) };
            match poll(&mut [PollFd::new(ended, PollFlags::IN)], timeout.as_ref()) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(false),
                Err(errno) => return Err(failed(errno)),
            }
        }
    }

    /// Makes sure that nothing of it is left, as far as that can be known.
    fn kill(&self) {
        let _ = if self.alone {
            rustix::process::kill_process_group(self.pid, Signal::KILL)
        } else {
            rustix::process::kill_process(self.pid, Signal::KILL)
        };
    }
}

fn pass_on(signal: i32, pid: Pid, alone: bool) {
    let Some(known) = Signal::from_named_raw(signal) else { return };
    // Without a box, the command is in our process group, where the terminal sends these to both of us.
    if alone {
        let _ = rustix::process::kill_process_group(pid, known);
    } else if !matches!(signal, SIGINT | SIGQUIT | SIGWINCH) {
        let _ = rustix::process::kill_process(pid, known);
    }
}

fn exit(status: ExitStatus) -> Result<Exit, Error> {
    let small = |value: Option<i32>| value.and_then(|value| u8::try_from(value).ok());
    match (small(status.code()), small(status.signal())) {
        (Some(code), _) => Ok(Exit::Code(code)),
        (None, Some(signal)) => Ok(Exit::Signal(signal)),
        (None, None) => Err(failed(Errno::CHILD)),
    }
}
