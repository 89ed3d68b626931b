//! What is not understood, and why.

use crate::shell::ProblemKind::{self, *};
use crate::shell::{NodeKind, parse};

/// Each text and a problem it must have.
const TABLE: &[(&str, ProblemKind)] = &[
    ("a \"b", Unclosed),
    ("a 'b", Unclosed),
    ("a $(b", Unclosed),
    ("a `b", Unclosed),
    ("a ${b", Unclosed),
    ("a $((1 + 2)", Unclosed),
    ("(a", Unclosed),
    ("{ a", Unclosed),
    ("if a; then b", Unclosed),
    ("cat <<E\nx\n", Unclosed),
    ("cat <<E", Unclosed),
    ("a)", Syntax),
    ("a;;", Syntax),
    ("; a", Syntax),
    ("a | | b", Syntax),
    ("a &&& b", Syntax),
    ("fi", Syntax),
    ("then a", Syntax),
    ("{ a }", Unclosed),
    ("if a; fi", Syntax),
    ("( )", Syntax),
    ("a (b)", Syntax),
    ("a | ! b", Syntax),
    ("a >", Unclosed),
    ("a > | b", Syntax),
    ("[[ a b ]]", Syntax),
    ("[[ ]]", Syntax),
    ("for 1 in a; do b; done", Syntax),
    ("case a in b) c", Unclosed),
    ("ls !(a)", Unsupported),
    ("f() a", Syntax),
    ("a\u{a0}b", OddCharacter),
    ("a\u{200b}", OddCharacter),
    ("a\u{202e}b", OddCharacter),
    ("a 'b\u{202e}c'", OddCharacter),
    ("a\rb", OddCharacter),
    ("a\x0bb", OddCharacter),
    ("a [\r*]", OddCharacter),
    ("a [b\x1bc]", OddCharacter),
    ("a [[:al\x0cpha:]]", OddCharacter),
    ("a # b\u{200b}", OddCharacter),
    ("a '\x1b[31m'", OddCharacter),
    ("a\0b", Nul),
    ("a ${ b; }", Unsupported),
    ("cat <<E \"x\ny\"\nz\nE\n", Unsupported),
    ("a {b},c}", Unsupported),
    ("a ${#b-c}", Unsupported),
    ("a \\", Unsupported),
    ("a \"${b:-it's}\"", Unsupported),
    ("a[ b ]c d", Unsupported),
    ("]] a", Syntax),
    ("in a", Syntax),
    ("coproc a done", Syntax),
];

#[test]
fn what_is_not_understood_is_a_problem() {
    for (text, expected) in TABLE {
        let script = parse(text);
        let kinds: Vec<_> = script.problems.iter().map(|problem| problem.kind).collect();
        assert!(kinds.contains(expected), "{text:?}: {kinds:?}");
    }
}

#[test]
fn quoted_odd_characters_are_data() {
    for text in ["a 'b\u{a0}c'", "a \"b\u{200b}c\"", "a 'ünï' ünï", "cat <<E\n\u{a0}\nE\n"] {
        assert_eq!(parse(text).problems, [], "{text:?}");
    }
}

#[test]
fn what_was_read_before_a_problem_is_kept() {
    let script = parse("rm -rf a\nif b; then c \"d");
    assert!(!script.is_understood());
    let commands: Vec<_> = script
        .top()
        .iter()
        .filter_map(|&id| match script.node(id).kind {
            NodeKind::Simple { words, .. } => script.words_of(words).first()?.literal(&script),
            _ => None,
        })
        .collect();
    assert!(commands.contains(&"rm".into()) && commands.contains(&"c".into()), "{commands:?}");
    assert!(script.top().iter().any(|&id| script.node(id).kind == NodeKind::Unknown));
}
