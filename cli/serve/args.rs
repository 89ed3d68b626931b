//! The words of `guardian serve`.

use crate::options::PolicyArgs;
use clap::Args;
use std::path::PathBuf;

/// What `guardian serve --help` ends with.
pub const HELP: &str = "\
One JSON-RPC 2.0 message a line; `guardian schema serve` prints the schema. Methods: initialize, check, explain, \
approvals/request, approvals/list, approvals/watch, approvals/answer, run, rules/list, rules/suggest, status, \
schema, shutdown; the notification $/cancelRequest with an id takes a request back. Answers come in the order in \
which they are ready.

Questions (approvals/request, run with `ask`) wait for a person's client, such as the agent's own window. On the \
standard streams the agent is trusted to ask its user; on a socket, only who shows the key in guardian's state \
directory may answer. SIGTERM ends the server when what is under way is done, or after five seconds.";

/// `guardian serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Listen on a Unix socket instead, for processes of the same user
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = "")]
    pub socket: Option<PathBuf>,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
}
