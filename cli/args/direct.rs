//! The short ways through the command line. Making the words of all front ends costs more than a verdict. So what agents
//! and scripts call again and again is read by hand where it is plain, every option a word of its own; and else only the
//! words of that one front end are made. Whatever these do not take (a mistake, `--help`, another front end) goes the
//! whole way, which has the message for it.

use super::{Cli, Command};
use crate::check::CheckArgs;
use crate::config::key;
use crate::hook::args::HookArgs;
use crate::options::{AskArgs, OutputArgs, PolicyArgs, ProposalArgs};
use clap::{Args, Parser, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

impl Cli {
    /// What this process was asked.
    pub fn read() -> Result<Self, clap::Error> {
        match plainly(std::env::args_os()).or_else(|| directly(std::env::args_os())) {
            Some(command) => Ok(Self { command }),
            None => Self::try_parse(),
        }
    }
}

/// The front end with its arguments, where every word of them is plain.
fn plainly(words: impl Iterator<Item = OsString>) -> Option<Command> {
    let mut words = words.skip(1);
    let front = words.next()?;
    match front.to_str()? {
        "check" => Some(Command::Check(CheckArgs { jsonl: None, ask: ask(&mut words)? })),
        "explain" => ask(&mut words).map(Command::Explain),
        "hook" => hook(&mut words).map(Command::Hook),
        _ => None,
    }
}

/// Options, and then the command, which takes every word that follows.
fn ask(words: &mut impl Iterator<Item = OsString>) -> Option<AskArgs> {
    let (mut policy, mut output) = (PolicyArgs::default(), OutputArgs::default());
    let words = loop {
        let word = words.next()?.into_string().ok()?;
        match word.as_str() {
            "--json" if !output.json => output.json = true,
            "-q" | "--quiet" if !output.quiet => output.quiet = true,
            "--" => break rest(words)?,
            option if option.starts_with('-') && option != "-" => place(option, words, &mut policy)?,
            _ => {
                let mut all = vec![word];
                all.extend(rest(words).filter(|rest| rest.iter().all(|word| word != "--"))?);
                break all;
            }
        }
    };
    Some(AskArgs { proposal: ProposalArgs { words }, policy, output })
}

fn rest(words: &mut impl Iterator<Item = OsString>) -> Option<Vec<String>> {
    words.map(|word| word.into_string().ok()).collect()
}

fn hook(words: &mut impl Iterator<Item = OsString>) -> Option<HookArgs> {
    let (mut host, mut enforce, mut unasked, mut event, mut policy) = (None, false, None, None, PolicyArgs::default());
    while let Some(word) = words.next() {
        let word = word.into_string().ok()?;
        match word.as_str() {
            "--enforce" if !enforce => enforce = true,
            "--unasked" if unasked.is_none() => unasked = Some(ValueEnum::from_str(&value(words)?, false).ok()?),
            "--event" if event.is_none() => event = Some(value(words)?),
            option if option.starts_with('-') => place(option, words, &mut policy)?,
            _ if host.is_none() => host = Some(ValueEnum::from_str(&word, false).ok()?),
            _ => return None,
        }
    }
    Some(HookArgs { host: host?, enforce, unasked, event, fail: None, late: None, policy })
}

/// Policy and place.
fn place(option: &str, words: &mut impl Iterator<Item = OsString>, policy: &mut PolicyArgs) -> Option<()> {
    let known = |value: String, names: &[&str]| names.contains(&value.as_str()).then_some(value);
    match option {
        "-a" | "--ask-for-approval" if policy.approval.is_none() => {
            policy.approval = Some(known(value(words)?, key::APPROVALS)?);
        }
        "-s" | "--sandbox" if policy.sandbox.is_none() => policy.sandbox = Some(known(value(words)?, key::MODES)?),
        "-C" | "--cd" if policy.cd.is_none() => policy.cd = Some(PathBuf::from(value(words)?)),
        "-p" | "--profile" if policy.profile.is_none() => policy.profile = Some(value(words)?),
        "--workspace" => policy.workspace.push(PathBuf::from(value(words)?)),
        "-c" | "--config" => policy.config.push(value(words)?),
        _ => return None,
    }
    Some(())
}

/// What follows an option, where it can be nothing but its value.
fn value(words: &mut impl Iterator<Item = OsString>) -> Option<String> {
    words.next()?.into_string().ok().filter(|value| !value.is_empty() && !value.starts_with('-'))
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
    fn the_plain_way_leads_there_too_or_nowhere() {
        for line in [
            "check ls",
            "check -",
            "check -- ls -la",
            "check -- -- ls",
            "check ls -la --help",
            "check ls --json -q",
            "check -a never -s read-only --json -- ls --version",
            "check -q --quiet ls",
            "check -C / -c a=b -c c=d -p x --workspace / --workspace /tmp --quiet a b",
            "check -C -x ls",
            "check -C",
            "check -a sometimes ls",
            "check -a never -a never ls",
            "check --json --json ls",
            "check --js ls",
            "check -qa never ls",
            "check --yolo ls",
            "check --color never ls",
            "check --jsonl -",
            "check ls -- x",
            "check",
            "check --",
            "check --json",
            "explain -q git push -h",
            "explain --ask-for-approval untrusted --sandbox workspace-write --cd /tmp --config a=b git push",
            "explain -h",
            "hook claude-code",
            "hook claude-code --enforce --unasked deny -p strict",
            "hook --event x cline",
            "hook codex -a never -s danger-full-access --workspace / -c a=b",
            "hook CODEX",
            "hook codex codex",
            "hook codex --fail hang",
            "hook codex --enforce --enforce",
            "hook codex --",
            "hook -- codex",
            "hook",
            "run ls",
        ] {
            let whole = Cli::try_parse_from(words(line)).map(|whole| format!("{:?}", whole.command));
            if let Some(plain) = plainly(words(line)) {
                assert_eq!(whole.ok(), Some(format!("{plain:?}")), "{line}");
            }
        }
        for line in ["check ls", "check -- a", "check -s read-only --json ls", "explain -q ls", "hook codex --enforce"]
        {
            assert!(plainly(words(line)).is_some(), "{line}");
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
