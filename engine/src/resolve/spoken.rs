//! What a program may print because it stands in the code that the program is given: `awk 'BEGIN { print "ls" }'`. Whoever
//! runs what is printed runs that, as far as anybody can tell.

use super::limit::MORE_CODE;
use super::resolution::Invocation;
use super::value::{HOLE, Unit, Value, Why};
use super::walker::Walker;
use crate::shell::{Span, parse};
use guardian_rules::{Output, Role, Stdin};

/// More than this is not looked through.
const MOST: usize = 1 << 16;
/// So many texts with the same end are taken.
const MOST_WITHIN: usize = 32;

impl Walker<'_> {
    /// What commands of whose output nothing is known may print because a word of theirs says it, as a format does:
    /// `date '+ls -l'`.
    pub(super) fn told_to(&mut self, units: &[Unit]) -> Option<Box<str>> {
        const MOST_UNITS: usize = 64;
        let mut open: Vec<Unit> = units.to_vec();
        let (mut at, mut lines, mut whole) = (0, String::new(), true);
        while let Some(invocation) =
            open.get(at).filter(|_| at < MOST_UNITS).and_then(|unit| self.out.invocation(*unit))
        {
            at += 1;
            let more = invocation.input.units().iter().filter(|unit| !open.contains(unit)).copied();
            let more: Vec<Unit> = more.collect();
            let words = invocation.arguments.iter().filter_map(Value::known);
            for word in words {
                if word.len() > MOST {
                    whole = false;
                    continue;
                }
                // What stands behind a sign is the format: `+%s`, `--format=%h`, `pid=PID`.
                let format = word.strip_prefix('+').or_else(|| word.split_once('=').map(|(_, format)| format));
                let format = format.unwrap_or(word);
                if format.contains(char::is_whitespace) {
                    let script = parse(format);
                    whole &= !script.is_too_much();
                    if script.problems.is_empty() {
                        lines.push_str(format);
                        lines.push('\n');
                    }
                }
                whole &= texts(word, &mut lines);
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
        if !whole {
            self.limit(Span::default(), MORE_CODE);
        }
        (!lines.is_empty()).then(|| lines.into())
    }
}

/// The texts in the code of a program, a line each, with a hole for the rest of what it prints; and whether these are all.
pub(super) fn spoken(invocation: &Invocation) -> Option<(Value, bool)> {
    let binding = invocation.binding.as_ref()?;
    if binding.info || !matches!(binding.output(), Output::Text | Output::Quiet | Output::Filter | Output::Same) {
        return None;
    }
    let given = match binding.form.map(|form| form.stdin()) {
        Some(Stdin::Code(role)) => invocation.input.given().map(|value| (role, value)),
        _ => None,
    };
    let (mut lines, mut whole) = (String::new(), true);
    for (role, value) in invocation.words().chain(given) {
        let Some(code) = value.known() else { continue };
        let read = match role {
            Role::Python
            | Role::JavaScript
            | Role::Perl
            | Role::Ruby
            | Role::Awk
            | Role::Jq
            | Role::Lua
            | Role::Php
            | Role::Code => texts,
            Role::Sed => put,
            _ => continue,
        };
        whole &= code.len() <= MOST && read(code, &mut lines);
    }
    if lines.is_empty() && whole {
        return None;
    }
    // Nobody knows what else it prints.
    lines.push_str("# ");
    lines.push_str(HOLE);
    let lines = Value::sketched(lines, Why::Output, invocation.span);
    Some((Value { from: vec![invocation.unit], ..lines }, whole))
}

/// Texts in code, each from where it begins to the next of these ends. Those that begin in one another share the end, so
/// only so many of them are taken: the work grows as the code does, and no faster.
struct Texts<'c> {
    code: &'c str,
    close: &'static str,
    /// Where the last one ends, and how many do there.
    end: usize,
    within: usize,
    /// Whether all were taken.
    whole: bool,
}

impl<'c> Texts<'c> {
    const fn new(code: &'c str, close: &'static str) -> Self {
        Self { code, close, end: 0, within: 0, whole: true }
    }

