//! The smaller parts: hosts, networks, words, dates, tables, suggestions, and Codex's own answers.

use guardian_rules::check::{CheckQuery, CheckReport, check};
use guardian_rules::date::Date;
use guardian_rules::diagnostic::{Diagnostic, Span, render};
use guardian_rules::execpolicy::{LoadOutcome, MOST_BYTES, load, load_bytes};
use guardian_rules::host::HostTable;
use guardian_rules::network::{NetworkTable, Protocol};
use guardian_rules::pattern::{Host, HostPattern, HostProblem, HostSet};
use guardian_rules::rule::{Decision, Layer, Origin};
use guardian_rules::ruleset::RuleSet;
use guardian_rules::table::RuleSource;
use guardian_rules::words;

fn read(layer: Layer, text: &str) -> LoadOutcome {
    load(layer, "test.rules", text, &HostTable::default())
}

#[test]
fn hosts_fit_patterns_one_by_one_and_in_a_set() {
    let rows = [
        ("example.com", "example.com", true),
        ("example.com", "EXAMPLE.com.", true),
        ("example.com", "a.example.com", false),
        ("example.com", "notexample.com", false),
        ("*.example.com", "a.example.com", true),
        ("*.example.com", "a.b.example.com", true),
        ("*.example.com", "example.com", false),
        ("*.example.com", "notexample.com", false),
        ("**.example.com", "example.com", true),
        ("**.example.com", "a.b.example.com", true),
        ("**.example.com", "notexample.com", false),
        ("ap*.example.com", "api.example.com", true),
        ("ap*.example.com", "ap.example.com", true),
        ("ap*.example.com", "x.api.example.com", false),
        ("ap*.example.com", "map.example.com", false),
        ("a*b*c.example.com", "axxbyyc.example.com", true),
        ("a*b*c.example.com", "ac.example.com", false),
        ("*", "localhost", true),
        ("*", "a.b", true),
        ("*", "127.0.0.1", false),
        ("*", "[::1]", false),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.1", true),
        ("127.0.0.1", "0x7f000001", true),
        ("127.0.0.1", "2130706433", true),
        ("127.0.0.1", "0177.0.0.1", true),
        ("127.0.0.1", "[::ffff:127.0.0.1]", true),
        ("127.0.0.1", "127.0.0.2", false),
        ("2001:db8::1", "[2001:DB8:0:0::1]:443", true),
        ("fe80::1", "[fe80::1%eth0]", true),
    ];
    for (pattern, host, expected) in rows {
        let parsed = HostPattern::parse(pattern).unwrap_or_else(|problem| panic!("{pattern}: {problem:?}"));
        let mut set = HostSet::default();
        set.insert(&HostPattern::parse("other.example").unwrap(), "other");
        set.insert(&parsed, "this");
        let (host, _) = Host::parse(host).unwrap_or_else(|problem| panic!("{host}: {problem:?}"));
        assert_eq!(parsed.matches(&host), expected, "{pattern} {host:?}");
        let mut found = Vec::new();
        set.visit(&host, |value, _| found.push(*value));
        assert_eq!(found, if expected { vec!["this"] } else { vec![] }, "{pattern} {host:?}");
    }
}

#[test]
fn what_is_no_host() {
    let rows = [
        ("", HostProblem::Empty),
        ("...", HostProblem::Empty),
        (".x", HostProblem::Empty),
        ("x..y", HostProblem::Empty),
        (":80", HostProblem::Empty),
        ("http://x", HostProblem::Url),
        ("x/y", HostProblem::Url),
        ("x?y", HostProblem::Url),
        ("user@x", HostProblem::Url),
        ("a b", HostProblem::Space),
        ("a\u{7}b", HostProblem::Space),
        ("bücher.de", HostProblem::NotAscii),
        ("x:y", HostProblem::Port),
        ("x:70000", HostProblem::Port),
        ("x:", HostProblem::Port),
        ("[x]", HostProblem::Brackets),
        ("[::1", HostProblem::Brackets),
        ("x.*", HostProblem::Wildcard),
        ("*.0.0.1", HostProblem::Wildcard),
        ("a**b.x", HostProblem::Wildcard),
        ("*x", HostProblem::Wildcard),
    ];
    for (text, expected) in rows {
        assert_eq!(HostPattern::parse_rule(text).unwrap_err(), expected, "{text}");
    }
    assert_eq!(Host::parse("*.x").unwrap_err(), HostProblem::Wildcard);
}

