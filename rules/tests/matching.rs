//! Which rules match a command. Tables: a command, and what the rules say of it.

mod support;

use guardian_rules::date::Date;
use guardian_rules::rule::Layer::{BuiltIn, Managed, Project, Session, System, User};
use guardian_rules::rule::{Decision, RulePlacement};
use guardian_rules::ruleset::{Grant, Named, Program, Query, RuleSet};
use support::{answer, args, at, says, set, writable};

/// Checks commands of which nothing but the words is known.
fn table(set: &RuleSet, rows: &[(&str, &str)]) {
    for (command, expected) in rows {
        assert_eq!(says(set, command, Program::default()), *expected, "{command}");
    }
}

#[test]
fn a_pattern_is_a_prefix_of_exact_words() {
    let set = set(&[(User, r#"prefix_rule(["git", "status"])"#)]);
    table(
        &set,
        &[
            ("git status", "allow"),
            ("git status --short", "allow"),
            ("git", "-"),
            ("git statuses", "-"),
            ("git Status", "-"),
            ("GIT status", "-"),
            ("git -C x status", "-"),
            ("status git", "-"),
            ("", "-"),
        ],
    );
}

#[test]
fn alternatives_stand_at_any_position() {
    let set = set(&[(User, r#"prefix_rule([["npm", "pnpm"], ["run", "exec"], "x", ["a", "b"]], "prompt")"#)]);
    table(
        &set,
        &[
            ("npm run x a", "prompt"),
            ("pnpm exec x b more", "prompt"),
            ("yarn run x a", "-"),
            ("npm run x", "-"),
            ("npm run x c", "-"),
            ("npm run y a", "-"),
        ],
    );
}

#[test]
fn the_strictest_match_wins_whatever_its_length_or_place() {
    let set = set(&[
        (User, "prefix_rule([\"git\"], \"prompt\")\nprefix_rule([\"git\", \"push\"])"),
        (System, "prefix_rule([\"git\", \"push\", \"--force\"], \"forbidden\")\nprefix_rule([\"ls\"])"),
    ]);
    table(
        &set,
        &[
            ("git status", "prompt"),
            ("git push", "prompt"),
            ("git push --force", "forbidden"),
            ("git push origin --force", "prompt"),
            ("ls", "allow"),
        ],
    );
    let argv = args("git push --force");
    assert_eq!(set.matches(&Query::new(&argv)).count(), 3, "all matches are told");
}

#[test]
fn the_empty_word_is_matched_as_a_word() {
    let set = set(&[(User, r#"prefix_rule(["x", ""], "prompt")"#)]);
    let empty = [guardian_rules::ruleset::Arg::Known("x"), guardian_rules::ruleset::Arg::Known("")];
    assert_eq!(answer(&set, &Query::new(&empty)), "prompt");
    table(&set, &[("x", "-"), ("x y", "-")]);
}

#[test]
fn unknown_words_never_satisfy_an_allow_rule_and_never_escape_a_restriction() {
    let set = set(&[(
        User,
        r#"
prefix_rule(["git", "status"])
prefix_rule(["git", "push", "--force", "origin"], "forbidden")
prefix_rule(["kubectl", "delete", "ns"], "prompt")
prefix_rule(["ls"])
"#,
    )]);
    table(
        &set,
        &[
            // After the pattern nothing has to be known.
            ("git status ?", "allow"),
            ("ls ...", "allow"),
            ("git ?", "-"),
            ("git ... status", "forbidden?"),
            ("git ...", "forbidden?"),
            ("git ? --force origin", "forbidden?"),
            ("git push ? origin", "forbidden?"),
            ("git push ? main", "-"),
            ("git push --force ?", "forbidden?"),
            ("git push --force ...", "forbidden?"),
            ("git push ...", "forbidden?"),
            ("git pull ...", "-"),
            ("kubectl ? ns", "prompt?"),
            ("kubectl ? pods", "-"),
            ("kubectl ... pods", "prompt?"),
            // One word too few can never become four.
            ("git push ?", "-"),
        ],
    );
}

#[test]
fn an_unknown_program_may_be_any() {
    let rules = r#"
prefix_rule(["ls"])
prefix_rule(["a"], "prompt")
prefix_rule(["rm", "-rf"], "forbidden")
"#;
    let set = set(&[(User, rules), (Managed, r#"prefix_rule(["dd"], "prompt")"#)]);
    table(
        &set,
        &[
            ("...", "forbidden?"),
            ("? -rf", "forbidden?"),
            ("? -r", "prompt?"),
            ("?", "prompt?"),
            ("... x", "forbidden?"),
        ],
    );
    let argv = args("...");
    let query = Query::new(&argv);
    let told: Vec<(Decision, Named)> = set.matches(&query).map(|found| (found.rule.decision, found.named)).collect();
    assert_eq!(told, [(Decision::Forbidden, Named::Unknown), (Decision::Prompt, Named::Unknown)]);
}

#[test]
fn a_program_is_known_by_its_names() {
    let rules = r#"
prefix_rule(["git", "status"])
prefix_rule(["rm"], "forbidden")
prefix_rule(["/usr/bin/make"])
prefix_rule(["/opt/x/tool"], "prompt")
prefix_rule(["./build.sh"])
"#;
    let set = set(&[(User, rules)]);
    let linked = |path, real| Program { path: Some(path), real: Some(real), writable: false };
    let rows: &[(&str, Program<'_>, &str)] = &[
        ("git status", at("/usr/bin/git"), "allow"),
        ("/usr/bin/git status", at("/usr/bin/git"), "allow"),
        ("../bin/git status", at("/usr/bin/git"), "allow"),
        // A file that the agent could have written inherits nothing, under whatever name.
        ("git status", writable("/w/app/bin/git"), "-"),
        ("./git status", writable("/w/app/git"), "-"),
        ("/tmp/git status", writable("/tmp/git"), "-"),
        // A relative path of which nobody said where it leads.
        ("./git status", Program::default(), "-"),
        // Restrictions reach the program behind every name.
        ("/bin/rm x", at("/bin/rm"), "forbidden"),
        ("./rm x", writable("/w/app/rm"), "forbidden"),
        ("./rm x", Program::default(), "forbidden"),
        ("./harmless x", linked("/w/app/harmless", "/bin/rm"), "forbidden"),
        ("tool", at("/opt/x/tool"), "prompt"),
        ("t", linked("/usr/bin/t", "/opt/x/tool"), "prompt"),
        // A path names the file that runs, however the command names it.
        ("make all", at("/usr/bin/make"), "allow"),
        ("make all", at("/usr/local/bin/make"), "-"),
        ("/usr/bin/make", Program::default(), "allow"),
        // A link to an allowed file is another name, and allows nothing.
        ("m", linked("/usr/bin/m", "/usr/bin/make"), "-"),
        ("g status", linked("/usr/bin/g", "/usr/bin/git"), "-"),
        // Whoever writes the path of a file in the workspace means that file.
        ("./build.sh", writable("/w/app/build.sh"), "allow"),
        ("build.sh", writable("/w/app/build.sh"), "-"),
    ];
    for (command, program, expected) in rows {
        assert_eq!(says(&set, command, *program), *expected, "{command} {program:?}");
    }
}

#[test]
fn host_executable_limits_names() {
    let rules = r#"
prefix_rule(["git"])
prefix_rule(["hg"])
prefix_rule(["rm"], "forbidden")
prefix_rule(["mine"])
host_executable("git", ["/usr/bin/git"])
host_executable("hg", [])
host_executable("rm", ["/bin/rm"])
host_executable("mine", ["/w/app/bin/mine"])
"#;
    let set = set(&[(User, rules)]);
    let rows: &[(&str, Program<'_>, &str)] = &[
        ("git", at("/usr/bin/git"), "allow"),
        ("/usr/bin/git", at("/usr/bin/git"), "allow"),
        ("/opt/git", at("/opt/git"), "-"),
        ("git", at("/opt/git"), "-"),
        ("git", Program { path: Some("/bin/git"), real: Some("/usr/bin/git"), writable: false }, "allow"),
        // No path may use the name; the word itself may.
        ("hg", at("/usr/bin/hg"), "allow"),
        ("/usr/bin/hg", at("/usr/bin/hg"), "-"),
        ("rm x", at("/bin/rm"), "forbidden"),
        ("/bin/rm x", at("/bin/rm"), "forbidden"),
        ("/opt/rm x", at("/opt/rm"), "-"),
        ("rm x", at("/opt/rm"), "forbidden"),
        // Someone vouches for this file, so it counts although the agent could write it.
        ("mine", writable("/w/app/bin/mine"), "allow"),
        ("mine", writable("/w/app/other/mine"), "-"),
    ];
    for (command, program, expected) in rows {
        assert_eq!(says(&set, command, *program), *expected, "{command} {program:?}");
    }
}

#[test]
fn an_absolute_allow_does_not_hide_a_restriction_of_the_name() {
    let set = set(&[(User, "prefix_rule([\"git\"], \"forbidden\")\nprefix_rule([\"/usr/bin/git\"])")]);
    assert_eq!(says(&set, "/usr/bin/git push", at("/usr/bin/git")), "forbidden");
}

#[test]
fn a_project_only_tightens() {
    let project = r#"
prefix_rule(["make"])
prefix_rule(["make", "deploy"], "forbidden")
host_executable("git", [])
host_executable("rm", [])
host_executable("evil", ["/w/app/evil"])
"#;
    let user = r#"
prefix_rule(["rm"], "forbidden")
prefix_rule(["git"])
prefix_rule(["evil"])
"#;
    let set = set(&[(User, user), (Project, project)]);
    let rows: &[(&str, Program<'_>, &str)] = &[
        ("make", at("/usr/bin/make"), "-"),
        ("make deploy", at("/usr/bin/make"), "forbidden"),
        ("/bin/rm x", at("/bin/rm"), "forbidden"),
        ("/usr/bin/git", at("/usr/bin/git"), "-"),
        ("evil", writable("/w/app/evil"), "-"),
    ];
    for (command, program, expected) in rows {
        assert_eq!(says(&set, command, *program), *expected, "{command} {program:?}");
    }
    let notes: Vec<String> = set.notes().iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        ["test.rules:2:1: warning: a project may only tighten, so this rule of it is left out\n  \
          prefix_rule(pattern=[\"make\"], decision=\"allow\")\n  \
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  \
          help: put it into your own rules if you want it\n"]
    );
}

#[test]
fn managed_rules_are_last_and_nobody_limits_them() {
    let managed = r#"prefix_rule(["curl"], "forbidden", justification = "not here")"#;
    let loose = r#"
prefix_rule(["curl"])
prefix_rule(["/usr/bin/curl"])
host_executable("curl", [])
"#;
    for layer in [BuiltIn, System, User, Session] {
        let set = set(&[(layer, loose), (Managed, managed)]);
        for command in ["curl x", "/usr/bin/curl x", "./curl x"] {
            assert_eq!(says(&set, command, at("/usr/bin/curl")), "forbidden", "{command} {layer}");
        }
        let argv = args("curl x");
        let query = Query { program: at("/usr/bin/curl"), ..Query::new(&argv) };
        let last = set.matches(&query).last().map(|found| found.rule.origin.layer);
        assert_eq!(last, Some(Managed));
    }
    let exempt =
        set(&[(Managed, "prefix_rule([\"curl\"], \"forbidden\")\nhost_executable(\"curl\", [\"/usr/bin/curl\"])")]);
    assert_eq!(says(&exempt, "/opt/curl x", at("/opt/curl")), "-", "its own table limits it");
}

#[test]
fn conditions_limit_rules() {
    let rules = r#"
prefix_rule(["make"], cwd = "/w/app")
prefix_rule(["rm"], "forbidden", cwd = "/w/app/keep")
prefix_rule(["ssh"], expires = "2026-06-01")
prefix_rule(["scp"], "prompt", expires = "2026-05-31")
"#;
    let set = set(&[(User, rules)]);
    let rows: &[(&str, Option<&str>, Option<&str>, &str)] = &[
        ("make", Some("/w/app"), None, "allow"),
        ("make", Some("/w/app/sub"), None, "allow"),
        ("make", Some("/w/apple"), None, "-"),
        ("make", Some("/w"), None, "-"),
        ("make", Some("/w/app/../../etc"), None, "-"),
        ("make", None, None, "-"),
        ("rm", Some("/w/app/keep/x"), None, "forbidden"),
        ("rm", Some("/w/app"), None, "-"),
        ("rm", None, None, "forbidden?"),
        ("rm", Some("/w/app/../app/keep"), None, "forbidden?"),
        ("ssh", None, Some("2026-05-31"), "allow"),
        ("ssh", None, Some("2026-06-01"), "allow"),
        ("ssh", None, Some("2026-06-02"), "-"),
        ("ssh", None, None, "-"),
        ("scp", None, Some("2026-05-31"), "prompt"),
        ("scp", None, Some("2026-06-01"), "-"),
        ("scp", None, None, "prompt?"),
    ];
    for (command, cwd, today, expected) in rows {
        let argv = args(command);
        let query = Query { cwd: *cwd, today: today.and_then(Date::parse), ..Query::new(&argv) };
        assert_eq!(answer(&set, &query), *expected, "{command} in {cwd:?} on {today:?}");
    }
}

#[test]
fn grants_add_up() {
    let rules = r#"
prefix_rule(["make"], placement = "sandboxed")
prefix_rule(["make", "all"])
prefix_rule(["make", "all", "-j"], placement = "unsandboxed")
prefix_rule(["make", "all", "-j", "8"], placement = "sandboxed", accept_high = True)
prefix_rule(["rm"], "prompt")
"#;
    let set = set(&[(User, rules)]);
    let grant = |placement, accepts_high| Some(Grant { placement, accepts_high });
    let rows = [
        ("make", grant(Some(RulePlacement::Sandboxed), false)),
        ("make all", grant(None, false)),
        ("make all -j", grant(Some(RulePlacement::Unsandboxed), false)),
        ("make all -j 8", grant(Some(RulePlacement::Unsandboxed), true)),
        ("rm", None),
        ("ls", None),
    ];
    for (command, expected) in rows {
        let argv = args(command);
        assert_eq!(set.grant(&Query::new(&argv)), expected, "{command}");
    }
}
