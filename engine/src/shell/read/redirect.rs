//! Redirections: descriptor, operator, target.

use super::heredoc::Pending;
use super::word::{Mode, WordFrame};
use super::{Frame, Hidden, ProblemKind, Reader, Step, Stumble, Word};
use crate::shell::ast::{Descriptor, PartKind, Redirect, RedirectOperator, RedirectTarget};
use crate::shell::span::Run;

/// A redirection whose target is being read.
pub(super) struct RedirectFrame {
    start: usize,
    operator: RedirectOperator,
    descriptor: Descriptor,
}

impl Reader {
    /// Whether a redirection begins here: an operator, maybe behind a number or `{name}`.
    pub(super) fn at_redirect(&mut self) -> bool {
        self.peek();
        let at = self.descriptor_end();
        match self.byte(at) {
            Some(b'<' | b'>') => self.byte(self.fold(at + 1)) != Some(b'('),
            Some(b'&') => at == self.region.pos && self.byte(self.fold(at + 1)) == Some(b'>'),
            _ => false,
        }
    }

    /// Where a descriptor in front of an operator ends; the reader's place where there is none.
    fn descriptor_end(&self) -> usize {
        let start = self.region.pos;
        let mut at = start;
        while self.byte(at).is_some_and(|byte| byte.is_ascii_digit()) {
            at = self.fold(at + 1);
        }
        if at == start && self.byte(start) == Some(b'{') {
            return match self.name_end(start + 1) {
                Some(end) if self.byte(end) == Some(b'}') => self.fold(end + 1),
                _ => start,
            };
        }
        at
    }

    /// Reads a redirection and resumes `parent`.
    pub(super) fn call_redirect(&mut self, parent: Frame) -> Step {
        self.stack.push(parent);
        let start = self.region.pos;
        let end = self.descriptor_end();
        let descriptor = self.descriptor(start, end)?;
        self.region.pos = end;
        self.peek();
        let at = self.region.pos;
        let operator = self.redirect_operator();
        let Some(operator) = operator else {
            return self.unexpected();
        };
        if operator == RedirectOperator::ReadWrite {
            // tree-sitter's grammar has no such operator; `>>` stands where it does.
            self.plain = false;
            let (decoded, start, end) = (self.region.decoded, at as u32, self.region.pos as u32);
            self.hidden.push(Hidden { filler: b'>', decoded, start, end });
        }
        let default = descriptor == Descriptor::Default && !self.region.decoded;
        if operator == RedirectOperator::HereString && default && self.region.pos == at + 3 {
            self.stumble(Stumble::HereString, b' ', at, at + 2);
        }
        if operator == RedirectOperator::Heredoc {
            return self.begin_heredoc(start, descriptor);
        }
        // To zsh a mark right behind the operator belongs to it.
        if self.byte(self.region.pos) == Some(b'!') {
            self.differs(self.here());
        }
        self.blanks();
        let target = self.region.pos;
        let process = matches!(self.peek(), Some(b'<' | b'>')) && self.peek_second() == Some(b'(');
        if !process && self.peek().is_none_or(super::cursor::is_meta) {
            return self.unexpected();
        }
        let mode = if operator == RedirectOperator::HereString { Mode::Subject } else { Mode::Plain };
        let word = WordFrame::new(self, mode, target);
        self.call(Frame::Redirect(RedirectFrame { start, operator, descriptor }), word)
    }

    fn descriptor(&mut self, start: usize, end: usize) -> Result<Descriptor, super::Halt> {
        if start == end {
            return Ok(Descriptor::Default);
        }
        if self.byte(start) == Some(b'{') {
            let name = self.name_end(start + 1).unwrap_or(end);
            // To tree-sitter's grammar this is a word; it sees a number.
            self.plain = false;
            self.script.only_bash = true;
            let (decoded, from, to) = (self.region.decoded, start as u32, name as u32 + 1);
            self.hidden.push(Hidden { filler: b'3', decoded, start: from, end: to });
            return Ok(Descriptor::Variable(self.slice(start + 1, name)));
        }
        let digits: String = self.str_at(start, end).chars().filter(char::is_ascii_digit).collect();
        // bash reads a number that does not fit its own integers as a word.
        match digits.parse::<u32>() {
            Ok(number) if number <= 0x7fff_ffff => {
                if number == 0 {
                    // No descriptor to tree-sitter's grammar.
                    self.stumble(Stumble::Word, b'3', start, end);
                }
                Ok(Descriptor::Number(number))
            }
            _ => self.fail(ProblemKind::Unsupported, self.span(start, end)),
        }
    }

    /// Consumes an operator.
    fn redirect_operator(&mut self) -> Option<RedirectOperator> {
        use RedirectOperator as Op;
        if self.eat(b'&') {
            self.eat(b'>').then_some(())?;
            self.script.only_bash = true;
            return Some(if self.eat(b'>') { Op::AppendBoth } else { Op::WriteBoth });
        }
        if self.eat(b'>') {
            return Some(match self.peek() {
                Some(b'>') => self.op(Op::Append),
                Some(b'|') => self.op(Op::Clobber),
                Some(b'&') => self.op(Op::DuplicateOut),
                _ => Op::Write,
            });
        }
        self.eat(b'<').then_some(())?;
        Some(match self.peek() {
            Some(b'<') => {
                self.bump();
                if self.eat(b'<') {
                    self.script.only_bash = true;
                    Op::HereString
                } else {
                    Op::Heredoc
                }
            }
            Some(b'>') => self.op(Op::ReadWrite),
            Some(b'&') => self.op(Op::DuplicateIn),
            _ => Op::Read,
        })
    }

    /// Consumes the operator's last byte.
    fn op(&mut self, operator: RedirectOperator) -> RedirectOperator {
        self.bump();
        operator
    }

    pub(super) fn redirect(&mut self, frame: RedirectFrame) -> Step {
        let word = self.taken_word()?;
        let mut operator = frame.operator;
        if operator == RedirectOperator::DuplicateOut
            && frame.descriptor == Descriptor::Default
            && self.names_file(word)
        {
            operator = RedirectOperator::WriteBoth;
            self.script.only_bash = true;
        }
        let target = RedirectTarget::Word(self.add_word(word));
        let span = self.since(frame.start);
        self.redirects.push(Redirect { operator, descriptor: frame.descriptor, target, span });
        self.give(super::Value::Nothing)
    }

    /// Whether the word behind `>&` is neither a descriptor nor something that may turn out to be one.
    fn names_file(&self, word: Word) -> bool {
        let mut text = String::new();
        for part in self.script.parts_of(word) {
            match part.kind {
                PartKind::Literal(literal) => text.push_str(self.script.text(literal)),
                _ => return false,
            }
        }
        let digits = text.strip_suffix('-').unwrap_or(&text);
        !digits.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// `<<` and `<<-`: reads the delimiter and waits for the next newline.
    fn begin_heredoc(&mut self, start: usize, descriptor: Descriptor) -> Step {
        let strip = self.eat(b'-');
        self.blanks();
        let (delimiter, quoted) = self.delimiter()?;
        let body = self.add_word(Word { parts: Run::default(), span: self.since(start) });
        let end = self.region.pos;
        self.pending.push(Pending { delimiter, quoted, strip, body, start, end });
        let target = RedirectTarget::Body { body, quoted };
        let span = self.since(start);
        self.redirects.push(Redirect { operator: RedirectOperator::Heredoc, descriptor, target, span });
        self.give(super::Value::Nothing)
    }
}
