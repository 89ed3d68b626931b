//! Why nothing was run.

use std::fmt;
use std::io;

use crate::enforcement::Feature;

/// A step of the launch, in the order they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading the launch: paths, strings, policy.
    Prepare,
    /// Starting the process that becomes the box.
    Fork,
    /// Becoming oneself in the new user namespace.
    Identity,
    /// Arranging the file system.
    Mounts,
    /// Bringing up the private network.
    Network,
    /// Giving up capabilities.
    Capabilities,
    /// Limits on resources.
    Limits,
    /// The Landlock rules.
    Landlock,
    /// The system call filter.
    Seccomp,
    /// Entering the working directory.
    Directory,
    /// Connecting standard input and output.
    Stdio,
    /// Starting the program.
    Exec,
    /// Watching over it.
    Supervise,
}

impl Stage {
    #[cfg(target_os = "linux")]
    pub(crate) const ALL: [Self; 13] = [
        Self::Prepare,
        Self::Fork,
        Self::Identity,
        Self::Mounts,
        Self::Network,
        Self::Capabilities,
        Self::Limits,
        Self::Landlock,
        Self::Seccomp,
        Self::Directory,
        Self::Stdio,
        Self::Exec,
        Self::Supervise,
    ];

    /// What was being done, to follow "cannot".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare the launch",
            Self::Fork => "start the box",
            Self::Identity => "map the user into the box",
            Self::Mounts => "arrange the file system of the box",
            Self::Network => "bring up the private network",
            Self::Capabilities => "give up capabilities",
            Self::Limits => "limit resources",
            Self::Landlock => "apply the landlock rules",
            Self::Seccomp => "apply the system call filter",
            Self::Directory => "enter the working directory",
            Self::Stdio => "connect standard input and output",
            Self::Exec => "run the program",
            Self::Supervise => "watch over the command",
        }
    }
}

/// Why nothing was run (or, at [`Stage::Supervise`], why its end could not be learnt; it has been killed then).
#[derive(Debug)]
pub enum Error {
    /// A step failed.
    Failed {
        /// Which.
        stage: Stage,
        /// On what: a path, a name. May be empty.
        subject: String,
        /// What the system said.
        source: io::Error,
    },
    /// The confinement needs something this machine does not offer.
    Missing {
        /// What.
        feature: Feature,
        /// Which part of the confinement needs it, and how to go on.
        reason: String,
        /// What the system said when it was tried.
        source: Option<io::Error>,
    },
    /// The launch contradicts itself, or is no launch: a relative path, a NUL byte.
    Invalid {
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    pub(crate) fn failed(stage: Stage, subject: impl fmt::Display, source: impl Into<io::Error>) -> Self {
        Self::Failed { stage, subject: subject.to_string(), source: source.into() }
    }

    pub(crate) fn missing(feature: Feature, reason: impl Into<String>) -> Self {
        Self::Missing { feature, reason: reason.into(), source: None }
    }

    pub(crate) fn invalid(reason: impl Into<String>) -> Self {
        Self::Invalid { reason: reason.into() }
    }

    /// The exit status for a front end: 127 if the program does not exist, 126 if it may not be run, else 125.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed { stage: Stage::Exec, source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Self::Failed { stage: Stage::Exec, .. } => 126,
            _ => 125,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { stage, subject, source } if subject.is_empty() => {
                write!(f, "cannot {}: {source}", stage.name())
            }
            Self::Failed { stage, subject, source } => write!(f, "cannot {}: {subject:?}: {source}", stage.name()),
            Self::Missing { feature, reason, source: Some(source) } => {
                write!(f, "this machine lacks {} ({source}): {reason}", feature.name())
            }
            Self::Missing { feature, reason, source: None } => {
                write!(f, "this machine lacks {}: {reason}", feature.name())
            }
            Self::Invalid { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed { source, .. } | Self::Missing { source: Some(source), .. } => Some(source),
            Self::Missing { source: None, .. } | Self::Invalid { .. } => None,
        }
    }
}
