//! Quotes and escapes.

use super::characters::odd_character;
use super::word::{Mode, Next, WordFrame};
use super::{Halt, Hidden, ProblemKind, Reader, Text};

impl Reader {
    /// `"`: opens or closes.
    pub(super) fn double_quote(&mut self, frame: &mut WordFrame) {
        let at = self.region.pos;
        self.bump();
        if frame.double.take().is_none() {
            frame.double = Some(at);
            if self.peek() == Some(b'"') {
                self.empty_quotes(frame, at);
            }
        }
    }

    /// Quotes around nothing: they make a word out of nothing, so they are kept where nothing else does.
    fn empty_quotes(&mut self, frame: &WordFrame, at: usize) {
        let equals = at.checked_sub(1).and_then(|before| self.byte(before)) == Some(b'=');
        self.plain &=
            (at == frame.start || equals) && self.byte(at + 2).is_none_or(|byte| matches!(byte, b' ' | b'\n'));
        let text = self.slice(at, at);
        let span = self.span(at, at + 2);
        self.push_literal(frame.base, text, true, span);
    }

    /// A run of text within double quotes or a here-document.
    pub(super) fn quoted_run(&mut self, frame: &WordFrame) {
        let start = self.region.pos;
        let body = matches!(frame.mode, Mode::Body { .. });
        if frame.mode == (Mode::Body { strip: true }) && self.byte(start) == Some(b'\t') {
            let first = start == frame.start || start.checked_sub(1).and_then(|at| self.byte(at)) == Some(b'\n');
            if first {
                while self.byte(self.region.pos) == Some(b'\t') {
                    self.region.pos += 1;
                }
                return;
            }
        }
        let mut end = start;
        while let Some(byte) = self.byte(end) {
            if matches!(byte, b'$' | b'`' | b'\\') || (byte == b'"' && !body) {
                break;
            }
            end += 1;
            if byte == b'\n' && frame.mode == (Mode::Body { strip: true }) {
                break;
            }
        }
        if self.deceptive(start, end) {
            self.note(ProblemKind::OddCharacter, self.span(start, end));
        }
        self.region.pos = end;
        let (text, span) = (self.slice(start, end), self.span(start, end));
        self.push_literal(frame.base, text, true, span);
    }

    /// `'…'`.
    pub(super) fn single_quote(&mut self, frame: &WordFrame) -> Result<Next, Halt> {
        let start = self.region.pos;
        let mut end = start + 1;
        while self.byte(end).is_some_and(|byte| byte != b'\'') {
            end += 1;
        }
        if self.byte(end).is_none() {
            return self.fail(ProblemKind::Unclosed, self.span(start, end));
        }
        if self.deceptive(start + 1, end) {
            self.note(ProblemKind::OddCharacter, self.span(start, end));
        }
        if self.byte(end - 1) == Some(b'\\') {
            self.escaped_quote(start + 1, end);
        }
        self.region.pos = end + 1;
        let (text, span) = (self.slice(start + 1, end), self.span(start, end + 1));
        self.push_literal(frame.base, text, true, span);
        Ok(Next::More)
    }

    /// A text in single quotes that ends in backslashes: to fish the last of an odd number escapes the quote.
    /// (fish-language(1), "Quotes")
    #[cold]
    fn escaped_quote(&mut self, start: usize, end: usize) {
        let odd =
            self.text_from(start).iter().take(end - start).rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        if odd {
            self.differs(self.span(start - 1, end + 1));
        }
    }

