//! `case`.

use super::cursor::is_meta;
use super::list::Stop;
use super::word::{Mode, WordFrame};
use super::{Clause, Frame, NodeKind, Reader, Run, Step};
use crate::shell::ast::ClauseEnd;
use crate::shell::keyword::Keyword;
use crate::shell::span::WordId;

/// A `case` that is being read.
pub(super) struct CaseFrame {
    start: usize,
    subject: WordId,
    clauses: usize,
    item: usize,
    words: usize,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    Subject,
    Pattern,
    Body(Run),
}

impl Reader {
    pub(super) fn begin_case(&mut self, start: usize) -> Step {
        self.blanks();
        let at = self.region.pos;
        if self.peek().is_none_or(is_meta) && !self.at_process() {
            return self.unexpected();
        }
        let frame = CaseFrame {
            start,
            subject: 0,
            clauses: self.clauses.len(),
            item: at,
            words: self.words.len(),
            stage: Stage::Subject,
        };
        let word = WordFrame::new(self, Mode::Subject, at);
        self.call(Frame::Case(frame), word)
    }

    pub(super) fn case_command(&mut self, mut frame: CaseFrame) -> Step {
        match frame.stage {
            Stage::Subject => {
                let word = self.taken_word()?;
                frame.subject = self.add_word(word);
                self.newlines()?;
                self.expect_keyword(Keyword::In, frame.start)?;
                self.case_item(frame)
            }
            Stage::Pattern => {
                let word = self.taken_word()?;
                self.words.push(word);
                self.blanks();
                if self.eat(b'|') {
                    return self.case_pattern(frame);
                }
                self.expect(b')', frame.item)?;
                let patterns = self.drain_words(frame.words);
                frame.stage = Stage::Body(patterns);
                let list = self.list_until(Stop::Item);
                self.call(Frame::Case(frame), list)
            }
            Stage::Body(patterns) => {
                let body = self.taken_node()?;
                let span = self.since(frame.item);
                let end = self.clause_end();
                let last = end.is_none();
                let end = end.unwrap_or(ClauseEnd::Stop);
                self.clauses.push(Clause { condition: None, patterns, body, end, span });
                if last { self.close_case(&frame) } else { self.case_item(frame) }
            }
        }
    }

    /// Consumes what ends an item, if anything does.
    fn clause_end(&mut self) -> Option<ClauseEnd> {
        if self.peek() != Some(b';') {
            return None;
        }
        self.bump();
        let end = if self.eat(b'&') {
            ClauseEnd::Fall
        } else {
            self.bump();
            if self.eat(b'&') { ClauseEnd::Retry } else { ClauseEnd::Stop }
        };
        self.script.only_bash |= end != ClauseEnd::Stop;
        Some(end)
    }

    /// Begins the next item, or ends the command.
    fn case_item(&mut self, mut frame: CaseFrame) -> Step {
        self.newlines()?;
        if self.keyword() == Some(Keyword::Esac) {
            return self.close_case(&frame);
        }
        frame.item = self.region.pos;
        self.eat(b'(');
        self.case_pattern(frame)
    }

    fn case_pattern(&mut self, mut frame: CaseFrame) -> Step {
        frame.stage = Stage::Pattern;
        self.blanks();
        if self.peek().is_none_or(is_meta) && !self.at_process() {
            return self.unexpected();
        }
        let at = self.region.pos;
        let word = WordFrame::new(self, Mode::Pattern, at);
        self.call(Frame::Case(frame), word)
    }

    fn close_case(&mut self, frame: &CaseFrame) -> Step {
        self.expect_keyword(Keyword::Esac, frame.start)?;
        let clauses = self.drain_clauses(frame.clauses);
        self.finish_compound(frame.start, NodeKind::Case { subject: frame.subject, clauses }, true)
    }
}
