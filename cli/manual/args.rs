//! The arguments of `guardian completions` and `guardian man`.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

/// What `guardian completions --help` ends with.
pub const HELP: &str = "\
bash:  guardian completions bash > ~/.local/share/bash-completion/completions/guardian
zsh:   guardian completions zsh > a folder of $fpath, as _guardian
fish:  guardian completions fish > ~/.config/fish/completions/guardian.fish";

/// `guardian completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `guardian man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
