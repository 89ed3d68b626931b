//! Large files of rules: a process with one question looks them up in their compiled form, and says the same.

use crate::machine::Machine;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

const FILE: &str = "home/.config/guardian/rules/many.rules";
const FOLDER: &str = "home/.local/state/guardian/rules";

/// More rules than are read for one question; `decision` is what they say of `tool7 sub7`.
fn rules(decision: &str) -> String {
    let line = |number: usize| {
        let decision = if number == 7 { decision } else { "prompt" };
        format!("prefix_rule(pattern=[\"tool{number}\", \"sub{number}\"], decision=\"{decision}\")\n")
    };
    (0..1_000).map(line).collect()
}

/// Writes them, and waits until that is long enough ago for the file's times to tell the next change.
fn write(machine: &Machine, text: &str) {
    machine.write(FILE, text);
    std::thread::sleep(std::time::Duration::from_millis(250));
}

/// The compiled form, if there is one.
fn compiled(machine: &Machine) -> Option<PathBuf> {
    let mut found = fs::read_dir(machine.path(FOLDER)).into_iter().flatten().flatten().map(|entry| entry.path());
    found.find(|path| path.file_name().is_some_and(|name| name != "key"))
}

fn number(path: &PathBuf) -> u64 {
    fs::metadata(path).unwrap().ino()
}

/// What is said of the command, which must be the same whether it is looked up, read, or asked of a front end that
/// always reads.
fn answer(machine: &Machine) -> Option<i32> {
    let ran = machine.run(&["check", "tool7 sub7"]);
    let again = machine.run(&["check", "tool7 sub7"]);
    let read = machine.feed(&["check", "--jsonl", "-"], b"{\"command\":\"tool7 sub7\"}\n").json();
    let decision = match ran.status {
        Some(0) => "allow",
        Some(10) => "prompt",
        _ => "forbidden",
    };
    assert_eq!((ran.status, &ran.out), (again.status, &again.out));
    assert_eq!(read["decision"], decision, "{ran:?}");
    ran.status
}

#[test]
fn a_large_file_is_compiled_once_and_again_when_it_changes() {
    let machine = Machine::new();
    write(&machine, &rules("forbidden"));
    assert_eq!(answer(&machine), Some(20));
    let first = compiled(&machine).expect("it is compiled");
    assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(machine.path(FOLDER)).unwrap().permissions().mode() & 0o777, 0o700);
    let before = number(&first);
    let explained = machine.run(&["explain", "tool7 sub7"]);
    assert!(explained.out.contains("many.rules:8"), "{explained:?}");
    assert_eq!(number(&first), before, "what is of this text is not made again");
    write(&machine, &rules("allow"));
    assert_eq!(answer(&machine), Some(0));
    assert_ne!(number(&first), before, "another text is compiled anew");
    // Changed a moment ago: that is read, as it may change again unseen.
    machine.write(FILE, &rules("prompt"));
    assert_eq!(answer(&machine), Some(10));
}

#[test]
fn what_is_damaged_or_may_be_another_users_is_not_believed() {
    let machine = Machine::new();
    write(&machine, &rules("forbidden"));
    assert_eq!(answer(&machine), Some(20));
    let path = compiled(&machine).expect("it is compiled");
    let sound = fs::read(&path).unwrap();
    for at in [0, 5, 20, 70, sound.len() / 4, sound.len() / 2, sound.len() - 1] {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(answer(&machine), Some(20), "byte {at}");
    }
    for length in [0, 3, 9, sound.len() / 2] {
        fs::write(&path, &sound[..length]).unwrap();
        assert_eq!(answer(&machine), Some(20), "{length} bytes");
    }
    // A sound one of another text, and one that others may write.
    fs::write(&path, &sound).unwrap();
    write(&machine, &rules("allow"));
    fs::write(&path, &sound).unwrap();
    assert_eq!(answer(&machine), Some(0));
    let before = number(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o622)).unwrap();
    assert_eq!(answer(&machine), Some(0));
    assert_ne!(number(&path), before, "it is made anew");
    // Something else in its place.
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(machine.path(FILE), &path).unwrap();
    assert_eq!(answer(&machine), Some(0));
    // Nowhere to keep it.
    fs::remove_dir_all(machine.path(FOLDER)).unwrap();
    fs::write(machine.path(FOLDER), "").unwrap();
    assert_eq!(answer(&machine), Some(0));
}

#[test]
fn a_large_file_with_a_mistake_is_read_every_time() {
    let machine = Machine::new();
    write(&machine, &format!("{}prefix_rule(pattern=[])\n", rules("allow")));
    assert_eq!(answer(&machine), Some(10), "a broken file fails closed");
    assert_eq!(compiled(&machine), None);
}
