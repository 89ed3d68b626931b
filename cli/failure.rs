//! How a front end ends: the table of exit statuses, and failures that a person can act on.

use crate::sanitize;
use guardian_engine::Decision;
use guardian_rules::diagnostic::{Diagnostic, Severity};
use std::fmt;
use std::process::ExitCode;

/// Every status `guardian` exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: allowed, or done.
    Done,
    /// 1: an error of guardian's own.
    Internal,
    /// 2: a usage or configuration error.
    Usage,
    /// 10: a person has to be asked.
    Prompt,
    /// 20: forbidden.
    Forbidden,
    /// 125: `run` failed before the command was started.
    RunFailed,
    /// 126: `run` did not run it, because it may not.
    RunDenied,
    /// 127: there is no such program.
    NotFound,
    /// The status of the command that was run.
    Child(u8),
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Prompt => 10,
            Self::Forbidden => 20,
            Self::RunFailed => 125,
            Self::RunDenied => 126,
            Self::NotFound => 127,
            Self::Child(status) => status,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<Decision> for Exit {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Allow => Self::Done,
            Decision::Prompt => Self::Prompt,
            Decision::Forbidden => Self::Forbidden,
        }
    }
}

/// Why there is no answer: a lowercase line, and what would help.
#[derive(Debug)]
pub struct Failure {
    /// The status to exit with.
    pub exit: Exit,
    /// What went wrong, already safe to show.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// What is wrong with files, each with its place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// Something in the arguments or the configuration that has to be changed first.
    pub fn usage(message: impl AsRef<str>) -> Self {
        Self::new(Exit::Usage, message.as_ref())
    }

    /// Something that went wrong in guardian or around it.
    pub fn internal(message: impl AsRef<str>) -> Self {
        Self::new(Exit::Internal, message.as_ref())
    }

    fn new(exit: Exit, message: &str) -> Self {
        Self { exit, message: sanitize::lines(message), help: None, diagnostics: Vec::new() }
    }

    /// Mistakes in configuration files.
    pub fn configuration(diagnostics: Vec<Diagnostic>) -> Self {
        let errors = diagnostics.iter().filter(|problem| problem.severity == Severity::Error).count();
        let words = if errors == 1 { "an error" } else { "errors" };
        Self { diagnostics, ..Self::new(Exit::Usage, &format!("nothing is judged with {words} in the configuration")) }
    }

    /// The same with a line of help.
    pub fn help(mut self, help: impl AsRef<str>) -> Self {
        self.help = Some(sanitize::line(help.as_ref()));
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "guardian: {}", self.message.trim_end())?;
        match &self.help {
            Some(help) => writeln!(f, "  help: {help}"),
            None => Ok(()),
        }
    }
}
