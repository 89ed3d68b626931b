//! The second reading: tree-sitter parses the same text, and both readings must have seen the same commands,
//! words, substitutions and operators at the same places. Where they differ the script is not understood, whoever
//! is right. Only this file knows the node kinds of tree-sitter's grammar.

use std::cell::RefCell;

use tree_sitter::{Decode, Node, Parser, Tree, TreeCursor};

use super::read::{Apart, Heredoc, Hidden, Mark, MarkKind, Reader};
use super::script::{Problem, ProblemKind};
use super::span::Span;

/// Problems that the comparison adds at most.
const MAX_PROBLEMS: usize = 16;
/// Stretches that are compared by themselves at most (backticks, and what stands in here-documents).
const MAX_STRETCHES: usize = 64;
/// Pipes of a script at most: tree-sitter's grammar takes quadratic time on long pipelines.
const MAX_PIPES: usize = 128;

thread_local! {
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// What is compared of a mark.
type Key = (u32, u32, MarkKind);

/// The comparison of one stretch of text.
struct Comparison<'a> {
    stretch: &'a Apart,
    seen: Vec<Key>,
    problems: Vec<Problem>,
}

/// What is too much for a second reading.
pub(super) fn too_much(reader: &Reader) -> Option<Problem> {
    let end = reader.script.source.len() as u32;
    let much = reader.stages > MAX_PIPES || reader.apart.len() > MAX_STRETCHES;
    much.then_some(Problem { kind: ProblemKind::TooMany, span: Span::new(0, end) })
}

/// Compares what `reader` saw with what tree-sitter sees.
pub(super) fn compare(reader: &mut Reader) -> Vec<Problem> {
    let mut problems = compare_all(reader);
    // Its grammar stumbles over much that may stand behind the opener of a here-document.
    if !problems.is_empty()
        && let Some(heredocs) = reader.heredocs.take().filter(|all| !all.is_empty())
    {
        hide_heredocs(reader, &heredocs);
        problems = compare_all(reader);
    }
    for stumbles in std::mem::take(&mut reader.stumbles) {
        if !problems.is_empty() && !stumbles.is_empty() {
            cover(reader, stumbles);
            problems = compare_all(reader);
        }
    }
    problems
}

/// Covers what the grammar stumbles over. Of what is blank nothing is left to be seen.
fn cover(reader: &mut Reader, mut stumbles: Vec<Hidden>) {
    stumbles.sort_unstable_by_key(|it| (it.decoded, it.start));
    reader.marks.retain(|mark| {
        let behind = stumbles.partition_point(|it| (it.decoded, it.start) <= (mark.decoded, mark.start));
        let last = behind.checked_sub(1).and_then(|at| stumbles.get(at));
        !last.is_some_and(|it| it.filler == b' ' && it.decoded == mark.decoded && mark.start < it.end)
    });
    reader.hidden.append(&mut stumbles);
}

/// Puts a file in the place of each here-document, and lets what the bodies substitute be read by itself.
fn hide_heredocs(reader: &mut Reader, heredocs: &[Heredoc]) {
    let hide = |filler: u8, start: u32, end: u32| Hidden { filler, decoded: false, start, end };
    let mut bodies: Vec<Hidden> = Vec::new();
    for Heredoc { opener: (from, to), body: (start, end) } in heredocs.iter().copied() {
        let first = |from: u32| reader.script.source.as_bytes().get(from as usize).copied();
        let digits = (from..to).take_while(|at| first(*at).is_some_and(|b| b.is_ascii_digit())).count() as u32;
        let word = from + digits + 1;
        reader.hidden.push(hide(b'x', word, to));
        match bodies.last_mut().filter(|last| last.end == start) {
            Some(last) => last.end = end,
            // The end of the line in front of it stays, and hides what begins where the body does.
            None => bodies.push(hide(b' ', start.saturating_sub(1), end)),
        }
        reader.marks.push(Mark { decoded: false, start: word, end: to, kind: MarkKind::Word, optional: true });
    }
    reader.hidden.append(&mut bodies);
    let mut apart = std::mem::take(&mut reader.in_bodies);
    reader.apart.append(&mut apart);
}

