//! Words, and the expansions in them.

use super::super::ast::{NodeKind, Operator, Part, PartKind, Word};
use super::super::keyword::is_keyword;
use super::super::script::Script;
use super::super::span::{NodeId, WordId};
use super::{before, is_name, is_special};

/// Whether all bytes are letters, digits, `_-./`, or one of those.
fn letters(text: &str, more: &[u8]) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/') || more.contains(&b))
}

/// Whether all bytes are digits, and there are some.
fn number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The word of a program: one piece that says what it is, or letters with variables and stars among them.
pub(super) fn is_program(script: &Script, word: Word) -> bool {
    let begins = |text: &str| text.starts_with(['-', '+']) || is_keyword(text) || is_special(text);
    let [part] = script.parts_of(word) else {
        let piece = |part: &Part| match part.kind {
            PartKind::Literal(text) => {
                let text = script.text(text);
                letters(text, b"") && (part.span.start > word.span.start || !begins(text))
            }
            PartKind::Glob(text) => script.text(text) == "*",
            PartKind::Parameter { .. } => true,
            _ => false,
        };
        return script.parts_of(word).iter().all(|part| !part.quoted && piece(part));
    };
    match part.kind {
        PartKind::Literal(text) if part.quoted => {
            !script.text(text).is_empty() && !part.span.of(&script.source).contains('\\')
        }
        PartKind::Literal(text) => {
            let text = script.text(text);
            text == ":" || letters(text, b"+") && !text.starts_with(['-', '+']) && !is_special(text)
        }
        PartKind::Glob(text) => script.text(text).bytes().all(|b| matches!(b, b'*' | b'?')),
        PartKind::Parameter { .. } | PartKind::Command { .. } => true,
        _ => false,
    }
}

/// `NAME=value`, where the value is letters, one expansion or a string.
pub(super) fn is_assignment(script: &Script, word: Word) -> bool {
    let [first, rest @ ..] = script.parts_of(word) else { return false };
    let PartKind::Literal(text) = first.kind else { return false };
    let one = |part: &Part| matches!(part.kind, PartKind::Parameter { .. } | PartKind::Command { .. });
    let value = match script.text(text).split_once('=') {
        Some((name, value)) if is_name(name) && letters(name, b"") && !name.contains(['-', '.', '/']) => value,
        _ => return false,
    };
    let behind = match rest {
        [] => !value.is_empty(),
        [part] if !part.quoted => value.is_empty() && one(part),
        parts => value.is_empty() && is_string(script, word, first.span.end, parts),
    };
    !first.quoted && letters(value, b"") && behind
}

/// Whether one pair of double quotes stands around all of a word from a position on, and these are its parts.
pub(super) fn is_string(script: &Script, word: Word, start: u32, parts: &[Part]) -> bool {
    let quotes = |part: &Part| matches!(part.kind, PartKind::Literal(_)) && part.span.of(&script.source).contains('"');
    script.source.get(start as usize..).is_some_and(|rest| rest.starts_with('"'))
        && parts.iter().all(|part| part.quoted && !quotes(part))
        && parts.windows(2).all(|pair| matches!(pair, [left, right] if left.span.end == right.span.start))
        && parts.first().is_some_and(|part| part.span.start == start + 1)
        && parts.last().is_some_and(|part| part.span.end + 1 == word.span.end)
}

pub(super) fn is_plain(script: &Script, word: Word) -> bool {
    let parts = script.parts_of(word);
    let variable = |part: &Part| match part.kind {
        PartKind::Parameter { name, operator: Operator::Plain, subscript: None, .. } => is_name(script.text(name)),
        _ => false,
    };
    // Brackets by themselves are one word of its grammar, whatever stands between them; where one stands alone,
    // or `==`, is looked at for the whole script.
    let text = || word.span.of(&script.source);
    let begins = match script.source.as_bytes().get(word.span.start as usize) {
        _ if word.span.end <= word.span.start + 1 => true,
        Some(b'[' | b']' | b'{' | b'}') => text() == "{}" || !text().bytes().all(|b| b"[]{}".contains(&b)),
        Some(b'=') => text() == "==",
        _ => true,
    };
    begins && (parts.len() < 2 || parts.iter().all(variable) || parts.iter().all(|part| joins(script, part, word)))
}

