//! `guardian sandbox` from outside: the box as text on any platform, what it refused, and dry runs.

use crate::machine::{Machine, Ran};
use serde_json::Value;
use std::fs;

/// What goes on in /tmp at the same time is no business of these tests.
const BOX: &str = "[sandbox_workspace_write]\nexclude_slash_tmp = true\n";

/// The last line of the standard error, as JSON.
fn report(ran: &Ran) -> Value {
    let line = ran.err.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn has_namespaces(machine: &Machine) -> bool {
    let status = machine.run(&["status", "--json"]).json();
    let there = status["enforcement"]["namespaces"] == Value::Bool(true);
    if !there {
        eprintln!("skipped: this machine has no namespaces: {status}");
    }
    there
}

#[test]
fn the_box_is_printed_without_being_made() {
    let machine = Machine::new();
    machine.configure(BOX);
    let repo = machine.path("home/repo").display().to_string();
    let ran = machine.run(&["sandbox", "linux", "--full-auto", "--print-profile"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    for line in [format!("write {repo}"), format!("protect {repo}/.git/hooks"), "network off".to_owned()] {
        assert!(ran.out.lines().any(|shown| shown == line), "{line}: {ran:?}");
    }
    let ran = machine.run(&["sandbox", "-s", "read-only", "--print-profile"]);
    assert_eq!(ran.out, "network off\n");
    let ran = machine.run(&["sandbox", "-s", "danger-full-access", "--print-profile"]);
    assert_eq!(ran.out, "write /\nnetwork on\n");
}

#[test]
fn the_seatbelt_profile_is_printed_anywhere() {
    let machine = Machine::new();
    machine.configure(BOX);
    let repo = machine.path("home/repo").display().to_string();
    let ran = machine.run(&["sandbox", "macos", "--full-auto", "--print-profile"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.contains("(version 1)") && ran.out.contains("(deny default)"), "{ran:?}");
    assert!(ran.out.contains(&repo), "{ran:?}");
    assert!(!ran.out.contains("(allow network-outbound)\n"), "{ran:?}");
    let ran = machine.run(&["sandbox", "macos", "-s", "danger-full-access", "--print-profile"]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
}

#[test]
fn windows_is_refused_and_nothing_is_run() {
    let machine = Machine::new();
    let ran = machine.run(&["sandbox", "windows", "--", "echo", "ran"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert!(ran.err.contains("run guardian in wsl"), "{ran:?}");
}

#[test]
fn a_box_of_named_hosts_is_held_and_says_what_it_refused() {
    let machine = Machine::new();
    machine.configure(
        "default_permissions = \"some\"\n[permissions.some]\nextends = \":workspace\"\n\
         [permissions.some.network.domains]\n\"*.example\" = \"allow\"\n\"evil.example\" = \"deny\"\n",
    );
    let ran = machine.run(&["sandbox", "--print-profile"]);
    assert!(ran.out.ends_with("host *.example\ndeny-host evil.example\n"), "{ran:?}");
    if !has_namespaces(&machine) {
        return;
    }
    let script = "proxy=${http_proxy#http://}; for host in evil.example:443 127.0.0.1:80; do \
                  exec 3<> /dev/tcp/${proxy%:*}/${proxy#*:}; printf \"CONNECT $host HTTP/1.1\\r\\n\\r\\n\" >&3; \
                  read -r _ status _ <&3; echo $status; done";
    let ran = machine.run(&["sandbox", "--json", "--", "bash", "-c", script]);
    assert_eq!(ran.out, "403\n403\n", "{ran:?}");
    let report = report(&ran);
    assert_eq!(report["needs"], serde_json::json!(["network 127.0.0.1", "network evil.example"]), "{report}");
    assert_eq!(report["refused"][0]["row"], "other-host", "{report}");
    let ran = machine.run(&["sandbox", "--log-denials", "--", "bash", "-c", script]);
    assert!(ran.err.contains("the box reaches only *.example, not evil.example"), "{ran:?}");
}

#[test]
fn what_the_box_refused_is_reported_and_not_what_is_printed() {
    let machine = Machine::new();
    machine.configure(BOX);
    if !has_namespaces(&machine) {
        return;
    }
    let outside = machine.path("home/outside").display().to_string();
    let script = format!("echo Permission denied; echo x 2> /dev/null > {outside}; exit 3");
    let ran = machine.run(&["sandbox", "--full-auto", "--json", "--", &script]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(3), "Permission denied\n"), "{ran:?}");
    let report = report(&ran);
    assert_eq!(report["exit"], 3);
    if report["refused"].is_null() {
        eprintln!("skipped: no observer here: {report}");
        return;
    }
    assert_eq!(report["refused"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["refused"][0]["row"], "outside");
    assert_eq!(report["needs"][0], format!("write {outside}"));
}

#[test]
fn a_dry_run_changes_nothing_unless_it_is_applied() {
    let machine = Machine::new();
    machine.configure(BOX);
    if !has_namespaces(&machine) {
        return;
    }
    let outside = machine.path("home/plain/file").display().to_string();
    let script = format!("echo more >> README.md; echo x > .git/hooks; echo y > {outside}; exit 4");
    let words = |apply: &'static str| ["sandbox", "--full-auto", "--dry-run", "--json", "--apply", apply, "--"];
    let run = |apply: &'static str| machine.run_alone(&[&words(apply)[..], &[&script]].concat());
    let readme = || fs::read_to_string(machine.path("home/repo/README.md")).unwrap();

    let ran = run("none");
    assert_eq!(ran.status, Some(4), "{ran:?}");
    let told = report(&ran);
    let changes: Vec<(&str, &Value)> = told["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["change"].as_str().unwrap(), &change["against"]))
        .collect();
    assert_eq!(changes, [("made", &"outside".into()), ("made", &"protected".into()), ("changed", &Value::Null)]);
    let folder = machine.path("home/plain").display().to_string();
    let profile: toml::Table = told["profile"].as_str().unwrap().parse().unwrap();
    assert_eq!(profile["permissions"]["learned"]["extends"].as_str(), Some(":workspace"));
    assert_eq!(profile["permissions"]["learned"]["filesystem"][&folder].as_str(), Some("write"));
    assert_eq!(told["never"].as_array().unwrap().len(), 1);
    assert_eq!((readme().as_str(), told["applied"].as_u64()), ("hello\n", Some(0)));

    let told = report(&run("permitted"));
    assert_eq!((readme().as_str(), told["applied"].as_u64()), ("hello\nmore\n", Some(1)));
    assert!(!machine.path("home/plain/file").exists() && !machine.path("home/repo/.git/hooks").exists());

    let told = report(&run("all"));
    assert_eq!((readme().as_str(), told["applied"].as_u64()), ("hello\nmore\nmore\n", Some(3)));
    assert_eq!(fs::read_to_string(machine.path("home/plain/file")).unwrap(), "y\n");
}

#[test]
fn a_dry_run_shows_a_person_the_difference_and_leaves_it_where_nobody_answers() {
    let machine = Machine::new();
    machine.configure(BOX);
    if !has_namespaces(&machine) {
        return;
    }
    let ran = machine.run_alone(&["sandbox", "--full-auto", "--dry-run", "--", "echo more >> README.md"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    for line in ["changed  README.md", "+ more", "the box permits all of it", "nothing was applied"] {
        assert!(ran.err.contains(line), "{line}: {ran:?}");
    }
    assert_eq!(fs::read_to_string(machine.path("home/repo/README.md")).unwrap(), "hello\n");
    let ran = machine.run(&["sandbox", "--apply", "all", "--", "true"]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
}

#[test]
fn doctor_tries_ten_escapes() {
    let machine = Machine::new();
    machine.configure(BOX);
    if !machine.confines() {
        return;
    }
    let told = machine.run(&["doctor", "--json"]).json();
    let escapes: Vec<&Value> =
        told["checks"].as_array().unwrap().iter().filter(|check| check["about"] == "escapes").collect();
    assert_eq!(escapes.len(), 10, "{told}");
    assert!(escapes.iter().all(|check| check["state"] != "bad"), "{told}");
}

#[test]
fn inside_another_observer_the_named_places_are_held_against_the_box() {
    let machine = Machine::new();
    machine.configure(BOX);
    if !has_namespaces(&machine) {
        return;
    }
    let outside = machine.path("home/outside").display().to_string();
    let script = format!("echo x 2> /dev/null > {outside}; echo Read-only file system: /etc/passwd");
    let inner = ["sandbox", "--full-auto", "--json", "--", &script];
    let outer = ["sandbox", "--full-auto", "--json", "--", Machine::binary().to_str().unwrap()];
    let ran = machine.run(&[&outer[..], &inner[..]].concat());
    let inner = ran.err.lines().find(|line| line.contains("\"refused_from\":\"replayed\""));
    let Some(inner) = inner else {
        assert!(ran.err.contains("lacks") || ran.err.contains("\"refused\":null"), "{ran:?}");
        eprintln!("skipped: no box inside a box here: {ran:?}");
        return;
    };
    let told: Value = serde_json::from_str(inner).unwrap();
    let targets: Vec<&Value> = told["refused"].as_array().unwrap().iter().map(|refused| &refused["target"]).collect();
    assert_eq!(targets, [&Value::from(outside)], "{told}");
}
