//! The short way through the command line. Making the words of all front ends costs more than a verdict, so for those
//! that agents and scripts call again and again only their own words are made. Whatever these do not take (a mistake,
//! `--help`, another front end) goes the whole way, which has the message for it.

use super::{Cli, Command};
use clap::{Args, Parser};
use std::ffi::OsString;

impl Cli {
    /// What this process was asked.
    pub fn read() -> Result<Self, clap::Error> {
        match directly(std::env::args_os()) {
            Some(command) => Ok(Self { command }),
            None => Self::try_parse(),
        }
    }
}

/// The front end with its arguments, where it is one of those and they are in order.
fn directly(mut words: impl Iterator<Item = OsString>) -> Option<Command> {
    let _program = words.next()?;
    let front = words.next()?;
    match front.to_str()? {
        "check" => arguments(words).map(Command::Check),
        "explain" => arguments(words).map(Command::Explain),
        "hook" => arguments(words).map(Command::Hook),
        "run" => arguments(words).map(Command::Run),
        _ => None,
    }
}

fn arguments<A: Args>(words: impl Iterator<Item = OsString>) -> Option<A> {
    let command = A::augment_args(clap::Command::new("guardian").no_binary_name(true).disable_help_flag(true));
    A::from_arg_matches(&command.try_get_matches_from(words).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> impl Iterator<Item = OsString> {
        let words: Vec<OsString> = std::iter::once("guardian").chain(line.split(' ')).map(Into::into).collect();
        words.into_iter()
    }

    #[test]
    fn the_short_way_leads_where_the_whole_way_does() {
        for line in [
            "check ls",
            "check ls -la --help",
            "check -a never -s read-only --json -- ls --version",
            "check --jsonl -",
            "check --yolo -C / -c a=b -c c=d --color=always",
            "explain --quiet git push -h",
            "run --approval token",
            "run --canonical -",
            "hook claude-code --enforce --unasked deny -p strict",
            "hook --event x cline",
        ] {
            let short = directly(words(line));
            let whole = Cli::try_parse_from(words(line)).unwrap();
            assert_eq!(format!("{:?}", short.unwrap()), format!("{:?}", whole.command), "{line}");
        }
    }

    #[test]
    fn what_is_no_plain_call_goes_the_whole_way() {
        for line in [
            "check --help",
            "check -h",
            "check --version",
            "check -V",
            "check --no-such-option",
            "check --jsonl x ls",
            "check --yolo --full-auto ls",
            "explain -a sometimes ls",
            "hook",
            "hook no-agent",
            "run --help",
            "help check",
            "status",
            "",
        ] {
            assert!(directly(words(line)).is_none(), "{line}");
        }
    }
}
