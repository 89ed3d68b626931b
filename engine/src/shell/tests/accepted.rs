//! What is read as what.

use super::shape;
use crate::shell::parse;

/// Each text and its shape; none of them has a problem.
const TABLE: &[(&str, &str)] = &[
    ("", "list()"),
    ("# only a comment", "list()"),
    ("ls -la", r#"list(<"ls"> <"-la">)"#),
    ("a; b\nc &", r#"list(<"a">; <"b">; <"c"> &)"#),
    ("a && b || c", r#"list(((<"a"> and <"b">) or <"c">))"#),
    ("a | b |& c", r#"list(pipe(<"a">; <"b"> 2DuplicateOut<"1">; <"c">))"#),
    ("! a | b", r#"list(Not pipe(<"a">; <"b">))"#),
    ("time -p a", r#"list(Time <"a">)"#),
    ("! time a", r#"list(Not Time <"a">)"#),
    ("time é=1; x", r#"list(Time <"é=1">; <"x">)"#),
    ("time {\u{10ffff}", r#"list(Time <"{\u{10ffff}">)"#),
    ("(a; b) > f", r#"list(subshell list(<"a">; <"b">) Write<"f">)"#),
    ("{ a; }", r#"list(group list(<"a">))"#),
    ("X=1 Y= cmd", r#"list(X=<"1"> Y= <"cmd">)"#),
    ("a+=b c[1]=d e=(1 '2')", r#"list(a+=<"b"> c["1"]=<"d"> e=(<"1"> <q"2">) )"#),
    ("declare -a a=(1) b=2", r#"list(arg a=(<"1">) <"declare"> <"-a"> <"b=2">)"#),
    (
        "if a; then b; elif c; then d; else e; fi",
        concat!(
            r#"list(if [list(<"a">)  list(<"b">) Stop][list(<"c">)  list(<"d">) Stop]"#,
            r#"[  list(<"e">) Stop])"#
        ),
    ),
    ("while a; do b; done < f", r#"list(while false list(<"a">) do list(<"b">) Read<"f">)"#),
    ("until a; do b; done", r#"list(while true list(<"a">) do list(<"b">))"#),
    ("for x in a $y; do b; done", r#"list(for false x in Some("<\"a\"> <$y>") do list(<"b">))"#),
    ("for x; do b; done", r#"list(for false x in None do list(<"b">))"#),
    ("for ((i=0;i<3;i++)); do b; done", r#"list(for((<"i=0"> <"i<3"> <"i++">)) do list(<"b">))"#),
    (
        "case $x in a|b) c;; (*) d;& e) f;; esac",
        concat!(
            r#"list(case $x [ <"a"> <"b"> list(<"c">) Stop][ <glob(*)> list(<"d">) Fall]"#,
            r#"[ <"e"> list(<"f">) Stop])"#
        ),
    ),
    ("case a in b) c;;& *) d; esac", r#"list(case "a" [ <"b"> list(<"c">) Retry][ <glob(*)> list(<"d">) Stop])"#),
    ("f() { a; } 2> g", r#"list(function f group list(<"a">) 2Write<"g">)"#),
    ("function f { a; }", r#"list(function f group list(<"a">))"#),
    ("[[ -f x && $a == b* ]]", r#"list(test <"-f"> <"x"> <"&&"> <$a> <"=="> <"b" glob(*)>)"#),
    ("[[ $a =~ ^(x|y)$ ]]", r#"list(test <$a> <"=~"> <"^(x|y)$">)"#),
    ("(( a + 1 ))", r#"list(((" a + 1 ")))"#),
    (
        "a 2>&1 >&2 &>> f <> g >| h 3<&- {fd}> i",
        concat!(
            r#"list(<"a"> 2DuplicateOut<"1"> DuplicateOut<"2"> AppendBoth<"f"> ReadWrite<"g"> Clobber<"h">"#,
            r#" 3DuplicateIn<"-"> {fd}Write<"i">)"#
        ),
    ),
    ("a >& f", r#"list(<"a"> WriteBoth<"f">)"#),
    ("a <<< \"b $c\"", r#"list(<"a"> HereString<q"b " q$c>)"#),
    ("a > f b", r#"list(<"a"> <"b"> Write<"f">)"#),
    ("cat <<E\nx $y\nE\n", r#"list(<"cat"> Heredoc<false q"x " q$y q"\n">)"#),
    ("cat <<'E'\nx $y\nE\nb", r#"list(<"cat"> Heredoc<true q"x $y\n">; <"b">)"#),
    ("cat <<\\E\n$y\nE", r#"list(<"cat"> Heredoc<true q"$y\n">)"#),
    ("cat <<-E\n\tx\n\t\ty\n\tE\n", r#"list(<"cat"> Heredoc<false q"x\ny\n">)"#),
    ("cat <<E | b > c\nx\nE\n", r#"list(pipe(<"cat"> Heredoc<false q"x\n">; <"b"> Write<"c">))"#),
    ("cat <<E\n`a` $(b)\nE\n", r#"list(<"cat"> Heredoc<false q$(list(<"a">)) q" " q$(list(<"b">)) q"\n">)"#),
    ("diff <(a) >(b)", r#"list(<"diff"> <<(list(<"a">))> <>(list(<"b">))>)"#),
    ("$(a)", r#"list(<$(list(<"a">))>)"#),
    ("echo `a \\`b\\``", r#"list(<"echo"> <$(list(<"a"> <$(list(<"b">))>))>)"#),
    ("echo $((1 + $x))", r#"list(<"echo"> <$(("1 + " $x))>)"#),
    ("X=1 if", r#"list(X=<"1"> <"if">)"#),
    ("> f if", r#"list(<"if"> Write<"f">)"#),
    ("a \\\n  b", r#"list(<"a"> <"b">)"#),
    ("(a);(b)", r#"list(subshell list(<"a">); subshell list(<"b">))"#),
];

/// bash removes a continuation before it looks for words; tree-sitter takes it for a blank. So this is read as bash
/// reads it, and is a problem.
#[test]
fn a_continuation_joins_a_word() {
    let script = parse("r\\\nm -r\\\nf x");
    assert_eq!(shape(&script), r#"list(<"rm"> <"-rf"> <"x">)"#);
    assert!(!script.is_understood());
}

/// What bash reads and tree-sitter does not: the tree is right, and a problem says that the readings differ.
#[test]
fn readings_that_differ_are_problems() {
    for (text, expected) in [
        ("{ { a; } }", r#"list(group list(group list(<"a">)))"#),
        ("cat <<E\nE \nE\n", r#"list(<"cat"> Heredoc<false q"E \n">)"#),
    ] {
        let script = parse(text);
        assert_eq!(shape(&script), expected, "{text}");
        assert!(!script.is_understood(), "{text}");
    }
}

#[test]
fn texts_have_their_shapes() {
    let mut refused = Vec::new();
    for (text, expected) in TABLE {
        let script = parse(text);
        assert_eq!(shape(&script), *expected, "{text}");
        if !script.is_understood() {
            refused.push((*text, script.problems));
        }
    }
    assert_eq!(refused, []);
}
