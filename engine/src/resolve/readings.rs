//! What words may mean besides, where nobody described them as they stand: a further command of the same tool behind `;`, a
//! subcommand behind the value of an option, one that is shortened. What they would do then is judged as well, so that this
//! only ever adds.

use super::bound::{BindProblem, Binding};
use super::resolution::Invocation;
use super::state::{Fields, State};
use super::value::{HOLE, Knowledge, Unit, Value, Why};
use super::walker::Walker;
use crate::shell::parse;
use guardian_rules::{CommandSpec, Output, Role};
use std::rc::Rc;

/// So many readings of one command are looked at.
pub(super) const MOST_READINGS: usize = 16;

/// Why not all of them were.
pub(super) const MORE_READINGS: &str = "words may mean more than is followed";

/// What parts a line into fields, as scripts mostly have it.
const PARTS: [char; 7] = [' ', '\t', '\n', ':', ',', '|', '='];

/// So many ways that words may be are each looked at alone, and what is left of them together.
const MOST_ALONE: usize = 4;

impl Walker<'_> {
    /// The commands behind a word that ends in `;`, as tmux reads them, if a subcommand stands there.
    pub(super) fn further(&mut self, invocation: &Invocation, state: &State) {
        let ends = |word: &Value| word.text.ends_with(';');
        if !invocation.arguments.iter().any(ends) {
            return;
        }
        let Some(root) = self.specs.program(&invocation.name).filter(|spec| spec.has_subcommands()) else { return };
        let names = |word: &Value| {
            word.known().is_some_and(|text| root.subcommand(text).is_some() || shortened(root, text).is_some())
        };
        let behind = invocation.arguments.iter().zip(invocation.arguments.iter().skip(1));
        let Some(at) = behind.into_iter().position(|(word, next)| ends(word) && names(next)) else { return };
        // What is behind the next one is found from there.
        let words = invocation.arguments.get(at + 1..).unwrap_or_default().to_vec();
        self.read_as(words, invocation, state);
    }

    /// What a command does if the words that are only nearly known are what they seem to be: `cat $(echo -n /etc/shadow)`.
    pub(super) fn seeming(&mut self, invocation: &Invocation, state: &State) {
        if !invocation.arguments.iter().any(seems_known) {
            return;
        }
        let ways = invocation.arguments.iter().filter_map(|word| Some(word.several_ways()?.lines().count())).max();
        for way in 0..ways.unwrap_or(1).min(MOST_ALONE) {
            self.seeming_so(way, invocation, state);
        }
    }

    /// The same on one way through the script: words of which there are several are the one of this number, or all that are
    /// left.
    fn seeming_so(&mut self, way: usize, invocation: &Invocation, state: &State) {
        let mut words = Vec::with_capacity(invocation.arguments.len() + 1);
        words.push(invocation.program.clone());
        for word in &invocation.arguments {
            let Some(sketch) = word.sketch.as_deref().filter(|_| seems_known(word)) else {
                words.push(word.clone());
                continue;
            };
            if let Some(several) = word.several_ways() {
                let left = if way + 1 == MOST_ALONE { usize::MAX } else { 1 };
                for line in several.lines().skip(way % several.lines().count().max(1)).take(left) {
                    if word.many || word.split {
                        words.extend(fields(line, state).map(|text| seen(text, word)));
                    } else {
                        words.push(seen(line, word));
                    }
                }
                continue;
            }
            if word.many || word.split {
                words.extend(fields(sketch, state).map(|text| globbed(seen(text, word))));
            } else {
                words.push(seen(sketch.trim_end_matches('\n'), word));
            }
            // What is read from a line may be a part of it.
            if word.knowledge == Knowledge::Unknown(Why::Input) && sketch.contains(PARTS) {
                words.extend(sketch.split(PARTS).filter(|text| !text.is_empty()).map(|text| seen(text, word)));
            }
        }
        if self.counted_words(&words, invocation.span) {
            self.may_start(words, invocation.span, invocation, state);
        }
    }

    /// The subcommands that words would be: behind an option that nobody described, which may take the word in front for its
    /// value, and of a shortened name.
    pub(super) fn other_readings(&mut self, invocation: &Invocation, state: &State) {
        let Some(binding) = &invocation.binding else { return };
        self.without_unknown(binding, invocation, state);
        let unlisted = |word: &Value| {
            let is = |problem: &BindProblem| matches!(problem, BindProblem::Option(flag) if word.text == **flag);
            word.text.starts_with('-') && binding.problems.iter().any(|(problem, _)| is(problem))
        };
        if let Some(at) = invocation.arguments.iter().position(unlisted) {
            self.behind_value(at, invocation, state);
        }
        if !binding.spec.has_subcommands() {
            return;
        }
        let first = binding.operands.first().map(|(at, _)| *at);
        let word = first.and_then(|at| invocation.arguments.get(at)).and_then(Value::known);
        let Some((at, name)) = first.zip(word.and_then(|word| shortened(binding.spec, word))) else { return };
        let mut words = invocation.arguments.clone();
        if let Some(word) = words.get_mut(at) {
            word.text = name.into();
        }
        self.read_as(words, invocation, state);
    }

    /// What a command does where words that may be options, or come to nothing, are not there, if its words say what it does:
    /// `tool $FLAGS drop x`.
    fn without_unknown(&mut self, binding: &Binding, invocation: &Invocation, state: &State) {
        let unsure = |word: &&Value| word.known().is_none() && word.may_be_option();
        let says =
            |spec: CommandSpec<'_>| spec.has_subcommands() || spec.forms().any(|form| form.first().next().is_some());
        let coded = || binding.options.iter().any(|bound| bound.role.is_some_and(Role::is_code));
        // What stands in front of all of them says what it says anyway.
        let mut behind = invocation.arguments.iter().skip_while(|word| !unsure(word));
        if behind.all(|word| unsure(&word)) {
            return;
        }
        let words: Vec<&Value> = invocation.arguments.iter().filter(|word| !unsure(word)).collect();
        // Of a host and code, the code is the word with blanks in it.
        let code = |word: &Value| word.known().is_some_and(|text| text.contains(char::is_whitespace));
        let remote =
            || binding.operand_roles.have(Role::Shell) && words.len() > 1 && words.last().copied().is_some_and(code);
        if self.specs.program(&invocation.name).is_some_and(says) || coded() || remote() {
            self.read_as(words.into_iter().cloned().collect(), invocation, state);
        }
    }

    /// The subcommands behind the option at this place and the word that it may take.
    fn behind_value(&mut self, at: usize, invocation: &Invocation, state: &State) {
        let (before, behind) = invocation.arguments.split_at(at);
        let Some(mut spec) = self.specs.program(&invocation.name) else { return };
        for text in before.iter().filter_map(Value::known) {
            spec = spec.subcommand(text).unwrap_or(spec);
        }
        let names = |word: &Value| word.known().is_some_and(|text| spec.subcommand(text).is_some());
        let starts = behind.iter().enumerate().skip(2).filter(|(_, word)| spec.has_subcommands() && names(word));
        let starts: Vec<usize> = starts.map(|(start, _)| start).collect();
        for start in self.at_most(starts, MOST_READINGS, invocation.span, MORE_READINGS) {
            let words = before.iter().chain(behind.iter().skip(start)).cloned().collect();
            self.read_as(words, invocation, state);
        }
    }

    /// A command that is run with each of the words behind `:::`, as parallel does.
    pub(super) fn repeated(&mut self, words: &[Value], invocation: &Invocation, state: &State) {
        let Some(at) = words.iter().position(|word| word.text.starts_with(":::")) else { return };
        let (command, behind) = words.split_at(at);
        // Plain words are judged as they stand, behind one another.
        let code = |word: &&Value| word.text.contains(char::is_whitespace) && !command.is_empty();
        let each: Vec<Value> = behind.iter().filter(code).cloned().collect();
        for word in self.at_most(each, MOST_READINGS, invocation.span, MORE_READINGS) {
            let words = command.iter().cloned().chain(Some(word)).collect();
            self.may_start(words, invocation.span, invocation, state);
        }
    }

    /// What is given to code that runs something which it reads.
    pub(super) fn given_as_code(&mut self, given: Option<Value>, invocation: &Invocation, state: &State) {
        let Some(text) = given.as_ref().and_then(Value::known).filter(|text| !text.trim().is_empty()) else { return };
        // What is no script is other code, or data.
        if self.is_script(&parse(text), invocation.span) {
            self.script(text, invocation.span, invocation, &mut state.clone());
        }
    }

    /// What the commands are given whose output is code that is not known: parts of it may be in there.
    pub(super) fn made_of(&mut self, units: &[Unit], invocation: &Invocation, state: &State) {
        let plain = |other: &&Rc<Invocation>| other.output() != Output::Decoded;
        let given = |unit: &Unit| self.out.invocation(*unit).filter(plain)?.input.given().cloned();
        let texts: Vec<Value> = units.iter().filter_map(given).filter(|text| text.known().is_some()).collect();
        for text in self.at_most(texts, MOST_READINGS, invocation.span, MORE_READINGS) {
            self.given_as_code(Some(text), invocation, state);
        }
    }

    /// Judges the same program with these words.
    fn read_as(&mut self, words: Vec<Value>, invocation: &Invocation, state: &State) {
        let words = std::iter::once(invocation.program.clone()).chain(words).collect();
        self.may_start(words, invocation.span, invocation, state);
    }
}

