//! Compound commands that need little state: subshells, groups, functions, coprocesses, conditionals; and the
//! redirections behind any compound command.

use super::cursor::is_meta;
use super::list::Stop;
use super::word::{Mode, WordFrame};
use super::{Clause, Frame, MarkKind, NodeKind, ProblemKind, Reader, Run, Step, Text, Value};
use crate::shell::ast::ClauseEnd;
use crate::shell::keyword::Keyword;
use crate::shell::span::NodeId;

/// A compound command whose body is being read.
pub(super) struct CompoundFrame {
    start: usize,
    kind: Kind,
}

/// The forms of [`CompoundFrame`].
enum Kind {
    Subshell,
    Group,
    Function(Text),
    /// `function NAME`: the name is being read.
    Naming,
    Coproc(Option<Text>),
}

impl CompoundFrame {
    /// A function of this name.
    pub(super) const fn function(start: usize, name: Text) -> Self {
        Self { start, kind: Kind::Function(name) }
    }
}

/// A compound command that is complete but for its redirections.
pub(super) struct TailFrame {
    start: usize,
    end: usize,
    kind: NodeKind,
    redirects: usize,
    closable: bool,
}

/// An `if` that is being read.
pub(super) struct IfFrame {
    start: usize,
    clause: usize,
    clauses: usize,
    condition: Option<NodeId>,
    stage: IfStage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IfStage {
    Condition,
    Body,
    Else,
}

impl Reader {
    /// Begins the compound command that a reserved word announces.
    pub(super) fn begin_compound(&mut self, keyword: Keyword, start: usize) -> Step {
        self.prefixed = false;
        self.script.only_bash |= matches!(keyword, Keyword::Function | Keyword::Coproc | Keyword::Select);
        if keyword.opens() {
            self.mark(MarkKind::Compound, start, start);
        }
        if keyword != Keyword::Test {
            self.eat_keyword();
        }
        match keyword {
            Keyword::Open => {
                let list = self.list_until(Stop::Brace);
                self.call(Frame::Compound(CompoundFrame { start, kind: Kind::Group }), list)
            }
            Keyword::If => {
                let frame = IfFrame {
                    start,
                    clause: start,
                    clauses: self.clauses.len(),
                    condition: None,
                    stage: IfStage::Condition,
                };
                let list = self.list_until(Stop::Then);
                self.call(Frame::If(frame), list)
            }
            Keyword::While | Keyword::Until => self.begin_while(start, keyword == Keyword::Until),
            Keyword::For | Keyword::Select => self.begin_for(start, keyword == Keyword::Select),
            Keyword::Case => self.begin_case(start),
            Keyword::Test => self.begin_condition(start),
            Keyword::Function => {
                self.blanks();
                let at = self.region.pos;
                let word = WordFrame::new(self, Mode::Plain, at);
                self.call(Frame::Compound(CompoundFrame { start, kind: Kind::Naming }), word)
            }
            Keyword::Coproc => self.begin_coproc(start),
            _ => self.fail(ProblemKind::Syntax, self.since(start)),
        }
    }

    /// `(`: a subshell, or `((` an arithmetic command.
    pub(super) fn begin_parenthesis(&mut self) -> Step {
        let start = self.region.pos;
        self.prefixed = false;
        self.mark(MarkKind::Compound, start, start);
        if self.byte(start + 1) == Some(b'(')
            && let Some(end) = self.matching(start + 2, b'(', b')')
            && self.byte(end + 1) == Some(b')')
        {
            return self.arithmetic_command(start, end);
        }
        self.bump();
        let list = self.list_until(Stop::Paren);
        self.call(Frame::Compound(CompoundFrame { start, kind: Kind::Subshell }), list)
    }

    fn begin_coproc(&mut self, start: usize) -> Step {
        self.mark(MarkKind::Command, start, start);
        self.mark(MarkKind::Word, start, self.region.pos);
        self.prefixed = true;
        self.blanks();
        let at = self.region.pos;
        let mut name = None;
        if self.peek() != Some(b'(') && self.keyword().is_none() {
            let mut end = at;
            while self.byte(end).is_some_and(|byte| !is_meta(byte)) {
                end += 1;
            }
            if self.str_at(at, end).contains(['\'', '"', '\\', '$', '`']) {
                // The word may go on behind a blank, and what follows it decides.
                self.note(ProblemKind::Unsupported, self.span(at, end));
            }
            self.region.pos = end;
            self.blanks();
            if self.peek() == Some(b'(') || self.keyword().is_some_and(Keyword::opens) {
                if self.name_end(at) != Some(end) {
                    return self.fail(ProblemKind::Unsupported, self.span(at, end));
                }
                name = Some(self.slice(at, end));
            } else if self.keyword().is_some() {
                // Reserved words are looked for behind a first word, whether a compound command begins or not.
                return self.unexpected();
            } else {
                self.region.pos = at;
            }
        }
        self.value = Value::Nothing;
        self.stack.push(Frame::Compound(CompoundFrame { start, kind: Kind::Coproc(name) }));
        self.begin_command()
    }

