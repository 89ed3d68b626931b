//! Permission profiles from outside: what is judged, what is shown, and what a box then really holds.

use crate::machine::Machine;

const MINE: &str = "\
default_permissions = \"mine\"

[permissions.mine]
description = \"my projects, and nothing else of mine\"
extends = \":workspace\"

[permissions.mine.filesystem]
\"~\" = \"deny\"
\"~/repo/closed\" = \"deny\"
\"~/repo/closed/open\" = \"read\"

[permissions.mine.filesystem.\":workspace_roots\"]
\".\" = \"write\"
\"docs\" = \"read\"
\"**/*.key\" = \"deny\"
";

fn machine() -> Machine {
    let machine = Machine::new();
    for file in ["notes", "repo/docs/d", "repo/site.key", "repo/closed/c", "repo/closed/open/o"] {
        machine.write(&format!("home/{file}"), &format!("content of {file}\n"));
    }
    machine.configure(MINE);
    machine
}

#[test]
fn the_verdict_follows_the_profile() {
    let machine = machine();
    for (command, status, words) in [
        ("cat README.md", 0, "sandboxed"),
        ("cat ~/notes", 20, "denies to read"),
        ("cat site.key", 20, "denies to read"),
        ("cat closed/c", 20, "denies to read"),
        ("cat closed/open/o", 0, "sandboxed"),
        ("echo x > docs/d", 10, "widened"),
        ("echo x > new", 0, "sandboxed"),
    ] {
        let ran = machine.run(&["check", command]);
        assert_eq!(ran.status, Some(status), "{command}: {ran:?}");
        assert!(ran.out.contains(words), "{command}: {ran:?}");
    }
}

#[test]
fn the_box_holds_the_profile() {
    let machine = machine();
    if machine.run(&["status", "--json"]).json()["enforcement"]["tier"] != "t3" {
        eprintln!("skipped: this machine cannot confine reads");
        return;
    }
    let script =
        "cat README.md ../notes site.key closed/c closed/open/o; echo x > docs/d; echo x > new && cat new; ls -A ..";
    let ran = machine.run(&["sandbox", "--", "bash", "-c", script]);
    assert_eq!(ran.out, "hello\ncontent of repo/closed/open/o\nx\nrepo\n", "{ran:?}");
    // Started the usual way, what only reads can read what the profile lets it write.
    assert_eq!(machine.run_alone(&["run", "cat README.md"]).out, "hello\n");
}

#[test]
fn status_and_configuration_say_who_says_what() {
    let machine = machine();
    let page = machine.run(&["status"]).out;
    assert!(page.contains("permissions  mine") && page.contains("my projects, and nothing else of mine"), "{page}");
    assert!(page.contains("config.toml:1"), "{page}");
    assert_eq!(machine.run(&["status", "--json"]).json()["permissions"], "mine");
    let shown = machine.run(&["config", "show", "--origin"]).out;
    assert!(
        shown.contains("permissions.\"mine\".filesystem.\":root\" = \"read\"\n  # default: :workspace\n"),
        "{shown}"
    );
    assert!(
        shown.contains("permissions.\"mine\".filesystem.\":workspace_roots/docs\" = \"read\"\n  # user: "),
        "{shown}"
    );
}

/// Nothing here can hold a box to named hosts: that is said with every answer, and such a box is not started.
#[test]
fn named_hosts_are_judged_and_never_silently_open_or_closed() {
    let machine = Machine::new();
    machine.configure(
        "default_permissions = \"net\"\n[permissions.net]\nextends = \":workspace\"\n\
         [permissions.net.network.domains]\n\"example.com\" = \"allow\"\n\"evil.example\" = \"deny\"\n",
    );
    for (command, status) in [
        ("curl -s https://example.com", 0),
        ("curl -s https://other.example", 10),
        ("curl -s https://evil.example", 20),
    ] {
        let ran = machine.run(&["check", command]);
        assert_eq!(ran.status, Some(status), "{command}: {ran:?}");
        assert!(ran.err.contains("named hosts only, which nothing here can enforce yet"), "{command}: {ran:?}");
    }
    assert!(machine.run(&["status"]).out.contains("only example.com"));
    assert_eq!(machine.run(&["status", "--json"]).json()["network"], "hosts");
    if machine.confines() {
        let ran = machine.run_alone(&["run", "curl -s https://example.com"]);
        assert_eq!(ran.status, Some(125), "{ran:?}");
        assert!(ran.err.contains("network access to named hosts only"), "{ran:?}");
        assert_eq!(machine.run_alone(&["run", "cat README.md"]).out, "hello\n");
    }
}

/// The environment names a folder for temporary files, and opens nothing else by it.
#[test]
fn the_environment_opens_no_system_folder() {
    let machine = Machine::new();
    for profile in ["", "default_permissions = \":workspace\"\n"] {
        machine.configure(profile);
        for (folder, status) in [("/etc", 10), ("/usr/lib", 10), ("/", 10)] {
            let mut guardian = machine.guardian();
            let output = guardian.env("TMPDIR", folder).args(["check", "echo x > /etc/cron.d/x"]).output().unwrap();
            assert_eq!(output.status.code(), Some(status), "{profile}{folder}: {output:?}");
            let status = machine.guardian().env("TMPDIR", folder).args(["status", "--json"]).output().unwrap();
            let text = String::from_utf8(status.stdout).unwrap();
            let writes = serde_json::from_str::<serde_json::Value>(&text).unwrap()["writes"].to_string();
            assert!(!writes.contains(&format!("\"{folder}\"")), "{profile}{folder}: {writes}");
        }
        let mine = machine.path("scratch");
        std::fs::create_dir_all(&mine).unwrap();
        let output = machine.guardian().env("TMPDIR", &mine).args(["status", "--json"]).output().unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("/scratch\""), "{profile}");
    }
}
