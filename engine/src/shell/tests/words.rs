//! Words: quotes, escapes, expansions, globs, braces, tildes.

use super::shape::word;
use crate::shell::{NodeKind, parse};

/// Each argument and the shape of its word.
const TABLE: &[(&str, &str)] = &[
    ("''", ""),
    ("a'b'\"c\"", r#""a" q"bc""#),
    (r"\r\m", r#"q"rm""#),
    (r"a\ b", r#""a" q" " "b""#),
    (r#""a\"\$\`\\\n""#, r#"q"a\"$`\\\\n""#),
    ("\"a$b c\"", r#"q"a" q$b q" c""#),
    ("\"\"$x", r#"q"" $x"#),
    ("$'a\\n\\x41\\101\\'\\q'", r#"q"a\nAA'\\q""#),
    ("$'a\\0b'c", r#"q"a" "c""#),
    ("$\"a$b\"", r#"q"a" q$b"#),
    ("$x$1$?$@", "$x $1 $? $@"),
    ("${x}y", r#"$x "y""#),
    ("a$", r#""a" q"$""#),
    ("${x:-a b}", r#"$x Default:-<"a b">"#),
    ("${x-'a b'}", r#"$x Default-<q"a b">"#),
    ("${x:-$(a)}", r#"$x Default:-<$(list(<"a">))>"#),
    ("${x:=}", "$x Assign:=<>"),
    ("${x:?m}", r#"$x Error:?<"m">"#),
    ("${x+a}", r#"$x Alternate+<"a">"#),
    ("${x#*/}", r#"$x RemovePrefix#<glob(*) "/">"#),
    ("\"${x%%.*}\"", r#"q$x RemoveLongestSuffix%%<"." glob(*)>"#),
    ("\"${x%$'\\n'}\"", r#"q$x RemoveSuffix%<q"\n">"#),
    ("${x//a\\/b/c}", r#"$x Replace//<"a" q"/" "b"> <"c">"#),
    ("${x/a}", r#"$x Replace/<"a">"#),
    ("${x:1:2}", r#"$x Substring:<"1"> <"2">"#),
    ("${x: -1}", r#"$x Substring:<" -1">"#),
    ("${x^^}", "$x Case^^<>"),
    ("${x@Q}", r#"$x Transform@<"Q">"#),
    ("${#x}${#}", "$x Length $#"),
    ("${!x}${!x*}${!x@}", "$x Indirect $x Indirect* $x Indirect@"),
    ("${a[@]}${a[1]}${#a[@]}", r#"$a["@"] Elements $a["1"] Subscript $a["@"] Length"#),
    ("${a[@]:1}", r#"$a["@"] Substring:<"1">"#),
    ("$((x))$[y]", r#"$(("x")) $(("y"))"#),
    ("*.[ch]?", r#"glob(*) "." glob([ch]?)"#),
    ("[a", r#""[a""#),
    ("'*'", r#"q"*""#),
    ("~/x", r#"~() "/x""#),
    ("~u", "~(u)"),
    ("~:~/x", r#"~() ":~/x""#),
    ("a~", r#""a~""#),
    ("'~'/x", r#"q"~" "/x""#),
    ("if=~/x:~", r#""if=" ~() "/x:" ~()"#),
    ("--a=~/x", r#""--a=~/x""#),
    ("{a,b}c", r#"{<"a"> <"b">} "c""#),
    ("{a,{b,c}d}", r#"{<"a"> <{<"b"> <"c">} "d">}"#),
    ("{,}x", r#"{<> <>} "x""#),
    ("{1..3}{a..c..2}", "seq(1..3) seq(a..c..2)"),
    ("{}", r#""{}""#),
    ("HEAD@{1}", r#""HEAD@{1}""#),
    ("{a}", r#""{a}""#),
    ("\\{a,b}", r#"q"{" "a,b}""#),
    ("{a..3}", r#""{a..3}""#),
    ("a#b", r#""a#b""#),
    ("a=b", r#""a=b""#),
];

#[test]
fn words_have_their_shapes() {
    for (text, expected) in TABLE {
        let script = parse(&format!("c {text}"));
        let Some(&NodeKind::Simple { words, .. }) = script.top().first().map(|&id| &script.node(id).kind) else {
            panic!("{text}: no command");
        };
        let [_, argument] = script.words_of(words) else { panic!("{text}: {:?}", script.words_of(words)) };
        assert_eq!(word(&script, *argument), *expected, "{text}");
    }
}

#[test]
fn literal_words_are_what_the_program_receives() {
    let script = parse(r#"a b\ c 'd'"e" '' $f g*"#);
    let Some(&NodeKind::Simple { words, .. }) = script.top().first().map(|&id| &script.node(id).kind) else {
        panic!("no command");
    };
    let literals: Vec<_> = script.words_of(words).iter().map(|word| word.literal(&script)).collect();
    let literals: Vec<_> = literals.iter().map(Option::as_deref).collect();
    assert_eq!(literals, [Some("a"), Some("b c"), Some("de"), Some(""), None, None]);
}

#[test]
fn a_reserved_word_is_bare() {
    let script = parse("x if 'if' i\\f then");
    let Some(&NodeKind::Simple { words, .. }) = script.top().first().map(|&id| &script.node(id).kind) else {
        panic!("no command");
    };
    let reserved: Vec<bool> = script.words_of(words).iter().map(|word| script.is_reserved(*word)).collect();
    assert_eq!(reserved, [false, true, false, false, true]);
}
