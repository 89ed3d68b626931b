//! Laws that hold for any text.

use proptest::prelude::*;

use super::shape;
use crate::shell::{Run, Script, Span, Text, parse, print};

/// Pieces that scripts are made of.
const PIECES: &[&str] = &[
    "a",
    "b ",
    "echo ",
    " ",
    "\t",
    "\n",
    ";",
    "&",
    "|",
    "&&",
    "||",
    "|&",
    "(",
    ")",
    "{ ",
    "; }",
    "<",
    ">",
    ">>",
    "2>&1",
    "<<E\n",
    "\nE\n",
    "<<'E'\n",
    "<<-E\n",
    "<<<",
    "'",
    "\"",
    "`",
    "\\",
    "\\\n",
    "$",
    "$(",
    "$((",
    "))",
    "${",
    "}",
    ":-",
    "#",
    "##",
    "%",
    "/",
    "[",
    "]",
    "@",
    "x",
    "=",
    "+=",
    "=(",
    "*",
    "?",
    "!",
    "~",
    "{a,b}",
    "{1..3}",
    ",",
    "if ",
    "; then ",
    "; fi",
    "while ",
    "; do ",
    "; done",
    "for x in ",
    "case x in ",
    ") ",
    ";; ",
    "esac",
    "f() ",
    "[[ ",
    " ]]",
    "((",
    "time ",
    "! ",
    "coproc ",
    "function f ",
    "declare ",
    "$x",
    "\"$x\"",
    "'a b'",
    "$'\\n'",
    "é",
    "\u{a0}",
    "\r",
    "1",
    "-eq ",
    "=~ ",
];

/// Text made of such pieces.
pub(super) fn scripts() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat())
}

/// Checks that everything in a script points to something.
fn check(script: &Script) {
    let source = script.source.len() as u32;
    let span = |span: Span| assert!(span.start <= span.end && span.end <= source, "{span:?}");
    let run = |run: Run, len: usize| assert!(run.start <= run.end && run.end as usize <= len, "{run:?}");
    let text = |text: Text| {
        let pool = if text.decoded { &script.decoded } else { &script.source };
        assert!(pool.get(text.start as usize..text.end as usize).is_some(), "{text:?}");
    };
    assert!((script.body as usize) < script.nodes.len());
    for node in &script.nodes {
        span(node.span);
        run(node.redirects, script.redirects.len());
    }
    assert!(script.children.iter().all(|&id| (id as usize) < script.nodes.len()));
    for word in &script.words {
        span(word.span);
        run(word.parts, script.parts.len());
    }
    for part in &script.parts {
        span(part.span);
        if let crate::shell::PartKind::Literal(literal) = part.kind {
            text(literal);
        }
    }
    for problem in &script.problems {
        span(problem.span);
    }
}

/// Checks that printing keeps the tree.
fn check_printing(script: &Script) {
    if !script.is_understood() {
        let _ = print(script);
        return;
    }
    let printed = print(script);
    let again = parse(&printed);
    assert_eq!(shape(&again), shape(script), "{:?} -> {printed:?}", script.source);
    assert_eq!(print(&again), printed, "{:?}", script.source);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_a_script(text in any::<String>()) {
        let script = parse(&text);
        check(&script);
        check_printing(&script);
    }

    #[test]
    fn anything_like_a_script_has_a_script(text in scripts()) {
        let script = parse(&text);
        check(&script);
        check_printing(&script);
    }

    /// Reading is stable under blanks: what is appended in a comment changes nothing.
    #[test]
    fn comments_change_nothing(text in scripts()) {
        let script = parse(&text);
        if script.is_understood() && !text.contains("<<") {
            let longer = parse(&format!("{text}\n# x"));
            prop_assert_eq!(shape(&longer), shape(&script));
        }
    }
}
