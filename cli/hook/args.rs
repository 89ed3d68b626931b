//! The words of `guardian hook`.

use crate::hook::host::Host;
use crate::options::PolicyArgs;
use clap::{Args, ValueEnum};

/// What `guardian hook --help` ends with.
pub const HELP: &str = "\
Reads one event as JSON from the standard input and answers on the standard output. An agent whose hooks cannot \
approve is never told `allow`; where there is nothing to say, nothing is said. Whatever fails (bad input, an error \
in the configuration, a bug, too long a wait) is answered with the agent's own way to ask or to deny, and where \
there is no such answer with exit status 2.

Without --enforce the agent runs what it is allowed to run itself, so only what needs no box is approved: plain \
reads, known changes inside the workspace, and what your rules allow. With --enforce every approved command is \
rewritten to run through `guardian run`, in its box.";

/// `guardian hook`.
#[derive(Clone, Debug, Args)]
pub struct HookArgs {
    /// The agent
    #[arg(value_enum, value_name = "AGENT")]
    pub host: Host,
    /// Rewrite approved commands so that they run in guardian's box
    #[arg(long)]
    pub enforce: bool,
    /// What becomes of a question where the agent's hooks cannot ask [default: what is safe for that agent]
    #[arg(long, value_enum, value_name = "HOW")]
    pub unasked: Option<Unasked>,
    /// The event, for agents that do not name it in their input
    #[arg(long, value_name = "NAME")]
    pub event: Option<String>,
    /// Fail on purpose, to see what the agent makes of it
    #[arg(long, value_enum, value_name = "HOW", hide = true)]
    pub fail: Option<Fail>,
    /// Answer for a process that was too slow, about this event
    #[arg(long, value_name = "EVENT", hide = true)]
    pub late: Option<String>,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
}

/// What becomes of a question that cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Unasked {
    /// It is a no
    Deny,
    /// It is left to the agent, which may ask by itself or run the command
    Host,
}

/// Failures that `guardian doctor` sends through a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fail {
    /// A bug
    Panic,
    /// A decision that does not end
    Hang,
}
