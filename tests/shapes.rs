//! A megabyte of any shape is judged within a bound, and what stands behind it is never allowed by it. The time is
//! looked at by hand: `cargo test --release --test shapes -- --ignored --nocapture`.

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
];

fn shape(index: usize, size: usize) -> String {
    let (open, unit, close) = SHAPES[index];
    let times = size / (unit.len() + close.len());
    format!(
        "{open}{}rm -rf /{}",
        unit.repeat(times),
        close.repeat(times)
    )
}

#[test]
fn nothing_is_hidden_behind_a_shape() {
    for index in 0..SHAPES.len() {
        // These make of the end a word of an echo, or a text that is not closed.
        let data = matches!(index, 0 | 1 | 23 | 24);
        for size in [10, 1_000, 20_000] {
            let text = shape(index, size);
            let verdict = engine(ApprovalPolicy::Untrusted).decide(&request(&text));
            assert!(
                data || verdict.decision > Decision::Allow,
                "{:?} of {size} bytes",
                SHAPES[index]
            );
        }
    }
}

#[test]
#[ignore = "time depends on the machine"]
fn a_megabyte_of_each() {
    for index in 0..SHAPES.len() {
        let text = shape(index, 1_000_000);
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
