//! Literal text: pieces that are merged into parts, decoded where they do not stand in the source.

use super::word::{Mode, WordFrame};
use super::{Part, PartKind, Reader, Span, Text};

impl Reader {
    /// Whether a character outside quotes is one that tree-sitter's grammar takes for a character of the word too.
    pub(super) fn is_plain_character(&self, frame: &WordFrame, start: usize, end: usize) -> bool {
        match self.byte(start) {
            // A word of `[ … ]`; `plain` knows which of those it takes.
            Some(b'[' | b']') => true,
            Some(b'}') => start.checked_sub(2).is_some_and(|at| self.str_at(at, start) == "\\{"),
            Some(b'#') => {
                let before = start.checked_sub(1).and_then(|before| self.byte(before));
                start > frame.start && matches!(before, Some(b'^' | b'/' | b'.' | b'_' | b'-'))
            }
            Some(b'!') => start == frame.start && self.byte(end).is_none_or(|byte| matches!(byte, b' ' | b'\n')),
            Some(byte) => {
                byte >= 0x80
                    || byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'-' | b'.' | b'/' | b':' | b',' | b'+' | b'@' | b'%' | b'=' | b'^' | b'~')
            }
            None => true,
        }
    }

    /// Whether a backslash outside quotes stands where tree-sitter's grammar reads it the same: at the beginning of a
    /// word, behind quotes, or within letters and the like.
    pub(super) fn is_plain_escape(&self, frame: &WordFrame, at: usize, byte: u8) -> bool {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
        let before = at.checked_sub(1).and_then(|before| self.byte(before));
        let literal = match self.parts.get(frame.base..) {
            Some([.., last]) if matches!(last.kind, PartKind::Literal(_)) => {
                let escaped = at.checked_sub(2).and_then(|before| self.byte(before)) == Some(b'\\');
                let closed = byte != b'$' && matches!(before, Some(b'\'' | b'"' | b'}'));
                let quote = matches!(before, Some(b'\'' | b'"'));
                before.is_some_and(letters) || (escaped && last.quoted && !quote) || closed
            }
            Some([_, ..]) => false,
            _ => at == frame.start,
        };
        // A blank of its own is to its lexer the end of a word, but for one within letters.
        let blank = byte == b' ' && before.is_some_and(letters);
        (literal || byte != b'$') && frame.mode == Mode::Plain && (byte.is_ascii_graphic() || blank)
    }

    /// How many bytes the character at a position has.
    pub(super) fn char_len(&self, at: usize) -> usize {
        match self.byte(at) {
            None => 0,
            Some(byte) if byte < 0xc0 => 1,
            Some(byte) if byte < 0xe0 => 2,
            Some(byte) if byte < 0xf0 => 3,
            Some(_) => 4,
        }
    }

    /// Puts text into the decoded pool.
    pub(super) fn decode(&mut self, text: &str) -> Text {
        let start = self.script.decoded.len() as u32;
        self.script.decoded.push_str(text);
        Text { start, end: self.script.decoded.len() as u32, decoded: true }
    }

    /// The text from `start` to the reader's place with its continuations removed.
    pub(super) fn fold_text(&mut self, start: usize) -> Text {
        let end = self.region.pos;
        if !self.str_at(start, end).contains("\\\n") {
            return self.slice(start, end);
        }
        let text = self.str_at(start, end).replace("\\\n", "");
        self.decode(&text)
    }

    /// Adds literal text to the word whose parts begin at `base`, merging it with what stands before.
    pub(super) fn push_literal(&mut self, base: usize, text: Text, quoted: bool, span: Span) {
        self.push_part(base, Part { kind: PartKind::Literal(text), span, quoted });
    }

    /// Adds a part; literals with the same protection become one.
    pub(super) fn push_part(&mut self, base: usize, part: Part) {
        let last = self.parts.len().checked_sub(1).filter(|&last| last >= base);
        let marked = self.braces.last().map(|&(index, _)| index);
        if let (PartKind::Literal(text), Some(last)) = (part.kind, last)
            && marked != Some(last)
            && let Some(&previous) = self.parts.get(last)
            && let PartKind::Literal(before) = previous.kind
            && previous.quoted == part.quoted
        {
            let kind = PartKind::Literal(self.join(before, text));
            if let Some(place) = self.parts.get_mut(last) {
                *place = Part { kind, span: previous.span.to(part.span), quoted: part.quoted };
            }
            return;
        }
        self.parts.push(part);
    }

    /// Two texts as one.
    fn join(&mut self, left: Text, right: Text) -> Text {
        if left.start == left.end {
            return right;
        }
        if right.start == right.end {
            return left;
        }
        if left.decoded == right.decoded && left.end == right.start {
            return Text { end: right.end, ..left };
        }
        let start =
            if left.decoded && left.end as usize == self.script.decoded.len() { left.start } else { self.copy(left) };
        self.copy(right);
        Text { start, end: self.script.decoded.len() as u32, decoded: true }
    }

    /// Copies a text to the end of the decoded pool, and says where it begins.
    fn copy(&mut self, text: Text) -> u32 {
        let start = self.script.decoded.len() as u32;
        let range = text.start as usize..text.end as usize;
        if text.decoded {
            self.script.decoded.extend_from_within(range);
        } else {
            self.script.decoded.push_str(self.script.source.get(range).unwrap_or_default());
        }
        start
    }
}
