//! Command and process substitutions, and arithmetic.

use super::heredoc::Pending;
use super::list::Stop;
use super::word::{Mode, Next, WordFrame};
use super::{Apart, Frame, Halt, Hidden, MarkKind, NodeKind, Part, PartKind, ProblemKind, Reader, Region, Step, Value};

/// How a substitution is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `$( … )`
    Dollar,
    /// Backticks
    Backtick,
    /// `<( … )`
    Input,
    /// `>( … )`
    Output,
}

/// A substitution that is being read.
pub(super) struct SubstitutionFrame {
    form: Form,
    start: usize,
    quoted: bool,
    /// The region behind backticks.
    outer: Option<Region>,
    /// Here-documents that wait outside.
    pending: Vec<Pending>,
    began: bool,
}

/// Arithmetic that is being read.
pub(super) struct ArithmeticFrame {
    start: usize,
    quoted: bool,
    /// Where the expression ends, and how many bytes close it.
    end: usize,
    closing: usize,
    /// The region's limit.
    limit: usize,
    /// Whether it is the command `(( … ))`.
    command: bool,
}

impl Reader {
    /// A substitution whose text begins at `from`.
    pub(super) fn substitute(&mut self, form: Form, start: usize, from: usize, quoted: bool) -> Frame {
        self.region.pos = from;
        let pending = std::mem::take(&mut self.pending);
        Frame::Substitution(SubstitutionFrame { form, start, quoted, outer: None, pending, began: false })
    }

    /// `<(` or `>(` within a word.
    pub(super) fn process(&mut self, byte: u8) -> Next {
        let start = self.region.pos;
        let form = if byte == b'<' { Form::Input } else { Form::Output };
        self.script.only_bash = true;
        self.bump();
        self.bump();
        let from = self.region.pos;
        Next::Call(self.substitute(form, start, from, false))
    }

    pub(super) fn substitution(&mut self, mut frame: SubstitutionFrame) -> Step {
        if !frame.began {
            frame.began = true;
            let stop = if frame.form == Form::Backtick { Stop::End } else { Stop::Substitution };
            let list = self.list_until(stop);
            return self.call(Frame::Substitution(frame), list);
        }
        let body = self.taken_node()?;
        if !self.pending.is_empty() {
            return self.unfinished_heredocs();
        }
        match frame.outer {
            Some(outer) => self.region = outer,
            None => self.expect(b')', frame.start)?,
        }
        self.pending = std::mem::take(&mut frame.pending);
        let (start, end) = (frame.start, self.region.pos);
        let (kind, mark) = match frame.form {
            Form::Dollar | Form::Backtick => (PartKind::Command { body }, MarkKind::Substitution),
            Form::Input => (PartKind::Process { body, output: false }, MarkKind::Process),
            Form::Output => (PartKind::Process { body, output: true }, MarkKind::Process),
        };
        // To fish a number in brackets takes a line of what is printed. (fish-language(1), "Slices")
        if frame.form == Form::Dollar && self.byte(end) == Some(b'[') {
            self.differs(self.span(start, end));
        }
        if frame.form != Form::Backtick {
            self.mark(mark, start, end);
            if self.body_depth > 0 {
                let (decoded, stand_in) = (self.region.decoded, self.region.stand_in);
                self.in_bodies.push(Apart { decoded, start: start as u32 + 2, end: end as u32 - 1, stand_in });
            }
        }
        let span = self.span(start, end);
        self.give(Value::Part(Part { kind, span, quoted: frame.quoted }))
    }

    /// A backtick: what it encloses is read as a text of its own, with one level of escapes removed.
    pub(super) fn backtick(&mut self, frame: &WordFrame) -> Result<Next, Halt> {
        let start = self.region.pos;
        let quoted = frame.quoted();
        let body = matches!(frame.mode, Mode::Body { .. });
        let Some((end, escapes)) = self.backtick_end(start, quoted) else {
            return self.fail(ProblemKind::Unclosed, self.span(start, self.region.limit));
        };
        if self.is_otherwise_to_fish((start + 1, end), quoted, escapes) {
            self.differs(self.span(start, end + 1));
        }
        let decoded = self.region.decoded;
        let outer = Region { pos: end + 1, ..self.region };
        let (from, to) = (start as u32 + 1, end as u32);
        // tree-sitter takes two substitutions in backticks for one where only blanks stand between them, has no node
        // for them in here-documents, and knows nothing of their escapes: it reads each of them by itself.
        self.hidden.push(Hidden { filler: b'x', decoded, start: start as u32, end: to + 1 });
        self.plain &= !escapes;
        let region = if escapes {
            let text = self.unescape_backticks(start + 1, end, quoted && !body);
            let text = self.decode(&text);
            let stand_in = Some(self.span(start, end + 1));
            self.apart.push(Apart { decoded: true, start: text.start, end: text.end, stand_in });
            Region { decoded: true, pos: text.start as usize, limit: text.end as usize, stand_in }
        } else {
            self.apart.push(Apart { decoded, start: from, end: to, stand_in: self.region.stand_in });
            Region { pos: start + 1, limit: end, ..self.region }
        };
        self.region = region;
        let pending = std::mem::take(&mut self.pending);
        let form = Form::Backtick;
        Ok(Next::Call(Frame::Substitution(SubstitutionFrame {
            form,
            start,
            quoted,
            outer: Some(outer),
            pending,
            began: false,
        })))
    }

