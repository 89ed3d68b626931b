//! The words of `guardian serve`.

use crate::args::PolicyArgs;
use clap::Args;
use std::path::PathBuf;

/// What `guardian serve --help` ends with.
pub const HELP: &str = "\
One JSON-RPC 2.0 message a line. Methods: initialize, check, explain, run, status, schema, shutdown; the notification
$/cancelRequest with an id takes back what has not begun. `run` launches what is allowed and nothing else: questions are
for people, who are not on this line. Answers come in the order in which they are ready.";

/// `guardian serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Listen on a Unix socket instead, for processes of the same user
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = "")]
    pub socket: Option<PathBuf>,
}
