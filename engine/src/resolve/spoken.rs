//! What a program may print because it stands in the code that the program is given: `awk 'BEGIN { print "ls" }'`. Whoever
//! runs what is printed runs that, as far as anybody can tell.

use super::resolution::Invocation;
use super::value::{HOLE, Unit, Value, Why};
use super::walk::Walker;
use crate::shell::{Span, parse};
use guardian_rules::{Output, Role, Stdin};

/// More than this is not looked through.
const MOST: usize = 1 << 16;

impl Walker<'_> {
    /// What commands of whose output nothing is known may print because a word of theirs says it, as a format does:
    /// `date '+ls -l'`.
    pub(super) fn told_to(&mut self, units: &[Unit]) -> Option<Box<str>> {
        const MOST_UNITS: usize = 64;
        let mut open: Vec<Unit> = units.to_vec();
        let (mut at, mut lines) = (0, String::new());
        while let Some(invocation) =
            open.get(at).filter(|_| at < MOST_UNITS).and_then(|unit| self.out.invocation(*unit))
        {
            at += 1;
            let more = invocation.input.units().iter().filter(|unit| !open.contains(unit)).copied();
            let more: Vec<Unit> = more.collect();
            let words = invocation.arguments.iter().filter_map(Value::known);
            for word in words.filter(|word| word.len() <= MOST) {
                // What stands behind a sign is the format: `+%s`, `--format=%h`, `pid=PID`.
                let format = word.strip_prefix('+').or_else(|| word.split_once('=').map(|(_, format)| format));
                let format = format.unwrap_or(word);
                if format.contains(char::is_whitespace) && parse(format).problems.is_empty() {
                    lines.push_str(format);
                    lines.push('\n');
                }
                texts(word, &mut lines);
                // A text of one word counts where it is a program.
                let quoted = word.split(['"', '\'', '`']).skip(1).step_by(2);
                for program in quoted.filter(|text| self.specs.program(text).is_some()) {
                    lines.push_str(program);
                    lines.push('\n');
                }
            }
            open.extend(more);
        }
        if at < open.len() {
            self.limit(Span::default(), "more commands print what is run than are followed");
        }
        (!lines.is_empty()).then(|| lines.into())
    }
}

/// The texts in the code of a program, a line each, with a hole for the rest of what it prints.
pub(super) fn spoken(invocation: &Invocation) -> Option<Value> {
    let binding = invocation.binding.as_ref()?;
    if binding.info || !matches!(binding.output(), Output::Text | Output::Filter) {
        return None;
    }
    let given = match binding.form.map(|form| form.stdin()) {
        Some(Stdin::Code(role)) => invocation.input.given().map(|value| (role, value)),
        _ => None,
    };
    let mut lines = String::new();
    for (role, value) in invocation.words().chain(given) {
        let Some(code) = value.known().filter(|code| code.len() <= MOST) else { continue };
        match role {
            Role::Python
            | Role::JavaScript
            | Role::Perl
            | Role::Ruby
            | Role::Awk
            | Role::Jq
            | Role::Lua
            | Role::Php
            | Role::Code => {
                texts(code, &mut lines);
            }
            Role::Sed => put(code, &mut lines),
            _ => {}
        }
    }
    if lines.is_empty() {
        return None;
    }
    // Nobody knows what else it prints.
    lines.push_str("# ");
    lines.push_str(HOLE);
    let from = vec![invocation.unit];
    let unknown = Value::unknown(Why::Output, invocation.span);
    Some(Value { sketch: Some(lines.into()), many: true, from, ..unknown })
}

/// The texts in quotes.
pub(super) fn texts(code: &str, lines: &mut String) {
    let mut characters = code.chars();
    while let Some(quote) = characters.find(|c| matches!(c, '"' | '\'' | '`')) {
        let start = lines.len();
        while let Some(c) = characters.next().filter(|c| *c != quote) {
            match c {
                '\\' => match characters.next() {
                    Some('n') => lines.push('\n'),
                    Some('t') => lines.push('\t'),
                    Some(other) => lines.push(other),
                    None => {}
                },
                c => lines.push(c),
            }
        }
        // A word alone is a name, a key or a mode far more often than a command.
        let words = lines.get(start..).is_some_and(|text| text.trim().contains(char::is_whitespace));
        if words {
            lines.push('\n');
        } else {
            lines.truncate(start);
        }
    }
    // Perl's and Ruby's own quotes, and Lua's.
    for (open, close) in [("q(", ")"), ("q{", "}"), ("Q(", ")"), ("Q{", "}"), ("[[", "]]")] {
        for (at, _) in code.match_indices(open) {
            let inner = code.get(at + open.len()..).unwrap_or_default();
            put_line(inner.split(close).next().unwrap_or_default(), lines);
        }
    }
}

/// What sed puts in the place of something.
fn put(code: &str, lines: &mut String) {
    for (at, _) in code.match_indices('s') {
        let mut rest = code.get(at + 1..).unwrap_or_default().chars();
        let Some(mark) = rest.next().filter(|c| c.is_ascii_punctuation()) else { continue };
        if let Some(text) = rest.as_str().split(mark).nth(1) {
            put_line(text, lines);
        }
    }
    // The text of `a`, `i` and `c` goes to the end of the line.
    for (at, _) in code.match_indices(['a', 'i', 'c']) {
        let begins = code.get(..at).is_none_or(|before| before.is_empty() || before.ends_with(ADDRESSES));
        let rest = code.get(at + 1..).unwrap_or_default();
        if begins && rest.starts_with(['\\', ' ', '\t']) {
            put_line(rest.trim_start_matches(['\\', ' ', '\t', '\n']).lines().next().unwrap_or_default(), lines);
        }
    }
}

/// What the address in front of a command of sed's ends with, or what parts it from another command.
const ADDRESSES: [char; 18] =
    ['/', '$', '!', ' ', '\t', '\n', ';', '{', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/// A text that sed puts somewhere, with its escapes.
fn put_line(text: &str, lines: &mut String) {
    if text.trim().contains(char::is_whitespace) {
        lines.push_str(&text.replace("\\n", "\n").replace("\\t", "\t"));
        lines.push('\n');
    }
}
