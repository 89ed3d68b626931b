//! From source text to a [`Script`]: limits first, then our own reading, then tree-sitter's for comparison.

use super::ast::{Node, NodeKind};
use super::read::Reader;
use super::script::{Problem, ProblemKind, Run, Script, Span};
use super::second;

/// Bytes of a script at most. What is longer is not read at all: no person could judge it either.
pub const MAX_SOURCE: usize = 64 * 1024;

/// Reads a script. Total: whatever the text is, there is a script, and what could not be understood is among its
/// problems.
#[must_use]
pub fn parse(source: &str) -> Script {
    if source.len() > MAX_SOURCE {
        return refuse(source, ProblemKind::TooLong);
    }
    if source.contains('\0') {
        return refuse(source, ProblemKind::Nul);
    }
    let mut reader = Reader::new(source);
    reader.read();
    if reader.script.problems.is_empty() {
        let problems = second::compare(&reader);
        reader.script.problems = problems;
    }
    let mut script = reader.script;
    for problem in &mut script.problems {
        problem.span = widen(&script.source, problem.span);
    }
    script
}

/// The smallest span of whole characters that holds `span`.
fn widen(source: &str, span: Span) -> Span {
    let mut start = (span.start as usize).min(source.len());
    let mut end = (span.end as usize).clamp(start, source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    while !source.is_char_boundary(end) {
        end += 1;
    }
    Span::new(start as u32, end as u32)
}

/// A script that is not read at all.
fn refuse(source: &str, kind: ProblemKind) -> Script {
    let end = u32::try_from(source.len()).unwrap_or(u32::MAX);
    let span = Span::new(0, end);
    let node = Node { kind: NodeKind::Unknown, span, redirects: Run::default() };
    Script { source: source.to_owned(), nodes: vec![node], problems: vec![Problem { kind, span }], ..Script::default() }
}
