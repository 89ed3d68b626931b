//! What is launched, and how it ended.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use guardian_engine::placement::{Confinement, Placement};

use rustix::event::Timespec;
use rustix::io::Errno;

use crate::denial::Refused;
use crate::enforcement::Enforcement;
use crate::error::{Error, Stage};

/// A command and its box.
#[derive(Clone, Debug)]
pub struct Launch<'a> {
    /// The absolute path of the program, as it was resolved for the decision.
    pub program: &'a Path,
    /// Its arguments, beginning with the name it is called by.
    pub argv: &'a [OsString],
    /// The absolute directory it runs in.
    pub cwd: &'a Path,
    /// The environment, whole. Variables that would load code or change what a shell reads are dropped all the same:
    /// see [`is_dropped`](crate::is_dropped).
    pub environment: &'a [(OsString, OsString)],
    /// The box.
    pub confinement: &'a Confinement,
    /// Its kind; in [`Placement::Unsandboxed`], `confinement` is not looked at.
    pub placement: Placement,
    /// Limits on what it may use up.
    pub limits: Limits,
    /// What becomes of signals that arrive while it runs.
    pub signals: Signals,
    /// Whether refused system calls are written down. Calls that change or reach something then take longer.
    pub observe: bool,
}

impl Launch<'_> {
    /// Whether it is one: absolute paths, and a name to be called by.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !self.program.is_absolute() {
            return Err(Error::invalid(format!(
                "{:?} is not an absolute path: resolve the program first",
                self.program
            )));
        }
        if self.argv.is_empty() {
            return Err(Error::invalid("a command needs a name: its argv is empty"));
        }
        if !self.cwd.is_absolute() {
            return Err(Error::invalid(format!("{:?} is not an absolute directory", self.cwd)));
        }
        Ok(())
    }
}

/// Whether the program could be run. What starts it for us ends alike whether it or the program failed, so what can be told
/// before is.
pub(crate) fn can_be_run(program: &Path) -> Result<(), Error> {
    let failed = |errno: Errno| Error::failed(Stage::Exec, program.display(), errno);
    let kind = rustix::fs::FileType::from_raw_mode(rustix::fs::stat(program).map_err(failed)?.st_mode);
    if !kind.is_file() {
        return Err(failed(Errno::ACCESS));
    }
    rustix::fs::access(program, rustix::fs::Access::EXEC_OK).map_err(failed)
}

/// When the time of a command is up, if ever.
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) fn of(launch: &Launch<'_>) -> Self {
        Self(launch.limits.wall_clock.and_then(|limit| Instant::now().checked_add(limit)))
    }

    /// How long may be waited, for ever if nothing; or how the command ends, as its time is up.
    pub(crate) fn left(&self) -> Result<Option<Timespec>, Exit> {
        let left = self.0.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        match left {
            Some(left) if left.is_zero() => Err(Exit::TimedOut),
            left => Ok(left.and_then(|left| Timespec::try_from(left).ok())),
        }
    }
}

/// The shell that scripts are run by.
pub const SHELL: &str = "/bin/bash";

impl<'a> Launch<'a> {
    /// A launch of a program with its arguments.
    #[must_use]
    pub fn new(
        program: &'a Path,
        argv: &'a [OsString],
        cwd: &'a Path,
        environment: &'a [(OsString, OsString)],
        confinement: &'a Confinement,
        placement: Placement,
    ) -> Self {
        let (limits, signals) = (Limits::default(), Signals::default());
        Self { program, argv, cwd, environment, confinement, placement, limits, signals, observe: false }
    }

    /// The program that runs scripts.
    #[must_use]
    pub fn shell() -> &'static Path {
        Path::new(SHELL)
    }

    /// The arguments with which [`shell`](Self::shell) runs a script, without any start-up file.
    #[must_use]
    pub fn shell_argv(script: &OsStr) -> Vec<OsString> {
        ["bash", "--norc", "--noprofile", "-c"].into_iter().map(OsString::from).chain([script.to_owned()]).collect()
    }
}

/// Limits on what a command may use up. What is absent is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Processes and threads. Held per box where it has namespaces, per user elsewhere; never for root.
    pub processes: Option<u64>,
    /// Bytes of address space of each process.
    pub memory: Option<u64>,
    /// Bytes of each file it writes.
    pub file_size: Option<u64>,
    /// Open files of each process.
    pub open_files: Option<u64>,
    /// Seconds of processor time of each process.
    pub cpu_seconds: Option<u64>,
    /// Time until the whole tree is killed.
    pub wall_clock: Option<Duration>,
}

/// What becomes of signals that arrive in the launching thread while a command runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signals {
    /// They do what they would do without a launch. For servers, and for threads beside others.
    #[default]
    Leave,
    /// Hang-up, interrupt, quit, terminate, user signals and window changes are blocked in this thread and passed on to
    /// the command. For a program that has this one thing to do.
    Forward,
}

/// What a standard stream of the command is connected to.
#[derive(Debug, Default)]
pub enum Stream {
    /// The launcher's own.
    #[default]
    Inherit,
    /// `/dev/null`.
    Null,
    /// This descriptor.
    Fd(OwnedFd),
}

/// The standard streams of the command.
#[derive(Debug, Default)]
pub struct Stdio {
    /// Standard input.
    pub stdin: Stream,
    /// Standard output.
    pub stdout: Stream,
    /// Standard error.
    pub stderr: Stream,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this status.
    Code(u8),
    /// By this signal.
    Signal(u8),
    /// By us, as its time was up.
    TimedOut,
}

impl Exit {
    /// The exit status for a front end: its own; 128 + n for a signal; 124 if its time was up.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => signal.saturating_add(128),
            Self::TimedOut => 124,
        }
    }
}

/// A command that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub exit: Exit,
    /// What held its box.
    pub enforcement: Enforcement,
    /// What was seen to be refused; nothing if nobody watched, because nobody asked for it or this machine has no means to
    /// (which the notes say).
    pub refused: Option<Vec<Refused>>,
}
