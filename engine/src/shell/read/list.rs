//! Lists, and-or lists and pipelines.

use super::{Frame, Halt, MarkKind, NodeKind, ProblemKind, Reader, Step, Stumble, Value};
use crate::shell::ast::{Descriptor, Part, PartKind, Prefix, Redirect, RedirectOperator, RedirectTarget, Word};
use crate::shell::keyword::Keyword;
use crate::shell::span::{NodeId, Run};

/// Prefixes (`!`, `time`) of one pipeline at most.
const MAX_PREFIXES: u32 = 16;

/// What ends a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The end of the text.
    End,
    /// `)`; the list may be empty.
    Substitution,
    /// `)`
    Paren,
    /// `}`
    Brace,
    /// `then`
    Then,
    /// `elif`, `else` or `fi`
    Branch,
    /// `fi`
    Fi,
    /// `do`
    Do,
    /// `done`
    Done,
    /// `;;`, `;&`, `;;&` or `esac`
    Item,
}

/// A list that is being read.
pub(super) struct ListFrame {
    start: usize,
    base: usize,
    stop: Stop,
    began: bool,
}

impl ListFrame {
    /// A list that begins here and ends so.
    pub(super) const fn new(start: usize, stop: Stop) -> Self {
        Self { start, base: usize::MAX, stop, began: false }
    }
}

/// An and-or list that is being read.
pub(super) struct AndOrFrame {
    left: Option<NodeId>,
    or: bool,
}

/// A pipeline that is being read.
pub(super) struct PipelineFrame {
    start: usize,
    base: usize,
    began: bool,
    /// How many prefixes there are, and a bit for each: whether it is `time`.
    prefixes: u32,
    times: u32,
}

impl Reader {
    /// A list that is read from here.
    pub(super) fn list_until(&self, stop: Stop) -> Frame {
        Frame::List(ListFrame::new(self.region.pos, stop))
    }

    pub(super) fn list(&mut self, mut frame: ListFrame) -> Step {
        if frame.began {
            let node = self.taken_node()?;
            if !self.separator(node)? {
                let closable = self.closable;
                if !self.at_stop(frame.stop, closable) {
                    return self.unexpected();
                }
                // `fi done`: what closes without a separator is read by tree-sitter's grammar in its own way.
                self.plain &= matches!(frame.stop, Stop::End | Stop::Substitution | Stop::Paren);
                return self.finish_list(&frame);
            }
        } else {
            frame.base = self.nodes.len();
        }
        self.newlines()?;
        if self.at_stop(frame.stop, true) {
            let may_be_empty = matches!(frame.stop, Stop::End | Stop::Substitution | Stop::Item);
            if !frame.began && !may_be_empty {
                return self.unexpected();
            }
            return self.finish_list(&frame);
        }
        if !frame.began {
            frame.start = self.region.pos;
        }
        frame.began = true;
        self.suspend(Frame::List(frame))?;
        self.and_or(AndOrFrame { left: None, or: false })
    }

    fn finish_list(&mut self, frame: &ListFrame) -> Step {
        if frame.stop == Stop::End && !self.pending.is_empty() {
            self.unfinished_heredocs()?;
        }
        let end = match self.nodes.get(frame.base..).unwrap_or_default().last() {
            Some(&last) if self.region.stand_in.is_none() => self.script.node(last).span.end as usize,
            _ => self.region.pos,
        };
        let span = self.span(frame.start, end.max(frame.start));
        let items = self.drain_nodes(frame.base);
        let node = self.add_node(NodeKind::List { items }, span, Run::default());
        self.give(Value::Node(node))
    }

    /// Consumes what separates a command from the next, and says whether there was such a thing.
    fn separator(&mut self, node: NodeId) -> Result<bool, Halt> {
        self.blanks();
        let at = self.region.pos;
        let mut node = node;
        let separated = match self.peek() {
            Some(b'&') if self.peek_second() != Some(b'&') => {
                let span = self.span(at, at + 1).to(self.script.node(node).span);
                node = self.add_node(NodeKind::Background { body: node }, span, Run::default());
                self.bump();
                self.mark(MarkKind::Operator, at, at);
                true
            }
            Some(b';') if !matches!(self.peek_second(), Some(b';' | b'&')) => {
                self.bump();
                true
            }
            Some(b'\n') => {
                // tree-sitter's grammar stumbles over the line below a comment behind a pipeline of three stages.
                let end = self.script.node(node).span.end as usize;
                self.plain &= self.stages < 2 || !self.str_at(end, at).contains('#');
                self.note_line_end(node, at);
                self.newline()?;
                true
            }
            _ => false,
        };
        self.nodes.push(node);
        Ok(separated)
    }