    /// A backslash that begins no continuation.
    pub(super) fn escape(&mut self, frame: &WordFrame) -> Result<Next, Halt> {
        let at = self.region.pos;
        let Some(byte) = self.byte(at + 1) else {
            // At the end of the text a backslash stands for itself, or for whatever a caller appends.
            return self.fail(ProblemKind::Unsupported, self.here());
        };
        let body = matches!(frame.mode, Mode::Body { .. });
        self.plain &= frame.double.is_some() || self.is_plain_escape(frame, at, byte);
        let takes = if frame.quoted() {
            matches!(byte, b'$' | b'`' | b'\\')
                || (byte == b'"' && !body)
                || (byte == b'}' && frame.within && frame.double.is_none())
        } else if frame.mode.is_arithmetic() {
            self.note(ProblemKind::Unsupported, self.span(at, at + 2));
            false
        } else {
            true
        };
        // To fish such a letter, or digits, stand for a character by its number. (fish-language(1), "Escaping Characters")
        if !frame.quoted() && matches!(byte, b'x' | b'X' | b'u' | b'U' | b'0'..=b'7') {
            self.differs(self.span(at, at + 2));
        }
        let (start, end) = if takes { (at + 1, at + 1 + self.char_len(at + 1)) } else { (at, at + 1) };
        if takes && self.str_at(start, end).chars().any(odd_character) {
            self.note(ProblemKind::OddCharacter, self.span(at, end));
        }
        if body {
            // tree-sitter's grammar knows no escapes in here-documents.
            let (decoded, start, end) = (self.region.decoded, at as u32, end as u32);
            self.hidden.push(Hidden { filler: b'.', decoded, start, end });
        }
        self.region.pos = end;
        let (text, span) = (self.slice(start, end), self.span(at, end));
        self.push_literal(frame.base, text, frame.quoted() || takes, span);
        Ok(Next::More)
    }

    /// `$'…'`; the reader is at the quote and `start` at the dollar.
    pub(super) fn ansi_quote(&mut self, frame: &WordFrame, start: usize, quote: usize) -> Result<Next, Halt> {
        let mut end = quote + 1;
        while let Some(byte) = self.byte(end).filter(|&byte| byte != b'\'') {
            end += if byte == b'\\' { 2 } else { 1 };
        }
        if self.byte(end).is_none() {
            return self.fail(ProblemKind::Unclosed, self.span(start, end));
        }
        self.region.pos = end + 1;
        let span = self.span(start, end + 1);
        // To tree-sitter's grammar a quote behind a backslash never closes, also where that is escaped itself.
        self.plain &= end.checked_sub(1).and_then(|at| self.byte(at)) != Some(b'\\');
        let raw = self.str_at(quote + 1, end);
        let text: Text = if raw.contains('\\') {
            match unescape(raw.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok()) {
                Some(text) => self.decode(&text),
                None => return self.fail(ProblemKind::Unsupported, span),
            }
        } else {
            self.slice(quote + 1, end)
        };
        if self.deceptive(quote + 1, end) {
            self.note(ProblemKind::OddCharacter, span);
        }
        self.push_literal(frame.base, text, true, span);
        Ok(Next::More)
    }
}

/// The text of an ANSI-C quoted string. Nothing where shells or locales differ, or where a NUL would end it.
fn unescape(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&letter, tail) = rest.split_first()?;
        rest = tail;
        match letter {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'e' | b'E' => out.push(27),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'\\' | b'\'' | b'"' | b'?' => out.push(letter),
            b'0'..=b'7' => {
                let (more, tail) = digits(rest, 2, 8);
                rest = tail;
                let value = u32::from(letter - b'0') * if more.1 == 0 { 1 } else { 8u32.pow(more.1) } + more.0;
                if value & 0xff == 0 {
                    // A NUL ends the string.
                    return Some(out);
                }
                out.push((value & 0xff) as u8);
            }
            b'x' => {
                let (value, tail) = digits(rest, 2, 16);
                rest = tail;
                if value.1 == 0 {
                    return None;
                }
                if value.0 == 0 {
                    return Some(out);
                }
                out.push(value.0 as u8);
            }
            b'u' | b'U' => {
                let (value, tail) = digits(rest, if letter == b'u' { 4 } else { 8 }, 16);
                rest = tail;
                // Beyond ASCII the result depends on the locale.
                if value.1 == 0 || value.0 > 0x7f || value.0 == 0 {
                    return None;
                }
                out.push(value.0 as u8);
            }
            // A control or meta character to zsh, `\C-x`, or to both but not the same one.
            b'c' | b'C' | b'M' => return None,
            _ => out.extend([b'\\', letter]),
        }
    }
    Some(out)
}

/// The value of at most `most` digits at the front, how many there are, and what follows.
fn digits(text: &[u8], most: usize, radix: u32) -> ((u32, u32), &[u8]) {
    let mut value = 0u32;
    let mut count = 0;
    for &byte in text.iter().take(most) {
        let Some(digit) = char::from(byte).to_digit(radix) else {
            break;
        };
        value = value.wrapping_mul(radix).wrapping_add(digit);
        count += 1;
    }
    ((value, count), text.get(count as usize..).unwrap_or_default())
}