#[test]
fn network_rules_are_decided_by_the_whole_connection() {
    let mut table = NetworkTable::default();
    let rules = r#"
network_rule("**.example.com", "https", "allow")
network_rule("secret.example.com", "https", "deny")
network_rule("example.com:8443", "http", "allow")
network_rule("ask.example.com:1", "http", "prompt")
"#;
    let project = "network_rule(\"evil.example\", \"https\", \"allow\")";
    for outcome in [read(Layer::User, rules), read(Layer::Project, project)] {
        assert!(!outcome.broken, "{}", render(&outcome.diagnostics));
        outcome.network.into_iter().for_each(|rule| table.insert(rule));
    }
    let rows = [
        ("example.com", Protocol::Https, 443, Some(Decision::Allow)),
        ("a.example.com", Protocol::Https, 8443, Some(Decision::Allow)),
        ("a.example.com", Protocol::Http, 80, None),
        ("secret.example.com", Protocol::Https, 443, Some(Decision::Forbidden)),
        // What is denied as https does not go through a tunnel either.
        ("secret.example.com", Protocol::Socks5Tcp, 443, Some(Decision::Forbidden)),
        ("secret.example.com", Protocol::Socks5Udp, 443, Some(Decision::Forbidden)),
        ("secret.example.com", Protocol::Http, 80, None),
        ("example.com", Protocol::Http, 8443, Some(Decision::Allow)),
        ("example.com", Protocol::Http, 80, None),
        // A restriction holds for every port, as in Codex.
        ("ask.example.com", Protocol::Http, 80, Some(Decision::Prompt)),
        ("evil.example", Protocol::Https, 443, None),
    ];
    for (host, protocol, port, expected) in rows {
        let (host, _) = Host::parse(host).unwrap();
        let decision = table.decide(&host, protocol, port).map(|rule| rule.decision);
        assert_eq!(decision, expected, "{host:?} {protocol} {port}");
    }
}

#[test]
fn a_command_is_split_as_a_shell_does() {
    let rows: [(&str, Option<&[&str]>); 10] = [
        ("git push origin", Some(&["git", "push", "origin"])),
        ("  a\tb\nc ", Some(&["a", "b", "c"])),
        ("a 'b c' \"d e\"f", Some(&["a", "b c", "d ef"])),
        ("a\\ b \"\\$x\\y\" 'z\\'", Some(&["a b", "$x\\y", "z\\"])),
        ("a '' b", Some(&["a", "", "b"])),
        ("a # b\nc#d", Some(&["a", "c#d"])),
        ("a \\\nb", Some(&["a", "b"])),
        ("", Some(&[])),
        ("a 'b", None),
        ("a\\", None),
    ];
    for (text, expected) in rows {
        let words = words::split(text);
        let words: Option<Vec<&str>> = words.as_ref().map(|words| words.iter().map(|word| word.as_str()).collect());
        assert_eq!(words.as_deref(), expected, "{text:?}");
    }
}

#[test]
fn dates() {
    for (text, good) in [
        ("2026-12-31", true),
        ("2024-02-29", true),
        ("2000-02-29", true),
        ("2026-02-29", false),
        ("1900-02-29", false),
        ("2026-13-01", false),
        ("2026-00-10", false),
        ("2026-1-1", false),
        ("26-01-01", false),
        ("2026-01-01-", false),
        ("+026-01-01", false),
        ("", false),
    ] {
        assert_eq!(Date::parse(text).is_some(), good, "{text}");
    }
    for (days, text) in [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_453, "2025-12-31")] {
        assert_eq!(Date::from_unix_days(days).map(|date| date.to_string()).as_deref(), Some(text));
    }
}

