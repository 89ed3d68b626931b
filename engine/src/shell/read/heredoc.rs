//! Here-documents: delimiters, and bodies, which begin behind the next newline and are read last.

use super::cursor::is_meta;
use super::word::{Mode, WordFrame};
use super::{Halt, Heredoc, Hidden, Part, PartKind, ProblemKind, Reader, Region, Step, Value, Word};
use crate::shell::span::{Run, WordId};

/// Here-documents of one script at most.
const MAX_BODIES: usize = 256;
/// Bytes that may begin an expansion in here-documents at most: tree-sitter's grammar takes quadratic time on them.
const MAX_EXPANSIONS: usize = 512;
/// Here-documents within the bodies of here-documents at most.
const MAX_DEPTH: u32 = 16;

/// A here-document whose body has not begun.
pub(super) struct Pending {
    pub(super) delimiter: String,
    pub(super) quoted: bool,
    pub(super) strip: bool,
    pub(super) body: WordId,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A body that is still to be read for expansions.
#[derive(Clone, Copy)]
pub(super) struct Body {
    word: WordId,
    region: Region,
    strip: bool,
    depth: u32,
}

impl Reader {
    /// Reads the delimiter of a here-document: quotes removed, nothing expanded.
    pub(super) fn delimiter(&mut self) -> Result<(String, bool), Halt> {
        let start = self.region.pos;
        let mut text = String::new();
        let mut quoted = false;
        while let Some(byte) = self.peek().filter(|&byte| !is_meta(byte)) {
            let at = self.region.pos;
            match byte {
                b'\'' | b'"' => {
                    quoted = true;
                    let mut end = at + 1;
                    while self.byte(end).is_some_and(|other| other != byte && other != b'\\') {
                        end += 1;
                    }
                    if self.byte(end) != Some(byte) {
                        return self.fail(ProblemKind::Unclosed, self.span(at, end));
                    }
                    text.push_str(self.str_at(at + 1, end));
                    self.region.pos = end + 1;
                }
                b'$' | b'`' => return self.fail(ProblemKind::Unsupported, self.here()),
                _ => {
                    let at = if byte == b'\\' { at + 1 } else { at };
                    quoted |= byte == b'\\';
                    let end = at + self.char_len(at);
                    let piece = self.str_at(at, end).to_owned();
                    if piece.chars().any(super::odd_character) {
                        self.note(ProblemKind::OddCharacter, self.span(at, end));
                    }
                    text.push_str(&piece);
                    self.region.pos = end;
                }
            }
        }
        if self.region.pos == start {
            return self.unexpected().map(|()| (text, quoted));
        }
        if text.contains('\n') {
            return self.fail(ProblemKind::Unsupported, self.since(start));
        }
        Ok((text, quoted))
    }

    /// Takes the bodies of all pending here-documents; the reader is at the beginning of a line.
    pub(super) fn gather_heredocs(&mut self) -> Step {
        let line = self.region.pos;
        for pending in std::mem::take(&mut self.pending) {
            if self.bodies.len() >= MAX_BODIES {
                return self.fail(ProblemKind::TooMany, self.here());
            }
            let start = self.region.pos;
            let Some((end, next)) = self.body_end(start, &pending) else {
                return self.fail(ProblemKind::Unclosed, self.span(pending.start, start));
            };
            self.region.pos = next;
            self.note_plain(&pending, line, (start, end, next));
            let region =
                Region { decoded: self.region.decoded, pos: start, limit: end, stand_in: self.region.stand_in };
            if pending.quoted {
                self.quoted_body(&pending, start, end);
            } else {
                let depth = self.body_depth;
                let text = self.str_at(start, end);
                self.expansions += text.bytes().filter(|byte| matches!(byte, b'$' | b'`')).count();
                if self.expansions > MAX_EXPANSIONS {
                    return self.fail(ProblemKind::TooMany, self.span(start, end));
                }
                self.bodies.push(Body { word: pending.body, region, strip: pending.strip, depth });
            }
        }
        Ok(())
    }

