//! Moving over the text: continuations, blanks, comments, newlines, reserved words.

use super::characters::odd_character;
use super::{ProblemKind, Reader, Step};
use crate::shell::keyword::Keyword;

/// Bytes of a subscript at most; without this, brackets that are never closed would take quadratic time.
pub(super) const MAX_SUBSCRIPT: usize = 256;

/// Whether a byte ends an unquoted word.
pub(super) const fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b'(' | b')' | b'<' | b'>')
}

/// Whether a byte may begin a name.
pub(super) const fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Whether a byte may stand in a name.
pub(super) const fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a byte may begin a reserved word.
const fn begins_keyword(byte: u8) -> bool {
    matches!(byte, b'!' | b'{' | b'}' | b'[' | b']' | b'c' | b'd' | b'e' | b'f' | b'i' | b's' | b't' | b'u' | b'w')
}

impl Reader {
    /// The byte at a position of the region.
    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        if at >= self.region.limit {
            return None;
        }
        let text = if self.region.decoded { &self.script.decoded } else { &self.script.source };
        text.as_bytes().get(at).copied()
    }

    /// The bytes from a position of the region on.
    pub(super) fn text_from(&self, start: usize) -> &[u8] {
        let text = if self.region.decoded { &self.script.decoded } else { &self.script.source };
        text.as_bytes().get(start..self.region.limit.min(text.len())).unwrap_or_default()
    }

    /// The text between two positions of the region.
    pub(super) fn str_at(&self, start: usize, end: usize) -> &str {
        let text = if self.region.decoded { &self.script.decoded } else { &self.script.source };
        text.get(start..end.min(self.region.limit)).unwrap_or_default()
    }

    /// The first position from `at` on that does not begin a line continuation.
    pub(super) fn fold(&self, mut at: usize) -> usize {
        while self.byte(at) == Some(b'\\') && self.byte(at + 1) == Some(b'\n') {
            at += 2;
        }
        at
    }

    /// The next byte; continuations in front of it are consumed.
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.region.pos = self.fold(self.region.pos);
        self.byte(self.region.pos)
    }

    /// The byte after the next one.
    pub(super) fn peek_second(&self) -> Option<u8> {
        self.byte(self.fold(self.fold(self.region.pos) + 1))
    }

    /// Consumes the next byte.
    pub(super) fn bump(&mut self) {
        self.region.pos = (self.fold(self.region.pos) + 1).min(self.region.limit);
    }

    /// Consumes the next byte if it is this one.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.bump();
        }
        found
    }

    /// Consumes this byte, or stops.
    pub(super) fn expect(&mut self, byte: u8, from: usize) -> Step {
        if self.eat(byte) {
            return Ok(());
        }
        let kind = if self.peek().is_none() { ProblemKind::Unclosed } else { ProblemKind::Syntax };
        self.fail(kind, self.since(from))
    }

    /// Skips blanks, continuations and a comment. A newline is left alone.
    pub(super) fn blanks(&mut self) {
        while let Some(byte) = self.byte(self.region.pos) {
            match byte {
                b' ' | b'\t' => self.region.pos += 1,
                b'#' => return self.comment(),
                b'\\' if self.peek() != Some(byte) => {}
                b'=' => return self.equals_sign(),
                _ => return,
            }
        }
    }

    /// Skips a comment up to its newline; continuations mean nothing in it.
    fn comment(&mut self) {
        let start = self.region.pos;
        let mut end = start;
        while self.byte(end).is_some_and(|byte| byte != b'\n') {
            end += 1;
        }
        if self.str_at(start, end).chars().any(odd_character) {
            self.note(ProblemKind::OddCharacter, self.span(start, end));
        }
        self.region.pos = end;
    }

    /// Skips blanks, comments and newlines; a newline begins the bodies of pending here-documents.
    pub(super) fn newlines(&mut self) -> Step {
        loop {
            self.blanks();
            if self.peek() != Some(b'\n') {
                return Ok(());
            }
            self.newline()?;
        }
    }

    /// Consumes one newline and the here-documents that begin behind it.
    pub(super) fn newline(&mut self) -> Step {
        self.region.pos += 1;
        if self.pending.is_empty() { Ok(()) } else { self.gather_heredocs() }
    }

    /// The reserved word at this place and the position behind it.
    pub(super) fn keyword_at(&self, at: usize) -> Option<(Keyword, usize)> {
        let mut text = [0u8; 8];
        let mut len = 0;
        let mut at = self.fold(at);
        // Few words begin like one.
        if !self.byte(at).is_some_and(begins_keyword) {
            return None;
        }
        while let Some(byte) = self.byte(at).filter(|&byte| !is_meta(byte)) {
            *text.get_mut(len)? = byte;
            len += 1;
            at = self.fold(at + 1);
        }
        Some((Keyword::of(text.get(..len)?)?, at))
    }

    /// The reserved word the reader is at.
    pub(super) fn keyword(&self) -> Option<Keyword> {
        self.keyword_at(self.region.pos).map(|(keyword, _)| keyword)
    }

    /// Consumes a reserved word, or stops.
    pub(super) fn expect_keyword(&mut self, wanted: Keyword, from: usize) -> Step {
        match self.keyword_at(self.region.pos) {
            Some((keyword, end)) if keyword == wanted => {
                self.region.pos = end;
                Ok(())
            }
            _ => {
                let kind = if self.peek().is_none() { ProblemKind::Unclosed } else { ProblemKind::Syntax };
                self.fail(kind, self.since(from))
            }
        }
    }

    /// Consumes the reserved word the reader is at, which the caller has looked at.
    pub(super) fn eat_keyword(&mut self) {
        if let Some((_, end)) = self.keyword_at(self.region.pos) {
            self.region.pos = end;
        }
    }

    /// The end of the name that begins at a position, if one does. Continuations are not looked through.
    pub(super) fn name_end(&self, start: usize) -> Option<usize> {
        if !self.byte(start).is_some_and(begins_name) {
            return None;
        }
        let mut end = start;
        while self.byte(end).is_some_and(in_name) {
            end += 1;
        }
        Some(end)
    }

    /// The position of the bracket that closes one opened just before `from`, skipping quotes and nested brackets.
    /// A first guess for the reader proper, which must come to the same end.
    pub(super) fn matching(&self, from: usize, open: u8, close: u8) -> Option<usize> {
        let mut depth = 1usize;
        let mut at = from;
        let mut double = false;
        while let Some(byte) = self.byte(at) {
            if close == b']' && at - from > MAX_SUBSCRIPT {
                return None;
            }
            match byte {
                b'\\' => at += 1,
                b'"' => double = !double,
                b'\'' if !double => {
                    at += 1;
                    while self.byte(at).is_some_and(|byte| byte != b'\'') {
                        at += 1;
                    }
                }
                _ if double => {}
                _ if byte == open => depth += 1,
                _ if byte == close => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}
