//! Completions and manual pages, made from the same table as the command line itself.

use crate::args::Cli;
use crate::failure::{Exit, Failure};
use crate::output;
use clap::{Args, CommandFactory};
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

/// Prints completions.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "guardian", &mut script);
    output::data(&String::from_utf8_lossy(&script)).map(|()| Exit::Done)
}

/// Writes manual pages: one for each command, those within others too.
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let folder = &args.folder;
    let failed = |error| Failure::usage(format!("{} cannot be written: {error}", folder.display()));
    std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder)).map_err(failed)?;
    output::note(&format!(
        "`man {}/guardian.1` shows the first; in a folder man1 of $MANPATH it is `man guardian`",
        folder.display()
    ));
    Ok(Exit::Done)
}
