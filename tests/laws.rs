//! The laws of the design as properties: whatever the words, these hold.

mod world;

use guardian_engine::{Decision, RiskLevel};
use proptest::prelude::*;
use world::{engine, judge, request};

/// Commands of every kind, from a read to the end of the disk.
const COMMANDS: &[&str] = &[
    "ls -la",
    "cat README.md",
    "git status",
    "git log --oneline -5",
    "rg needle src",
    "echo hi > out.txt",
    "rm -rf build",
    "rm -rf /",
    "curl -s https://example.com",
    "cat .env",
    "sudo ls",
    "unknown-program --flag",
    "./x.sh",
    "git push --force",
    "find . -delete",
    "sed -i s/a/b/ f",
    "npm install left-pad",
    "kill 1",
    "$x",
    "printenv",
    "python3 -c 'print(1)'",
    "tar xf a.tar",
    "chmod 777 f",
    "git commit -m 'rm -rf /'",
    "cat <<'E'\nrm -rf /\nE",
    "echo $(id)",
    "wc -l *",
    "(cd src && ls)",
];

/// A stretch that is likely to be shell.
fn shell_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "ls",
        " ",
        "-la",
        ";",
        "|",
        "&&",
        "&",
        "\n",
        "$(",
        ")",
        "`",
        "\"",
        "'",
        "\\",
        "${",
        "}",
        "x",
        "=",
        "{",
        "(",
        "<",
        ">",
        ">>",
        "<<E\n",
        "E\n",
        "<<<",
        "if ",
        "then ",
        "fi",
        "for i in ",
        "do ",
        "done",
        "case x in ",
        "esac",
        "[[ ",
        " ]]",
        "((",
        "))",
        "$x",
        "*",
        "~",
        "#",
        "!",
        "rm -rf /",
        "\t",
        "é",
        "\u{200b}",
        "\u{a0}",
        "\r",
        "function f",
        "f()",
        "2>&1",
        "&>",
        "{a,b}",
        "$'\\x41'",
        "sudo",
        "bash -c",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Any text gets a verdict, and the trace proves it.
    #[test]
    fn any_text_gets_a_verdict_that_its_trace_proves(text in any::<String>()) {
        let verdict = judge(&text);
        prop_assert_eq!(verdict.trace.fold(), (verdict.risk, verdict.decision));
    }

    /// The same for text that looks like shell.
    #[test]
    fn shell_like_text_gets_a_verdict_that_its_trace_proves(text in shell_text()) {
        let verdict = judge(&text);
        prop_assert_eq!(verdict.trace.fold(), (verdict.risk, verdict.decision));
    }

    /// Text that could not be read is never allowed.
    #[test]
    fn what_is_not_understood_is_not_allowed(text in shell_text()) {
        let unread = !guardian_engine::shell::parse(&text).problems.is_empty();
        if unread {
            prop_assert!(judge(&text).decision > Decision::Allow, "{}", text);
        }
    }

    /// A remembered assessment gives the verdict that a fresh one gives.
    #[test]
    fn cached_equals_fresh(text in shell_text()) {
        let guardian = engine(guardian_engine::ApprovalPolicy::Untrusted);
        let first = guardian.decide(&request(&text));
        let second = guardian.decide(&request(&text));
        prop_assert!(!first.cached && second.cached);
        prop_assert_eq!((first.decision, first.risk, first.command_id(), first.trace), (second.decision, second.risk, second.command_id(), second.trace));
    }

    /// A list is at least as strict as each of its members.
    #[test]
    fn a_list_is_as_strict_as_its_members(a in prop::sample::select(COMMANDS), b in prop::sample::select(COMMANDS), operator in prop::sample::select(&["; ", " && ", " || ", "\n", " & "][..])) {
        // A here-document needs its own lines.
        prop_assume!(!a.contains("<<"));
        let (one, other, both) = (judge(a), judge(b), judge(&format!("{a}{operator}{b}")));
        prop_assert!(both.decision >= one.decision.max(other.decision), "{}{}{}", a, operator, b);
        prop_assert!(both.risk >= one.risk.max(other.risk), "{}{}{}", a, operator, b);
    }

    /// What wraps a command is at least as strict as the command.
    #[test]
    fn a_wrapper_is_as_strict_as_what_it_wraps(inner in prop::sample::select(COMMANDS), wrapper in prop::sample::select(&["sudo ", "nice ", "timeout 5 ", "nohup ", "env A=1 ", "command ", "xargs ", "time "][..])) {
        // Only a simple command can be an argument.
        prop_assume!(!inner.contains(['(', '<', '>', '\n']) && !inner.contains("$("));
        let (bare, wrapped) = (judge(inner), judge(&format!("{wrapper}{inner}")));
        prop_assert!(wrapped.risk >= bare.risk, "{}{}", wrapper, inner);
        prop_assert!(wrapped.decision >= bare.decision, "{}{}", wrapper, inner);
    }

    /// An inner script is at least as strict as the script.
    #[test]
    fn an_inner_script_is_as_strict_as_the_script(inner in prop::sample::select(COMMANDS), shell in prop::sample::select(&["bash -c", "sh -c", "eval", "bash -lc"][..])) {
        let quoted = format!("{shell} '{}'", inner.replace('\'', "'\\''"));
        let (bare, wrapped) = (judge(inner), judge(&quoted));
        prop_assert!(wrapped.risk >= bare.risk, "{}", quoted);
        prop_assert!(wrapped.decision >= bare.decision, "{}", quoted);
    }

    /// Quotes around a program's name change nothing.
    #[test]
    fn quoting_does_not_matter(command in prop::sample::select(COMMANDS), style in 0..3) {
        let (name, rest) = command.split_once(' ').unwrap_or((command, ""));
        prop_assume!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"./-".contains(&b)));
        let quoted = match style {
            0 => format!("'{name}' {rest}"),
            1 => format!("\"{name}\" {rest}"),
            _ => format!("\\{name} {rest}"),
        };
        let (plain, other) = (judge(command), judge(&quoted));
        prop_assert_eq!((plain.decision, plain.risk), (other.decision, other.risk), "{}", quoted);
    }
}

/// The policies differ in strictness in one order, whatever the command.
#[test]
fn untrusted_is_at_least_as_strict_as_on_request() {
    use guardian_engine::ApprovalPolicy::{OnRequest, Untrusted};
    let (strict, loose) = (engine(Untrusted), engine(OnRequest));
    for command in COMMANDS {
        let (a, b) = (strict.decide(&request(command)), loose.decide(&request(command)));
        assert!(a.decision >= b.decision, "{command}");
        assert_eq!(a.risk, b.risk, "{command}: risk does not depend on the policy");
    }
}

/// Padding never weakens a verdict: whatever stands in front, the harmful end is seen or the whole is refused.
#[test]
fn padding_never_weakens() {
    let end = "rm -rf /";
    for padding in [
        "true; ",
        "true && ",
        "a=1\n",
        ": | ",
        "# x\n",
        "{ ",
        "( ",
        "$( ",
        "echo \"",
        "echo '",
        "`",
        "cat <<E\n",
        "if true; then ",
        "((",
        "[[ a",
    ] {
        // Odd numbers, so that a quote stays open.
        for times in [1, 11, 101, 1001, 20_001] {
            let text = padding.repeat(times) + end;
            let verdict = judge(&text);
            assert!(verdict.decision > Decision::Allow, "{times} times {padding:?} hides {end}");
            assert!(verdict.risk > RiskLevel::Low, "{times} times {padding:?} hides {end}");
        }
    }
}