    /// Notes where a plain here-document stands; one that is not means that none is looked at by itself.
    fn note_plain(&mut self, pending: &Pending, line: usize, (start, end, next): (usize, usize, usize)) {
        let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let written = self.str_at(pending.start, pending.end);
        let written = written.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '<' | '-' | ' '));
        let plain = word(&pending.delimiter)
            && [("", ""), ("'", "'"), ("\"", "\""), ("\\", "")]
                .iter()
                .any(|(before, after)| *written == format!("{before}{}{after}", pending.delimiter))
            && self.str_at(pending.start, line).trim_end_matches('\n').bytes().all(|b| b != b'\n')
            && (pending.quoted || !self.str_at(start, end).contains("\\\n"))
            // A line that only looks like the delimiter is one to other readers.
            && self.str_at(start, end).lines().all(|line| line.trim() != pending.delimiter)
            && !self.region.decoded
            && self.body_depth == 0;
        let place = Heredoc { opener: (pending.start as u32, pending.end as u32), body: (start as u32, next as u32) };
        self.heredocs = self.heredocs.take().filter(|_| plain).map(|mut all| {
            all.push(place);
            all
        });
    }

    /// Here-documents that wait for a newline that never comes.
    pub(super) fn unfinished_heredocs(&mut self) -> Step {
        let start = self.pending.first().map_or(self.region.pos, |pending| pending.start);
        self.fail(ProblemKind::Unclosed, self.since(start))
    }

    /// Where the body that begins here ends, and where the line behind its delimiter begins.
    fn body_end(&mut self, start: usize, pending: &Pending) -> Option<(usize, usize)> {
        let mut line = start;
        let mut joined = false;
        loop {
            let mut end = line;
            while self.byte(end).is_some_and(|byte| byte != b'\n') {
                end += 1;
            }
            let at_end = self.byte(end).is_none();
            let text = self.str_at(line, end);
            let text = if pending.strip { text.trim_start_matches('\t') } else { text };
            if !joined && text == pending.delimiter {
                return Some((line, if at_end { end } else { end + 1 }));
            }
            if at_end {
                return None;
            }
            let slashes = text.bytes().rev().take_while(|&byte| byte == b'\\').count();
            let continues = !pending.quoted && slashes % 2 == 1;
            if joined || continues {
                self.note_joined(line, end, pending);
            }
            joined = continues;
            line = end + 1;
        }
    }

    /// A continued line can make or hide a delimiter, and readers disagree on which: such a line is a problem.
    fn note_joined(&mut self, line: usize, end: usize, pending: &Pending) {
        let text = self.str_at(line, end);
        let text = text.trim_matches(['\t', '\\']);
        if text.is_empty() || pending.delimiter.starts_with(text) || pending.delimiter.ends_with(text) {
            self.note(ProblemKind::Unsupported, self.span(line, end));
        }
    }

    /// The body of a here-document with a quoted delimiter: text.
    fn quoted_body(&mut self, pending: &Pending, start: usize, end: usize) {
        self.hidden.push(Hidden { filler: b'.', decoded: self.region.decoded, start: start as u32, end: end as u32 });
        let text = if pending.strip && self.str_at(start, end).contains('\t') {
            let stripped: String =
                self.str_at(start, end).split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect();
            self.decode(&stripped)
        } else {
            self.slice(start, end)
        };
        let span = self.span(start, end);
        let first = self.script.parts.len() as u32;
        if start != end {
            self.script.parts.push(Part { kind: PartKind::Literal(text), span, quoted: true });
        }
        let parts = Run { start: first, end: self.script.parts.len() as u32 };
        self.set_word(pending.body, Word { parts, span });
    }

    fn set_word(&mut self, id: WordId, word: Word) {
        if let Some(place) = self.script.words.get_mut(id as usize) {
            *place = word;
        }
    }

    /// Reads the bodies that were gathered, and those within them.
    pub(super) fn read_bodies(&mut self) {
        let mut next = 0;
        while let Some(&body) = self.bodies.get(next) {
            next += 1;
            self.region = body.region;
            self.body_depth = body.depth + 1;
            if body.depth >= MAX_DEPTH {
                self.note(ProblemKind::TooDeep, self.here());
                return;
            }
            self.pending.clear();
            let start = body.region.pos;
            self.stack.clear();
            let frame = WordFrame::new(self, Mode::Body { strip: body.strip }, start);
            self.stack.push(frame);
            if self.run().is_err() {
                self.abandon();
                continue;
            }
            if let Value::Word(word) = self.value {
                self.set_word(body.word, word);
            }
        }
    }
}