    pub(super) fn compound(&mut self, frame: CompoundFrame) -> Step {
        let start = frame.start;
        match frame.kind {
            Kind::Subshell => {
                let body = self.taken_node()?;
                self.expect(b')', start)?;
                self.finish_compound(start, NodeKind::Subshell { body }, true)
            }
            Kind::Group => {
                let body = self.taken_node()?;
                self.expect_keyword(Keyword::Close, start)?;
                self.finish_compound(start, NodeKind::Group { body }, true)
            }
            Kind::Naming => {
                let name = self.taken_word()?;
                self.blanks();
                if self.eat(b'(') {
                    self.blanks();
                    self.expect(b')', start)?;
                }
                self.begin_function(start, name)
            }
            Kind::Function(name) => {
                let body = self.taken_node()?;
                let span = self.span(start, start).to(self.script.node(body).span);
                let node = self.add_node(NodeKind::Function { name, body }, span, Run::default());
                self.give(Value::Node(node))
            }
            Kind::Coproc(name) => {
                let body = self.taken_node()?;
                let span = self.span(start, start).to(self.script.node(body).span);
                let node = self.add_node(NodeKind::Coproc { name, body }, span, Run::default());
                self.give(Value::Node(node))
            }
        }
    }

    pub(super) fn if_command(&mut self, mut frame: IfFrame) -> Step {
        let node = self.taken_node()?;
        match frame.stage {
            IfStage::Condition => {
                self.expect_keyword(Keyword::Then, frame.start)?;
                frame.condition = Some(node);
                frame.stage = IfStage::Body;
                let list = self.list_until(Stop::Branch);
                self.call(Frame::If(frame), list)
            }
            IfStage::Body | IfStage::Else => {
                let condition = frame.condition.take();
                let span = self.since(frame.clause);
                let clause = Clause { condition, patterns: Run::default(), body: node, end: ClauseEnd::Stop, span };
                self.clauses.push(clause);
                self.next_branch(frame)
            }
        }
    }

    /// Goes on behind the body of a branch.
    fn next_branch(&mut self, mut frame: IfFrame) -> Step {
        let keyword = self.keyword();
        self.eat_keyword();
        frame.clause = self.region.pos;
        match keyword {
            Some(Keyword::Fi) => {
                let clauses = self.drain_clauses(frame.clauses);
                self.finish_compound(frame.start, NodeKind::If { clauses }, true)
            }
            Some(Keyword::Elif) if frame.stage == IfStage::Body => {
                frame.stage = IfStage::Condition;
                let list = self.list_until(Stop::Then);
                self.call(Frame::If(frame), list)
            }
            Some(Keyword::Else) if frame.stage == IfStage::Body => {
                frame.stage = IfStage::Else;
                let list = self.list_until(Stop::Fi);
                self.call(Frame::If(frame), list)
            }
            _ => self.unexpected(),
        }
    }

    /// Ends a compound command, but for the redirections behind it.
    pub(super) fn finish_compound(&mut self, start: usize, kind: NodeKind, closable: bool) -> Step {
        self.value = Value::Nothing;
        let end = self.region.pos;
        self.go(Frame::Tail(TailFrame { start, end, kind, redirects: self.redirects.len(), closable }))
    }

    pub(super) fn tail(&mut self, mut frame: TailFrame) -> Step {
        if self.redirects.len() > frame.redirects {
            frame.end = self.region.pos;
        }
        self.blanks();
        if self.at_redirect() {
            return self.call_redirect(Frame::Tail(frame));
        }
        let redirects = self.drain_redirects(frame.redirects);
        self.closable = frame.closable && redirects.is_empty();
        let span = self.span(frame.start, frame.end);
        let node = self.add_node(frame.kind, span, redirects);
        self.give(Value::Node(node))
    }
}
