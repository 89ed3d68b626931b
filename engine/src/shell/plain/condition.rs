//! `[ … ]` and `[[ … ]]`.

use super::super::ast::{NodeKind, Part, PartKind, Word};
use super::super::keyword::is_keyword;
use super::super::script::Script;
use super::super::span::Run;
use super::word::is_string;

/// Unary operators that its grammar takes for nothing else.
const UNARY: &[&str] = &["-d", "-e", "-f", "-h", "-L", "-n", "-r", "-s", "-w", "-x", "-z"];
/// Binary ones.
const BINARY: &[&str] = &["=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge"];

/// `[ … ]` around one condition.
pub(super) fn test(script: &Script, words: &[Word]) -> bool {
    let [open, inner @ .., close] = words else { return false };
    open.bare(script) == Some("[") && close.bare(script) == Some("]") && condition(script, inner)
}

/// What stands in `[[ … ]]`: conditions with `&&` or `||` between them, and blanks around those. Behind `=` its scanner
/// looks for a regular expression, which may go on behind a blank.
pub(super) fn conditions(script: &Script, words: &[Word]) -> bool {
    let joint = |word: &Word| matches!(word.bare(script), Some("&&" | "||"));
    let bytes = script.source.as_bytes();
    let blank = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b' ');
    let apart = |word: &Word| blank((word.span.start as usize).checked_sub(1)) && blank(Some(word.span.end as usize));
    let known = |word: &Word| word.bare(script) != Some("=") && (!joint(word) || apart(word));
    words.iter().all(known) && words.split(joint).all(|it| condition(script, it))
}

/// One operator, with a word on each side of it that it has operands on.
fn condition(script: &Script, words: &[Word]) -> bool {
    let bare = |word: &Word| word.bare(script).unwrap_or_default();
    match words {
        [not, operator, right] if bare(not) == "!" => UNARY.contains(&bare(operator)) && operand(script, *right),
        [operator, right] => UNARY.contains(&bare(operator)) && operand(script, *right),
        [left, operator, right] => {
            operand(script, *left) && BINARY.contains(&bare(operator)) && operand(script, *right)
        }
        _ => false,
    }
}

/// A literal, an expansion, or a string of both.
fn operand(script: &Script, word: Word) -> bool {
    match script.parts_of(word) {
        [] => true,
        [Part { kind: PartKind::Literal(_), .. }] => literal(script, word),
        [Part { kind: PartKind::Parameter { .. } | PartKind::Command { .. }, .. }] => true,
        parts => is_string(script, word, word.span.start, parts),
    }
}

/// Letters that are no operator and no reserved word, or one pair of quotes with neither quotes nor escapes in it.
fn literal(script: &Script, word: Word) -> bool {
    let text = word.span.of(&script.source);
    match word.bare(script) {
        Some(text) => {
            text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-'))
                && !text.starts_with('-')
                && !is_keyword(text)
        }
        None => text.strip_prefix(['\'', '"']).is_some_and(|rest| {
            rest.len() > 1 && rest.find(['\'', '"', '\\']).is_some_and(|end| end + 1 == rest.len())
        }),
    }
}

/// Whether brackets that stand alone, and `==`, are those of conditions.
pub(super) fn operators_are_plain(script: &Script) -> bool {
    let bytes = script.source.as_bytes();
    let operator = |word: &&Word| {
        let (start, len) = (word.span.start as usize, word.span.end - word.span.start);
        match bytes.get(start) {
            Some(b'[' | b']') => len == 1,
            Some(b'=') => len == 2,
            _ => false,
        }
    };
    let alone = script.words.iter().filter(operator).count();
    let among = |words: Run| script.words_of(words).iter().filter(operator).count();
    let known = || {
        script.nodes.iter().map(|node| match node.kind {
            NodeKind::Simple { words, .. } if test(script, script.words_of(words)) => among(words),
            NodeKind::Test { words } => among(words),
            _ => 0,
        })
    };
    alone == 0 || alone == known().sum::<usize>()
}
