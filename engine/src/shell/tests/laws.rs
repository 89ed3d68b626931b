//! Laws that hold for any text.

use proptest::prelude::*;

use super::shape;
use crate::shell::{Run, Script, Span, Text, doubts, parse, print};

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
fn scripts() -> impl Strategy<Value = String> {
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

/// More pieces, of what is read once.
const PLAIN: &[&str] = &[
    "ls ",
    "echo ",
    "x",
    "-la ",
    " ",
    "; ",
    " | ",
    " && ",
    " || ",
    " & ",
    "\n",
    "(",
    ")",
    "{ ",
    "; }",
    " > f",
    " 2>&1 ",
    " >> f",
    " &> f",
    " < f",
    " <<< ",
    "'a b' ",
    "\"a $x\" ",
    "\"$(a)\"",
    "$(a b)",
    "$x ",
    "${x}",
    "${x#a}",
    "${x:-a}",
    "$1",
    "$?",
    "`a`",
    "<(a) ",
    "! ",
    "{} ",
    "{a,b}",
    "{1..3}",
    "*",
    "[a-z]",
    "?",
    "~/",
    "\\; ",
    "\\( ",
    "\\.",
    "#",
    "$",
    "=",
    "a=b ",
    "a= ",
    "[ -f x ]",
    "[ $x = y ]",
    "if a; then b; fi",
    "for i in a b; do c; done",
    "while a; do b; done",
    "$((x+1))",
    "\"$((x+1))\"",
    "((",
    "time ",
    ": ",
    "export ",
    "export a=b ",
    "unset x ",
    "[ -f .env ]",
    "[ -d a_b/c ]",
    "${1:-a}",
    "\"$/\"",
    "--x=\"\" ",
    "\\ ",
    "\\{",
    "'a'\\''b' ",
    "if ",
    "; then ",
    "; fi",
    "1",
    ":",
    ",",
    "%",
    "@",
    "^",
    "é",
    "\"",
    "'",
    "/",
    ".",
    "-",
];

/// Text made of those.
fn plain_scripts() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PLAIN), 0..12).prop_map(|pieces| pieces.concat())
}

/// Texts that fuzzing found, in which tree-sitter sees something else, and what comes near them.
#[test]
fn what_fuzzing_found_is_not_plain_or_read_the_same() {
    for text in [
        "((a);     )",
        "((a) )",
        "( (a))",
        "M=x$a$b.",
        "M=$a$b.",
        "a=$a$a",
        "echo $a${b}$c",
        "[ -f >f a ]",
        "[ -f a ] >f",
        "x=$((x+1))",
        "echo \"$x$((y+1))\" z$((1))",
        "A=$x/$1",
        "A=$x${a}$1",
        "echo 2>&1&A=$x\"d\"$y.z",
        "echo $x:$y ../$x-y /a/$1",
        "echo [a-z]$- 2>&1 ",
        "echo \"d\"\\$ x",
        "echo {}\\$ ",
        "echo \\ x",
        "echo 'q'\\ ",
        "cut -d\\  -f 1",
        "time A=b",
        "time -p a=b c",
        "export A: x",
        "export A=b \"$1x\"",
        "unset A$",
        "echo 'd'- $$",
        "for x\nin a; do b; done",
    ] {
        assert!(doubts(text).is_none_or(|doubts| doubts.is_empty()), "{text}");
    }
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

    /// What is read once, tree-sitter reads the same.
    #[test]
    fn what_is_plain_needs_no_second_reading(text in prop_oneof![scripts(), plain_scripts()]) {
        prop_assert!(doubts(&text).is_none_or(|doubts| doubts.is_empty()), "{:?}", doubts(&text));
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
