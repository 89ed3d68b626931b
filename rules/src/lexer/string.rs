//! String literals, to the letter as the Starlark implementation that Codex uses reads them.

use std::borrow::Cow;

use super::{Lexer, TokenKind};

const UNCLOSED: &str = "this string is not closed";
const BAD_ESCAPE: &str = "this string has an escape that stands for no character";

impl<'a> Lexer<'a> {
    /// A string literal whose opening quote comes next.
    pub(super) fn string(&mut self, raw: bool) -> TokenKind<'a> {
        if let Some(plain) = self.plain_string() {
            return TokenKind::Str(Cow::Borrowed(plain));
        }
        let Some(quote) = self.bump() else {
            return TokenKind::Invalid(UNCLOSED);
        };
        let triple = self.rest().starts_with(if quote == '"' { "\"\"" } else { "''" });
        if triple {
            self.at += 2;
        }
        let mut value = String::new();
        let mut quotes = 0;
        let mut problem = None;
        loop {
            // A string that ends with its line leaves the line end for the reader, which starts afresh after it.
            if !triple && self.peek() == Some(b'\n') {
                return TokenKind::Invalid(UNCLOSED);
            }
            let Some(letter) = self.bump() else {
                return TokenKind::Invalid(UNCLOSED);
            };
            quotes = if letter == quote { quotes + 1 } else { 0 };
            if quotes == if triple { 3 } else { 1 } {
                break;
            }
            match letter {
                '\r' => {}
                '\\' if raw => problem = problem.or(self.raw_escape(&mut value)),
                '\\' => problem = problem.or(self.escape(&mut value)),
                plain => value.push(plain),
            }
        }
        if triple {
            value.truncate(value.len().saturating_sub(2));
        }
        problem.map_or(TokenKind::Str(Cow::Owned(value)), TokenKind::Invalid)
    }

    /// The body of a string without escapes on one line: nearly all there are. Consumes nothing otherwise, nor where
    /// the string is empty, as that may be how one in triple quotes starts.
    fn plain_string(&mut self) -> Option<&'a str> {
        let (quote, rest) = self.text.as_bytes().get(self.at..)?.split_first()?;
        let end = rest.iter().position(|byte| byte == quote || matches!(byte, b'\\' | b'\n' | b'\r'))?;
        if end == 0 || rest.get(end) != Some(quote) {
            return None;
        }
        let body = self.text.get(self.at + 1..self.at + 1 + end)?;
        self.at += end + 2;
        Some(body)
    }

    /// In a raw string a backslash keeps the next character from closing the string, and stays itself unless that
    /// is a quote.
    fn raw_escape(&mut self, value: &mut String) -> Option<&'static str> {
        match self.bump()? {
            quote @ ('"' | '\'') => value.push(quote),
            other => value.extend(['\\', other]),
        }
        None
    }

    /// What follows a backslash; the result is what is wrong with it.
    fn escape(&mut self, value: &mut String) -> Option<&'static str> {
        let letter = match self.bump()? {
            '\n' => return None,
            '\r' => {
                return if self.bump() == Some('\n') { None } else { Some(BAD_ESCAPE) };
            }
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'v' => '\x0b',
            'x' => return self.numeric_escape(value, 0, 2, 2, 16),
            'u' => return self.numeric_escape(value, 0, 4, 4, 16),
            'U' => return self.numeric_escape(value, 0, 8, 8, 16),
            digit @ '0'..='7' => {
                return self.numeric_escape(value, digit.to_digit(8).unwrap_or_default(), 0, 2, 8);
            }
            plain @ ('"' | '\'' | '\\') => plain,
            unknown => {
                value.extend(['\\', unknown]);
                return None;
            }
        };
        value.push(letter);
        None
    }

    /// Between `least` and `most` digits more, after those that make up `so_far`.
    fn numeric_escape(
        &mut self,
        value: &mut String,
        so_far: u32,
        least: usize,
        most: usize,
        radix: u32,
    ) -> Option<&'static str> {
        let mut code = so_far;
        for count in 0..most {
            let digit = self.rest().chars().next().and_then(|letter| letter.to_digit(radix));
            match digit {
                Some(digit) => {
                    self.at += 1;
                    code = code.saturating_mul(radix).saturating_add(digit);
                }
                None if count >= least => break,
                None => return Some(BAD_ESCAPE),
            }
        }
        let Some(letter) = char::from_u32(code) else {
            return Some(BAD_ESCAPE);
        };
        value.push(letter);
        None
    }
}
