//! What is kept of a script that could not be read to the end. The shell runs the lines in front of an error, so
//! the commands that were found still count; the script has a problem and is never wholly understood.

use super::{Frame, NodeKind, PartKind, Reader, Run, Span, drain};
use crate::shell::ast::NodeKind as Kind;

impl Reader {
    /// Gathers every command that belongs to no other into the top list, and one that stands for the rest.
    pub(super) fn salvage(&mut self) {
        while let Some(frame) = self.stack.pop() {
            if let Frame::Simple(frame) = frame {
                self.salvage_simple(&frame);
            }
        }
        let mut owned = vec![false; self.script.nodes.len()];
        self.owned(&mut owned);
        let whole = Span::new(0, self.script.source.len() as u32);
        let mut roots: Vec<u32> = (0u32..).zip(owned).filter(|&(_, owned)| !owned).map(|(id, _)| id).collect();
        roots.sort_by_key(|&id| self.script.node(id).span.start);
        let unknown = self.add_node(NodeKind::Unknown, whole, Run::default());
        roots.push(unknown);
        let start = self.script.children.len() as u32;
        self.script.children.extend(roots);
        let items = Run { start, end: self.script.children.len() as u32 };
        self.script.body = self.add_node(NodeKind::List { items }, whole, Run::default());
        self.abandon();
    }

    /// A simple command that was being read, as far as it went.
    fn salvage_simple(&mut self, frame: &super::simple::SimpleFrame) {
        let (first, assigned, redirected) = frame.bases();
        let words = self.drain_words(first);
        let assignments = drain(&mut self.assignments, assigned, &mut self.script.assignments);
        let redirects = self.drain_redirects(redirected);
        if words.is_empty() && assignments.is_empty() && redirects.is_empty() {
            return;
        }
        let span = self.since(frame.start());
        self.add_node(NodeKind::Simple { assignments, words }, span, redirects);
    }

    /// Marks every command that is part of another.
    fn owned(&self, owned: &mut [bool]) {
        let mut own = |id: u32| {
            if let Some(place) = owned.get_mut(id as usize) {
                *place = true;
            }
        };
        self.script.children.iter().for_each(|&id| own(id));
        for clause in &self.script.clauses {
            clause.condition.into_iter().for_each(&mut own);
            own(clause.body);
        }
        for part in &self.script.parts {
            if let PartKind::Command { body } | PartKind::Process { body, .. } = part.kind {
                own(body);
            }
        }
        for node in &self.script.nodes {
            match node.kind {
                Kind::Background { body }
                | Kind::Prefixed { body, .. }
                | Kind::Subshell { body }
                | Kind::Group { body }
                | Kind::For { body, .. }
                | Kind::ForArithmetic { body, .. }
                | Kind::Function { body, .. }
                | Kind::Coproc { body, .. } => own(body),
                Kind::AndOr { left, right, .. } => [left, right].into_iter().for_each(&mut own),
                Kind::While { condition, body, .. } => [condition, body].into_iter().for_each(&mut own),
                Kind::Simple { .. }
                | Kind::List { .. }
                | Kind::Pipeline { .. }
                | Kind::If { .. }
                | Kind::Case { .. }
                | Kind::Test { .. }
                | Kind::Arithmetic { .. }
                | Kind::Unknown => {}
            }
        }
    }

    /// Drops whatever is half read.
    pub(super) fn abandon(&mut self) {
        self.stack.clear();
        self.nodes.clear();
        self.words.clear();
        self.parts.clear();
        self.redirects.clear();
        self.assignments.clear();
        self.clauses.clear();
        self.braces.clear();
        self.pending.clear();
    }
}
