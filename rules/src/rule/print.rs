//! A rule as one line of a `.rules` file.

use std::fmt;

use super::{PatternToken, PrefixPattern, Rule, Word};
use crate::words;

impl fmt::Display for Rule {
    /// The rule as one line that reads back as the same rule.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "prefix_rule(pattern={}, decision=\"{}\"", self.pattern, self.decision)?;
        if let Some(placement) = self.placement {
            write!(out, ", placement=\"{placement}\"")?;
        }
        if self.accept_high {
            out.write_str(", accept_high=True")?;
        }
        if self.exact {
            out.write_str(", exact=True")?;
        }
        if let Some(date) = self.expires {
            write!(out, ", expires=\"{date}\"")?;
        }
        if let Some(cwd) = &self.cwd {
            out.write_str(", cwd=")?;
            literal(out, cwd)?;
        }
        if let Some(justification) = &self.justification {
            out.write_str(", justification=")?;
            literal(out, justification)?;
        }
        examples(out, "match", &self.examples)?;
        examples(out, "not_match", &self.counter_examples)?;
        out.write_str(")")
    }
}

impl fmt::Display for PrefixPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[")?;
        for (at, token) in self.tokens().iter().enumerate() {
            if at > 0 {
                out.write_str(", ")?;
            }
            match token {
                PatternToken::One(word) => literal(out, word)?,
                PatternToken::AnyOf(words) => list(out, words)?,
            }
        }
        out.write_str("]")
    }
}

/// Writes `text` as a string literal. Control characters are escaped, so the result is always one line.
pub(crate) fn literal(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            hidden if hidden != crate::diagnostic::visible(hidden) => write!(out, "\\U{:08x}", u32::from(hidden))?,
            plain => out.write_char(plain)?,
        }
    }
    out.write_char('"')
}

/// Writes a list of string literals.
pub(crate) fn list(out: &mut impl fmt::Write, words: &[impl AsRef<str>]) -> fmt::Result {
    out.write_char('[')?;
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.write_str(", ")?;
        }
        literal(out, word.as_ref())?;
    }
    out.write_char(']')
}

/// Writes one of the two example arguments, commands as people write them where that reads back the same.
fn examples(out: &mut fmt::Formatter<'_>, name: &str, commands: &[Vec<Word>]) -> fmt::Result {
    if commands.is_empty() {
        return Ok(());
    }
    write!(out, ", {name}=[")?;
    for (at, command) in commands.iter().enumerate() {
        if at > 0 {
            out.write_str(", ")?;
        }
        if command.iter().all(|word| words::is_plain(word)) {
            let words: Vec<&str> = command.iter().map(Word::as_str).collect();
            literal(out, &words.join(" "))?;
        } else {
            list(out, command)?;
        }
    }
    out.write_str("]")
}
