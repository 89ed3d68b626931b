//! Completions and manual pages, made from the same table as the command line itself.

use crate::args::Cli;
use crate::failure::{Exit, Failure};
use crate::output;
use args::{CompletionsArgs, ManArgs};
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use std::fs;
use std::io;
use std::path::Path;

pub mod args;

/// When what the pages say changed last in more than words.
const DATE: &str = "2026-11-21";

/// Prints completions.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "guardian", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if args.shell == Shell::Fish {
        script.push_str(&operands_for_fish(&Cli::command()));
    }
    output::data(&script).map(|()| Exit::Done)
}

/// What can stand where no option is named, which the generator leaves out for this shell.
fn operands_for_fish(root: &Command) -> String {
    let mut lines = String::new();
    for command in root.get_subcommands() {
        for operand in command.get_positionals() {
            let values: Vec<String> = operand.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
            if !values.is_empty() {
                let of = format!("__fish_guardian_using_subcommand {}", command.get_name());
                lines.push_str(&format!("complete -c guardian -n \"{of}\" -f -a \"{}\"\n", values.join(" ")));
            }
        }
    }
    lines
}

/// Writes manual pages: one for each command, those within others too.
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let folder = &args.folder;
    let failed = |error| Failure::usage(format!("{} cannot be written: {error}", folder.display()));
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    fs::create_dir_all(folder).and_then(|()| pages(root, folder)).map_err(failed)?;
    output::note(&format!(
        "`man {}/guardian.1` shows the first; in a folder man1 of $MANPATH it is `man guardian`",
        folder.display()
    ));
    Ok(Exit::Done)
}

/// The page of a command, and those of the commands within it.
fn pages(command: Command, folder: &Path) -> io::Result<()> {
    for within in command.get_subcommands().filter(|within| !within.is_hide_set()) {
        pages(within.clone(), folder)?;
    }
    let source = concat!("guardian ", env!("CARGO_PKG_VERSION"));
    let page = clap_mangen::Man::new(command).date(DATE).source(source).manual("guardian");
    let mut text = Vec::new();
    page.render(&mut text)?;
    fs::write(folder.join(page.get_filename()), typeset(&String::from_utf8_lossy(&text)))
}

/// The page without what formatters warn of: breaks around an empty line, characters beyond ASCII.
fn typeset(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    for character in page.replace(".br\n\n.br\n", ".sp\n").chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            text.push_str(&format!("\\[u{:04X}]", u32::from(character)));
        }
    }
    text
}
