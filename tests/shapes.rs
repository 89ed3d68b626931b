//! A megabyte of any shape is judged within a bound, and what stands behind it is never allowed by it. The time is
//! looked at by hand: `cargo test --release --test shapes -- --ignored --nocapture`.

#![expect(clippy::print_stdout, clippy::indexing_slicing, reason = "what is looked at by hand is printed")]

mod world;

use guardian_engine::{ApprovalPolicy, Decision};
use std::time::Instant;
use world::{engine, request};

/// Shapes: what opens, what is repeated, what closes for each, what closes at the end.
const SHAPES: &[(&str, &str, &str)] = &[
    ("echo", " word", ""),
    ("echo ", "x", ""),
    ("", "true && ", ""),
    ("", "true; ", ""),
    ("", "true | ", ""),
    ("", "true\n", ""),
    ("", "$( ", " )"),
    ("", "( ", " )"),
    ("", "( ", ""),
    ("", "{ ", " ;}"),
    ("", "if true; then ", "; fi"),
    ("", "\"$(a ", ")\""),
    ("", "`", ""),
    ("echo '", "x ", ""),
    ("cat <<E\n", "text $x $(id)\n", ""),
    ("", "a=1 && ", ""),
    ("", "a=$a$a\n", ""),
    ("", "for i in a b; do ", "; done"),
    ("", "while a; do x=$y; y=$z; ", "; done"),
    ("", "f() { f | f; }; ", ""),
    ("", "eval 'echo ", ""),
    ("echo {", "a,b}{", "}"),
    ("x=1; ", "x=$((x+1)); ", ""),
    ("set -- ", "a ", ""),
    ("a=(", "b ", ")"),
    ("xargs ", "nice ", ""),
    ("a=x\n", "a=$a$a\n", ""),
    ("a=(x)\n", "a+=(\"${a[@]}\")\n", ""),
    ("set -- x\n", "set -- \"$@\" \"$@\"\n", ""),
    ("", "a=1; cd b; ", ""),
    ("while :; do ", "a=$b; b=$c; c=$d; ", "; done"),
];

fn shape(index: usize, size: usize) -> String {
    let (open, unit, close) = SHAPES[index];
    let times = size / (unit.len() + close.len());
    format!("{open}{}rm -rf /{}", unit.repeat(times), close.repeat(times))
}

#[test]
fn nothing_is_hidden_behind_a_shape() {
    for (index, _) in SHAPES.iter().enumerate() {
        // These make of the end a word of an echo, or a text that is not closed.
        let data = matches!(index, 0 | 1 | 11 | 20 | 21 | 23 | 24);
        for size in [10, 1_000, 20_000] {
            let text = shape(index, size);
            for policy in [ApprovalPolicy::Untrusted, ApprovalPolicy::OnRequest] {
                let verdict = engine(policy).decide(&request(&text));
                assert!(
                    data || verdict.decision > Decision::Allow,
                    "{:?} of {size} bytes under {policy:?}",
                    SHAPES[index]
                );
            }
        }
    }
}

#[test]
#[ignore = "time depends on the machine"]
fn a_megabyte_of_each() {
    for (index, _) in SHAPES.iter().enumerate() {
        // The second is about the longest that is read at all.
        for size in [1_000_000, 60_000] {
            let text = shape(index, size);
            let start = Instant::now();
            let verdict = engine(ApprovalPolicy::OnRequest).decide(&request(&text));
            println!(
                "{:>8.1} ms {} {:?}",
                start.elapsed().as_secs_f64() * 1e3,
                verdict.decision.as_str(),
                SHAPES[index]
            );
        }
    }
}
