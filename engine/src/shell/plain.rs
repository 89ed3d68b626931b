//! Which scripts need no second reading: those of a small language that both readers provably read the same.

mod condition;
mod word;

use super::ast::{
    AssignedValue, Assignment, Descriptor, Node, NodeKind, Part, PartKind, Prefix, Redirect, RedirectOperator,
    RedirectTarget, Word,
};
use super::read::{Reader, declares};
use super::script::Script;
use super::span::{NodeId, Run};

/// Whether tree-sitter's grammar has rules of their own for what stands behind this word.
fn is_special(name: &str) -> bool {
    declares(name) || matches!(name, "unset" | "unsetenv" | "let")
}

/// Whether what was read belongs to that language.
pub(super) fn is_plain(reader: &Reader) -> bool {
    let script = &reader.script;
    reader.plain
        && !(script.source.as_bytes().contains(&b'\\') && script.source.contains("\\\n"))
        && script.nodes.iter().all(|it| node(script, it))
        && script.words.iter().all(|it| word::is_plain(script, *it))
        && condition::operators_are_plain(script)
        && script.parts.iter().all(|it| word::is_plain_part(script, it))
        && script.redirects.iter().all(|it| redirect(script, it))
        && script.assignments.iter().all(|it| assignment(script, it))
}

fn node(script: &Script, node: &Node) -> bool {
    let redirects = script.redirects_of(node.redirects);
    let text = redirects.iter().any(|it| it.operator == RedirectOperator::HereString);
    // Its grammar has here-strings only behind a simple command that is no `[`, and no other redirections beside them.
    let simple = |words: Run| script.words_of(words).first().is_none_or(|word| word.bare(script) != Some("["));
    if text && (redirects.len() > 1 || !matches!(node.kind, NodeKind::Simple { words, .. } if simple(words))) {
        return false;
    }
    match &node.kind {
        NodeKind::Simple { assignments, words } => {
            let (words, assigned) = (script.words_of(*words), script.assignments_of(*assignments));
            match words {
                [] => assigns(script, assigned, redirects),
                [first, ..] => command(script, *first, words, assigned, redirects),
            }
        }
        NodeKind::Prefixed { prefix, body } => match script.node(*body).kind {
            NodeKind::Pipeline { stages } => {
                script.children_of(stages).iter().all(|&stage| follows(script, *prefix, stage))
            }
            _ => follows(script, *prefix, *body),
        },
        // `((` may begin arithmetic as well as two subshells.
        NodeKind::Subshell { .. } => !node.span.of(&script.source).starts_with("(("),
        NodeKind::For { words, select, body, .. } => {
            let words = words.map(|words| script.words_of(words)).unwrap_or_default();
            let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
            let between = |start: u32, end: u32| script.source.get(start as usize..end as usize);
            // In its grammar `in` stands on the line of `for`, and `do` in front of the body.
            let head = between(node.span.start, first.span.start);
            let tail = between(last.span.end, script.node(*body).span.start);
            !select && head.is_some_and(|head| !head.contains('\n')) && tail.is_some_and(|tail| !tail.contains('{'))
        }
        NodeKind::Test { words } => redirects.is_empty() && condition::conditions(script, script.words_of(*words)),
        NodeKind::Function { name, body } => {
            let group = matches!(script.node(*body).kind, NodeKind::Group { .. });
            group && redirects.is_empty() && names_function(script.text(*name))
        }
        NodeKind::List { .. }
        | NodeKind::Background { .. }
        | NodeKind::AndOr { .. }
        | NodeKind::Pipeline { .. }
        | NodeKind::Group { .. }
        | NodeKind::If { .. }
        | NodeKind::While { .. } => true,
        _ => false,
    }
}

/// A simple command with words.
fn command(script: &Script, first: Word, words: &[Word], assigned: &[Assignment], redirects: &[Redirect]) -> bool {
    if let Some(name) = first.bare(script).filter(|name| is_special(name)) {
        return redirects.is_empty() && declares_plainly(script, name, words, assigned);
    }
    // Its grammar has redirections only behind `]`.
    let behind = |it: &Redirect| words.last().is_some_and(|last| last.span.end < it.span.start);
    let apart = |it: &Redirect| first.span.end < it.span.start;
    (word::is_program(script, first) || condition::test(script, words) && redirects.iter().all(behind))
        && (redirects.iter().all(apart) || lead(script, redirects, assigned))
        && assigned.iter().all(|it| !it.argument)
}

/// Whether these redirections may stand in front of a command: one file that is read, and no assignment beside it.
fn lead(script: &Script, redirects: &[Redirect], assigned: &[Assignment]) -> bool {
    let path = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/'));
    match redirects {
        [Redirect { operator: RedirectOperator::Read, target: RedirectTarget::Word(target), .. }] => {
            assigned.is_empty() && script.word(*target).bare(script).is_some_and(path)
        }
        _ => false,
    }
}