fn compare_all(reader: &Reader) -> Vec<Problem> {
    if reader.apart.len() > MAX_STRETCHES {
        let end = reader.script.source.len() as u32;
        return vec![Problem { kind: ProblemKind::TooMany, span: Span::new(0, end) }];
    }
    let end = reader.script.source.len() as u32;
    let whole = Apart { decoded: false, start: 0, end, stand_in: None };
    let mut problems = Vec::new();
    for stretch in std::iter::once(&whole).chain(&reader.apart) {
        let buffer = if stretch.decoded { &reader.script.decoded } else { &reader.script.source };
        let Some(text) = buffer.get(stretch.start as usize..stretch.end as usize) else {
            continue;
        };
        let hidden = hidden_in(reader, stretch);
        let mut comparison = Comparison { stretch, seen: Vec::new(), problems: Vec::new() };
        let masked = mask(stretch, &hidden, text);
        let masked = masked.as_deref().unwrap_or(text);
        match tree(masked) {
            Some(tree) => comparison.walk(&tree, masked.as_bytes()),
            None => comparison.problem(ProblemKind::Syntax, stretch.start, stretch.end),
        }
        comparison.settle(reader, &hidden);
        problems.append(&mut comparison.problems);
        if problems.len() >= MAX_PROBLEMS {
            break;
        }
    }
    problems
}

/// tree-sitter's tree of a text.
fn tree(text: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|slot| {
        if slot.is_none() {
            let mut parser = Parser::new();
            parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
            *slot = Some(parser);
        }
        let parser = slot.as_mut()?;
        if text.is_ascii() {
            return parser.parse(text, None);
        }
        let rest = &mut |at: usize, _| text.as_bytes().get(at..).unwrap_or_default();
        parser.parse_custom_encoding::<Narrow, _, _>(rest, None, None)
    })
}

/// How tree-sitter is shown characters beyond ASCII: all as one that is neither letter, digit nor blank, as bash sees the
/// bytes of each. Its grammar would take a letter for part of a name, and its scanner asks `isdigit` of any character
/// there is, though C defines that for a byte alone (C17 7.4): glibc reads far beyond its table then.
struct Narrow;

impl Decode for Narrow {
    fn decode(bytes: &[u8]) -> (i32, u32) {
        match bytes.first() {
            Some(byte @ ..0x80) => (i32::from(*byte), 1),
            Some(..0xe0) => (i32::from(b'\xa7'), 2),
            Some(..0xf0) => (i32::from(b'\xa7'), 3),
            Some(_) => (i32::from(b'\xa7'), 4),
            None => (-1, 1),
        }
    }
}

/// What is hidden in a stretch, in order and without what lies in other hidden stretches.
fn hidden_in(reader: &Reader, stretch: &Apart) -> Vec<Hidden> {
    let mut all: Vec<Hidden> = reader
        .hidden
        .iter()
        .filter(|hidden| {
            let within = hidden.start >= stretch.start && hidden.end <= stretch.end;
            hidden.decoded == stretch.decoded && within
        })
        .copied()
        .collect();
    all.sort_unstable_by_key(|hidden| (hidden.start, std::cmp::Reverse(hidden.end)));
    let mut end = 0;
    all.retain(|hidden| {
        let outermost = hidden.start >= end;
        end = end.max(hidden.end);
        outermost
    });
    all
}

