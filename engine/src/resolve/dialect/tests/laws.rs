//! What holds for every text.

use super::super::actions;
use guardian_rules::Role;
use proptest::prelude::*;
use rustix::time::{ClockId, clock_gettime};

const LANGUAGES: [Role; 8] =
    [Role::Sed, Role::Awk, Role::Jq, Role::Sql, Role::Python, Role::JavaScript, Role::Ruby, Role::Perl];

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        for language in LANGUAGES {
            let _ = actions(language, &text);
        }
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
    ] {
        let text = unit.repeat(100_000 / unit.len());
        for language in LANGUAGES {
            let start = clock_gettime(ClockId::ThreadCPUTime).tv_sec;
            let _ = actions(language, &text);
            assert!(clock_gettime(ClockId::ThreadCPUTime).tv_sec - start < 3, "{unit:?} {language:?}");
        }
    }
}