fn codex(rules: &str, command: &str, resolved: Option<&str>) -> CheckReport {
    let outcome = read(Layer::User, rules);
    assert!(!outcome.broken, "{}", render(&outcome.diagnostics));
    let mut hosts = HostTable::default();
    hosts.extend(&outcome.hosts);
    let argv: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    check(&outcome.rules, &hosts, CheckQuery { argv: &argv, resolved, cwd: None, today: None })
}

#[test]
fn codex_checks_are_answered_as_codex_does() {
    let rules = r#"
prefix_rule([["git", "hg"], ["push", "pull"]], "forbidden", justification = "no")
prefix_rule(["git"], "prompt")
prefix_rule(["/usr/bin/git", "push"])
host_executable("hg", ["/usr/bin/hg"])
"#;
    let row = |command, resolved| {
        let report = codex(rules, command, resolved);
        let show = |found: guardian_rules::check::CheckMatch| {
            let why = found.justification.map(|why| format!(" ({why})")).unwrap_or_default();
            let path = found.resolved_program.map(|path| format!(" @{path}")).unwrap_or_default();
            format!("{} {}{why}{path}", found.matched_prefix.join(" "), found.decision)
        };
        let matched: Vec<String> = report.matched_rules.into_iter().map(show).collect();
        format!("{}: {}", report.decision.map_or("-", Decision::as_str), matched.join("; "))
    };
    assert_eq!(row("git push x", None), "forbidden: git push forbidden (no); git prompt");
    assert_eq!(row("git log", None), "prompt: git prompt");
    assert_eq!(row("ls", None), "-: ");
    assert_eq!(row("", None), "-: ");
    assert_eq!(row("/usr/bin/hg pull", None), "-: ", "paths are resolved on request only");
    assert_eq!(row("/usr/bin/hg pull", Some("/usr/bin/hg")), "forbidden: hg pull forbidden (no) @/usr/bin/hg");
    assert_eq!(row("/opt/hg pull", Some("/opt/hg")), "-: ");
    // In Codex a rule for the very path hides those for the name.
    assert_eq!(row("/usr/bin/git push", Some("/usr/bin/git")), "allow: /usr/bin/git push allow");
    assert_eq!(row("/usr/bin/git pull", Some("/usr/bin/git")).split(':').next(), Some("forbidden"));
}

fn source(layer: Layer, pattern: &[&[&str]], action: Option<&str>) -> RuleSource {
    let pattern = pattern.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect();
    let origin = Origin { layer, file: "requirements.toml".into(), line: 1 };
    RuleSource::new(pattern, action.map(str::to_owned), origin, Span::new(0, 16))
}

