//! Which rules to offer after a command was approved: short prefixes that will match again, and nothing that opens
//! more than it seems to.
//!
//! There is no list of programs here. What may be offered follows from the structure that the program's spec states,
//! so the same test holds for what guardian offers, for what a model asks for, and for what a client sends back.

use crate::rule::{Decision, Origin, PrefixPattern, Rule};

/// What the spec of a program says about a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many words of argv name what is done: the program, the options in front of a subcommand, and the
    /// subcommands. 1 for `ls -la`, 2 for `git push origin`, 3 for `docker compose up`.
    pub words: usize,
    /// Whether the program has a subcommand that the command does not name, as in `git --version`: then what is
    /// done is not said by any prefix, and only the whole command stands for it.
    pub unfinished: bool,
    /// Whether the program is an interpreter or a wrapper: it runs what its arguments say, so that a prefix of them
    /// says nothing.
    pub runs_code: bool,
    /// Whether the program is known at all.
    pub known: bool,
}

/// A prefix worth a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The words.
    pub prefix: Vec<String>,
    /// Whether it is the whole command.
    pub whole: bool,
    /// Whether it is about nothing but that: what else begins with these words is not for who agrees to this command.
    pub exact: bool,
}

impl Suggestion {
    /// The allow rule for it.
    #[must_use]
    pub fn into_rule(self, origin: Origin) -> Option<Rule> {
        let pattern = PrefixPattern::from_words(self.prefix.iter().map(String::as_str))?;
        let rule = Rule::new(pattern, Decision::Allow, origin);
        Some(if self.exact { rule.exactly() } else { rule })
    }
}

/// Why a prefix may not become an allow rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are no words.
    Empty,
    /// It is not a prefix of the command it is to stand for.
    OtherCommand,
    /// It allows an interpreter or a wrapper to run anything.
    RunsCode,
    /// It ends before it says what is done.
    TooWide,
    /// What else begins like this can be high risk.
    RiskyNeighbours,
    /// It has words that cannot be shown on one line, or too many.
    Unreadable,
}

impl Refusal {
    /// What is wrong, in one line.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Empty => "a rule needs at least one word",
            Self::OtherCommand => "these words do not begin the command",
            Self::RunsCode => "this program runs what its arguments say, so a prefix of them allows anything",
            Self::TooWide => "these words end before they say what is done",
            Self::RiskyNeighbours => "other commands that begin with these words can be high risk",
            Self::Unreadable => "these words cannot be shown in full on one line",
        }
    }
}

/// More words, or longer ones, are nothing that anyone reads before agreeing.
const MOST_WORDS: usize = 12;
const MOST_BYTES: usize = 200;

/// Whether an allow rule for this prefix may be made on the strength of this command.
///
/// `risky` tells whether what the rule is about can be high risk: these words alone, or whatever begins with them.
///
/// # Errors
/// The first reason why not.
pub fn vet(
    prefix: &[&str],
    argv: &[Option<&str>],
    shape: Shape,
    exact: bool,
    risky: &mut dyn FnMut(&[&str], bool) -> bool,
) -> Result<(), Refusal> {
    if prefix.is_empty() {
        return Err(Refusal::Empty);
    }
    let begins = prefix.len() <= argv.len() && prefix.iter().zip(argv).all(|(word, own)| *own == Some(*word));
    if !begins {
        return Err(Refusal::OtherCommand);
    }
    if shape.runs_code {
        return Err(Refusal::RunsCode);
    }
    let bytes: usize = prefix.iter().map(|word| word.len()).sum();
    if prefix.len() > MOST_WORDS || bytes > MOST_BYTES || prefix.iter().any(|word| !is_shown(word)) {
        return Err(Refusal::Unreadable);
    }
    let said = shape.known && !shape.unfinished && prefix.len() >= shape.words;
    if !exact && !said || exact && prefix.len() < argv.len() {
        return Err(Refusal::TooWide);
    }
    if risky(prefix, exact) {
        return Err(Refusal::RiskyNeighbours);
    }
    Ok(())
}

/// The prefixes to offer, the most useful first: what is done; that with its first argument, where that is a word such
/// as the name of a script or a target; the whole command, and nothing else. None for an interpreter, a wrapper, or a
/// command whose words are not known. Words after the first that is not known are never part of a prefix.
#[must_use]
pub fn suggest(argv: &[Option<&str>], shape: Shape, risky: &mut dyn FnMut(&[&str], bool) -> bool) -> Vec<Suggestion> {
    let words: Vec<&str> = argv.iter().map_while(|word| *word).collect();
    let mut ways = vec![(shape.words, false)];
    if words.get(shape.words).is_some_and(|word| is_name(word)) {
        ways.push((shape.words + 1, false));
    }
    ways.push((argv.len(), true));
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for (length, exact) in ways {
        let Some(prefix) = words.get(..length) else {
            continue;
        };
        let new = suggestions.last().is_none_or(|last| last.prefix.len() < length);
        if new && vet(prefix, argv, shape, exact, risky).is_ok() {
            let prefix = prefix.iter().map(|word| (*word).to_owned()).collect();
            suggestions.push(Suggestion { prefix, whole: length == argv.len(), exact });
        }
    }
    suggestions
}

/// Whether the word can be shown as it is: a rule must not look shorter, or other, than it is.
fn is_shown(word: &str) -> bool {
    word.chars().all(|letter| crate::diagnostic::visible(letter) == letter)
}

/// Whether the word names something that stays the same from call to call, and is no path, option or value.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_:".contains(letter))
}
