//! Which scripts need no second reading: those of a small language that both readers provably read the same.

use super::ast::{
    AssignedValue, Assignment, Descriptor, Node, NodeKind, Operator, Part, PartKind, Prefix, Redirect,
    RedirectOperator, RedirectTarget, Word,
};
use super::read::Reader;
use super::script::{NodeId, Run, Script};

/// Words in front of which tree-sitter's grammar has rules of their own.
const SPECIAL: &[&str] = &["declare", "export", "local", "readonly", "typeset", "unset", "unsetenv", "let"];

/// Whether what was read belongs to that language.
pub(super) fn is_plain(reader: &Reader) -> bool {
    let script = &reader.script;
    reader.plain
        && !(script.source.contains('\\') && script.source.contains("\\\n"))
        && script.nodes.iter().all(|it| node(script, it))
        && script.words.iter().all(|it| word(script, *it))
        && brackets(script)
        && script.parts.iter().all(|it| part(script, it))
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
            let first = script.words_of(*words).first();
            let apart = |redirect: &Redirect| first.is_some_and(|word| word.span.end < redirect.span.start);
            let words = script.words_of(*words);
            let assigned = script.assignments_of(*assignments);
            if let Some(name @ ("export" | "unset")) = first.and_then(|word| word.bare(script)) {
                return redirects.is_empty() && declares(script, name, words, assigned);
            }
            // Its grammar has redirections only behind `]`.
            let behind = |it: &Redirect| words.last().is_some_and(|last| last.span.end < it.span.start);
            first.is_none_or(|word| program(script, *word) || test(script, words) && redirects.iter().all(behind))
                && redirects.iter().all(apart)
                && (first.is_some() || assignments.len() == 1)
                && assigned.iter().all(|it| !it.argument)
        }
        NodeKind::Prefixed { prefix, body } => {
            // In its grammar `time` is a command, whose words no assignment stands among.
            let simple = |id: NodeId| match script.node(id).kind {
                NodeKind::Simple { assignments, .. } => *prefix == Prefix::Not || assignments.is_empty(),
                _ => false,
            };
            match script.node(*body).kind {
                NodeKind::Pipeline { stages } => script.children_of(stages).iter().all(|&stage| simple(stage)),
                _ => simple(*body),
            }
        }
        // `((` may begin arithmetic as well as two subshells.
        NodeKind::Subshell { .. } => !node.span.of(&script.source).starts_with("(("),
        NodeKind::For { words, select, .. } => {
            // In its grammar `in` stands on the line of `for`.
            let first = words.and_then(|words| script.words_of(words).first());
            let head = first.and_then(|word| script.source.get(node.span.start as usize..word.span.start as usize));
            head.is_some_and(|head| !head.contains('\n')) && !select
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

/// `[ … ]` around one operator, with a word on each side of it that it has operands on.
fn test(script: &Script, words: &[Word]) -> bool {
    const UNARY: &[&str] = &["-d", "-e", "-f", "-h", "-L", "-n", "-r", "-s", "-w", "-x", "-z"];
    const BINARY: &[&str] = &["=", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge"];
    let bare = |word: &Word| word.bare(script).unwrap_or_default();
    let operand = |word: &Word| match script.parts_of(*word) {
        [Part { kind: PartKind::Literal(text), quoted: false, .. }] => {
            script.text(*text).bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-'))
        }
        [Part { kind: PartKind::Literal(_), .. }] => word.span.of(&script.source).starts_with(['\'', '"']),
        [Part { kind: PartKind::Parameter { .. }, .. }] => true,
        _ => false,
    };
    match words {
        [open, operator, right, close] => {
            bare(open) == "[" && UNARY.contains(&bare(operator)) && operand(right) && bare(close) == "]"
        }
        [open, left, operator, right, close] => {
            bare(open) == "["
                && operand(left)
                && BINARY.contains(&bare(operator))
                && operand(right)
                && bare(close) == "]"
        }
        _ => false,
    }
}

/// Whether brackets that stand alone are those of `[ … ]`.
fn brackets(script: &Script) -> bool {
    let bracket = |word: &&Word| {
        let begins = script.source.as_bytes().get(word.span.start as usize);
        word.span.end == word.span.start + 1 && matches!(begins, Some(b'[' | b']'))
    };
    let alone = script.words.iter().filter(bracket).count();
    let tests = |node: &&Node| match node.kind {
        NodeKind::Simple { words, .. } => test(script, script.words_of(words)),
        _ => false,
    };
    alone == 0 || alone == 2 * script.nodes.iter().filter(tests).count()
}

/// `export NAME=word …` and `unset NAME …`, for which its grammar has rules of their own.
fn declares(script: &Script, program: &str, words: &[Word], assignments: &[Assignment]) -> bool {
    let letters = |text: &str| is_name(text) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let behind = words.iter().skip(1).all(|word| word.bare(script).is_some_and(letters));
    let one = |it: &Assignment| match it.value {
        AssignedValue::Word(Some(value)) => it.argument && script.parts_of(script.word(value)).len() == 1,
        _ => false,
    };
    behind && (program == "export" || assignments.is_empty()) && assignments.iter().all(one)
}

/// The word of a program: one piece that says what it is.
fn program(script: &Script, word: Word) -> bool {
    let [part] = script.parts_of(word) else { return false };
    match part.kind {
        PartKind::Literal(text) if part.quoted => !script.text(text).is_empty() && !within(script, part, b"\\"),
        PartKind::Literal(text) => {
            let text = script.text(text);
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b'+');
            // Its lexer also stumbles over names that only begin like those, or with a digit.
            let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+'));
            text == ":"
                || text.bytes().all(plain) && !begins(text) && !SPECIAL.iter().any(|word| text.starts_with(word))
        }
        PartKind::Parameter { .. } | PartKind::Command { .. } => true,
        _ => false,
    }
}

/// Whether the source of a part has one of these bytes.
fn within(script: &Script, part: &Part, bytes: &[u8]) -> bool {
    part.span.of(&script.source).bytes().any(|byte| bytes.contains(&byte))
}

fn word(script: &Script, word: Word) -> bool {
    let parts = script.parts_of(word);
    let begins = script.source.as_bytes().get(word.span.start as usize);
    let variable = |part: &Part| match part.kind {
        PartKind::Parameter { name, operator: Operator::Plain, subscript: None, .. } => is_name(script.text(name)),
        _ => false,
    };
    (begins != Some(&b'=') || word.span.end <= word.span.start + 1)
        && (parts.len() < 2 || parts.iter().all(variable) || parts.iter().all(|part| joins(script, part, word)))
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
    let within = matches!(next, Some(b'/' | b'.' | b'-' | b'"' | b':' | b'@' | b',' | b'*' | b'%' | b'+' | b'$'));
    part.quoted || (named && (ends || begins)) || (argument && (positional && ends || named && within))
}

fn part(script: &Script, part: &Part) -> bool {
    match part.kind {
        PartKind::Literal(_) | PartKind::Glob(_) | PartKind::Tilde(_) => true,
        // `$((` may begin arithmetic as well as a subshell in a substitution, and readers differ in when they tell.
        PartKind::Command { body } => {
            matches!(script.node(body).kind, NodeKind::List { items } if !items.is_empty())
                && !part.span.of(&script.source).starts_with("$((")
        }
        PartKind::Process { body, .. } => {
            matches!(script.node(body).kind, NodeKind::List { items } if !items.is_empty())
        }
        PartKind::Parameter { operator: Operator::Plain, subscript, name, .. } => {
            // Behind `"a"- ` its lexer takes `$$` for two words.
            let before =
                || script.source.get(..part.span.start as usize).unwrap_or_default().trim_end_matches([' ', '\t']);
            subscript.is_none() && !(script.text(name) == "$" && before().ends_with('-'))
        }
        PartKind::Parameter { operator, subscript: None, name, operands, .. } => {
            use Operator as Op;
            let kind = matches!(
                operator,
                Op::Default | Op::RemovePrefix | Op::RemoveLongestPrefix | Op::RemoveSuffix | Op::RemoveLongestSuffix
            );
            let simple = |word: &Word| {
                let bytes = word.span.of(&script.source).bytes();
                bytes.into_iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b'*'))
            };
            kind && (is_name(script.text(name)) || operator == Operator::Default)
                && script.words_of(operands).iter().all(simple)
        }
        PartKind::Arithmetic { .. } => {
            let text = part.span.of(&script.source);
            text.strip_prefix("$((").and_then(|rest| rest.strip_suffix("))")).is_some_and(is_sum)
        }
        PartKind::Braces { alternatives } => {
            let simple = |word: &Word| {
                let bytes = word.span.of(&script.source).bytes();
                bytes.into_iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/'))
            };
            script.words_of(alternatives).iter().all(simple)
        }
        PartKind::Sequence(_) => true,
        _ => false,
    }
}

/// Whether arithmetic only adds variables and numbers.
fn is_sum(text: &str) -> bool {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let name = |text: &str| is_name(text) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    text.split('+').all(|operand| !operand.is_empty() && (number(operand) || name(operand)))
}

/// Whether a parameter is a variable.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn redirect(script: &Script, redirect: &Redirect) -> bool {
    use RedirectOperator as Op;
    let before = (redirect.span.start as usize).checked_sub(1).and_then(|at| script.source.as_bytes().get(at));
    let spaced = matches!(before, Some(b' ' | b'\t'));
    let RedirectTarget::Word(target) = redirect.target else { return false };
    let target = script.word(target).bare(script);
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

fn assignment(script: &Script, assignment: &Assignment) -> bool {
    assignment.subscript.is_none()
        && !assignment.append
        && script.text(assignment.name) != "_"
        && match assignment.value {
            AssignedValue::Word(Some(_)) => true,
            AssignedValue::Word(None) => script.source.as_bytes().get(assignment.span.end as usize) == Some(&b' '),
            AssignedValue::Array(_) => false,
        }
}