    /// The text that begins there, behind where the last one did.
    fn from(&mut self, start: usize) -> Option<&'c str> {
        if start > self.end {
            let found = self.code.get(start..)?.find(self.close);
            self.end = found.map_or(self.code.len(), |found| start + found);
            self.within = 0;
        }
        self.within += 1;
        self.whole &= self.within <= MOST_WITHIN;
        self.code.get(start..self.end).filter(|_| self.within <= MOST_WITHIN)
    }
}

/// The texts in quotes. Whether these are all.
pub(super) fn texts(code: &str, lines: &mut String) -> bool {
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
    let mut whole = true;
    // To look for a text prepares for long ones, and few have any of these.
    if !code.as_bytes().windows(2).any(|pair| matches!(pair, [b'q' | b'Q', b'(' | b'{'] | b"[[")) {
        return whole;
    }
    for (open, close) in [("q(", ")"), ("q{", "}"), ("Q(", ")"), ("Q{", "}"), ("[[", "]]")] {
        let mut texts = Texts::new(code, close);
        for (at, _) in code.match_indices(open) {
            if let Some(text) = texts.from(at + open.len()) {
                put_line(text, lines);
            }
        }
        whole &= texts.whole;
    }
    whole
}

/// What sed puts in the place of something. Whether that is all.
fn put(code: &str, lines: &mut String) -> bool {
    for (at, _) in code.match_indices('s') {
        let mut rest = code.get(at + 1..).unwrap_or_default().chars();
        let Some(mark) = rest.next().filter(|c| c.is_ascii_punctuation()) else { continue };
        if let Some(text) = rest.as_str().split(mark).nth(1) {
            put_line(text, lines);
        }
    }
    // The text of `a`, `i` and `c` goes to the end of the line.
    let mut texts = Texts::new(code, "\n");
    for (at, _) in code.match_indices(['a', 'i', 'c']) {
        let begins = code.get(..at).is_none_or(|before| before.is_empty() || before.ends_with(ADDRESSES));
        let rest = code.get(at + 1..).unwrap_or_default();
        if begins && rest.starts_with(['\\', ' ', '\t']) {
            let text = rest.trim_start_matches(['\\', ' ', '\t', '\n']);
            if let Some(text) = texts.from(code.len() - text.len()) {
                put_line(text, lines);
            }
        }
    }
    texts.whole
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

#[cfg(test)]
mod tests {
    use super::{MOST, put, texts};

    /// Texts that begin in one another come to no more than a multiple of the code, and it is said that there are more.
    #[test]
    fn what_is_not_closed_does_not_multiply() {
        for unit in
            ["q(a ", "q{a ", "Q(a ", "Q{a ", "[[a ", "a ", "$a b ", "1i\\ ", "s/", "s/a b/", "s,a b", "q(a )", "'a b' "]
        {
            for size in [MOST, 16 * MOST] {
                let code = unit.repeat(size / unit.len());
                for read in [texts, put] {
                    let mut lines = String::new();
                    let whole = read(&code, &mut lines);
                    assert!(lines.len() <= 40 * code.len(), "{unit} came to {}", lines.len());
                    assert!(whole || lines.len() > code.len(), "{unit} was not followed");
                }
            }
        }
    }

    #[test]
    fn what_is_left_out_is_said() {
        for (read, open) in [(texts as fn(&str, &mut String) -> bool, "q("), (texts, "[["), (put, "a ")] {
            for (times, whole) in [(1, true), (32, true), (33, false), (1000, false)] {
                let code = open.repeat(times) + "ls -l";
                assert_eq!(read(&code, &mut String::new()), whole, "{times} times {open}");
            }
            // What is closed is followed as often as it stands there.
            let close = if open == "a " { "\n" } else { ")]]" };
            let mut lines = String::new();
            assert!(read(&format!("{open}ls -l{close}").repeat(1000), &mut lines), "{open}");
            assert!(lines.matches("ls -l").count() >= 1000, "{open}");
        }
    }
}