#[test]
fn tables_become_rules() {
    let text = "[[prefix_rules]]\npattern = []\n";
    let hosts = HostTable::default();
    let rule =
        source(Layer::Managed, &[&["git"], &["push", "pull"]], Some("forbidden")).into_rule(text, &hosts).unwrap();
    assert_eq!(rule.to_string(), r#"prefix_rule(pattern=["git", ["push", "pull"]], decision="forbidden")"#);
    assert!(source(Layer::User, &[&["git"]], None).into_rule(text, &hosts).is_ok());
    let message = |source: RuleSource| {
        let problems = source.into_rule(text, &hosts).unwrap_err();
        problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join("; ")
    };
    let managed = |pattern, action| message(source(Layer::Managed, pattern, action));
    assert_eq!(managed(&[&["git"]], Some("allow")), "a managed rule cannot allow");
    assert_eq!(managed(&[&["git"]], None), "this rule does not say `prompt` or `forbidden`");
    assert_eq!(managed(&[], Some("deny")), "`deny` is no decision; `pattern` is empty");
    assert_eq!(
        managed(&[&[], &["x", " "]], Some("prompt")),
        "a list of alternatives is empty; a word of `pattern` is blank"
    );
}

#[test]
fn all_mistakes_of_a_table_are_told() {
    let text = "[[prefix_rules]]\npattern = []\n";
    let hosts = HostTable::default();
    let mut odd = source(Layer::User, &[&["git"]], Some("prompt"));
    odd.justification = Some(" ".to_owned());
    odd.placement = Some("inside".to_owned());
    odd.expires = Some("soon".to_owned());
    odd.cwd = Some("src".to_owned());
    odd.accept_high = true;
    odd.examples = vec![vec![]];
    let odd = odd.into_rule(text, &hosts).unwrap_err();
    assert_eq!(odd.len(), 6, "{}", render(&odd));
    assert_eq!(
        odd.first().map(ToString::to_string).unwrap(),
        "requirements.toml:1:1: `inside` is no placement\n  [[prefix_rules]]\n  ^^^^^^^^^^^^^^^^\n  \
         help: the placements are `sandboxed` and `unsandboxed`\n"
    );
    let mut unmatched = source(Layer::User, &[&["git"]], Some("forbidden"));
    unmatched.examples = vec![vec!["hg".to_owned()]];
    let problems = unmatched.into_rule(text, &hosts).unwrap_err();
    assert_eq!(problems.first().map(|problem| problem.code), Some("example-does-not-match"));
}

#[test]
fn a_broken_file_fails_closed() {
    let outcome =
        read(Layer::User, "prefix_rule([\"ls\"])\nprefix_rule([\"rm\"], \"forbidden\", oops = 1)\nfor x in y: pass\n");
    assert!(outcome.broken);
    let mut set = RuleSet::new();
    let before = set.digest();
    set.add(outcome);
    assert_eq!(set.floor(), Some(Decision::Prompt));
    assert_ne!(set.digest(), before);
    assert_eq!(set.rules().len(), 2, "what could be read holds");
    assert_eq!(set.broken().len(), 1);
    assert!(set.broken().iter().all(|file| !file.lost_restriction));
}

#[test]
fn text_that_is_none() {
    let outcome =
        load_bytes(Layer::User, "x.rules", b"prefix_rule([\"rm\"], \"forbidden\")\n# \xff\n", &HostTable::default());
    assert!(outcome.broken);
    assert_eq!(outcome.rules.len(), 1, "what surrounds it is read");
    assert_eq!(render(&outcome.diagnostics), "x.rules:2:3: this file is not UTF-8 from here on\n  # \u{fffd}\n    ^\n");
    let huge = " ".repeat(MOST_BYTES + 1);
    let outcome = read(Layer::User, &huge);
    assert_eq!(render(&outcome.diagnostics), "test.rules:1:1: this file could not be read: it is larger than 16 MiB\n");
    let raw = Diagnostic::error("x", "a\u{1b}b", "\u{1b}[31m\u{202e}evil", Span::new(0, 1), "m");
    assert_eq!(raw.to_string(), "a␛b:1:1: m\n  ␛[31m\u{fffd}evil\n  ^\n");
}

#[test]
fn hostile_files_are_bounded() {
    let deep = format!("x = {}", "[".repeat(1 << 20));
    assert_eq!(
        render(&read(Layer::User, &deep).diagnostics).lines().next(),
        Some("test.rules:1:37: brackets are nested more than 32 deep")
    );
    let mut doubling = "a = [\"x\"]\n".to_owned();
    doubling.push_str(&"a = a + a\n".repeat(64));
    let outcome = read(Layer::User, &doubling);
    assert!(
        render(&outcome.diagnostics).starts_with("test.rules:20:9: `a` makes the rules too large\n"),
        "{}",
        render(&outcome.diagnostics)
    );
    let many = "prefix_rule(1)\n".repeat(5_000);
    let outcome = read(Layer::User, &many);
    assert_eq!(outcome.diagnostics.len(), 101);
    assert_eq!(outcome.diagnostics.last().map(|last| last.message.as_str()), Some("4900 more problems are not shown"));
    for text in
        ["\"", "'''", "prefix_rule(", "prefix_rule([[[", "\\", "r", "x =", "(", ")", "\u{feff}", "\0", "x = \"\\"]
    {
        let _ = read(Layer::User, text);
    }
}
