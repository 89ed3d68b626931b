//! What is live in a word without a dollar: globs, extended globs and tildes.

use super::cursor::{MAX_SUBSCRIPT, is_meta};
use super::word::{Mode, WordFrame};
use super::{Part, PartKind, ProblemKind, Reader, Text};

impl Reader {
    /// A live glob character, or more of them.
    pub(super) fn glob(&mut self, frame: &WordFrame, len: usize) {
        let start = self.region.pos;
        for _ in 0..len {
            self.bump();
        }
        let text = self.fold_text(start);
        let span = self.since(start);
        let last = self.parts.len().checked_sub(1).filter(|&last| last >= frame.base);
        if let Some(part) = last.and_then(|last| self.parts.get_mut(last))
            && let PartKind::Glob(before) = part.kind
            && before.decoded == text.decoded
            && before.end == text.start
        {
            *part = Part {
                kind: PartKind::Glob(Text { end: text.end, ..before }),
                span: part.span.to(span),
                quoted: false,
            };
            return;
        }
        self.parts.push(Part { kind: PartKind::Glob(text), span, quoted: false });
    }

    /// Whether an extended glob begins here. Where bash reads one only under `extglob` it is a problem too.
    pub(super) fn at_extended(&mut self, frame: &WordFrame) -> bool {
        if self.peek_second() != Some(b'(') {
            return false;
        }
        let at = self.region.pos;
        if frame.mode == Mode::Plain && at == frame.start && self.byte(at + 2) == Some(b')') {
            return false;
        }
        if frame.mode != Mode::TestPattern {
            self.note(ProblemKind::Unsupported, self.span(at, at + 2));
        }
        true
    }

    /// `[`: a bracket expression if it is closed within the word.
    pub(super) fn bracket(&mut self, frame: &WordFrame) {
        let start = self.region.pos;
        let mut at = start + 1;
        if matches!(self.byte(at), Some(b'!' | b'^')) {
            at += 1;
        }
        if self.byte(at) == Some(b']') {
            at += 1;
        }
        let (mut simple, mut open) = (true, false);
        while let Some(byte) = self.byte(at) {
            if at - start > MAX_SUBSCRIPT {
                // Live, for all we know.
                return self.glob(frame, 1);
            }
            match byte {
                b']' => break,
                b'$' if !matches!(self.byte(at + 1), Some(b'(' | b'{' | b'[' | b'\'' | b'"')) => simple = false,
                b'\'' | b'"' | b'\\' | b'$' if let Some(end) = self.end_of_piece(at) => (simple, at) = (false, end - 1),
                // What these open may hold what would end the word.
                b'\'' | b'"' | b'\\' | b'$' | b'`' => (simple, open) = (false, true),
                b'{' | b'}' | b',' => simple = false,
                b'[' if matches!(self.byte(at + 1), Some(b':' | b'.' | b'=')) => {
                    let end = self.byte(at + 1);
                    at += 2;
                    while self.byte(at).is_some_and(|byte| byte.is_ascii_graphic() && !is_meta(byte) && byte != b']') {
                        at += 1;
                    }
                    simple &= self.byte(at) == Some(b']') && self.byte(at - 1) == end;
                }
                byte if is_meta(byte) && !open => return self.char_literal(frame, false),
                b'\n' => return self.char_literal(frame, false),
                // These are looked at one by one, as some do not belong in a word.
                byte if !byte.is_ascii_graphic() => simple = false,
                _ => {}
            }
            at += 1;
        }
        if self.byte(at).is_none() {
            return self.char_literal(frame, false);
        }
        // The subscript of an element, `[key]=value`, is no glob.
        if frame.mode == Mode::Element && start == frame.start && matches!(self.byte(at + 1), Some(b'=' | b'+')) {
            return self.char_literal(frame, false);
        }
        self.glob(frame, if simple { at + 1 - start } else { 1 });
    }

    /// Behind a quote, an escape or `${name}` in which nothing is expanded that could hold something open.
    fn end_of_piece(&self, start: usize) -> Option<usize> {
        let dollar = self.byte(start) == Some(b'$');
        let mut at = start + usize::from(dollar);
        let quote = match self.byte(at)? {
            b'\\' if !dollar => return self.byte(at + 1).map(|_| at + 2),
            b'{' if dollar => {
                return self.name_end(at + 1).filter(|&end| self.byte(end) == Some(b'}')).map(|end| end + 1);
            }
            quote @ (b'\'' | b'"') => quote,
            _ => return None,
        };
        at += 1;
        while at - start <= MAX_SUBSCRIPT {
            match self.byte(at)? {
                byte if byte == quote => return Some(at + 1),
                b'\\' if dollar || quote == b'"' => at += 2,
                b'$' | b'`' if quote == b'"' => return None,
                _ => at += 1,
            }
        }
        None
    }

    /// `~` where the shell would expand it.
    pub(super) fn tilde(&mut self, frame: &WordFrame) -> bool {
        let at = self.region.pos;
        if frame.mode.is_arithmetic() || matches!(frame.mode, Mode::Subscript) || !self.tilde_place(frame, at) {
            return false;
        }
        let mut end = at + 1;
        while self
            .byte(end)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+'))
        {
            end += 1;
        }
        let live = match self.byte(end) {
            None | Some(b'/' | b':') => true,
            Some(b'}') => frame.mode.must_close(),
            Some(byte) => is_meta(byte),
        };
        if !live {
            return false;
        }
        self.region.pos = end;
        let part = Part { kind: PartKind::Tilde(self.slice(at + 1, end)), span: self.span(at, end), quoted: false };
        self.parts.push(part);
        true
    }

    /// Whether a tilde may stand at this position: at the beginning, or where a value or a part of one begins.
    fn tilde_place(&self, frame: &WordFrame, at: usize) -> bool {
        if at == frame.start {
            return true;
        }
        let before = at.checked_sub(1).and_then(|before| self.byte(before));
        let escaped = at.checked_sub(2).and_then(|before| self.byte(before)) == Some(b'\\');
        let colon = before == Some(b':') && !escaped;
        match frame.mode {
            Mode::Value => colon,
            Mode::Plain => {
                match self.name_end(frame.start).map(|end| if self.byte(end) == Some(b'+') { end + 1 } else { end }) {
                    Some(end) if self.byte(end) == Some(b'=') => colon || at == end + 1,
                    _ => false,
                }
            }
            _ => false,
        }
    }
}
