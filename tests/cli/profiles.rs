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

/// What is judged by the list is held to it, whatever the command turns out to do.
#[test]
fn named_hosts_are_judged_and_held() {
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
    }
    assert!(machine.run(&["status"]).out.contains("only example.com"));
    assert_eq!(machine.run(&["status", "--json"]).json()["network"], "hosts");
    if machine.confines() {
        let script = "proxy=${http_proxy#http://}; exec 3<> /dev/tcp/${proxy%:*}/${proxy#*:}\n\
                      printf 'CONNECT other.example:443 HTTP/1.1\\r\\n\\r\\n' >&3\nread -r _ status _ <&3; echo $status\n";
        machine.write("home/repo/ask.sh", script);
        let ran = machine.run_alone(&["run", "bash ask.sh"]);
        let enforced = machine.run(&["status", "--json"]).json()["enforcement"]["namespaces"] == true;
        if enforced {
            assert_eq!(ran.out, "403\n", "{ran:?}");
            assert!(ran.err.contains("CONNECT other.example:443"), "{ran:?}");
            assert!(ran.err.contains("ask for: network other.example"), "{ran:?}");
        } else {
            assert_eq!(ran.status, Some(125), "{ran:?}");
        }
        assert_eq!(machine.run_alone(&["run", "cat README.md"]).out, "hello\n");
    }
}

/// The spelling without profiles: a mode, and places and hosts beside it.
#[test]
fn places_beside_a_mode_are_judged_and_held() {
    let machine = Machine::new();
    machine.write("home/.aws/credentials", "secret\n").write("home/out/o", "");
    machine.configure(
        "[sandbox]\nmode = \"workspace-write\"\n[[filesystem]]\npath = \"~/.aws\"\naccess = \"deny\"\n\
         [[filesystem]]\npath = \"~/out\"\naccess = \"write\"\n[[network]]\ndomain = \"evil.example\"\nallow = false\n",
    );
    for (command, flags, status) in [
        ("cat ~/.aws/credentials", &[][..], 20),
        ("cat ~/.aws/credentials", &["--yolo"], 20),
        ("echo x > ~/out/o", &[], 0),
        ("echo x > ~/out/o", &["-s", "read-only"], 10),
        ("curl -s https://evil.example", &["--yolo"], 20),
        ("curl -s https://other.example", &[], 10),
    ] {
        let ran = machine.run(&[&["check"], flags, &[command]].concat());
        assert_eq!(ran.status, Some(status), "{command} {flags:?}: {ran:?}");
    }
    let shown = machine.run(&["config", "show", "--origin"]).out;
    assert!(shown.contains("/.aws\" = \"deny\"\n  # user: ~/.config/guardian/config.toml:4\n"), "{shown}");
    assert!(machine.run(&["status"]).out.contains("sandbox      workspace-write"));
    if machine.run(&["status", "--json"]).json()["enforcement"]["tier"] == "t3" {
        let script = "cat ~/.aws/credentials; echo x > ~/out/o && cat ~/out/o";
        assert_eq!(machine.run(&["sandbox", "--", "bash", "-c", script]).out, "x\n");
    }
}

/// One pipeline: the list of hosts holds whoever asks.
#[test]
fn named_hosts_hold_through_the_hook_and_the_server() {
    let machine = Machine::new();
    machine.configure(
        "default_permissions = \"net\"\n[permissions.net]\nextends = \":workspace\"\n\
         [permissions.net.network.domains]\n\"good.example\" = \"allow\"\n\"evil.example\" = \"deny\"\n",
    );
    let repo = machine.path("home/repo");
    for (host, hooked, served) in [
        ("good.example", "", "allow"),
        ("other.example", "\"ask\"", "prompt"),
        ("evil.example", "\"deny\"", "forbidden"),
    ] {
        let command = format!("curl -s https://{host}");
        let call = serde_json::json!({ "hook_event_name": "PreToolUse", "session_id": "s", "tool_name": "Bash",
            "tool_input": { "command": command }, "cwd": repo });
        // What is allowed in a box that only guardian would make is left to the agent's own question.
        let said = machine.feed(&["hook", "claude-code"], call.to_string().as_bytes());
        assert!(if hooked.is_empty() { said.out.is_empty() } else { said.out.contains(hooked) }, "{host}: {said:?}");
        let ask = serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": "check",
            "params": { "command": command, "cwd": repo } });
        let answer = machine.feed(&["serve"], format!("{ask}\n").as_bytes());
        assert_eq!(answer.json()["result"]["decision"], served, "{host}: {answer:?}");
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
        // Nor one of the user's that only the variable calls temporary.
        let kept = machine.path("home/plain");
        let remove = ["check", "rm -rf ~/plain/x"];
        let output = machine.guardian().env("TMPDIR", &kept).args(remove).output().unwrap();
        assert_eq!(output.status.code(), Some(10), "{profile}: {output:?}");
    }
}

#[test]
fn what_guardian_knows_its_own_by_is_a_secret_wherever_it_lies() {
    let machine = Machine::new();
    machine.write("home/state/guardian/audit/key", "0").write("home/.local/state/guardian/decisions/key", "0");
    let judged = |command: &str| {
        machine.guardian().env("XDG_STATE_HOME", machine.path("home/state")).args(["check", command]).output().unwrap()
    };
    for command in ["cat ~/state/guardian/audit/key", "cat ~/.local/state/guardian/decisions/key"] {
        assert_eq!(judged(command).status.code(), Some(10), "{command}");
    }
    assert_eq!(judged("cat ~/state/guardian/audit/journal").status.code(), Some(0));
}

/// Some agents take variables from a file of the project: none makes a folder of its the user's configuration.
#[test]
fn the_environment_makes_no_configuration_of_what_commands_may_write() {
    let machine = Machine::new();
    machine
        .write("home/repo/own/guardian/config.toml", "sandbox_mode = \"danger-full-access\"\n")
        .write("home/repo/own/guardian/rules/x.rules", "prefix_rule(pattern = [\"rm\"], accept_high = True)\n");
    let own = machine.path("home/repo/own");
    let temporary = tempfile::tempdir().unwrap();
    for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        for folder in [own.as_path(), "/proc/self/cwd/own".as_ref(), "/proc/self/cwd/none".as_ref(), temporary.path()] {
            let output = machine.guardian().env(variable, folder).args(["check", "rm -rf ~/plain"]).output().unwrap();
            // What is remembered may lie in a temporary folder.
            let judged = variable == "XDG_STATE_HOME" && folder == temporary.path();
            assert_eq!(output.status.code(), Some(if judged { 10 } else { 2 }), "{variable}={folder:?}: {output:?}");
        }
        // A folder of the user's is one, also from within it, and with a home below a temporary folder.
        let output =
            machine.guardian().env(variable, machine.path("home/plain")).args(["check", "ls"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{variable}: {output:?}");
        let mut homely = machine.guardian();
        homely.env("HOME", temporary.path()).env(variable, temporary.path().join("x")).args(["check", "ls"]);
        assert_eq!(homely.output().unwrap().status.code(), Some(0), "{variable}");
    }
}
