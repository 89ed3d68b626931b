//! The shell itself as oracle: what it refuses has problems, and what has none it accepts.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "the engine runs nothing, its tests ask the shell"
)]

use std::process::Command;

use crate::shell::parse;

/// Scripts of every kind, right and wrong.
pub(super) const SCRIPTS: &[&str] = &[
    "ls -la | grep '^d' | head -5",
    "git log --oneline -3 && git status; echo $?",
    "find . -name '*.rs' -exec grep -l foo {} + 2>/dev/null | sort -u > out.txt",
    "for f in *.txt; do mv \"$f\" \"${f%.txt}.md\"; done",
    "while read -r l; do echo \"$l\"; done < <(ls)",
    "if [ -f a ] && ! [[ -d b ]]; then echo yes; else echo no; fi",
    "cat <<'EOF' > f\n$x `y`\nEOF\necho done",
    "cat <<EOF\n$(date) ${x:-y} `id`\nEOF",
    "cat <<-EOF\n\ta\n\tEOF\n",
    "x=$(echo \"$(echo a)\") y=`b` cmd",
    "case \"$1\" in -h|--help) usage;; *) run \"$@\";; esac",
    "f() { local a=1; echo $((a + 1)); }; f",
    "function g { :; }",
    "arr=(a b c); echo ${arr[@]} ${#arr[@]} ${arr[1]}",
    "echo {a,b}{1..3} ~/x *.c",
    "a && b || c & d",
    "(cd x && make) 2>&1 | tee log",
    "{ a; b; } > out",
    "awk '{print $1}' f | sed -e 's/a/b/g'",
    "[[ $x =~ ^[a-z]+(a|b)$ ]] && echo ok",
    "time ls",
    "! grep -q x f",
    "echo $'a\\tb' $\"c\"",
    "exec 3<> f; echo x >&3; exec 3>&-",
    "for ((i=0; i<3; i++)); do echo $i; done",
    "until false; do break; done",
    "select x in a b; do break; done",
    "coproc cat",
    "declare -A m=([a]=1 [b]=2)",
    "X=1",
    "echo \"${x#*/}\" ${y//a/b} ${z:1:2} ${w^^}",
    "echo a # comment 'unclosed",
    "echo \"a\nb\"",
    "cat <<E\n\\$x \\\\ \\` \"q\"\nE",
    "a |& b",
    "a &> f; b &>> g",
    "[ \"$a\" = b ] || exit 1",
    "echo $[1+2] $((x ? 1 : 2))",
    "export A=b C=\"$d\"",
    "trap 'rm f' EXIT",
    "echo }",
    "echo if then",
    // Wrong.
    "echo 'a",
    "echo \"a",
    "echo $(a",
    "a | | b",
    "a && && b",
    "if a; then",
    "fi",
    "done",
    "(a",
    "a)",
    "{ a; ",
    "}",
    ";",
    "a;;",
    "case a in b) c",
    "for x in a; echo; done",
    "while a; b; done",
    "a >",
    "a > > b",
    "a & && b",
    "[[ a",
    "f() echo",
    "echo (a)",
    "echo !(a)",
    "( )",
    "{ }",
    "a | ! b",
    "if ; then a; fi",
    "echo `a",
    "function",
    "for",
    "case",
    "a <",
    "&",
    "|",
];

/// Whether bash accepts a script: nothing where there is no bash.
fn accepts(script: &str) -> Option<bool> {
    let output = Command::new("bash").args(["--norc", "-n", "-c", script]).output().ok()?;
    let warned = String::from_utf8_lossy(&output.stderr).contains("here-document");
    Some(output.status.success() && !warned)
}

#[test]
fn bash_agrees_on_what_is_a_script() {
    let mut refused = Vec::new();
    for text in SCRIPTS {
        let Some(accepted) = accepts(text) else {
            println!("skipped: there is no bash here to ask");
            return;
        };
        let script = parse(text);
        if !accepted {
            assert!(!script.is_understood(), "bash refuses what we understand: {text:?}");
        }
        if accepted && !script.is_understood() {
            refused.push((*text, script.problems));
        }
    }
    assert_eq!(refused, [], "bash accepts what we do not understand");
}