    /// Notes an end of a line that a semicolon could stand for: no comment and no here-document begins in front of it.
    fn note_line_end(&mut self, node: NodeId, at: usize) {
        if self.marking && !self.region.decoded && self.pending.is_empty() {
            let end = self.script.node(node).span.end as usize;
            if self.str_at(end, at).bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
                self.stumble(Stumble::LineEnd, b';', at, at + 1);
            }
        }
    }

    /// Whether the list ends here. Reserved words count only where one may stand.
    fn at_stop(&mut self, stop: Stop, reserved: bool) -> bool {
        let next = self.peek();
        let keyword = || if reserved { self.keyword() } else { None };
        match stop {
            Stop::End => next.is_none(),
            Stop::Substitution | Stop::Paren => next == Some(b')'),
            Stop::Brace => keyword() == Some(Keyword::Close),
            Stop::Then => keyword() == Some(Keyword::Then),
            Stop::Branch => matches!(keyword(), Some(Keyword::Elif | Keyword::Else | Keyword::Fi)),
            Stop::Fi => keyword() == Some(Keyword::Fi),
            Stop::Do => keyword() == Some(Keyword::Do),
            Stop::Done => keyword() == Some(Keyword::Done),
            Stop::Item => {
                keyword() == Some(Keyword::Esac)
                    || (next == Some(b';') && matches!(self.peek_second(), Some(b';' | b'&')))
            }
        }
    }

    /// Stops at something that may not stand here.
    pub(super) fn unexpected(&mut self) -> Step {
        let kind = if self.peek().is_none() { ProblemKind::Unclosed } else { ProblemKind::Syntax };
        self.fail(kind, self.here())
    }

    pub(super) fn and_or(&mut self, mut frame: AndOrFrame) -> Step {
        if let Value::Node(right) = self.value {
            let node = match frame.left {
                None => right,
                Some(left) => {
                    let span = self.script.node(left).span.to(self.script.node(right).span);
                    self.add_node(NodeKind::AndOr { left, right, or: frame.or }, span, Run::default())
                }
            };
            self.blanks();
            let at = self.region.pos;
            match (self.peek(), self.peek_second()) {
                (Some(b'&'), Some(b'&')) => frame.or = false,
                (Some(b'|'), Some(b'|')) => frame.or = true,
                _ => return self.give(Value::Node(node)),
            }
            self.bump();
            self.bump();
            self.mark(MarkKind::Operator, at, at);
            self.newlines()?;
            frame.left = Some(node);
        }
        let start = self.region.pos;
        let pipeline = PipelineFrame { start, base: self.nodes.len(), began: false, prefixes: 0, times: 0 };
        self.suspend(Frame::AndOr(frame))?;
        self.pipeline(pipeline)
    }

    pub(super) fn pipeline(&mut self, mut frame: PipelineFrame) -> Step {
        if !frame.began {
            frame.began = true;
            self.prefixes(&mut frame)?;
            if frame.prefixes > 0 && matches!(self.peek(), None | Some(b'\n' | b';')) {
                let kind = NodeKind::Simple { assignments: Run::default(), words: Run::default() };
                let span = self.span(self.region.pos, self.region.pos);
                let node = self.add_node(kind, span, Run::default());
                self.closable = false;
                return self.finish_pipeline(&frame, node);
            }
            return self.stage(frame);
        }
        let node = self.taken_node()?;
        self.nodes.push(node);
        self.blanks();
        if self.peek() != Some(b'|') || self.peek_second() == Some(b'|') {
            return self.close_pipeline(&frame);
        }
        let at = self.region.pos;
        self.bump();
        self.stages += 1;
        if self.eat(b'&') {
            self.script.only_bash = true;
            self.both(node, at)?;
        }
        self.mark(MarkKind::Operator, at, at);
        self.newlines()?;
        if self.keyword() == Some(Keyword::Bang) {
            return self.unexpected();
        }
        self.stage(frame)
    }

    /// Reads `!` and `time` in front of a pipeline.
    fn prefixes(&mut self, frame: &mut PipelineFrame) -> Step {
        loop {
            let at = self.fold(self.region.pos);
            if !matches!(self.byte(at), Some(b'!' | b't')) {
                return Ok(());
            }
            match self.keyword_at(at) {
                Some((Keyword::Bang, end)) => self.region.pos = end,
                Some((Keyword::Time, end)) => {
                    self.region.pos = end;
                    self.mark(MarkKind::Command, at, at);
                    self.mark(MarkKind::Word, at, end);
                    self.prefixed = true;
                    frame.times |= 1 << frame.prefixes;
                    self.time_options();
                    // A command, to tree-sitter's grammar, whatever stands behind it.
                    self.stumble(Stumble::Word, b' ', at, self.region.pos);
                }
                _ => return Ok(()),
            }
            frame.prefixes += 1;
            if frame.prefixes > MAX_PREFIXES {
                return self.fail(ProblemKind::TooMany, self.here());
            }
            self.blanks();
        }
    }

    /// Skips `-p` and `--` behind `time`.
    fn time_options(&mut self) {
        self.blanks();
        for option in ["-p", "--"] {
            let end = self.region.pos + option.len();
            let ends = self.byte(end).is_none_or(super::cursor::is_meta);
            if ends && self.str_at(self.region.pos, end) == option {
                self.mark(MarkKind::Word, self.region.pos, end);
                self.region.pos = end;
                self.blanks();
            }
        }
    }

    fn stage(&mut self, frame: PipelineFrame) -> Step {
        self.value = Value::Nothing;
        self.stack.push(Frame::Pipeline(frame));
        self.begin_command()
    }

    /// `|&`: the stage on the left gets a redirection of its errors to its output, after its own.
    fn both(&mut self, node: NodeId, at: usize) -> Step {
        if matches!(self.script.node(node).kind, NodeKind::Function { .. } | NodeKind::Coproc { .. }) {
            return self.fail(ProblemKind::Unsupported, self.span(at, at + 2));
        }
        let span = self.span(at, at + 2);
        let start = self.script.decoded.len() as u32;
        self.script.decoded.push('1');
        let text = crate::shell::Text { start, end: start + 1, decoded: true };
        let part = self.script.parts.len() as u32;
        self.script.parts.push(Part { kind: PartKind::Literal(text), span, quoted: false });
        let target = self.add_word(Word { parts: Run { start: part, end: part + 1 }, span });
        let own = self.script.node(node).redirects;
        let first = self.script.redirects.len() as u32;
        self.script.redirects.extend_from_within(own.range());
        self.script.redirects.push(Redirect {
            operator: RedirectOperator::DuplicateOut,
            descriptor: Descriptor::Number(2),
            target: RedirectTarget::Word(target),
            span,
        });
        let all = Run { start: first, end: self.script.redirects.len() as u32 };
        if let Some(node) = self.script.nodes.get_mut(node as usize) {
            node.redirects = all;
        }
        Ok(())
    }

    fn close_pipeline(&mut self, frame: &PipelineFrame) -> Step {
        let stages = self.nodes.get(frame.base..).unwrap_or_default();
        let node = match *stages {
            [only] => {
                self.nodes.truncate(frame.base);
                only
            }
            [first, .., last] => {
                let span = self.script.node(first).span.to(self.script.node(last).span);
                let stages = self.drain_nodes(frame.base);
                self.add_node(NodeKind::Pipeline { stages }, span, Run::default())
            }
            [] => return self.unexpected(),
        };
        self.finish_pipeline(frame, node)
    }

    fn finish_pipeline(&mut self, frame: &PipelineFrame, mut node: NodeId) -> Step {
        for index in (0..frame.prefixes).rev() {
            let prefix = if frame.times >> index & 1 == 1 { Prefix::Time } else { Prefix::Not };
            let span = self.span(frame.start, frame.start).to(self.script.node(node).span);
            node = self.add_node(NodeKind::Prefixed { prefix, body: node }, span, Run::default());
        }
        self.give(Value::Node(node))
    }
}