    /// Whether fish reads what stands in backticks otherwise: they are no quotes to it, so that quotes, comments and operators
    /// in them end what is around, or words behind belong to another command. (fish-language(1), "Quotes")
    fn is_otherwise_to_fish(&self, (start, end): (usize, usize), quoted: bool, escapes: bool) -> bool {
        let text = self.str_at(start, end);
        let operators = || text.contains(['|', ';', '&', '\n']);
        if quoted {
            return text.contains('"') && (operators() || text.contains('#'));
        }
        let behind = self.text_from(end + 1).iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        let goes_on = behind.is_some_and(|byte| !matches!(byte, b'\n' | b';' | b'&' | b'|' | b'#' | b')'));
        escapes || text.contains('#') || goes_on && operators()
    }

    /// Where the closing backtick stands, and whether escapes are to be removed in front of it.
    fn backtick_end(&self, start: usize, quoted: bool) -> Option<(usize, bool)> {
        let mut end = start + 1;
        let mut escapes = false;
        while let Some(byte) = self.byte(end).filter(|&byte| byte != b'`') {
            if byte == b'\\' {
                let next = self.byte(end + 1);
                escapes |= matches!(next, Some(b'`' | b'\\' | b'$')) || (quoted && next == Some(b'"'));
                end += 1;
            }
            end += 1;
        }
        self.byte(end).map(|_| (end, escapes))
    }

    /// The text between backticks as the inner shell reads it.
    fn unescape_backticks(&self, start: usize, end: usize, quotes: bool) -> String {
        let raw = self.str_at(start, end);
        let mut text = String::with_capacity(raw.len());
        let mut escaped = false;
        for character in raw.chars() {
            if escaped {
                let plain = matches!(character, '`' | '\\' | '$') || (quotes && character == '"');
                if !plain {
                    text.push('\\');
                }
                text.push(character);
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else {
                text.push(character);
            }
        }
        text
    }

    /// `$((`, where the parentheses match as those of arithmetic do; `next` is at the first of them.
    pub(super) fn arithmetic_expansion(&mut self, start: usize, next: usize, quoted: bool) -> Option<Frame> {
        let from = self.fold(next + 1) + 1;
        let end = self.matching(from, b'(', b')')?;
        if self.byte(end + 1) != Some(b')') {
            return None;
        }
        let limit = self.region.limit;
        let frame = ArithmeticFrame { start, quoted, end, closing: 2, limit, command: false };
        Some(self.arithmetic_frame(from, frame))
    }

    /// `$[ … ]`.
    pub(super) fn bracket_expansion(&mut self, start: usize, next: usize, quoted: bool) -> Result<Frame, Halt> {
        match self.matching(next + 1, b'[', b']') {
            Some(end) => {
                let limit = self.region.limit;
                let frame = ArithmeticFrame { start, quoted, end, closing: 1, limit, command: false };
                Ok(self.arithmetic_frame(next + 1, frame))
            }
            None => self.fail(ProblemKind::Unclosed, self.span(start, next + 1)),
        }
    }

    /// Goes to where an expression begins; no more is read than to its end.
    fn arithmetic_frame(&mut self, from: usize, frame: ArithmeticFrame) -> Frame {
        self.region.pos = from;
        self.region.limit = frame.end;
        Frame::Arithmetic(frame)
    }

    /// `(( … ))`, whose parentheses have been matched.
    pub(super) fn arithmetic_command(&mut self, start: usize, end: usize) -> Step {
        self.script.only_bash = true;
        let limit = self.region.limit;
        self.value = Value::Nothing;
        let frame = ArithmeticFrame { start, quoted: false, end, closing: 2, limit, command: true };
        let frame = self.arithmetic_frame(start + 2, frame);
        self.go(frame)
    }

    pub(super) fn arithmetic(&mut self, frame: ArithmeticFrame) -> Step {
        if !matches!(self.value, Value::Word(_)) {
            let at = self.region.pos;
            let word = WordFrame::new(self, Mode::Arithmetic, at);
            return self.call(Frame::Arithmetic(frame), word);
        }
        let word = self.taken_word()?;
        if self.region.pos != frame.end {
            return self.unexpected();
        }
        self.region.limit = frame.limit;
        self.region.pos = frame.end + frame.closing;
        let expression = self.add_word(word);
        if frame.command {
            return self.finish_compound(frame.start, NodeKind::Arithmetic { expression }, false);
        }
        let span = self.since(frame.start);
        self.give(Value::Part(Part { kind: PartKind::Arithmetic { expression }, span, quoted: frame.quoted }))
    }
}
