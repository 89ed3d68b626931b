//! Canonical printing.

use super::shape;
use crate::shell::{parse, print};

/// Each text and how it is printed.
const TABLE: &[(&str, &str)] = &[
    ("ls   -la # comment", "ls -la"),
    ("\"ls\" -l", "'ls' -l"),
    ("a;b\nc", "a; b; c"),
    ("a&b", "a & b"),
    ("a|b|&c", "a | b 2>&1 | c"),
    ("echo \"a $b\"", "echo \"a ${b}\""),
    ("echo `a`", "echo $(a)"),
    ("echo \"it's\"", "echo 'it'\\''s'"),
    ("echo $'\\e[0m'", "echo $'\\x1b[0m'"),
    ("if a\nthen b\nfi>f", "if a; then b; fi > f"),
    ("while a;do b;done", "while a; do b; done"),
    ("for x in a  b\ndo c;done", "for x in a b; do c; done"),
    ("for((i=0;i<2;i++));do a;done", "for ((i=0;i<2;i++)); do a; done"),
    ("case a in b|c)d;;esac", "case a in (b | c) d ;; esac"),
    ("f(){ a;}", "f() { a; }"),
    ("(a;(b))", "(a; (b))"),
    ("( (a) )", "( (a))"),
    ("cat<<E|b\nx\nE\n", "cat <<EOF | b\nx\nEOF\n"),
    ("cat<<'X';b\nEOF\n$y\nX\n", "cat <<'EOF_'\nEOF\n$y\nEOF_\nb"),
    ("a 2>/dev/null>f", "a 2> /dev/null > f"),
    (">f if", " > f if"),
    ("X=1 Y=(a b) c", "X=1 Y=( a b ) c"),
    ("\"\"\"$x\"", "''\"${x}\""),
    ("coproc %<[[ }", "coproc < [[ % }"),
    ("`time `", "$(time ;)"),
    ("a[$'\\n' ]", "a['\n' ]"),
    ("a[$x ]", "a[${x} ]"),
    ("[[ a==b&&c ]]", "[[ a==b && c ]]"),
];

#[test]
fn texts_are_printed_so() {
    for (text, expected) in TABLE {
        let expected = expected.trim_start();
        assert_eq!(print(&parse(text)), expected, "{text}");
    }
}

#[test]
fn printing_keeps_the_shape() {
    for text in super::oracle::SCRIPTS {
        let script = parse(text);
        if !script.is_understood() {
            continue;
        }
        let printed = print(&script);
        let again = parse(&printed);
        assert_eq!(shape(&again), shape(&script), "{text:?} -> {printed:?}");
        assert_eq!(again.problems, [], "{text:?} -> {printed:?}");
        assert_eq!(print(&again), printed, "{text:?}");
    }
}
