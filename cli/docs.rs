//! `guardian docs commands`: the reference of what is known of commands, made from the compiled specs themselves, so it
//! cannot say anything that is not in force. [`mod@reference`] gathers, [`sheet`] and [`html`] show.

mod html;
mod reference;
mod sheet;

use crate::config::Config;
use crate::config::place::Places;
use crate::failure::{Exit, Failure};
use crate::look::Look;
use crate::options::{OutputArgs, PolicyArgs};
use crate::output;
use crate::render::wire;
use crate::setup;
use clap::{Args, Subcommand};
use guardian_rules::diagnostic::nearest;
use guardian_rules::paths::last_name;
use guardian_rules::{CommandSpec, Specs};
use reference::{Entry, Library};

/// `guardian docs`.
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// What to show.
    #[command(subcommand)]
    pub command: DocsCommand,
}

/// What there is a reference of.
#[derive(Debug, Subcommand)]
pub enum DocsCommand {
    /// Show what is known of commands: their options, subcommands and effects
    #[command(after_help = HELP)]
    Commands(Box<CommandsArgs>),
}

const HELP: &str = "\
Without NAME: the names of everything that is known. `guardian docs commands git log tar` shows `git log` and `tar`. \
An option or subcommand that is not listed is unknown, and what is unknown is never allowed unasked.";

/// `guardian docs commands`.
#[derive(Debug, Args)]
pub struct CommandsArgs {
    /// Make one page of HTML, of all commands where none is named
    #[arg(long, conflicts_with = "json")]
    pub html: bool,
    /// Programs, each with its subcommand behind it if that is what is meant
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Policy and place.
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// Output.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Shows the reference.
pub fn docs(args: &DocsArgs) -> Result<Exit, Failure> {
    let DocsCommand::Commands(args) = &args.command;
    output::set_manner(args.output);
    let cwd = setup::working_directory(&args.policy)?;
    let config = Config::load(&args.policy, Places::of_host(), &cwd)?;
    let specs = config.commands.knowledge.specs();
    let library = Library::of(specs);
    let whole = args.html || args.output.json;
    let text = if args.names.is_empty() && !whole {
        sheet::index(&library, Look::stdout(args.output.color))
    } else {
        let entries: Vec<Entry> = match args.names.as_slice() {
            [] => library.all(),
            names => named(specs, names)?.into_iter().map(|(name, spec)| library.entry(&name, spec)).collect(),
        };
        if args.html {
            html::page(&entries)
        } else if args.output.json {
            wire::pretty(&entries)
        } else {
            sheet::sheets(&entries, Look::stdout(args.output.color))
        }
    };
    output::data(&text).map(|()| Exit::Done)
}

/// The commands that words name: a word that is a subcommand of the one before it belongs to that, and otherwise names
/// a program.
fn named(specs: Specs<'static>, words: &[String]) -> Result<Vec<(String, CommandSpec<'static>)>, Failure> {
    let mut found: Vec<(String, CommandSpec<'static>)> = Vec::new();
    for word in words.iter().flat_map(|words| words.split_whitespace()) {
        if let Some((name, spec)) = found.last_mut()
            && let Some(child) = spec.subcommand(word)
        {
            name.push(' ');
            name.push_str(word);
            *spec = child;
            continue;
        }
        match specs.program(last_name(word)) {
            Some(spec) => found.push((word.to_owned(), spec)),
            None => return Err(unknown(specs, found.last(), word)),
        }
    }
    Ok(found)
}

fn unknown(specs: Specs<'static>, before: Option<&(String, CommandSpec<'static>)>, word: &str) -> Failure {
    let children: Vec<&str> = before.iter().flat_map(|(_, spec)| spec.subcommands()).map(|(word, _)| word).collect();
    let programs: Vec<&str> = specs.programs().map(|(name, _)| name).collect();
    let failure = match before {
        Some((name, _)) if !children.is_empty() => {
            Failure::usage(format!("`{word}` is neither a known subcommand of `{name}` nor a known program"))
        }
        _ => Failure::usage(format!("`{word}` is not described")),
    };
    match nearest(word, &children).or_else(|| nearest(word, &programs)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("a file in ~/.config/guardian/commands can describe it"),
    }
}
