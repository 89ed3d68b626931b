//! From source text to a [`Script`]: limits first, then our own reading, then tree-sitter's for comparison where the
//! script is not plain.

use super::ast::{Node, NodeKind};
use super::plain;
use super::read::Reader;
use super::script::{Problem, ProblemKind, Script};
use super::second;
use super::span::{Run, Span};

/// Bytes of a script at most. What is longer is not read at all: no person could judge it either.
pub const MAX_SOURCE: usize = 64 * 1024;

/// Reads a script. Total: whatever the text is, there is a script, and what could not be understood is among its
/// problems. What is plain is read once, the rest a second time by tree-sitter.
#[must_use]
pub fn parse(source: &str) -> Script {
    parse_in(source, &mut Buffers::default())
}

/// What was made for a longer script is more than the next one needs.
const MOST_KEPT: usize = 4096;

/// What reads, kept from one script to the next with its room.
#[derive(Default)]
pub(crate) struct Buffers(Reader);

impl Buffers {
    /// Takes back a script that nobody needs any more, without what is in it.
    pub(crate) fn reclaim(&mut self, mut script: Script) {
        if script.source.capacity() <= MOST_KEPT {
            script.clear();
            self.0.script = script;
        }
    }
}

/// As [`parse`], with room that is there already.
pub(crate) fn parse_in(source: &str, buffers: &mut Buffers) -> Script {
    read(source, buffers, |reader| {
        if plain::is_plain(reader) {
            return Vec::new();
        }
        second::too_much(reader).map_or_else(|| again(source), |problem| vec![problem])
    })
}

/// What a second reading says against a script that is plain, and so was read once: nothing, by the laws and the
/// fuzzing that ask. Nothing comes of a script that is not plain, or has problems already.
#[must_use]
pub fn doubts(source: &str) -> Option<Vec<Problem>> {
    let mut doubts = None;
    read(source, &mut Buffers::default(), |reader| {
        doubts = plain::is_plain(reader).then(|| again(source));
        Vec::new()
    });
    doubts
}

/// The second opinion. It needs to know where everything stands, so our own reading is done again for it.
fn again(source: &str) -> Vec<Problem> {
    let mut reader = Reader::marking(source);
    reader.read();
    second::compare(&mut reader)
}

/// Reads a script, and asks for a second opinion on what has no problem by itself.
fn read(source: &str, buffers: &mut Buffers, second: impl FnOnce(&Reader) -> Vec<Problem>) -> Script {
    if source.len() > MAX_SOURCE {
        return refuse(source, ProblemKind::TooLong);
    }
    if source.as_bytes().contains(&0) {
        return refuse(source, ProblemKind::Nul);
    }
    let reader = &mut buffers.0;
    reader.begin(source);
    reader.read();
    if reader.script.problems.is_empty() {
        reader.script.problems = second(reader);
    }
    let mut script = std::mem::take(&mut reader.script);
    if source.len() > MOST_KEPT {
        *reader = Reader::default();
    }
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