/// Assignments that no command follows. Its grammar has no redirections there, and stumbles over a comment behind several.
fn assigns(script: &Script, assigned: &[Assignment], redirects: &[Redirect]) -> bool {
    let valued = |it: &Assignment| !matches!(it.value, AssignedValue::Word(None));
    let comment = |it: &Assignment| {
        let rest = script.source.get(it.span.end as usize..).unwrap_or_default();
        rest.trim_start_matches([' ', '\t']).starts_with('#')
    };
    let known = match assigned {
        [] => false,
        [_] => true,
        [.., last] => assigned.iter().all(valued) && !comment(last),
    };
    known && redirects.is_empty()
}

/// What `!` or `time` stands in front of.
fn follows(script: &Script, prefix: Prefix, body: NodeId) -> bool {
    match script.node(body).kind {
        // In its grammar `time` is a command, whose words no assignment stands among.
        NodeKind::Simple { assignments, words } => {
            let first = script.words_of(words).first();
            let special = first.and_then(|word| word.bare(script)).is_some_and(is_special);
            let one = prefix == Prefix::Not && (first.is_some() || assignments.len() == 1);
            !special && (assignments.is_empty() || one)
        }
        NodeKind::Test { .. } | NodeKind::Subshell { .. } => prefix == Prefix::Not,
        _ => false,
    }
}

/// Whether a function may have this name.
fn names_function(name: &str) -> bool {
    is_name(name) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) && !is_special(name)
}

/// `export NAME=word …`, `unset NAME …` and the like, for which its grammar has rules of their own.
fn declares_plainly(script: &Script, program: &str, words: &[Word], assignments: &[Assignment]) -> bool {
    let letters = |text: &str| is_name(text) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let option = |text: &str| text.strip_prefix('-').is_some_and(letters);
    let name = |word: &Word| word.bare(script).is_some_and(letters);
    let printed = |word: &Word| matches!(script.parts_of(*word), [Part { kind: PartKind::Command { .. }, .. }]);
    let valued = |word: &Word| word.bare(script).is_some_and(option) || word::is_assignment(script, *word);
    match program {
        "let" | "unsetenv" => false,
        "unset" => assignments.is_empty() && words.iter().skip(1).all(|word| name(word) || printed(word)),
        _ => words.iter().skip(1).all(|word| name(word) || valued(word)) && assignments.iter().all(|it| it.argument),
    }
}

/// Whether a parameter is a variable.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// What stands in front of a position on its line, without blanks at its end.
fn before(script: &Script, at: u32) -> &str {
    script.source.get(..at as usize).unwrap_or_default().trim_end_matches([' ', '\t'])
}

fn redirect(script: &Script, redirect: &Redirect) -> bool {
    use RedirectOperator as Op;
    let before = (redirect.span.start as usize).checked_sub(1).and_then(|at| script.source.as_bytes().get(at));
    let spaced = before.is_none_or(|b| matches!(b, b' ' | b'\t' | b'\n'));
    let target = match redirect.target {
        RedirectTarget::Word(target) => script.word(target).bare(script),
        RedirectTarget::Body { quoted, .. } => return spaced && quoted && heredoc(script, redirect),
    };
    let written = redirect.span.of(&script.source).as_bytes();
    let descriptor = match redirect.descriptor {
        Descriptor::Default => true,
        Descriptor::Number(1 | 2) => matches!(written, [b'1' | b'2', b'<' | b'>', ..]),
        _ => false,
    };
    let known = match redirect.operator {
        Op::Read | Op::Write | Op::Append | Op::WriteBoth => true,
        Op::HereString => redirect.descriptor == Descriptor::Default,
        Op::DuplicateOut => matches!(target, Some("1" | "2")),
        _ => false,
    };
    let file = redirect.operator != Op::WriteBoth || written.starts_with(b"&");
    spaced && file && known && descriptor
}

/// `<<'EOF'` at the end of its line. tree-sitter is not shown the body.
fn heredoc(script: &Script, redirect: &Redirect) -> bool {
    let written = redirect.span.of(&script.source);
    let word = written.strip_prefix("<<").unwrap_or_default().trim_start_matches(' ');
    let inner = |quote: char| word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let ends = script.source.as_bytes().get(redirect.span.end as usize) == Some(&b'\n');
    ends && inner('\'').or_else(|| inner('"')).is_some_and(letters)
}

fn assignment(script: &Script, assignment: &Assignment) -> bool {
    assignment.subscript.is_none()
        && script.text(assignment.name) != "_"
        && match assignment.value {
            AssignedValue::Word(Some(_)) | AssignedValue::Array(_) => true,
            AssignedValue::Word(None) => script.source.as_bytes().get(assignment.span.end as usize) == Some(&b' '),
        }
}
