//! The laws of the design as properties: whatever the words, these hold.

mod world;

use guardian_engine::{ApprovalPolicy, Decision, FileKind, Guardian, Links, RiskLevel, SandboxMode};
use guardian_rules::image::matches;
use proptest::prelude::*;
use world::told::{Told, says};
use world::{engine, judge, request, world_of};

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

/// However much other threads have decided before, what one decides is remembered: nothing stays that nobody uses.
#[test]
fn what_threads_that_are_gone_have_left_makes_room() {
    let guardian = engine(guardian_engine::ApprovalPolicy::Untrusted);
    let decide = |numbers: std::ops::Range<u32>| {
        numbers.filter(|number| guardian.decide(&request(&format!("echo {number}"))).cached).count()
    };
    std::thread::scope(|scope| assert!(scope.spawn(|| decide(0..2_000)).join().is_ok_and(|cached| cached == 0)));
    assert_eq!(decide(10_000..20_000), 0);
    // Seldom more of them lead to one place than it holds.
    let cached = decide(19_700..20_000);
    assert!(cached > 250, "{cached} of the last 300 are remembered");
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
/// Code that the script puts into a file and has run is as strict as the code given directly, by whatever way.
#[test]
fn what_is_written_and_run_is_as_strict_as_what_is_run() {
    const WAYS: &[&str] = &[
        "printf '%s\\n' CODE > a; sh a",
        "echo CODE | tee a; bash ./a",
        "(echo CODE) > a; sh < a",
        "{ echo ls; echo CODE; } > a; . ./a",
        "exec 3>a; echo CODE >&3; sh a",
        "exec >a; echo CODE; sh a",
        "echo CODE > a; cp a b; find . -name b -exec sh {} +",
        "echo CODE > a; ls a | xargs sh",
        "echo CODE > a; cat a | bash",
        "echo CODE > a; eval \"$(cat a)\"",
        "echo CODE > a; eval \"$(<a)\"",
        "if true; then echo CODE; fi > a; chmod +x a; ./a",
    ];
    // What a shell keeps of its own ends with the one that is started, and nobody knows what `$x` is anywhere.
    let plain = COMMANDS.iter().filter(|command| !command.contains(['\n', '\'', '$']));
    for command in plain {
        let direct = judge(&format!("bash -c '{command}'"));
        for way in WAYS {
            let script = way.replace("CODE", &format!("'{command}'"));
            assert!(judge(&script).risk >= direct.risk, "{script}: {:?} of {:?}", judge(&script).risk, direct.risk);
        }
    }
}

/// A variable for one command is as strict where it is exported to it.
#[test]
fn exporting_a_variable_is_as_strict_as_setting_it() {
    for setting in [
        "A=1",
        "OUT=/etc/x",
        "OUT=~/.bashrc",
        "X_COMMAND='rm -rf /'",
        "X_BINARY=../x",
        "URL=http://h.example/",
        "LD_PRELOAD=./x.so",
    ] {
        for command in ["npm test", "./x.sh", "make", "pytest"] {
            let (one, all) = (judge(&format!("{setting} {command}")), judge(&format!("export {setting}; {command}")));
            assert!(all.decision >= one.decision, "{setting} {command}");
            // A host is only spoken to by what is run.
            assert!(all.risk >= one.risk || setting.contains("://"), "{setting} {command}");
        }
    }
}

/// The case of the letters of git's sections and keys says nothing.
#[test]
fn the_case_of_keys_does_not_matter() {
    for setting in [
        "core.hooksPath",
        "core.pager",
        "alias.x",
        "include.path",
        "user.name",
        "http.sslVerify",
        "credential.helper",
        "color.ui",
    ] {
        let (section, key) = setting.split_once('.').unwrap_or_default();
        let others = [setting.to_uppercase(), setting.to_lowercase(), format!("{}.{key}", section.to_uppercase())];
        for other in others {
            for form in
                ["git config KEY ./x", "git config --global KEY ./x", "git config get KEY", "git config --unset KEY"]
            {
                let (one, same) = (judge(&form.replace("KEY", setting)), judge(&form.replace("KEY", &other)));
                assert_eq!((one.risk, one.decision), (same.risk, same.decision), "{form} {setting} {other}");
            }
        }
    }
}

/// A glob that may be a protected path is one, to whoever writes there.
#[test]
fn a_glob_is_as_strict_as_the_protected_path_it_may_be() {
    for path in [
        ".git/config",
        ".git/hooks/pre-commit",
        ".husky/pre-push",
        ".vscode/tasks.json",
        ".envrc",
        ".claude/settings.json",
        ".mcp.json",
    ] {
        for at in 2..path.find('/').unwrap_or(path.len()) {
            for sign in ["?", "*"] {
                let glob =
                    format!("{}{sign}{}", path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default());
                for form in ["echo x > PATH", "tee PATH < x", "rm PATH", "sed -i s/a/b/ PATH", "mv x PATH"] {
                    let (one, may) = (judge(&form.replace("PATH", path)), judge(&form.replace("PATH", &glob)));
                    assert!(may.risk >= one.risk, "{form}: {glob} {:?}, {path} {:?}", may.risk, one.risk);
                }
            }
        }
    }
}

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

/// Where the one link of a world is, and where it leads.
const LINK: (&str, &str) = ("/repo/d/keyl", "/home/dev/.ssh/id_rsa");

/// A world with one link.
fn one_link() -> Told {
    let met = |pattern: &str| matches(pattern, LINK.0).then(|| LINK.1.to_owned());
    Told {
        resolved: says(|path| Some(if path == LINK.0 { LINK.1 } else { path }.to_owned())),
        kind: says(|path| Some(if path == LINK.0 { FileKind::Link } else { FileKind::Missing })),
        links: says(move |pattern| Some(Links::To(met(pattern).into_iter().collect()))),
        ..Told::default()
    }
}

/// A link that nobody names is as strict as one that is named, by whatever it is met.
#[test]
fn a_link_that_is_met_is_as_strict_as_its_name() {
    let policy = world_of(ApprovalPolicy::Untrusted, SandboxMode::WorkspaceWrite);
    let engine = Guardian::new(policy, guardian_rules::RuleSet::new(), Box::new(one_link()));
    let decide = |script: &str| engine.decide(&request(script));
    for reader in ["cat", "head -1", "grep x", "wc -l", "sort", "md5sum", "od -c", "sed -n 1p", "awk 1", "jq ."] {
        let named = decide(&format!("{reader} d/keyl"));
        assert_eq!(named.risk, RiskLevel::High, "{reader}");
        for met in ["d/k*", "d/*", "d/ke?l", "d/[a-z]*", "*/keyl", "d/k*l", "*/*"] {
            let verdict = decide(&format!("{reader} {met}"));
            assert!(verdict.risk >= named.risk, "{reader} {met}");
        }
        for list in [
            "find d -type f -exec READ {} +",
            "find -L . -exec READ {} ;",
            "find . -type l | xargs READ",
            "ls d/* | xargs READ",
            "for f in d/*; do READ \"$f\"; done",
        ] {
            let verdict = decide(&list.replace(" ;", " \\;").replace("READ", reader));
            assert!(verdict.decision > Decision::Allow, "{reader} in {list}");
        }
        assert_eq!(decide(&format!("{reader} src/x*")).decision, Decision::Allow, "{reader}");
    }
    for walk in ["grep -R x d", "rg -L x d", "ag -f x d", "ack --follow x d", "tar ch d", "find -L d -exec cat {} +"] {
        assert_eq!(decide(walk).risk, RiskLevel::High, "{walk}");
    }
    for walk in ["grep -R x src", "rg -L x src", "tar ch src", "find -L src -exec cat {} +", "grep -r x d"] {
        assert_eq!(decide(walk).decision, Decision::Allow, "{walk}");
    }
}

/// Whatever asks a machine's own service for its credentials reads them out, however the address is written.
#[test]
fn credentials_of_the_machine_are_secrets_to_every_client() {
    const HOSTS: &[&str] = &[
        "169.254.169.254",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "metadata.google.internal.",
        "100.100.100.200",
    ];
    const CLIENTS: &[&str] = &[
        "curl -s 'http://HOST/latest/meta-data'",
        "curl 'http://user@HOST:80/x'",
        "wget -qO- 'http://HOST/'",
        "http GET 'http://HOST/'",
        "python3 -c 'import urllib.request as r; print(r.urlopen(\"http://HOST/x\").read())'",
        "node -e 'fetch(\"http://HOST/x\")'",
        "nc 'HOST' 80",
    ];
    for host in HOSTS {
        for client in CLIENTS {
            let command = client.replace("HOST", host);
            assert_eq!(judge(&command).risk, RiskLevel::High, "{command}");
        }
    }
}

/// A loop that never ends and never waits is no read, in whatever language it turns.
#[test]
fn a_loop_that_never_ends_is_no_read_in_any_language() {
    for (run, loops) in [
        ("python3 -c 'CODE'", &["while True: pass", "while 1: pass", "while not 0: print(1)"][..]),
        ("node -e 'CODE'", &["while(true){}", "for(;;);", "do {} while(1)", "while(!0);"]),
        ("ruby -e 'CODE'", &["loop {}", "loop do end", "while true; end", "until false do end"]),
        ("perl -e 'CODE'", &["1 while 1", "while(1){}", "for(;;){}", "{redo}", "until(0){}"]),
        ("awk 'BEGIN { CODE }'", &["while (1);", "for (;;) n++", "do n++; while (1)"]),
        ("bash -c 'CODE'", &["while :; do :; done", "until false; do :; done"]),
    ] {
        for code in loops {
            let command = run.replace("CODE", code);
            assert_eq!(judge(&command).risk, RiskLevel::High, "{command}");
        }
    }
}

/// A home that is a checkout of its own makes nothing else of what runs there by itself, or is secret.
#[test]
fn what_counts_at_home_does_so_in_a_workspace_around_it() {
    let guardian = engine(ApprovalPolicy::OnRequest);
    for root in ["/home/dev", "/home"] {
        let judge = |command: &str| {
            let mut request = request(command);
            request.workspace.roots = vec![root.to_owned()];
            guardian.decide(&request).risk
        };
        for command in [
            "echo x >> ~/.bashrc",
            "echo x >> ~/.ssh/authorized_keys",
            "cp a ~/.config/autostart/x.desktop",
            "sed -i s/a/b/ ~/.profile",
            "cat ~/.cursor/mcp.json",
            "find ~/.cursor -name mcp.json | tr a a | xargs cat",
            "find ~ -name '*.def' | tr a a | xargs cat",
        ] {
            assert_eq!(judge(command), RiskLevel::High, "{command} in {root}");
        }
        assert_eq!(judge("echo x > ~/notes.txt"), RiskLevel::Low, "in {root}");
    }
}
