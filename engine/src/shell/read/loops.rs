//! `while`, `until`, `for`, `select` and the C-style `for`.

use super::cursor::is_meta;
use super::list::Stop;
use super::word::{Mode, WordFrame};
use super::{Frame, NodeKind, ProblemKind, Reader, Run, Step, Text, Value};
use crate::shell::keyword::Keyword;
use crate::shell::span::NodeId;

/// A `while` or `until` that is being read.
pub(super) struct WhileFrame {
    start: usize,
    until: bool,
    condition: Option<NodeId>,
}

/// A `for` or `select` that is being read.
pub(super) struct ForFrame {
    start: usize,
    select: bool,
    stage: ForStage,
}

/// How far it has been read.
#[derive(Clone, Copy)]
enum ForStage {
    /// Its words, which begin here on the scratch stack.
    Words { variable: Text, base: usize },
    /// Its three expressions, up to the closing parentheses; and the region's limit.
    Expressions { base: usize, end: usize, limit: usize },
    /// Its body.
    Body { head: Head, braces: bool },
}

/// What stands in front of the body.
#[derive(Clone, Copy)]
enum Head {
    Words { variable: Text, words: Option<Run> },
    Expressions(Run),
}

impl Reader {
    pub(super) fn begin_while(&mut self, start: usize, until: bool) -> Step {
        let list = self.list_until(Stop::Do);
        self.call(Frame::While(WhileFrame { start, until, condition: None }), list)
    }

    pub(super) fn while_command(&mut self, mut frame: WhileFrame) -> Step {
        let node = self.taken_node()?;
        let Some(condition) = frame.condition else {
            self.expect_keyword(Keyword::Do, frame.start)?;
            frame.condition = Some(node);
            let list = self.list_until(Stop::Done);
            return self.call(Frame::While(frame), list);
        };
        self.expect_keyword(Keyword::Done, frame.start)?;
        let kind = NodeKind::While { until: frame.until, condition, body: node };
        self.finish_compound(frame.start, kind, true)
    }

    pub(super) fn begin_for(&mut self, start: usize, select: bool) -> Step {
        self.blanks();
        let at = self.region.pos;
        if !select && self.byte(at) == Some(b'(') && self.byte(at + 1) == Some(b'(') {
            return self.begin_expressions(start, at + 2);
        }
        let Some(end) = self.name_end(at) else {
            return self.unexpected();
        };
        if self.byte(end).is_some_and(|byte| !is_meta(byte)) {
            return self.fail(ProblemKind::Unsupported, self.span(at, end));
        }
        let variable = self.slice(at, end);
        self.region.pos = end;
        self.newlines()?;
        let base = self.words.len();
        if self.keyword() == Some(Keyword::In) {
            self.eat_keyword();
            let stage = ForStage::Words { variable, base };
            return self.for_words(ForFrame { start, select, stage });
        }
        if self.peek() == Some(b';') && self.peek_second() != Some(b';') {
            self.bump();
        }
        self.for_body(start, select, Head::Words { variable, words: None })
    }

    pub(super) fn for_command(&mut self, frame: ForFrame) -> Step {
        match frame.stage {
            ForStage::Words { .. } => {
                let word = self.taken_word()?;
                self.words.push(word);
                self.for_words(frame)
            }
            ForStage::Expressions { .. } => {
                let word = self.taken_word()?;
                self.words.push(word);
                self.next_expression(frame)
            }
            ForStage::Body { head, braces } => {
                let body = self.taken_node()?;
                let closing = if braces { Keyword::Close } else { Keyword::Done };
                self.expect_keyword(closing, frame.start)?;
                let kind = match head {
                    Head::Words { variable, words } => NodeKind::For { variable, words, body, select: frame.select },
                    Head::Expressions(expressions) => NodeKind::ForArithmetic { expressions, body },
                };
                self.finish_compound(frame.start, kind, true)
            }
        }
    }

    /// Reads the next word of the list, or its end.
    fn for_words(&mut self, frame: ForFrame) -> Step {
        let ForStage::Words { variable, base } = frame.stage else {
            return self.unexpected();
        };
        self.blanks();
        match self.peek() {
            Some(b';') if self.peek_second() != Some(b';') => {
                self.bump();
            }
            Some(b'\n') => self.newline()?,
            Some(byte) if !is_meta(byte) || self.at_process() => {
                let at = self.region.pos;
                let word = WordFrame::new(self, Mode::Plain, at);
                return self.call(Frame::For(frame), word);
            }
            _ => return self.unexpected(),
        }
        let words = Some(self.drain_words(base));
        self.for_body(frame.start, frame.select, Head::Words { variable, words })
    }

    /// Whether a process substitution begins here.
    pub(super) fn at_process(&mut self) -> bool {
        matches!(self.peek(), Some(b'<' | b'>')) && self.peek_second() == Some(b'(')
    }

    /// Begins the body of a loop: `do … done`, or braces.
    fn for_body(&mut self, start: usize, select: bool, head: Head) -> Step {
        self.newlines()?;
        let braces = match self.keyword() {
            Some(Keyword::Do) => false,
            Some(Keyword::Open) => true,
            _ => return self.unexpected(),
        };
        self.eat_keyword();
        let list = self.list_until(if braces { Stop::Brace } else { Stop::Done });
        self.call(Frame::For(ForFrame { start, select, stage: ForStage::Body { head, braces } }), list)
    }

    fn begin_expressions(&mut self, start: usize, from: usize) -> Step {
        self.script.only_bash = true;
        let found = self.matching(from, b'(', b')').filter(|&end| self.byte(end + 1) == Some(b')'));
        let Some(end) = found else {
            return self.fail(ProblemKind::Unclosed, self.since(start));
        };
        let stage = ForStage::Expressions { base: self.words.len(), end, limit: self.region.limit };
        self.region.pos = from;
        self.region.limit = end;
        let word = WordFrame::new(self, Mode::Expression, from);
        self.call(Frame::For(ForFrame { start, select: false, stage }), word)
    }

    /// Goes on behind one of the three expressions.
    fn next_expression(&mut self, frame: ForFrame) -> Step {
        let ForStage::Expressions { base, end, limit } = frame.stage else {
            return self.unexpected();
        };
        let count = self.words.len().saturating_sub(base);
        if count < 3 {
            self.expect(b';', frame.start)?;
            let at = self.region.pos;
            let word = WordFrame::new(self, Mode::Expression, at);
            return self.call(Frame::For(frame), word);
        }
        if self.region.pos != end {
            return self.unexpected();
        }
        self.region.limit = limit;
        self.region.pos = end + 2;
        let expressions = self.drain_words(base);
        self.blanks();
        if self.peek() == Some(b';') {
            self.bump();
        }
        self.value = Value::Nothing;
        self.for_body(frame.start, false, Head::Expressions(expressions))
    }
}