/// Whether a part of a word of several joins with what stands beside it: in tree-sitter's grammar `$1` and `$?` do not,
/// and `$name` not with everything.
fn joins(script: &Script, part: &Part, word: Word) -> bool {
    let name = match part.kind {
        PartKind::Parameter { name, .. } => name,
        PartKind::Process { .. } => return false,
        PartKind::Arithmetic { .. } => return part.quoted,
        _ => return true,
    };
    let (text, bytes) = (script.text(name), script.source.as_bytes());
    let (named, positional) = (is_name(text), text.bytes().all(|b| b.is_ascii_digit()));
    let next = bytes.get(part.span.end as usize);
    let ends = part.span.end >= word.span.end;
    let begins = part.span.start == word.span.start && matches!(next, Some(b'/' | b'.' | b'-' | b'"'));
    // Behind `=` it joins less than in an argument.
    let before = (word.span.start as usize).checked_sub(1).and_then(|at| bytes.get(at));
    let argument = before.is_some_and(|b| matches!(b, b' ' | b'\t'));
    let within =
        matches!(next, Some(b'/' | b'.' | b'-' | b'"' | b':' | b'@' | b',' | b'*' | b'%' | b'+' | b'$' | b'\''));
    part.quoted || (named && (ends || begins)) || (argument && (positional && ends || named && within))
}

pub(super) fn is_plain_part(script: &Script, part: &Part) -> bool {
    // What begins behind a dash of its own, as in `"a"- $$`, its scanner takes together with the dash.
    let dashed = || before(script, part.span.start).ends_with('-');
    match part.kind {
        PartKind::Literal(_) | PartKind::Tilde(_) => true,
        PartKind::Glob(text) => {
            let more = |b: u8| b >= 0x80 || b"*?[]!^:,+@%=~".contains(&b);
            script.text(text).bytes().all(|b| more(b) || b.is_ascii_alphanumeric() || b"_-./".contains(&b))
        }
        // `$((` may begin arithmetic as well as a subshell in a substitution, and readers differ in when they tell.
        PartKind::Command { body } => is_list(script, body) && !part.span.of(&script.source).starts_with("$(("),
        PartKind::Process { body, .. } => is_list(script, body),
        PartKind::Parameter { operator: Operator::Plain, subscript, name, .. } => {
            subscript.is_none() && !(script.text(name) == "$" && dashed())
        }
        PartKind::Parameter { operator, subscript, name, symbol, operands } => {
            let (name, symbol) = (script.text(name), script.text(symbol));
            let named = is_name(name);
            let known = named || number(name) || operator == Operator::Default && matches!(name, "@" | "*");
            known
                && subscript.is_none_or(|id| named && is_plain_subscript(script, id))
                && script.words_of(operands).iter().all(|it| is_operand(script, operator, *it))
                && is_plain_operator(operator, symbol)
        }
        PartKind::Arithmetic { .. } => {
            let text = part.span.of(&script.source);
            text.strip_prefix("$((").and_then(|rest| rest.strip_suffix("))")).is_some_and(is_sum)
        }
        PartKind::Braces { alternatives } => {
            script.words_of(alternatives).iter().all(|word| letters(word.span.of(&script.source), b""))
        }
        PartKind::Sequence(_) => !dashed(),
        PartKind::Unknown => false,
    }
}

/// Whether the body of a substitution has commands.
fn is_list(script: &Script, body: NodeId) -> bool {
    matches!(script.node(body).kind, NodeKind::List { items } if !items.is_empty())
}

/// `[@]`, `[*]` and `[0]`.
fn is_plain_subscript(script: &Script, subscript: WordId) -> bool {
    let text = script.word(subscript).span.of(&script.source);
    matches!(text, "@" | "*") || number(text)
}

fn is_plain_operator(operator: Operator, symbol: &str) -> bool {
    use Operator as Op;
    match operator {
        Op::Case => symbol.starts_with(['^', ',']),
        Op::Plain | Op::Indirect | Op::Transform | Op::Unknown => false,
        _ => true,
    }
}

/// Whether what stands behind an operator is as simple as it knows it.
fn is_operand(script: &Script, operator: Operator, word: Word) -> bool {
    let text = word.span.of(&script.source);
    match operator {
        Operator::Substring => number(text),
        Operator::Case => text.is_empty(),
        _ => letters(text.strip_prefix('$').filter(|name| is_name(name)).unwrap_or(text), b"*"),
    }
}

/// Whether arithmetic joins variables and numbers by the simplest operators.
fn is_sum(text: &str) -> bool {
    let numeral = |text: &str| number(text) && (text == "0" || !text.starts_with('0'));
    let name = |text: &str| is_name(text) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let operand = |text: &str| {
        let text = text.trim_matches(' ');
        numeral(text) || name(text.strip_prefix('$').unwrap_or(text))
    };
    text.split(['+', '-', '*', '/', '%']).all(operand)
}
