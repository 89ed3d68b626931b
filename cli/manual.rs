//! Completions and manual pages, made from the same table as the command line itself.

use crate::args::Cli;
use crate::failure::{Exit, Failure};
use crate::output;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::path::{Path, PathBuf};

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

/// Writes manual pages.
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut cli = Cli::command();
    cli.build();
    page(&args.folder, "guardian", &cli)?;
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        page(&args.folder, &format!("guardian-{}", command.get_name()), command)?;
    }
    Ok(Exit::Done)
}

fn page(folder: &Path, name: &str, command: &clap::Command) -> Result<(), Failure> {
    let path = folder.join(format!("{name}.1"));
    let failed = |error| Failure::usage(format!("{} cannot be written: {error}", path.display()));
    let mut text = Vec::new();
    // A page is named by its file; the command itself already has a name.
    let named = command.clone().display_name(name.to_owned());
    clap_mangen::Man::new(named).render(&mut text).map_err(failed)?;
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, &text)).map_err(failed)
}
