//! Printing of words.

use super::{Job, Printer};
use crate::shell::ast::{Operator, Part, PartKind, Word};
use crate::shell::span::{Run, Text};

/// Where a word is printed; this decides how its literals are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// A word of a command, or anything that reads quotes as one does.
    Plain,
    /// Within `${…}`, unquoted: as a word, but nothing at all where it is empty.
    Operand,
    /// Within double quotes.
    Double,
    /// Within `${…}` that stands within double quotes, or in a here-document.
    Inner,
    /// Arithmetic text: only double quotes quote.
    Arithmetic,
    /// A subscript.
    Subscript,
    /// The body of a here-document.
    Body,
    /// The body of a here-document with a quoted delimiter.
    Raw,
}

impl Printer<'_> {
    pub(super) fn word(&mut self, word: Word, context: Context) {
        let script = self.script;
        let parts = script.parts_of(word);
        if parts.is_empty() && context == Context::Plain {
            return self.put("''");
        }
        let mut jobs = Vec::with_capacity(parts.len() + 2);
        let mut rest = word.parts.range().zip(parts).peekable();
        while let Some((index, part)) = rest.next() {
            let index = index as u32;
            let wraps = !matches!(context, Context::Double | Context::Inner | Context::Body | Context::Raw);
            if !(wraps && part.quoted) {
                jobs.push(Job::Part(index, context));
                continue;
            }
            // A run of quoted parts shares a pair of quotes; single ones where nothing in it is expanded.
            let mut run = vec![(index, *part)];
            while let Some((index, part)) = rest.next_if(|(_, part)| part.quoted) {
                run.push((index as u32, *part));
            }
            self.quoted_run(&run, context, &mut jobs);
        }
        self.then(&jobs);
    }

    /// Queues a run of quoted parts.
    fn quoted_run(&self, run: &[(u32, Part)], context: Context, jobs: &mut Vec<Job>) {
        let text_only = |part: &Part| match part.kind {
            PartKind::Literal(text) => Some(text),
            _ => None,
        };
        let double = context == Context::Arithmetic || run.iter().any(|(_, part)| text_only(part).is_none());
        let awkward = run.iter().filter_map(|(_, part)| text_only(part)).any(|text| needs_ansi(self.script.text(text)));
        // Nothing between quotes that others share would not be there.
        let nothing = |(_, part): &(u32, Part)| text_only(part).is_some_and(|text| self.script.text(text).is_empty());
        let shared = context == Context::Arithmetic || !run.iter().any(nothing);
        if double && !awkward && shared {
            jobs.push(Job::Put("\""));
            jobs.extend(run.iter().map(|&(index, _)| Job::Part(index, Context::Double)));
            jobs.push(Job::Put("\""));
            return;
        }
        for &(index, part) in run {
            match text_only(&part) {
                Some(text) => jobs.push(Job::Quoted(text, context)),
                None => jobs.extend([Job::Put("\""), Job::Part(index, Context::Double), Job::Put("\"")]),
            }
        }
    }

    /// Literal text in quotes of its own.
    pub(super) fn quoted(&mut self, text: Text, context: Context) {
        let text = self.script.text(text);
        // `$$` is a parameter of its own: only a dollar without a partner would change what a quote means.
        let dollars = self.out.last().map_or(0, |out| out.len() - out.trim_end_matches('$').len());
        if dollars % 2 == 1 && !text.contains('\n') {
            // Behind a dollar any quote would begin a quote of another kind.
            let out: String = text.chars().flat_map(|character| ['\\', character]).collect();
            return self.put(&out);
        }
        if needs_ansi(text) && context != Context::Arithmetic {
            let mut out = String::from("$'");
            for character in text.chars() {
                match character {
                    '\'' | '\\' => out.extend(['\\', character]),
                    '\n' => out.push_str("\\n"),
                    '\t' => out.push_str("\\t"),
                    _ if character.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(character))),
                    _ => out.push(character),
                }
            }
            out.push('\'');
            return self.put(&out);
        }
        let out = format!("'{}'", text.replace('\'', "'\\''"));
        self.put(&out);
    }

    pub(super) fn part(&mut self, index: u32, context: Context) {
        let script = self.script;
        let Some(part) = script.parts.get(index as usize) else {
            return;
        };
        match part.kind {
            PartKind::Literal(text) => {
                let text = script.text(text);
                match context {
                    Context::Double => self.escaped(text, &['\\', '$', '`', '"']),
                    Context::Inner => self.escaped(text, &['\\', '$', '`', '"', '}']),
                    Context::Body => self.escaped(text, &['\\', '$', '`']),
                    _ => self.put(text),
                }
            }
            PartKind::Glob(text) => self.put(script.text(text)),
            PartKind::Tilde(user) => {
                self.put("~");
                self.put(script.text(user));
            }
            PartKind::Sequence(text) => self.then(&[Job::Put("{"), Job::Text(text), Job::Put("}")]),
            PartKind::Braces { alternatives } => {
                self.jobs.push(Job::Put("}"));
                self.joined(alternatives, ",", Context::Operand);
                self.jobs.push(Job::Put("{"));
            }
            PartKind::Parameter { .. } => self.parameter(part),
            PartKind::Command { body } => {
                self.put("$(");
                self.then(&[Job::Enter, Job::Node(body), Job::Leave, Job::Put(")")]);
            }
            PartKind::Process { body, output } => {
                self.put(if output { ">(" } else { "<(" });
                self.then(&[Job::Enter, Job::Node(body), Job::Leave, Job::Put(")")]);
            }
            PartKind::Arithmetic { expression } => {
                let word = script.word(expression);
                self.then(&[Job::Put("$(("), Job::Word(word, Context::Arithmetic), Job::Put("))")]);
            }
            PartKind::Unknown => self.put(part.span.of(&script.source)),
        }
    }

    /// Text in which these characters get a backslash.
    fn escaped(&mut self, text: &str, special: &[char]) {
        let mut out = String::with_capacity(text.len());
        for character in text.chars() {
            if special.contains(&character) {
                out.push('\\');
            }
            out.push(character);
        }
        self.put(&out);
    }

    /// Queues words with something between them.
    fn joined(&mut self, words: Run, between: &'static str, context: Context) {
        for (index, &word) in self.script.words_of(words).iter().enumerate().rev() {
            self.jobs.push(Job::Word(word, context));
            if index > 0 {
                self.jobs.push(Job::Put(between));
            }
        }
    }

    fn parameter(&mut self, part: &Part) {
        let script = self.script;
        let PartKind::Parameter { name, subscript, operator, symbol, operands } = part.kind else {
            return;
        };
        let special = matches!(script.text(name), "@" | "*" | "#" | "?" | "-" | "$" | "!");
        if operator == Operator::Plain && special {
            return self.then(&[Job::Put("$"), Job::Text(name)]);
        }
        self.jobs.push(Job::Put("}"));
        let pattern = is_pattern(operator, symbol.start != symbol.end, script.text(symbol));
        let context = if part.quoted && !pattern { Context::Inner } else { Context::Operand };
        let between = if operator == Operator::Substring { ":" } else { "/" };
        self.joined(operands, between, context);
        self.jobs.push(Job::Text(symbol));
        if let Some(subscript) = subscript {
            let word = script.word(subscript);
            self.then(&[Job::Put("["), Job::Word(word, Context::Subscript), Job::Put("]")]);
        }
        self.jobs.push(Job::Text(name));
        let prefix = match operator {
            Operator::Length => "${#",
            Operator::Indirect => "${!",
            _ => "${",
        };
        self.jobs.push(Job::Put(prefix));
    }
}

/// Whether the words behind an operator are patterns, in which quotes work as they do outside.
fn is_pattern(operator: Operator, has_symbol: bool, symbol: &str) -> bool {
    match operator {
        Operator::RemovePrefix
        | Operator::RemoveLongestPrefix
        | Operator::RemoveSuffix
        | Operator::RemoveLongestSuffix
        | Operator::Replace
        | Operator::Case => true,
        Operator::Indirect => has_symbol && symbol.starts_with(['#', '%', '/', '^', ',', '~']),
        _ => false,
    }
}

/// Whether a text holds control characters that should not stand in a script as they are.
fn needs_ansi(text: &str) -> bool {
    text.chars().any(|character| character.is_ascii_control() && !matches!(character, '\n' | '\t'))
}