/// The text with its hidden stretches filled, if it has any.
fn mask(stretch: &Apart, hidden: &[Hidden], text: &str) -> Option<String> {
    if hidden.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for hidden in hidden {
        let from = hidden.start.saturating_sub(stretch.start) as usize;
        let to = hidden.end.saturating_sub(stretch.start) as usize;
        for byte in bytes.get_mut(from..to).unwrap_or_default() {
            if *byte != b'\n' || !matches!(hidden.filler, b'.' | b' ') {
                *byte = hidden.filler;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

impl Comparison<'_> {
    fn problem(&mut self, kind: ProblemKind, start: u32, end: u32) {
        let span = self.stretch.stand_in.unwrap_or(Span::new(start, end));
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { kind, span });
        }
    }

    /// Collects what tree-sitter saw.
    fn walk(&mut self, tree: &Tree, text: &[u8]) {
        let mut cursor = tree.walk();
        let mut parents: Vec<&str> = Vec::new();
        loop {
            let kind = self.visit(&cursor, parents.last().copied().unwrap_or_default(), text);
            if cursor.goto_first_child() {
                parents.push(kind);
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                parents.pop();
            }
        }
    }

    /// Looks at one node.
    fn visit<'t>(&mut self, cursor: &TreeCursor<'t>, parent: &str, text: &[u8]) -> &'t str {
        let node: Node<'t> = cursor.node();
        let base = self.stretch.start;
        let (start, end) = (base + node.start_byte() as u32, base + node.end_byte() as u32);
        let kind = node.kind();
        if node.is_error() || node.is_missing() {
            let problem = if node.is_missing() { ProblemKind::Unclosed } else { ProblemKind::Syntax };
            self.problem(problem, start, end);
            return kind;
        }
        let mark = match kind {
            "command_name" => {
                self.seen.push((start, end, MarkKind::Word));
                Some((start, start, MarkKind::Command))
            }
            "declaration_command" | "unset_command" => Some((start, start, MarkKind::Command)),
            "command_substitution" => {
                // A blank in front of it within a string belongs to it in this grammar.
                let bytes = text.get(node.start_byte()..).unwrap_or_default();
                let blanks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                Some((start + blanks as u32, end, MarkKind::Substitution))
            }
            "process_substitution" => Some((start, end, MarkKind::Process)),
            "test_command" if text.get(node.start_byte() + 1) != Some(&b'[') => Some((start, start, MarkKind::Command)),
            "test_command"
            | "subshell"
            | "compound_statement"
            | "if_statement"
            | "while_statement"
            | "for_statement"
            | "c_style_for_statement"
            | "case_statement" => Some((start, start, MarkKind::Compound)),
            "&&" | "||" | "|" | "|&" | "&" if joins_commands(parent) => Some((start, start, MarkKind::Operator)),
            _ => None,
        };
        self.seen.extend(mark);
        if is_argument(cursor, parent, text) {
            self.seen.push((start, end, MarkKind::Word));
        }
        kind
    }

    /// Holds both readings against each other.
    fn settle(&mut self, reader: &Reader, hidden: &[Hidden]) {
        let stretch = self.stretch;
        let mut ours: Vec<Mark> = reader
            .marks
            .iter()
            .filter(|mark| {
                let within = mark.start >= stretch.start && mark.end <= stretch.end;
                mark.decoded == stretch.decoded && within && !is_hidden(hidden, mark.start)
            })
            .copied()
            .collect();
        ours.sort_unstable_by_key(|mark| key(*mark));
        let mut seen = std::mem::take(&mut self.seen);
        seen.sort_unstable();
        let pieces = pieces(&ours, &seen);
        for mark in &seen {
            if pieces.binary_search(mark).is_err() && ours.binary_search_by_key(mark, |mark| key(*mark)).is_err() {
                self.problem(ProblemKind::Uncovered, mark.0, mark.1.max(mark.0 + 1));
            }
        }
        // tree-sitter takes the words of `[ … ]` and of declarations apart, so ours are more.
        for mark in ours.iter().filter(|mark| !mark.optional && mark.kind != MarkKind::Word) {
            if seen.binary_search(&key(*mark)).is_err() {
                self.problem(ProblemKind::Uncovered, mark.start, mark.end.max(mark.start + 1));
            }
        }
    }
}

/// Words of tree-sitter that are pieces of one word of ours: nothing stands between them, so no shell splits there. (Its
/// grammar takes `$a/$b.c` for two.) Sorted.
fn pieces(ours: &[Mark], seen: &[Key]) -> Vec<Key> {
    let mut pieces = Vec::new();
    for word in ours.iter().filter(|mark| mark.kind == MarkKind::Word) {
        if seen.binary_search(&key(*word)).is_ok() {
            continue;
        }
        let known = pieces.len();
        let mut at = word.start;
        while at < word.end {
            let behind = seen.partition_point(|mark| mark.0 <= at);
            let here = seen.get(..behind).unwrap_or_default().iter().rev().take_while(|mark| mark.0 == at);
            let Some(piece) = here.filter(|mark| mark.2 == MarkKind::Word && mark.1 > at && mark.1 <= word.end).max()
            else {
                break;
            };
            pieces.push(*piece);
            at = piece.1;
        }
        if at != word.end {
            pieces.truncate(known);
        }
    }
    pieces.sort_unstable();
    pieces
}

/// What is compared.
const fn key(mark: Mark) -> Key {
    (mark.start, mark.end, mark.kind)
}

/// Whether a position lies behind the beginning of a hidden stretch and in front of its end. What begins where the
/// stretch does, such as a word that begins with a backtick, is not hidden.
fn is_hidden(hidden: &[Hidden], at: u32) -> bool {
    let index = hidden.partition_point(|hidden| hidden.start < at);
    index.checked_sub(1).and_then(|index| hidden.get(index)).is_some_and(|hidden| at < hidden.end)
}

/// Whether the node is a word of a command or the target of a redirection.
fn is_argument(cursor: &TreeCursor<'_>, parent: &str, text: &[u8]) -> bool {
    let node = cursor.node();
    // `$"…"` is two arguments to this grammar.
    let before = node.start_byte().checked_sub(1).and_then(|at| text.get(at));
    matches!(parent, "command" | "heredoc_redirect" | "file_redirect")
        && node.is_named()
        && !(node.kind() == "string" && before == Some(&b'$'))
        && matches!(cursor.field_name(), Some("argument" | "destination"))
}

/// Whether an operator within this parent stands between commands rather than in an expression.
fn joins_commands(parent: &str) -> bool {
    !matches!(parent, "binary_expression" | "unary_expression" | "ternary_expression" | "case_item" | "test_command")
}
