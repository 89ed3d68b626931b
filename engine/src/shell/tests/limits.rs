//! Bounds: size, depth, number; and time that grows with the text and no faster.

use rustix::time::{ClockId, clock_gettime};

use crate::shell::{MAX_SOURCE, ProblemKind, parse};

/// Shapes that readers have been broken with.
const SHAPES: &[(&str, &str, &str)] = &[
    ("", "word ", ""),
    ("a", "a", ""),
    ("", "a && ", "b"),
    ("", "a;", ""),
    ("", "a | ", "b"),
    ("", "$( ", ""),
    ("", "$(a ", ")"),
    ("", "( ", ""),
    ("", "((", ""),
    ("", "{ ", ""),
    ("", "if a; then ", ""),
    ("", "\"$(a ", ""),
    ("\"", "a ", ""),
    ("cat <<E\n", "line\n", "E\n"),
    ("cat <<E\n", "$(a) ", "\nE\n"),
    ("", "`a` ", ""),
    ("", "`", ""),
    ("", "\\`", ""),
    ("", "{a,", ""),
    ("", "{a,b}", ""),
    ("", "${a:-", ""),
    ("", "[", ""),
    ("", "a[ ", ""),
    ("", "a[", ""),
    ("", "f() { ", ""),
    ("", "f() { a; }\n", ""),
    ("", "> a ", ""),
    ("", "<<a ", ""),
    ("", "cat <<E\n$(", ""),
    ("", "a=b ", ""),
    ("", "\\\n", ""),
    ("[[ ", "! ", "]]"),
    ("", "! ", ""),
    ("", "<(", ""),
    ("", "''\"\"", ""),
    ("", "$", ""),
    ("", "@(", ""),
    ("", "\u{a0}", ""),
];

#[test]
fn every_shape_ends_soon() {
    for (first, middle, last) in SHAPES {
        for size in [1_000, MAX_SOURCE - 64, 1_000_000] {
            let text = format!("{first}{}{last}", middle.repeat(size / middle.len()));
            let start = clock_gettime(ClockId::ThreadCPUTime).tv_sec;
            let script = parse(&text);
            let took = clock_gettime(ClockId::ThreadCPUTime).tv_sec - start;
            // Of the processor, unoptimised; what is not linear takes minutes.
            assert!(took < 5, "{middle:?} x {size}: {took} s");
            if size > MAX_SOURCE {
                assert_eq!(script.problems.first().map(|problem| problem.kind), Some(ProblemKind::TooLong));
            }
        }
    }
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("( ", ")"), ("{ ", "; }"), ("$( ", ")"), ("\"$(", ")\""), ("${a:-", "}"), ("<( ", ")")] {
        let shallow = format!("a {}b{}", "$(".repeat(5), ")".repeat(5));
        assert_eq!(parse(&shallow).problems, [], "{shallow}");
        let deep = format!("{}a{}", open.repeat(1000), close.repeat(1000));
        let kinds: Vec<_> = parse(&deep).problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, [ProblemKind::TooDeep], "{open}");
    }
}

#[test]
fn pipes_are_counted() {
    let text = format!("[[ a ]]{}", " | b".repeat(400));
    assert_eq!(parse(&text).problems.first().map(|problem| problem.kind), Some(ProblemKind::TooMany));
    let text = format!("a '{}'", "|".repeat(400));
    assert_eq!(parse(&text).problems, []);
    // What is plain is read once, and that takes linear time.
    let text = format!("a{}", " | b".repeat(400));
    assert_eq!(parse(&text).problems, []);
}
