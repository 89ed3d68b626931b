//! Which processes are guardian's, and which it answers to: a signal to them is not like one to any other.

use crate::process::{self, all, own};
use guardian_engine::GUARDIAN;
use std::path::Path;

/// Whom guardian answers to: what started it, and what started that.
const CALLER: &str = "a process that guardian answers to";
/// What guardian does for an agent, whose own processes those are.
const FOR_AGENTS: &[&str] = &["run", "sandbox"];

/// Whose processes these are, if they are guardian's or ones it answers to: a number, that of a group with a dash, or a
/// pattern of names.
pub fn guarded(named: &str) -> Option<&'static str> {
    let (digits, group) = named.strip_prefix('-').map_or((named, false), |digits| (digits, true));
    match digits.parse::<i32>() {
        Ok(number) if number > 1 && group => grouped(number),
        Ok(number) if number > 1 => numbered(process::whole(number)),
        Ok(_) => None,
        Err(_) => matching(named),
    }
}

fn numbered(number: i32) -> Option<&'static str> {
    if number == own() || words(number).is_some() {
        return Some(GUARDIAN);
    }
    process::ancestors().iter().any(|(process, _)| *process == number).then_some(CALLER)
}

fn grouped(number: i32) -> Option<&'static str> {
    let within = |process: i32| process::group(process) == Some(number);
    if within(own()) || all().into_iter().any(|process| within(process) && words(process).is_some()) {
        return Some(GUARDIAN);
    }
    process::ancestors().iter().any(|(process, _)| within(*process)).then_some(CALLER)
}

/// Those of guardian's that a pattern may find, by all their words: of a regular expression the part that is surely text.
/// Not this process, whose words are the proposal.
fn matching(pattern: &str) -> Option<&'static str> {
    let text = pattern.trim_start_matches('^');
    let end = text.find(['.', '*', '?', '[', '(', '{', '|', '+', '\\', '$', '^']).unwrap_or(text.len());
    let text = text.get(..end).filter(|text| !text.is_empty())?;
    let found = |process: i32| process != own() && words(process).is_some_and(|words| words.contains(text));
    all().into_iter().any(found).then_some(GUARDIAN)
}

/// The words that a process of guardian's was started with, if it is one and serves nobody's command.
fn words(number: i32) -> Option<String> {
    let words = process::words(number)?;
    let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
    let (program, rest) = words.split_first()?;
    let named = Path::new(program.as_ref()).file_name().is_some_and(|name| name == GUARDIAN);
    let same = || {
        let exe = process::program(number);
        exe.is_some() && exe == std::env::current_exe().ok()
    };
    let for_agents = rest.first().is_some_and(|word| FOR_AGENTS.contains(&word.as_ref()));
    ((named || same()) && !for_agents).then(|| words.join(" "))
}