/// Whether more is known of a word than what it begins with: a word of it, by what stands for it in code.
pub(super) fn seems_known(word: &Value) -> bool {
    let sketch =
        word.sketch.as_deref().filter(|_| matches!(word.knowledge, Knowledge::Unknown(why) if why != Why::Variable));
    sketch.is_some_and(|sketch| {
        if word.many || word.split || word.several_ways().is_some() {
            sketch.split_whitespace().any(|text| !text.contains(HOLE))
        } else {
            !sketch.contains(HOLE) && !sketch.is_empty()
        }
    })
}

/// The words that the shell makes of a text.
fn fields<'t>(text: &'t str, state: &'t State) -> impl Iterator<Item = &'t str> {
    let parts = |c: char| c.is_ascii_whitespace() || matches!(&state.fields, Fields::Known(signs) if signs.contains(c));
    text.split(parts).filter(|text| !text.is_empty())
}

/// A word that may be this.
pub(super) fn seen(text: &str, word: &Value) -> Value {
    let from = word.from.clone();
    match text.split_once(HOLE) {
        None => Value { from, ..Value::exact(text, word.span) },
        Some((before, _)) => {
            Value { from, sketch: Some(text.into()), text: before.into(), ..Value::unknown(Why::Output, word.span) }
        }
    }
}

/// The same where the shell looks for files.
fn globbed(word: Value) -> Value {
    let glob = word.knowledge == Knowledge::Exact && word.text.contains(['*', '?', '[']);
    if glob { Value { knowledge: Knowledge::Pattern, many: true, ..word } } else { word }
}

/// The name of the one subcommand that a word is the beginning of, each part of it where colons part it.
fn shortened(spec: CommandSpec<'static>, word: &str) -> Option<&'static str> {
    let begins = |name: &str| {
        let (mut parts, mut words) = (name.split(':'), word.split(':'));
        parts.by_ref().zip(words.by_ref()).all(|(part, word)| !word.is_empty() && part.starts_with(word))
            && parts.next().is_none()
            && words.next().is_none()
    };
    if !word.starts_with(|c: char| c.is_ascii_lowercase()) || spec.subcommand(word).is_some() {
        return None;
    }
    let mut fitting = spec.subcommands().filter(|(name, _)| !name.contains('*') && begins(name));
    let (name, first) = fitting.next()?;
    fitting.all(|(_, other)| other == first).then_some(name)
}
