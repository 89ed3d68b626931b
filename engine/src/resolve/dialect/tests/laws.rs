//! What holds for every text.

use super::super::{actions, beyond_plain, only_computes};
use guardian_rules::{EffectKind, Role};
use proptest::prelude::*;
use rustix::time::{ClockId, clock_gettime};

const LANGUAGES: [Role; 8] =
    [Role::Sed, Role::Awk, Role::Jq, Role::Sql, Role::Python, Role::JavaScript, Role::Ruby, Role::Perl];

/// Those of them that are read by a grammar of what is plain.
const CODE: [Role; 4] = [Role::Python, Role::JavaScript, Role::Ruby, Role::Perl];

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        for language in LANGUAGES {
            let _ = actions(language, &text);
        }
        let _ = (only_computes(Role::Lua, &text), only_computes(Role::Php, &text));
    }

    #[test]
    fn any_syntax_is_read(parts in proptest::collection::vec(
        prop::sample::select(vec![
            "s", "/", "\\", "[", "]", "^", "w x", "e", "\n", ";", "{", "}", "a\\", "y", "print", ">", "\"", "(", ")", "|", "getline",
            "<", "$", "@", "#", "env", ".", ",", "1", "~", "é", " ", "if", "ENVIRON", "ARGV", ":", "::", "def f", "'", "--", "/*", "`",
        ]), 0..40)) {
        for language in LANGUAGES {
            let _ = actions(language, &parts.concat());
        }
    }
}

/// Pieces of programs: plain ones, those that part or hide others, and those that nothing plain holds outside of a string.
const PIECES: &[&str] = &[
    "x",
    "1",
    "'a'",
    "\"",
    "'",
    "`",
    "/",
    "#",
    "\n",
    " ",
    " ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "${",
    "#{",
    "f\"",
    "f'",
    ",",
    ";",
    ":",
    "?",
    ".",
    "..",
    "=",
    "==",
    "=~",
    "=>",
    "+",
    "++",
    "-",
    "*",
    "%",
    "<",
    ">",
    "&",
    "&&",
    "|",
    "$x",
    "@x",
    "%h",
    "$_",
    "x = 1\n",
    "let x = 1;",
    "$x = 1;",
    "print ",
    "print(",
    "puts ",
    "console.log(",
    "map ",
    "sort ",
    "split ",
    "join ",
    ".map(",
    ".join(",
    "x => ",
    "lambda: ",
    "if ",
    "for ",
    "in ",
    "of ",
    "not ",
    "end",
    "do ",
    "q(",
    "s/",
    "<<A\n",
    "\nA\n",
];

/// What runs code, and is no word of plain code.
const RUNS: [&str; 3] = ["evil(1)", "evil.evil()", "evil 1"];

fn only_reads(language: Role, code: &str) -> bool {
    actions(language, code).list.iter().all(|action| matches!(action.kind, EffectKind::Read | EffectKind::Inspect))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// What is taken for nothing but reads is plain: the grammar alone lets code be that.
    #[test]
    fn what_only_reads_is_plain(parts in proptest::collection::vec(prop::sample::select(PIECES), 0..12)) {
        let code = parts.concat();
        for language in CODE {
            prop_assert!(!only_reads(language, &code) || beyond_plain(language, &code).is_none(), "{language:?} {code:?}");
        }
    }

    /// A word that is on no list is in no code that only reads, whatever surrounds it, but in strings, patterns, globs and comments.
    #[test]
    fn no_other_word_is_in_what_only_reads(
        front in proptest::collection::vec(prop::sample::select(PIECES), 0..6),
        runs in prop::sample::select(RUNS.as_slice()),
        behind in proptest::collection::vec(prop::sample::select(PIECES), 0..6),
    ) {
        let code = format!("{} {runs} {}", front.concat(), behind.concat());
        let quotes = ["'", "\"", "`", "/", "#", "<", "q(", "?"];
        if !quotes.iter().any(|quote| code.contains(quote)) {
            for language in CODE {
                prop_assert!(!only_reads(language, &code), "{language:?} {code:?}");
            }
        }
    }
}

/// A lot of any of these takes little time. The bound is generous: it tells linear from quadratic.
#[test]
fn time_is_linear() {
    for unit in [
        "p;",
        "{",
        "s/a/b/;",
        "s/[",
        "\\",
        "a\\\n",
        "print \"x\" > \"y\";",
        "(",
        "getline $(",
        "getline a[",
        "x|\"",
        "\"\\(",
        "def f: ",
        "ENVIRON[",
        "system(\"a\");",
        "/",
        "[",
        "#\n",
        "select ",
        "'",
        "$$",
        "/*",
        "`",
        "${",
        "f(",
        "a.",
        "\"",
        "1+",
        "e x\n",
        "(where ",
        "delete (",
        "select 1;",
        "copy ",
        "\\d\n",
        ".x\n",
        "$$ $a$",
        "into ",
        "-- x\n",
        "a.b.",
        "import os as a,",
        "open(",
        "f'{",
        "require('fs').",
        "${`",
        "x\n.",
        "os.fork();",
        "{a,",
        "w x\n",
        "let a|,a",
        "x = |(1),",
        "local a, b = 1 ",
        "{a=",
        "x = |y = 1 ",
    ] {
        let (first, unit) = unit.split_once('|').filter(|(first, _)| first.contains(' ')).unwrap_or(("", unit));
        let text = first.to_owned() + &unit.repeat(100_000 / unit.len());
        for language in [Role::Lua, Role::Php] {
            let start = clock_gettime(ClockId::ThreadCPUTime).tv_sec;
            let _ = only_computes(language, &text);
            assert!(clock_gettime(ClockId::ThreadCPUTime).tv_sec - start < 3, "{unit:?} {language:?}");
        }
        for language in LANGUAGES {
            let start = clock_gettime(ClockId::ThreadCPUTime).tv_sec;
            let _ = actions(language, &text);
            assert!(clock_gettime(ClockId::ThreadCPUTime).tv_sec - start < 3, "{unit:?} {language:?}");
        }
    }
}
